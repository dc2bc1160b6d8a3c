# SPDX-License-Identifier: GPL-2.0
"""Job files of random options end in a right run or in a clear line.

jobs.py draws them, jobs_model.py says how each has to end, and
jobs_content.py what is on the device then. Right ones run one after the other
in one fio, wrong ones each alone. Two controllers have half of them each.
"""

import concurrent.futures
import os
import re
import subprocess

import pytest

import faults
import jobs
import jobs_content
import jobs_model
from fio import ENGINE, HEAD, raw
from namespace import Namespace

# The same in every guest
pytestmark = pytest.mark.once

SEED = 20261125
FILES, AT_ONCE = 500, 50
PATIENCE = 300
STEP = 2 * jobs.MIB
# What a crash, a sanitizer or the C library would say
BROKEN = re.compile(r"Segmentation|Assertion|core dumped|got signal|"
                    r"malloc\(\)|free\(\)|Sanitizer|hung")


class Case:
    """A job file, what it should become, and what became of it."""

    def __init__(self, seed, nth, facts, source, folder):
        self.seed = seed
        self.namespace = facts.namespace
        self.file = jobs.File(seed, (nth + 1) * STEP)
        self.model = jobs_model.Model(self.file, facts)
        self.content = jobs_content.Content(self.model, source)
        self.faults = self.model.faults()
        self.text = self.file.text(ENGINE, facts.name, self.content.pattern)
        self.path = os.path.join(folder, f"{seed}.fio")
        with open(self.path, "w", encoding="ascii") as file:
            file.write(self.text)

    def told(self, fault, run):
        return (f"{self.seed}: {fault}\nexpected: "
                f"{self.faults or 'a right run'}\n{self.text}{run}")


def run_of(cases, folder):
    """Run their job files in one fio; also how many Writes there were."""
    namespace = cases[0].namespace
    for case in cases:
        case.content.fill(case.namespace)
    before = namespace.host_writes()
    try:
        run = raw("--output-format=json", *(case.path for case in cases),
                  cwd=folder, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        run = None
    return run, namespace.host_writes() - before


# -- wrong ones

def fault_of_words(case, run):
    """What is wrong with what a refusal says, or None."""
    said = [line for line in run.err.splitlines() if line.strip()]
    own = [line for line in said if line.startswith(HEAD)]
    if case.faults[0][0] == "fio":
        names = [name for _, name in case.faults]
        if own or not any(name in line for name in names for line in said):
            return "fio names no option that it does not take"
        return None
    if len(own) != 1:
        return f"{len(own)} lines of the engine's"
    if not any(all(word in own[0] for word in words)
               for words in case.faults):
        return "the line is of something else"
    return None


def fault_of_refusal(case, run, wrote):
    if run is None:
        return "did not end"
    if run.status < 0 or run.status > 127:
        return f"status {run.status}"
    if BROKEN.search(run.out + run.err):
        return "broken"
    if not run.status:
        return "is not refused"
    if wrote:
        return f"{wrote} Writes"
    return (fault_of_words(case, run) or
            case.content.fault(case.namespace, False))


def refused(case, folder):
    run, wrote = run_of([case], folder)
    fault = fault_of_refusal(case, run, wrote)
    return [case.told(fault, run)] if fault else []


# -- right ones

def fault_of_totals(case, jobs_of):
    """Whether fio read, wrote and trimmed what it should have."""
    model, size = case.model, case.file.size
    if len(jobs_of) != case.file.jobs:
        return f"{len(jobs_of)} jobs"
    for job in jobs_of:
        read, written, trimmed = (job[way]["io_bytes"]
                                  for way in ("read", "write", "trim"))
        if job["error"] or job.get("total_err"):
            return f"error {job['error']}"
        if model.o["rw"] == "trimwrite":
            good = trimmed == written > 0
        elif model.verifies and model.writes:
            # what was written is read once more, but a block that was
            # written twice only once; chance may have it that a mix only
            # reads
            good = (read == size or "norandommap" in model.o and
                    read <= size) and written <= size
        else:
            good = read + written + trimmed == size
        if not good:
            return f"read {read}, wrote {written}, trimmed {trimmed}"
    return None


def right(cases, folder):
    """Run what should be right; what is wrong with each."""
    if not cases:
        return []
    run, _ = run_of(cases, folder)
    if run is None or run.status or run.err or BROKEN.search(run.out):
        if len(cases) == 1:
            return [cases[0].told("is not right", run)]
        # which of them it is
        return [fault for case in cases for fault in right([case], folder)]
    found = []
    for case in cases:
        jobs_of = [job for job in run.jobs
                   if job["jobname"] == f"s{case.seed}"]
        fault = (fault_of_totals(case, jobs_of) or
                 case.content.fault(case.namespace, True))
        if fault:
            found.append(case.told(fault, run))
    return found


# -- all of them

def judge(facts, seeds, folder):
    """Run job files on one namespace; returns faults and how many ran."""
    os.mkdir(folder)
    source = facts.namespace.read(0, jobs.MIB)
    cases = [Case(seed, nth, facts, source, folder)
             for nth, seed in enumerate(seeds)]
    good = [case for case in cases if not case.faults]
    found = right(good, folder)
    for case in cases:
        if case.faults:
            found += refused(case, folder)
    return found, len(good)


@pytest.fixture(name="places", scope="module")
def fixture_places():
    """Two namespaces of a controller each, with the source of Copy."""
    places = []
    for name, handles in (("NG_FDP0_1", 8), ("NG_DATA0_1", 0)):
        if not os.environ.get(name):
            pytest.skip("needs the emulated namespaces")
        namespace = Namespace(os.environ[name])
        namespace.fill(0, jobs.MIB)
        places.append(jobs_model.Facts(namespace, handles))
    return places


@pytest.mark.parametrize("first", range(0, FILES, AT_ONCE))
def test_job_files(places, tmp_path, first):
    seeds = range(SEED + first, SEED + first + AT_ONCE)
    with concurrent.futures.ThreadPoolExecutor(len(places)) as pool:
        ends = list(pool.map(
            lambda nth: judge(places[nth], seeds[nth::len(places)],
                              tmp_path / str(nth)), range(len(places))))
    found = [fault for faults_of, _ in ends for fault in faults_of]
    assert not found, "\n".join(found)
    # some of each, or the files would say little
    ran = sum(good for _, good in ends)
    assert AT_ONCE / 5 < ran < AT_ONCE * 4 / 5
    assert not faults.processes()

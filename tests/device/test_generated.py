# SPDX-License-Identifier: GPL-2.0
"""Job files of random options end in a right run or in a clear line."""

import concurrent.futures
import os
import re
import subprocess

import pytest

import jobs
from fio import ENGINE, HEAD, raw

# The same in every guest
pytestmark = pytest.mark.scripts

SEED = 20261125
FILES, AT_ONCE = 500, 25
PATIENCE = 60
# What a crash, a sanitizer or the C library would say
BROKEN = re.compile(r"Segmentation|Assertion|core dumped|got signal|"
                    r"malloc\(\)|free\(\)|Traceback|hung")


def names_it(line, device, options):
    """Whether a line says what it is about."""
    return device in line or any(name in line for name in options)


def fault_of(run, device, options):
    """What is wrong with how a job file ended, or None."""
    said = [line for line in run.err.splitlines() if line.strip()]
    if run.status < 0 or run.status > 128:
        return f"signal, status {run.status}"
    if BROKEN.search(run.out + run.err):
        return "broken"
    if not run.status:
        return "said something of a good run" if said else None
    own = {line for line in said if line.startswith(HEAD)}
    if len(own) > 1:
        return "more than one line of the engine's"
    if not any(names_it(line, device, options) for line in own or said):
        return "no line that names the device or an option"
    return None


def run_one(seed, device, folder):
    """Run the job file of a seed; returns (fault or None, status, tale)."""
    text, options = jobs.make(seed, ENGINE, device)
    place = os.path.join(folder, str(seed))
    os.mkdir(place)
    path = os.path.join(place, "job.fio")
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    try:
        run = raw("--output-format=json", path, cwd=place, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return "did not end", None, text
    return fault_of(run, device, options), run.status, f"{text}{run}"


@pytest.mark.parametrize("first", range(0, FILES, AT_ONCE))
def test_job_files(null0, tmp_path, first):
    seeds = range(SEED + first, SEED + first + AT_ONCE)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        ends = list(pool.map(
            lambda seed: run_one(seed, null0.ng, tmp_path), seeds))
    faults = [f"{seed}: {fault}\n{tale}" for seed, (fault, _, tale)
              in zip(seeds, ends) if fault]
    assert not faults, "\n".join(faults)
    statuses = [status for _, status, _ in ends]
    # some of each, or the files would say little
    assert 0 < statuses.count(0) < AT_ONCE

# SPDX-License-Identifier: GPL-2.0
"""A signal at any moment: nothing stays, and the next run works."""

import json
import os
import random
import re
import select
import signal
import struct
import subprocess
import sys
import time

import pytest

import fio as fio_module
from namespace import KIB
from proc import children, portrait, text_of

EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "../../examples")
SEED = 6
JOBS = 3
DEPTH = 8
# a job that was killed in an I/O goes with it; other guests keep the host busy
PATIENCE = 100
# after which it is seen whether fio can still end
SUSPICION = 20
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
RING = "anon_inode:[io_uring]"
CHUNK = struct.Struct("<12sI")
HEADER, RECORD = 64, 32
# What each chunk of a trace begins with, if it is not cut off there already
START = struct.pack("<8sHH", b"NVMEPTRC", 1, RECORD)


def processes(word):
    """The processes of fio that have a word on their command line."""
    return [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and
            text_of(f"/proc/{pid}/comm").strip() == "fio" and
            f"{word} " in text_of(f"/proc/{pid}/cmdline") + " "]


def in_handler_for_ever(pid):
    """Whether fio's own handler of signals waits for what it interrupted.

    It writes and allocates, so that it never ends where it interrupts who
    holds the lock for that. Nothing of that is the engine's.
    """
    blocked = re.search(r"SigBlk:\s*(\w+)", text_of(f"/proc/{pid}/status"))
    handled = sum(1 << number - 1 for number in SIGNALS[:2])
    return (blocked is not None and int(blocked[1], 16) & handled != 0 and
            "futex" in text_of(f"/proc/{pid}/stack"))


def gone(pid, seconds):
    """Whether a process ends in time, be it another's child."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    with os.fdopen(fd):
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        return bool(poll.poll(seconds * 1000))


def holders_of_rings():
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if any(os.readlink(f"/proc/{pid}/fd/{fd}") == RING
                   for fd in os.listdir(f"/proc/{pid}/fd")):
                found.add(int(pid))
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def workers():
    """The kernel's threads that serve rings, beside their processes."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            tasks = os.listdir(f"/proc/{pid}/task")
        except (FileNotFoundError, ProcessLookupError):
            continue
        found += [task for task in tasks if text_of(
            f"/proc/{pid}/task/{task}/comm").startswith("iou-")]
    return found


def whole_lines(path):
    """What of a report can be read: all of it, but for a cut off end."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="ascii") as file:
        lines = file.read().split("\n")
    return [json.loads(line) for line in lines[:-1]]


def whole_records(path):
    """How many records of a trace can be read; any chunk may be cut off."""
    if not os.path.exists(path):
        return 0
    with open(path, "rb") as file:
        data = file.read()
    at = records = 0
    while at < len(data):
        following = data.find(START, at + 1)
        length = (len(data) if following < 0 else following) - at
        assert data.startswith(START[:length], at), (path, at)
        if length >= HEADER:
            *_, count = CHUNK.unpack_from(data, at)
            assert length <= HEADER + count * RECORD, (path, at)
        records += max(length - HEADER, 0) // RECORD
        at += length
    return records


class Run:
    """fio with several jobs that write until they are told to end."""

    def __init__(self, namespace, folder, extra):
        self.namespace = namespace
        self.folder = folder
        self.report = folder / "report.jsonl"
        self.trace = folder / "jobs.trace"
        options = {
            "filename": namespace.ng, "rw": "randrw", "bs": "4k",
            "size": "16m", "iodepth": DEPTH, "time_based": 1, "runtime": 600,
            "numjobs": JOBS, "report": self.report, "trace": self.trace,
            **extra}
        self.stuck = False
        # fio sends SIGTERM to its whole process group when a job was killed
        # before it could tell its number: kill(td->pid) of run_threads()
        self.runner = fio_module.Runner(folder)
        self.process = self.runner.start(session=True, **options)

    def jobs(self):
        return children(self.process.pid)

    def wait(self, seconds):
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass

    def hit(self, number, one_job, rng):
        """Signal fio or one of its jobs; before there is one, it is fio."""
        jobs = self.jobs() if one_job else []
        pid = rng.choice(jobs) if jobs else self.process.pid
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return self.process.pid
        return pid

    def end(self, number, pid):
        """See it end, and how."""
        if pid != self.process.pid:
            self._gone(pid, number)
            # A job tells the others of a signal that it can take. Else what
            # is left ends as if the user had asked for it; not needlessly,
            # since fio's handler takes no heed of fio having given its jobs'
            # memory back.
            if (number == signal.SIGKILL or
                    not gone(self.process.pid, SUSPICION)):
                self.process.send_signal(signal.SIGINT)
        for left in [self.process.pid, *processes(self.namespace.ng)]:
            self._gone(left, number)
        return fio_module.finish(self.process, PATIENCE)

    def _gone(self, pid, number):
        if gone(pid, SUSPICION):
            return
        if in_handler_for_ever(pid):
            self.stuck = True
            os.kill(pid, signal.SIGKILL)
        assert gone(pid, PATIENCE), (
            f"signal {number}: {pid} of {self.process.pid} stays"
            f"\n{portrait(pid)}\n{portrait(self.process.pid)}")


def check_ended(run, number, pid):
    """fio's own status and summary, where it had begun to take signals."""
    if pid != run.pid:
        # a job tells the others of a signal that it can take, not fio
        statuses = {0, null_status(signal.SIGINT)}
        if number == signal.SIGKILL:
            statuses.remove(0)
        # fio may free twice what a killed job left (io_uring_cmd's too), and
        # take a signal after its end; the engine is in the jobs alone by then
        statuses |= {-signal.SIGABRT, -signal.SIGSEGV}
        assert run.status in statuses, run
    elif number == signal.SIGKILL or run.status == -number:
        assert run.status == -number, run
        return
    else:
        assert run.status == null_status(number), run
    for job in run.json["jobs"]:
        assert job["error"] == 0, run


STATUSES = {}


def null_status(number):
    """What fio's status is after this signal with an engine of its own."""
    if number not in STATUSES:
        with subprocess.Popen(
                ["fio", "--name=a", "--ioengine=null", "--size=1m",
                 "--time_based=1", "--runtime=600"],
                stdout=subprocess.DEVNULL) as process:
            while not children(process.pid):
                assert process.poll() is None
            process.send_signal(number)
            STATUSES[number] = process.wait(PATIENCE)
    return STATUSES[number]


def check_free(namespace):
    """At once, for whoever wants it, with nothing of the run before."""
    assert not processes(namespace.ng)
    os.close(os.open(namespace.block, os.O_RDONLY | os.O_EXCL))


def check_usable(namespace, folder):
    """The next run works, and goes on with the report."""
    before = len(whole_lines(folder / "report.jsonl"))
    fio_module.Runner(folder)(
        filename=namespace.ng, rw="write", bs="4k", size=64 * KIB, iodepth=8,
        verify="crc32c", report=folder / "report.jsonl").clean()
    assert len(whole_lines(folder / "report.jsonl")) == before + 1
    whole_records(folder / "jobs.trace")


EXTRAS = ({}, {}, {"fixedbufs": 1}, {"force_async": 2}, {"thread": 1},
          {"bs": "256k", "cmd_bs": "16k"}, {"sqthread_poll": 1})


def moments(namespaces, tmp_path):
    """Seconds from a start on, the second half of them in I/O."""
    runs = []
    begun = time.monotonic()
    for namespace in namespaces:
        folder = tmp_path / namespace.disk
        folder.mkdir()
        runs.append(Run(namespace, folder, {}))
    while len(holders_of_rings()) < JOBS * len(runs):
        assert all(run.process.poll() is None for run in runs)
    needed = time.monotonic() - begun
    for run in runs:
        run.process.send_signal(signal.SIGINT)
        run.end(signal.SIGINT, run.process.pid)
    return 2 * needed


def start_all(namespaces, folders, span, rng):
    """A run on each, with the signal it is to get, to whom and when."""
    for namespace, folder in zip(namespaces, folders):
        folder.mkdir()
        yield (Run(namespace, folder, rng.choice(EXTRAS)),
               rng.choice(SIGNALS), rng.random() < 0.5,
               time.monotonic() + rng.random() * span)


def hit_all(runs, rng):
    """Each at its moment, and see them end; returns who was hit."""
    hit = []
    for run, number, one_job, moment in sorted(runs, key=lambda r: r[3]):
        run.wait(max(0, moment - time.monotonic()))
        hit.append((run, number, run.hit(number, one_job, rng)))
    for run, number, pid in hit:
        ended = run.end(number, pid)
        ended.pid = run.process.pid
        if not run.stuck:
            check_ended(ended, number, pid)
    return hit


def kill_all(namespaces, tmp_path, count, rng):
    """`count` signals, to as many runs at a time as there are namespaces."""
    seen = []
    span = moments(namespaces, tmp_path)
    for number in range(0, count, len(namespaces)):
        folders = [tmp_path / str(at) for at in
                   range(number, min(number + len(namespaces), count))]
        runs = list(start_all(namespaces, folders, span, rng))
        try:
            seen += hit_all(runs, rng)
        finally:
            for run, *_ in runs:
                run.runner.stop()
        assert not holders_of_rings()
        assert not workers()
        for run, *_ in runs:
            check_free(run.namespace)
        # in turn: a run for every signal would take most of the time
        run = runs[number // len(namespaces) % len(runs)][0]
        check_usable(run.namespace, run.folder)
    return seen


def check_killed(namespaces, tmp_path, count):
    seen = kill_all(namespaces, tmp_path, count, random.Random(SEED))
    assert len(seen) == count
    # else it is no rare accident of fio's
    assert sum(run.stuck for run, *_ in seen) <= 1 + count // 20
    assert {number for _, number, _ in seen} == set(SIGNALS)
    # of one job as well as of all, before and after there were commands
    assert {pid == run.process.pid for run, _, pid in seen} == {False, True}
    traces = [whole_records(run.trace) for run, *_ in seen]
    assert min(traces) == 0 < max(traces)
    # who was killed early has nothing in it, or none
    reports = [str(run.report) for run, *_ in seen if whole_lines(run.report)]
    assert reports
    summed = subprocess.run(
        [sys.executable, os.path.join(EXAMPLES, "report"), *reports],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        timeout=PATIENCE * 3, check=False)
    assert summed.returncode == 0, summed


@pytest.fixture(name="namespaces")
def fixture_namespaces(data0, data0_4k, fdp0, nopoll0):
    return [data0, data0_4k, fdp0.namespace, nopoll0]


def test_killed(namespaces, tmp_path):
    check_killed(namespaces, tmp_path, 12)


@pytest.mark.once
def test_killed_two_hundred_times(namespaces, tmp_path):
    check_killed(namespaces, tmp_path, 200)


@pytest.mark.parametrize("number", SIGNALS[:2])
def test_summary_after_a_signal(data0, tmp_path, number):
    """fio's own end, with what was done until then."""
    # a job may have its ring and not have begun; these are more than can be
    # in flight, so that some are counted
    enough = data0.host_writes() + 2 * JOBS * DEPTH
    run = Run(data0, tmp_path, {"trace": None})
    while (len(holders_of_rings()) < JOBS or
           data0.host_writes() < enough):
        assert run.process.poll() is None
    run.process.send_signal(number)
    ended = fio_module.finish(run.process, PATIENCE)
    assert ended.status == null_status(number), ended
    assert len(ended.jobs) == JOBS
    assert all(job["error"] == 0 for job in ended.jobs), ended
    lines = whole_lines(run.report)
    # a job may have its ring and not have begun
    busy = [job for job in ended.jobs
            if job["read"]["total_ios"] or job["write"]["total_ios"]]
    assert 0 < len(busy) <= len(lines) <= JOBS

# SPDX-License-Identifier: GPL-2.0
"""Jobs short of files, of memory or of threads; and nobody who reaps."""

import contextlib
import json
import os
import shutil
import stat

import pytest

import fio as fio_module
from fio import HEAD, kernel
from namespace import KIB, MIB, TRACING, counted, unwritten

NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
DEEP = 16384
READ = {"rw": "read", "bs": "4k", "size": "64k"}


def said_why(run, *words):
    """Whether the engine said no: in one line, and in any case no crash.

    What fio cannot do itself is in fio's own words, or the loader's, and its
    status then is any.
    """
    assert run.status >= 0 and "signal" not in run.err, run
    lines = {line for line in run.err.splitlines() if line.startswith(HEAD)}
    assert len(lines) < 2, run
    for line in lines:
        assert run.status, run
        assert any(word in line for word in words), run
    return bool(lines)


def well(run):
    return run.status == 0 and not run.err


# -- open files

@pytest.mark.parametrize("rw", ["read", "write"])
def test_open_files(fio, data0, rw):
    """From a number that fio itself lives on to one that suffices."""
    refused, most = 0, 40
    for most in range(6, 40):
        run = fio({"filename": data0.ng, **READ, "rw": rw},
                  before=("prlimit", f"--nofile={most}"))
        refused += said_why(run, "ulimit -n")
        if well(run):
            break
    assert most < 39
    assert refused
    run.clean()


def test_open_files_for_the_report(fio, data0, tmp_path):
    """The last file that is missing may be the report."""
    options = {"filename": data0.ng, **READ, "report": tmp_path / "report"}
    for most in range(6, 40):
        run = fio(options, before=("prlimit", f"--nofile={most}"))
        said_why(run, "ulimit -n")
        if well(run):
            break
    run.clean()
    with open(tmp_path / "report", encoding="ascii") as file:
        reports = [json.loads(line) for line in file]
    assert reports[-1]["job"]["error"] == 0


# -- memory

def least(fio, options, low, high):
    """The least address space that a job of fio's own engine lives in."""
    while high - low > 4 * MIB:
        middle = (low + high) // 2
        run = fio(options, before=("prlimit", f"--as={middle}"))
        low, high = (low, middle) if well(run) else (middle, high)
    return high


def test_address_space(fio, data0):
    """Between what fio lives in and what the job needs, one line.

    The engine's share is metadata, which fio knows nothing of.
    """
    options = {**READ, "iodepth": 1024}
    share = 1024 * 64 * KIB
    start = least(fio, {**options, "ioengine": "null"}, 64 * MIB, 512 * MIB)
    refused = 0
    for more in range(0, 2 * share, share // 4):
        run = fio(filename=data0.ng, dry_run=1,
                  read_cmd=f"opcode=2,cdw12=nlb0,mdlen={64 * KIB - 4}",
                  before=("prlimit", f"--as={start + more}"), **options)
        refused += said_why(run, "memory", "ulimit")
    assert refused, run
    assert well(run), run


# -- threads

@contextlib.contextmanager
def open_to_all(namespace):
    before = stat.S_IMODE(os.stat(namespace.ng).st_mode)
    os.chmod(namespace.ng, 0o666)
    try:
        yield
    finally:
        os.chmod(namespace.ng, before)


@pytest.fixture(name="folder")
def fixture_folder(tmp_path_factory):
    """Where nobody may write."""
    if os.getuid() or not shutil.which("setpriv"):
        pytest.skip("needs root and setpriv")
    path = tmp_path_factory.mktemp("nobody")
    for part in (path, *path.parents[:2]):
        os.chmod(part, 0o755)
    os.chmod(path, 0o777)
    return path


def test_processes(folder, data0):
    """The kernel's submission thread is one that a user may not have."""
    if kernel() < (6, 2):
        pytest.skip("ordinary users can do nothing before Linux 6.2")
    fio = fio_module.Runner(folder)
    options = {"filename": data0.ng, **READ, "thread": True,
               "sqthread_poll": 1}
    refused = ran = 0
    with open_to_all(data0):
        for most in range(1, 12):
            run = fio(options, before=(*NOBODY, "prlimit",
                                       f"--nproc={most}"))
            refused += said_why(run, "ulimit -u")
            ran += well(run)
            if ran:
                break
    assert refused, run
    assert ran, run


def test_locked_memory_of_a_ring(folder, data0):
    """From nothing on: the line names what was asked and the limit."""
    if kernel() < (6, 2):
        pytest.skip("ordinary users can do nothing before Linux 6.2")
    fio = fio_module.Runner(folder)
    options = {"filename": data0.ng, **READ, "iodepth": 64, "fixedbufs": 1}
    with open_to_all(data0), unwritten(data0):
        for limit in (0, 4 * KIB, 255 * KIB):
            fio(options, before=(*NOBODY, "prlimit",
                                 f"--memlock={limit}")).refused(
                                     "fixedbufs=1", "ulimit -l 256")
        # what aligns the buffers is not counted
        fio(options, before=(*NOBODY, "prlimit",
                             f"--memlock={256 * KIB}")).clean()


# -- completions that nobody reads

@pytest.mark.parametrize("options", [
    {}, {"retries": 1, "iodepth": 2048},
    pytest.param({"bs": "2k", "cmd_bs": 512}, marks=pytest.mark.once),
    pytest.param({"fixedbufs": 1, "thinktime": 3000, "thinktime_blocks": 4000},
                 marks=pytest.mark.once)],
    ids=lambda options: "-".join(options) or "plain")
def test_slow_reaping(fio, null0, tmp_path, options):
    """The CQ has an entry for each, and each I/O is counted once."""
    if not os.path.exists(
            f"{TRACING}/events/io_uring/io_uring_cqe_overflow/enable"):
        pytest.skip("needs the io_uring_cqe_overflow event")
    report = tmp_path / "report"
    with counted("io_uring/io_uring_cqe_overflow") as overflows:
        run = fio({"filename": null0.ng, "rw": "randread", "bs": 512,
                   "norandommap": 1, "iodepth": DEEP,
                   "iodepth_batch_submit": 512,
                   "iodepth_batch_complete_min": 1,
                   "iodepth_batch_complete_max": 1,
                   "number_ios": 2 * DEEP, "report": report, **options})
    run.clean()
    assert overflows.number == 0
    assert run.total("read") == 2 * DEEP
    with open(report, encoding="ascii") as file:
        told = json.loads(file.read())
    assert told["io_units"] == 2 * DEEP
    assert not told["errors"]

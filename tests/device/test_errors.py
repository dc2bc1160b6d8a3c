# SPDX-License-Identifier: GPL-2.0
"""Errors of the device, errors of the medium, and the end of a job."""

import re
import signal
import time

import pytest

from fio import ENGINE, finish, version
from namespace import KIB, MIB, traced

READ = {"rw": "read", "bs": "4k", "offset": "512k", "size": "1m"}
WRITE = {"rw": "write", "bs": "4k", "offset": "1536k", "size": "1m"}
UNREAD = "0x2, sc 0x81"
UNWRITTEN = "0x2, sc 0x80"
STATUS_READ = 0x281
STATUS_WRITE = 0x280


def about(run):
    """Lines on stderr that put a status in words."""
    return [line for line in run.err.splitlines() if "sct 0x" in line]


def test_read_error_in_words(fio, err0):
    run = fio({"filename": err0.ng, **READ})
    assert run.status == 1
    assert run.job["error"] == 5
    # 512 KiB were read, and the block that failed
    assert run.job["read"]["io_bytes"] == 512 * KIB
    lines = about(run)
    assert len(lines) == 1, run
    for word in (err0.ng, "Read", "slba 2048", "8 blocks", UNREAD,
                 "Unrecovered Read"):
        assert word in lines[0], run


def test_write_error_in_words(fio, err0):
    run = fio({"filename": err0.ng, **WRITE})
    assert run.status == 1
    assert run.job["error"] == 5
    lines = about(run)
    assert len(lines) == 1, run
    for word in (err0.ng, "Write", "slba 4096", "8 blocks", UNWRITTEN):
        assert word in lines[0], run


@pytest.mark.parametrize("value", ["io", "all", "read"])
def test_job_goes_on(fio, err0, value):
    run = fio({"filename": err0.ng, **READ, "iodepth": 8,
               "continue_on_error": value})
    job = run.job
    assert job["read"]["total_ios"] == 256
    assert (job["total_err"], job["first_error"]) == (1, 5), run
    assert job["read"]["io_bytes"] == MIB - 4 * KIB
    assert run.status == 0


def test_other_direction_does_not_go_on(fio, err0):
    run = fio({"filename": err0.ng, **READ, "continue_on_error": "write"})
    assert run.status == 1 and run.job["error"] == 5


def test_many_errors_are_counted(fio, err0):
    """Eight blocks, each unreadable by itself, ten times over."""
    run = fio({"filename": err0.ng, "rw": "read", "bs": 512, "offset": "1m",
               "size": "8k", "loops": 10, "iodepth": 4,
               "continue_on_error": "io", "error_dump": 1})
    assert run.job["total_err"] == 80 and run.job["first_error"] == 5
    assert run.job["read"]["total_ios"] == 160
    assert about(run)


@pytest.mark.parametrize("option, base, error", [
    ("EIO", READ, 5), ("EPERM:EIO", READ, 5), (STATUS_READ, READ, STATUS_READ),
    ("EPERM,EIO", WRITE, 5), (f"7,{STATUS_WRITE}", WRITE, STATUS_WRITE)])
def test_ignored_errors(fio, err0, option, base, error):
    """The job ends well, and fio still shows which error it met."""
    run = fio({"filename": err0.ng, **base, "ignore_error": option})
    assert run.status == 0 and run.job["error"] == error, run
    assert run.job[base["rw"]]["total_ios"] == 256
    if error > 255 and version() >= (3, 38):
        own = fio({"ioengine": "io_uring_cmd", "filename": err0.ng, **base,
                   "ignore_error": option})
        assert (own.status, own.job["error"]) == (0, error)


def test_another_error_is_not_ignored(fio, err0):
    for option in ("ENOSPC:7", "EPERM,EIO"):
        run = fio({"filename": err0.ng, **READ, "ignore_error": option})
        assert run.status == 1 and run.job["error"] == 5


@pytest.mark.parametrize("extra", [{}, {"thread": 1, "hipri": 1}],
                         ids=["plain", "polled"])
def test_errors_as_with_fios_own(fio, err0, extra):
    """Exit status, counts and structure of the JSON are the same."""
    if extra.get("hipri") and not err0.polls:
        pytest.skip("cannot be polled here")
    found = []
    for engine in ("io_uring_cmd", ENGINE):
        for base in (READ, WRITE):
            run = fio({"ioengine": engine, "filename": err0.ng, **base,
                       **extra})
            job = run.job
            found.append((run.status, job["error"] != 0,
                          job["read"]["total_ios"],
                          job["write"]["total_ios"], keys_of(run.json)))
    assert found[:2] == found[2:]


def keys_of(value, path=""):
    """The structure of a JSON document, without what depends on figures."""
    if isinstance(value, dict):
        return {key for name, part in value.items()
                for key in keys_of(part, f"{path}/{name}")
                if "/percentile" not in key and "/job options" not in key}
    if isinstance(value, list):
        return {key for part in value for key in keys_of(part, path + "[]")}
    return {path}


def test_verification_over_errors(fio, err0):
    run = fio(filename=err0.ng, rw="write", bs="4k", offset="1m",
              size="64k", verify="crc32c", continue_on_error="io")
    # what was written there cannot be read back
    assert run.job["total_err"] == 1 and run.job["first_error"] == 5
    assert run.job["write"]["total_ios"] == 16


def test_io_beyond_the_end(fio, data0):
    """fio itself keeps within the size that the engine told it."""
    run = fio(filename=data0.ng, rw="read", bs="4k", offset=data0.bytes)
    own = fio(ioengine="io_uring_cmd", filename=data0.ng, rw="read",
              bs="4k", offset=data0.bytes)
    assert (run.status == 0) == (own.status == 0)
    assert not run.job["read"]["total_ios"]


def test_max_latency_ends_the_job(fio, device):
    options = {"filename": device.ng, "rw": "randread", "bs": "4k",
               "size": "4m", "iodepth": 4, "max_latency": "1us"}
    run = fio(options)
    own = fio({"ioengine": "io_uring_cmd", **options})
    assert run.status == own.status == 1
    assert run.job["error"] == own.job["error"]
    assert run.job["read"]["total_ios"] <= 16
    assert "exceeds specified max" in run.err


@pytest.mark.parametrize("extra", [
    {"thread": 1}, {"hipri": 1}, {"sqthread_poll": 1, "rw": "randwrite"}],
    ids="+".join)
def test_sigint_ends_a_job(fio, data0, needs_tracing, extra):
    """All that was sent is reaped, and the figures are those of the trace."""
    if extra.get("hipri") and not data0.polls:
        pytest.skip("cannot be polled here")
    options = {"filename": data0.ng, "rw": "randread", "bs": "4k",
               "size": "16m", "iodepth": 32, "time_based": 1,
               "runtime": 300, "rate_iops": 400, **extra}
    direction = options["rw"].removeprefix("rand")
    statuses = []
    for engine in (ENGINE, "io_uring_cmd"):
        before = data0.host_commands(direction)
        with traced(data0) as trace:
            process = fio.start({"ioengine": engine, **options})
            while data0.host_commands(direction) < before + 50:
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            started = time.monotonic()
            run = finish(process)
        assert time.monotonic() - started < 120
        statuses.append(run.status)
        done = run.job[direction]
        assert done["total_ios"] >= 50, run
        if engine == ENGINE:
            assert trace.count(direction) == done["total_ios"], run
            assert done["io_bytes"] == done["total_ios"] * 4 * KIB, run
            assert not re.search("nvme_passthru|rror", run.err), run
    assert statuses[0] == statuses[1]

# SPDX-License-Identifier: GPL-2.0
"""io_units of several commands that fail in the middle, or are broken off."""

import re
import signal

import pytest

from fio import finish
from namespace import KIB, MIB

# err0 cannot read 4 KiB at 1 MiB, nor write 4 KiB at 2 MiB
READ = {"rw": "read", "bs": "256k", "cmd_bs": "16k", "offset": "896k",
        "size": "1m"}
WRITE = {"rw": "write", "bs": "256k", "cmd_bs": "16k", "offset": "1920k",
         "size": "1m"}


def mode_of(extra):
    return "+".join(extra) or "plain"


def about(run):
    """Lines on stderr that put a status in words."""
    return [line for line in run.err.splitlines() if "sct 0x" in line]


@pytest.mark.parametrize("base, words, extra", [
    (READ, ("Read, slba 2048, 32 blocks", "0x2, sc 0x81"), {}),
    (READ, ("Read, slba 2048, 32 blocks", "0x2, sc 0x81"), {"hipri": 1}),
    (WRITE, ("Write, slba 4096, 32 blocks", "0x2, sc 0x80"),
     {"fixedbufs": 1, "thread": 1})], ids=["read", "polled", "write"])
def test_error_in_the_middle(fio, err0, base, words, extra):
    """The command that failed is named, not the io_unit that it was of."""
    if extra.get("hipri") and not err0.polls:
        pytest.skip("cannot be polled here")
    run = fio({"filename": err0.ng, **base, **extra})
    assert run.status == 1 and run.job["error"] == 5, run
    lines = about(run)
    assert len(lines) == 1, run
    for word in (err0.ng, *words):
        assert word in lines[0], run


@pytest.mark.parametrize("base", [READ, WRITE], ids=["read", "write"])
def test_job_goes_on(fio, err0, base):
    """One io_unit of four fails, and only that."""
    run = fio({"filename": err0.ng, **base, "iodepth": 4,
               "continue_on_error": "io"})
    job = run.job
    assert run.status == 0
    assert (job["total_err"], job["first_error"]) == (1, 5), run
    assert job[base["rw"]]["total_ios"] == 4


def test_several_commands_fail(fio, err0):
    """Eight of an io_unit do, each of a block: the first is told of."""
    run = fio({"filename": err0.ng, **READ, "cmd_bs": 512, "iodepth": 4,
               "continue_on_error": "io", "error_dump": 1})
    job = run.job
    assert (job["total_err"], job["first_error"]) == (1, 5), run
    lines = about(run)
    assert lines and all("slba 2048, 1 blocks" in line for line in lines)


def test_what_did_not_fail_is_written(fio, err0):
    err0.write(MIB + 896 * KIB, bytes(128 * KIB))
    fio({"filename": err0.ng, **WRITE, "iodepth": 4,
         "buffer_pattern": "0xa5", "continue_on_error": "io"})
    # not all of them: pytest would be minutes over how two differ
    assert set(err0.read(MIB + 896 * KIB, 128 * KIB)) == {0xa5}
    assert set(err0.read(2176 * KIB, 256 * KIB)) == {0xa5}


def test_ignored_status(fio, err0):
    run = fio({"filename": err0.ng, **READ, "ignore_error": 0x281})
    assert run.status == 0 and run.job["error"] == 0x281, run
    assert run.job["read"]["total_ios"] == 4


def test_jobs_that_die(fio, err0):
    """A job that dies of its error leaves nothing behind in the kernel."""
    run = fio({"filename": err0.ng, **READ, "iodepth": 4, "bs": "512k",
               "cmd_bs": "4k", "thread": 1, "numjobs": 3})
    assert run.status == 3, run
    assert [job["error"] for job in run.jobs] == [5, 5, 5]
    fio({"filename": err0.ng, **READ, "offset": 0, "size": "1m"}).clean()


BREAK_OFF = [
    {"thread": 1}, {"hipri": 1}, {"fixedbufs": 1, "rw": "randwrite"},
    {"scatter": 1, "norandommap": 1, "cmd_bs": "4k"}]


@pytest.mark.parametrize("extra", BREAK_OFF, ids=mode_of)
def test_sigint(fio, data0, extra):
    """What is in flight is reaped, and so is what still waits for room."""
    if extra.get("hipri") and not data0.polls:
        pytest.skip("cannot be polled here")
    # 64 io_units of 32 commands: twice as many as the queue has tags
    options = {"filename": data0.ng, "rw": "randread", "bs": "128k",
               "cmd_bs": "4k", "size": "64m", "iodepth": 64,
               "time_based": 1, "runtime": 300, **extra}
    way = options["rw"].removeprefix("rand")
    before = data0.host_commands(way)
    process = fio.start(options)
    while data0.host_commands(way) < before + 3000:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    run = finish(process)
    done = run.job[way]
    assert run.status in (0, 128), run
    assert run.job["error"] == 0
    assert not re.search("nvme_passthru|rror", run.err), run
    assert done["io_bytes"] == done["total_ios"] * 128 * KIB
    assert data0.host_commands(way) - before == done["total_ios"] * 32
    fio(filename=data0.ng, rw="read", bs="128k", size="1m").clean()

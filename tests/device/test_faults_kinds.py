# SPDX-License-Identifier: GPL-2.0
"""Slow commands, lost poll queues, bad blocks, a namespace that is changed."""

import errno
import os
import time

import pytest

from faults import (BLOCK, LOAD, RESET, SIZE, SPARE, KernelLog, Load, account,
                    blank, causes, kept, parameter, processes, wait_for)
from namespace import MIB, number

PACE = 500
ON = {"continue_on_error": "all"}
POLL_QUEUES = "/sys/module/nvme/parameters/poll_queues"
# how long the kernel waits by itself, in seconds
IO_TIMEOUT = "/sys/module/nvme_core/parameters/io_timeout"
SECONDS = 1
# QEMU's LBA formats without metadata, and their bytes a block
FORMATS = {0: 512, 4: 4096}
SPLIT = {"bs": 8 * BLOCK, "cmd_bs": BLOCK, "iodepth": 4}
# err0 cannot read the block at 1 MiB, nor write that at 2 MiB
UNREADABLE = MIB
UNWRITABLE = 2 * MIB

only_trixie = pytest.mark.once


@only_trixie
@pytest.mark.parametrize("extra", [
    ON, {"thread": 1},
    {**ON, "thread": 1, "hipri": 1}],
    ids=["forked", "thread", "polled"])
def test_slower_than_the_timeout(fio, pull0, extra):
    """The kernel gives commands up, when it was told to; nothing hangs."""
    device = pull0.namespace
    pull0.slow(PACE)
    log = KernelLog()
    load = Load(fio, device, timeout_ms=SECONDS * 1000, **extra)
    pull0.slow(1)
    wait_for("the kernel is to reset the controller",
             lambda: log.has(r"timeout, (reset|disable)"),
             number(IO_TIMEOUT))
    pull0.slow(0)
    run = load.end(2 * SECONDS + RESET + SPARE)
    log.close()
    done, failed = account(run, load.trace)
    assert failed and any("cancelled it" in line or "sct 0x" in line
                          for line in causes(run)), run
    assert (run.status, run.job["error"]) == (int(extra == {"thread": 1}),
                                              5), run
    assert not processes()
    assert not kept(pull0.restore(), done), run


def test_poll_queues_are_gone(fio, pull0):
    """A job that polls comes to its end, and the next is told."""
    device = pull0.namespace
    if not device.polls:
        pytest.skip("cannot be polled here")
    polled = {**ON, "thread": 1, "hipri": 1}
    pull0.slow(PACE)
    load = Load(fio, device, **polled)
    try:
        with parameter(POLL_QUEUES, 0):
            pull0.reset()
            pull0.slow(0)
            run = load.end(RESET + SPARE)
            done, _ = account(run, load.trace)
            fio({"filename": device.ng, **LOAD, **polled}).refused(
                "hipri=1", "no poll queue")
    finally:
        pull0.reset()
    assert not kept(pull0.restore(), done), run
    assert pull0.namespace.polls


@pytest.mark.parametrize("extra", [
    {}, pytest.param({"thread": 1, "fixedbufs": 1}, marks=only_trixie),
    pytest.param({"hipri": 1}, marks=only_trixie),
    pytest.param(SPLIT, marks=only_trixie)],
    ids=["forked", "thread", "polled", "split"])
def test_bad_blocks(fio, err0, extra):
    """One Write and one Read fail; all else is there."""
    if extra.get("hipri") and not err0.polls:
        pytest.skip("cannot be polled here")
    size = extra.get("bs", BLOCK)
    blank(err0)
    run = fio({"filename": err0.ng, **LOAD, **ON, **extra})
    done, failed = account(run, os.path.join(fio.folder, "trace"), size)
    assert run.status == 0 and run.job["total_err"] == 2, run
    assert [record.offset for record in failed] == [UNWRITABLE]
    assert len(done) >= SIZE // BLOCK - size // BLOCK
    told = causes(run)
    assert len(told) == 2 and "slba 4096, 8 blocks" in told[0] \
        and "slba 2048, 8 blocks" in told[1], run
    assert set(kept(err0, done, size)) == {UNREADABLE}


@only_trixie
@pytest.mark.parametrize("extra", [ON, {"thread": 1}],
                         ids=["forked", "thread"])
def test_namespace_is_detached(fio, pull0, extra):
    device = pull0.namespace
    pull0.slow(PACE)
    load = Load(fio, device, **extra)
    pull0.attach(False)
    try:
        pull0.slow(0)
        run = load.end(RESET + SPARE)
    finally:
        pull0.attach(True)
    done, failed = account(run, load.trace)
    assert failed and causes(run), run
    assert run.status == int(extra != ON), run
    assert not processes()
    assert not kept(pull0.restore(), done), run


@only_trixie
@pytest.mark.parametrize("extra", [ON, {**ON, "thread": 1}],
                         ids=["forked", "thread"])
def test_namespace_is_formatted(fio, pull0, extra):
    """What was written before is gone; what is written afterwards is not."""
    device = pull0.namespace
    pull0.slow(PACE)
    load = Load(fio, device, do_verify=0, **extra)
    pull0.format()
    formatted = time.monotonic_ns()
    run = load.end(SIZE // BLOCK / PACE + RESET + SPARE)
    done, failed = account(run, load.trace)
    assert run.status == 0 and bool(failed) == bool(causes(run)), run
    # what was sent before may have been answered only now
    since = [record for record in done if record.time > formatted + 5e8]
    assert since and not processes()
    assert not kept(pull0.restore(), since), run


@pytest.fixture(name="formatted")
def fixture_formatted(pull0):
    """Formats pull0, and in the end as it was."""
    yield pull0.format
    pull0.slow(0)
    pull0.format()
    assert pull0.namespace.lba == FORMATS[0]


def told_of_format(run, before, after):
    """One line of the engine's says what happened, and the job failed."""
    assert run.status == 1, run
    assert (f"had {FORMATS[before]} bytes and 0 of metadata (LBA format "
            f"{before}), and have {FORMATS[after]} and 0 (LBA format {after})"
            ) in run.refusal, run
    return run.refusal


@pytest.mark.parametrize("before, after", [
    pytest.param(0, 4, marks=only_trixie), (4, 0)], ids=["larger", "smaller"])
def test_namespace_is_formatted_otherwise(fio, pull0, formatted, before,
                                          after):
    """Commands for the blocks that were fail, or go elsewhere."""
    formatted(before)
    device = pull0.namespace
    assert device.lba == FORMATS[before]
    pull0.slow(PACE)
    load = Load(fio, device, do_verify=0, **ON)
    formatted(after)
    pull0.slow(0)
    run = load.end(RESET + SPARE)
    line = told_of_format(run, before, after)
    assert "run the job again" in line and run.job["error"] == errno.EIO, run
    if after == 4:
        # the first that failed ended it
        assert 0 < run.job["total_err"] <= 2 * LOAD["iodepth"], run
        assert run.total("write") < SIZE // BLOCK, run
    else:
        assert run.job["total_err"] == 0, run
        assert run.total("write") == SIZE // BLOCK, run


@only_trixie
def test_namespace_is_formatted_before_a_job(fio, pull0, formatted):
    """All jobs are set up before the first begins; nothing is sent."""
    formatted(0)
    device = pull0.namespace
    command = f"nvme format /dev/{pull0.name} -n 1 -l 4 --force"
    before = device.host_writes()
    run = fio({"ioengine": "null", "size": BLOCK, "exec_prerun": command},
              {"filename": device.ng, "rw": "write", "size": MIB,
               "stonewall": True})
    assert "start fio again" in told_of_format(run, 0, 4)
    assert run.jobs[1]["error"] == errno.ESTALE, run
    assert device.host_writes() == before

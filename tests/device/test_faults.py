# SPDX-License-Identifier: GPL-2.0
"""The controller is reset, removed or pulled out while jobs write to it."""

import errno

import pytest

from faults import (BLOCK, RESET, SIZE, SPARE, Load, account, causes, kept,
                    processes)

# Commands a second while the fault is made: a few seconds' worth are left
PACE = 500

FORKED = {"continue_on_error": "all"}
THREAD = {"thread": 1, "continue_on_error": "all"}
# Past a queue that is being taken down nothing is polled (Linux 6.12): what is
# in flight waits for its timeout
POLLED = {**THREAD, "hipri": 1, "timeout_ms": 2000}
SPLIT = {**FORKED, "bs": 32 * BLOCK // 4, "cmd_bs": BLOCK, "iodepth": 8}
SQPOLL = {**FORKED, "sqthread_poll": 1, "fixedbufs": 1}
ENDS = {"thread": 1}

# A job that polls a drive that is pulled out is not among them: Linux 6.12
# panics of it in nvme_poll()
CASES = [
    ("reset", FORKED), ("reset", THREAD), ("reset", POLLED),
    ("reset", SPLIT), ("reset", SQPOLL), ("reset", {}), ("reset", ENDS),
    ("remove", FORKED), ("remove", POLLED), ("remove", ENDS),
    ("pull", FORKED), ("pull", SPLIT), ("pull", SQPOLL),
    ("pull", ENDS)]
# Of resets forked, polled and ended
SHORT = {0, 2, 5}


def name_of(case):
    fault, extra = case
    words = [word for word in ("thread", "hipri", "cmd_bs", "sqthread_poll")
             if word in extra]
    return "-".join([fault, *words, "on" if "continue_on_error" in extra
                     else "ends"])


def marked(number, case):
    marks = [] if number in SHORT else [pytest.mark.once]
    if case[0] != "reset":
        marks = [pytest.mark.unplug]
    return pytest.param(*case, marks=marks, id=name_of(case))


def judge(run, fault, head, goes_on, whole):
    """How it ended; a job outlives errors of I/O, not the loss of a file.

    A multipath head stays while it is open, and has no path; other devices
    are gone.
    """
    error = run.job["error"]
    if fault != "reset" and not head:
        assert run.status == 1 and error in (errno.EIO, errno.ENODEV), run
    elif goes_on:
        assert run.status == 0 and error == errno.EIO, run
        assert run.total("write") == whole, run
    else:
        assert run.status == 1 and error == errno.EIO, run
        assert run.total("write") < whole, run


def polled_or_skip(device, extra):
    if extra.get("hipri") and not device.polls:
        pytest.skip("cannot be polled here")


@pytest.mark.parametrize("fault, extra", [
    marked(number, case) for number, case in enumerate(CASES)])
def test_controller(fio, pull0, fault, extra):
    """What was acknowledged is there, and what was not is an error."""
    device = pull0.namespace
    polled_or_skip(device, extra)
    head = pull0.is_head
    pull0.slow(PACE)
    load = Load(fio, device, **extra)
    getattr(pull0, fault)()
    pull0.slow(0)
    run = load.end(RESET + SPARE)
    size = extra.get("bs", BLOCK)
    # some are lost with the fault, and a job that goes on makes up its figures
    done, failed = account(run, load.trace, size)
    assert bool(failed) == bool(causes(run)), run
    # without a head, what comes after a reset waits, and nothing may be lost
    assert failed or fault == "reset" and not head, run
    if not failed:
        run.clean()
    else:
        judge(run, fault, head, "continue_on_error" in extra,
              SIZE // size)
    assert not processes()
    assert not kept(pull0.restore(), done, size), run

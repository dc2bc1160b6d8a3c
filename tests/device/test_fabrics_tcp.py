# SPDX-License-Identifier: GPL-2.0
"""A namespace of the kernel's own target over TCP, and a broken connection."""

import errno

import pytest

from faults import (BLOCK, SIZE, SPARE, Load, account, causes, kept,
                    processes)
from nvmet import has_heads, target_in

ON = {"continue_on_error": "all"}
# A few seconds' worth of writes are left when the fault is made
PACE = {"rate_iops": ",400"}
WHOLE = SIZE // BLOCK
# What a job at that pace may take, with connecting anew or giving up
PATIENCE = WHOLE // 400 + 6 * SPARE


@pytest.fixture(name="target")
def fixture_target(tmp_path):
    if has_heads():
        pytest.skip("test_fabrics.py has more for heads")
    with target_in(tmp_path, "tcp") as target:
        target.connect("only")
        yield target
    assert not processes()


def test_reads_and_writes(fio, target):
    device = target.namespace()
    fio(filename=device.ng, rw="randrw", bs="4k", size="256k", iodepth=16,
        verify="crc32c", end_fsync=1).clean()
    fio(filename=device.ng, rw="write", bs="128k", cmd_bs="32k", size="256k",
        iodepth=2, fixedbufs=1, verify="crc32c").clean()


def test_polling_is_refused(fio, target):
    """Without poll queues, which are asked for when it is connected."""
    fio(filename=target.namespace().ng, rw="randread", bs="4k", size="1m",
        hipri=1).refused("hipri=1", "poll")


@pytest.mark.parametrize("extra", [ON, {"thread": 1, **ON}],
                         ids=["forked", "thread"])
def test_connection_breaks_and_comes_back(fio, target, extra):
    """What is sent in between fails, in words; what follows does not.

    The driver lets what may be sent again wait, and passthrough may not.
    """
    load = Load(fio, target.namespace(), **extra, **PACE)
    target.shut(target.ports["only"])
    target.open(target.ports["only"])
    run = load.end(PATIENCE)
    done, failed = account(run, load.trace)
    assert run.status == 0 and run.total("write") == WHOLE, run
    assert failed and done[-1].time > failed[-1].time, run
    for line in causes(run):
        assert "Host Pathing Error" in line or "cancelled it" in line, run
    assert causes(run), run
    assert not processes()
    assert not kept(target.namespace(), done), run


def test_connection_is_lost(fio, target):
    """The host gives up: the job ends in words, and the next one works."""
    load = Load(fio, target.namespace(), **PACE)
    target.shut(target.ports["only"])
    run = load.end(PATIENCE)
    done, failed = account(run, load.trace)
    assert run.status == 1, run
    assert run.job["error"] in (errno.EIO, errno.ENODEV), run
    assert failed and causes(run), run
    assert not processes()
    target.open(target.ports["only"])
    if not target.controllers:
        target.connect("only")
    assert not kept(target.namespace(), done), run

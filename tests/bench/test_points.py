# SPDX-License-Identifier: GPL-2.0
"""What is measured, how a point is chosen, and its jobs."""

import pytest

from benchmark import points, runner
from benchmark.points import CMD, OWN, POINTS, SCATTER, TOOL, Gate

FIRST = "interrupt-read-512-128x32-fixed"


def names(chosen):
    return [point.name for point in chosen]


def test_points_cover_what_was_promised():
    assert 38 <= len(POINTS) == len(set(names(POINTS))) <= 45
    assert {point.depth for point in POINTS} == {1, 4, 16, 64, 128, 256}
    assert {point.batch for point in POINTS} == {1, 4, 16, 32}
    assert {point.bs for point in POINTS} == {512, 4096}
    assert {point.rw for point in POINTS} == {"read", "write"}
    for way in ("polled", "fixedbufs"):
        assert {getattr(point, way) for point in POINTS} == {True, False}


def test_every_gated_point_is_below_fios_own_engine():
    for point in POINTS:
        below = [gate for gate in point.gates
                 if (gate.contender, gate.peer) == (OWN, CMD)]
        shallow = point.polled and point.depth < 16
        assert len(below) == (0 if shallow else 1), point.name
        assert all(gate.limit <= 1 for gate in below)


def test_gates_compare_contenders_of_their_point():
    for point in POINTS:
        for gate in point.gates:
            assert gate.contender in point.contenders
            assert gate.peer is None or gate.peer in point.contenders


@pytest.mark.parametrize("how, own, block, scattered", [
    ("interrupt", 0.94, 0.68, 0.50), ("polled", 0.92, 0.70, 0.53)])
def test_first_gates(how, own, block, scattered):
    gates = {(gate.contender, gate.peer): gate.limit for gate
             in points.BY_NAME[f"{how}-read-512-128x32-fixed"].gates}
    assert gates[OWN, CMD] == own
    assert gates[OWN, "io_uring"] == block
    for name in SCATTER:
        assert gates[name, TOOL] == 1.0
        assert gates[name, "io_uring"] == scattered


def test_one_system_call_an_io_at_depth_one():
    gates = points.BY_NAME["interrupt-read-512-1x1-fixed"].gates
    assert Gate(OWN, None, 1.01) in gates


def test_choosing():
    assert points.choose([]) == POINTS
    assert names(points.choose([FIRST])) == [FIRST]
    polled = points.choose(["polled-*"])
    assert polled and all(point.polled for point in polled)
    assert all("-4k-" in name for name in names(points.choose(["-4k-"])))
    assert points.choose(["nosuch"]) == []
    short = points.choose([], short=True)
    assert FIRST in names(short) and len(short) < 10


def test_scattered_jobs_have_as_many_commands_in_flight():
    point = points.BY_NAME[FIRST]
    for name, commands in SCATTER.items():
        job, count = runner.job_of(point, name)
        assert count == commands
        assert job.depth * commands == 128 and job.batch * commands == 32
        assert job.bs == 512 * commands
        assert job.extra == ("--cmd_bs=512", "--scatter=1")
    job, count = runner.job_of(point, OWN)
    assert (job.bs, job.depth, job.batch, count) == (512, 128, 32, 1)
    assert job.extra == () and job.fixedbufs and not job.polled


def test_writes_are_writes():
    job, _ = runner.job_of(points.BY_NAME["interrupt-write-512-1x1-fixed"],
                           OWN)
    assert job.rw == "randwrite"

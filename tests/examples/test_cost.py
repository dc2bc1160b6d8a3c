# SPDX-License-Identifier: GPL-2.0
"""Costs from runs."""

import pytest

from measure import Failure, cost
from measure.fio import Run


def run(ios, milliseconds, percent, processes=0.0):
    part = {"total_ios": ios // 2}
    return Run([{"read": part, "write": part, "job_runtime": milliseconds,
                 "usr_cpu": percent / 4, "sys_cpu": percent * 3 / 4}],
               processes)


def test_cost_of_one_run():
    found = cost.of_run(run(1000, 500, 50))
    assert found.iops == pytest.approx(2000)
    # a quarter of a second for a thousand I/Os
    assert found.cost == pytest.approx(250_000)


def test_slope_takes_the_start_off():
    start, each = 0.015, 4e-6
    short, long = (run(ios, ios * 8e-3, 0, start + ios * each)
                   for ios in (5_000, 55_000))
    found = cost.of_slope(short, long)
    assert found.cost == pytest.approx(4000)
    assert found.iops == pytest.approx(125_000)


def test_lengths_of_a_slope():
    short, long = cost.slope_lengths(50_000, 128)
    assert (short.ios, long.ios) == (5_000, 55_000)
    assert cost.slope_lengths(100, 128)[0].ios == 128


def test_runs_without_ios_fail():
    with pytest.raises(Failure, match="longer"):
        cost.of_run(run(0, 500, 50))
    with pytest.raises(Failure, match="longer"):
        cost.of_slope(run(100, 1, 1), run(100, 1, 1))


def test_spread():
    assert cost.spread([100, 90, 110]) == pytest.approx(0.2)
    assert cost.spread([5]) == 0
    assert cost.spread([0, 0, 1]) == 0


def test_everything_has_its_turn_in_every_round():
    assert list(cost.in_turn(2, "ab")) == [(0, "a"), (0, "b"), (1, "a"),
                                           (1, "b")]

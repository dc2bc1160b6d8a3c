# SPDX-License-Identifier: GPL-2.0
"""When a gate is held, missed or left open, and what fails."""

import math
import statistics

import pytest

from benchmark import judge
from benchmark.judge import ABSENT, HELD, MISSED, OPEN
from benchmark.points import CMD, OWN, TOOL, Gate, Point


def point(*gates, polled=False):
    return Point("read", 512, 128, 32, polled, gates=gates)


GATE = Gate(OWN, CMD, 0.94)


def outcome(gate, found, **more):
    (verdict,) = judge.judge(point(gate, **more), found)
    return verdict


def test_spread_of_five_runs_is_all_of_them():
    assert judge.spread([100, 110, 104, 102, 101]) == pytest.approx(10 / 102)


@pytest.mark.parametrize("count", range(1, 31))
def test_runs_left_out_are_no_more_than_certainty_allows(count):
    def certainty(skip):
        return 1 - 2 * sum(math.comb(count, number)
                           for number in range(skip + 1)) / 2 ** count

    skip = judge.trimmed(count)
    assert 2 * skip < count
    if skip:
        assert certainty(skip) >= judge.CERTAINTY
    if 2 * (skip + 1) < count:
        assert certainty(skip + 1) < judge.CERTAINTY


def test_more_runs_settle_what_a_few_stray_ones_left_open():
    runs = [100, 101, 99, 100, 130]
    assert judge.spread(runs) > judge.SPREAD
    runs += [100, 101, 99, 100, 101, 99]
    assert judge.spread(runs) < judge.SPREAD


def test_spread_of_nothing():
    assert judge.spread([]) == math.inf


def test_summary():
    found = judge.summary([10, 30, 20], 0.5)
    assert found == {"cost": 20, "spread": 1.0, "calls": 0.5,
                     "runs": [10, 30, 20]}
    assert found["cost"] == statistics.median(found["runs"])


@pytest.mark.parametrize("own, what", [(930, HELD), (940, HELD),
                                       (941, MISSED)])
def test_ratio(runs, own, what):
    found = {OWN: runs(own), CMD: runs(1000)}
    verdict = outcome(GATE, found)
    assert verdict.outcome == what
    assert verdict.value == pytest.approx(own / 1000)
    assert judge.fails(verdict) == (what == MISSED)


def test_below_is_not_equal(runs):
    gate = Gate(OWN, CMD, 1.0)
    assert outcome(gate, {OWN: runs(1000), CMD: runs(1000)}).outcome == MISSED
    assert outcome(gate, {OWN: runs(999), CMD: runs(1000)}).outcome == HELD


@pytest.mark.parametrize("wide", [OWN, CMD])
def test_wide_spread_is_not_judged(runs, wide):
    found = {OWN: runs(920), CMD: runs(1000)}
    found[wide] = runs(found[wide]["cost"], wide=0.05)
    verdict = outcome(GATE, found, polled=True)
    assert verdict.outcome == OPEN
    assert "spread 5.0%" in verdict.text and "5 runs" in verdict.text
    assert not judge.fails(verdict)
    assert judge.fails(verdict, strict=True)


@pytest.mark.parametrize("wide", [OWN, CMD])
def test_wide_spread_below_the_gate_is_held(runs, wide):
    found = {OWN: runs(900), CMD: runs(1000)}
    found[wide] = runs(found[wide]["cost"], wide=0.05)
    verdict = outcome(GATE, found)
    assert verdict.outcome == HELD and not judge.fails(verdict, strict=True)
    least, most = judge.bounds(found[CMD]["runs"])[0], max(found[OWN]["runs"])
    assert "spread 5.0%" in verdict.text
    assert f"{most / least:.3f} at worst" in verdict.text


def test_wide_spread_above_the_gate_stays_open(runs):
    """Then it is the host's load that shall be looked at, not the ratio."""
    found = {OWN: runs(2000, wide=0.05), CMD: runs(1000)}
    assert outcome(GATE, found).outcome == OPEN


def test_interrupt_points_have_to_be_judged(runs):
    verdict = outcome(GATE, {OWN: runs(920, wide=0.05), CMD: runs(1000)})
    assert verdict.outcome == OPEN and judge.fails(verdict)


def test_one_command_at_a_time_may_stay_open(runs):
    single = Point("read", 4096, 1, 1, gates=(GATE,))
    found = {OWN: runs(900, wide=0.5), CMD: runs(1000)}
    (verdict,) = judge.judge(single, found)
    assert verdict.outcome == OPEN
    assert not judge.fails(verdict) and judge.fails(verdict, strict=True)


def test_a_side_that_is_not_compared_may_be_wide(runs):
    found = {OWN: runs(900), CMD: runs(1000), "io_uring": runs(9, wide=1)}
    assert outcome(GATE, found).outcome == HELD
    assert judge.settled(point(GATE), found)


def test_settled(runs):
    found = {OWN: runs(900), CMD: runs(1000, wide=0.05)}
    assert not judge.settled(point(GATE), found)
    assert judge.settled(point(), found)
    assert judge.settled(point(GATE), {OWN: runs(900)})


def test_system_calls(runs):
    gate = Gate(OWN, None, 1.01)
    one = outcome(gate, {OWN: runs(6000, calls=1.0003)})
    two = outcome(gate, {OWN: runs(6000, calls=2.0)})
    assert (one.outcome, two.outcome) == (HELD, MISSED)
    assert "2.000 system calls a command" in two.text


def test_only_the_tool_may_be_absent(runs):
    tool = outcome(Gate("scatter16", TOOL, 1.0), {"scatter16": runs(2500)})
    assert tool.outcome == ABSENT
    assert not judge.fails(tool) and judge.fails(tool, strict=True)
    assert "t/io_uring -u1 was not measured" in tool.text
    assert judge.fails(outcome(GATE, {OWN: runs(900)}))


def test_gates_are_judged_where_the_namespace_is_a_head(results):
    told = {(gate["point"], gate["contender"], gate["peer"]): gate
            for gate in results["gates"]}
    assert {gate["boot"] for gate in results["gates"]} == {"head"}
    first = "interrupt-read-512-128x32-fixed"
    assert told[first, OWN, CMD]["outcome"] == MISSED
    assert told[first, OWN, CMD]["fails"]
    assert told[first, OWN, "io_uring"]["outcome"] == HELD
    rough = told["polled-read-512-64x16-fixed", OWN, CMD]
    assert rough["outcome"] == OPEN and not rough["fails"]
    strict = judge.gates(results["boots"], strict=True)
    assert sum(gate["fails"] for gate in strict) == 1 + sum(
        gate["fails"] for gate in results["gates"])


def test_gates_of_those_who_were_not_asked_for_are_left_out(results):
    some = judge.gates(results["boots"], asked=[OWN, CMD])
    assert some and {gate["peer"] for gate in some} == {CMD, None}
    assert {gate["contender"] for gate in some} == {OWN}


def test_slack_is_for_ratios():
    found = {OWN: judge.summary([95] * 5, 1.02),
             CMD: judge.summary([100] * 5, 2.0)}
    chosen = point(GATE, Gate(OWN, CMD, 1.0), Gate(OWN, None, 1.01))
    assert [verdict.outcome for verdict in judge.judge(chosen, found)] == [
        MISSED, HELD, MISSED]
    assert [verdict.outcome for verdict in judge.judge(chosen, found, 2)] == [
        HELD, HELD, MISSED]

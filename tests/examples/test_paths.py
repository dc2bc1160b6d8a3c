# SPDX-License-Identifier: GPL-2.0
"""Runs of points on two paths: their order, their medians, their ratio."""

import pytest

from measure import paths
from measure.artifact import EXPERIMENTS
from measure.job import BLOCK, OWN

PEAK = EXPERIMENTS["peak"].points


def record(point, path, number, iops, cost=1000.0, **more):
    return {"round": number, "experiment": point.experiment,
            "label": point.label, "engine": path, "iops": iops, "cost": cost,
            "cpu": 50.0, **more}


def rows_of(block, own, point=PEAK[0], cost=False):
    """Rows of one point with these values, a round each."""
    key = "cost" if cost else "iops"
    records = [record(point, path, number, **{"iops": 1.0, key: value})
               for path, values in ((BLOCK, block), (OWN, own))
               for number, value in enumerate(values)]
    return paths.summarise([point], records)


def test_paths_take_turns_and_experiments_do_not_mix():
    points = PEAK[:2] + EXPERIMENTS["latency"].points[:1]
    order = list(paths.schedule(points, 2))
    assert len(order) == len(set(order)) == 3 * 2 * 2
    assert [point.experiment for _, point, _ in order] == (
        ["peak"] * 8 + ["latency"] * 4)
    assert [path for *_, path in order] == (
        [BLOCK, OWN] * 2 + [OWN, BLOCK] * 2 + [BLOCK, OWN, OWN, BLOCK])
    assert [number for number, *_ in order[:8]] == [0] * 4 + [1] * 4


def test_rows_have_medians_and_spread():
    block, own = rows_of([100, 300, 200], [200, 400, 300])
    assert (block["engine"], own["engine"]) == (BLOCK, OWN)
    assert block["iops"] == {"median": 200, "min": 100, "max": 300,
                             "spread": 1.0}
    assert own["rounds"] == 3 and own["label"] == "plain"
    assert "latency" not in own


def test_times_are_in_rows_where_they_were_taken():
    point = EXPERIMENTS["latency"].points[0]
    row, = paths.summarise([point], [
        record(point, OWN, number, 1, submission=200.0 + number,
               latency=9e3, latency_99=None) for number in range(3)])
    assert row["submission"]["median"] == 201
    assert "latency_99" not in row


def test_ratio_of_rates_and_of_single_rounds():
    pair, = paths.pairs(rows_of([100, 100, 200], [120, 150, 180]), "peak",
                        "iops")
    assert pair.ratio == pytest.approx(1.5)
    assert (pair.low, pair.high) == (pytest.approx(0.9), pytest.approx(1.5))


def test_ratio_of_costs_is_of_ios_for_the_same_instructions():
    pair, = paths.pairs(rows_of([5000] * 3, [4000] * 3, cost=True), "peak",
                        "cost")
    assert pair.ratio == pytest.approx(1.25)


def test_rounds_are_compared_by_their_numbers():
    rows = paths.summarise([PEAK[0]], [
        record(PEAK[0], OWN, 1, 220), record(PEAK[0], BLOCK, 0, 100),
        record(PEAK[0], BLOCK, 1, 200), record(PEAK[0], OWN, 0, 130)])
    pair, = paths.pairs(rows, "peak", "iops")
    assert (pair.low, pair.high) == (pytest.approx(1.1), pytest.approx(1.3))


def test_half_a_pair_is_none():
    rows = paths.summarise([PEAK[0]], [record(PEAK[0], OWN, 0, 100)])
    assert len(rows) == 1
    assert not paths.pairs(rows, "peak", "iops")
    assert paths.best([], "iops") is None


@pytest.mark.parametrize("what, ratio", [("iops", 900 / 500),
                                         ("cost", 400 / 300)])
def test_best_of_each_path(what, ratio):
    """Not the best pair: each path has its own best configuration."""
    cost = what == "cost"
    rows = (rows_of([500], [300 if cost else 600], PEAK[0], cost) +
            rows_of([400], [450 if cost else 900], PEAK[1], cost))
    best = paths.best(paths.pairs(rows, "peak", what), what)
    assert best.ratio == pytest.approx(ratio)

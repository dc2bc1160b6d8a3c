# SPDX-License-Identifier: GPL-2.0
"""Points, their order, and what their runs come to."""

import collections
import csv

import pytest

from measure import charts, grid
from measure.grid import Point

ENGINES = ["own", "other"]


def record(point, number, iops, cost=1000.0, **latency):
    return {"round": number, **point._asdict(), "iops": iops, "cost": cost,
            "cpu": 50, "latency": latency}


def records(grid_points, rounds, iops):
    """iops(point, round) of every run."""
    return [record(point, number, iops(point, number), p50=2e3, p99=None)
            for number in range(rounds) for point in grid_points]


def test_no_batch_is_above_the_depth():
    found = grid.points([512, 4096], [1, 4, 16], [1, 8], ENGINES)
    assert len(found) == len(set(found)) == 2 * 4 * 2
    assert all(point.batch <= point.depth for point in found)
    assert Point(4096, 16, 8, "own") in found


def test_every_point_is_in_every_round_before_the_next():
    points = grid.points([512], [1, 4], [1], ENGINES)
    order = list(grid.schedule(points, ENGINES, 3))
    assert [number for number, _ in order] == [0] * 4 + [1] * 4 + [2] * 4
    for number in range(3):
        assert {point for at, point in order if at == number} == set(points)


def test_engines_take_turns_at_a_point_and_at_being_first():
    points = grid.points([512], [1, 4], [1], ENGINES)
    order = list(grid.schedule(points, ENGINES, 2))
    engines = [point.engine for _, point in order]
    assert engines == ["own", "other"] * 2 + ["other", "own"] * 2
    first, second = order[0][1], order[1][1]
    assert first[:3] == second[:3]


def test_summary_has_medians_and_ends():
    point, other = grid.points([512], [4], [1], ENGINES)
    rows = grid.summarise([point, other], [
        record(point, 2, 300, p50=30), record(point, 0, 100, p50=10),
        record(point, 1, 170, p50=20)])
    assert len(rows) == 1
    row = rows[0]
    assert row["iops"] == {"median": 170, "min": 100, "max": 300,
                           "spread": pytest.approx(200 / 170)}
    assert row["latency"]["p50"]["median"] == 20
    assert row["rounds"] == 3
    assert [run["round"] for run in row["runs"]] == [0, 1, 2]


def test_latency_that_a_run_lacks_is_left_out():
    points = grid.points([512], [4], [1], ENGINES)
    rows = grid.summarise(points, records(points, 2, lambda *_: 5))
    assert list(rows[0]["latency"]) == ["p50"]


@pytest.mark.parametrize("last, told", [
    (100, None), (98, None), (90, "10.0% less"), (120, "20.0% more")])
def test_drift_is_told(last, told):
    points = grid.points([512, 4096], [1, 4, 16], [1], ENGINES)
    rows = grid.summarise(points, records(
        points, 3, lambda point, number: point.depth * (last if number == 2
                                                        else 100)))
    found = grid.drift(rows)
    assert found is None if told is None else told in found


def test_runs_that_only_scatter_are_no_drift():
    points = grid.points([512], [1, 2, 4, 8, 16], [1], ENGINES)
    up = set(points[:6])
    rows = grid.summarise(points, records(
        points, 2, lambda point, number: 100 + (
            40 if point in up else -40) * number))
    assert grid.drift(rows) is None


def test_two_points_are_too_few_to_drift():
    points = grid.points([512], [1], [1], ENGINES)
    rows = grid.summarise(points, records(
        points, 2, lambda _, number: 100 + 40 * number))
    assert grid.drift(rows) is None


def test_drift_of_one_round_is_none():
    points = grid.points([512], [1], [1], ENGINES)
    assert grid.drift(grid.summarise(points, records(
        points, 1, lambda *_: 1))) is None
    assert grid.drift([]) is None


def test_single_noisy_points_are_no_drift_but_are_marked():
    points = grid.points([512], [1, 4, 16, 64], [1], ENGINES)
    noisy = points[3]
    rows = grid.summarise(points, records(
        points, 3, lambda point, number: 100 + 40 * number * (
            point == noisy)))
    assert grid.drift(rows) is None
    assert "of 1 of 8 points" in grid.unsteady(rows)
    assert grid.unsteady(rows, "cost") is None
    marked = [line for line in grid.table(rows, "CPU ns") if "~" in line]
    assert len(marked) == 1


def test_ratios_are_to_the_first_engine_of_the_point():
    points = grid.points([512], [1, 4], [1], ENGINES)
    rows = grid.summarise(points, records(
        points, 1, lambda point, _: point.depth * (
            100 if point.engine == "own" else 75)))
    lines = grid.table(rows, "CPU ns")
    assert len(lines) == 1 + len(points)
    assert [line.split()[-5] for line in lines[1:]] == ["1.00", "0.75"] * 2
    assert lines[0].split()[-2:] == ["pp50", "us"]


def test_csv_has_a_line_a_point_with_the_environment():
    points = grid.points([512], [1, 4], [1], ENGINES)
    rows = grid.summarise(points, records(points, 2, lambda *_: 12345.678))
    text = grid.as_csv(rows, {"kernel": "6.12, special", "iommu": "none"})
    lines = list(csv.DictReader(text.splitlines()))
    assert len(lines) == 4
    assert lines[3]["engine"] == "other" and lines[3]["depth"] == "4"
    assert lines[0]["kernel"] == "6.12, special"
    assert float(lines[0]["iops"]) == pytest.approx(12345.678, rel=1e-4)
    assert float(lines[0]["pp50_ns"]) == 2000


def test_charts_have_a_line_an_engine_and_batch():
    points = grid.points([4096], [1, 4, 16], [1, 4], ENGINES)
    rows = grid.summarise(points, records(
        points, 2, lambda point, number: point.depth + number))
    drawn = charts.panels(rows, "CPU ns")
    assert len(drawn) == 4
    for panel in drawn:
        looks = collections.Counter((line.look, line.dashes)
                                    for line in panel.lines)
        assert len(looks) == 4 and set(looks.values()) == {1}
    line = drawn[0].lines[1]
    assert line.label == "own, batch 4" and line.x == [4, 16]
    assert line.y == [4.5, 16.5] and line.low == [4, 16]
    latency = drawn[3].lines[0]
    assert latency.y == pytest.approx([2, 2, 2]) and drawn[3].log_y


def test_a_page_for_each_block_size(tmp_path):
    points = grid.points([512, 4096], [1, 4], [1], ENGINES)
    rows = grid.summarise(points, records(points, 1, lambda *_: 1))
    names = charts.save(str(tmp_path / "x"), rows, "instructions", "t", "n")
    assert [name.rpartition("/")[2] for name in names] == [
        "x-512.png", "x-512.svg", "x-4096.png", "x-4096.svg"]
    with open(names[1], encoding="utf-8") as file:
        text = file.read()
    assert "Instructions an I/O" in text and "t, 512 B" in text

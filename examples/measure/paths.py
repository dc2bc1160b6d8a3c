# SPDX-License-Identifier: GPL-2.0
"""What the runs of points on two paths come to, and the ratio of the paths.

A ratio is that of I/Os for the same time, or for the same instructions; above
1 is for passthrough.
"""

import dataclasses
import statistics

from . import grid
from .job import BLOCK, OWN

PATHS = (BLOCK, OWN)
# What is kept of a run; the last ones only where fio took times.
VALUES = ("iops", "cost", "cpu")
TIMES = ("submission", "latency", "latency_99")


def schedule(points, rounds):
    """Yields (round, point, path): an experiment is done before the next.

    The paths take turns at being the first at a point.
    """
    names = list(dict.fromkeys(point.experiment for point in points))
    for name in names:
        for number in range(rounds):
            order = PATHS if number % 2 == 0 else PATHS[::-1]
            yield from ((number, point, path) for point in points
                        if point.experiment == name for path in order)


def summarise(points, records):
    """A row for each point and path that was measured.

    A record is a dictionary with the values of one run and its round,
    experiment, label and engine.
    """
    rows = []
    for point in points:
        for path in PATHS:
            runs = [record for record in records if path == record["engine"]
                    and (point.experiment, point.label) ==
                    (record["experiment"], record["label"])]
            if runs:
                rows.append(_row(point, path, runs))
    return rows


def _row(point, path, runs):
    row = {**dataclasses.asdict(point), "engine": path, "rounds": len(runs),
           "runs": runs}
    for name in VALUES + TIMES:
        values = [run.get(name) for run in runs]
        if None not in values:
            row[name] = grid.span(values)
    return row


@dataclasses.dataclass
class Pair:
    """A point on both paths; low and high are of single rounds."""
    block: dict
    own: dict
    ratio: float
    low: float
    high: float

    @property
    def label(self):
        return self.block["label"]


def _ratio(block, own, what):
    if what == "cost":
        block, own = own, block
    return own / block if block else 0


def pair(block, own, what):
    """What is judged by is iops, or cost by the instruction clock."""
    singles = [_ratio(first[what], second[what], what)
               for first in block["runs"] for second in own["runs"]
               if first["round"] == second["round"]]
    middle = _ratio(block[what]["median"], own[what]["median"], what)
    return Pair(block, own, middle, min(singles, default=middle),
                max(singles, default=middle))


def pairs(rows, experiment, what):
    """Those of an experiment that were measured on both paths, in order."""
    found = {}
    for row in rows:
        if row["experiment"] == experiment:
            found.setdefault(row["label"], {})[row["engine"]] = row
    return [pair(both[BLOCK], both[OWN], what) for both in found.values()
            if len(both) == 2]


def best(found, what):
    """The best point of each path against each other, or None."""
    if not found:
        return None
    choose = max if what == "iops" else min

    def middle(row):
        return row[what]["median"]

    return pair(choose((one.block for one in found), key=middle),
                choose((one.own for one in found), key=middle), what)


def median_spread(rows, what):
    return statistics.median(row[what]["spread"] for row in rows)

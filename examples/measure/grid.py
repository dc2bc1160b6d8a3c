# SPDX-License-Identifier: GPL-2.0
"""Points of block size, depth, batch and engine, measured in several rounds:
their order, and what the runs of each come to.
"""

import collections
import csv
import io
import statistics

from . import cost

Point = collections.namedtuple("Point", "bs depth batch engine")

# A round that is off by more is told of, where at least so many points have
# changed, and such a part of them the same way.
DRIFT = 0.03
FEWEST = 4
MOST = 0.8
# A point whose runs differ by more is marked.
UNSTEADY = 0.10
# What may be judged by.
NAMES = {"iops": "number of I/Os a second", "cost": "cost of an I/O"}


def points(blocks, depths, batches, engines):
    """Every point, in order; there are no batches above the depth."""
    return [Point(bs, depth, batch, engine)
            for bs in blocks for depth in depths
            for batch in batches if batch <= depth for engine in engines]


def schedule(grid, engines, rounds):
    """Yields (round, point): all points in every round.

    So a drive that grows slower does so in all of them. The engines take
    turns at being the first at a point, too.
    """
    for number in range(rounds):
        first = number % len(engines)
        order = engines[first:] + engines[:first]
        yield from ((number, point) for point in sorted(
            grid, key=lambda point: (point[:3], order.index(point.engine))))


def key(record):
    """What tells the runs of a journal apart."""
    return record["round"], Point(record["bs"], record["depth"],
                                  record["batch"], record["engine"])


def span(values):
    return {"median": statistics.median(values), "min": min(values),
            "max": max(values), "spread": cost.spread(values)}


def summarise(grid, records):
    """A row for each point that was measured."""
    found = collections.defaultdict(list)
    for record in records:
        found[key(record)[1]].append(record)
    rows = []
    for point in grid:
        runs = sorted(found[point], key=lambda record: record["round"])
        if not runs:
            continue
        row = {**point._asdict(), "rounds": len(runs)}
        for name in ("iops", "cost", "cpu"):
            row[name] = span([run[name] for run in runs])
        row["latency"] = {
            name: span([run["latency"][name] for run in runs])
            for name in runs[0]["latency"]
            if all(run["latency"].get(name) is not None for run in runs)}
        row["runs"] = runs
        rows.append(row)
    return rows


def drift(rows, what="iops"):
    """A sentence where the last whole round differs from the first.

    Most points have to have changed the same way: runs that only scatter go
    up at some and down at others.
    """
    rounds = min((row["rounds"] for row in rows), default=0)
    changes = [row["runs"][rounds - 1][what] / row["runs"][0][what] - 1
               for row in rows if rounds > 1 and row["runs"][0][what]]
    if len(changes) < FEWEST:
        return None
    change = statistics.median(changes)
    alike = sum(other * change > 0 for other in changes) / len(changes)
    if abs(change) <= DRIFT or alike < MOST:
        return None
    return (f"drift: the {NAMES[what]} of round {rounds} is "
            f"{abs(change):.1%} {'less' if change < 0 else 'more'} than that "
            "of round 1: the drive or the machine was not in a steady state")


def unsteady(rows, what="iops"):
    """A sentence where runs of one point differ much, or None."""
    count = sum(row[what]["spread"] > UNSTEADY for row in rows)
    if not count:
        return None
    return (f"the {NAMES[what]} of {count} of {len(rows)} points varies by "
            f"more than {UNSTEADY:.0%}; they are marked ~")


# -- for people and programs --------------------------------------------------

def _ratios(rows):
    """IOPS and cost relative to the first engine at the same point."""
    first = {}
    for row in rows:
        base = first.setdefault((row["bs"], row["depth"], row["batch"]), row)
        yield tuple(row[name]["median"] / base[name]["median"]
                    if base[name]["median"] else 0
                    for name in ("iops", "cost"))


def table(rows, unit, what="iops"):
    """Lines of text; the spread is that of what is judged by."""
    names = list(rows[0]["latency"]) if rows else []
    lines = [f"{'bs':>7}{'depth':>6}{'batch':>6}  {'engine':<15}"
             f"{'IOPS':>10}{'ratio':>7}{unit + ' per I/O':>22}{'ratio':>7}"
             f"{'spread':>8} " +
             "".join(f"{'p' + name + ' us':>11}" for name in names)]
    before = None
    for row, ratios in zip(rows, _ratios(rows)):
        place = (row["bs"], row["depth"], row["batch"])
        lines.append(
            (f"{place[0]:>7}{place[1]:>6}{place[2]:>6}  "
             if place != before else " " * 21) +
            f"{row['engine']:<15}{row['iops']['median']:>10.0f}"
            f"{ratios[0]:>7.2f}{row['cost']['median']:>22.0f}"
            f"{ratios[1]:>7.2f}{row[what]['spread']:>8.1%}"
            f"{'~' if row[what]['spread'] > UNSTEADY else ' '}" +
            "".join(f"{row['latency'][name]['median'] / 1e3:>11.1f}"
                    if name in row["latency"] else f"{'':>11}"
                    for name in names))
        before = place
    return lines


def as_csv(rows, more):
    """One line a point; `more` is in every one of them."""
    lines = []
    for row in rows:
        line = {name: row[name] for name in (*Point._fields, "rounds")}
        for name, values in [("iops", row["iops"]), ("cost", row["cost"]),
                             ("cpu_percent", row["cpu"])]:
            line[name] = f"{values['median']:.6g}"
            line[f"{name}_min"] = f"{values['min']:.6g}"
            line[f"{name}_max"] = f"{values['max']:.6g}"
        for name, values in row["latency"].items():
            line[f"p{name}_ns"] = f"{values['median']:.6g}"
        lines.append({**line, **more})
    names = list(dict.fromkeys(name for line in lines for name in line))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()

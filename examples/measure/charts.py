# SPDX-License-Identifier: GPL-2.0
"""Plots of what grid.py sums up: against depth, a line an engine and batch.

An engine has its colour and marker, a batch its dashes.
"""

from . import plots
from .options import readable
from .plots import Line, Panel


def _line(rows, engine, batch, looks, value):
    chosen = [row for row in rows
              if (row["engine"], row["batch"]) == (engine, batch)]
    ends = [value(row) for row in chosen]
    return Line(
        f"{engine}, batch {batch}", [row["depth"] for row in chosen],
        [end and end["median"] for end in ends], looks[0][engine],
        low=[end and end["min"] for end in ends],
        high=[end and end["max"] for end in ends], dashes=looks[1][batch])


def _scaled(values, by):
    return values and {name: values[name] * by
                       for name in ("median", "min", "max")}


def panels(rows, unit):
    """Of the rows of one block size."""
    engines = list(dict.fromkeys(row["engine"] for row in rows))
    batches = sorted({row["batch"] for row in rows})
    looks = [{thing: number for number, thing in enumerate(things)}
             for things in (engines, batches)]
    names = list(dict.fromkeys(
        name for row in rows for name in row["latency"]))
    wanted = [("I/Os a second", "IOPS", lambda row: row["iops"], False),
              ("Processor time an I/O", unit, lambda row: row["cost"], False)]
    if unit == "instructions":
        wanted = [("I/Os in 10⁹ instructions, waiting included", "I/Os",
                   wanted[0][2], False),
                  ("Instructions an I/O", unit, wanted[1][2], False)]
    else:
        wanted.append(("Processor in use", "% of one processor",
                       lambda row: row["cpu"], False))
    for name in names:
        wanted.append((
            f"Completion latency, percentile {name}", "microseconds",
            lambda row, name=name: _scaled(row["latency"].get(name), 1e-3),
            True))
    return [Panel(title, "queue depth", label, [
        _line(rows, engine, batch, looks, value)
        for engine in engines for batch in batches], log_y=log)
        for title, label, value, log in wanted]


def save(stem, rows, unit, title, note):
    """A page for each block size; returns the names of the files."""
    sizes = list(dict.fromkeys(row["bs"] for row in rows))
    names = []
    for bs in sizes:
        chosen = [row for row in rows if row["bs"] == bs]
        drawn = panels(chosen, unit)
        names += plots.save(
            stem if len(sizes) == 1 else f"{stem}-{bs}", drawn,
            title=f"{title}, {readable(bs)}", note=note,
            columns=3 if len(drawn) > 4 else 2,
            across=len({row["engine"] for row in chosen}))
    return names

# SPDX-License-Identifier: GPL-2.0
"""Plots of the document of summary.py: where jobs wrote, how long it took
there, and what the drives made of it.
"""

from . import Failure, page, plots
from .plots import Line, Panel
from .summary import PERCENTILES

# Looks that bars can be told apart by; what is beyond has the last of them.
MOST_JOBS = 10
# Not those of the first jobs, which are on the same page
RATIO, FIRST_PERCENTILE = 6, 3
OTHERS = "other jobs"
UNITS = ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"),
         (1 << 10, "KiB"))


def job_looks(document):
    """A look for each job's name, the same in all panels."""
    names = list(dict.fromkeys(
        name for placement in document["placements"]
        for row in placement["identifiers"] for name in row["bytes_of_jobs"]))
    return {name: min(number, MOST_JOBS)
            for number, name in enumerate(names)}


def _title(placement):
    return f"{page.plain(placement['path'])}, {page.KINDS[placement['type']]}"


def _unit(most):
    return next((unit for unit in UNITS if most >= unit[0]), (1, "bytes"))


def _bytes_panel(placement, looks):
    rows = placement["identifiers"]
    scale, unit = _unit(max((row["bytes"] for row in rows), default=0))
    written = {}
    for x, row in enumerate(rows):
        for name, count in row["bytes_of_jobs"].items():
            look = looks[name]
            label = OTHERS if look == MOST_JOBS else page.plain(name)
            written.setdefault((look, label), [0] * len(rows))
            written[look, label][x] += count / scale
    return Panel(f"Written by identifier, {_title(placement)}",
                 "placement identifier", unit,
                 [Line(label, list(range(len(rows))), values, look)
                  for (look, label), values in sorted(written.items())],
                 names=list(map(page.identifier_name, rows)), stacked=True)


def _latency_panel(placement):
    rows = placement["identifiers"]
    # nothing stands at 0 on a logarithmic axis
    timed = [x for x, row in enumerate(rows)
             if row["latency_ns"] and row["latency_ns"]["p50"]]
    if not timed:
        return None
    return Panel(f"Latency of writes, {_title(placement)}",
                 "placement identifier", "microseconds",
                 [Line(name.replace("_", ".").replace("p", "percentile "),
                       timed, [rows[x]["latency_ns"][name] / 1e3
                               for x in timed], look)
                  for look, name in enumerate(PERCENTILES, FIRST_PERCENTILE)],
                 names=list(map(page.identifier_name, rows)), log_y=True)


def _amplified(document):
    return [group for group in document["groups"]
            if group["write_amplification"] is not None]


def _group_panel(document):
    groups = _amplified(document)
    if not groups:
        return None
    numbers = list(range(len(groups)))
    return Panel("Write amplification", "endurance group, by its number below",
                 "media bytes / host bytes",
                 [Line("write amplification", numbers,
                       [group["write_amplification"] for group in groups],
                       RATIO)],
                 names=[str(number + 1) for number in numbers], level=1)


def panels(document):
    looks = job_looks(document)
    found = [_group_panel(document)]
    for placement in document["placements"]:
        if placement["identifiers"]:
            found += [_bytes_panel(placement, looks),
                      _latency_panel(placement)]
    return [panel for panel in found if panel]


def _note(document):
    lines = page.environment_lines(document)
    if any(row["latency_ns"] and row["latency_ns"]["upper_bounds"]
           for placement in document["placements"]
           for row in placement["identifiers"]):
        lines.append("percentiles of several jobs: the greatest of them")
    return "\n".join(lines + [
        f"{number}: {page.plain(page.group_name(group))}"
        for number, group in enumerate(_amplified(document), 1)])


def save(stem, document):
    """PNG and SVG; returns the names of the files."""
    drawn = panels(document)
    if not drawn:
        raise Failure("--plot: nothing to draw; no job names a placement, and "
                      "no drive's FDP counters were read")
    return plots.save(stem, drawn, title="What jobs wrote, and where",
                      note=_note(document), columns=2)

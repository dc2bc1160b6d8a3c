# SPDX-License-Identifier: GPL-2.0
"""The plots of the report on the paper's experiments.

A path has its colour and marker; what else differs has its dashes.
"""

import os

from . import paths, plots, published
from .artifact import CONFIGURATIONS, EXPERIMENTS
from .job import BLOCK, OWN
from .plots import Line, Panel
from .report import judged_by, means_nothing, settings_of

LOOKS = {BLOCK: 1, OWN: 0}
OVER = 2
PUBLISHED = 3
RATE = {"iops": ("I/Os a second", "IOPS"),
        "cost": ("Instructions an I/O", "instructions")}
RATIO = "Passthrough over the block path"
RATIO_UNIT = {"iops": "ratio of IOPS",
              "cost": "ratio for the same instructions"}


def _line(label, x, rows, name, look, scale=1.0, dashes=None):
    middle, low, high = ([row[name][end] * scale for row in rows]
                         for end in ("median", "min", "max"))
    return Line(label, x, middle, look, low, high, dashes)


def _ratio_line(label, x, found, dashes=None):
    return Line(label, x, [one.ratio for one in found], OVER,
                low=[one.low for one in found],
                high=[one.high for one in found], dashes=dashes)


def _configurations(found, what):
    order = [label for label, *_ in CONFIGURATIONS]
    found = sorted(found, key=lambda one: order.index(one.label))
    x = list(range(len(found)))
    names = [one.label for one in found]
    lines = [_line(path, x, [getattr(one, side) for one in found], what,
                   LOOKS[path])
             for path, side in ((BLOCK, "block"), (OWN, "own"))]
    return [Panel(RATE[what][0], "", RATE[what][1], lines, names=names),
            Panel(RATIO, "", RATIO_UNIT[what],
                  [_ratio_line("ratio", x, found)], names=names, level=1,
                  band=(*published.PEAK, "published, the paper's text"))]


def _scaling(found, what):
    x = [one.block["depth"] for one in found]
    lines = [_line(path, x, [getattr(one, side) for one in found], what,
                   LOOKS[path])
             for path, side in ((BLOCK, "block"), (OWN, "own"))]
    # what is between them was not published: no line from one to the other
    claimed = [Line("published (polled), readers' notes", [depth], [ratio],
                    PUBLISHED)
               for depth, ratio in ((1, published.AT_DEPTH_1),
                                    (128, published.AT_DEPTH_128))]
    return [Panel(RATE[what][0], "queue depth", RATE[what][1], lines),
            Panel(RATIO, "queue depth", RATIO_UNIT[what],
                  [_ratio_line("ratio", x, found), *claimed], level=1)]


def _latency(found, what):
    shown = [("Submission", "microseconds", "submission", 1e-3),
             ("Latency", "microseconds", "latency", 1e-3),
             ("Processor time an I/O", "microseconds", "cost", 1e-3)]
    if what == "cost":
        shown = [("Submission", "instructions", "submission", 1),
                 ("Whole path", "instructions an I/O", "cost", 1)]
    kinds = [("plain", False), ("fixed buffers", True)]
    panels = []
    for title, unit, name, scale in shown:
        lines = []
        for path, side in ((BLOCK, "block"), (OWN, "own")):
            for dashes, (word, fixed) in enumerate(kinds):
                rows = [getattr(one, side) for one in found
                        if one.block["fixedbufs"] == fixed and
                        name in getattr(one, side)]
                lines.append(_line(
                    f"{path}, {word}", [row["bs"] >> 10 for row in rows],
                    rows, name, LOOKS[path], scale, dashes))
        panels.append(Panel(title, "KiB an I/O", unit, lines))
    return panels


def _sqpoll(found, what):
    rates, ratios = [], []
    for dashes, sqpoll in enumerate((False, True)):
        chosen = [one for one in found if one.block["sqpoll"] == sqpoll]
        x = [one.block["batch"] for one in chosen]
        word = "SQPOLL" if sqpoll else "no SQPOLL"
        if not chosen:
            continue
        rates += [_line(f"{path}, {word}", x,
                        [getattr(one, side) for one in chosen], what,
                        LOOKS[path], dashes=dashes)
                  for path, side in ((BLOCK, "block"), (OWN, "own"))]
        ratios.append(_ratio_line(f"ratio, {word}", x, chosen, dashes))
    return [Panel(RATE[what][0], "batch", RATE[what][1], rates),
            Panel(RATIO, "batch", RATIO_UNIT[what], ratios, level=1)]


DRAW = {"peak": _configurations, "scaling": _scaling, "interrupt": _scaling,
        "two": _configurations, "latency": _latency, "sqpoll": _sqpoll}


def panels(document, name):
    """Those of an experiment, or none where it was not measured."""
    what = judged_by(document["settings"])
    found = paths.pairs(document["rows"], name, what)
    return DRAW[name](found, what) if found else []


def note_of(document, name):
    """What a plot by itself has to say."""
    lines = [settings_of(document, name),
             "{model}, Linux {kernel}, {fio}, nvme_passthru {plugin}; medians,"
             " thin lines from the least to the most of a round".format(
                 **document["environments"][0])]
    if means_nothing(document):
        lines.append("Emulated drive and processor: the ratios mean nothing "
                     "for the published ones")
    return "\n".join(lines)


def save(document, folder):
    """Draws all; returns the names of the files by experiment."""
    names = {}
    for name, about in EXPERIMENTS.items():
        drawn = panels(document, name)
        if drawn:
            saved = plots.save(os.path.join(folder, f"paper-{name}"), drawn,
                               title=about.title,
                               note=note_of(document, name),
                               columns=len(drawn),
                               across=3 if name == "sqpoll" else 0,
                               formats=("png",))
            names[name] = os.path.basename(saved[0])
    return names

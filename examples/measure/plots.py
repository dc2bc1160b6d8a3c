# SPDX-License-Identifier: GPL-2.0
"""Lines that can be told apart in print and by the colour-blind: each has a
colour of a safe palette, a marker and dashes of its own.

matplotlib is asked for only where something is drawn.
"""

import dataclasses
import os

from . import Failure

FORMATS = ("png", "svg")
# Okabe and Ito's palette without its yellow, which print does not show.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00",
           "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
DASHES = ((), (5, 2), (1.5, 1.5), (6, 2, 1.5, 2), (3, 1.5),
          (8, 2, 1.5, 2, 1.5, 2))


@dataclasses.dataclass
class Line:
    """Points of one thing, in the order of x; y may be None.

    The look is a number: of a colour and a marker, and of dashes too unless
    those have a number of their own. `low` and `high` are the ends of a bar
    at each point.
    """
    label: str
    x: list
    y: list
    look: int = 0
    low: list = None
    high: list = None
    dashes: int = None


@dataclasses.dataclass
class Panel:
    """One set of axes."""
    title: str
    xlabel: str
    ylabel: str
    lines: list
    # powers of two, as depths and sizes are
    log2_x: bool = True
    log_y: bool = False
    # of x = 0, 1, 2...: bars side by side, not lines; marks where y is
    # logarithmic, as bars have no foot there
    names: list = None
    # bars one upon another
    stacked: bool = False
    # (low, high, label) of a range to compare with
    band: tuple = None
    # a value of y to compare with
    level: float = None


def available():
    """Loads matplotlib without a display, or says what to install."""
    try:
        # pylint: disable=import-outside-toplevel
        import matplotlib
        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError as error:
        raise Failure("plots need matplotlib: apt-get install "
                      f"python3-matplotlib ({error})") from error
    return pyplot


def style(look, dashes=None):
    """A look as matplotlib's properties of a line."""
    if dashes is None:
        dashes = look
    hollow = look % 2
    colour = COLOURS[look % len(COLOURS)]
    return {
        "color": colour,
        "marker": MARKERS[look % len(MARKERS)],
        "markerfacecolor": "white" if hollow else colour,
        "dashes": DASHES[dashes % len(DASHES)],
        "linewidth": 1.6,
        "markersize": 5.5,
    }


def _short(value, _position=None):
    """1500 as 1.5k"""
    for unit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= unit:
            return f"{value / unit:.4g}{letter}"
    return f"{value:.4g}"


def _between(value, _position=None):
    """Of the ticks between two powers of ten, only 2 and 5 have a label."""
    return _short(value) if f"{value:e}"[0] in "25" else ""


def _draw_bars(axes, panel):
    width = 0.8 / len(panel.lines)
    for number, line in enumerate(panel.lines):
        look = style(line.look)
        middle = [x + (number - (len(panel.lines) - 1) / 2) * width
                  for x in line.x]
        axes.bar(middle, line.y, 0.9 * width, label=line.label,
                 color=look["markerfacecolor"], edgecolor=look["color"],
                 hatch="////" if look["markerfacecolor"] == "white" else None)
        if line.low:
            axes.vlines(middle, line.low, line.high, color="black",
                        linewidth=1)
    axes.set_xticks(range(len(panel.names)), panel.names)


def _draw_stack(axes, panel):
    foot = [0] * len(panel.names)
    for line in panel.lines:
        look = style(line.look)
        axes.bar(line.x, line.y, 0.7, [foot[x] for x in line.x],
                 label=line.label, color=look["markerfacecolor"],
                 edgecolor=look["color"],
                 hatch="////" if look["markerfacecolor"] == "white" else None)
        for x, y in zip(line.x, line.y):
            foot[x] += y
    axes.set_xticks(range(len(panel.names)), panel.names)


def _draw_marks(axes, panel):
    for number, line in enumerate(panel.lines):
        look = style(line.look)
        del look["dashes"]
        middle = [x + (number - (len(panel.lines) - 1) / 2) * 0.15
                  for x in line.x]
        axes.plot(middle, line.y, linestyle="none", label=line.label, **look)
    axes.set_xticks(range(len(panel.names)), panel.names)


def _draw_named(axes, panel):
    if panel.log_y:
        _draw_marks(axes, panel)
    elif panel.stacked:
        _draw_stack(axes, panel)
    else:
        _draw_bars(axes, panel)
    if len(panel.names) < 3:
        # else so few would fill the whole width
        axes.set_xlim(-1, len(panel.names))


def _draw_lines(axes, panel, formatter):
    for line in panel.lines:
        points = [index for index, y in enumerate(line.y) if y is not None]
        x, y = ([values[index] for index in points]
                for values in (line.x, line.y))
        axes.plot(x, y, label=line.label, **style(line.look, line.dashes))
        if line.low:
            axes.vlines(x, [line.low[index] for index in points],
                        [line.high[index] for index in points],
                        color=style(line.look)["color"], linewidth=1)
    ticks = sorted({x for line in panel.lines for x in line.x})
    if panel.log2_x:
        axes.set_xscale("log", base=2)
    if len(ticks) <= 12:
        axes.set_xticks(ticks)
    axes.xaxis.set_major_formatter(formatter(_short))


def _draw(axes, panel, formatter):
    if panel.band:
        low, high, label = panel.band
        axes.axhspan(low, high, color="#cccccc", linewidth=0, label=label)
    if panel.level is not None:
        axes.axhline(panel.level, color="#888888", linewidth=1)
    if panel.names:
        _draw_named(axes, panel)
    else:
        _draw_lines(axes, panel, formatter)
    if panel.log_y:
        axes.set_yscale("log")
        axes.yaxis.set_minor_formatter(formatter(_between))
    else:
        axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(formatter(_short))
    axes.set_title(panel.title, fontsize=10)
    axes.set_xlabel(panel.xlabel)
    axes.set_ylabel(panel.ylabel)
    axes.grid(True, which="major", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def save(stem, panels, title="", note="", columns=2, across=0,
         formats=FORMATS):
    """Draw the panels on one page; returns the names of its files.

    One legend is for all panels, with so many entries across, and filled
    from top to bottom. The note stands below, in small letters.
    """
    pyplot = available()
    # pylint: disable=import-outside-toplevel
    from matplotlib.ticker import FuncFormatter
    columns = min(columns, len(panels))
    rows = -(-len(panels) // columns)
    labels = {line.label for panel in panels for line in panel.lines} | {
        panel.band[2] for panel in panels if panel.band}
    across = across or min(len(labels), 2 * columns) or 1
    legend = 0.25 * -(-len(labels) // across)
    below = 0.25 + 0.16 * len(note.splitlines())
    above = 0.3 if title else 0.05
    height = 3.2 * rows + legend + below + above
    figure, grid = pyplot.subplots(rows, columns, squeeze=False,
                                   figsize=(4.8 * columns, height))
    for axes, panel in zip(grid.flat, panels):
        _draw(axes, panel, FuncFormatter)
    for axes in list(grid.flat)[len(panels):]:
        axes.set_axis_off()
    handles = {}
    for axes in grid.flat:
        for handle, label in zip(*axes.get_legend_handles_labels()):
            handles.setdefault(label, handle)
    if note:
        figure.text(0.01, 0.08 / height, note, fontsize=7, va="bottom",
                    color="#444444")
    figure.legend(handles.values(), handles.keys(), loc="lower center",
                  bbox_to_anchor=(0.5, (below - 0.1) / height), ncol=across,
                  frameon=False, fontsize=8, handlelength=4)
    # the title is no part of the layout: its place is in the rectangle
    figure.tight_layout(rect=(0, (below + legend) / height, 1,
                              1 - above / height))
    if title:
        figure.suptitle(title, fontsize=12, y=1 - 0.08 / height, va="top")
    names = []
    for form in formats:
        names.append(f"{stem}.{form}")
        try:
            os.makedirs(os.path.dirname(names[-1]) or ".", exist_ok=True)
            figure.savefig(names[-1], dpi=150)
        except OSError as error:
            raise Failure(f"{names[-1]}: {error.strerror}") from error
    pyplot.close(figure)
    return names

# SPDX-License-Identifier: GPL-2.0
"""Puts the bench's figures into README.md: a table of the job that engines
are compared by first, one of the others, and a plot.
"""

import json
import os
import textwrap

from measure import Failure, plots

from . import TOP
from .judge import SPREAD
from .points import (BLOCK, BY_NAME, CMD, EVERYONE, LABELS, OWN, POINTS,
                     TOOL)

README = os.path.join(TOP, "README.md")
PLOT = "ci/benchmark/instructions"
BEGIN = "<!-- by ci/bench --readme: begin -->\n"
END = "<!-- by ci/bench --readme: end -->\n"
# What is said of a figure whose runs lie too far apart
ROUGH = "≈ "

COLUMNS = [("interrupt", "head", "by interrupt"),
           ("interrupt", "ordinary", "by interrupt, no head"),
           ("polled", "head", "polled"),
           ("polled", "ordinary", "polled, no head")]
SERIES = ((4, 1), (16, 4), (64, 16), (128, 32), (256, 32))
LOOKS = {BLOCK: 0, CMD: 1, OWN: 2, "scatter16": 3, TOOL: 6}
SHORT = {"scatter16": "nvme_passthru, scatter"}


def found_in(results, boot, name):
    return results["boots"].get(boot, {}).get("points", {}).get(name, {})


def cell(found, contender):
    """A cost, and its ratio to the engine's one command an io_unit."""
    row, own = found.get(contender), found.get(OWN)
    if not row:
        return ""
    rough = ROUGH if row["spread"] >= SPREAD else ""
    text = f"{rough}{row['cost']:,.0f}"
    if contender != OWN and own:
        text += f" ({row['cost'] / own['cost']:.2f})"
    return text


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def first_table(results):
    """Depth 128, batches of 32: a row for each contender."""
    columns = [(title, found_in(results, boot,
                                f"{how}-read-512-128x32-fixed"))
               for how, boot, title in COLUMNS]
    columns = [(title, found) for title, found in columns if found]
    if not columns:
        return []
    rows = []
    for name in EVERYONE:
        if any(name in found for _, found in columns):
            calls = [found[name]["calls"] for _, found in columns
                     if name in found]
            rows.append([LABELS[name]] +
                        [cell(found, name) for _, found in columns] +
                        [f"{calls[0]:.3f}"])
    return table([""] + [title for title, _ in columns] + ["system calls"],
                 rows)


def describe(point):
    size = f"{point.bs // 1024} KiB" if point.bs >= 1024 else f"{point.bs} B"
    return (f"{size} {point.rw}s, {point.depth}/{point.batch}"
            f"{', polled' if point.polled else ''}"
            f"{'' if point.fixedbufs else ', no fixed buffers'}"
            f"{point.drive}")


def other_table(results):
    """The other points that the block device was measured in, too."""
    rows = []
    for point in POINTS:
        found = found_in(results, "head", point.name)
        if BLOCK in found and TOOL not in point.contenders and not (
                point.polled and not point.gates):
            rows.append([describe(point)] + [
                cell(found, name) for name in (BLOCK, CMD, OWN)])
    if not rows:
        return []
    return table(["depth/batches"] + [LABELS[name] for name
                                      in (BLOCK, CMD, OWN)], rows)


def widest(results, polled):
    spreads = [row["spread"] for boot in results["boots"].values()
               for name, found in boot["points"].items()
               if BY_NAME[name].polled == polled for row in found.values()]
    return max(spreads, default=None)


def settings_text(results):
    """What the figures depend on, and how well they repeat."""
    machine = next(iter(results["boots"].values()))["environment"]
    counts = [len(row["runs"]) for boot in results["boots"].values()
              for found in boot["points"].values() for row in found.values()]
    few, many = min(counts), max(counts)
    times = f"{few}" if few == many else f"{few} to {many}"
    widths = {polled: widest(results, polled) for polled in (False, True)}
    spreads = " and ".join(
        f"{width:.1%} {'polled' if polled else 'by interrupt'}"
        for polled, width in widths.items() if width is not None)
    rough = any((width or 0) >= SPREAD for width in widths.values())
    return textwrap.wrap(
        "Instructions a command (ratio to nvme_passthru) of random 512-byte "
        "reads, depth 128, batches of 32, fixed buffers, registered file, "
        f"norandommap, gtod_reduce. Linux {machine['kernel']}, "
        f"{machine['fio']}, {machine['model']} with a null backend, IOMMU: "
        f"{machine['iommu']}, poll queues: {machine['poll_queues']}; the "
        "clock counts the guest's instructions; median of "
        f"{times} runs in turn, {results['date']}. The widest spread of a "
        f"median is {spreads}" +
        (f"; `{ROUGH.strip()}` marks those from {SPREAD:.0%} on."
         if rough else "."), 79, break_on_hyphens=False) + [
        "", "To the kernel this drive's namespaces are multipath heads, as "
        "those of any drive",
        "with two ports; \"no head\" is without, as on a drive with one."]


def panels(results):
    """Cost against depth, one panel by interrupt and one polled."""
    made = []
    for how in ("interrupt", "polled"):
        lines = []
        for name in (BLOCK, CMD, OWN):
            points = [(depth, found_in(
                results, "head", f"{how}-read-512-{depth}x{batch}-fixed"))
                      for depth, batch in SERIES
                      if how == "interrupt" or depth >= 16]
            points = [(depth, found[name]["cost"]) for depth, found in points
                      if name in found]
            if points:
                lines.append(plots.Line(LABELS[name],
                                        *map(list, zip(*points)),
                                        look=LOOKS[name]))
        found = found_in(results, "head", f"{how}-read-512-128x32-fixed")
        # what 32 commands an io_unit cost lies on top of what 16 do
        for name in ("scatter16", TOOL):
            if name in found:
                lines.append(plots.Line(SHORT.get(name, LABELS[name]), [128],
                                        [found[name]["cost"]],
                                        look=LOOKS[name]))
        if lines:
            made.append(plots.Panel(
                "by interrupt" if how == "interrupt" else "polled",
                "commands in flight", "instructions a command", lines))
    return made


def draw(results):
    """The plot, if there is enough for one; returns its lines in the text."""
    made = panels(results)
    if not made:
        return []
    machine = next(iter(results["boots"].values()))["environment"]
    plots.save(os.path.join(TOP, PLOT), made, formats=("png",),
               note="Random 512-byte reads, fixed buffers; batches as in the "
               f"table.\nLinux {machine['kernel']}, {machine['fio']},\n"
               "emulated drive with a null backend, multipath head.")
    return ["", f"![Instructions a command against depth]({PLOT}.png)"]


def block(results):
    lines = settings_text(results) + [""] + first_table(results)
    others = other_table(results)
    if others:
        lines += ["", "Other depths, batches and sizes, by interrupt where "
                  "nothing else is said:", ""] + others
    return lines


def insert(text, lines):
    """README.md's text with other lines between its two marks."""
    if BEGIN not in text or END not in text:
        raise Failure(f"{README}: it has no lines '{BEGIN.strip()}' and "
                      f"'{END.strip()}' to put the table between")
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    return before + BEGIN + "\n".join(["", *lines, "", END]) + after


def load(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        raise Failure(f"{path}: {error}; name a file that ci/bench --json "
                      "wrote") from error


def merge(all_results):
    """One of several: a point is that of the last that has it."""
    merged = {"date": max(results["date"] for results in all_results),
              "boots": {}}
    machines = set()
    for results in all_results:
        for kind, boot in results["boots"].items():
            machines.add(tuple(boot["environment"][name] for name
                               in ("kernel", "fio", "model", "iommu")))
            kept = merged["boots"].setdefault(
                kind, {"environment": boot["environment"], "points": {}})
            kept["points"].update(boot["points"])
    if len(machines) != 1:
        raise Failure("the results are of different machines: " + "; ".join(
            " ".join(machine) for machine in sorted(machines)))
    return merged


def main(paths):
    """Read results, and write the plot and README.md."""
    results = merge([load(path) for path in paths])
    with open(README, encoding="utf-8") as file:
        text = file.read()
    text = insert(text, block(results) + draw(results))
    with open(README, "w", encoding="utf-8") as file:
        file.write(text)
    return 0

# SPDX-License-Identifier: GPL-2.0
"""The document of summary.py as a page for people."""

import datetime
import os

from .options import readable

# In the place of a figure that is missing
NONE = "-"
KINDS = {"fdp": "FDP", "streams": "streams"}


def plain(text):
    """Without what would leave its place in a table."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def align(head, rows):
    """Lines of columns; one whose head begins with a colon has words."""
    cells = [[name.lstrip(":") for name in head],
             *([plain(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells)]
    return ["  " + "  ".join(
        cell.ljust(width) if name.startswith(":") else cell.rjust(width)
        for cell, width, name in zip(row, widths, head)).rstrip()
        for row in cells]


def share(part):
    return NONE if part is None else f"{part:.1%}"


def microseconds(value, bound=False):
    return f"{'≤' if bound else ''}{value / 1e3:.1f}"


def environment_lines(document):
    return ["nvme_passthru {plugin}, {fio}, Linux {kernel}".format(
        **{name: plain(text) for name, text in one.items()})
        for one in document["environments"]]


# -- jobs ---------------------------------------------------------------------

JOB_HEAD = (":job", "number", ":started", "seconds", "io_units", ":kind",
            "commands", "bytes", "errors", "calls", "a call")


def _job_rows(job):
    """One a kind of command; what is of the job is in the first."""
    calls, each = job["system_calls"], job["commands_per_call"]
    started = datetime.datetime.fromtimestamp(job["started"])
    first = [job["name"], str(job["number"]),
             started.isoformat(" ", "seconds"),
             f"{job['ended'] - job['started']:.1f}", str(job["io_units"])]
    last = [NONE if calls is None else str(calls),
            NONE if each is None else f"{each:.1f}"]
    kinds = [[kind["name"], str(kind["commands"]), readable(kind["bytes"]),
              str(kind["errors"])] for kind in job["commands"]]
    for kind in kinds or [["none", "0", readable(0), "0"]]:
        yield [*first, *kind, *last]
        first, last = [""] * len(first), [""] * len(last)


def _job_lines(document):
    jobs = document["jobs"]
    lines = align(JOB_HEAD, [row for job in jobs for row in _job_rows(job)])
    lines += [plain(f"  {job['name']} {job['number']} ended with error "
                    f"{job['error']}: {os.strerror(abs(job['error']))}")
              for job in jobs if job["error"]]
    return ["Jobs", *lines]


def _error_lines(document):
    found = document["errors"]
    if not found:
        return ["No errors"]
    return ["Errors", *align(("number", ":of", ":what"), [
        [str(error["count"]), error["name"] or NONE, error["text"]]
        for error in found])]


# -- placements ---------------------------------------------------------------

PLACEMENT_HEAD = ("identifier", "handle", "commands", "bytes", "share",
                  "errors", "mean us", "p50", "p99", "p99.9")


def identifier_name(row):
    number = row["identifier"]
    return "none" if number is None else str(number)


def _latency_cells(latency):
    if latency is None:
        return [NONE] * 4
    return [microseconds(latency["mean"])] + [
        microseconds(latency[name], latency["upper_bounds"])
        for name in ("p50", "p99", "p99_9")]


def _placement_lines(placement):
    rows = [[identifier_name(row),
             NONE if row["handle"] is None else str(row["handle"]),
             str(row["commands"]), readable(row["bytes"]),
             share(row["share"]), str(row["errors"]),
             *_latency_cells(row["latency_ns"])]
            for row in placement["identifiers"]]
    lines = [plain(f"Placements in {placement['path']} (namespace "
                   f"{placement['nsid']} of {placement['drive']}): "
                   f"{KINDS[placement['type']]}, chosen by "
                   f"{' and '.join(placement['select'])}"),
             *align(PLACEMENT_HEAD, rows)]
    if any(row["latency_ns"] and row["latency_ns"]["upper_bounds"]
           for row in placement["identifiers"]):
        lines.append("  ≤ is the greatest of several jobs or positions; that "
                     "of all together is not above it")
    return lines


# -- endurance groups ---------------------------------------------------------

def group_name(group):
    number = group["endurance_group"]
    return ("unknown endurance group" if number is None else
            f"endurance group {number}") + f" of {group['drive']}"


def _counted(group, name):
    return [readable(group[name]), str(group[name])]


def _own_cells(group):
    if group["jobs_bytes"] is None:
        return [NONE, ""]
    part = group["jobs_share"]
    more = "" if part is None else f", {part:.1%} of what the host wrote"
    return [readable(group["jobs_bytes"]), f"{group['jobs_bytes']}{more}"]


def _ratio_cells(group):
    ratio = group["write_amplification"]
    if ratio is None:
        return [NONE, "the host wrote nothing"]
    return [f"{ratio:.3f}", ""]


def _figure_rows(group):
    return [["host wrote", *_counted(group, "hbmw")],
            ["media wrote", *_counted(group, "mbmw")],
            ["write amplification", *_ratio_cells(group)],
            ["media erased", *_counted(group, "mbe")],
            ["these jobs wrote", *_own_cells(group)]]


def _counted_things(count, name):
    return f"{count} {name}{'' if count == 1 else 's'}"


def _group_lines(group):
    runs = [run for run in group["runs"] if "hbmw" in run]
    lines = [plain(f"{group_name(group)} ({group['model'] or 'no model'}; "
                   f"{', '.join(group['paths'])}): "
                   f"{_counted_things(group['jobs'], 'job')}") +
             (f" in {_counted_things(len(runs), 'run')}" if runs else "")]
    lines[0] = lines[0][0].upper() + lines[0][1:]
    if group["error"]:
        lines.append(plain(f"  error: {group['error']}"))
    else:
        # the head is empty: each line has its name
        lines += align((":", "", ":"), _figure_rows(group))[1:]
    lines += [plain(f"  events: {event['count']} in the {event['log']}'s log: "
                    f"{event['name']}")
              for event in group["events"]]
    return lines + [plain(f"  note: {text}") for text in group["remarks"]]


def make(document):
    """Lines of text."""
    parts = [environment_lines(document), _job_lines(document),
             _error_lines(document),
             *map(_placement_lines, document["placements"]),
             *map(_group_lines, document["groups"])]
    if document["without_fdp"]:
        parts.append([plain("Without FDP: " +
                            ", ".join(document["without_fdp"]))])
    return [line for part in parts for line in [*part, ""]][:-1]

# SPDX-License-Identifier: GPL-2.0
"""The records of several jobs as one document: what was sent, what failed,
where it was placed, and what the drives counted of it.

The document is what examples/report prints as JSON, and all that its tables
and plots are made from.
"""

import collections

from . import endurance

FORM = 1
PERCENTILES = ("p50", "p99", "p99_9")


def environments(records):
    """Each fio, plugin and kernel that there was, once."""
    names = ("plugin", "fio", "kernel")
    found = dict.fromkeys(tuple(record[name] for name in names)
                          for record in records)
    return [dict(zip(names, values)) for values in found]


def describe_job(record):
    job = record["job"]
    return {
        "name": job["name"] or "",
        **{name: job[name] for name in ("number", "started", "ended",
                                        "error")},
        "files": [file["path"] for file in record["files"]],
        "io_units": record["io_units"],
        "system_calls": record["ring"]["system_calls"],
        "commands_per_call": record["ring"]["commands_per_call"],
        "commands": [{name: kind[name] for name in (
            "opcode", "name", "commands", "bytes", "errors")}
            for kind in record["commands"]]}


def errors(records):
    """Each kind of them with its number, the most first."""
    names = ("name", "status", "errno", "text")
    found = collections.Counter()
    for record in records:
        for error in record["errors"]:
            found[tuple(error[name] for name in names)] += error["count"]
    return [{**dict(zip(names, key)), "count": count}
            for key, count in found.most_common()]


# -- placements ---------------------------------------------------------------

def _latency(rows):
    """Of the rows of one identifier that took times, or None.

    Percentiles of several cannot be put together: that of all is no more than
    the greatest.
    """
    timed = [row for row in rows if row["latency_ns"]]
    weight = sum(row["commands"] for row in timed)
    if not weight:
        return None
    return {"mean": sum(row["latency_ns"]["mean"] * row["commands"]
                        for row in timed) / weight,
            **{name: max(row["latency_ns"][name] for row in timed)
               for name in PERCENTILES},
            "upper_bounds": len(timed) > 1}


def _identifier(number, parts):
    """One of a namespace; parts are (job's name, its table's handle, row)."""
    rows = [row for _, _, row in parts]
    handles = {handle for _, handle, _ in parts}
    jobs = collections.Counter()
    for job, _, row in parts:
        jobs[job] += row["bytes"]
    return {"identifier": number,
            "handle": handles.pop() if len(handles) == 1 else None,
            **{name: sum(row[name] for row in rows)
               for name in ("commands", "bytes", "errors")},
            "latency_ns": _latency(rows), "bytes_of_jobs": dict(jobs)}


def _placement(key, uses):
    """A namespace; uses are (job's name, file)."""
    parts = collections.defaultdict(list)
    for job, file in uses:
        handles = {row["identifier"]: row["handle"]
                   for row in file["placement"]["table"]}
        for row in file["placement"]["written"]:
            parts[row["identifier"]].append(
                (job, handles.get(row["identifier"]), row))
    # that of Writes without an identifier comes last
    found = [_identifier(number, parts[number]) for number in sorted(
        parts, key=lambda number: (number is None, number or 0))]
    total = sum(row["bytes"] for row in found)
    for row in found:
        row["share"] = row["bytes"] / total if total else None
    drive, nsid, kind = key
    return {"path": uses[-1][1]["path"], "nsid": nsid, "drive": drive,
            "type": kind,
            "select": sorted({file["placement"]["select"]
                              for _, file in uses}),
            "identifiers": found}


def placements(records):
    """By namespace, whatever jobs call it, and kind of placement."""
    found = collections.defaultdict(list)
    for record in records:
        for file in record["files"]:
            if file["placement"]:
                key = (endurance.drive_of(file), file["nsid"],
                       file["placement"]["type"])
                found[key].append((record["job"]["name"] or "", file))
    return [_placement(key, uses) for key, uses in found.items()]


def without_fdp(records):
    return sorted({file["path"] for record in records
                   for file in record["files"] if file["fdp"] is None})


def make(records, whole):
    """The document; `whole` is whether there were no other records."""
    records = sorted(records, key=lambda record: (
        record["job"]["started"], record["job"]["number"]))
    return {
        "report": FORM, "complete": whole,
        "environments": environments(records),
        "jobs": [describe_job(record) for record in records],
        "errors": errors(records), "placements": placements(records),
        "groups": endurance.groups(records),
        "without_fdp": without_fdp(records)}

# SPDX-License-Identifier: GPL-2.0
"""Makes records as the engine appends them with report=FILE, and what becomes
of them.
"""

import json

from measure import jsonlines, page, summary

EPOCH = 1764000000
REALLOCATED, NOT_FULL = 0x80, 0x00
NQN = "nqn.2019-08.org.qemu:fdp0"


def reading(second, hbmw, mbmw=None, mbe=0):
    return {"time": EPOCH + second, "hbmw": hbmw,
            "mbmw": hbmw if mbmw is None else mbmw, "mbe": mbe}


def event(time_ms, kind=REALLOCATED, **more):
    return {"log": "controller" if kind & 0x80 else "host", "type": kind,
            "name": "media reallocated" if kind & 0x80 else
            "reclaim unit not fully written", "flags": 7, "identifier": 1,
            "time_ms": time_ms, "nsid": 1, "group": 0, "handle": 1, **more}


def written(identifier, size, commands=10, latency=None, errors=0):
    return {"position": identifier, "index": identifier,
            "identifier": identifier, "commands": commands, "bytes": size,
            "errors": errors, "share": 0.5, "latency_ns": latency}


def latency(scale):
    return {"min": scale, "mean": 2.0 * scale, "max": 90 * scale,
            "p50": 2 * scale, "p90": 5 * scale, "p99": 10 * scale,
            "p99_9": 40 * scale}


def placement(*rows, kind="fdp", select="roundrobin"):
    return {"type": kind, "select": select, "written": list(rows), "table": [
        {"position": row["position"],
         "index": row["index"] if kind == "fdp" else None,
         "identifier": row["identifier"],
         "handle": row["identifier"] + 4 if kind == "fdp" else None,
         "left_bytes": 1 << 24 if kind == "fdp" else None} for row in rows]}


def file_of(before=None, after=None, *events, path="/dev/ng0n1", group=1,
            subsystem=NQN, serial="fdp0", placed=None, nsid=1):
    """Of an FDP namespace where it has readings."""
    return {"path": path, "nsid": nsid, "subsystem": subsystem,
            "model": "QEMU NVMe Ctrl", "serial": serial, "firmware": "1.0",
            "size": 1 << 29, "lba_format": {
                "index": 0, "data_bytes": 512, "metadata_bytes": 0,
                "extended": False, "pi_type": 0},
            "multipath": True, "transport": "pcie", "numa_node": -1,
            "iommu": "none", "poll_queues": 1, "tags": 1023,
            "endurance_group": group, "placement": placed,
            "fdp": before and {"before": before, "after": after,
                               "events": list(events)}}


def unread(reason="/dev/ng0n1: the log needs CAP_SYS_ADMIN", **more):
    return {**file_of(**more), "fdp": {"error": reason}}


def record(name, start, end, *files, size=0, number=1, **more):
    """A job of so many bytes of Writes between two seconds."""
    return {
        "schema": 1, "plugin": "0.1.0", "fio": "fio-3.39", "layout": "3.39",
        "kernel": "6.12.107", "job": {
            "name": name, "number": number, "group": 0, "pid": 100 + number,
            "started": EPOCH + start, "ended": EPOCH + end, "error": 0},
        "options": {"hipri": 0, "placement": None},
        "io_units": 10, "ring": {
            "entries": 128, "features": ["SINGLE_ISSUER"],
            "registered_files": True, "registered_regions": 128,
            "system_calls": 40, "commands_per_call": 25.25},
        "commands": [{"opcode": 1, "name": "Write", "commands": 10,
                      "bytes": size, "errors": 0}],
        "errors": [], "files": list(files), **more}


def document(*records, whole=True):
    """Through JSON and every check, as from a file."""
    lines = [jsonlines.parse(json.dumps(one).encode()) for one in records]
    return summary.make(lines, whole)


def only_group(*records):
    found, = document(*records)["groups"]
    return found


def text_of(*records):
    return "\n".join(page.make(document(*records)))

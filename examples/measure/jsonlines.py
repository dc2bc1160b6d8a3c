# SPDX-License-Identifier: GPL-2.0
"""Reads the records that the engine's option report=FILE appends: a line of
JSON a job, which has to be what the engine writes in all that is used of it.
"""

import dataclasses
import json
import math

from . import Failure

SCHEMA = 1
# Bad lines of a file that are told one by one.
TOLD = 3
# datetime knows no year above 9999.
LAST_SECOND = 253402300799


# -- what a record has to be --------------------------------------------------

@dataclasses.dataclass(frozen=True)
class Kind:
    """A value that is no object and no list."""
    words: str
    test: callable


@dataclasses.dataclass(frozen=True)
class OrNull:
    """A shape, or null."""
    shape: object


def _is_whole(value):
    # true and false are whole numbers to Python
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value):
    return _is_whole(value) or (isinstance(value, float) and
                                math.isfinite(value))


TEXT = Kind("a text", lambda value: isinstance(value, str))
COUNT = Kind("a whole number from 0 to 2^64 - 1",
             lambda value: _is_whole(value) and 0 <= value < 1 << 64)
ERRNO = Kind("a whole number", _is_whole)
AMOUNT = Kind("a number from 0 on",
              lambda value: _is_number(value) and value >= 0)
TIME = Kind("a time in seconds since 1970", lambda value: (
    _is_number(value) and 0 <= value <= LAST_SECOND))
LOG = Kind('"host" or "controller"',
           lambda value: value in ("host", "controller"))
PLACEMENT = Kind('"fdp" or "streams"',
                 lambda value: value in ("fdp", "streams"))

LATENCY = {"mean": AMOUNT, "p50": AMOUNT, "p99": AMOUNT, "p99_9": AMOUNT}
READING = {"time": TIME, "hbmw": COUNT, "mbmw": COUNT, "mbe": COUNT}
EVENT = {"log": LOG, "type": COUNT, "name": OrNull(TEXT), "flags": COUNT,
         "identifier": OrNull(COUNT), "time_ms": COUNT, "nsid": OrNull(COUNT),
         "group": OrNull(COUNT), "handle": OrNull(COUNT)}
FILE = {
    "path": TEXT, "nsid": COUNT, "subsystem": OrNull(TEXT),
    "model": OrNull(TEXT), "serial": OrNull(TEXT),
    "lba_format": {"metadata_bytes": COUNT},
    "endurance_group": OrNull(COUNT),
    "placement": OrNull({
        "type": PLACEMENT, "select": TEXT,
        "table": [{"identifier": COUNT, "handle": OrNull(COUNT)}],
        "written": [{"identifier": OrNull(COUNT), "commands": COUNT,
                     "bytes": COUNT, "errors": COUNT,
                     "latency_ns": OrNull(LATENCY)}]}),
    # the rest of it is as it says itself; see _wrong_readings()
    "fdp": OrNull({}),
}
RECORD = {
    "plugin": TEXT, "fio": TEXT, "kernel": TEXT,
    # a text is null where it is empty
    "job": {"name": OrNull(TEXT), "number": COUNT, "started": TIME,
            "ended": TIME, "error": ERRNO},
    "io_units": COUNT,
    "ring": {"system_calls": OrNull(COUNT),
             "commands_per_call": OrNull(AMOUNT)},
    "commands": [{"opcode": COUNT, "name": TEXT, "commands": COUNT,
                  "bytes": COUNT, "errors": COUNT}],
    "errors": [{"name": OrNull(TEXT), "status": OrNull(COUNT),
                "errno": OrNull(ERRNO), "text": TEXT, "count": COUNT}],
    "files": [FILE],
}
READ = {"before": READING, "after": READING, "events": [EVENT]}


def _wrong_object(shape, value, where):
    if not isinstance(value, dict):
        return f"{where or 'the line'}: not an object"
    for name, inner in shape.items():
        place = f"{where}.{name}" if where else name
        if name not in value:
            return f"{place}: missing"
        found = wrong(inner, value[name], place)
        if found:
            return found
    return None


def _wrong_list(shape, value, where):
    if not isinstance(value, list):
        return f"{where}: not a list"
    found = (wrong(shape, item, f"{where}[{number}]")
             for number, item in enumerate(value))
    return next(filter(None, found), None)


def wrong(shape, value, where=""):
    """What is not as the shape says, in words, or None.

    Keys that a shape does not name are of no concern.
    """
    if isinstance(shape, OrNull):
        return None if value is None else wrong(shape.shape, value, where)
    if isinstance(shape, dict):
        return _wrong_object(shape, value, where)
    if isinstance(shape, list):
        return _wrong_list(shape[0], value, where)
    if shape.test(value):
        return None
    return f"{where}: {json.dumps(value)[:40]} is not {shape.words}"


def _wrong_readings(record):
    for number, file in enumerate(record["files"]):
        fdp = file["fdp"]
        if fdp is None:
            continue
        shape = {"error": TEXT} if "error" in fdp else READ
        found = wrong(shape, fdp, f"files[{number}].fdp")
        if found:
            return found
    return None


def _wrong_schema(record):
    if not isinstance(record, dict):
        return "not an object, so no job's record"
    if "schema" not in record:
        return "schema: missing, so no job's record"
    number = record["schema"]
    if not _is_whole(number) or number != SCHEMA:
        return (f"schema {json.dumps(number)[:40]}: this version reads "
                f"{SCHEMA}")
    return None


# -- lines --------------------------------------------------------------------

def _no_constant(name):
    raise ValueError(f"{name} is no JSON")


def parse(line):
    """The record of a line of bytes; ValueError says what is wrong."""
    try:
        record = json.loads(line.decode(), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise ValueError("not UTF-8") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error.msg} in column {error.colno}"
                         ) from error
    except RecursionError as error:
        raise ValueError("no JSON that can be read: nested too "
                         "deeply") from error
    found = (_wrong_schema(record) or wrong(RECORD, record) or
             _wrong_readings(record))
    if found:
        raise ValueError(found)
    return record


@dataclasses.dataclass
class Lines:
    """What files had: records in their order, and sentences to be told.

    `whole` is whether every line was read.
    """
    records: list = dataclasses.field(default_factory=list)
    told: list = dataclasses.field(default_factory=list)
    whole: bool = True
    # where each line was seen first
    _seen: dict = dataclasses.field(default_factory=dict)

    def add(self, path, content):
        """Takes the bytes of a file."""
        bad = []
        lines = content.split(b"\n")
        for number, line in enumerate(lines, 1):
            try:
                self._add_line(f"{path}:{number}", line)
            except ValueError as error:
                text = str(error)
                if number == len(lines):
                    text = ("torn off, as no newline ends it; the line is "
                            f"left out ({text})")
                bad.append(f"{path}:{number}: {text}")
        self.told += bad[:TOLD]
        if len(bad) > TOLD:
            self.told.append(f"{path}: {len(bad) - TOLD} more lines could "
                             "not be read")
        self.whole = self.whole and not bad

    def _add_line(self, place, line):
        line = line.strip()
        if not line:
            return
        # no two jobs are alike to their times and process: it is a copy
        if line in self._seen:
            self.told.append(f"{place}: the same as {self._seen[line]}; "
                             "counted once")
            return
        self.records.append(parse(line))
        self._seen[line] = place


def read(paths):
    """The Lines of files."""
    found = Lines()
    for path in paths:
        try:
            with open(path, "rb") as file:
                found.add(path, file.read())
        except OSError as error:
            raise Failure(f"{path}: {error.strerror}") from error
    return found

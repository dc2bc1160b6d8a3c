# SPDX-License-Identifier: GPL-2.0
"""Reads what the engine's trace=FILE wrote.

A file is a row of chunks, each a header and its records, in the order in
which a job read its completions; chunks of several jobs may alternate. All
numbers are little-endian.
"""

import collections
import dataclasses
import struct

from . import Failure
from .commands import DATASET_MANAGEMENT

try:
    import numpy as np
except ImportError as missing:
    raise SystemExit("traces need numpy: apt-get install python3-numpy "
                     f"({missing})") from missing

MAGIC = b"NVMEPTRC"
VERSION = 1
HEADER = struct.Struct("<8sHHIQQIIHH20s")
RECORD = np.dtype([
    ("time", "<u8"), ("slba", "<u8"), ("blocks", "<u4"), ("placement", "<u2"),
    ("status", "<u2"), ("opcode", "u1"), ("flags", "u1"), ("reserved", "<u2"),
    ("io_unit", "<u4")])
# What a chunk begins with; nothing that an engine writes into one has it.
START = MAGIC + struct.pack("<HH", VERSION, RECORD.itemsize)
# A chunk is one write(), and Linux writes no more at once.
MOST_RECORDS = (0x7ffff000 - HEADER.size) // RECORD.itemsize
# NLB has 16 bits; only the ranges of Dataset Management have more.
MOST_BLOCKS = 1 << 16
PIECE = 4 << 20
# Of one boot, the two clocks differ by the same but for small corrections.
SAME_CLOCK = 10**9

DTYPE, STREAMS, FDP = 0x0f, 1, 2
ERRNO, FURTHER = 0x10, 0x20

Header = collections.namedtuple(
    "Header", "version record records clock nsze nsid lba job file serial")


class Damaged(Failure):
    """The file is no trace, or no longer a whole one."""

    status = 1

    def __init__(self, path, offset, what):
        super().__init__(f"{path}: byte {offset}: {what}")


@dataclasses.dataclass
class Trace:
    """Records of all files in the order of time.

    `when` is the time of each by CLOCK_REALTIME, in ns; `chunk` is the place
    of its header in `headers`. `notes` tells of chunks that were cut off.
    """
    records: np.ndarray
    when: np.ndarray
    chunk: np.ndarray
    headers: list
    notes: list

    def of_header(self, name):
        """A number of each record's header."""
        values = np.array([getattr(one, name) for one in self.headers],
                          dtype=np.uint64)
        return values[self.chunk] if len(values) else values

    def namespaces(self):
        """The namespaces as (serial, nsid), and the place of each record's."""
        keys = [(one.serial, one.nsid) for one in self.headers]
        found = list(dict.fromkeys(keys))
        places = np.array([found.index(key) for key in keys], dtype=np.intp)
        return found, places[self.chunk]


class _Ahead:
    """The bytes of a file, which can be looked at before they are passed."""

    def __init__(self, file):
        self.file = file
        self.kept = b""
        self.offset = 0

    def look(self, size):
        """So many bytes, or what there is: a header may claim anything."""
        pieces, size = [self.kept], size - len(self.kept)
        while size > 0:
            piece = self.file.read(min(size, PIECE))
            if not piece:
                break
            pieces.append(piece)
            size -= len(piece)
        self.kept = b"".join(pieces)
        return self.kept

    def skip(self, size):
        self.kept = self.kept[size:]
        self.offset += size


def _header(path, offset, data):
    _, *values = HEADER.unpack(data)
    values[-1] = values[-1].decode("ascii", "replace").rstrip(" \0")
    head = Header(*values)
    wrong = None
    if head.version != VERSION:
        wrong = f"version {head.version} of the format, not {VERSION}"
    elif head.record != RECORD.itemsize:
        wrong = f"records of {head.record} bytes, not {RECORD.itemsize}"
    elif head.records > MOST_RECORDS:
        wrong = f"{head.records} records are more than a chunk can have"
    elif head.lba < 512 or head.lba & (head.lba - 1):
        wrong = f"logical blocks of {head.lba} bytes"
    elif not 0 < head.nsze * head.lba < 1 << 60:
        wrong = f"a namespace of {head.nsze} logical blocks"
    if wrong:
        raise Damaged(path, offset, wrong)
    return head


def _check(path, offset, head, records):
    """What no engine writes is told with the place of the first of it."""
    done = (records["status"] == 0)
    room = head.nsze - np.minimum(records["slba"], head.nsze)
    for bad, what in (
            (records["reserved"] != 0, "no record: its reserved bytes are "
             "not 0"),
            ((records["blocks"] > MOST_BLOCKS) &
             (records["opcode"] != DATASET_MANAGEMENT),
             "a command of more blocks than one can have"),
            (done & (records["blocks"] > room),
             "a command succeeded beyond the end of the namespace")):
        if bad.any():
            first = HEADER.size + int(np.argmax(bad)) * RECORD.itemsize
            raise Damaged(path, offset + first, what)


def _length(data, size):
    """How much of a chunk of this size is there: all of it, or what was
    written before another chunk begins or the file ends.
    """
    beyond = size + len(START) - 1
    end = data.find(START, 1, beyond)
    if end < 0 and len(data) >= beyond:
        return size
    if end < 0:
        end = len(data)
    # the chunk that cut this one off may have been cut off at once
    for at in range(max(1, end - len(START) + 1), min(size, end)):
        if START.startswith(data[at:end]):
            return at
    return min(size, end)


def _note(path, offset, length, ends, whole):
    """What is told of a chunk that was cut off."""
    how = ("ends inside the chunk" if ends else
           f"another chunk begins {length} bytes into the one")
    return (f"{path}: {how} at byte {offset}; read up to its last whole "
            f"record, {whole} of it")


def _chunk(path, ahead, notes):
    """(header, records) of the next chunk, None of one without a record."""
    offset = ahead.offset
    size = HEADER.size
    data = ahead.look(size + len(START) - 1)
    length = _length(data, size)
    if not data.startswith(MAGIC[:length]):
        raise Damaged(path, offset, "no chunk of a trace begins here")
    head = None
    if length == size:
        head = _header(path, offset, data[:size])
        size += head.records * RECORD.itemsize
        data = ahead.look(size + len(START) - 1)
        length = _length(data, size)
    whole = max(length - HEADER.size, 0) // RECORD.itemsize
    if length < size:
        notes.append(_note(path, offset, length, length == len(data), whole))
    ahead.skip(length)
    if not head:
        return None
    records = np.frombuffer(data, RECORD, whole, HEADER.size)
    _check(path, offset, head, records)
    return head, records


def _chunks(file, path, notes):
    ahead = _Ahead(file)
    while ahead.look(1):
        found = _chunk(path, ahead, notes)
        if found:
            yield found


def chunks(path, notes=None):
    """(header, records) of each chunk of a file, as it stands there.

    A chunk that was cut off, as by the end of the job that wrote it, is told
    by a line in `notes`.
    """
    notes = [] if notes is None else notes
    try:
        with open(path, "rb") as file:
            yield from _chunks(file, path, notes)
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error


def _same_clock(clocks, clock):
    """The clock of the first chunk of the same boot.

    By that, records of one job stay in their order though CLOCK_REALTIME is
    corrected while it runs.
    """
    for known in clocks:
        if abs(known - clock) < SAME_CLOCK:
            return known
    clocks.append(clock)
    return clock


def load(paths):
    """All records of some files, merged by time; where that is the same they
    stay as they were, and so the ranges of a command together.
    """
    notes, headers, clocks = [], [], []
    found, whens = [np.empty(0, RECORD)], [np.empty(0, np.uint64)]
    for path in paths:
        for head, records in chunks(path, notes):
            headers.append(head)
            found.append(records)
            clock = _same_clock(clocks, head.clock)
            whens.append(records["time"] + np.uint64(clock))
    when = np.concatenate(whens)
    chunk = np.repeat(np.arange(len(headers)), list(map(len, found[1:])))
    order = np.argsort(when, kind="stable")
    return Trace(np.concatenate(found)[order], when[order], chunk[order],
                 headers, notes)

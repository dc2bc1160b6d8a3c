# SPDX-License-Identifier: GPL-2.0
"""A namespace seen without fio: its block device, its queue, its counters."""

import contextlib
import ctypes
import fcntl
import functools
import glob
import hashlib
import mmap
import os
import random
import re

import pytest

KIB = 1 << 10
MIB = 1 << 20
ADMIN_CMD = 0xC0484E41
IDENTIFY_NS = 0x06
GET_LOG_PAGE = 0x02
TRACING = "/sys/kernel/tracing"


class AdminCommand(ctypes.Structure):
    """struct nvme_passthru_cmd of linux/nvme_ioctl.h"""
    _fields_ = [("opcode", ctypes.c_uint8), ("flags", ctypes.c_uint8),
                ("rsvd", ctypes.c_uint16), ("nsid", ctypes.c_uint32),
                ("cdw2", ctypes.c_uint32), ("cdw3", ctypes.c_uint32),
                ("metadata", ctypes.c_uint64), ("addr", ctypes.c_uint64),
                ("metadata_len", ctypes.c_uint32),
                ("data_len", ctypes.c_uint32),
                ("cdw", ctypes.c_uint32 * 6),
                ("timeout_ms", ctypes.c_uint32),
                ("result", ctypes.c_uint32)]


def number(path):
    try:
        with open(path, encoding="ascii") as file:
            return int(file.read())
    except OSError:
        return None


@functools.lru_cache(maxsize=2)
def pattern_of(seed):
    return random.Random(seed).randbytes(MIB).replace(b"\0", b"\1")


class Namespace:
    """A namespace by the name of its character device."""

    def __init__(self, ng):
        self.ng = ng
        name = os.path.basename(ng)
        assert re.fullmatch(r"ng\d+n\d+", name), ng
        self.disk = "nvme" + name[2:]
        self.block = "/dev/" + self.disk

    def __repr__(self):
        return self.ng

    @property
    def nsid(self):
        return number(f"/sys/block/{self.disk}/nsid")

    @property
    def bytes(self):
        return number(f"/sys/block/{self.disk}/size") * 512

    @property
    def lba(self):
        return self.queue("logical_block_size")

    def queue(self, name):
        """A value of the queue: a multipath head's is that of its path."""
        head, tail = re.fullmatch(r"nvme(\d+)n(\d+)", self.disk).groups()
        for path in glob.glob("/sys/class/nvme/nvme*/"
                              f"nvme{head}c*n{tail}/queue/{name}"):
            return number(path)
        return number(f"/sys/block/{self.disk}/queue/{name}")

    @property
    def polls(self):
        """Whether polled jobs can be tried on it.

        Linux 6.1 panics in bio_poll() when jobs share a poll queue, with
        fio's own engine too, and when a Flush is sent on a polled ring. The
        engine refuses to poll before 6.5.
        """
        release = os.uname().release.split(".")
        if (int(release[0]), int(release[1])) < (6, 5):
            return False
        head, tail = re.fullmatch(r"nvme(\d+)n(\d+)", self.disk).groups()
        paths = glob.glob("/sys/class/nvme/nvme*/"
                          f"nvme{head}c*n{tail}/queue/io_poll")
        paths.append(f"/sys/block/{self.disk}/queue/io_poll")
        return any(number(path) for path in paths)

    @property
    def limit(self):
        """Bytes that one command with buffers of 4 KiB pages can carry."""
        return min(self.queue("max_hw_sectors_kb") * KIB,
                   self.queue("max_segments") * 4 * KIB)

    # -- contents, through the block device and past the page cache

    def read(self, offset, length):
        with self._direct(os.O_RDONLY) as fd, mmap.mmap(-1, length) as buffer:
            got = os.preadv(fd, [buffer], offset)
            assert got == length, (got, length)
            return buffer[:]

    def write(self, offset, data):
        with self._direct(os.O_RDWR) as fd, mmap.mmap(-1, len(data)) as buffer:
            buffer[:] = data
            put = os.pwritev(fd, [buffer], offset)
            assert put == len(data), (put, len(data))

    @contextlib.contextmanager
    def _direct(self, flags):
        fd = os.open(self.block, flags | os.O_DIRECT)
        try:
            yield fd
        finally:
            os.close(fd)

    def digest(self, offset=0, length=4 * MIB):
        found = hashlib.sha256()
        for start in range(offset, offset + length, MIB):
            found.update(self.read(start, min(MIB, offset + length - start)))
        return found.hexdigest()

    def fill(self, offset=0, length=4 * MIB, seed=1):
        """Write what differs from block to block and is nowhere zero."""
        pattern = pattern_of(seed)
        for start in range(offset, offset + length, MIB):
            rest = min(MIB, offset + length - start)
            self.write(start, pattern[:rest])

    # -- what the controller counted

    def command(self, kind, opcode, nsid, length, *cdw, data=b""):
        """Send it by ioctl; the data that came back, and the result."""
        with mmap.mmap(-1, max(length, len(data), 1)) as buffer:
            # pylint: disable=no-member
            buffer[:len(data)] = data
            view = ctypes.c_char.from_buffer(buffer)
            command = AdminCommand(opcode=opcode, nsid=nsid,
                                   data_len=length or len(data),
                                   addr=ctypes.addressof(view))
            for index, value in enumerate(cdw):
                command.cdw[index] = value
            fd = os.open(self.ng, os.O_RDWR)
            try:
                status = fcntl.ioctl(fd, kind, command)
                answer = buffer[:]
            finally:
                os.close(fd)
                del view
            assert status == 0, hex(status)
            return answer, command.result

    def host_commands(self, direction):
        """Host Read or Write Commands of the SMART log."""
        log = self.command(ADMIN_CMD, GET_LOG_PAGE, 0xffffffff, 512,
                           127 << 16 | 0x02)[0]
        at = 64 if direction == "read" else 80
        return int.from_bytes(log[at:at + 16], "little")

    def host_writes(self):
        return self.host_commands("write")


@contextlib.contextmanager
def unwritten(*namespaces):
    """Assert that what runs inside writes and trims nothing."""
    for namespace in namespaces:
        namespace.fill(0, 256 * KIB)
    before = [(n.host_writes(), n.digest(0, 256 * KIB)) for n in namespaces]
    yield
    after = [(n.host_writes(), n.digest(0, 256 * KIB)) for n in namespaces]
    assert before == after, namespaces


class Trace:
    """The NVMe commands that the kernel sent to one disk, from tracefs."""

    def __init__(self):
        self.lines = []

    def commands(self, name):
        command = f"cmd=(nvme_cmd_{name} "
        return [line for line in self.lines if command in line]

    def count(self, name):
        return len(self.commands(name))


@contextlib.contextmanager
def traced(namespace):
    """Collects nvme_setup_cmd events of a namespace's queues."""
    trace = Trace()
    head, tail = re.fullmatch(r"nvme(\d+)n(\d+)", namespace.disk).groups()
    disk = re.compile(rf"disk=nvme{head}(c\d+)?n{tail},")
    put("buffer_size_kb", "8192")
    put("trace", "")
    put("events/nvme/nvme_setup_cmd/enable", "1")
    try:
        yield trace
    finally:
        put("events/nvme/nvme_setup_cmd/enable", "0")
    with open(f"{TRACING}/trace", encoding="ascii", errors="replace") as file:
        trace.lines = [line for line in file if disk.search(line)]
    put("trace", "")


class Count:
    number = 0


def put(name, text):
    """Write a control file of tracefs."""
    with open(f"{TRACING}/{name}", "w", encoding="ascii") as file:
        file.write(text)


@contextlib.contextmanager
def counted(event, function=None, condition=""):
    """Counts a trace event that fio and its kernel workers cause.

    With a function, the event is made for its calls (see the kernel's
    kprobetrace.rst), and the condition is on what was asked for with it.
    """
    if not os.path.exists(f"{TRACING}/kprobe_events"):
        pytest.skip("needs tracefs and kprobes")
    count = Count()
    if function:
        put("kprobe_events", f"p:{event} {function}")
    put("trace", "")
    put(f"events/{event}/enable", "1")
    try:
        yield count
    finally:
        put(f"events/{event}/enable", "0")
        mark = event.split("/")[1] + ":"
        with open(f"{TRACING}/trace", encoding="ascii",
                  errors="replace") as file:
            count.number = sum(mark in line and condition in line and
                               bool(re.match(r"\s*(fio|iou-)", line))
                               for line in file)
        if function:
            put("kprobe_events", "")
        put("trace", "")

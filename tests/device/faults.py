# SPDX-License-Identifier: GPL-2.0
"""What faults are made with, and what is checked after each of them."""

import collections
import contextlib
import errno
import os
import re
import signal
import struct
import subprocess
import time

from fio import finish
from namespace import ADMIN_CMD, KIB, MIB, Namespace, number
from proc import children, portrait

FIND = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                    "../../ci/find-device")
# Commands that a job of the load below sends before the fault
BEFORE = 300
DEPTH = 32
# An emulated reset on a host that is busy with other guests, and the seconds
# that a test may take besides
RESET = 60
SPARE = 5
BLOCK = 4 * KIB
SIZE = 8 * MIB
# Each block is written once, with its own address all over it
LOAD = {"rw": "randwrite", "bs": BLOCK, "size": SIZE, "iodepth": DEPTH,
        "iodepth_batch_submit": 8, "iodepth_batch_complete_max": DEPTH,
        "verify": "pattern", "verify_pattern": "%o", "verify_fatal": 0,
        "trace": "trace", "error_dump": 1}
ERRNO = 0x10
NS_ATTACHMENT = 0x15
FORMAT = 0x80
OPCODES = {"write": 1, "read": 2}
# Configuration space: Command, and the first of a bridge's bus numbers
COMMAND = 0x04
SECONDARY = 0x19


def wait_for(what, condition, seconds=120):
    """Look until it is so; there is nothing to be woken by."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what}: not in {seconds} s"
        time.sleep(0.01)


def write_text(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


@contextlib.contextmanager
def parameter(path, value):
    """Another value of a kernel module's parameter for a while."""
    with open(path, encoding="ascii") as file:
        before = file.read()
    write_text(path, str(value))
    try:
        yield
    finally:
        write_text(path, before)


class Port:
    """The port that a controller hangs on, and how it can be cut off it."""

    def __init__(self, pci):
        self.device = os.path.join(pci, "config")
        self.bridge = os.path.join(os.path.dirname(pci), "config")
        self.before = self._bytes(self.bridge, COMMAND, 2), \
            self._bytes(self.bridge, SECONDARY, 2)

    @staticmethod
    def _bytes(path, at, data):
        """Read so many bytes of configuration space, or write some."""
        fd = os.open(path, os.O_RDWR)
        try:
            if isinstance(data, int):
                return os.pread(fd, data, at)
            return os.pwrite(fd, data, at)
        finally:
            os.close(fd)

    def cut(self):
        """Nothing reaches the controller any more, nor does it anything."""
        self._bytes(self.device, COMMAND, bytes(2))
        self._bytes(self.bridge, COMMAND, bytes(2))
        self._bytes(self.bridge, SECONDARY, b"\xff\xff")

    def join(self):
        for at, value in zip((SECONDARY, COMMAND), reversed(self.before)):
            self._bytes(self.bridge, at, value)


class Admin(Namespace):
    """A controller's own device, for commands while namespaces come and go."""

    def __init__(self, path):  # pylint: disable=super-init-not-called
        self.ng = path


class KernelLog:
    """What the kernel says from now on."""

    def __init__(self):
        self.fd = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.fd, 0, os.SEEK_END)
        self.text = ""

    def has(self, pattern):
        with contextlib.suppress(BlockingIOError):
            while True:
                self.text += os.read(self.fd, 8192).decode(errors="replace")
        return re.search(pattern, self.text)

    def close(self):
        os.close(self.fd)


class Pull:
    """The controller pull0: it can be pulled, and slowed down."""

    serial = "pull0"

    def __init__(self, monitor):
        self.monitor = monitor
        self.port = Port(self.pci)

    @staticmethod
    def _find(*arguments):
        ran = subprocess.run([FIND, *arguments], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True,
                             check=False)
        return ran.stdout.strip()

    @property
    def name(self):
        """nvmeX, or an empty string while it is gone."""
        return os.path.basename(self._find("--controller", self.serial))

    @property
    def pci(self):
        return os.path.realpath(f"/sys/class/nvme/{self.name}/device")

    @property
    def state(self):
        try:
            with open(f"/sys/class/nvme/{self.name}/state",
                      encoding="ascii") as file:
                return file.read().strip()
        except OSError:
            return ""

    def present(self):
        """The namespace, once it can be used."""
        ng = self._find(self.serial)
        if not ng or self.state != "live":
            return None
        namespace = Namespace(ng)
        if not os.path.exists(ng) or not number(
                f"/sys/block/{namespace.disk}/size"):
            return None
        return namespace

    @property
    def namespace(self):
        return wait_for(f"{self.serial} is to be there", self.present)

    @property
    def is_head(self):
        """Whether the kernel makes a multipath head of its namespace."""
        return "subsystem" in os.path.realpath(
            f"/sys/block/{self.namespace.disk}/device")

    def slow(self, iops):
        """At most so many commands a second; 0 for no limit."""
        self.monitor("qom-set", path=f"/objects/{self.serial}-limits",
                     property="limits", value={
                         "iops-total": iops, "iops-total-max": 0,
                         "iops-total-max-length": 1})

    # -- faults; they return when the controller is ready again, or gone

    def reset(self):
        write_text(f"/sys/class/nvme/{self.name}/reset_controller", "1")
        wait_for("the reset is to end", lambda: self.state == "live")

    def remove(self):
        write_text(f"{self.pci}/remove", "1")

    def pull(self):
        """As a drive that is pulled out: the driver finds nothing there.

        QEMU's own hot-unplug ends QEMU now and then when there are commands
        in flight.
        """
        pci = self.pci
        self.port.cut()
        write_text(f"{pci}/remove", "1")

    def attach(self, attached):
        """Attach the namespace to the controller, or detach it."""
        with open(f"/sys/class/nvme/{self.name}/cntlid",
                  encoding="ascii") as file:
            cntlid = int(file.read())
        Admin(f"/dev/{self.name}").command(
            ADMIN_CMD, NS_ATTACHMENT, 1, 4096, int(not attached),
            data=struct.pack("<HH", 1, cntlid))

    def format(self, lbaf=0):
        """In an LBA format of QEMU's, which at first is 0."""
        Admin(f"/dev/{self.name}").command(ADMIN_CMD, FORMAT, 1, 0, lbaf)

    def restore(self):
        """As it was, whatever a test did."""
        self.slow(0)
        self.port.join()
        if not self.name:
            write_text("/sys/bus/pci/rescan", "1")
        return self.namespace


class Record:
    """A command of a trace: its direction, place and status."""

    def __init__(self, fields, lba_size):
        self.time, slba, nlb, _, self.status, opcode, flags, _, self.unit = \
            fields
        self.offset = slba * lba_size
        self.bytes = nlb * lba_size
        self.opcode = opcode
        self.errno = self.status if flags & ERRNO else 0

    @property
    def good(self):
        return self.status == 0


def records_of(path):
    """Every record of a trace; see TRACE in the man page."""
    with open(path, "rb") as file:
        data = file.read()
    records, at = [], 0
    while at < len(data):
        magic, _, size, number_of, _, _, _, lba_size, _, _, _ = \
            struct.unpack_from("<8sHHIQQIIHH20s", data, at)
        assert magic == b"NVMEPTRC", (path, at)
        at += 64
        for _ in range(number_of):
            records.append(Record(struct.unpack_from("<QQIHHBBHI", data, at),
                                  lba_size))
            at += size
    assert at == len(data), path
    return records


def blank(device):
    """Zeroes where the load will write, as far as the medium takes them."""
    for at in range(0, SIZE, MIB):
        try:
            device.write(at, bytes(MIB))
        except OSError:
            for block in range(at, at + MIB, BLOCK):
                with contextlib.suppress(OSError):
                    device.write(block, bytes(BLOCK))


def contents_of(device):
    """What is there by MiB; a block that cannot be read is None."""
    contents = {}
    for at in range(0, SIZE, BLOCK):
        if at % MIB == 0:
            try:
                whole = device.read(at, MIB)
            except OSError:
                whole = None
        contents[at] = None
        if whole:
            contents[at] = whole[at % MIB:at % MIB + BLOCK]
            continue
        with contextlib.suppress(OSError):
            contents[at] = device.read(at, BLOCK)
    return contents


class Load:
    """A job of verified writes that runs while something happens to it."""

    def __init__(self, fio, device, **options):
        self.fio = fio
        self.options = {"filename": device.ng, **LOAD, **options}
        self.trace = os.path.join(fio.folder, self.options["trace"])
        if os.path.exists(self.trace):
            os.unlink(self.trace)
        blank(device)
        self.first = device.host_writes()
        self.process = fio.start(self.options)
        wait_for("the load is to run", lambda: self._runs(device))
        self.since = time.monotonic()

    def _runs(self, device):
        assert self.process.poll() is None, finish(self.process)
        return device.host_writes() >= self.first + BEFORE

    def end(self, seconds):
        """What it left, in so many seconds since the fault at most."""
        left = self.since + seconds - time.monotonic()
        try:
            return finish(self.process, max(left, 0.1))
        except subprocess.TimeoutExpired:
            jobs = children(self.process.pid)
            stacks = "\n".join(map(portrait, jobs))
            # jobs have sessions of their own, and would outlive fio
            for pid in (self.process.pid, *jobs):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            raise AssertionError(f"not ended in {seconds} s; its jobs are in"
                                 f"\n{stacks}{finish(self.process)}") from None


def causes(run):
    """The engine's words for what failed."""
    return [line for line in run.err.splitlines()
            if re.search(r"slba \d+, \d+ blocks: ", line)]


def units_of(records, size):
    """Commands by the io_unit that they are of; each is sent once."""
    units = collections.defaultdict(list)
    for record in records:
        units[record.offset // size].append(record)
    for unit in units.values():
        assert len({record.offset for record in unit}) == len(unit), unit
    return units.values()


def gone(unit):
    """Whether an io_unit may have failed for want of a device.

    That ends a job, whatever it is to outlive, and fio does not count it.
    """
    return any(record.errno == errno.ENODEV for record in unit)


def account(run, trace, size=BLOCK):
    """Every io_unit was sent once and came back once, well or not.

    Returns the acknowledged Writes and those that failed.
    """
    records = records_of(trace)
    errors = lost = 0
    for way, opcode in OPCODES.items():
        units = units_of([record for record in records
                          if record.opcode == opcode], size)
        good = [unit for unit in units
                if all(record.good for record in unit)]
        assert len(units) == run.total(way), (way, len(units), run)
        assert len(good) * size == run.total(way, "io_bytes"), (way, run)
        errors += len(units) - len(good)
        lost += sum(gone(unit) for unit in units)
    if "continue_on_error" in run.job["job options"]:
        assert errors - lost <= run.job["total_err"] <= errors, run
    writes = [record for record in records if record.opcode == 1]
    return ([record for record in writes if record.good],
            [record for record in writes if not record.good])


def kept(device, writes, size=BLOCK):
    """Every Write of a block that was acknowledged is on the medium.

    An io_unit of several commands has its address all over them.
    """
    contents = contents_of(device)
    lost = {}
    for record in writes:
        found = contents[record.offset]
        if found != struct.pack("<Q", record.offset // size * size) * 512:
            lost[record.offset] = found and found[:8]
    return lost


def processes():
    """fio's processes and what the kernel runs for their rings."""
    found = []
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError), \
                open(f"/proc/{name}/comm", encoding="ascii") as file:
            comm = file.read().strip()
            if comm == "fio" or comm.startswith("iou-"):
                found.append((name, comm))
    return found

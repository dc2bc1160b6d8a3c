# SPDX-License-Identifier: GPL-2.0
"""What sysfs says of a namespace and of the machine."""

import glob
import os
import re

from . import Failure

# How controllers are reached that are not in the machine
FABRICS = ("fc", "loop", "rdma", "tcp")
# Those of which the kernel can be asked for poll queues
POLLED_FABRICS = ("rdma", "tcp")


def read_text(path, default=""):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return default


def read_number(path, default=None):
    try:
        return int(read_text(path))
    except ValueError:
        return default


def cpu_list(text):
    """The numbers in a list such as 0-3,8."""
    cpus = []
    for part in filter(None, text.strip().split(",")):
        first, _, last = part.partition("-")
        cpus += range(int(first), int(last or first) + 1)
    return cpus


class Namespace:
    """A namespace, by its character device.

    With a root, the device and sysfs are looked for below that folder.
    """

    def __init__(self, device, root=""):
        self.device = device
        self.root = root
        self.name = os.path.basename(os.path.realpath(root + device))
        match = re.fullmatch(r"ng(\d+)n(\d+)", self.name)
        if not match:
            block = re.fullmatch(r"nvme(\d+)n(\d+)", self.name)
            hint = f"/dev/ng{block[1]}n{block[2]}" if block else "/dev/ngXnY"
            raise Failure(f"{device}: not a namespace's character device; "
                          f"use {hint}")
        if not os.path.exists(root + device):
            raise Failure(f"{device}: no such device; ls /dev/ng* lists those "
                          "there are")
        self.disk = f"nvme{match[1]}n{match[2]}"
        self._block = f"{root}/sys/block/{self.disk}"
        self._owner = f"{root}/sys/class/nvme-generic/{self.name}/device"
        # of a multipath head: the hidden block devices behind it
        self.paths = sorted(glob.glob(
            f"{root}/sys/class/nvme-subsystem/*/nvme*/"
            f"nvme{match[1]}c*n{match[2]}"))
        sectors = read_number(f"{self._block}/size", 0)
        self.bytes = sectors * 512
        # None where the kernel has none that could be used
        self.block = f"/dev/{self.disk}" if sectors else None
        self.lba = self._queue_number("logical_block_size", 512)
        self.polls = any(read_text(f"{path}/queue/io_poll") == "1"
                         for path in [self._block] + self.paths)

    def _queue_number(self, name, default=None):
        """A value of the queue: a multipath head's is that of its path."""
        for path in self.paths + [self._block]:
            value = read_number(f"{path}/queue/{name}")
            if value is not None:
                return value
        return default

    def need_block_device(self):
        if not self.block:
            raise Failure(f"{self.device}: it has no block device for "
                          "io_uring; leave that out of --engines")

    @property
    def head(self):
        """Whether it is a multipath head."""
        return bool(self.paths)

    @property
    def transport(self):
        """How it is reached: pcie, tcp, or several, as rdma, tcp."""
        found = {read_text(f"{controller}/transport")
                 for controller in self.controllers}
        return ", ".join(sorted(filter(None, found))) or "unknown"

    @property
    def fabrics(self):
        return is_fabrics(self.transport)

    @property
    def trouble(self):
        """Why it cannot be reached now, in words, or None."""
        if not os.path.exists(self.root + self.device):
            return f"{self.device} is gone"
        states = {read_text(f"{controller}/state")
                  for controller in self.controllers
                  if os.path.exists(controller)}
        if not states:
            return f"no controller leads to {self.device} any more"
        # where the kernel does not tell, nothing is known
        if states & {"live", ""}:
            return None
        return (f"the controller of {self.device} is "
                f"{' and '.join(sorted(states))}")

    @property
    def poll_queues(self):
        """How many its driver was asked for, in words.

        The number over fabrics is an option of the connection, which the
        kernel does not tell.
        """
        if not self.fabrics:
            return poll_queues(self.root)
        return "of unknown number" if self.polls else "0"

    @property
    def polling_advice(self):
        """What makes a poll queue, or that nothing does."""
        if not self.fabrics:
            return "load the driver with nvme.poll_queues=1"
        if set(self.transport.split(", ")) <= set(POLLED_FABRICS):
            return "connect with nvme connect --nr-poll-queues=1"
        return f"over {self.transport} there is none"

    @property
    def model(self):
        return read_text(f"{self._owner}/model", "unknown model")

    @property
    def firmware(self):
        return read_text(f"{self._owner}/firmware_rev", "unknown")

    @property
    def serial(self):
        return read_text(f"{self._owner}/serial", "unknown")

    @property
    def nsid(self):
        return read_number(f"{self._block}/nsid")

    @property
    def controllers(self):
        """The folders of the controllers that lead to it."""
        return [os.path.dirname(path) for path in self.paths] or [self._owner]

    @property
    def numa_node(self):
        """The node that the device is on, or None."""
        for controller in self.controllers:
            for name in ("numa_node", "device/numa_node"):
                node = read_number(f"{controller}/{name}", -1)
                if node >= 0:
                    return node
        return None

    @property
    def cpus(self):
        """The processors of its node that this process may use, or all."""
        allowed = os.sched_getaffinity(0)
        near = set(cpu_list(read_text(
            f"{self.root}/sys/devices/system/node/"
            f"node{self.numa_node}/cpulist")))
        return sorted(allowed & near or allowed)

    @property
    def scheduler(self):
        """The I/O scheduler of the block device, which passthrough skips."""
        text = read_text(f"{self._block}/queue/scheduler")
        chosen = re.search(r"\[(\S+)\]", text)
        return chosen[1] if chosen else text or "none"

    @property
    def limit(self):
        """Bytes that one command with buffers of 4 KiB pages can carry."""
        sizes = [(self._queue_number("max_hw_sectors_kb"), 1024),
                 (self._queue_number("max_segments"), 4096)]
        return min((count * unit for count, unit in sizes if count),
                   default=128 * 1024)

    @property
    def iommu(self):
        """How the kernel translates the device's addresses.

        Over fabrics it has none that are the device's; those of an adapter
        are not known here.
        """
        if self.fabrics:
            return "unknown"
        for controller in self.controllers:
            link = os.path.realpath(controller)
            while len(link) > len("/sys"):
                kind = read_text(f"{link}/iommu_group/type")
                if kind:
                    return kind
                link = os.path.dirname(link)
        return "none"


# -- the machine --------------------------------------------------------------

def is_fabrics(transport):
    """Whether a namespace's transport is one over fabrics."""
    return any(part in FABRICS for part in transport.split(", "))


def poll_queues(root=""):
    return read_text(f"{root}/sys/module/nvme/parameters/poll_queues", "0")


def governor(root=""):
    """The frequency governors in use, or "none"."""
    found = {read_text(path) for path in glob.glob(
        f"{root}/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor")}
    return ", ".join(sorted(filter(None, found))) or "none"


def siblings(cpu, root=""):
    """The processors that are threads of the same core, itself among them."""
    return cpu_list(read_text(f"{root}/sys/devices/system/cpu/cpu{cpu}/"
                              "topology/thread_siblings_list")) or [cpu]


def processor(root=""):
    match = re.search(r"^model name\s*: (.*)$",
                      read_text(f"{root}/proc/cpuinfo"), re.MULTILINE)
    return match[1].strip() if match else "unknown"


def kernel(release=None):
    """(6, 12) of 6.12.48-amd64"""
    version = re.match(r"(\d+)\.(\d+)", release or os.uname().release)
    return int(version[1]), int(version[2])


def polling_is_safe(release=None):
    """Before Linux 6.5 polling for passthrough can panic the kernel."""
    return kernel(release) >= (6, 5)


def settle_polling(namespace, asked):
    """Whether to poll, where "yes", "no" or "auto" was asked for."""
    if asked == "yes" and not namespace.polls:
        raise Failure(f"{namespace.device}: --poll=yes, but it has no poll "
                      f"queue; {namespace.polling_advice}")
    if asked == "yes" and not polling_is_safe():
        raise Failure(f"{namespace.device}: --poll=yes, but this kernel can "
                      "panic of it; use Linux 6.5 or later, or --poll=no")
    return namespace.polls and polling_is_safe() and asked != "no"

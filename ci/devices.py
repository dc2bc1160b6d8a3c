# SPDX-License-Identifier: GPL-2.0
"""The emulated NVMe devices of a guest, as sets of QEMU arguments.

Devices are known by their serial number. What each is for stands in
ci/README.md.
"""

import json
import os

MIB = 1 << 20

# Sectors of 512 bytes of err0 that fail, as (first, count).
ERR0_READ_ERRORS = (2048, 8)
ERR0_WRITE_ERRORS = (4096, 8)


class Devices:
    """Collects the arguments; files are made in `folder`."""

    def __init__(self, folder):
        self.folder = folder
        self.arguments = []
        self.namespaces = []
        self.controllers = {}

    def _add(self, option, driver, **properties):
        values = [f"{key.replace('__', '.')}={value}"
                  for key, value in properties.items()]
        self.arguments += [option, ",".join([driver] + values)]

    def _blockdev(self, node):
        self.arguments += ["-blockdev", json.dumps(node)]

    def null_drive(self, name, mib, latency_us=0):
        """It keeps no data; the latency is of the host's clock."""
        self._blockdev({"driver": "null-co", "node-name": name,
                        "size": mib * MIB, "read-zeroes": True,
                        "latency-ns": latency_us * 1000})
        return name

    def file_drive(self, name, mib, errors=None):
        """A sparse file, so the drive keeps its data for one boot."""
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.truncate(mib * MIB)
        node = {"driver": "raw", "node-name": name, "discard": "unmap",
                "file": {"driver": "file", "filename": path,
                         "discard": "unmap"}}
        if errors:
            node["node-name"] = name + "-file"
            self._blockdev(node)
            node = {"driver": "blkdebug", "node-name": name,
                    "image": name + "-file", "discard": "unmap",
                    "inject-error": errors}
        self._blockdev(node)
        return name

    def slow_drive(self, name, mib, **limits):
        """One that the throttle group NAME-limits slows down, or can later."""
        self.file_drive(name + "-fast", mib)
        self._add("-object", "throttle-group", id=f"{name}-limits", **limits)
        self._blockdev({"driver": "throttle", "node-name": name,
                        "throttle-group": f"{name}-limits",
                        "file": name + "-fast"})
        return name

    def port(self, identifier):
        """A root port, for a controller on a bus of its own."""
        self._add("-device", "pcie-root-port", id=identifier,
                  chassis=len(self.controllers))
        return identifier

    def controller(self, serial, fdp=False, subsystem=None, **properties):
        """A controller, in an FDP subsystem or a given one if asked for."""
        number = len(self.controllers)
        if fdp:
            subsystem = f"subsys{number}"
            self.subsystem(subsystem, fdp="on", fdp__nruh=8, fdp__nrg=1,
                           fdp__runs="16M")
        if subsystem:
            properties["subsys"] = subsystem
        identifier = f"ctrl{number}"
        self.controllers[identifier] = serial
        self._add("-device", "nvme", id=identifier, serial=serial,
                  **properties)
        return identifier

    def subsystem(self, identifier, **properties):
        self._add("-device", "nvme-subsys", id=identifier, nqn=identifier,
                  **properties)

    def namespace(self, controller, nsid, drive, **properties):
        self._add("-device", "nvme-ns", bus=controller, nsid=nsid,
                  drive=drive, **properties)
        self.namespaces.append((self.controllers[controller], nsid))


def sector_errors(iotype, first, count):
    """blkdebug rules; each covers the one sector that it names."""
    return [{"event": "none", "iotype": iotype, "errno": 5, "sector": sector}
            for sector in range(first, first + count)]


# Metadata of pi0's namespaces, from 1 on: its bytes, whether it travels with
# the data (mset), the type of its protection information, whether that is in
# its first bytes (pil), and the guard's format (2: 64 bits).
PI0 = (
    {"ms": 8, "mset": 0, "pi": 1},
    {"ms": 8, "mset": 1, "pi": 1},
    {"ms": 8, "mset": 0, "pi": 2},
    {"ms": 8, "mset": 1, "pi": 3},
    {"ms": 16, "mset": 0, "pi": 1, "pif": 2},
    {"ms": 16, "mset": 1, "pi": 2, "pif": 2},
    {"ms": 64, "mset": 0, "pi": 1, "pil": 1},
    {"ms": 64, "mset": 1, "pi": 1, "pif": 2},
    {"ms": 8, "mset": 0, "pi": 1, "logical_block_size": 4096,
     "physical_block_size": 4096},
)


def add_protected(devices):
    controller = devices.controller("pi0", mdts=5)
    for nsid, properties in enumerate(PI0, 1):
        devices.namespace(controller, nsid,
                          devices.file_drive(f"pi0-{nsid}", 16), **properties)


def add_functional(devices):
    controller = devices.controller("fdp0", fdp=True, mdts=7)
    devices.namespace(controller, 1, devices.file_drive("fdp0", 512),
                      fdp__ruhs="0-7")
    devices.namespace(controller, 2, devices.file_drive("fdp0-2", 64),
                      fdp__ruhs="0-7")

    controller = devices.controller("data0", mdts=5)
    devices.namespace(controller, 1, devices.file_drive("data0-1", 256))
    devices.namespace(controller, 2, devices.file_drive("data0-2", 256),
                      logical_block_size=4096, physical_block_size=4096)

    controller = devices.controller("null0", mdts=7)
    devices.namespace(controller, 1, devices.null_drive("null0", 1024))

    # One pair of queues: the kernel has none left to poll.
    controller = devices.controller("nopoll0", max_ioqpairs=1)
    devices.namespace(controller, 1, devices.file_drive("nopoll0", 64))

    controller = devices.controller("meta0")
    devices.namespace(controller, 1, devices.file_drive("meta0-1", 64),
                      ms=8, mset=0)
    devices.namespace(controller, 2, devices.file_drive("meta0-2", 64),
                      ms=8, mset=1)
    devices.namespace(controller, 3, devices.file_drive("meta0-3", 64),
                      ms=8, pi=1)

    add_protected(devices)

    controller = devices.controller("err0")
    errors = (sector_errors("read", *ERR0_READ_ERRORS) +
              sector_errors("write", *ERR0_WRITE_ERRORS))
    devices.namespace(controller, 1,
                      devices.file_drive("err0", 64, errors=errors))

    # Two controllers and one namespace: a multipath head with two paths.
    devices.subsystem("mpath")
    controller = devices.controller("mpath0", subsystem="mpath")
    devices.controller("mpath0", subsystem="mpath")
    devices.namespace(controller, 1, devices.file_drive("mpath0", 64))

    # Queues of 16 entries (MQES counts from 0), and so of 15 tags, which it is
    # too slow to have free for two jobs.
    drive = devices.slow_drive("few0", 64, **{"x-iops-total": 1500})
    controller = devices.controller("few0", mqes=15)
    devices.namespace(controller, 1, drive)

    # It can be cut off at its port.
    drive = devices.slow_drive("pull0", 64)
    controller = devices.controller("pull0", mdts=5,
                                    bus=devices.port("pull0-port"))
    devices.namespace(controller, 1, drive)

    # an append carries less than a Write: 4096 << 4 bytes
    controller = devices.controller("zns0", mdts=7, zoned__zasl=4)
    devices.namespace(controller, 1, devices.file_drive("zns0", 128),
                      zoned="on", zoned__zone_size="4M",
                      zoned__zone_capacity="3M", zoned__max_open=16,
                      zoned__max_active=32)


def add_bench(devices):
    controller = devices.controller("fdp0", fdp=True, mdts=7)
    devices.namespace(controller, 1, devices.null_drive("fdp0", 1024),
                      fdp__ruhs="0-7")
    # So slow that who waits for a command has always gone to sleep
    controller = devices.controller("slow0", mdts=7)
    devices.namespace(controller, 1,
                      devices.null_drive("slow0", 1024, latency_us=100))


def add_demo(devices):
    controller = devices.controller("fdp0", fdp=True, mdts=7)
    devices.namespace(controller, 1, devices.file_drive("fdp0", 512),
                      fdp__ruhs="0-7")
    controller = devices.controller("null0", fdp=True, mdts=7)
    devices.namespace(controller, 1, devices.null_drive("null0", 1024),
                      fdp__ruhs="0-7")


# Every namespace of QEMU is a multipath head to the kernel, unlike that of an
# ordinary drive; where figures are compared, there shall be none.
NO_HEADS = "nvme_core.multipath=N"

# Each set with its arguments for the kernel.
SETS = {
    "functional": (add_functional, ""),
    "bench": (add_bench, NO_HEADS),
    "demo": (add_demo, NO_HEADS),
    "none": (lambda devices: None, ""),
}


def make(name, folder):
    """Returns a set's devices and its arguments for the kernel."""
    add, kernel_arguments = SETS[name]
    made = Devices(folder)
    add(made)
    return made, kernel_arguments

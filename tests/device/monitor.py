# SPDX-License-Identifier: GPL-2.0
"""The monitor of the QEMU that the tests run in, on a port of virtio's."""

import contextlib
import glob
import json
import os
import select
import subprocess
import time

from faults import wait_for

NAME = "monitor"
PORTS = "/sys/class/virtio-ports/*/name"
# a busy host stops all of QEMU for seconds
PATIENCE = 120


class MonitorError(Exception):
    """QEMU refused a command."""


class MonitorSilent(Exception):
    """QEMU did not answer."""


class Monitor:
    """Sends commands of QMP; ci/guest lays the port."""

    def __init__(self, fd):
        self.fd = fd
        self.rest = b""
        self.number = 0

    def _line(self, patience):
        deadline = time.monotonic() + patience
        while b"\n" not in self.rest:
            left = max(deadline - time.monotonic(), 0)
            if not select.select([self.fd], [], [], left)[0]:
                raise MonitorSilent(self.rest)
            self.rest += os.read(self.fd, 4096)
        line, _, self.rest = self.rest.partition(b"\n")
        return line

    def __call__(self, command, patience=PATIENCE, **arguments):
        """Run it, and return its answer; events are passed over."""
        self.number += 1
        name = f"{os.getpid()}-{self.number}"
        asked = json.dumps({"execute": command, "id": name,
                            "arguments": arguments})
        os.write(self.fd, b"\n" + asked.encode() + b"\n")
        while True:
            # the greeting of who opened the port before may be cut
            with contextlib.suppress(ValueError):
                answer = json.loads(self._line(patience))
                if answer.get("id") == name:
                    break
        if "error" in answer:
            raise MonitorError(asked, answer["error"]["desc"])
        return answer["return"]


def _find():
    """The port's node, or None while the driver has not heard its name."""
    for path in glob.glob(PORTS):
        with open(path, encoding="ascii") as file:
            if file.read().strip() == NAME:
                return f"/dev/{os.path.basename(os.path.dirname(path))}"
    return None


def _port():
    # nobody loads drivers in the guest; some kernels have these built in
    subprocess.run(["modprobe", "--all", "virtio_pci", "virtio_console"],
                   check=True)
    return wait_for(f"a port of the name {NAME} is to be there", _find,
                    PATIENCE)


@contextlib.contextmanager
def opened():
    """The monitor; one may have it open at a time."""
    fd = os.open(_port(), os.O_RDWR)
    try:
        monitor = Monitor(fd)
        # an error when it was done before
        with contextlib.suppress(MonitorError):
            monitor("qmp_capabilities")
        yield monitor
    finally:
        os.close(fd)

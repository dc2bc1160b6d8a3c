# SPDX-License-Identifier: GPL-2.0
"""The monitor of the QEMU that the tests run in, on the third serial port."""

import contextlib
import json
import os
import select
import time
import tty

PORT = "/dev/ttyS2"
PATIENCE = 20


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


def _connect():
    fd = os.open(PORT, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(fd)
    monitor = Monitor(fd)
    try:
        # an error when it was done before
        with contextlib.suppress(MonitorError):
            monitor("qmp_capabilities", patience=1)
        return monitor
    except MonitorSilent:
        os.close(fd)
        raise


@contextlib.contextmanager
def opened():
    """The monitor.

    The greeting fills the port before it is opened, and its interrupt may get
    lost then; who opens it again gets another.
    """
    for left in reversed(range(PATIENCE)):
        try:
            monitor = _connect()
            break
        except MonitorSilent:
            if not left:
                raise
    try:
        yield monitor
    finally:
        os.close(monitor.fd)

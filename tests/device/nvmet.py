# SPDX-License-Identifier: GPL-2.0
"""The kernel's own NVMe target, reached over loop or TCP."""

import contextlib
import glob
import os
import re
import subprocess
import uuid

import pytest

from faults import SIZE, wait_for, write_text
from namespace import Namespace

CONFIG = "/sys/kernel/config"
NVMET = CONFIG + "/nvmet"
FABRICS = "/dev/nvme-fabrics"
MODULES = {"loop": ("nvmet", "nvme-loop", "loop"),
           "tcp": ("nvmet", "nvmet-tcp", "nvme-tcp", "loop")}
ADDRESS = "127.0.0.1"
SERVICE = 4420
# Seconds until the host connects anew, and until it gives up
RECONNECT = "reconnect_delay=1,ctrl_loss_tmo=4"


def text_of(path):
    with contextlib.suppress(OSError), open(path, encoding="ascii") as file:
        return file.read().strip()
    return ""


def run(*command):
    return subprocess.run(command, check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


def ready_or_skip(transport):
    """Load what it needs."""
    for module in MODULES[transport]:
        if subprocess.run(["modprobe", "-q", module], check=False).returncode:
            pytest.skip(f"needs the kernel's module {module}")
    if not os.path.exists(NVMET):
        run("mount", "-t", "configfs", "configfs", CONFIG)
    assert os.path.exists(FABRICS)


def has_heads():
    return text_of("/sys/module/nvme_core/parameters/multipath") == "Y"


class Target:
    """A subsystem with one namespace, kept in a file, and two ports."""

    def __init__(self, folder, transport):
        self.transport = transport
        self.nqn = f"nqn.2014-08.org.nvmexpress:uuid:{uuid.uuid4()}"
        self.file = os.path.join(folder, "backing")
        self.ports = {}
        self.subsystem = f"{NVMET}/subsystems/{self.nqn}"
        self.ns = f"{self.subsystem}/namespaces/1"
        with open(self.file, "wb") as file:
            file.truncate(4 * SIZE)
        # of a file by itself the target counts no commands
        self.loop = run("losetup", "--find", "--show", self.file)
        os.mkdir(self.subsystem)
        write_text(f"{self.subsystem}/attr_allow_any_host", "1")
        os.mkdir(self.ns)
        write_text(f"{self.ns}/device_path", self.loop)
        self.enable(True)

    def enable(self, enabled):
        write_text(f"{self.ns}/enable", str(int(enabled)))

    def resize(self, size):
        """Of the file, its block device and the namespace of it."""
        os.truncate(self.file, size)
        run("losetup", "--set-capacity", self.loop)
        write_text(f"{self.ns}/revalidate_size", "1")

    def _port(self, name):
        number = 1 + max((int(port) for port in os.listdir(f"{NVMET}/ports")),
                         default=0)
        port = f"{NVMET}/ports/{number}"
        os.mkdir(port)
        write_text(f"{port}/addr_trtype", self.transport)
        if self.transport == "tcp":
            write_text(f"{port}/addr_adrfam", "ipv4")
            write_text(f"{port}/addr_traddr", ADDRESS)
            write_text(f"{port}/addr_trsvcid", str(SERVICE + number))
        else:
            write_text(f"{port}/addr_traddr", name)
        self.open(port)
        return port

    def open(self, port):
        """Let the subsystem be reached by a port."""
        os.symlink(self.subsystem, f"{port}/subsystems/{self.nqn}")

    def shut(self, port):
        """Break what was connected by it, and let nobody connect."""
        os.unlink(f"{port}/subsystems/{self.nqn}")

    def _way(self, name):
        if self.transport == "loop":
            return f"transport=loop,traddr={name}"
        service = text_of(f"{self.ports[name]}/addr_trsvcid")
        return (f"transport=tcp,traddr={ADDRESS},trsvcid={service},"
                f"{RECONNECT}")

    def connect(self, name):
        """By the port of this name; returns the controller's."""
        if name not in self.ports:
            self.ports[name] = self._port(name)
        with open(FABRICS, "r+b", buffering=0) as file:
            file.write(f"{self._way(name)},nqn={self.nqn}".encode())
            answer = file.read(256).decode()
        return "nvme" + re.search(r"instance=(\d+)", answer)[1]

    @property
    def controllers(self):
        return [os.path.basename(os.path.dirname(path))
                for path in glob.glob("/sys/class/nvme/nvme*/subsysnqn")
                if text_of(path) == self.nqn]

    @staticmethod
    def disconnect(controller):
        write_text(f"/sys/class/nvme/{controller}/delete_controller", "1")

    @property
    def _host(self):
        """The host's folder of the subsystem."""
        for path in glob.glob("/sys/class/nvme-subsystem/*/subsysnqn"):
            if text_of(path) == self.nqn:
                return os.path.dirname(path)
        return "/nonexistent"

    def take_turns(self):
        """Send by one path and then by the other, not by the first alone."""
        write_text(f"{self._host}/iopolicy", "round-robin")

    def _node(self, paths):
        found = glob.glob(f"{self._host}/nvme*/nvme*n*")
        if len(found) < paths:
            return None
        # a head, or what has none
        for head in glob.glob(f"{self._host}/nvme*n*") + found:
            found = re.fullmatch(r"nvme(\d+n\d+)", os.path.basename(head))
            if found and os.path.exists(f"/dev/ng{found[1]}"):
                return Namespace(f"/dev/ng{found[1]}")
        return None

    def namespace(self, paths=1):
        """The head, once it has so many paths and a size."""
        device = wait_for("the namespace is to be found",
                          lambda: self._node(paths))
        wait_for("it is to have a size", lambda: device.bytes)
        return device

    def close(self):
        for controller in self.controllers:
            self.disconnect(controller)
        for port in self.ports.values():
            if os.path.exists(f"{port}/subsystems/{self.nqn}"):
                self.shut(port)
            os.rmdir(port)
        self.enable(False)
        os.rmdir(self.ns)
        os.rmdir(self.subsystem)
        run("losetup", "--detach", self.loop)


@contextlib.contextmanager
def target_in(folder, transport="loop"):
    ready_or_skip(transport)
    target = Target(folder, transport)
    try:
        yield target
    finally:
        target.close()

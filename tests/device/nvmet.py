# SPDX-License-Identifier: GPL-2.0
"""The kernel's own NVMe target, reached over loop or TCP."""

import contextlib
import errno
import glob
import os
import re
import subprocess
import uuid

import pytest

from faults import (BLOCK, DEPTH, RESET, SIZE, SPARE, account, causes, kept,
                    processes, wait_for, write_text)
from namespace import Namespace

CONFIG = "/sys/kernel/config"
NVMET = CONFIG + "/nvmet"
FABRICS = "/dev/nvme-fabrics"
MODULES = {"loop": ("nvmet", "nvme-loop", "loop"),
           "tcp": ("nvmet-tcp", "nvme-tcp", "loop")}
ADDRESS = "127.0.0.1"
SERVICE = 4420


def text_of(path):
    with contextlib.suppress(OSError), open(path, encoding="ascii") as file:
        return file.read().strip()
    return ""


def run(*command):
    return subprocess.run(command, check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


def heads():
    """Whether the kernel makes a head of a namespace's paths."""
    return text_of("/sys/module/nvme_core/parameters/multipath") == "Y"


def ready_or_skip(transport):
    """Load what it needs."""
    for module in MODULES[transport]:
        if subprocess.run(["modprobe", "-q", module], check=False).returncode:
            pytest.skip(f"needs the kernel's module {module}")
    if not os.path.exists(NVMET):
        run("mount", "-t", "configfs", "configfs", CONFIG)
    assert os.path.exists(FABRICS)


class Target:
    """A subsystem with one namespace, kept in a file, and its ports."""

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

    def _address(self, name, number):
        if self.transport == "loop":
            return {"addr_traddr": name}
        return {"addr_traddr": ADDRESS, "addr_adrfam": "ipv4",
                "addr_trsvcid": str(SERVICE + number)}

    def _port(self, name):
        number = 1 + max((int(port) for port in os.listdir(f"{NVMET}/ports")),
                         default=0)
        port = f"{NVMET}/ports/{number}"
        os.mkdir(port)
        write_text(f"{port}/addr_trtype", self.transport)
        for key, value in self._address(name, number).items():
            write_text(f"{port}/{key}", value)
        self.ports[name] = port
        self.join(name)

    def join(self, name):
        """Let hosts in by the port of this name."""
        port = self.ports[name]
        os.symlink(self.subsystem, f"{port}/subsystems/{self.nqn}")

    def cut(self, name):
        """Close its connections and take no more."""
        os.unlink(f"{self.ports[name]}/subsystems/{self.nqn}")

    def state(self, name, state):
        """Tell the host of the ANA state of the path by this port."""
        write_text(f"{self.ports[name]}/ana_groups/1/ana_state", state)

    def connect(self, name, **options):
        """By the port of this name; returns the controller's."""
        if name not in self.ports:
            self._port(name)
        port = self.ports[name]
        options.update(transport=self.transport, nqn=self.nqn,
                       traddr=text_of(f"{port}/addr_traddr"))
        if self.transport == "tcp":
            options["trsvcid"] = text_of(f"{port}/addr_trsvcid")
        with open(FABRICS, "r+b", buffering=0) as file:
            file.write(",".join(f"{key}={value}" for key, value
                                in options.items()).encode())
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

    def path_state(self, controller):
        """What the host takes the path by this controller for."""
        path, = glob.glob(f"/sys/class/nvme/{controller}/nvme*c*n*")
        return text_of(f"{path}/ana_state")

    def _node(self, paths):
        if len(glob.glob(f"{self._host}/nvme*/nvme*n*")) < paths:
            return None
        # of several nodes any one
        for head in glob.glob(f"{self._host}/{'' if heads() else 'nvme*/'}"
                              "nvme*n*"):
            found = re.fullmatch(r"nvme(\d+n\d+)", os.path.basename(head))
            if found and os.path.exists(f"/dev/ng{found[1]}"):
                return Namespace(f"/dev/ng{found[1]}")
        return None

    def namespace(self, paths=1):
        """The head or a node, once it has so many paths and a size."""
        device = wait_for("the namespace is to be found",
                          lambda: self._node(paths))
        wait_for("it is to have a size", lambda: device.bytes)
        return device

    def close(self):
        for controller in self.controllers:
            self.disconnect(controller)
        for name, port in self.ports.items():
            with contextlib.suppress(FileNotFoundError):
                self.cut(name)
            os.rmdir(port)
        self.enable(False)
        os.rmdir(self.ns)
        os.rmdir(self.subsystem)
        run("losetup", "--detach", self.loop)


@contextlib.contextmanager
def target_in(folder, transport="loop"):
    """One for a test, which leaves no process of fio's behind."""
    if heads() != (transport == "loop"):
        pytest.skip("over loop with multipath heads, over TCP without")
    ready_or_skip(transport)
    target = Target(folder, transport)
    try:
        yield target
    finally:
        target.close()
    assert not processes()


# Over TCP: seconds between two tries to connect, and until it is given up
AGAIN = {"reconnect_delay": 1, "ctrl_loss_tmo": 60}
BRIEFLY = {"reconnect_delay": 1, "ctrl_loss_tmo": 2}

# What the tests of faults have in common

ON = {"continue_on_error": "all"}
ENDS = {}
# A few seconds' worth of writes are left when the fault is made
PACE = {"rate_iops": ",400"}
WHOLE = SIZE // BLOCK
# What a job at that pace may take, with a fault in it, on a busy host
PATIENCE = WHOLE // 400 + RESET + SPARE
both_ways = pytest.mark.parametrize("extra", [ON, ENDS], ids=["on", "ends"])


def judge(run, extra):
    """A job that is told to outlives errors of I/O; the other says 1."""
    assert run.job["error"] == errno.EIO, run
    assert run.status == (0 if extra else 1), run
    if extra:
        assert run.total("write") == WHOLE, run
    else:
        assert run.total("write") < WHOLE, run


def in_words(run, failed):
    """Nothing that failed is said to be anybody's fault but the device's."""
    lines = causes(run)
    assert lines, run
    if failed:
        for line in lines:
            assert "sct 0x" in line or "no path" in line or \
                "cancelled it" in line, run
    return lines


def carried(device, run, trace):
    """One path was there all the time: what was on its way failed at most."""
    done, failed = account(run, trace)
    assert run.status == 0 and run.total("write") == WHOLE, run
    assert len(failed) <= DEPTH, run
    if failed:
        in_words(run, failed)
    else:
        run.clean()
    assert not processes()
    assert not kept(device, done), run

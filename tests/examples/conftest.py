# SPDX-License-Identifier: GPL-2.0
"""Fixtures for the measuring scripts: sysfs in a folder, no device."""

import importlib.machinery
import importlib.util
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../../examples"))


class Machine:
    """A folder that looks like the root of a machine."""

    def __init__(self, root):
        self.root = str(root)

    def put(self, path, text=""):
        name = self.root + path
        os.makedirs(os.path.dirname(name), exist_ok=True)
        with open(name, "w", encoding="ascii") as file:
            file.write(f"{text}\n")

    def link(self, path, target):
        name = self.root + path
        os.makedirs(os.path.dirname(name), exist_ok=True)
        os.symlink(self.root + target, name)

    def controller(self, number, folder, **values):
        """A controller of a PCI device; returns its folder."""
        path = f"{folder}/nvme/nvme{number}"
        for name, value in values.items():
            self.put(f"{path}/{name}", value)
        self.link(f"{path}/device", folder)
        return path

    def disk(self, name, folder, sectors=2048, **queue):
        self.put(f"{folder}/{name}/size", sectors)
        self.put(f"{folder}/{name}/nsid", 1)
        for key, value in {"logical_block_size": 512, **queue}.items():
            self.put(f"{folder}/{name}/queue/{key}", value)
        self.link(f"/sys/block/{name}", f"{folder}/{name}")


@pytest.fixture(name="machine")
def fixture_machine(tmp_path):
    return Machine(tmp_path)


@pytest.fixture(name="plain")
def fixture_plain(machine):
    """nvme0n1, a drive with one path, on node 0."""
    machine.put("/dev/ng0n1")
    pci = "/sys/devices/pci0/0000:01:00.0"
    folder = machine.controller(0, pci, model="Fast Drive  ",
                                firmware_rev="1.2", serial="S1", numa_node=0)
    machine.disk("nvme0n1", folder, io_poll=1, scheduler="[none] mq-deadline",
                 max_hw_sectors_kb=512, max_segments=127)
    machine.link("/sys/class/nvme-generic/ng0n1/device", folder)
    machine.put(f"{pci}/iommu_group/type", "DMA-FQ")
    machine.put("/sys/devices/system/node/node0/cpulist", "0-1023")
    return machine


@pytest.fixture(name="headed")
def fixture_headed(machine):
    """nvme1n1, a multipath head over two controllers."""
    machine.put("/dev/ng1n1")
    subsystem = "/sys/devices/virtual/nvme-subsystem/nvme-subsys1"
    machine.put(f"{subsystem}/model", "Head")
    machine.disk("nvme1n1", subsystem, io_poll=0)
    machine.link("/sys/class/nvme-generic/ng1n1/device", subsystem)
    machine.link("/sys/class/nvme-subsystem/nvme-subsys1", subsystem)
    for number in (1, 2):
        pci = f"/sys/devices/pci0/0000:0{number}:00.0"
        folder = machine.controller(number, pci, numa_node=-1)
        machine.put(f"{pci}/numa_node", 1)
        machine.put(f"{pci}/iommu_group/type", "identity")
        machine.disk(f"nvme1c{number}n1", folder, io_poll=1,
                     logical_block_size=4096)
        machine.link(f"{subsystem}/nvme{number}", folder)
    return machine


@pytest.fixture(name="null_script")
def fixture_null_script(machine, monkeypatch):
    """Loads a script of examples/ for the namespaces of the machine, with
    fio's null engine in the place of every other.
    """
    # pylint: disable=import-outside-toplevel # the path is set above
    from measure import job
    from measure.sysfs import Namespace

    def load(name):
        path = os.path.join(os.path.dirname(os.path.dirname(job.__file__)),
                            name)
        loader = importlib.machinery.SourceFileLoader(f"{name}_script", path)
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        spec = importlib.util.spec_from_loader(loader.name, loader)
        script = importlib.util.module_from_spec(spec)
        loader.exec_module(script)
        monkeypatch.setattr(script, "Namespace",
                            lambda device: Namespace(device, machine.root))
        return script

    monkeypatch.setattr(job, "engine_arguments", lambda *_: [
        "--ioengine=null", "--filesize=1g"])
    # options of the engines that the null engine has not
    real = job.Job.arguments
    monkeypatch.setattr(job.Job, "arguments", lambda *arguments: [
        word for word in real(*arguments) if not word.startswith(
            ("--registerfiles", "--hipri", "--fixedbufs", "--sqthread"))])
    return load

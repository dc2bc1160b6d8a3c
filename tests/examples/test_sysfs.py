# SPDX-License-Identifier: GPL-2.0
"""What is read of a namespace and of the machine."""

import os

import pytest

from measure import Failure, sysfs
from measure.sysfs import Namespace


def test_plain_namespace(plain):
    namespace = Namespace("/dev/ng0n1", plain.root)
    assert namespace.block == "/dev/nvme0n1"
    assert (namespace.bytes, namespace.lba) == (2048 * 512, 512)
    assert (namespace.model, namespace.firmware) == ("Fast Drive", "1.2")
    assert namespace.serial == "S1" and namespace.nsid == 1
    assert namespace.polls and not namespace.head
    assert namespace.scheduler == "none"
    assert namespace.iommu == "DMA-FQ"
    assert namespace.numa_node == 0
    assert namespace.cpus == sorted(os.sched_getaffinity(0))


def test_head_takes_its_paths_values(headed):
    namespace = Namespace("/dev/ng1n1", headed.root)
    assert namespace.head and len(namespace.paths) == 2
    assert namespace.lba == 4096
    assert namespace.polls
    assert namespace.numa_node == 1
    assert namespace.iommu == "identity"
    assert namespace.model == "Head"


def test_namespace_on_no_node_may_use_every_processor(headed):
    # there is no node1 in this machine's sysfs
    namespace = Namespace("/dev/ng1n1", headed.root)
    assert namespace.cpus == sorted(os.sched_getaffinity(0))


def test_processors_are_those_of_the_node(plain):
    one = min(os.sched_getaffinity(0))
    plain.put("/sys/devices/system/node/node0/cpulist", f"{one},4000-4003")
    assert Namespace("/dev/ng0n1", plain.root).cpus == [one]


# -- over fabrics -------------------------------------------------------------

NVME0 = "/sys/class/nvme-generic/ng0n1/device"


def over(machine, transport, device="/dev/ng0n1"):
    machine.put(f"{NVME0}/transport", transport)
    machine.put("/sys/module/nvme/parameters/poll_queues", 4)
    return Namespace(device, machine.root)


@pytest.mark.parametrize("transport, fabrics", [
    ("pcie", False), ("apple-nvme", False), ("tcp", True), ("rdma", True),
    ("fc", True), ("loop", True)])
def test_transport(plain, transport, fabrics):
    namespace = over(plain, transport)
    assert (namespace.transport, namespace.fabrics) == (transport, fabrics)
    # nothing of PCIe's driver is said of another's namespace
    assert namespace.poll_queues == ("of unknown number" if fabrics else "4")
    assert namespace.iommu == ("unknown" if fabrics else "DMA-FQ")
    plain.put("/sys/block/nvme0n1/queue/io_poll", 0)
    assert over(plain, transport).poll_queues == ("0" if fabrics else "4")


def test_transport_where_none_is_told(plain):
    namespace = Namespace("/dev/ng0n1", plain.root)
    assert (namespace.transport, namespace.fabrics) == ("unknown", False)


def test_transports_of_a_head_are_its_paths(headed):
    for number, transport in ((1, "tcp"), (2, "rdma")):
        headed.put(f"/sys/class/nvme-subsystem/nvme-subsys1/nvme{number}/"
                   "transport", transport)
    namespace = Namespace("/dev/ng1n1", headed.root)
    assert namespace.transport == "rdma, tcp" and namespace.fabrics


@pytest.mark.parametrize("transport, advice", [
    ("pcie", "nvme.poll_queues=1"), ("tcp", "nvme connect --nr-poll-queues"),
    ("rdma", "nvme connect --nr-poll-queues"), ("loop", "over loop there is"),
    ("fc", "over fc there is none")])
def test_advice_on_polling_is_of_the_driver(plain, transport, advice):
    plain.put("/sys/block/nvme0n1/queue/io_poll", 0)
    namespace = over(plain, transport)
    assert advice in namespace.polling_advice
    with pytest.raises(Failure, match=advice):
        sysfs.settle_polling(namespace, "yes")


def test_trouble_is_told_in_words(plain):
    namespace = Namespace("/dev/ng0n1", plain.root)
    assert namespace.trouble is None
    for state, words in (("live", None), (
            "connecting", "the controller of /dev/ng0n1 is connecting")):
        plain.put(f"{NVME0}/state", state)
        assert namespace.trouble == words
    os.unlink(f"{plain.root}{NVME0}")
    assert namespace.trouble == "no controller leads to /dev/ng0n1 any more"
    os.unlink(f"{plain.root}/dev/ng0n1")
    assert namespace.trouble == "/dev/ng0n1 is gone"


def test_head_with_one_path_is_in_no_trouble(headed):
    namespace = Namespace("/dev/ng1n1", headed.root)
    at = "/sys/class/nvme-subsystem/nvme-subsys1/nvme"
    for number, state in ((1, "connecting"), (2, "live")):
        headed.put(f"{at}{number}/state", state)
    assert namespace.trouble is None
    headed.put(f"{at}2/state", "deleting")
    assert namespace.trouble == ("the controller of /dev/ng1n1 is connecting "
                                 "and deleting")


# -- sizes and names ----------------------------------------------------------

def test_limit_is_the_smaller_of_transfer_and_segments(plain):
    assert Namespace("/dev/ng0n1", plain.root).limit == 127 * 4096
    plain.put("/sys/block/nvme0n1/queue/max_hw_sectors_kb", 128)
    assert Namespace("/dev/ng0n1", plain.root).limit == 128 * 1024


def test_namespace_without_a_block_device(plain):
    plain.put("/sys/block/nvme0n1/size", 0)
    namespace = Namespace("/dev/ng0n1", plain.root)
    assert namespace.block is None
    with pytest.raises(Failure, match="/dev/ng0n1: it has no block device"):
        namespace.need_block_device()


@pytest.mark.parametrize("device, hint", [
    ("/dev/nvme0n1", "use /dev/ng0n1"),
    ("/dev/nvme0", "use /dev/ngXnY"),
    ("/dev/ng7n1", "no such device"),
])
def test_other_devices_are_refused_in_one_line(plain, device, hint):
    with pytest.raises(Failure, match=hint) as refused:
        Namespace(device, plain.root)
    assert "\n" not in str(refused.value) and device in str(refused.value)


@pytest.mark.parametrize("text, cpus", [
    ("0-3,8", [0, 1, 2, 3, 8]), ("5", [5]), ("", []), ("0-1,4-5\n",
                                                       [0, 1, 4, 5])])
def test_cpu_list(text, cpus):
    assert sysfs.cpu_list(text) == cpus


@pytest.mark.parametrize("release, safe", [
    ("6.1.0-37-cloud-amd64", False), ("6.4.12", False), ("6.5.0", True),
    ("6.12.41", True), ("7.2-rc1", True)])
def test_polling_is_safe_from_6_5_on(release, safe):
    assert sysfs.polling_is_safe(release) == safe


@pytest.mark.parametrize("asked, polls, safe, polled", [
    ("auto", True, True, True), ("auto", True, False, False),
    ("auto", False, True, False), ("no", True, True, False),
    ("yes", True, True, True)])
def test_polling_is_settled(plain, monkeypatch, asked, polls, safe, polled):
    plain.put("/sys/block/nvme0n1/queue/io_poll", int(polls))
    monkeypatch.setattr(sysfs, "polling_is_safe", lambda: safe)
    namespace = Namespace("/dev/ng0n1", plain.root)
    assert sysfs.settle_polling(namespace, asked) == polled


@pytest.mark.parametrize("polls, safe, hint", [
    (False, True, "no poll queue"), (True, False, "Linux 6.5 or later")])
def test_polling_that_cannot_be_is_refused(plain, monkeypatch, polls, safe,
                                           hint):
    plain.put("/sys/block/nvme0n1/queue/io_poll", int(polls))
    monkeypatch.setattr(sysfs, "polling_is_safe", lambda: safe)
    with pytest.raises(Failure, match=hint):
        sysfs.settle_polling(Namespace("/dev/ng0n1", plain.root), "yes")


def test_machine_wide_values(machine):
    assert sysfs.governor(machine.root) == "none"
    assert sysfs.poll_queues(machine.root) == "0"
    for number, name in enumerate(["powersave", "performance", "powersave"]):
        machine.put(f"/sys/devices/system/cpu/cpu{number}/cpufreq/"
                    "scaling_governor", name)
    machine.put("/sys/module/nvme/parameters/poll_queues", 4)
    machine.put("/proc/cpuinfo", "model name\t: A Processor\nother : x")
    assert sysfs.governor(machine.root) == "performance, powersave"
    assert sysfs.poll_queues(machine.root) == "4"
    assert sysfs.processor(machine.root) == "A Processor"


def test_release_of_the_kernel():
    assert sysfs.kernel("6.12.41+deb13-amd64") == (6, 12)
    assert sysfs.kernel("7.2-rc1") == (7, 2)


def test_threads_of_one_core(machine):
    machine.put("/sys/devices/system/cpu/cpu1/topology/thread_siblings_list",
                "1,5")
    assert sysfs.siblings(1, machine.root) == [1, 5]
    assert sysfs.siblings(2, machine.root) == [2]

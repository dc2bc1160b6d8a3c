# SPDX-License-Identifier: GPL-2.0
"""A job as fio's arguments."""

import os

import pytest

from measure import Failure, fio
from measure.job import (BLOCK, CMD, ENGINES, OWN, Ios, Job, Seconds,
                         choose_engines)
from measure.sysfs import Namespace

PLUGIN = "/lib/plugin.so"


@pytest.fixture(name="namespace")
def fixture_namespace(plain):
    return Namespace("/dev/ng0n1", plain.root)


def arguments(namespace, engine=OWN, length=Seconds(5), **values):
    return Job(**values).arguments(engine, namespace, PLUGIN, length)


@pytest.mark.parametrize("engine, expected", [
    (BLOCK, ["--ioengine=io_uring", "--direct=1", "--filename=/dev/nvme0n1",
             "--allow_file_create=0"]),
    (CMD, ["--ioengine=io_uring_cmd", "--cmd_type=nvme",
           "--filename=/dev/ng0n1"]),
    (OWN, [f"--ioengine=external:{PLUGIN}", "--filename=/dev/ng0n1"]),
])
def test_engine_and_device_come_first(namespace, engine, expected):
    found = arguments(namespace, engine)
    assert found[0] == "--name=measure"
    assert found[1:1 + len(expected)] == expected


def test_engines_differ_in_nothing_else(namespace):
    rests = {tuple(argument for argument in arguments(
        namespace, engine, depth=8, batch=4, polled=True, fixedbufs=True)
        if not argument.startswith((
            "--ioengine", "--direct", "--filename", "--cmd_type",
            "--allow_file_create"))) for engine in ENGINES}
    assert len(rests) == 1


def test_device_that_went_does_not_become_a_file(namespace, tmp_path):
    namespace.block = str(tmp_path / "nvme0n1")
    words = arguments(namespace, BLOCK, Ios(4), rw="randwrite", bs=4096,
                      size=1 << 20)
    # an engine that runs everywhere, and has none of the others' options
    words = [word.replace("=io_uring", "=psync") for word in words
             if not word.startswith(("--registerfiles", "--hipri",
                                     "--fixedbufs"))]
    with pytest.raises(Failure, match="file creation disallowed"):
        fio.run("fio", words, "it")
    assert not os.path.exists(namespace.block)


def test_values_reach_fio(namespace):
    found = arguments(namespace, rw="randwrite", bs=4096, depth=64, batch=16,
                      polled=True, fixedbufs=True, cpus=3, size=1 << 20,
                      gtod_reduce=False, extra=("--thread",), name="x")
    for argument in ("--name=x", "--rw=randwrite", "--bs=4096",
                     "--iodepth=64", "--iodepth_batch_submit=16",
                     "--iodepth_batch_complete_min=16", "--hipri=1",
                     "--fixedbufs=1", "--cpus_allowed=3", "--size=1048576",
                     "--thread", "--norandommap", "--registerfiles"):
        assert argument in found
    assert "--readonly" not in found and "--gtod_reduce=1" not in found


def test_reads_are_read_only_and_fully_default(namespace):
    for rw in ("read", "randread"):
        found = arguments(namespace, rw=rw)
        assert {"--readonly", "--gtod_reduce=1", "--hipri=0"} <= set(found)
        assert not [argument for argument in found
                    if argument.startswith(("--cpus_allowed", "--size"))]
    assert "--readonly" not in arguments(namespace, rw="randrw")


def test_batch_is_at_most_the_depth(namespace):
    assert "--iodepth_batch_submit=4" in arguments(namespace, depth=4,
                                                   batch=32)


def test_lengths(namespace):
    found = arguments(namespace, length=Seconds(2.5, ramp=0.5))
    assert found[-3:] == ["--time_based", "--runtime=2500ms",
                          "--ramp_time=500ms"]
    assert not [argument for argument in arguments(namespace)
                if "ramp" in argument]
    found = arguments(namespace, bs=4096, length=Ios(1000))
    assert found[-2:] == ["--number_ios=1000", "--io_size=4096000"]


def test_block_engine_needs_a_block_device(plain):
    plain.put("/sys/block/nvme0n1/size", 0)
    namespace = Namespace("/dev/ng0n1", plain.root)
    assert arguments(namespace, OWN)
    with pytest.raises(Failure, match="no block device"):
        arguments(namespace, BLOCK)


def test_choose_engines():
    assert choose_engines("nvme_passthru,io_uring,io_uring") == [OWN, BLOCK]
    for text in ("", "libaio", "io_uring,spdk"):
        with pytest.raises(Failure, match="no such engine"):
            choose_engines(text)

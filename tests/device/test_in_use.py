# SPDX-License-Identifier: GPL-2.0
"""A namespace in use is not written."""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys

import pytest

from namespace import KIB, MIB, Namespace, unwritten

WRITE = {"rw": "randwrite", "bs": "4k", "size": "4m", "number_ios": 64}
# else the kernel goes on writing in the background
AT_ONCE = ("-E", "lazy_itable_init=0,lazy_journal_init=0")
WRITERS = [
    {"rw": "write"}, {"rw": "randtrim"}, {"rw": "randrw"},
    {"rw": "trimwrite"}, {"rw": "randwrite", "fixedbufs": 1, "thread": 1},
    {"write_mode": "zeroes"}, {"write_mode": "verify"}]


def tool(*command, **more):
    if not shutil.which(command[0]):
        pytest.skip(f"needs {command[0]}")
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False,
                          timeout=120, **more)
    assert done.returncode == 0, done
    return done.stdout


def wipe(namespace):
    """Nothing of an earlier test may be recognised by the next one's tools."""
    tool("wipefs", "-q", "-a", namespace.block)
    namespace.write(0, bytes(MIB))
    namespace.write(namespace.bytes - MIB, bytes(MIB))


@contextlib.contextmanager
def mounted(block, where):
    tool("mount", "-t", "ext4", block, str(where))
    try:
        yield
    finally:
        tool("umount", str(where))


@pytest.fixture(name="filesystem")
def fixture_filesystem(data0, tmp_path):
    """An ext4 with one file on the whole of data0: where to mount it."""
    wipe(data0)
    tool("mke2fs", "-q", "-F", "-t", "ext4", *AT_ONCE, data0.block, "16m")
    where = tmp_path / "mnt"
    where.mkdir()
    with mounted(data0.block, where):
        (where / "file").write_bytes(os.urandom(MIB))
    return where


def file_hash(where):
    return hashlib.sha256((where / "file").read_bytes()).hexdigest()


@pytest.mark.smoke
def test_mounted_file_system_stays_whole(fio, data0, filesystem):
    with mounted(data0.block, filesystem):
        before = file_hash(filesystem)
        os.sync()
        region = data0.digest(0, 16 * MIB)
        for options in WRITERS:
            run = fio({"filename": data0.ng, **WRITE, **options})
            run.refused(data0.ng, f"{data0.block} is mounted on {filesystem}",
                        "allow_mounted_write=1")
        assert data0.digest(0, 16 * MIB) == region
    tool("e2fsck", "-f", "-n", data0.block)
    with mounted(data0.block, filesystem):
        assert file_hash(filesystem) == before


def test_mounted_file_system_is_read(fio, data0, filesystem):
    with mounted(data0.block, filesystem):
        fio({"filename": data0.ng, **WRITE, "rw": "randread"}).clean()
        run = fio(arguments=["--readonly"], filename=data0.ng, rw="read",
                  bs="4k", number_ios=4)
        run.clean()


def test_override(fio, data0, filesystem):
    with mounted(data0.block, filesystem):
        run = fio({"filename": data0.ng, **WRITE, "offset": "64m",
                   "allow_mounted_write": 1, "verify": "crc32c"}).clean()
        assert run.total("write") == 64
    tool("e2fsck", "-f", "-n", data0.block)


def test_replay_of_writes(fio, data0, filesystem, tmp_path):
    """What a log holds is not known before it runs: it counts as writing."""
    log = tmp_path / "log"
    log.write_text("fio version 2 iolog\n" f"{data0.ng} add\n"
                   f"{data0.ng} open\n{data0.ng} write 0 4096\n"
                   f"{data0.ng} close\n")
    with mounted(data0.block, filesystem):
        os.sync()
        before = data0.digest(0, 16 * MIB)
        run = fio(read_iolog=str(log))
        run.refused("is mounted on")
        redirected = fio(read_iolog=str(log), replay_redirect=data0.ng)
        redirected.refused("is mounted on")
        # setup sees this file, and is to know that it will be written
        named = fio(filename=data0.ng, read_iolog=str(log))
        named.refused("is mounted on")
        assert data0.digest(0, 16 * MIB) == before
    tool("e2fsck", "-f", "-n", data0.block)
    fio(read_iolog=str(log)).clean()


def make_partition(namespace):
    """One partition from 1 MiB on, in the MBR's own format."""
    entry = (b"\0\0\2\0\x83\xff\xff\xff" + (2048).to_bytes(4, "little") +
             (65536).to_bytes(4, "little"))
    sector = bytes(446) + entry + bytes(48) + b"\x55\xaa"
    namespace.write(0, sector)
    tool("partx", "-a", namespace.block)
    return f"{namespace.block}p1"


@pytest.fixture(name="partition")
def fixture_partition(data0):
    wipe(data0)
    yield make_partition(data0)
    tool("partx", "-d", data0.block)
    wipe(data0)


def test_mounted_partition(fio, data0, partition, tmp_path):
    tool("mke2fs", "-q", "-F", "-t", "ext4", *AT_ONCE, partition, "16m")
    with mounted(partition, tmp_path):
        os.sync()
        before = data0.digest(0, 18 * MIB)
        fio({"filename": data0.ng, **WRITE}).refused(
            data0.ng, f"{partition} is mounted on {tmp_path}")
        assert data0.digest(0, 18 * MIB) == before
        fio({"filename": data0.ng, **WRITE, "rw": "randread"}).clean()
    tool("e2fsck", "-f", "-n", partition)


def test_partition_that_nobody_uses(fio, data0, partition):
    assert os.path.exists(partition)
    run = fio({"filename": data0.ng, **WRITE, "offset": "64m"}).clean()
    assert run.total("write") == 64


def test_swap(fio, data0):
    wipe(data0)
    tool("mkswap", data0.block)
    tool("swapon", data0.block)
    try:
        before = data0.digest(0, MIB)
        fio({"filename": data0.ng, **WRITE}).refused(
            f"{data0.block} is in use as swap")
        assert data0.digest(0, MIB) == before
    finally:
        tool("swapoff", data0.block)
        wipe(data0)


def test_md(fio, data0):
    wipe(data0)
    tool("mdadm", "--create", "/dev/md/fio", "--level=1", "--force", "--run",
         "--raid-devices=1", "--metadata=1.2", data0.block)
    try:
        name = os.path.basename(os.path.realpath(
            f"/sys/block/{data0.disk}/holders/" +
            os.listdir(f"/sys/block/{data0.disk}/holders")[0]))
        before = data0.digest(0, MIB)
        fio({"filename": data0.ng, **WRITE}).refused(f"MD array {name}")
        assert data0.digest(0, MIB) == before
    finally:
        tool("mdadm", "--stop", "/dev/md/fio")
        wipe(data0)


def test_lvm(fio, data0):
    wipe(data0)
    environment = {**os.environ, "DM_DISABLE_UDEV": "1"}
    config = ("--config", "devices/use_devicesfile=0 "
              f"devices/filter=[\"a|{data0.block}$|\",\"r|.*|\"]")
    tool("pvcreate", "-y", *config, data0.block, env=environment)
    tool("vgcreate", *config, "fiogroup", data0.block, env=environment)
    try:
        # no volume is active yet: nothing holds the disk
        tool("lvcreate", "-y", "-Wn", "-Zn", *config, "-n", "volume", "-L",
             "16m", "fiogroup", env=environment)
        before = data0.digest(0, MIB)
        fio({"filename": data0.ng, **WRITE}).refused(
            "LVM volume fiogroup-volume")
        assert data0.digest(0, MIB) == before
    finally:
        tool("vgremove", "-y", "-f", *config, "fiogroup", env=environment)
        wipe(data0)


@pytest.mark.parametrize("uuid, words", [
    ("CRYPT-PLAIN-fio", "dm-crypt volume fio-above"),
    ("mpath-fio", "multipath device fio-above"),
    ("fio", "device mapper fio-above")])
def test_device_mapper(fio, data0, uuid, words):
    """By the UUID that each tool gives its devices."""
    tool("dmsetup", "create", "fio-above", "--noudevsync", "--uuid", uuid,
         "--table", f"0 2048 linear {data0.block} 0")
    try:
        with unwritten(data0):
            fio({"filename": data0.ng, **WRITE}).refused(data0.ng, words)
            fio({"filename": data0.ng, **WRITE, "rw": "randread"}).clean()
    finally:
        tool("dmsetup", "remove", "--noudevsync", "fio-above")
    fio({"filename": data0.ng, **WRITE}).clean()


def nodes_of(namespace):
    """All that lead to a namespace, by what identifies it."""
    def wwid(disk):
        with open(f"/sys/block/{disk}/wwid", encoding="ascii") as file:
            return file.read()
    return [Namespace(f"/dev/ng{disk[4:]}")
            for disk in os.listdir("/sys/block")
            if re.fullmatch(r"nvme\d+n\d+", disk) and
            wwid(disk) == wwid(namespace.disk)]


def test_every_node_of_a_namespace(fio, mpath0, tmp_path):
    """One for both paths, or with nvme_core.multipath=N one for each."""
    with open("/sys/module/nvme_core/parameters/multipath",
              encoding="ascii") as file:
        heads = file.read().strip() == "Y"
    nodes = nodes_of(mpath0)
    assert len(nodes) == (1 if heads else 2)
    tool("mke2fs", "-q", "-F", "-t", "ext4", *AT_ONCE, mpath0.block)
    for used in nodes:
        with mounted(used.block, tmp_path):
            for node in nodes:
                fio({"filename": node.ng, **WRITE}).refused(
                    node.ng, f"{used.block} is mounted on {tmp_path}")
        with held(used.block) as process:
            for node in nodes:
                fio({"filename": node.ng, **WRITE}).refused(
                    node.ng, f"process {process.pid}", used.disk)
    tool("e2fsck", "-f", "-n", mpath0.block)
    tool("wipefs", "-q", "-a", mpath0.block)
    for node in nodes:
        fio({"filename": node.ng, **WRITE}).clean()


def test_who_writes(fio, data0):
    """A second fio is told of the first, which is the one that holds it."""
    first = fio.start(filename=data0.ng, **WRITE, numjobs=2, time_based=1,
                      runtime=60)
    try:
        while f" {first.pid} " not in locks():
            assert first.poll() is None
        fio({"filename": data0.ng, **WRITE}).refused(
            f"process {first.pid} (fio) writes to it")
    finally:
        first.terminate()
        first.communicate()
    fio({"filename": data0.ng, **WRITE}).clean()


def locks():
    with open("/proc/locks", encoding="ascii") as file:
        return "".join(line for line in file if "FLOCK" in line)


HOLD = """
import os, sys
os.open(sys.argv[1], os.O_RDONLY | os.O_EXCL)
print("held", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def held(block):
    with subprocess.Popen([sys.executable, "-c", HOLD, block], text=True,
                          stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.stdin.close()
        process.wait(120)


def test_another_program(fio, data0):
    with held(data0.block) as process, unwritten(data0):
        fio({"filename": data0.ng, **WRITE}).refused(
            f"process {process.pid}", "python3", data0.block)
        fio({"filename": data0.ng, **WRITE, "rw": "randread"}).clean()
    fio({"filename": data0.ng, **WRITE}).clean()


def test_second_fio(fio, data0):
    """Two at once on one namespace would spoil each other's data."""
    with held(data0.block):
        fio({"filename": data0.ng, **WRITE, "numjobs": 2,
             "allow_mounted_write": 1}).clean()
    run = fio({"filename": data0.ng, **WRITE}, {"filename": data0.ng, **WRITE,
                                                "offset": "8m", "thread": 1})
    assert run.clean().total("write") == 128


@pytest.mark.parametrize("extra", [{}, {"thread": 1}, {"numjobs": 3}],
                         ids=["forked", "thread", "numjobs"])
def test_nobody_mounts_it_meanwhile(fio, data0, filesystem, extra, tmp_path):
    """A job tries to mount what it writes, before and after its I/O."""
    script = tmp_path / "try"
    script.write_text(f"#!/bin/sh\nmount -t ext4 {data0.block} {filesystem}\n"
                      f"echo $? >>{tmp_path}/statuses\n")
    script.chmod(0o755)
    try:
        run = fio({"filename": data0.ng, **WRITE, "offset": "64m",
                   "exec_prerun": str(script), "exec_postrun": str(script),
                   **extra})
        assert not os.path.ismount(filesystem)
    finally:
        while os.path.ismount(filesystem):
            tool("umount", str(filesystem))
    assert run.status == 0, run
    assert run.total("write") == 64 * extra.get("numjobs", 1)
    statuses = (tmp_path / "statuses").read_text().split()
    # mount(8): 32 is a mount that failed
    assert statuses == ["32"] * 2 * extra.get("numjobs", 1)
    with mounted(data0.block, filesystem):
        assert file_hash(filesystem)


def test_a_read_job_keeps_nobody_off(fio, data0, filesystem, tmp_path):
    script = tmp_path / "try"
    script.write_text(f"#!/bin/sh\nmount -t ext4 {data0.block} {filesystem}\n")
    script.chmod(0o755)
    run = fio({"filename": data0.ng, **WRITE, "rw": "randread",
               "exec_prerun": str(script)})
    assert run.status == 0, run
    assert os.path.ismount(filesystem)
    tool("umount", str(filesystem))


def test_no_block_device(fio, extended):
    """Its block device has no size, and can be held all the same."""
    run = fio(filename=extended.ng, rw="write", bs=520, number_ios=8).clean()
    assert run.total("write", "io_bytes") == 8 * 520


def test_create_serialize(fio, data0):
    """fio then sets jobs up in their own processes, where a hold would be
    too late: either the disk is held all the same, or nothing is written."""
    options = {"filename": data0.ng, **WRITE, "create_serialize": 0}
    before = data0.host_writes()
    run = fio({**options, "numjobs": 2})
    if run.status:
        assert "create_serialize=0" in run.err, run
        assert data0.host_writes() == before
    else:
        assert run.clean().total("write") == 128
    with held(data0.block), unwritten(data0):
        fio(options).refused()
    fio({**options, "rw": "randread"}).clean()


def test_data_beside_the_job_stays(fio, data0):
    data0.fill(0, MIB)
    before = data0.digest(0, MIB)
    fio({"filename": data0.ng, **WRITE, "offset": "1m",
         "size": 64 * KIB}).clean()
    assert data0.digest(0, MIB) == before

# SPDX-License-Identifier: GPL-2.0
"""What is wrong is refused in one line, before anything is written."""

import contextlib
import glob
import json
import os
import re
import stat
import subprocess

import pytest

import fio as fio_module
from fio import engine_options, kernel
from namespace import KIB, MIB, unwritten
from users import mode, nobody

WRITE = {"rw": "write", "bs": "4k", "size": "1m"}


def nothing_done(run):
    """If fio got as far as its figures, they say so."""
    if "{" in run.out:
        for direction in ("read", "write", "trim"):
            assert run.total(direction) == 0, run


def refuse(fio, namespace, *words, **options):
    with unwritten(namespace):
        run = fio({"filename": namespace.ng, **WRITE, **options})
        line = run.refused(namespace.ng, *words)
    nothing_done(run)
    assert len(line) < 600
    return line


# -- sizes

@pytest.mark.smoke
@pytest.mark.parametrize("bs", ["513", "1000", "4095"])
def test_block_size_of_no_whole_blocks(fio, device, bs):
    refuse(fio, device, f"bs={bs}", f"logical block of {device.lba} bytes",
           f"use a multiple of {device.lba}", bs=bs)


def test_block_size_below_the_logical_block(fio, data0_4k):
    refuse(fio, data0_4k, "bs=512", "logical block of 4096 bytes", bs="512")


@pytest.mark.parametrize("options", [
    {"bs": "4k,6000"}, {"bsrange": "1000-8k", "bs": None},
    {"bssplit": "4k/50:5000/50", "bs": None},
    {"rw": "randwrite", "ba": "1000"}, {"bs": "4k", "offset": "700"}],
    ids=lambda options: "".join(key for key in options if options[key]))
def test_other_sizes_of_no_whole_blocks(fio, data0, options):
    refuse(fio, data0, "logical block of 512 bytes", **options)


def test_trim_of_no_whole_blocks(fio, data0):
    refuse(fio, data0, "bs=700", rw="trim", bs="700")


@pytest.mark.smoke
@pytest.mark.parametrize("rw", ["write", "read"])
def test_command_above_the_limit(fio, device, rw):
    """The largest that the device takes works, a block more does not."""
    limit = device.limit
    fio({"filename": device.ng, **WRITE, "rw": rw, "bs": limit * 2,
         "cmd_bs": limit, "size": limit * 2}).clean()
    line = refuse(fio, device, f"cmd_bs={limit + device.lba}",
                  f"{limit} bytes", f"use cmd_bs={limit}",
                  cmd_bs=limit + device.lba, rw=rw, size=limit * 8)
    assert re.search(r"\((MDTS|max_hw_sectors_kb|max_segments[^)]*)\)", line)


def test_vectored_above_the_limit(fio, data0):
    refuse(fio, data0, "bs=262144", "131072 bytes", bs="256k", nonvectored=0)
    refuse(fio, data0, "nonvectored=0", "65536 bytes", bs="128k",
           cmd_bs="64k", nonvectored=0)


# -- what the device or the kernel does not have

def test_polling_without_a_poll_queue(fio, nopoll0):
    refuse(fio, nopoll0, "hipri=1", "no poll queue", "nvme.poll_queues",
           hipri=1)
    fio({"filename": nopoll0.ng, **WRITE, "hipri": 0}).clean()


def test_polling_on_a_kernel_that_panics_of_it(fio, data0):
    if kernel() >= (6, 5):
        pytest.skip("this kernel polls safely")
    refuse(fio, data0, "hipri=1", "panic", "Linux 6.5", hipri=1)


def test_polling_through_a_head_of_two_paths(fio, mpath0):
    job = fio(filename=mpath0.ng, rw="randrw", bs="4k", size="1m",
              iodepth=16, hipri=int(mpath0.polls)).clean().job
    assert job["read"]["total_ios"] + job["write"]["total_ios"] == 256


def test_vectored_with_fixed_buffers(fio, data0):
    """Either the kernel takes the pair, or the job is refused whole."""
    options = {"filename": data0.ng, **WRITE, "fixedbufs": 1,
               "nonvectored": 0}
    data0.fill(0, MIB)
    before = data0.digest(0, MIB)
    run = fio({**options, "verify": "crc32c"})
    if run.status == 0:
        assert kernel() >= (6, 13), run
        run.clean()
        return
    assert kernel() < (6, 16), run
    run.refused(data0.ng, "nonvectored=0 with fixedbufs=1",
                "use nonvectored=1 or fixedbufs=0", "6.15")
    assert data0.digest(0, MIB) == before
    nothing_done(run)
    fio({**options, "nonvectored": 1}).clean()
    fio({**options, "fixedbufs": 0}).clean()


def identify(namespace):
    text = subprocess.run(["nvme", "id-ns", namespace.ng, "-o", "json"],
                          check=True, stdout=subprocess.PIPE).stdout
    return json.loads(text)


def test_extended_metadata(fio, extended):
    """Blocks of 512 + 8 bytes, as many as the controller says."""
    blocks = int(identify(extended)["nsze"])
    fio(filename=extended.ng, rw="randwrite", bs=520, size=520 * 256,
        iodepth=16, verify="crc32c").clean()
    fio(filename=extended.ng, rw="randwrite", bs=5200, size=520 * 1000,
        iodepth=16, verify="md5", fixedbufs=1).clean()
    chunk = max(n for n in range(1, 129) if blocks % n == 0) * 520
    job = fio(filename=extended.ng, rw="read", bs=chunk,
              offset=(blocks * 520 // chunk - 9) * chunk).clean().job
    assert job["read"]["io_bytes"] == 9 * chunk
    run = fio(filename=extended.ng, rw="read", bs=520, offset=blocks * 520)
    assert run.status != 0
    fio(filename=extended.ng, rw="write", bs=4096, size=1 * MIB).refused(
        "bs=4096", "logical block of 520 bytes")


def test_depth_above_the_tags_is_remarked_on(fio, device):
    tags = device.queue("nr_requests")
    # other jobs keep the rest waiting in the engine
    options = {"filename": device.ng, "rw": "randread", "bs": "4k",
               "size": "4m", "number_ios": 32, "nonvectored": 0}
    run = fio({**options, "iodepth": tags + 1}, form="normal").good()
    assert f"iodepth={tags + 1} is above the queue's {tags} tags" in run.out
    run = fio({**options, "iodepth": tags}, form="normal").good()
    assert "tags" not in run.out
    run = fio({**options, "iodepth": tags + 1, "nonvectored": 1},
              form="normal").good()
    assert "tags" not in run.out
    for form in ("json", "terse", "json+"):
        run = fio({**options, "iodepth": tags + 1}, form=form).good()
        assert "tags" not in run.out


# -- the wrong file

@pytest.mark.smoke
def test_block_device(fio, device):
    with unwritten(device):
        run = fio({**WRITE, "filename": device.block})
        run.refused(f"{device.block}: a block device", f"use {device.ng}")


def test_partition_of_a_block_device_or_another_disk(fio, data0, tmp_path):
    node = tmp_path / "loop"
    os.mknod(node, stat.S_IFBLK | 0o600, os.makedev(7, 0))
    fio({**WRITE, "filename": str(node)}).refused(
        "a block device", "/dev/ngXnY")


def test_controller(fio, data0):
    controller = os.environ["CONTROLLER_DATA0"]
    line = fio({**WRITE, "filename": controller}).refused(
        f"{controller}: a controller")
    named = re.search(r"use (/dev/ng\d+n\d+)", line)
    other = os.environ["NG_DATA0_2"]
    assert named and named[1] in (data0.ng, other), line


@pytest.mark.parametrize("name", ["/dev/null", "/dev/zero"])
def test_other_character_device(fio, name):
    fio({**WRITE, "filename": name}).refused(
        f"{name}: not an NVMe device", "/dev/ngXnY")


def test_ordinary_file(fio, tmp_path):
    name = tmp_path / "file"
    name.write_bytes(bytes(MIB))
    fio({**WRITE, "filename": str(name)}).refused(
        f"{name}: not a device", "/dev/ngXnY")
    assert name.read_bytes() == bytes(MIB)


def test_file_that_does_not_exist(fio):
    run = fio({**WRITE, "filename": "/dev/ng99n99"})
    run.refused("/dev/ng99n99", "No such file", "/dev/ng*")
    assert not os.path.exists("/dev/ng99n99")


def test_one_wrong_file_of_several(fio, data0):
    """The good one is not written either."""
    with unwritten(data0):
        run = fio({**WRITE, "filename": f"{data0.ng}:/dev/null"})
        run.refused("/dev/null")


def test_a_job_beside_a_refused_one(fio, data0):
    """As with fio's own engines the others run, and the status tells."""
    data0.fill(0, 2 * MIB)
    before = data0.digest(MIB, MIB)
    run = fio({**WRITE, "filename": data0.ng},
              {**WRITE, "filename": data0.ng, "offset": "1m", "bs": 700})
    run.refused("bs=700")
    assert [job["write"]["total_ios"] for job in run.jobs] == [256, 0]
    assert run.status == 1
    assert data0.digest(MIB, MIB) == before


# -- an ordinary user

@pytest.fixture(name="user")
def fixture_user():
    with nobody() as user:
        yield user


def test_no_permission_for_the_file(user, data0):
    with mode(data0, 0o600), unwritten(data0):
        user(filename=data0.ng, **WRITE).refused(
            data0.ng, "no permission", "run as root")


def test_permission_to_read_only(user, data0):
    with mode(data0, 0o644), unwritten(data0):
        user(filename=data0.ng, **WRITE).refused(
            data0.ng, "no permission to open it for writing")


def test_permission_by_file_mode(user, data0):
    """From Linux 6.2 on it is enough; before, the line says so."""
    with mode(data0, 0o666):
        run = user(filename=data0.ng, **WRITE)
        if kernel() >= (6, 2):
            assert run.clean().total("write") == 256
        else:
            run.refused(data0.ng, "CAP_SYS_ADMIN", "6.2")


def test_memory_that_may_be_locked(user, data0):
    if kernel() < (6, 2):
        pytest.skip("ordinary users can do nothing before Linux 6.2")
    options = {"filename": data0.ng, **WRITE, "iodepth": 64}
    with mode(data0, 0o666):
        with unwritten(data0):
            user("prlimit", f"--memlock={64 * KIB}", fixedbufs=1,
                 **options).refused("fixedbufs=1", "256 KiB", "64 KiB",
                                    "ulimit -l 256", "fixedbufs=0")
        user("prlimit", f"--memlock={64 * KIB}", **options).clean()
        user("prlimit", f"--memlock={2 * MIB}", fixedbufs=1,
             **options).clean()


@contextlib.contextmanager
def disabled(value):
    path = "/proc/sys/kernel/io_uring_disabled"
    if not os.path.exists(path):
        pytest.skip("this kernel has no kernel.io_uring_disabled")
    with open(path, encoding="ascii") as file:
        before = file.read()
    with open(path, "w", encoding="ascii") as file:
        file.write(str(value))
    try:
        yield
    finally:
        with open(path, "w", encoding="ascii") as file:
            file.write(before)


def test_io_uring_disabled_for_all(fio, data0):
    with disabled(2):
        refuse_unnamed(fio, data0, "kernel.io_uring_disabled=2",
                       "set it to 0")


def refuse_unnamed(fio, namespace, *words):
    with unwritten(namespace):
        run = fio({"filename": namespace.ng, **WRITE})
        run.refused(*words)
    nothing_done(run)


def test_io_uring_disabled_for_users(fio, user, data0):
    with disabled(1), mode(data0, 0o666):
        with unwritten(data0):
            user(filename=data0.ng, **WRITE).refused(
                "kernel.io_uring_disabled=1", "run as root")
        fio({"filename": data0.ng, **WRITE}).clean()


# -- what fio's core offers and this version does not

def test_options_of_the_core(fio, data0):
    with unwritten(data0):
        run = fio({"filename": data0.ng, **WRITE, "bs_unaligned": 1})
        run.refused("bs_unaligned", "refused")


def test_nothing_is_left_in_dev():
    assert engine_options(fio_module.PLUGIN)
    assert not [name for name in glob.glob("/dev/ng*")
                if stat.S_ISREG(os.stat(name).st_mode)]

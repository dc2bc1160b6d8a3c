# SPDX-License-Identifier: GPL-2.0
"""io_units that are several commands: data, number, limits."""

import os
import re

import pytest

from fio import ENGINE
from namespace import KIB, MIB, counted, traced

FUA = 0x4000
REPORT = re.compile(r"nvme_passthru \S+: (\S+): .*\n"
                    r"  (\d+) io_units were (\d+) "
                    r"commands of up to (\d+) bytes, (\d+) commands/s; "
                    r"fio's figures count io_units")
ENTER = ("fio/enter", "__x64_sys_io_uring_enter")


def extents_of(trace, command):
    """First block and blocks of each command in a trace."""
    return [tuple(int(value) + one for value, one in
                  zip(re.search(r"slba=(\d+), len=(\d+)", line).groups(),
                      (0, 1)))
            for line in trace.commands(command)]


# -- what is larger than the device takes

FOUR_MIB = [
    {}, {"fixedbufs": 1, "thread": 1, "numjobs": 2}, {"hipri": 1},
    {"fixedbufs": 1, "hipri": 1, "registerfiles": 0},
    {"sqthread_poll": 1, "force_async": 5}]


@pytest.mark.smoke
@pytest.mark.parametrize("extra", FOUR_MIB,
                         ids=lambda extra: "+".join(extra) or "plain")
def test_four_mib_simply_work(fio, device, extra):
    """bs=4m, which fio's own engine cannot send, is written and found."""
    if extra.get("hipri") and not device.polls:
        pytest.skip(f"{device} cannot be polled here")
    jobs = extra.get("numjobs", 1)
    parts = -(-4 * MIB // device.limit)
    before = [device.host_commands(way) for way in ("write", "read")]
    run = fio(filename=device.ng, rw="write", bs="4m", size="8m", iodepth=2,
              offset_increment="8m", verify="crc32c", **extra).clean()
    assert run.total("write") == run.total("read") == 2 * jobs
    assert run.total("read", "io_bytes") == 8 * MIB * jobs
    for was, way in zip(before, ("write", "read")):
        assert device.host_commands(way) - was == 2 * parts * jobs, way


def test_data_is_where_it_belongs(fio, data0):
    """Seen without fio: what was written, and nothing beside it."""
    data0.fill(0, 4 * MIB)
    before = data0.read(0, 4 * MIB)
    fio(filename=data0.ng, rw="write", bs="1m", offset="1m", size="2m",
        iodepth=2, buffer_pattern="0xa5").clean()
    after = data0.read(0, 4 * MIB)
    assert after[MIB:3 * MIB] == b"\xa5" * (2 * MIB)
    assert after[:MIB] == before[:MIB]
    assert after[3 * MIB:] == before[3 * MIB:]


def test_each_part_is_in_its_place(fio, data0):
    """fio puts a header before every 4 KiB that has their offset in it."""
    common = {"filename": data0.ng, "bs": "1m", "size": "4m", "iodepth": 4,
              "verify": "crc32c", "verify_interval": "4k"}
    fio({**common, "rw": "write", "do_verify": 0}).clean()
    seen = data0.read(0, 4 * MIB)
    for at in range(0, 4 * MIB, 4 * KIB):
        # after magic, kind, length and seed
        assert seen[at + 16:at + 24] == at.to_bytes(8, "little")
    fio({**common, "rw": "read", "fixedbufs": 1}).clean()


def test_several_files(fio, device, data0, data0_4k):
    """The namespace that takes least says how large a command is."""
    files = (device, data0, data0_4k)
    run = fio(filename=":".join(file.ng for file in files), rw="write",
              bs="1m", size="6m", iodepth=4, verify="crc32c").clean()
    assert run.total("read", "io_bytes") == 6 * MIB
    before = device.host_commands("read")
    fio(filename=f"{device.ng}:{data0_4k.ng}", rw="read", bs="1m", size="8m",
        file_service_type="sequential").clean()
    limit = min(device.limit, data0_4k.limit)
    assert device.host_commands("read") - before == 4 * -(-MIB // limit)


def test_extended_blocks(fio, extended):
    """520 bytes a block: commands are whole blocks."""
    run = fio(filename=extended.ng, rw="randwrite", bs=520 * 80,
              cmd_bs=520 * 15, size=520 * 80 * 20, verify="crc32c",
              iodepth=4).clean()
    assert run.total("read", "io_bytes") == 520 * 80 * 20


# -- cmd_bs

def test_odd_sizes(fio, data0, needs_tracing):
    """160 KiB in commands of 64 KiB, the last of what is left."""
    with traced(data0) as trace:
        fio(filename=data0.ng, rw="write", bs="160k", cmd_bs="64k",
            size="1600k", iodepth=3, verify="md5").clean()
    want = [(320 * unit + 128 * part, (128, 128, 64)[part])
            for unit in range(10) for part in range(3)]
    for way in ("write", "read"):
        # of a batch the kernel may set up the last one first
        assert sorted(extents_of(trace, way)) == want


@pytest.mark.parametrize("extra", [{}, {"fixedbufs": 1}],
                         ids=["plain", "fixedbufs"])
def test_sizes_of_any_kind(fio, data0, extra):
    run = fio({"filename": data0.ng, "rw": "randrw", "bsrange": "4k-300k",
               "bs_unaligned": 0, "cmd_bs": "12k", "size": "16m",
               "number_ios": 100, "iodepth": 16, "verify": "crc32c", **extra},
              {"filename": data0.ng, "rw": "randwrite", "offset": "32m",
               "bssplit": "512/20:4k/30:72k/50", "cmd_bs": "36k",
               "size": "8m", "io_size": "4m", "iodepth": 16,
               "verify": "xxhash", **extra}).clean()
    for job in run.jobs:
        assert job["read"]["total_ios"] and job["write"]["total_ios"]


def test_trims_and_flushes_between(fio, data0, needs_tracing):
    """A trim and a Flush stay one command each."""
    with traced(data0) as trace:
        run = fio({"filename": data0.ng, "rw": "randtrimwrite", "bs": "256k",
                   "cmd_bs": "32k", "size": "4m", "iodepth": 4},
                  {"filename": data0.ng, "rw": "write", "bs": "256k",
                   "cmd_bs": "32k", "size": "4m", "iodepth": 4, "fsync": 4,
                   "stonewall": True}).clean()
    assert run.total("trim") == 16 and trace.count("dsm") == 16
    assert run.total("write") == 32 and trace.count("write") == 32 * 8
    assert trace.count("flush") == run.total("sync") >= 3


def test_trims_larger_than_writes(fio, data0):
    """fio writes then as much as it trimmed."""
    data0.fill(0, 4 * MIB)
    before = data0.host_commands("write")
    run = fio(filename=data0.ng, rw="randtrimwrite", bs="16k,16k,1m",
              size="4m", iodepth=2, fixedbufs=1,
              buffer_pattern="0xa5").clean()
    written = run.total("write") * MIB
    assert written == run.total("write", "io_bytes") > 0
    assert data0.host_commands("write") - before == written // data0.limit
    seen = data0.read(0, 4 * MIB)
    assert seen.count(b"\xa5" * (4 * KIB)) == written // (4 * KIB)


def test_buffers_far_apart(fio, data0):
    """fio's buffers are as large as the largest size of any direction."""
    run = fio(filename=data0.ng, rw="randread", bs="16k,16k,1m", size="4m",
              iodepth=8, fixedbufs=1).clean()
    assert run.total("read") == 256


def test_fua_of_each(fio, device, needs_tracing):
    with traced(device) as trace:
        fio(filename=device.ng, rw="write", bs="64k", cmd_bs="16k",
            number_ios=3, writefua=1).clean()
    control = [int(re.search(r"ctrl=0x([0-9a-f]+)", line)[1], 16)
               for line in trace.commands("write")]
    assert [value & FUA for value in control] == [FUA] * 12


def test_regions_that_do_not_suffice(fio, data0):
    """More commands than the kernel takes registered buffers for."""
    run = fio(filename=data0.ng, rw="randread", bs="512k", cmd_bs="4k",
              size="64m", iodepth=160, io_size="80m", norandommap=1,
              fixedbufs=1).clean()
    assert run.total("read") == 160


# -- scale

def test_many_jobs(fio, data0):
    before = data0.host_commands("read")
    run = fio(filename=data0.ng, rw="randread", bs="64k", cmd_bs="16k",
              size="64m", numjobs=64, iodepth=4, number_ios=10).clean()
    assert len(run.jobs) == 64 and run.total("read") == 640
    assert data0.host_commands("read") - before == 2560


@pytest.mark.parametrize("cmd_bs", [0, "16k"])
def test_many_files(fio, device, data0, data0_4k, null0, cmd_bs):
    """64 files of one job, over four namespaces."""
    files = [device, data0, data0_4k, null0] * 16
    before = {file: file.host_commands("read") for file in (device, null0)}
    fio(filename=":".join(file.ng for file in files), rw="read", bs="64k",
        size="16m", iodepth=64, cmd_bs=cmd_bs).clean()
    for file, was in before.items():
        assert file.host_commands("read") - was == (256 if cmd_bs else 64)


def test_deepest_queue(fio, null0):
    """16,384 io_units at once, each of two commands."""
    before = null0.host_commands("read")
    job = fio(filename=null0.ng, rw="randread", bs="1k", cmd_bs=512,
              size="64m", iodepth=16384, number_ios=16500).clean().job
    assert job["read"]["total_ios"] == 16500
    assert null0.host_commands("read") - before == 33000


def test_deepest_queue_of_many_commands(fio, null0):
    """16,384 of 64 each may be in flight; it takes too long to fill it."""
    before = null0.host_commands("read")
    job = fio(filename=null0.ng, rw="randread", bs="32k", cmd_bs=512,
              size="64m", iodepth=16384, number_ios=1000).clean().job
    assert job["read"]["total_ios"] == 1000
    assert null0.host_commands("read") - before == 1000 * 64


# -- how many system calls, and when

DEPTH_1 = {"rw": "randread", "size": "16m", "number_ios": 200, "iodepth": 1}


@pytest.mark.parametrize("sizes", [{"bs": "4k"}, {"bs": "16k", "cmd_bs": 512}],
                         ids=["one", "several"])
def test_one_call_an_io(fio, device, sizes):
    """Depth 1, nothing measured: submission and reaping share a call."""
    with counted(*ENTER) as calls:
        fio({"filename": device.ng, **DEPTH_1, **sizes,
             "gtod_reduce": 1}).clean()
    # setting up and ending take a few
    assert 200 <= calls.number <= 205
    with counted(*ENTER) as own:
        fio({"ioengine": "io_uring_cmd", "filename": device.ng, **DEPTH_1,
             "bs": "4k", "gtod_reduce": 1}).clean()
    assert calls.number < own.number


def test_calls_where_submission_is_measured(fio, device):
    """It goes by itself then, and at most one more waits."""
    with counted(*ENTER) as calls:
        fio({"filename": device.ng, **DEPTH_1, "bs": "16k",
             "cmd_bs": "4k"}).clean()
    assert 200 <= calls.number <= 405


@pytest.mark.parametrize("pause", [{"thinktime": 20000, "iodepth": 1},
                                   {"rate_iops": 50, "iodepth": 4}],
                         ids="+".join)
def test_pauses_are_no_latency(fio, device, pause):
    """What fio sleeps is not between queue and kernel, as with its own."""
    found = []
    for engine in (ENGINE, "io_uring_cmd"):
        job = fio({"ioengine": engine, "filename": device.ng, **DEPTH_1,
                   "bs": "4k", "number_ios": 25, "disable_slat": 1, **pause}
                  ).clean().job
        assert job["read"]["lat_ns"]["N"] == 25
        found.append([job["read"][f"{kind}_ns"]["mean"]
                      for kind in ("clat", "lat")])
    # 20 ms are slept; a command takes below one, and longer on a busy host
    for this, own in zip(*found):
        assert 0 < this < 1.5 * own + 8e6, found


# -- the line at the end

TOLD = {"rw": "randread", "bs": "64k", "cmd_bs": "16k", "size": "4m",
        "number_ios": 30, "iodepth": 4}


@pytest.mark.parametrize("thread, to_file", [(0, 1), (1, 0)],
                         ids=["forked", "threads"])
def test_report(fio, device, thread, to_file):
    """Once for each job, whether it is forked or not, and where it is due."""
    target = os.path.join(fio.folder, "out.txt")
    run = fio({"filename": device.ng, **TOLD, "numjobs": 4, "thread": thread},
              form="normal", arguments=[f"--output={target}"] * to_file).good()
    text = run.out
    if to_file:
        assert text == ""
        with open(target, encoding="ascii") as file:
            text = file.read()
    found = REPORT.findall(text)
    assert len(found) == text.count("io_units were") == 4, text
    for name, io_units, commands, size, rate in found:
        assert (name, io_units, commands, size) == \
            ("job0", "30", "120", "16384")
        assert int(rate) > 0
    assert text.count("err= 0") == 4


@pytest.mark.parametrize("form", ["json", "normal,json"])
def test_no_report(fio, device, form):
    run = fio({"filename": device.ng, **TOLD, "numjobs": 2}, form=form).good()
    assert "io_units" not in run.out
    if form.startswith("json"):
        assert run.out.startswith("{")
        assert [job["read"]["total_ios"] for job in run.jobs] == [30, 30]


def test_no_report_of_single_commands(fio, device):
    run = fio({"filename": device.ng, **TOLD, "cmd_bs": "64k"},
              {"filename": device.ng, **TOLD, "cmd_bs": 0}, form="normal")
    assert "io_units" not in run.good().out

# SPDX-License-Identifier: GPL-2.0
"""Reads, writes, flushes and trims, checked without fio."""

import re

import pytest

from fio import command_help, version
from namespace import KIB, MIB, traced

FUA = 0x4000
PATTERN = 0xa5


def control_of(line):
    return int(re.search(r"ctrl=0x([0-9a-f]+)", line)[1], 16)


@pytest.mark.smoke
def test_write_puts_the_data_where_it_belongs(fio, device):
    device.fill(0, 4 * MIB)
    before = device.read(0, 4 * MIB)
    job = fio(filename=device.ng, rw="write", bs="16k", iodepth=8,
              offset="1m", size="2m", buffer_pattern=hex(PATTERN)).clean().job
    assert job["write"]["io_bytes"] == 2 * MIB
    assert job["write"]["total_ios"] == 128
    after = device.read(0, 4 * MIB)
    assert after[MIB:3 * MIB] == bytes([PATTERN]) * (2 * MIB)
    assert after[:MIB] == before[:MIB]
    assert after[3 * MIB:] == before[3 * MIB:]


@pytest.mark.smoke
def test_read_gets_the_data_and_leaves_it(fio, device):
    device.write(0, bytes([PATTERN]) * MIB)
    run = fio(filename=device.ng, rw="randread", bs="4k", iodepth=16,
              size="1m", verify="pattern", verify_pattern=hex(PATTERN),
              ).clean()
    assert run.total("read", "io_bytes") == MIB
    assert device.read(0, MIB) == bytes([PATTERN]) * MIB


def test_size_is_exact(fio, device):
    """The last block can be read, and the size is the device's."""
    job = fio(filename=device.ng, rw="read", bs="4k",
              offset=device.bytes - 64 * KIB).clean().job
    assert job["read"]["io_bytes"] == 64 * KIB
    job = fio(filename=device.ng, rw="read", bs="4k", size="100%",
              number_ios=1, offset="50%").clean().job
    assert job["read"]["total_ios"] == 1


@pytest.mark.parametrize("option", ["fsync", "fdatasync"])
def test_sync_becomes_flush(fio, device, needs_tracing, option):
    with traced(device) as trace:
        run = fio({"filename": device.ng, "rw": "write", "bs": "4k",
                   "size": "64k", option: 4, "iodepth": 4}).clean()
    assert trace.count("write") == 16
    # fio asks for none after the last write, older ones for more than
    # one at a time; it counts fsync only
    assert trace.count("flush") == 3 or version() < (3, 39)
    assert trace.count("flush") >= 3
    if option == "fsync":
        assert run.total("sync") == trace.count("flush")


@pytest.mark.parametrize("option, rw, command",
                         [("readfua", "read", "read"),
                          ("writefua", "write", "write")])
def test_fua(fio, device, needs_tracing, option, rw, command):
    common = {"filename": device.ng, "rw": rw, "bs": "4k", "number_ios": 4}
    with traced(device) as trace:
        fio(common).clean()
    assert [control_of(line) & FUA for line in trace.commands(command)] == \
        [0] * 4
    with traced(device) as trace:
        fio({**common, option: 1}).clean()
    assert [control_of(line) & FUA for line in trace.commands(command)] == \
        [FUA] * 4


def test_fua_is_not_for_the_other_direction(fio, device, needs_tracing):
    with traced(device) as trace:
        fio(filename=device.ng, rw="write", bs="4k", number_ios=4,
            readfua=1).clean()
    assert [control_of(line) & FUA for line in trace.commands("write")] == \
        [0] * 4


@pytest.mark.smoke
def test_trim_deallocates_and_nothing_else(fio, data0):
    data0.fill(0, 4 * MIB)
    before = data0.read(0, 4 * MIB)
    run = fio(filename=data0.ng, rw="trim", bs="64k", offset="1m", size="1m",
              iodepth=4).clean()
    assert run.total("trim") == 16
    assert run.total("trim", "io_bytes") == MIB
    after = data0.read(0, 4 * MIB)
    assert after[MIB:2 * MIB] == bytes(MIB)
    assert after[:MIB] == before[:MIB]
    assert after[2 * MIB:] == before[2 * MIB:]


def test_trim_larger_than_a_command_can_carry(fio, data0):
    """A trim carries ranges and no data: no limit on data concerns it."""
    data0.fill(0, 4 * MIB)
    run = fio(filename=data0.ng, rw="trim", bs="2m", size="4m").clean()
    assert run.total("trim") == 2
    assert data0.read(0, 4 * MIB) == bytes(4 * MIB)


@pytest.mark.parametrize("ranges", [1, 4, 7])
def test_trim_of_several_ranges(fio, data0, needs_tracing, ranges):
    if not command_help("num_range"):
        pytest.skip("this fio has no num_range")
    data0.fill(0, 4 * MIB)
    with traced(data0) as trace:
        run = fio(filename=data0.ng, rw="randtrim", bs="4k", size="1m",
                  offset="1m", num_range=ranges, iodepth=4,
                  number_ios=12).clean()
    sent = [int(re.search(r"nr=(\d+)", line)[1])
            for line in trace.commands("dsm")]
    # the field counts from 0
    assert sent and max(sent) == ranges - 1
    after = data0.read(0, 4 * MIB)
    blocks = [after[at:at + 4 * KIB] for at in range(0, 4 * MIB, 4 * KIB)]
    trimmed = [index for index, block in enumerate(blocks)
               if block == bytes(4 * KIB)]
    assert len(trimmed) == sum(nr + 1 for nr in sent)
    assert run.total("trim", "io_bytes") == len(trimmed) * 4 * KIB
    assert all(256 <= index < 512 for index in trimmed)


def test_sequential_trim_of_several_ranges(fio, data0):
    if not command_help("num_range"):
        pytest.skip("this fio has no num_range")
    data0.fill(0, 2 * MIB)
    fio(filename=data0.ng, rw="trim", bs="64k", size="1m", num_range=8,
        iodepth=2).clean()
    after = data0.read(0, 2 * MIB)
    assert after[:MIB] == bytes(MIB)
    assert 0 not in after[MIB:]


def test_mixed_rates(fio, device):
    job = fio(filename=device.ng, rw="randrw", rwmixread=75, bs="4k",
              size="8m", number_ios=800, iodepth=16).clean().job
    reads, writes = job["read"]["total_ios"], job["write"]["total_ios"]
    assert reads + writes == 800
    assert 500 < reads < 700


def test_block_size_range_and_split(fio, device, needs_tracing):
    """fio's own choice of sizes arrives on the device as it is."""
    with traced(device) as trace:
        job = fio(filename=device.ng, rw="randread", size="16m",
                  bsrange="4k-32k", norandommap=1, number_ios=100,
                  iodepth=8).clean().job
    lengths = [(int(re.search(r"len=(\d+)", line)[1]) + 1) * device.lba
               for line in trace.commands("read")]
    assert len(lengths) == 100 and sum(lengths) == job["read"]["io_bytes"]
    assert {4 * KIB, 32 * KIB} <= set(lengths) and len(set(lengths)) > 3
    with traced(device) as trace:
        fio(filename=device.ng, rw="randread", size="16m",
            bssplit="4k/50:64k/50", norandommap=1, number_ios=100,
            iodepth=8).clean()
    lengths = [(int(re.search(r"len=(\d+)", line)[1]) + 1) * device.lba
               for line in trace.commands("read")]
    assert set(lengths) == {4 * KIB, 64 * KIB}


def test_random_map(fio, data0, needs_tracing):
    """With its map fio visits each block once, without it anywhere."""
    common = {"filename": data0.ng, "rw": "randread", "bs": "4k",
              "size": "1m", "iodepth": 16}
    slba = re.compile(r"slba=(\d+)")
    with traced(data0) as trace:
        fio(common).clean()
    seen = [int(slba.search(line)[1]) for line in trace.commands("read")]
    assert sorted(seen) == list(range(0, 2048, 8))
    with traced(data0) as trace:
        fio({**common, "norandommap": 1}).clean()
    seen = [int(slba.search(line)[1]) for line in trace.commands("read")]
    assert len(set(seen)) < len(seen)


def test_loops_over_the_size(fio, device):
    job = fio(filename=device.ng, rw="write", bs="64k", size="1m",
              io_size="3m", iodepth=4).clean().job
    assert job["write"]["io_bytes"] == 3 * MIB
    job = fio(filename=device.ng, rw="read", bs="64k", size="1m",
              loops=2).clean().job
    assert job["read"]["io_bytes"] == 2 * MIB


def test_time_based(fio, device):
    job = fio(filename=device.ng, rw="randread", bs="4k", size="1m",
              time_based=1, runtime=1, iodepth=8).clean().job
    assert 900 <= job["read"]["runtime"] <= 30000
    assert job["read"]["io_bytes"] > MIB


def test_rate(fio, device):
    job = fio(filename=device.ng, rw="randread", bs="4k", number_ios=100,
              rate_iops=100, iodepth=4).clean().job
    assert job["read"]["total_ios"] == 100
    assert 800 <= job["read"]["runtime"] <= 30000


def test_thinktime(fio, device):
    """No thinktime_spin: fio 3.33 sleeps for an hour if that takes longer."""
    job = fio(filename=device.ng, rw="randread", bs="4k", number_ios=50,
              thinktime=10000).clean().job
    assert job["read"]["total_ios"] == 50
    assert job["read"]["runtime"] >= 450


def test_read_only_refuses_to_write(fio, device):
    before = device.host_writes()
    run = fio(arguments=["--readonly"], filename=device.ng, rw="write",
              bs="4k", number_ios=1)
    assert run.status != 0
    assert device.host_writes() == before
    fio(arguments=["--readonly"], filename=device.ng, rw="read", bs="4k",
        number_ios=4).clean()


def test_offload_is_refused_as_by_fios_own(fio, device):
    common = {"filename": device.ng, "rw": "read", "bs": "4k",
              "number_ios": 4, "io_submit_mode": "offload"}
    own = fio({"ioengine": "io_uring_cmd", **common})
    this = fio(common)
    assert own.status != 0 and this.status == own.status
    assert "can't be used with offloaded submit" in this.err
    assert this.err.splitlines()[0].replace("nvme_passthru", "io_uring_cmd") \
        == own.err.splitlines()[0]

# SPDX-License-Identifier: GPL-2.0
"""scatter=1: every command of an io_unit at a random address of its own."""

import collections
import re

import pytest

from namespace import KIB, MIB, traced

MARK = b"\xa5" * (4 * KIB)
READ = {"rw": "randread", "bs": "64k", "cmd_bs": "4k", "scatter": 1,
        "norandommap": 1, "offset": "1m", "size": "2m", "iodepth": 4}


def addresses(trace, command="read"):
    return [int(re.search(r"slba=(\d+)", line)[1]) * 512
            for line in trace.commands(command)]


@pytest.mark.smoke
@pytest.mark.parametrize("extra", [{}, {"fixedbufs": 1, "thread": 1},
                                   {"hipri": 1}],
                         ids=lambda extra: "+".join(extra) or "plain")
def test_writes_land_all_over_the_region(fio, device, extra):
    """Whole commands, aligned to their size, and none outside of it."""
    if extra.get("hipri") and not device.polls:
        pytest.skip(f"{device} cannot be polled here")
    device.fill(0, 4 * MIB)
    old = device.read(0, 4 * MIB)
    before = device.host_commands("write")
    fio({"filename": device.ng, **READ, "rw": "randwrite", "number_ios": 20,
         "buffer_pattern": "0xa5", **extra}).clean()
    assert device.host_commands("write") - before == 320
    new = device.read(0, 4 * MIB)
    marked = []
    for at in range(0, 4 * MIB, 4 * KIB):
        if new[at:at + 4 * KIB] == MARK:
            marked.append(at)
        else:
            assert new[at:at + 4 * KIB] == old[at:at + 4 * KIB], at
    assert all(MIB <= at < 3 * MIB for at in marked)
    # 320 at 512 places: some meet, 238 remain, deviating by 8
    assert 190 < len(marked) < 290
    # and the region is nowhere left out: 30 of 64 in each eighth
    eighths = [sum(MIB + part * 256 * KIB <= at < MIB + (part + 1) * 256 * KIB
                   for at in marked) for part in range(8)]
    assert all(10 < number < 52 for number in eighths), eighths


def test_reads(fio, device, needs_tracing):
    before = device.host_commands("read")
    with traced(device) as trace:
        run = fio(filename=device.ng, **READ, number_ios=25).clean()
    assert run.total("read") == 25
    assert run.total("read", "io_bytes") == 25 * 64 * KIB
    assert device.host_commands("read") - before == 25 * 16
    seen = addresses(trace)
    assert len(seen) == 400 and len(set(seen)) > 200
    assert all(at % (4 * KIB) == 0 and MIB <= at < 3 * MIB for at in seen)
    # nowhere two in a row, as an io_unit would have them without it
    assert sum(b - a == 4 * KIB for a, b in zip(seen, seen[1:])) < 20


def test_seed(fio, device, needs_tracing):
    """A run can be repeated; another seed is another run, and so is a job."""
    seen = []
    for extra in ({"randseed": 1}, {"randseed": 1, "numjobs": 2},
                  {"randseed": 7}):
        with traced(device) as trace:
            fio(filename=device.ng, **READ, number_ios=10, randrepeat=0,
                **extra).clean()
        seen.append(collections.Counter(addresses(trace)))
    one, two, other = seen
    assert one.total() == other.total() == 160 and two.total() == 320
    second = two - one
    assert second.total() == 160
    assert second != one and other not in (one, second)


def test_mixed(fio, device):
    """Reads and writes, flushes between, several sizes of io_units."""
    before = [device.host_commands(way) for way in ("read", "write")]
    run = fio(filename=device.ng, **{**READ, "rw": "randrw", "bs": None},
              bsrange="4k-64k", blockalign="4k", fsync=8,
              number_ios=100).clean()
    for way, was in zip(("read", "write"), before):
        assert run.total(way) > 20
        assert (device.host_commands(way) - was) * 4 * KIB == \
            run.total(way, "io_bytes")
    assert run.total("sync") > 0


def test_several_files(fio, device, data0, needs_tracing):
    with traced(data0) as trace:
        fio(filename=f"{device.ng}:{data0.ng}", **{**READ, "size": "4m"},
            number_ios=20).clean()
    seen = addresses(trace)
    assert len(seen) == 160
    assert all(MIB <= at < 3 * MIB for at in seen)


def test_the_failed_address_is_told(fio, err0):
    """The only place of the region is what err0 cannot read."""
    run = fio(filename=err0.ng, **{**READ, "offset": "1m", "size": "4k",
                                   "bs": "4k"}, number_ios=1)
    assert run.status == 1 and "slba 2048, 8 blocks" in run.err, run
    run = fio(filename=err0.ng, **{**READ, "offset": "960k", "size": "128k"},
              io_size="2560k", continue_on_error="io", error_dump=1)
    told = set(re.findall(r"Read, slba (\d+), (\d+) blocks", run.err))
    assert told == {("2048", "8")}, run
    assert run.job["total_err"] > 0


REFUSED = [
    ({"verify": "crc32c"}, "verify="),
    ({"rw": "read"}, "use rw=randread"),
    ({"rw": "randread:4"}, "use rw=randread"),
    ({"norandommap": 0}, "set norandommap=1"),
    ({"random_distribution": "zipf:1.2"}, "random_distribution="),
    ({"write_iolog": "log"}, "a log of I/Os"),
    ({"rw": "randwrite", "serialize_overlap": 1}, "serialize_overlap="),
    ({"bs": "66k"}, "multiples of cmd_bs=4096"),
    ({"bssplit": "8k/50:6k/50"}, "multiples of cmd_bs=4096"),
    ({"offset": "1022k", "size": "5k", "bs": "4k"}, "no room for a command"),
]


@pytest.mark.parametrize("change, words", REFUSED,
                         ids=["+".join(row[0]) + str(index)
                              for index, row in enumerate(REFUSED)])
def test_refused(fio, data0, change, words):
    before = [data0.host_commands(way) for way in ("read", "write")]
    line = fio({"filename": data0.ng, **READ, **change}).refused("scatter=1",
                                                                 words)
    assert len(line) < 400
    assert before == [data0.host_commands(way) for way in ("read", "write")]

# SPDX-License-Identifier: GPL-2.0
"""Where Writes go: what each reclaim unit lost, against fio's own account.

A job's log of I/Os (write_iolog) has every offset and length in the order in
which fio chose them. What each placement identifier ought to have got follows
from it; what it got is what RUAMW, the blocks that its reclaim unit still
takes, went down by.
"""

import collections
import json
import os
import re

import pytest

import fio as fio_module
from namespace import KIB, MIB

UNIT = 16 * MIB
COMMON = {"rw": "randwrite", "bs": "4k", "iodepth": 16, "size": "64m",
          "norandommap": 1, "randrepeat": 0}


def placed(device, **options):
    return {"filename": device.namespace.ng, "placement": "fdp", **COMMON,
            **options}


def account(path):
    """(file, offset, bytes) of every write in a log, in order."""
    found = []
    with open(path, encoding="ascii") as file:
        for line in file:
            match = re.search(r"(\S+) write (\d+) (\d+)$", line)
            if match:
                found.append((match[1], int(match[2]), int(match[3])))
    assert found, path
    return found


class Lost:
    """What the reclaim units of a device lost since this was made."""

    def __init__(self, device):
        self.device = device
        self.before = [handle.ruamw for handle in device.handles]

    def bytes(self):
        """By index; a reclaim unit that is full is followed by another."""
        lba = self.device.namespace.lba
        return [(before - after.ruamw) * lba % UNIT for before, after in
                zip(self.before, self.device.handles)]


def compare(lost, wanted):
    """Nothing went elsewhere, either."""
    got = lost.bytes()
    assert got == [wanted.get(index, 0) % UNIT for index in range(len(got))]
    assert wanted


def run_with_log(fio, device, jobs, **options):
    """Run jobs that keep logs; returns what was lost and the accounts."""
    lost = Lost(device)
    paths = [os.path.join(fio.folder, f"log{nth}") for nth in range(len(jobs))]
    run = fio(*({**placed(device, **options), **job, "write_iolog": path}
                for job, path in zip(jobs, paths))).clean()
    return lost, [account(path) for path in paths], run


# -- every way to choose

@pytest.mark.smoke
@pytest.mark.parametrize("extra", [
    {}, {"thread": 1}, {"fixedbufs": 1}, {"nonvectored": 0},
    {"iodepth": 1}, {"sqthread_poll": 1}, {"force_async": 3},
    {"writefua": 1}], ids=lambda extra: "+".join(extra) or "plain")
def test_turns(fio, fdp0, extra):
    lost, (log,), _ = run_with_log(
        fio, fdp0, [{}], placement_ids="1,3,6-7", number_ios=500, **extra)
    wanted = collections.Counter()
    for nth, (_, _, length) in enumerate(log):
        wanted[(1, 3, 6, 7)[nth % 4]] += length
    compare(lost, wanted)


def test_all_handles_are_the_default(fio, fdp0):
    lost, (log,), _ = run_with_log(fio, fdp0, [{}], number_ios=400)
    each = len(log) // 8 * 4 * KIB
    compare(lost, dict.fromkeys(range(8), each))


@pytest.mark.parametrize("thread", [0, 1])
def test_by_job(fio, fdp0, thread):
    jobs = [{"number_ios": 100 * (nth + 1), "thread": thread,
             "offset": f"{nth}m"} for nth in range(3)]
    lost, logs, _ = run_with_log(fio, fdp0, jobs, placement_select="job",
                                 placement_ids="2,5")
    wanted = collections.Counter()
    for nth, log in enumerate(logs):
        wanted[(2, 5)[nth % 2]] += sum(length for _, _, length in log)
    compare(lost, wanted)


def test_by_job_of_numjobs(fio, fdp0):
    """Clones of a job are jobs of their own."""
    lost = Lost(fdp0)
    fio(placed(fdp0, placement_select="job", numjobs=4,
               number_ios=64)).clean()
    compare(lost, dict.fromkeys(range(4), 64 * 4 * KIB))


def test_by_file(fio, fdp0, fdp0_2):
    files = [fdp0.namespace.ng, fdp0_2.ng]
    lost, (log,), _ = run_with_log(
        fio, fdp0, [{}], filename=":".join(files), placement_select="file",
        placement_ids="4,1", number_ios=300)
    wanted = collections.Counter()
    for name, _, length in log:
        wanted[(4, 1)[files.index(name)]] += length
    assert len(wanted) == 2
    compare(lost, wanted)


def by_bounds(number, bounds):
    return sum(number >= bound for bound in bounds)


def test_by_equal_parts(fio, fdp0):
    part = fdp0.namespace.bytes // 4
    lost, (log,), _ = run_with_log(
        fio, fdp0, [{}], size="100%", placement_select="lba",
        placement_ids="0-3", number_ios=400)
    wanted = collections.Counter()
    for _, offset, length in log:
        wanted[offset // part] += length
    assert len(wanted) == 4
    compare(lost, wanted)


def test_by_bounds_of_addresses(fio, fdp0):
    bounds = [MIB, 10 * MIB, 11 * MIB]
    lost, (log,), _ = run_with_log(
        fio, fdp0, [{}], placement_select="lba",
        placement_bounds="1m,10m,11m", number_ios=1500)
    wanted = collections.Counter()
    for _, offset, length in log:
        wanted[by_bounds(offset, bounds)] += length
    assert len(wanted) == 4
    compare(lost, wanted)


def test_by_size(fio, fdp0):
    """Small and large objects, as a cache separates them."""
    lost, (log,), _ = run_with_log(
        fio, fdp0, [{}], bssplit="4k/50:8k/20:64k/20:256k/10",
        blockalign="4k", placement_select="size", placement_ids="7,2",
        placement_bounds="64k", number_ios=300)
    wanted = collections.Counter()
    for _, _, length in log:
        wanted[2 if length >= 64 * KIB else 7] += length
    assert len(wanted) == 2
    compare(lost, wanted)


def test_by_chance(fio, fdp0):
    """Chance is fair, and the same where fio's seeds are the same."""
    def drawn(repeat):
        lost = Lost(fdp0)
        fio(placed(fdp0, placement_select="random", number_ios=800,
                   randrepeat=repeat)).clean()
        return lost.bytes()
    first = drawn(1)
    assert sum(first) == 800 * 4 * KIB
    # six standard deviations of a fair draw of 800 from 8 are 57
    assert all(43 <= got // (4 * KIB) <= 157 for got in first)
    assert drawn(1) == first
    assert drawn(0) != first


# -- io_units of several commands

def test_parts_of_an_io_unit(fio, fdp0):
    """A bound inside an io_unit parts its commands."""
    lost, (log,), _ = run_with_log(
        fio, fdp0, [{}], bs="1m", cmd_bs="64k", placement_select="lba",
        placement_bounds="2560k,5m", size="8m", iodepth=3, number_ios=12)
    wanted = collections.Counter()
    for _, offset, length in log:
        for at in range(offset, offset + length, 64 * KIB):
            wanted[by_bounds(at, [2560 * KIB, 5 * MIB])] += 64 * KIB
    compare(lost, wanted)


def test_io_units_take_turns_whole(fio, fdp0):
    lost, (log,), _ = run_with_log(
        fio, fdp0, [{}], bs="1m", cmd_bs="64k", placement_ids="0,5",
        size="16m", number_ios=9)
    assert len(log) == 9
    compare(lost, {0: 5 * MIB, 5: 4 * MIB})


def test_scattered_commands_take_turns(fio, fdp0):
    lost = Lost(fdp0)
    fio(placed(fdp0, bs="64k", cmd_bs="4k", scatter=1, number_ios=30,
               placement_ids="0-2")).clean()
    # 480 commands for three
    compare(lost, dict.fromkeys(range(3), 160 * 4 * KIB))


def test_reads_and_trims_are_not_placed(fio, fdp0):
    lost = Lost(fdp0)
    run = fio(placed(fdp0, rw="randrw", number_ios=300),
              placed(fdp0, rw="randtrim", number_ios=50,
                     stonewall=True)).clean()
    written = run.total("write", "io_bytes")
    assert run.total("read") and run.total("trim")
    assert sum(lost.bytes()) == written


def test_verify(fio, fdp0):
    """The data is where fio looks for it, wherever the medium has it."""
    lost = Lost(fdp0)
    run = fio(placed(fdp0, verify="crc32c", size="4m", norandommap=0)).clean()
    assert run.total("read", "io_bytes") == 4 * MIB
    compare(lost, dict.fromkeys(range(8), MIB // 2))


# -- by fio's core, where it knows of placement

def core(option):
    if not fio_module.command_help(option):
        pytest.skip(f"this fio has no {option}")
    return {"placement": None}


def test_fdp_of_the_core(fio, fdp0):
    lost, (log,), _ = run_with_log(
        fio, fdp0, [core("fdp")], fdp=1, fdp_pli="1,4", number_ios=301)
    wanted = collections.Counter()
    for nth in range(len(log)):
        wanted[(1, 4)[nth % 2]] += 4 * KIB
    got = lost.bytes()
    # its first versions choose by turn, later ones by chance if asked
    assert sum(got) == got[1] + got[4] == 301 * 4 * KIB
    compare(lost, wanted)


def test_all_handles_of_the_core(fio, fdp0):
    lost, (log,), _ = run_with_log(fio, fdp0, [core("fdp")], fdp=1,
                                   number_ios=800)
    compare(lost, dict.fromkeys(range(8), len(log) // 8 * 4 * KIB))


def test_dataplacement_of_the_core(fio, fdp0):
    lost, (log,), _ = run_with_log(
        fio, fdp0, [core("dataplacement")], dataplacement="fdp",
        plids="0,2-3", plid_select="roundrobin", number_ios=300, bs="64k",
        cmd_bs="16k", size="32m")
    each = len(log) // 3 * 64 * KIB
    compare(lost, {0: each, 2: each, 3: each})


def test_reads_beside_writes_of_the_core(fio, fdp0):
    """A placement for all jobs also holds those that only read."""
    common = placed(fdp0, **core("fdp"), fdp=1, fdp_pli="3",
                    number_ios=100)
    lost = Lost(fdp0)
    run = fio({**common, "rw": "randread"}, common).clean()
    assert run.total("read") == 100
    compare(lost, {3: 100 * 4 * KIB})


def test_chance_of_the_core(fio, fdp0):
    lost = Lost(fdp0)
    fio(placed(fdp0, **core("dataplacement"), dataplacement="fdp",
               plids="6,7", plid_select="random", number_ios=300)).clean()
    got = lost.bytes()
    assert sum(got) == got[6] + got[7] == 300 * 4 * KIB
    assert got[6] and got[7]


def test_scheme_of_the_core(fio, fdp0):
    options = core("dp_scheme")
    scheme = os.path.join(fio.folder, "scheme")
    with open(scheme, "w", encoding="ascii") as file:
        file.write(f"0,{MIB},3\n{MIB},{2 * MIB},5\n")
    lost, (log,), _ = run_with_log(
        fio, fdp0, [options], dataplacement="fdp", plid_select="scheme",
        dp_scheme=scheme, size="3m", number_ios=300)
    wanted = collections.Counter()
    for _, offset, length in log:
        # what no line names goes to 0
        wanted[{0: 3, 1: 5}.get(offset // MIB, 0)] += length
    compare(lost, wanted)


def test_both_at_once(fio, fdp0):
    core("fdp")
    with_both = placed(fdp0, fdp=1, number_ios=1)
    lost = Lost(fdp0)
    fio(with_both).refused("leave one of them out")
    assert not any(lost.bytes())


# -- what is refused

@pytest.mark.parametrize("options, words", [
    ({"placement_ids": "0,8"}, ("index 8", "8 reclaim unit handles",
                                "use 0 to 7")),
    ({"placement_ids": "0-65535"}, ("more than 128",)),
    ({"placement_ids": "one"}, ("not a list of numbers",)),
    ({"placement_select": "size"}, ("needs bounds",)),
    ({"placement_select": "lba", "placement_bounds": "2m,1m"},
     ("not an ascending list",)),
    ({"placement_select": "lba", "placement_bounds": "1m",
      "placement_ids": "1"}, ("2 parts, for 1",)),
    ({"placement": None, "placement_ids": "1"}, ("set placement=fdp",)),
    ({"placement": "streams"}, ("streams",)),
], ids=lambda value: "" if isinstance(value, tuple) else
    "+".join(f"{key}" for key in value))
def test_what_is_refused(fio, fdp0, options, words):
    lost = Lost(fdp0)
    fio(placed(fdp0, number_ios=1, **options)).refused(*words)
    assert not any(lost.bytes())


def test_index_of_the_core(fio, fdp0):
    """fio itself lets the first one too many pass, up to 3.36."""
    lost = Lost(fdp0)
    fio(placed(fdp0, **core("fdp"), fdp=1, fdp_pli="8",
               number_ios=1)).refused("index 8", "use 0 to 7")
    assert not any(lost.bytes())


def test_no_placement_here(fio, data0):
    fio(filename=data0.ng, rw="write", bs="4k", size="4k",
        placement="fdp").refused(data0.ng, "Flexible Data Placement")


# -- what is told

def test_table(fio, fdp0):
    """Index and identifier, before the first I/O, in normal output only."""
    handles = fdp0.handles
    options = placed(fdp0, number_ios=8, placement_ids="1,6", numjobs=2)
    out = fio(options, form="").good().out
    for index in (1, 6):
        left = handles[index].ruamw * fdp0.namespace.lba
        line = (f"index {index}: placement identifier {handles[index].pid}, "
                f"reclaim unit handle {handles[index].ruhid}, {left} bytes")
        assert out.count(line) == 1, out
    assert out.index(line) < out.index("Run status")
    assert "reclaim unit handle" not in fio(options).clean().out


def test_report_device_and_fio_agree(fio, fdp0):
    """What the report counts is what fio wrote, and the device took."""
    path = os.path.join(fio.folder, "report")
    before = fdp0.stats.hbmw
    run = fio(placed(fdp0, bssplit="4k/60:64k/40", blockalign="4k",
                     number_ios=300, placement_ids="0,3",
                     report=path)).clean()
    written = run.total("write", "io_bytes")
    with open(path, encoding="ascii") as file:
        record = json.loads(file.read())
    rows = record["files"][0]["placement"]["written"]
    assert sum(row["bytes"] for row in rows) == written
    assert record["commands"][0]["bytes"] == written
    assert fdp0.stats.hbmw - before == written
    assert {row["index"] for row in rows} == {0, 3}
    assert all(row["latency_ns"]["mean"] > 0 for row in rows)

# SPDX-License-Identifier: GPL-2.0
"""Commands in place of Writes and Reads: what they do to a namespace."""

import collections
import json
import math

import pytest

from fio import version
from namespace import KIB, MIB, unwritten
from test_report import records

ZERO = bytes(4 * KIB)
OPCODES = {"Write": 0x01, "Read": 0x02, "Compare": 0x05, "Write Zeroes": 0x08,
           "Dataset Management": 0x09, "Verify": 0x0c, "Copy": 0x19}
# fio that knows of zeroes and errors in its verification comes after 3.42
KNOWS_ZEROES = version() > (3, 42)


@pytest.fixture(name="job")
def fixture_job(fio, tmp_path):
    """Runs a job; afterwards it has what the report says was sent."""
    class Job:
        path = tmp_path / "report.json"
        sent = {}

        def __call__(self, namespace, **options):
            run = fio(filename=namespace.ng, report=str(self.path), **options)
            if self.path.exists():
                line = self.path.read_text().splitlines()[-1]
                kinds = json.loads(line)["commands"]
                assert all(OPCODES[kind["name"]] == kind["opcode"]
                           for kind in kinds)
                self.sent = {kind["name"]: kind["commands"] for kind in kinds}
                self.bytes = {kind["name"]: kind["bytes"] for kind in kinds}
            return run
    return Job()


def name_of(options):
    return "+".join(options) or "plain"


# -- Write Zeroes and Verify

@pytest.mark.smoke
@pytest.mark.parametrize("options", [
    {}, {"deac": 1}, {"writefua": 1}, {"fixedbufs": 1}, {"nonvectored": 0},
    {"force_async": 3}, {"registerfiles": 0}], ids=name_of)
def test_zeroes(job, data0, options):
    data0.fill(0, 2 * MIB)
    beyond = data0.read(MIB, MIB)
    run = job(data0, rw="randwrite", bs="4k", size="1m", iodepth=8,
              write_mode="zeroes", **options).clean()
    assert run.total("write") == 256
    assert job.sent == {"Write Zeroes": 256}
    assert job.bytes == {"Write Zeroes": MIB}
    assert data0.read(0, MIB) == bytes(MIB)
    assert data0.read(MIB, MIB) == beyond


def test_zeroes_beyond_what_data_could_be(job, data0):
    """Without data one command names more than it could carry."""
    assert data0.limit < MIB
    data0.fill(0, 4 * MIB)
    job(data0, rw="write", bs="1m", size="4m", write_mode="zeroes").clean()
    assert job.sent == {"Write Zeroes": 4}
    assert data0.read(0, 4 * MIB) == bytes(4 * MIB)


def test_more_blocks_than_a_command_names(job, data0):
    run = job(data0, rw="write", bs="33m", size="33m", write_mode="zeroes")
    run.refused(data0.ng, "bs=34603008", "65536", 32 * MIB)


@pytest.mark.smoke
def test_verify(job, data0):
    """It goes by the log: ONCS of the emulated controller has no Verify."""
    data0.fill(0, MIB)
    before = data0.digest(0, MIB)
    run = job(data0, rw="write", bs="16k", size="1m", iodepth=4,
              write_mode="verify").clean()
    assert run.total("write") == 64
    assert job.sent == {"Verify": 64}
    assert data0.digest(0, MIB) == before


def test_verify_finds_an_error(job, err0):
    """What cannot be read cannot be verified, and that has a name."""
    run = job(err0, rw="write", bs="4k", offset="1m", size="4k",
              write_mode="verify")
    assert run.status and "Verify, slba" in run.err, run


def test_uncor_is_refused_by_name(job, data0):
    """The emulated controller has none, and its log says so."""
    with unwritten(data0):
        for mode in ("uncor", "write/90:uncor/10"):
            run = job(data0, rw="write", bs="4k", size="64k", write_mode=mode)
            run.refused(data0.ng, "write_mode=uncor",
                        "Write Uncorrectable (opcode 0x04)", "log")


# -- mixes

def test_mix(job, data0):
    nr = 4000
    shares = {"Write": 50, "Write Zeroes": 35, "Verify": 15}
    found = []
    for _ in range(2):
        data0.fill(0, 2 * MIB)
        job(data0, rw="randrw", rwmixread=20, bs="4k", size="2m", iodepth=16,
            norandommap=1, io_size=nr * 4 * KIB, buffer_pattern="0x5a",
            write_mode="write/50:zeroes/:verify/15").clean()
        found.append(dict(job.sent))
    assert found[0] == found[1]
    writes = nr - found[0].pop("Read")
    assert sum(found[0].values()) == writes
    for name, percent in shares.items():
        want = writes * percent / 100
        sigma = math.sqrt(want * (1 - percent / 100))
        assert abs(found[0][name] - want) < 6 * sigma, name


def test_mix_does_each(job, data0):
    """Every block is what its command made of it."""
    data0.fill(0, MIB)
    before = data0.read(0, MIB)
    job(data0, rw="randwrite", bs="4k", size="1m", iodepth=8,
        buffer_pattern="0x5a", fixedbufs=1,
        write_mode="write/40:zeroes/30:verify/30").clean()
    after = data0.read(0, MIB)
    blocks = [(after[at:at + 4 * KIB], before[at:at + 4 * KIB])
              for at in range(0, MIB, 4 * KIB)]
    assert job.sent == {
        "Write": sum(now == b"\x5a" * 4 * KIB for now, _ in blocks),
        "Write Zeroes": sum(now == ZERO for now, _ in blocks),
        "Verify": sum(now == then for now, then in blocks)}
    assert min(job.sent.values()) > 20


def test_replay(job, fio, data0, tmp_path):
    """A log's writes are what write_mode says, too."""
    log = tmp_path / "log"
    fio(filename=data0.ng, rw="write", bs="16k", size="512k",
        write_iolog=str(log)).clean()
    data0.fill(0, MIB)
    beyond = data0.read(512 * KIB, 512 * KIB)
    job(data0, read_iolog=str(log), replay_redirect=data0.ng, bs="16k",
        write_mode="zeroes", replay_no_stall=1).clean()
    assert job.sent == {"Write Zeroes": 32}
    assert data0.read(0, 512 * KIB) == bytes(512 * KIB)
    assert data0.read(512 * KIB, 512 * KIB) == beyond


# -- Compare

PATTERN = {"bs": "4k", "size": "1m", "verify": "pattern",
           "verify_pattern": "0xdeadbeef%o"}


@pytest.mark.smoke
@pytest.mark.parametrize("options", [{}, {"fixedbufs": 1},
                                     {"nonvectored": 0}], ids=name_of)
def test_compare(job, data0, options):
    common = {**PATTERN, "rw": "randwrite", "iodepth": 8,
              "verify_mode": "compare", **options}
    run = job(data0, **common).clean()
    assert run.total("read") == 256
    assert job.sent == {"Write": 256, "Compare": 256}
    again = {**common, "verify_only": 1}
    job(data0, **again).clean()
    assert job.sent == {"Compare": 256}
    at = 17 * 4 * KIB
    block = data0.read(at, 4 * KIB)
    damaged = bytearray(block)
    damaged[2000] ^= 0x10
    data0.write(at, damaged)
    run = job(data0, **again)
    assert run.status and run.job["error"], run
    assert f"{data0.ng}: Compare, slba {at // data0.lba}, " in run.err, run
    assert "Compare Failure" in run.err
    data0.write(at, block)
    job(data0, **again).clean()


def test_compare_of_trimmed_blocks(job, data0):
    """fio looks for zeroes itself where it trimmed; the others are compared"""
    # one at a time: nothing orders a trim and a write that are both in flight
    run = job(data0, **PATTERN, rw="randtrimwrite", iodepth=1,
              verify_mode="compare", trim_percentage=40, trim_backlog=16,
              trim_verify_zero=1)
    assert run.status == 0 and run.job["error"] == 0, run
    assert job.sent["Dataset Management"] > 10 and job.sent["Compare"] > 10
    assert job.sent["Read"] + job.sent["Compare"] == run.total("read")


def test_compare_needs_a_pattern(job, data0):
    with unwritten(data0):
        run = job(data0, rw="write", bs="4k", size="64k", verify="crc32c",
                  verify_mode="compare")
        run.refused("verify_mode=compare", "verify=pattern")


@pytest.mark.parametrize("mode", ["zeroes", "verify", "write/50:zeroes/50"])
def test_verified_modes(job, data0, mode):
    if KNOWS_ZEROES and "verify" not in mode:
        pytest.skip("this fio verifies it")
    with unwritten(data0):
        run = job(data0, rw="write", bs="4k", size="64k", verify="crc32c",
                  write_mode=mode)
        run.refused("verify= is refused")


# -- Copy

@pytest.mark.smoke
@pytest.mark.parametrize("ranges", [1, 3, 128])
def test_copy(job, data0, ranges):
    data0.fill(0, 4 * MIB)
    data0.fill(4 * MIB, 4 * MIB, seed=2)
    before = data0.read(0, 8 * MIB)
    job(data0, rw="randwrite", bs="64k", offset="4m", size="512k", iodepth=4,
        write_mode="copy", copy_source="1m,512k", copy_ranges=ranges).clean()
    assert job.sent == {"Copy": 8}
    assert job.bytes == {"Copy": 512 * KIB}
    after = data0.read(0, 8 * MIB)
    assert after[4 * MIB:4 * MIB + 512 * KIB] == \
        before[MIB:MIB + 512 * KIB]
    assert after[:4 * MIB] == before[:4 * MIB]
    assert after[4 * MIB + 512 * KIB:] == before[4 * MIB + 512 * KIB:]


def test_copy_begins_anew(job, data0):
    data0.fill(0, MIB)
    data0.fill(4 * MIB, MIB, seed=2)
    source = data0.read(0, 64 * KIB)
    job(data0, rw="write", bs="4k", offset="4m", size="256k", iodepth=4,
        write_mode="copy", copy_source="0:64k").clean()
    assert job.sent == {"Copy": 64}
    assert data0.read(4 * MIB, 256 * KIB) == 4 * source


def test_copy_among_writes(job, data0):
    data0.fill(0, MIB)
    data0.fill(4 * MIB, MIB, seed=2)
    source = data0.read(0, MIB)
    job(data0, rw="write", bs="4k", offset="4m", size="1m", iodepth=8,
        buffer_pattern="0x5a", write_mode="write/50:copy/50",
        copy_source="0,1m", fixedbufs=1).clean()
    found = data0.read(4 * MIB, MIB)
    copies = sum(found[at:at + 4 * KIB] == source[at:at + 4 * KIB]
                 for at in range(0, MIB, 4 * KIB))
    writes = sum(found[at:at + 4 * KIB] == b"\x5a" * 4 * KIB
                 for at in range(0, MIB, 4 * KIB))
    assert job.sent == {"Write": writes, "Copy": copies}
    assert writes + copies == 256


@pytest.mark.parametrize("bs, ranges, words", [
    ("64k", 129, ("129 ranges", "above the 128", "MSRC")),
    ("128k", 1, ("256 blocks", "above the 128", "MSSRL", 64 * KIB)),
    ("128k", 2, ("256 blocks", "above the 128", "MCL", 64 * KIB))])
def test_copy_limits(job, data0, bs, ranges, words):
    with unwritten(data0):
        run = job(data0, rw="write", bs=bs, size="1m", write_mode="copy",
                  copy_source="4m,1m", copy_ranges=ranges)
        run.refused(data0.ng, "write_mode=copy", *words)


# -- trims, and what is for all of them

def test_trim_attributes(job, data0):
    """Without deallocate the data stays."""
    data0.fill(0, MIB)
    before = data0.digest(0, MIB)
    job(data0, rw="trim", bs="64k", size="1m", dsm_attr="idr,idw").clean()
    assert job.sent == {"Dataset Management": 16}
    assert data0.digest(0, MIB) == before
    job(data0, rw="trim", bs="64k", size="1m",
        dsm_attr="idw,deallocate").clean()
    assert data0.read(0, MIB) == bytes(MIB)


@pytest.mark.parametrize("options", [
    {"write_mode": "zeroes"}, {"write_mode": "verify"},
    {"write_mode": "copy", "copy_source": "1m,1m"}],
    ids=lambda options: options["write_mode"])
def test_readonly(fio, data0, options):
    with unwritten(data0):
        run = fio(arguments=["--readonly"], filename=data0.ng, rw="write",
                  bs="4k", size="64k", **options)
        assert run.status, run


def test_trace_names_them(job, data0, tmp_path):
    trace = tmp_path / "trace"
    job(data0, rw="randwrite", bs="4k", size="1m", iodepth=8,
        write_mode="write/40:zeroes/30:verify/30", trace=str(trace)).clean()
    found = collections.Counter(record[5] for _, record in records(trace))
    assert found == {OPCODES[name]: nr for name, nr in job.sent.items()}

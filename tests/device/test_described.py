# SPDX-License-Identifier: GPL-2.0
"""Commands in the user's own words, and what is done when they fail."""

import json
import os
import re

import pytest

from fio import ENGINE
from namespace import KIB, MIB, unwritten
from test_in_use import mounted, tool, wipe

BLOCKS = "cdw10=slba,cdw11=slba_hi,cdw12=nlb0"
READ = f"opcode=0x02,{BLOCKS}"
WRITE = f"opcode=0x01,{BLOCKS}"
ZEROES = f"opcode=0x08,{BLOCKS}"
VENDOR = "opcode=0xc1,len=0"
JOB = {"bs": "4k", "size": "1m", "iodepth": 8}
# what err0 cannot read lies in the middle
BAD = {"rw": "read", "bs": 512, "offset": "1m", "size": "8k"}


@pytest.mark.smoke
@pytest.mark.parametrize("extra", [{}, {"fixedbufs": 1}, {"force_async": 3}],
                         ids=lambda extra: "+".join(extra) or "plain")
def test_verify(fio, data0, extra):
    """Read and Write by hand do what the engine's own do."""
    data0.fill(0, MIB)
    before = data0.digest(0, MIB)
    run = fio({"filename": data0.ng, "rw": "randwrite", **JOB, **extra,
               "verify": "crc32c", "read_cmd": READ, "write_cmd": WRITE})
    assert run.clean().total("write") == 256
    assert data0.digest(0, MIB) != before
    fio({"filename": data0.ng, "rw": "randwrite", **JOB, "verify": "crc32c",
         "verify_only": 1}).clean()


def test_trim(fio, data0):
    data0.fill(0, 2 * MIB)
    run = fio({"filename": data0.ng, "rw": "trim", **JOB,
               "trim_cmd": ZEROES}).clean()
    assert run.total("trim") == 256
    assert data0.read(0, MIB) == bytes(MIB)
    assert data0.read(MIB, 64 * KIB).count(0) == 0


def test_job_file(fio, data0):
    """As a job file has it, in quotes and with blanks."""
    run = fio.file(f"""[job0]
ioengine={ENGINE}
filename={data0.ng}
rw=read
bs=4k
size=64k
read_cmd="opcode=0x02 cdw10=slba cdw11=slba_hi cdw12=nlb0"
""")
    assert run.clean().total("read") == 16


@pytest.mark.parametrize("option, way", [("read_cmd", "read"),
                                         ("write_cmd", "write"),
                                         ("trim_cmd", "trim")])
def test_status_of_an_invalid_opcode(fio, data0, option, way):
    with unwritten(data0):
        run = fio({"filename": data0.ng, "rw": way, **JOB, option: VENDOR})
    assert run.status == 1, run
    line = re.search(r"command 0xc1, slba \d+, 8 blocks: .*", run.err)
    assert line, run
    assert "Invalid Command Opcode" in line[0]
    assert "sct 0x0, sc 0x01, do not retry" in line[0]


def test_results(fio, data0, tmp_path):
    """A vendor's command has no name, and each result is counted."""
    report = tmp_path / "report"
    fio({"filename": data0.ng, "rw": "read", **JOB, "read_cmd": READ,
         "report": report}).clean()
    record = json.loads(report.read_text())
    assert record["results"] == [
        {"name": "Read", "dword0": 0, "count": 256}]
    assert [kind["name"] for kind in record["commands"]] == ["Read"]


def test_buffer_is_kept(fio, data0):
    with unwritten(data0):
        fio({"filename": data0.ng, "rw": "read", **JOB,
             "read_cmd": READ + ",len=8192"}).refused("len=8192", "4096 bytes")


# -- what may write ----------------------------------------------------------


@pytest.fixture(name="filesystem")
def fixture_filesystem(data0, tmp_path):
    wipe(data0)
    tool("mke2fs", "-q", "-F", "-t", "ext4", "-E",
         "lazy_itable_init=0,lazy_journal_init=0", data0.block, "16m")
    where = tmp_path / "mnt"
    where.mkdir()
    return where


@pytest.mark.parametrize("command", [
    pytest.param(WRITE, marks=pytest.mark.smoke), ZEROES, VENDOR,
    "opcode=0xc2"])
def test_reading_job_that_writes(fio, data0, filesystem, command):
    """A mounted disk is safe from a described write under rw=read."""
    with mounted(data0.block, filesystem):
        os.sync()
        before = data0.digest(0, 16 * MIB)
        run = fio({"filename": data0.ng, "rw": "read", **JOB,
                   "read_cmd": command})
        run.refused(data0.ng, f"is mounted on {filesystem}")
        assert data0.digest(0, 16 * MIB) == before
        fio({"filename": data0.ng, "rw": "read", **JOB,
             "read_cmd": READ}).clean()
    tool("e2fsck", "-f", "-n", data0.block)


def test_reading_job_that_may_write(fio, data0):
    data0.fill(0, 2 * MIB)
    fio({"filename": data0.ng, "rw": "read", **JOB,
         "read_cmd": ZEROES}).clean()
    assert data0.read(0, MIB) == bytes(MIB)


@pytest.mark.parametrize("command", [WRITE, ZEROES, VENDOR])
def test_readonly(fio, data0, command):
    with unwritten(data0):
        fio({"filename": data0.ng, "rw": "read", **JOB, "read_cmd": command},
            arguments=["--readonly"]).refused("read_cmd", "--readonly")
        fio({"filename": data0.ng, "rw": "read", **JOB, "read_cmd": READ},
            arguments=["--readonly"]).clean()


# -- nothing is sent ---------------------------------------------------------


@pytest.mark.parametrize("extra", [
    {"rw": "randwrite"}, {"rw": "randrw", "fixedbufs": 1},
    {"rw": "trim", "trim_cmd": ZEROES}, {"rw": "write", "write_cmd": WRITE},
    {"rw": "write", "bs": "512k"}, {"rw": "write", "sqthread_poll": 1},
    {"rw": "write", "thread": 1}, {"rw": "write", "nonvectored": 0}],
    ids=lambda extra: "+".join(extra))
@pytest.mark.once
def test_dry_run(fio, data0, extra):
    options = {"filename": data0.ng, **JOB, "dry_run": 1, **extra}
    with unwritten(data0):
        reads = data0.host_commands("read")
        run = fio(options, form="normal").good()
        # of the test's own and of whoever looks for partitions
        assert data0.host_commands("read") - reads < 64
    told = re.findall(r"job0: command (\d+), not sent: (.*)", run.out)
    assert [int(number) for number, _ in told] == list(
        range(1, min(9, len(told) + 1))), run
    assert told and all("nsid 1" in words for _, words in told), run
    assert "system calls" not in run.out
    silent = fio(options).clean()
    assert sum(silent.total(way) for way in ("read", "write", "trim"))


def test_dry_run_of_a_flush_and_a_polled_job(fio, device):
    options = {"filename": device.ng, "rw": "write", **JOB, "dry_run": 1,
               "fsync": 4}
    if device.polls:
        options["hipri"] = 1
    with unwritten(device):
        run = fio(options, form="normal").good()
    assert "opcode 0x00 (Flush)" in run.out, run


# -- errors ------------------------------------------------------------------


def test_timeout(fio, device):
    run = fio({"filename": device.ng, "rw": "randrw", **JOB,
               "timeout_ms": 30000}).clean()
    assert run.total("read") + run.total("write") == 256


def test_retries(fio, err0, tmp_path):
    """Its errors stay, and say nothing against another try."""
    report = tmp_path / "report"
    run = fio({"filename": err0.ng, **BAD, "retries": 3, "iodepth": 4,
               "continue_on_error": "io", "report": report})
    assert run.status == 0, run
    assert run.job["total_err"] == 8
    assert run.job["read"]["total_ios"] == 16
    record = json.loads(report.read_text())
    assert record["retries"] == 24
    assert record["commands"][0]["commands"] == 16


def test_retries_with_do_not_retry(fio, data0, tmp_path):
    report = tmp_path / "report"
    run = fio({"filename": data0.ng, "rw": "read", **JOB, "read_cmd": VENDOR,
               "retries": 3, "report": report})
    assert run.status == 1
    assert json.loads(report.read_text())["retries"] == 0


@pytest.mark.parametrize("limit", [
    "media/5", pytest.param("any/5:media/7", marks=pytest.mark.once),
    pytest.param("0x281/5", marks=pytest.mark.once)])
@pytest.mark.parametrize("extra", [
    {}, {"thread": 1}, {"iodepth": 8}, {"time_based": 1, "runtime": 60},
    {"loops": 5}], ids=lambda extra: "+".join(extra) or "plain")
def test_error_limit(fio, err0, limit, extra):
    """Where fio would go on for ever, the job ends, and badly."""
    run = fio({"filename": err0.ng, **BAD, "continue_on_error": "io",
               "error_limit": limit, **extra})
    run.refused(err0.ng, f"error_limit={limit.split(':')[0]}: ",
                "sct 0x2, sc 0x81")
    assert run.job["error"] == 5
    depth = extra.get("iodepth", 1)
    assert 6 <= run.job["total_err"] <= 6 + depth, run


def test_error_limit_of_another_kind(fio, err0):
    run = fio({"filename": err0.ng, **BAD, "continue_on_error": "io",
               "error_limit": "path/0:generic/0:0x280/0:media/8:any/8"})
    assert run.status == 0 and run.job["total_err"] == 8, run


def test_refusals(fio, data0):
    """What cannot be said is refused before anything is sent."""
    for options, words in [
            ({"read_cmd": "cdw10=slba"}, "no opcode"),
            ({"read_cmd": READ, "readfua": 1}, "readfua=1"),
            ({"error_limit": "media"}, "not a list of limits"),
            ({"retries": 1, "cmd_bs": 512}, "retries=1")]:
        with unwritten(data0):
            fio({"filename": data0.ng, "rw": "read", **JOB,
                 **options}).refused(words)

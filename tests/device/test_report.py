# SPDX-License-Identifier: GPL-2.0
"""report= and trace=: what they hold, and what they are kept from."""

import json
import os
import signal
import stat
import struct
import subprocess
import time

import pytest

from fio import HEAD, finish, kernel, version
from namespace import KIB, MIB, unwritten

MIXED = {"rw": "randrw", "bs": "4k", "size": "1m", "number_ios": 64,
         "iodepth": 8}
HEADER = struct.Struct("<8sHHIQQIIHH20s")
RECORD = struct.Struct("<QQIHHBBHI")
NAMES = {"read": "Read", "write": "Write", "trim": "Dataset Management"}
OPCODES = {"Read": 2, "Write": 1, "Dataset Management": 9, "Flush": 0}
FURTHER_RANGE = 0x20


@pytest.fixture(name="report")
def fixture_report(tmp_path):
    """Where a report goes, and its lines once it is there."""
    class Report:
        path = tmp_path / "report.json"

        @property
        def lines(self):
            text = self.path.read_text()
            assert text.endswith("\n")
            return [json.loads(line) for line in text.splitlines()]

        @property
        def line(self):
            line, = self.lines
            return line

        def kind(self, name, of=None):
            found = [kind for kind in (of or self.line)["commands"]
                     if kind["name"] == name]
            return found[0] if found else {"commands": 0, "bytes": 0,
                                           "errors": 0}
    return Report()


def records(path):
    """Every record of a trace, with its chunk's header."""
    data = path.read_bytes()
    at, found = 0, []
    while at < len(data):
        head = HEADER.unpack_from(data, at)
        assert head[:3] == (b"NVMEPTRC", 1, RECORD.size)
        at += HEADER.size
        for _ in range(head[3]):
            found.append((head, RECORD.unpack_from(data, at)))
            at += RECORD.size
    assert at == len(data)
    return found


# -- the report

@pytest.mark.smoke
@pytest.mark.parametrize("thread", [0, 1])
def test_counts_are_fios(fio, device, report, thread):
    run = fio({"filename": device.ng, **MIXED, "numjobs": 4, "report":
               report.path, "thread": thread}).clean()
    lines = report.lines
    assert sorted(line["job"]["number"] for line in lines) == [1, 2, 3, 4]
    for way in ("read", "write"):
        kinds = [report.kind(NAMES[way], line) for line in lines]
        assert sorted(kind["commands"] for kind in kinds) == \
            sorted(job[way]["total_ios"] for job in run.jobs)
        assert sum(kind["bytes"] for kind in kinds) == \
            run.total(way, "io_bytes")
    assert stat.S_IMODE(report.path.stat().st_mode) == 0o644
    assert run.out.startswith("{")


def test_trims(fio, device, report):
    run = fio({"filename": device.ng, "rw": "randtrimwrite", "bs": "16k",
               "size": "4m", "number_ios": 40, "report": report.path}).clean()
    for way in ("trim", "write"):
        kind = report.kind(NAMES[way])
        assert kind["commands"] == run.total(way) > 0
        assert kind["bytes"] == run.total(way, "io_bytes")


def test_flushes(fio, device, report):
    run = fio({"filename": device.ng, "rw": "randwrite", "bs": "4k",
               "size": "4m", "number_ios": 40, "fsync": 4,
               "report": report.path}).clean()
    assert report.kind("Flush")["commands"] == \
        run.job["sync"]["total_ios"] > 0
    assert report.kind("Flush")["bytes"] == 0


def test_who_and_what(fio, device, report):
    before = time.time()
    run = fio({"filename": device.ng, **MIXED, "cmd_bs": "1k",
               "registerfiles": 0, "fixedbufs": 1, "report": report.path}
              ).clean()
    line = report.line
    assert (line["schema"], line["fio"]) == (1, run.json["fio version"])
    assert line["kernel"] == os.uname().release
    assert line["layout"].startswith("%d.%d" % version())
    assert line["job"]["name"] == "job0" and line["job"]["error"] == 0
    assert before <= line["job"]["started"] <= line["job"]["ended"] <= \
        time.time()
    for name, value in (("cmd_bs", KIB), ("registerfiles", 0), ("hipri", 0),
                        ("fixedbufs", 1), ("nonvectored", -1),
                        ("cmd_type", "nvme"), ("trace", None),
                        ("report", str(report.path)), ("summary", 1)):
        assert line["options"][name] == value, name
    assert line["io_units"] == 64
    assert report.kind("Read")["commands"] + \
        report.kind("Write")["commands"] == 256
    ring = line["ring"]
    assert ring["registered_files"] is False
    assert ring["registered_regions"] > 0
    assert ring["commands_per_call"] == \
        pytest.approx(256 / ring["system_calls"], abs=1e-5)
    file, = line["files"]
    assert (file["path"], file["nsid"]) == (device.ng, device.nsid)
    assert file["size"] == device.bytes
    assert file["lba_format"]["data_bytes"] == device.lba
    assert file["transport"] and file["serial"] and file["model"]


def test_errors(fio, err0, report):
    fio({"filename": err0.ng, "rw": "read", "bs": "4k", "offset": "512k",
         "size": "1m", "iodepth": 8, "continue_on_error": "all",
         "report": report.path})
    kind = report.kind("Read")
    assert (kind["commands"], kind["errors"]) == (256, 1)
    assert kind["bytes"] == MIB - 4 * KIB
    error, = report.line["errors"]
    assert (error["name"], error["count"], error["errno"]) == ("Read", 1, None)
    assert error["status"] & 0x7ff == 0x281
    assert "Unrecovered Read" in error["text"]


def test_error_that_ends_the_job(fio, err0, report):
    fio({"filename": err0.ng, "rw": "read", "bs": "4k", "offset": "1m",
         "size": "4k", "report": report.path})
    assert report.line["job"]["error"] == 5


def jobs_in(path):
    """The numbers of the jobs that have written a chunk."""
    data = path.read_bytes() if path.exists() else b""
    at, found = 0, set()
    while at + HEADER.size <= len(data):
        head = HEADER.unpack_from(data, at)
        found.add(head[8])
        at += HEADER.size + head[3] * RECORD.size
    return found


def test_a_neighbour_that_is_killed(fio, device, report, tmp_path):
    """Its line is missing, and no other is spoilt."""
    trace = tmp_path / "trace"
    jobs = {"filename": device.ng, **MIXED, "number_ios": None,
            "numjobs": 3, "time_based": 1, "runtime": 600,
            "report": report.path, "trace": trace}
    with fio.start(jobs) as process:
        # before they do I/O they hold locks that fio would wait for
        deadline = time.monotonic() + 120
        while len(jobs_in(trace)) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        with open(f"/proc/{process.pid}/task/{process.pid}/children",
                  encoding="ascii") as file:
            pids = file.read().split()
        assert len(pids) == 3
        os.kill(int(pids[1]), signal.SIGKILL)
        process.send_signal(signal.SIGINT)
        finish(process)
    lines = report.lines
    assert sorted(line["job"]["pid"] for line in lines) == \
        [int(pids[0]), int(pids[2])]
    assert all(line["io_units"] > 0 for line in lines)


@pytest.fixture(name="group")
def fixture_group():
    name = os.environ.get("NG_FDP0")
    if not name:
        pytest.skip("needs an FDP namespace")
    return name


def test_fdp_logs(fio, group, report):
    """Host bytes written between the two, and events that are new."""
    run = fio({"filename": group, "rw": "write", "bs": "64k", "size": "4m",
               "report": report.path}).clean()
    fdp = report.line["files"][0]["fdp"]
    assert fdp["after"]["time"] > fdp["before"]["time"]
    grown = fdp["after"]["hbmw"] - fdp["before"]["hbmw"]
    assert grown == run.total("write", "io_bytes")
    assert fdp["after"]["mbmw"] >= fdp["before"]["mbmw"]
    assert isinstance(fdp["events"], list)
    assert report.line["files"][0]["endurance_group"] == 1


def test_no_fdp(fio, data0, report):
    fio({"filename": data0.ng, **MIXED, "report": report.path}).clean()
    assert report.line["files"][0]["fdp"] is None


def test_fdp_logs_without_privilege(fio, group, report):
    """The report says why they are missing, and the job runs."""
    if os.getuid() or kernel() < (6, 2):
        pytest.skip("needs root, and a kernel where others may do I/O")
    mode = stat.S_IMODE(os.stat(group).st_mode)
    os.chmod(group, 0o666)
    report.path.touch()
    os.chmod(report.path, 0o666)
    try:
        # without the capability, and with a file that is its own
        fio({"filename": group, "rw": "randread", "bs": "4k", "size": "1m",
             "number_ios": 16, "report": report.path},
            before=("setpriv", "--bounding-set=-sys_admin",
                    "--inh-caps=-sys_admin", "--ambient-caps=-all")).clean()
    finally:
        os.chmod(group, mode)
    line = report.line
    assert report.kind("Read")["commands"] == 16
    assert list(line["files"][0]["fdp"]) == ["error"]
    assert group in line["files"][0]["fdp"]["error"]


# -- the trace

@pytest.mark.smoke
@pytest.mark.parametrize("extra", [{}, {"cmd_bs": "1k"}, {"thread": 1}],
                         ids=lambda extra: "+".join(extra) or "plain")
def test_trace_has_every_command(fio, device, report, tmp_path, extra):
    """As many as were counted, over several chunks, and of several jobs."""
    trace = tmp_path / "trace"
    fio({"filename": device.ng, **MIXED, "size": "16m", "number_ios": 3000,
         "numjobs": 2, "report": report.path, "trace": trace, **extra}
        ).clean()
    found = records(trace)
    assert len(found) == 6000 * (4 if "cmd_bs" in extra else 1)
    started = min(line["job"]["started"] for line in report.lines)
    ended = max(line["job"]["ended"] for line in report.lines)
    for name in ("Read", "Write"):
        assert sum(record[5] == OPCODES[name] for _, record in found) == \
            sum(report.kind(name, line)["commands"] for line in report.lines)
    size = KIB if "cmd_bs" in extra else 4 * KIB
    lba = device.lba
    serial = report.lines[0]["files"][0]["serial"]
    assert {record[2] for _, record in found} == {size // lba}
    assert {head[8] for head, _ in found} == {1, 2}
    assert {(*head[5:8], head[10]) for head, _ in found} == {
        (device.bytes // lba, device.nsid, lba, serial.ljust(20).encode())}
    for head, record in found:
        assert record[1] < 16 * MIB // lba
        assert record[4] == 0 and record[8] < 8
        assert started - 0.1 < (head[4] + record[0]) / 1e9 < ended + 0.1


@pytest.mark.skipif(version() < (3, 37), reason="fio has no num_range")
def test_trace_of_ranges(fio, device, report, tmp_path):
    trace = tmp_path / "trace"
    fio({"filename": device.ng, "rw": "randtrim", "bs": "4k", "size": "4m",
         "number_ios": 64, "num_range": 8, "report": report.path,
         "trace": trace}).clean()
    found = [record for _, record in records(trace)]
    assert {record[5] for record in found} == {9}
    first = [record for record in found if not record[6] & FURTHER_RANGE]
    kind = report.kind("Dataset Management")
    assert len(first) == kind["commands"] < len(found)
    assert sum(record[2] for record in found) * device.lba == kind["bytes"]


def test_trace_of_errors(fio, err0, tmp_path):
    trace = tmp_path / "trace"
    fio({"filename": err0.ng, "rw": "read", "bs": "4k", "offset": "1m",
         "size": "8k", "continue_on_error": "all", "trace": trace})
    statuses = [(record[1], record[4] & 0x7ff)
                for _, record in records(trace)]
    assert statuses == [(2048, 0x281), (2056, 0)]


def test_trace_begins_anew(fio, device, tmp_path):
    trace = tmp_path / "trace"
    for _ in range(2):
        fio({"filename": device.ng, **MIXED, "trace": trace}).clean()
        assert len(records(trace)) == 64


# -- what is refused, before anything is written

WRITES = {"rw": "write", "bs": "4k", "size": "64k"}


def assert_refused(fio, device, words, **options):
    with unwritten(device):
        run = fio({"filename": device.ng, **WRITES, **options})
    run.refused(*words)
    assert sum(line.startswith(HEAD) for line in run.err.splitlines()) == 1


@pytest.mark.parametrize("option", ["report", "trace"])
def test_refused_files(fio, device, tmp_path, option):
    missing = tmp_path / "missing" / "file"
    assert_refused(fio, device, (f"{option}={missing}", "No such file"),
                   **{option: missing})
    victim, link = tmp_path / "victim", tmp_path / "link"
    victim.write_bytes(b"")
    link.symlink_to(victim)
    assert_refused(fio, device, (f"{option}={link}", "symbolic link"),
                   **{option: link})
    assert victim.read_bytes() == b""
    assert_refused(fio, device, (f"{option}=/dev/null", "regular file"),
                   **{option: "/dev/null"})


def test_what_is_no_trace_stays(fio, device, tmp_path):
    thesis = tmp_path / "thesis"
    thesis.write_text("chapter one")
    assert_refused(fio, device, (f"trace={thesis}", "no trace"),
                   trace=thesis)
    assert thesis.read_text() == "chapter one"


def test_trace_of_jobs_not_in_order(fio, device, tmp_path):
    trace = tmp_path / "trace"
    run = fio({"filename": device.ng, **WRITES, "rw": "read",
               "create_serialize": 0, "trace": trace})
    run.refused("create_serialize=0")
    assert not trace.exists()


@pytest.fixture(name="full")
def fixture_full(tmp_path):
    """A file system of one page, which is in use."""
    if os.getuid():
        pytest.skip("needs root to mount")
    folder = tmp_path / "full"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "full",
                    str(folder)], check=True)
    (folder / "filler").write_bytes(bytes(4 * KIB))
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("option", ["report", "trace"])
def test_no_room(fio, device, full, option):
    """It is told once, and the job goes on."""
    run = fio({"filename": device.ng, **MIXED, "size": "16m",
               "number_ios": 4000, option: full / "file"})
    assert run.status == 0, run
    line, = [line for line in run.err.splitlines() if line.startswith(HEAD)]
    assert f"{option}=" in line and "No space left" in line
    assert run.job["error"] == 0
    assert run.total("read") + run.total("write") == 4000

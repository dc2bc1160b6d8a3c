# SPDX-License-Identifier: GPL-2.0
"""Traces are read, merged, filtered and printed; what is none is refused."""

import csv
import io
import os
import subprocess
import sys

import pytest
import tracing
from tracing import (DSM, ERRNO, FDP, FLUSH, FURTHER, HEADER, LBA, NSZE, READ,
                     RECORD, WRITE, chunk, record, write)

from measure import Failure, commands, trace

READ_ERROR = 0x281
NOT_AGAIN = 0x4000
EIO = 5


@pytest.fixture(name="show")
def fixture_show(monkeypatch, capsys):
    """Calls the script's main(); returns what it printed."""
    module = tracing.script("trace", monkeypatch)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["trace", *arguments])
        assert module.main() == 0
        return capsys.readouterr()

    return run


def run_script(*arguments, **more):
    return subprocess.run(
        [sys.executable, "-B", os.path.join(tracing.EXAMPLES, "trace"),
         *arguments], capture_output=True, text=True, timeout=300, check=False,
        **more)


@pytest.fixture(name="mixed")
def fixture_mixed(tmp_path):
    """Two jobs, whose chunks alternate and whose times interleave."""
    return write(
        tmp_path / "mixed",
        chunk([record(100, 0, 8, 3, io_unit=7),
               record(300, 8, 16, status=READ_ERROR | NOT_AGAIN,
                      opcode=READ, flags=0)], clock=1000),
        chunk([record(200, 64, 8, 1),
               record(250, 0, 0, opcode=FLUSH, flags=0)], clock=1000, job=2),
        chunk([record(400, 80, 32, opcode=DSM, flags=0),
               record(400, 160, 64, opcode=DSM, flags=FURTHER),
               record(500, 8, 8, 3, EIO, flags=FDP | ERRNO)], clock=1000))


def test_fields_of_header_and_record(mixed):
    found = list(trace.chunks(mixed))
    assert [len(records) for _, records in found] == [2, 2, 3]
    head, records = found[0]
    assert head == trace.Header(1, RECORD.size, 2, 1000, NSZE, 1, LBA, 1, 0,
                                "fdp0")
    assert records[0].tolist() == (100, 0, 8, 3, 0, WRITE, FDP, 0, 7)
    assert HEADER.size == 64 == trace.HEADER.size
    assert trace.RECORD.itemsize == 32


def test_jobs_are_merged_by_time(mixed):
    read = trace.load([mixed])
    assert read.when.tolist() == [1100, 1200, 1250, 1300, 1400, 1400, 1500]
    assert read.of_header("job").tolist() == [1, 2, 2, 1, 1, 1, 1]


def test_files_are_merged_and_ranges_stay_together(tmp_path):
    one = write(tmp_path / "one", chunk(
        [record(10, 0, 8, opcode=DSM), record(
            10, 16, 8, opcode=DSM, flags=FURTHER)]))
    two = write(tmp_path / "two", chunk([record(10, 99)], job=2),
                chunk([record(5, 98)], job=2))
    read = trace.load([one, two])
    assert read.records["slba"].tolist() == [98, 0, 16, 99]


def test_corrected_clock_does_not_reorder_a_job(tmp_path):
    name = write(tmp_path / "one", chunk([record(1000, 1)], clock=5000),
                 chunk([record(1001, 2)], clock=4000))
    assert trace.load([name]).records["slba"].tolist() == [1, 2]
    later = write(tmp_path / "two", chunk([record(1, 3)], clock=10**15))
    assert trace.load([later, name]).records["slba"].tolist() == [1, 2, 3]


def test_empty_file_is_a_trace(tmp_path, show):
    name = write(tmp_path / "empty")
    assert len(trace.load([name]).records) == 0
    assert len(show(name).out.splitlines()) == 1
    assert len(show("--summary", name).out.splitlines()) == 1


WHOLE = 3


@pytest.mark.parametrize("cut", [
    at + off for at in (1, 8, *range(64, 160, 32)) for off in (0, 1, 31)])
def test_torn_end_is_read_to_its_last_whole_record(tmp_path, cut):
    records = [record(number, number) for number in range(WHOLE)]
    first, second = chunk(records), chunk(records)
    name = write(tmp_path / "torn", first, second[:cut])
    read = trace.load([name])
    left = max(cut - HEADER.size, 0) // RECORD.size
    assert len(read.records) == WHOLE + left
    note, = read.notes
    assert f"{name}: ends inside the chunk at byte {len(first)}" in note
    assert f"record, {left} of it" in note


def whole_of(length):
    return max(length - HEADER.size, 0) // RECORD.size


def blocks_of(name):
    return trace.load([name]).records["slba"].tolist()


CUT = chunk([record(2, 10 + number) for number in range(WHOLE)])


@pytest.mark.parametrize("cut", range(1, len(CUT)))
def test_a_chunk_that_another_cut_off(tmp_path, cut):
    """A job was killed in the middle of its write(), and others went on."""
    before = chunk([record(1, 1), record(1, 2)])
    after = chunk([record(3, 3)], job=2)
    name = write(tmp_path / "cut", before, CUT[:cut], after, after)
    read = trace.load([name])
    assert read.records["slba"].tolist() == [
        1, 2, *range(10, 10 + whole_of(cut)), 3, 3]
    note, = read.notes
    assert note == (
        f"{name}: another chunk begins {cut} bytes into the one at byte "
        f"{len(before)}; read up to its last whole record, {whole_of(cut)} "
        "of it")


@pytest.mark.parametrize("cut", [1, 11, 63, 64, 90, 96, 155, 159])
def test_every_chunk_was_cut_off(tmp_path, cut):
    """Wherever the one before and the end of the file were cut."""
    for end in range(1, len(CUT)):
        name = write(tmp_path / "cut", CUT[:cut], CUT[:end])
        assert blocks_of(name) == [
            10 + number for length in (cut, end)
            for number in range(whole_of(length))], end


def test_a_serial_like_a_chunk_is_none(tmp_path):
    name = write(tmp_path / "serial",
                 *[chunk([record(1)], serial=b"NVMEPTRC" + b"NVMEPTRC" +
                         b"NVME")] * 2)
    read = trace.load([name])
    assert len(read.records) == 2 and not read.notes


def test_torn_end_is_told(tmp_path, show):
    name = write(tmp_path / "torn", chunk([record(1), record(2)])[:-1])
    told = show(name)
    assert len(told.out.splitlines()) == 2
    assert told.err == (f"trace: {name}: ends inside the chunk at byte 0; "
                        "read up to its last whole record, 1 of it\n")


GOOD = chunk([record(1), record(2)])
AT = len(GOOD) + HEADER.size


@pytest.mark.parametrize("bad, offset, what", [
    (b"x" * 10, len(GOOD), "no chunk"),
    (b"x" * 100, len(GOOD), "no chunk"),
    (chunk([], magic=b"NVMEPTRX"), len(GOOD), "no chunk"),
    (chunk([], version=2), len(GOOD), "version 2"),
    (chunk([], size=40), len(GOOD), "records of 40 bytes"),
    (chunk([], count=0xffffffff), len(GOOD), "4294967295 records"),
    (chunk([], count=trace.MOST_RECORDS + 1), len(GOOD), "more than a chunk"),
    (chunk([], lba=0), len(GOOD), "blocks of 0 bytes"),
    (chunk([], lba=520), len(GOOD), "blocks of 520 bytes"),
    (chunk([], nsze=0), len(GOOD), "namespace of 0"),
    (chunk([], nsze=2**64 - 1), len(GOOD), "namespace of"),
    (chunk([record(1), record(2, reserved=1)]), AT + RECORD.size, "reserved"),
    (chunk([record(1, NSZE - 8), record(1, NSZE - 7)]), AT + RECORD.size,
     "beyond the end"),
    (chunk([record(1, 2**64 - 1)]), AT, "beyond the end"),
    (chunk([record(1, 0, 65537)]), AT, "more blocks"),
], ids=lambda value: "" if isinstance(value, bytes) else None)
def test_damage_is_one_line_with_its_place(tmp_path, bad, offset, what):
    name = write(tmp_path / "bad", GOOD, bad)
    done = run_script(name)
    assert done.returncode == 1 and not done.stdout
    line, = done.stderr.splitlines()
    assert line.startswith(f"trace: {name}: byte {offset}: ")
    assert what in line


def test_most_that_a_chunk_and_a_command_can_have(tmp_path):
    """These are read up to where the file ends, and no further."""
    name = write(tmp_path / "much", chunk(
        [record(1, 0, 65536), record(2, 0, NSZE, opcode=DSM),
         record(3, NSZE, 8, status=0x80)], count=trace.MOST_RECORDS))
    assert len(trace.load([name]).records) == 3


def test_missing_file_is_one_line(tmp_path):
    with pytest.raises(Failure, match="none: No such file"):
        trace.load([str(tmp_path / "none")])


def test_missing_numpy_names_the_package(tmp_path, mixed):
    write(tmp_path / "numpy.py", b"raise ImportError('not here')\n")
    done = run_script(mixed, env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert done.returncode == 1
    line, = done.stderr.splitlines()
    assert "apt-get install python3-numpy (not here)" in line


def test_text(mixed, show):
    head, *lines = show(mixed).out.splitlines()
    assert head.split() == ["seconds", "job", "file", "command", "slba",
                            "blocks", "placement", "status"]
    assert len(lines) == 7
    assert lines[0].split() == ["0.000000000", "1", "0", "Write", "0", "8",
                                "3", "success"]
    assert lines[2].split() == ["0.000000150", "2", "0", "Flush", "0", "0",
                                "-", "success"]
    assert lines[3].endswith("  Unrecovered Read Error (sct 0x2, sc 0x81, do "
                             "not retry)")
    assert "Dataset Mgmt" in lines[4] and "and range" in lines[5]
    assert lines[6].endswith(f"  {os.strerror(EIO)} (errno {EIO})")


@pytest.mark.parametrize("arguments, slbas", [
    (["--job=2"], [64, 0]),
    (["--job=1,2", "--command=flush"], [0]),
    (["--command=write"], [0, 64, 8]),
    (["--opcode=0x2,dsm"], [8, 80, 160]),
    (["--command=dataset-management"], [80, 160]),
    (["--placement=3"], [0, 8]),
    (["--placement=1,none"], [64, 0, 8, 80, 160]),
    (["--placement=0"], []),
    (["--errors"], [8, 8]),
    (["--errors", "--placement=3"], [8])])
def test_filters(mixed, show, arguments, slbas):
    rows = list(csv.DictReader(io.StringIO(
        show("--csv", *arguments, mixed).out)))
    assert [int(row["slba"]) for row in rows] == slbas


def test_csv_has_everything(mixed, show):
    rows = list(csv.DictReader(io.StringIO(show("--csv", mixed).out)))
    assert rows[0] == {
        "time_ns": "1100", "job": "1", "file": "0", "serial": "fdp0",
        "nsid": "1", "io_unit": "7", "opcode": "1", "command": "Write",
        "further_range": "0", "slba": "0", "blocks": "8",
        "bytes": str(8 * LBA), "dtype": "2", "placement": "3", "status": "0",
        "errno": "", "words": "success"}
    assert rows[3]["status"] == str(READ_ERROR | NOT_AGAIN)
    assert rows[5]["further_range"] == "1"
    assert (rows[6]["status"], rows[6]["errno"]) == ("", str(EIO))


def test_summary(mixed, show):
    _, *lines = show("--summary", mixed).out.splitlines()
    assert [line.rsplit(maxsplit=4) for line in lines] == [
        ["Flush", "-", "1", "0", "0"],
        ["Write", "1", "1", str(8 * LBA), "0"],
        ["Write", "3", "2", str(8 * LBA), "1"],
        ["Read", "-", "1", "0", "1"],
        ["Dataset Management", "-", "1", str(96 * LBA), "0"]]


@pytest.mark.parametrize("argument, what", [
    ("--command=frob", "Write Zeroes"), ("--placement=x", "'x'"),
    ("--placement=65536", "65536"), ("--job=0", "'0'")])
def test_wrong_filter_is_one_line(mixed, argument, what):
    done = run_script(argument, mixed)
    assert done.returncode == 2
    line, = done.stderr.splitlines()
    assert what in line and "--help" in line


def test_reader_that_has_seen_enough_is_no_error(tmp_path):
    name = write(tmp_path / "long", chunk([record(1)] * 20000))
    with subprocess.Popen(
            [sys.executable, "-B", os.path.join(tracing.EXAMPLES, "trace"),
             name], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as shown:
        assert shown.stdout.readline().split()[0] == b"seconds"
        shown.stdout.close()
        assert shown.stderr.read() == b""
        assert shown.wait(300) == 0


def test_reader_that_wants_nothing_is_no_error(mixed):
    """Here it is the last flush that fails, and that at exit must not."""
    ends = os.pipe()
    os.close(ends[0])
    with open(ends[1], "wb") as nowhere:
        done = subprocess.run(
            [sys.executable, "-B", os.path.join(tracing.EXAMPLES, "trace"),
             mixed], stdout=nowhere, stderr=subprocess.PIPE, timeout=300,
            check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("field, words", [
    (0, "success"), (0x80, "LBA Out of Range (sct 0x0, sc 0x80)"),
    (0x4286, "Access Denied (sct 0x2, sc 0x86, do not retry)"),
    (0x7c5, "Vendor Specific (sct 0x7, sc 0xc5)"),
    (0x5ff, "reserved status (sct 0x5, sc 0xff)")])
def test_status_words(field, words):
    assert commands.status_words(field) == words


@pytest.mark.parametrize("text, opcode", [
    ("Write", 1), ("write_zeroes", 8), ("trim", 9), ("0x0c", 12), ("2", 2),
    ("256", None), ("-1", None), ("wrote", None)])
def test_opcode_of(text, opcode):
    assert commands.opcode_of(text) == opcode

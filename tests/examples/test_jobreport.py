# SPDX-License-Identifier: GPL-2.0
"""examples/report on records that are made up here."""

import copy
import json
import os
import re
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

import measure
from measure import Failure, jobplots
from measure.options import readable
from jobrecords import (NQN, document, event, file_of, latency, placement,
                        reading, record, text_of, unread, written)

SCRIPT = os.path.join(os.path.dirname(os.path.dirname(measure.__file__)),
                      "report")


@pytest.fixture(name="put")
def fixture_put(tmp_path):
    """Writes records, or lines of bytes, to a file, and returns its name."""
    def put(*records, name="jobs.jsonl", end=b"\n"):
        lines = [one if isinstance(one, bytes) else json.dumps(one).encode()
                 for one in records]
        path = tmp_path / name
        path.write_bytes(b"\n".join(lines) + end)
        return str(path)
    return put


def report(*arguments):
    # with the plots' library, which is the system's
    return subprocess.run([sys.executable, "-B", SCRIPT, *arguments],
                          text=True, check=False, capture_output=True)


# -- jobs, errors, placements -------------------------------------------------

def test_jobs_are_in_order_of_time_with_their_kinds():
    found = document(record("late", 50, 60), record("early", 0, 12.5))
    assert [job["name"] for job in found["jobs"]] == ["early", "late"]
    kinds = [{"opcode": 2, "name": "Read", "commands": 30, "bytes": 4096,
              "errors": 3}, {"opcode": 0, "name": "Flush", "commands": 4,
                             "bytes": 0, "errors": 0}]
    job = record("mix", 0, 12.5, commands=kinds)
    job["job"]["error"] = 5
    lines = text_of(job).splitlines()
    read, flush = lines[lines.index("Jobs") + 2:][:2]
    assert read.split()[:2] == ["mix", "1"]
    assert read.split()[4:] == ["12.5", "10", "Read", "30", "4", "KiB", "3",
                                "40", "25.2"]
    assert flush.split() == ["Flush", "4", "0", "B", "0"]
    assert "  mix 1 ended with error 5: Input/output error" in lines
    assert lines[0] == "nvme_passthru 0.1.0, fio-3.39, Linux 6.12.107"


def test_errors_of_one_kind_are_added_up_in_words():
    media = {"name": "Write", "status": 641, "errno": None,
             "text": "Unrecovered Read Error (sct 0x2, sc 0x81)", "count": 2}
    other = {"name": "Read", "status": None, "errno": 5,
             "text": "Input/output error", "count": 3}
    found = record("a", 0, 1, errors=[media, other]), record(
        "b", 0, 1, errors=[media])
    assert [one["count"] for one in document(*found)["errors"]] == [4, 3]
    assert re.search(r"^ +4  Write  Unrecovered Read Error \(sct 0x2, sc "
                     r"0x81\)$", text_of(*found), re.M)
    assert "No errors" in text_of(record("a", 0, 1))


def test_placements_of_a_namespace_are_added_up():
    found, = document(
        record("a", 0, 9, file_of(placed=placement(
            written(0, 3000, 30, latency(100)),
            written(1, 1000, 10, latency(200), errors=1)))),
        record("b", 0, 9, file_of(path="/dev/ng7n1", placed=placement(
            written(1, 4000, 30, latency(400)), written(2, 0, 0)))),
    )["placements"]
    assert found["type"] == "fdp" and found["path"] == "/dev/ng7n1"
    assert found["select"] == ["roundrobin"]
    zero, one, two = found["identifiers"]
    assert (zero["bytes"], zero["share"], zero["handle"]) == (3000, 3 / 8, 4)
    assert zero["latency_ns"] == {"mean": 200, "p50": 200, "p99": 1000,
                                  "p99_9": 4000, "upper_bounds": False}
    assert (one["commands"], one["bytes"], one["errors"]) == (40, 5000, 1)
    assert one["bytes_of_jobs"] == {"a": 1000, "b": 4000}
    assert one["latency_ns"] == {
        "mean": (10 * 400 + 30 * 800) / 40, "p50": 800, "p99": 4000,
        "p99_9": 16000, "upper_bounds": True}
    assert two["latency_ns"] is None and two["share"] == 0


def test_placements_of_other_namespaces_are_others():
    placed = placement(written(0, 8))
    found = document(record("a", 0, 9, file_of(placed=placed),
                            file_of(placed=placed, nsid=2),
                            file_of(placed=placed, subsystem="other")))
    assert [(one["drive"], one["nsid"]) for one in found["placements"]] == [
        (NQN, 1), (NQN, 2), ("other", 1)]


def test_writes_without_an_identifier_have_a_row():
    rest = {**written(9, 50), "identifier": None, "position": None,
            "index": None}
    placed = placement(written(1, 150), written(0, 0))
    placed["written"].insert(0, rest)
    job = record("a", 0, 9, file_of(placed=placed))
    found, = document(job)["placements"]
    assert [(row["identifier"], row["share"])
            for row in found["identifiers"]] == [
                (0, 0), (1, 0.75), (None, 0.25)]
    assert re.search("^ +none +- +10 +50 B +25.0%", text_of(job), re.M)
    panel, = jobplots.panels(document(job))
    assert panel.names == ["0", "1", "none"]


def test_texts_that_are_empty_are_null():
    job = record(None, 0, 9, unread(), errors=[
        {"name": None, "status": None, "errno": None,
         "text": "errors of other kinds", "count": 3}])
    job["files"][0]["model"] = None
    text = text_of(job)
    assert re.search("^ +3  - +errors of other kinds$", text, re.M)
    assert "(no model; /dev/ng0n1): 1 job\n" in text


def test_streams_have_no_handle():
    job = record("a", 0, 9, file_of(placed=placement(
        written(3, 100), kind="streams", select="fio")))
    found, = document(job)["placements"]
    assert found["type"] == "streams"
    assert found["identifiers"][0]["handle"] is None
    lines = text_of(job).splitlines()
    row = next(number for number, line in enumerate(lines)
               if line.startswith("Placements in /dev/ng0n1")) + 2
    assert lines[row - 2].endswith(": streams, chosen by fio")
    assert lines[row].split() == ["3", "-", "10", "100", "B", "100.0%", "0",
                                  "-", "-", "-", "-"]


def test_a_name_cannot_break_the_table():
    lines = text_of(record("bad\n\x1b[2Jname\ud800", 0, 9)).splitlines()
    assert any(line.startswith("  bad??[2Jname?  ") for line in lines)


# -- lines --------------------------------------------------------------------

def spoiled(path, value, delete=False):
    """A record with one thing that it should not have."""
    found = record("a", 0, 9, file_of(
        reading(0, 0), reading(9, 9), event(1),
        placed=placement(written(0, 9, latency=latency(1)))))
    inner = found
    for name in path[:-1]:
        inner = inner[name]
    if delete:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return json.dumps(found).encode()


FDP = ("files", 0, "fdp")


@pytest.mark.parametrize("line, words", [
    (b"{", "no JSON: "),
    (b"nonsense", "no JSON: "),
    (b"\xff{}", "not UTF-8"),
    (b"[" * 100000, "nested too deeply"),
    (b"[]", "not an object, so no job's record"),
    (b"{}", "schema: missing"),
    (b'{"schema": NaN}', "NaN is no JSON"),
    (b'{"schema": 2}', "schema 2: this version reads 1"),
    (b'{"schema": true}', "schema true: this version reads 1"),
    (spoiled(("job",), 0, delete=True), "job: missing"),
    (spoiled(("job", "started"), "now"), 'job.started: "now" is not a time'),
    (spoiled(("job", "ended"), 1e12), "job.ended: 1000000000000.0 is not a"),
    (spoiled(("files",), {}), "files: not a list"),
    (spoiled(("files", 0), 3), "files[0]: not an object"),
    (spoiled(("io_units",), -1), "io_units: -1 is not a whole number from 0"),
    (spoiled(("io_units",), 1 << 64), "io_units: 18446744073709551616 is"),
    (spoiled(("io_units",), 1.5), "io_units: 1.5 is not a whole number"),
    (spoiled(("io_units",), True), "io_units: true is not a whole number"),
    (spoiled(("commands", 0, "bytes"), None), "commands[0].bytes: null is"),
    (spoiled(("files", 0, "placement", "type"), "zones"),
     'placement.type: "zones" is not "fdp"'),
    (spoiled((*FDP, "after"), 0, delete=True), "files[0].fdp.after: missing"),
    (spoiled((*FDP, "before", "hbmw"), 1.0), "fdp.before.hbmw: 1.0 is not"),
    (spoiled((*FDP, "error"), None), "files[0].fdp.error: null is not"),
    (spoiled((*FDP, "events", 0, "log"), []), "events[0].log: [] is not"),
])
def test_bad_line_is_told_and_the_rest_used(put, line, words):
    path = put(record("a", 0, 9), line, record("b", 10, 19))
    found = report(path)
    assert found.returncode == 1
    assert found.stderr.startswith(f"report: {path}:2: ")
    assert words in found.stderr and found.stderr.count("\n") == 1
    assert re.search("^  a .*^  b ", found.stdout, re.M | re.S)
    assert json.loads(report("--json", path).stdout)["complete"] is False


def test_many_bad_lines_are_not_all_told(put):
    path = put(record("a", 0, 9), *[b"x"] * 40)
    found = report(path)
    assert found.returncode == 1 and found.stderr.count("\n") == 4
    assert found.stderr.endswith(
        f"report: {path}: 37 more lines could not be read\n")


def test_torn_last_line_is_a_remark(put):
    whole = json.dumps(record("b", 10, 19)).encode()
    path = put(record("a", 0, 9), whole[:200], end=b"")
    found = report(path)
    assert found.returncode == 1 and found.stderr.count("\n") == 1
    assert f"report: {path}:2: torn off" in found.stderr
    assert "  a " in found.stdout and "  b " not in found.stdout
    # only the newline is missing
    found = report(put(record("a", 0, 9), whole, end=b""))
    assert (found.returncode, found.stderr) == (0, "")
    assert "  b " in found.stdout


def test_additional_keys_and_blank_lines_are_no_concern(put):
    job = record("a", 0, 9, file_of(reading(0, 0), reading(9, 70)))
    job["future"] = job["job"]["future"] = {"schema": 7}
    job["files"][0]["fdp"]["before"]["future"] = None
    found = report("--json", put(b"", job, b"  "))
    assert (found.returncode, found.stderr) == (0, "")
    assert json.loads(found.stdout)["groups"][0]["hbmw"] == 70


def test_several_files_and_a_copy_of_a_record(put):
    first = record("a", 0, 9, file_of(reading(0, 0), reading(9, 70)))
    second = copy.deepcopy(first)
    second["job"].update(name="b", number=2)
    one = put(first, name="one")
    two = put(second, first, name="two")
    found = report("--json", one, two)
    assert found.returncode == 0
    assert found.stderr == (f"report: {two}:2: the same as {one}:1; counted "
                            "once\n")
    assert len(json.loads(found.stdout)["jobs"]) == 2


@pytest.mark.parametrize("arguments, words", [
    ([], "FILE"),
    (["/no/such/file"], "/no/such/file: No such file"),
    (["/"], "/: Is a directory"),
    (["/dev/null"], "/dev/null: no job's record"),
    (["--bars", "/dev/null"], "--bars"),
])
def test_no_input_is_one_line(arguments, words):
    found = report(*arguments)
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith("report: ") and words in found.stderr
    assert found.stderr.count("\n") == 1


def test_help_says_what_it_reads():
    found = report("--help")
    assert found.returncode == 0 and "report=FILE" in found.stdout


def test_broken_pipe_is_no_error(put):
    path = put(*(record(f"job{number}", number, number + 1, number=number)
                 for number in range(3000)))
    with subprocess.Popen([sys.executable, "-B", SCRIPT, path],
                          stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        assert process.stdout.readline().startswith(b"nvme_passthru")
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


# -- JSON and plots -----------------------------------------------------------

def two_jobs():
    def placed(scale):
        return placement(written(0, 3000 * scale, 30, latency(100)),
                         written(1, 1000 * scale, 10, latency(200)))

    return [record("a", 0, 9, file_of(
        reading(0, 10), reading(9, 10010, 15010, 4096), event(5),
        placed=placed(1)), size=4000),
            record("b", 1, 8, file_of(
                reading(1, 100), reading(8, 9000, 9000), event(5),
                placed=placed(2)), unread(group=2, placed=placed(4)),
                size=24000, number=2)]


def test_json_has_the_figures_of_the_tables(put):
    path = put(*two_jobs())
    found = report("--json", path)
    assert (found.returncode, found.stderr) == (0, "")
    figures = json.loads(found.stdout)
    text = report(path).stdout
    group, other = figures["groups"]
    assert group["write_amplification"] == 1.5
    for words, name in (("host wrote", "hbmw"), ("media wrote", "mbmw"),
                        ("media erased", "mbe")):
        assert re.search(rf"^  {words} +{readable(group[name])}  "
                         rf"{group[name]}$", text, re.M)
    assert re.search(r"^  write amplification +1\.500$", text, re.M)
    assert (f"{group['jobs_bytes']}, {group['jobs_share']:.1%} of what"
            in text)
    assert "  events: 1 in the controller's log: media reallocated" in text
    assert f"error: {other['error']}" in text
    cells = [line.split() for line in text.splitlines()]
    for row in figures["placements"][0]["identifiers"]:
        times = row["latency_ns"]
        assert [str(row["identifier"]), str(row["handle"]),
                str(row["commands"]), *readable(row["bytes"]).split(),
                f"{row['share']:.1%}", str(row["errors"]),
                f"{times['mean'] / 1e3:.1f}",
                *(f"≤{times[name] / 1e3:.1f}" for name in (
                    "p50", "p99", "p99_9"))] in cells


def test_plots_are_made(put, tmp_path):
    pytest.importorskip("matplotlib")
    stem = str(tmp_path / "new" / "jobs")
    found = report(f"--plot={stem}", put(*two_jobs()))
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.startswith("nvme_passthru")
    with open(f"{stem}.png", "rb") as file:
        width, height = struct.unpack(">II", file.read(24)[16:])
    assert width > 1000 and height > 400
    assert ET.parse(f"{stem}.svg").getroot().tag.endswith("svg")


def test_panels_have_the_figures():
    ratio, where, times = jobplots.panels(document(*two_jobs()))
    assert ratio.lines[0].y == [1.5] and ratio.level == 1
    assert where.stacked and where.names == ["0", "1"]
    scale = {"KiB": 1 << 10}[where.ylabel]
    assert {line.label: [y * scale for y in line.y]
            for line in where.lines} == {
                "a": [3000, 1000], "b": [3000 * 6, 1000 * 6]}
    assert times.log_y and {line.label: line.y for line in times.lines} == {
        "percentile 50": [0.2, 0.4], "percentile 99": [1, 2],
        "percentile 99.9": [4, 8]}


def test_more_jobs_than_looks_are_others():
    jobs = [record(f"job{number}", 0, 9, file_of(placed=placement(
        written(0, 1 << 10))), number=number) for number in range(14)]
    panel, = jobplots.panels(document(*jobs))
    assert len(panel.lines) == jobplots.MOST_JOBS + 1
    assert panel.lines[-1].label == jobplots.OTHERS
    assert sum(line.y[0] for line in panel.lines) == 14
    assert panel.lines[-1].y == [4]


def test_nothing_to_draw_is_one_line(tmp_path):
    with pytest.raises(Failure, match="nothing to draw"):
        jobplots.save(str(tmp_path / "x"), document(record("a", 0, 9)))

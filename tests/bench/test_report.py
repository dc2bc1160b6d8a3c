# SPDX-License-Identifier: GPL-2.0
"""The tables, the lines of README.md and the XML."""

import copy
import json
import os
import re
import xml.etree.ElementTree as ET

import pytest

from benchmark import readme, report
from benchmark.points import BY_NAME
from measure import Failure

FIRST = "interrupt-read-512-128x32-fixed"


def test_table_has_every_contender_and_gate(results):
    lines = report.bench(results)
    rows = [line for line in lines if re.search(r"\s5\s+\d\.\d{4}$", line)]
    assert len(rows) == 6 + 3 + 3 + 2
    own = next(line for line in rows if line.startswith("  nvme_passthru  "))
    assert own.split()[1:4] == ["3900", "1.000", "0.0%"]
    block = next(line for line in rows if "block device" in line)
    assert "1.487" in block
    text = "\n".join(lines)
    for gate in results["gates"]:
        assert gate["text"] in text
    for word in ("6.12", "fio-3.39", "icount", "IOMMU: none"):
        assert word in text


def test_verdict_names_what_failed(results):
    lines = report.verdict(results)
    assert [line.split(":")[0] for line in lines[:-1]] == [
        f"FAILED {FIRST}"]
    assert lines[-1].startswith("gates: ")
    counts = dict(reversed(part.split(" ", 1)) for part
                  in lines[-1][len("gates: "):].split(", "))
    assert counts["missed"] == "1" and counts["not judged"] == "1"
    assert sum(map(int, counts.values())) == len(results["gates"])


def test_junit(results, tmp_path):
    path = tmp_path / "bench.xml"
    report.junit(results, path)
    cases = list(ET.parse(path).iter("testcase"))
    assert len(cases) == len(results["gates"])
    assert len([case for case in cases
                if case.find("failure") is not None]) == 1
    (skipped,) = [case for case in cases if case.find("skipped") is not None]
    assert "64x16" in skipped.get("classname")


def test_first_table_has_both_kinds_of_namespace(results):
    lines = readme.first_table(results)
    assert lines[0] == ("|  | by interrupt | by interrupt, no head "
                        "| system calls |")
    own = next(line for line in lines if line.startswith("| nvme_passthru |"))
    assert own == "| nvme_passthru | 3,900 | 3,800 | 0.030 |"
    block = next(line for line in lines if "block device" in line)
    assert "| 5,800 (1.49) | 4,900 (1.29) |" in block


def test_other_table_marks_what_repeats_badly(results):
    lines = readme.other_table(results)
    assert len(lines) == 4
    assert "512 B reads, 1/1, a drive of 100 us " in lines[2]
    assert "≈" not in lines[2]
    assert "64/16, polled" in lines[3] and "≈ 4,000" in lines[3]


def test_settings_are_told(results):
    text = " ".join(readme.settings_text(results))
    for word in ("6.12", "fio-3.39", "IOMMU: none", "norandommap",
                 "gtod_reduce", "median of 5 runs", "2026-01-02",
                 "0.0% by interrupt", "6.0% polled", "≈"):
        assert word in text


def test_lines_are_put_between_the_marks():
    text = f"above\n{readme.BEGIN}old\n{readme.END}below\n"
    found = readme.insert(text, ["new"])
    assert "old" not in found and "\nnew\n" in found
    assert found.startswith("above\n") and found.endswith("below\n")
    assert readme.insert(found, ["new"]) == found
    with pytest.raises(Failure, match="has no lines"):
        readme.insert("no marks", [])


def test_readme_and_plot_are_written(results, tmp_path, monkeypatch):
    path = tmp_path / "README.md"
    path.write_text(readme.BEGIN + readme.END, encoding="utf-8")
    monkeypatch.setattr(readme, "README", str(path))
    monkeypatch.setattr(readme, "TOP", str(tmp_path))
    (tmp_path / "results.json").write_text(json.dumps(results))
    assert readme.main([str(tmp_path / "results.json")]) == 0
    text = path.read_text(encoding="utf-8")
    assert "5,800 (1.49)" in text
    picture = re.search(r"!\[.*\]\((\S+)\)", text)[1]
    with open(tmp_path / picture, "rb") as file:
        assert file.read(4) == b"\x89PNG"
    assert os.path.dirname(picture).startswith("ci/")


def test_readme_of_a_bad_file(tmp_path):
    with pytest.raises(Failure, match="nosuch.json"):
        readme.main([str(tmp_path / "nosuch.json")])


def test_results_are_merged(results):
    later = copy.deepcopy(results)
    later["date"] = "2026-01-03"
    points = later["boots"]["head"]["points"]
    points[FIRST]["nvme_passthru"]["cost"] = 3500
    del points["interrupt-read-512-1x1-fixed"], later["boots"]["ordinary"]
    merged = readme.merge([results, later])
    assert merged["date"] == "2026-01-03"
    head = merged["boots"]["head"]["points"]
    assert head[FIRST]["nvme_passthru"]["cost"] == 3500
    assert "interrupt-read-512-1x1-fixed" in head
    assert merged["boots"]["ordinary"] == results["boots"]["ordinary"]
    later["boots"]["head"]["environment"] = dict(
        later["boots"]["head"]["environment"], kernel="7.2")
    with pytest.raises(Failure, match="different machines.*7.2"):
        readme.merge([results, later])


def test_panels(results):
    interrupt, polled = readme.panels(results)
    lines = {line.label: (line.x, line.y) for line in interrupt.lines}
    # depth 1 is of another drive
    assert lines["nvme_passthru"] == ([128], [3900])
    assert lines["t/io_uring -u1"] == ([128], [2660])
    assert {line.label for line in polled.lines} == {
        "nvme_passthru", "fio's io_uring_cmd", "fio's io_uring, block device"}


def test_profile_table():
    one = {"cost": 3900.0, "samples": 9000,
           "parts": {"engine": 75.5, "liburing": 8.0, "kernel": 2200.0},
           "functions": {"engine": [[60.0, "queue"], [15.5, "reap"]],
                         "liburing": [[8.0, "io_uring_enter"]],
                         "kernel": [[150.0, "submit"], [9.0, "other"]]}}
    lines = report.profile(BY_NAME[FIRST], {"nvme_passthru": one}, kernel=1)
    text = "\n".join(lines)
    assert re.search(r"^  queue +60\.0$", text, re.M)
    assert re.search(r"^  submit +150\.0$", text, re.M)
    assert "other" not in text
    assert report.own_cost(one) == 75.5

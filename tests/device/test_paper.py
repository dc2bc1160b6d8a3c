# SPDX-License-Identifier: GPL-2.0
"""examples/paper on namespaces: short runs, and what is left out."""

import json
import os
import subprocess
import sys

import pytest

import fio as fio_module
from namespace import unwritten

pytestmark = pytest.mark.once

PAPER = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                     "../../examples/paper")
QUICK = ["--seconds=0.2", "--ramp=0.1", "--repeats=1", "--no-plots"]


@pytest.fixture(name="paper")
def fixture_paper(tmp_path):
    """Runs the script; returns its document and its report."""
    def run(*arguments):
        ran = subprocess.run(
            [sys.executable, PAPER, f"--plugin={fio_module.PLUGIN}",
             f"--output={tmp_path}/out", *QUICK, *arguments],
            stdin=subprocess.DEVNULL, text=True, check=False,
            capture_output=True, timeout=fio_module.PATIENCE)
        assert ran.returncode == 0, ran
        assert all(line.startswith("paper: run ")
                   for line in ran.stderr.splitlines()), ran
        with open(f"{tmp_path}/out/paper.json", encoding="utf-8") as file:
            document = json.load(file)
        with open(f"{tmp_path}/out/paper.md", encoding="utf-8") as file:
            return document, file.read()
    return run


def rows_of(document, experiment):
    """By label, the engines that were measured."""
    found = {}
    for row in document["rows"]:
        if row["experiment"] == experiment:
            assert row["iops"]["median"] > 0 and row["cost"]["median"] > 0
            found.setdefault(row["label"], []).append(row["engine"])
    return found


def test_latency_on_both_paths_writes_nothing(device, paper):
    with unwritten(device):
        document, report = paper(device.ng, "--only=latency")
    found = rows_of(document, "latency")
    assert len(found) == 6
    assert set(map(tuple, found.values())) == {("io_uring", "nvme_passthru")}
    for row in document["rows"]:
        # an I/O at the end of the ramp time may be in one mean only
        for name in ("submission", "latency", "latency_99"):
            assert 1e2 < row[name]["median"] < 1e10, row
    assert f"| kernel | {os.uname().release} |" in report
    assert f"| LBA format | {document['environments'][0]['lba_format']} |" \
        in report
    assert "209 and 144 ns" in report


def test_two_drives_on_two_processors(device, null0, paper):
    cpus = len(os.sched_getaffinity(0))
    document, report = paper(device.ng, null0.ng, "--only=peak,two")
    found = rows_of(document, "two")
    assert {"plain", "fixed buffers"} <= set(rows_of(document, "peak"))
    if cpus < 2:
        assert not found and "one processor only" in report
        return
    assert set(found) == set(rows_of(document, "peak"))
    assert len(set(document["settings"]["cpus"])) == 2
    # each drive has a job of its own in one run of fio
    for engine, name in (("io_uring", "block"), ("nvme_passthru", "ng")):
        command = document["commands"]["two"][engine]
        for drive in (device, null0):
            assert f"--filename={getattr(drive, name)} " in command


def test_sqpoll_where_it_can_be(polled, paper):
    document, _ = paper(polled.ng, "--only=sqpoll")
    found = rows_of(document, "sqpoll")
    assert len([label for label in found if "SQPOLL off" in label]) == 5
    on = [label for label in found if "SQPOLL on" in label]
    assert len(on) == (5 if len(os.sched_getaffinity(0)) > 1 else 0)


def test_no_poll_queue_leaves_polling_out(nopoll0, paper):
    document, report = paper(nopoll0.ng, "--only=peak,scaling")
    assert list(rows_of(document, "peak")) == ["plain", "fixed buffers"]
    assert not rows_of(document, "scaling")
    assert "- left out: polling in " in report
    assert "## What this run can and cannot show" in report
    assert "emulated by QEMU" in report

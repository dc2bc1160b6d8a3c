# SPDX-License-Identifier: GPL-2.0
"""examples/sweep on a namespace: short sweeps, of which one is interrupted."""

import csv
import json
import os
import signal
import subprocess
import sys

import pytest

import fio as fio_module
from namespace import MIB, unwritten

pytestmark = pytest.mark.once

SWEEP = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                     "../../examples/sweep")
QUICK = ["--depths=4", "--batches=1,4", "--seconds=0.2", "--ramp=0.1",
         "--no-plots"]


class Sweep:
    """The script, with its results in a folder of their own."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "results")

    def command(self, *arguments):
        return [sys.executable, SWEEP, f"--plugin={fio_module.PLUGIN}",
                f"--output={self.folder}", *QUICK, *arguments]

    def __call__(self, *arguments):
        return subprocess.run(
            self.command(*arguments), stdin=subprocess.DEVNULL, text=True,
            check=False, capture_output=True, timeout=fio_module.PATIENCE)

    def good(self, *arguments):
        """The document of a sweep that ended well, and what it said."""
        ran = self(*arguments)
        assert ran.returncode == 0, ran
        said = ran.stderr.splitlines()
        assert all(" run " in line for line in said), ran
        return self.document(), said

    def refused(self, *arguments):
        """The one line that it was refused in."""
        ran = self(*arguments)
        assert (ran.returncode, ran.stderr.count("\n")) == (2, 1), ran
        return ran.stderr

    def document(self):
        with open(f"{self.folder}/sweep.json", encoding="utf-8") as file:
            return json.load(file)

    def lines(self):
        with open(f"{self.folder}/sweep.csv", encoding="utf-8") as file:
            return list(csv.DictReader(file))


@pytest.fixture(name="sweep")
def fixture_sweep(tmp_path):
    return Sweep(str(tmp_path))


@pytest.fixture(name="blank_data0")
def fixture_blank_data0(data0):
    """Its first MiB reads as zeroes."""
    data0.write(0, bytes(MIB))
    return data0


def serial_of(device):
    path = f"/sys/class/nvme-generic/{os.path.basename(device.ng)}/device"
    with open(f"{path}/serial", encoding="ascii") as file:
        return file.read().strip()


def test_sweep_reads_and_tells_where(device, sweep):
    with unwritten(device):
        found, said = sweep.good(
            device.ng, "--rounds=2", "--poll=no",
            "--engines=nvme_passthru,io_uring,io_uring_cmd")
    assert len(said) == 2 * 2 * 3
    assert found["complete"] and len(found["points"]) == 2 * 3
    for row in found["points"]:
        assert row["rounds"] == 2 and row["cost"]["min"] > 0
        latency = row["latency"]
        assert 0 < latency["50"]["median"] <= latency["99.9"]["median"]
    environment = found["environment"]
    assert environment["kernel"] == os.uname().release
    assert environment["logical_block"] == device.lba
    assert f": {device.lba}" in environment["lba_format"]
    assert environment["bytes"] == device.bytes
    lines = sweep.lines()
    assert [line["engine"] for line in lines] == [
        row["engine"] for row in found["points"]]
    assert lines[0]["firmware"] == environment["firmware"]


def test_interrupted_sweep_goes_on_with_what_is_missing(device, sweep):
    arguments = [device.ng, "--rounds=2", "--poll=no"]
    with subprocess.Popen(
            sweep.command(*arguments), text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            start_new_session=True) as process:
        for line in process.stderr:
            if line.startswith("sweep: run 4 of 8"):
                break
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=fio_module.PATIENCE)
    assert process.returncode == 130
    assert rest.count("\n") == 2 and "the same command goes on" in rest
    # nothing of it runs on
    assert subprocess.run(["pgrep", "--session", str(process.pid)],
                          check=False, capture_output=True).stdout == b""
    before = sweep.document()
    assert not before["complete"]
    # on a busy host the fourth may have ended before the signal came
    done = sum(row["rounds"] for row in before["points"])
    assert done in (3, 4)
    found, said = sweep.good(*arguments)
    assert len(said) == 8 - done
    assert said[0].startswith(f"sweep: run {done + 1} of 8")
    assert found["complete"]
    assert all(row["rounds"] == 2 for row in found["points"])
    kept = [run for row in found["points"] for run in row["runs"]]
    assert all(run in kept for row in before["points"]
               for run in row["runs"])


def test_sweep_asks_before_it_writes(device, sweep):
    with unwritten(device):
        for arguments in (["--rw=randwrite"], ["--precondition"]):
            line = sweep.refused(device.ng, *arguments)
            assert f"--destroy={serial_of(device)}" in line
            line = sweep.refused(device.ng, *arguments, "--destroy=other")
            assert "nothing was written" in line


def test_sweep_does_not_write_to_a_namespace_in_use(data0, sweep):
    arguments = ["--engines=io_uring", "--size=1m",
                 f"--destroy={serial_of(data0)}"]
    holder = os.open(data0.block, os.O_RDONLY | os.O_EXCL)
    try:
        with unwritten(data0):
            for more in (["--rw=randwrite"], ["--precondition"]):
                line = sweep.refused(data0.ng, *arguments, *more)
                assert f"{data0.block} is in use" in line, line
    finally:
        os.close(holder)


def test_blank_blocks_are_told_and_filled_when_asked(blank_data0, sweep):
    arguments = [blank_data0.ng, "--rounds=1", "--poll=no", "--size=1m"]
    found, _ = sweep.good(*arguments)
    assert "100% of the blocks sampled" in found["notes"][0]
    found, said = sweep.good(
        *arguments, "--fresh", "--precondition",
        f"--destroy={serial_of(blank_data0)}")
    assert said[0].startswith("filling: run 1 of 1: 1 MiB")
    assert "the first 1 MiB were written" in found["notes"][0]
    assert not any("sampled" in note for note in found["notes"])
    assert bytes(512) not in (blank_data0.read(0, 512),
                              blank_data0.read(MIB - 512, 512))


def test_sweep_writes_when_told_to(data0, sweep):
    commands = data0.host_commands("write")
    found, _ = sweep.good(data0.ng, "--rounds=1", "--poll=no", "--size=1m",
                          "--rw=randwrite", f"--destroy={serial_of(data0)}")
    ios = sum(row["iops"]["median"] * 0.2 for row in found["points"])
    assert data0.host_commands("write") - commands > ios / 2 > 0


def test_sweep_polls_only_where_that_is_safe(device, nopoll0, sweep):
    line = sweep.refused(nopoll0.ng, "--poll=yes")
    assert "no poll queue" in line and nopoll0.ng in line
    release = tuple(map(int, os.uname().release.split(".")[:2]))
    if release < (6, 5):
        assert "Linux 6.5" in sweep.refused(device.ng, "--poll=yes")
    else:
        found, _ = sweep.good(device.ng, "--rounds=1", "--poll=yes")
        assert found["settings"]["polled"]


def test_sweep_names_a_device_without_a_block_device(extended, sweep):
    assert "no block device" in sweep.refused(extended.ng)

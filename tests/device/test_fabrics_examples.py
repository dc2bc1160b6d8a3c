# SPDX-License-Identifier: GPL-2.0
"""The scripts of examples/ on namespaces of the kernel's own target."""

import json
import os
import re
import subprocess

import pytest

import fio as fio_module
from faults import wait_for
from fio import kernel
from nvmet import AGAIN, BRIEFLY, heads, target_in, text_of
from test_sweep import Sweep, serial_of

EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "../../examples")
ENGINES = ["io_uring", "io_uring_cmd", "nvme_passthru"]
# On a busy host jobs on fabrics may do nothing in less
LENGTH = ["--seconds=0.6", "--ramp=0"]
QUICK = [*LENGTH, "--repeats=1", "--no-plots"]
GOES_ON = "and the same command goes on with the rest\n"


@pytest.fixture(name="target", params=[
    pytest.param("loop", marks=pytest.mark.once), "tcp"])
def fixture_target(request, tmp_path):
    with target_in(tmp_path, request.param) as target:
        yield target


@pytest.fixture(name="device")
def fixture_device(target):
    target.connect("first")
    return target.namespace()


def script(name, *arguments):
    """Run it, and whatever became of it, nothing of Python's own."""
    ran = subprocess.run([os.path.join(EXAMPLES, name), *arguments],
                         stdin=subprocess.DEVNULL, text=True, check=False,
                         capture_output=True, timeout=fio_module.PATIENCE)
    assert "Traceback" not in ran.stderr, ran
    return ran


def good(name, *arguments):
    """What it printed, when nothing was wrong."""
    ran = script(name, *arguments)
    assert ran.returncode == 0, ran
    assert all(re.match(rf"{name}: run \d", line)
               for line in ran.stderr.splitlines()), ran
    return ran.stdout


def refused(name, *arguments):
    """The one line in which it was."""
    ran = script(name, *arguments)
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1), ran
    return ran.stderr


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def describes(environment, target, device):
    """It names the connection, and claims nothing that is PCIe's."""
    assert environment["transport"] == target.transport
    assert environment["serial"] == serial_of(device)
    assert environment["multipath_head"] == heads()
    assert environment["bytes"] == device.bytes
    # the parameter of PCIe's driver is 1 in the guests
    assert environment["poll_queues"] == "0"
    assert environment["iommu"] == "unknown"
    assert environment["numa_node"] is None


# -- compare ------------------------------------------------------------------

def test_compare_has_a_row_for_each_engine(target, device, tmp_path):
    """Of I/Os that the target counted."""
    before = device.host_commands("read")
    out = good("compare", device.ng, f"--plugin={fio_module.PLUGIN}",
               "--seconds=1", "--repeats=1", f"--json={tmp_path}/json")
    counted = device.host_commands("read") - before
    found = load(f"{tmp_path}/json")
    describes(found["machine"], target, device)
    assert f" over {target.transport}, " in out and "by interrupt" in out
    assert list(found["engines"]) == ENGINES
    for name, row in found["engines"].items():
        assert len(row["runs"]) == 1
        assert all(run["iops"] > 0 < run["cost"] for run in row["runs"])
        assert re.search(
            rf"^{name}(, block device)? +{row['iops']:.0f} +"
            rf"{row['iops_ratio']:.2f} +{row['cost']:.0f} +"
            rf"{row['cost_ratio']:.2f} +{row['spread']:.1%}$", out,
            re.MULTILINE), out
    own = found["engines"]["nvme_passthru"]
    assert own["iops_ratio"] == own["cost_ratio"] == 1
    # each run lasts a second, and a little longer on a busy host
    ios = sum(run["iops"] for row in found["engines"].values()
              for run in row["runs"])
    assert 0.9 * ios < counted < 2 * ios, found


# -- sweep --------------------------------------------------------------------

@pytest.fixture(name="sweep")
def fixture_sweep(tmp_path):
    return Sweep(str(tmp_path))


def test_sweep_names_the_transport(target, device, sweep):
    ran = sweep(device.ng, "--rounds=1", "--batches=4", *LENGTH,
                f"--engines={','.join(ENGINES)}")
    assert ran.returncode == 0, ran
    found, lines = sweep.document(), sweep.lines()
    describes(found["environment"], target, device)
    assert found["complete"] and not found["settings"]["polled"]
    assert [row["engine"] for row in found["points"]] == ENGINES
    assert len(lines) == len(ENGINES)
    for line, row in zip(lines, found["points"]):
        assert row["iops"]["median"] > 0 < row["cost"]["median"]
        assert (line["transport"], line["poll_queues"]) == (
            target.transport, "0")
        assert float(line["iops"]) > 0 < float(line["p50_ns"])
    assert f" over {target.transport}, LBA format 0: " in ran.stdout
    # what is advised is right for this driver
    line = sweep.refused(device.ng, "--poll=yes")
    assert f"{device.ng}: --poll=yes, but it has no poll queue; " in line
    assert "nvme.poll_queues" not in line
    assert ("--nr-poll-queues" in line) == (target.transport == "tcp")


def start_and(sweep, fault, *arguments):
    """Start a sweep, make a fault in its third run, and wait for its end.

    Returns what it said after that.
    """
    with subprocess.Popen(
            sweep.command(*arguments), text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            before = ""
            while "sweep: run 3 " not in before:
                line = process.stderr.readline()
                before += line
                assert line, before
            fault()
            out, rest = process.communicate(timeout=fio_module.PATIENCE)
        except BaseException:
            process.kill()
            raise
    # no table, which would look like a whole one
    assert (process.returncode, out) == (2, ""), (out, rest)
    return rest


def lost(sweep, said, runs):
    """One line on what happened; returns the rounds that are kept."""
    *progress, line = said.splitlines(keepends=True)
    assert all(re.match(r"sweep: run \d", text) for text in progress), said
    assert re.match(r"sweep: .+: fio failed with .+; what was measured is in "
                    + re.escape(sweep.folder), line), said
    assert line.endswith(GOES_ON), said
    before = sweep.document()
    done = sum(row["rounds"] for row in before["points"])
    assert not before["complete"] and 2 <= done < runs
    assert done == 2 + len(progress)
    assert len(sweep.lines()) == len(before["points"])
    return before["points"], done, line


def goes_on(sweep, before, done, runs, *arguments):
    """With what is missing, and nothing else."""
    found, said = sweep.good(*arguments)
    assert len(said) == runs - done, said
    assert found["complete"]
    assert sum(row["rounds"] for row in found["points"]) == runs
    kept = [run for row in found["points"] for run in row["runs"]]
    assert all(run in kept for row in before for run in row["runs"])
    assert not any("on the way" in note for note in found["notes"])


def test_sweep_outlives_its_device(target, sweep):
    """It is gone, and found again, perhaps by another name."""
    tcp = target.transport == "tcp"
    controller = target.connect("first", **(BRIEFLY if tcp else {}))
    device = target.namespace()
    rest = ["--rounds=3", "--batches=4", *LENGTH]
    said = start_and(sweep, (lambda: target.cut("first")) if tcp else
                     (lambda: target.disconnect(controller)),
                     device.ng, *rest)
    before, done, line = lost(sweep, said, 6)
    assert re.match(rf"sweep: ({device.ng} is gone|no controller leads to "
                    rf"{device.ng} any more|the controller of {device.ng} is "
                    r"[a-z]+)", line), line
    wait_for("the host is to give up", lambda: not target.controllers)
    if tcp:
        target.join("first")
    target.connect("first")
    goes_on(sweep, before, done, 6, target.namespace().ng, *rest)


def test_sweep_outlives_a_broken_connection(target, sweep):
    """Its device stays, and there is nothing to be read of it for a while."""
    if target.transport != "tcp":
        pytest.skip("loop does not try to connect again")
    controller = target.connect("first", **AGAIN)
    # a block device waits for its connection instead
    arguments = [target.namespace().ng, "--rounds=4", "--batches=4",
                 "--engines=nvme_passthru", *LENGTH]
    said = start_and(sweep, lambda: target.cut("first"), *arguments)
    before, done, line = lost(sweep, said, 4)
    assert re.match(rf"sweep: the controller of {arguments[0]} is "
                    "(resetting|connecting): ", line), line
    target.join("first")
    wait_for("it is to be back", lambda: text_of(
        f"/sys/class/nvme/{controller}/state") == "live")
    goes_on(sweep, before, done, 4, *arguments)


# -- paper --------------------------------------------------------------------

def test_paper_says_what_it_leaves_out(target, device, tmp_path):
    arguments = [device.ng, f"--plugin={fio_module.PLUGIN}", *QUICK,
                 f"--output={tmp_path}/paper"]
    out = good("paper", *arguments, "--only=peak,scaling")
    found = load(f"{tmp_path}/paper/paper.json")
    with open(f"{tmp_path}/paper/paper.md", encoding="utf-8") as file:
        report = file.read()
    describes(found["environments"][0], target, device)
    assert found["complete"]
    assert [(row["label"], row["engine"]) for row in found["rows"]] == [
        (label, engine) for label in ("plain", "fixed buffers")
        for engine in ("io_uring", "nvme_passthru")]
    assert all(row["iops"]["median"] > 0 < row["cost"]["median"]
               for row in found["rows"])
    why = ("before Linux 6.5 polling" if kernel() < (6, 5) else
           f"no poll queue on {device.ng} (")
    assert re.search(rf'left out: polling in ".+": {re.escape(why)}', out)
    for words in (f"| transport | {target.transport} |",
                  "| NUMA node | unknown |", "| IOMMU | unknown |",
                  f"is reached over {target.transport}: "):
        assert words in report, words
    for words in ("nvme.poll_queues", "drive is emulated by QEMU"):
        assert words not in report, words
    line = refused("paper", *arguments, "--only=scaling")
    assert "nothing of --only can be run here: polling in " in line
    assert why in line


# -- report and fdp-info ------------------------------------------------------

def test_report_of_a_job(fio, device, tmp_path):
    report = f"{tmp_path}/report"
    run = fio(filename=device.ng, rw="randrw", bs="4k", size="1m", iodepth=8,
              report=report).clean()
    out = good("report", report)
    assert "No errors\n" in out and f"Without FDP: {device.ng}\n" in out
    job, = json.loads(good("report", "--json", report))["jobs"]
    assert {kind["name"]: kind["commands"] for kind in job["commands"]} == {
        "Read": run.total("read"), "Write": run.total("write")}


def test_fdp_info_says_that_there_is_none(device):
    ran = script("fdp-info", device.ng)
    assert (ran.returncode, ran.stdout) == (1, ""), ran
    assert ran.stderr.count("\n") == 1, ran
    assert f"{device.ng}: the controller has no Flexible" in ran.stderr, ran

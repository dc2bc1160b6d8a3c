# SPDX-License-Identifier: GPL-2.0
"""The paper's experiments as a whole, on two drives that are not there: runs
are made up, or where it is about them, of fio's null engine.
"""

import builtins
import json
import os
import subprocess
import sys

import pytest

import measure
from measure import sysfs
from measure.job import Seconds

PAPER = os.path.join(os.path.dirname(os.path.dirname(measure.__file__)),
                     "paper")
QUICK = ["--repeats=2", "--seconds=0.02", "--ramp=0"]


@pytest.fixture(name="paper")
def fixture_paper(plain, headed, null_script, monkeypatch, tmp_path):
    """Calls the script's main() in a folder of its own.

    nvme0n1 has blocks of 512 bytes, nvme1n1 is a head with blocks of 4096.
    """
    script = null_script("paper")
    for machine, name in ((plain, "nvme0n1"), (headed, "nvme1n1")):
        machine.put(f"/sys/block/{name}/size", 1 << 21)
    monkeypatch.setattr(sysfs, "kernel", lambda: (6, 12))
    monkeypatch.setattr(script.os, "sched_getaffinity", lambda _: {0, 1})
    plugin = tmp_path / "plugin.so"
    plugin.write_bytes(b"one")
    monkeypatch.chdir(tmp_path)

    def run(*arguments, devices=("/dev/ng0n1",)):
        monkeypatch.setattr(sys, "argv", [
            "paper", *devices, f"--plugin={plugin}", "--output=out", *QUICK,
            *arguments])
        return script.main()

    def made_up(options, namespaces, point, path):
        assert script.fio_arguments(options, namespaces, point, path,
                                    Seconds(1))
        times = {"submission": 1e3, "latency": 1e4, "latency_99": 2e4}
        return {"iops": 1e6, "cost": 1e3, "cpu": 100,
                **(times if point.times else {})}

    run.measure_once = script.measure_once
    monkeypatch.setattr(script, "measure_once", made_up)
    run.script = script
    run.monkeypatch = monkeypatch
    run.machine = plain
    return run


def document():
    with open("out/paper.json", encoding="utf-8") as file:
        return json.load(file)


def report():
    with open("out/paper.md", encoding="utf-8") as file:
        return file.read()


def test_every_experiment_of_two_drives(paper, capsys):
    assert paper("--no-plots", devices=("/dev/ng0n1", "/dev/ng1n1")) == 0
    told = capsys.readouterr()
    found = document()
    assert found["complete"] and not found["left_out"]
    experiments = [row["experiment"] for row in found["rows"]]
    assert {name: experiments.count(name) for name in experiments} == {
        "peak": 8, "scaling": 12, "two": 8, "latency": 12, "sqpoll": 20}
    assert all(row["rounds"] == 2 for row in found["rows"])
    times = {row["experiment"] for row in found["rows"] if "latency_99" in row}
    assert times == {"latency"}
    lines = told.err.splitlines()
    assert len(lines) == 60 * 2
    assert lines[0].startswith("paper: run 1 of 120: peak, plain, io_uring, ")
    assert lines[0].endswith(" left")
    assert "| this machine |" in told.out and "out/paper.md" in told.out
    assert "blocks of 4096 bytes" in report()
    assert "/dev/ng1n1 is a multipath head" in report()
    assert found["settings"]["cpus"] == [1, 0]
    assert found["settings"]["sq_cpu"] == 0


def test_one_drive_of_the_two_experiments_that_were_asked_for(paper, capsys):
    paper.monkeypatch.setattr(paper.script, "measure_once",
                              paper.measure_once)
    assert paper("--only=two,latency", "--no-plots", "--quiet",
                 "--repeats=1") == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert "Note: left out: two drives in " in told.out
    rows = document()["rows"]
    assert len(rows) == 12
    for row in rows:
        assert row["experiment"] == "latency" and row["iops"]["median"] > 0
        assert row["latency"]["median"] > 0 < row["latency_99"]["median"]
    assert document()["settings"]["cpus"] == [1]
    assert "no second device was named" in report()


def test_plots_are_in_the_report(paper, capsys):
    assert paper("--only=peak,latency") == 0
    for name in ("paper-peak.png", "paper-latency.png"):
        assert os.path.getsize(f"out/{name}") > 1000
        assert f"({name})" in report()
    assert "no plots" not in report() + capsys.readouterr().out


def without_matplotlib(monkeypatch):
    real = builtins.__import__

    def load(name, *arguments, **more):
        if name.split(".")[0] == "matplotlib":
            raise ImportError("No module named 'matplotlib'")
        return real(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", load)


def test_no_matplotlib_is_no_plots(paper, capsys):
    with paper.monkeypatch.context() as patch:
        without_matplotlib(patch)
        assert paper("--only=peak") == 0
    assert "apt-get install python3-matplotlib" in report()
    assert "apt-get install python3-matplotlib" in capsys.readouterr().out
    assert not [name for name in os.listdir("out") if name.endswith("png")]
    # and later, or elsewhere
    paper.monkeypatch.setattr(sys, "argv", [
        "paper", "--report-only=out/paper.json"])
    assert paper.script.main() == 0
    assert "(paper-peak.png)" in report()
    assert os.path.getsize("out/paper-peak.png") > 1000


def test_jobs_of_both_paths_are_in_the_report(paper):
    assert paper("--only=peak", "--no-plots") == 0
    lines = [line for line in report().splitlines()
             if line.startswith("    fio --name=paper")]
    assert len(lines) == 2
    assert all("--rw=randread" in line and "--readonly" in line
               for line in lines)


def test_no_poll_queue_leaves_out_what_is_polled(paper):
    paper.machine.put("/sys/block/nvme0n1/queue/io_poll", 0)
    assert paper("--no-plots", "--only=peak,scaling") == 0
    assert [row["label"] for row in document()["rows"]] == [
        "plain"] * 2 + ["fixed buffers"] * 2
    assert "- left out: polling in " in report()
    assert ": no poll queue on /dev/ng0n1 " in report()
    with pytest.raises(measure.Failure, match="nothing of --only.*poll_queue"):
        paper("--no-plots", "--only=scaling")


def test_old_kernel_leaves_out_what_is_polled(paper):
    paper.monkeypatch.setattr(sysfs, "kernel", lambda: (6, 1))
    assert paper("--no-plots", "--only=peak") == 0
    assert "before Linux 6.5" in report() and len(document()["rows"]) == 4


def test_blank_namespace_is_warned_of(paper, capsys):
    paper.monkeypatch.setattr(paper.script.identify, "never_written",
                              lambda namespace: f"{namespace.device} is blank")
    assert paper("--no-plots", "--only=peak") == 0
    for text in (capsys.readouterr().out, report()):
        assert "/dev/ng0n1 is blank (sweep --precondition" in text


def test_instruction_clock_has_slopes(paper, capsys):
    paper.monkeypatch.setattr(paper.script.os, "cpu_count", lambda: 1)
    paper.monkeypatch.setattr(paper.script, "measure_once",
                              paper.measure_once)
    paper.machine.put("/sys/block/nvme0n1/queue/io_poll", 0)
    assert paper("--no-plots", "--clock=instructions", "--ios=400000",
                 "--repeats=1", "--only=peak") == 0
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "paper: run 1 of 4: peak, plain, io_uring"
    assert len(told) == 4 and not any("left" in line for line in told)
    # of the null engine: its own work is none, that of fio is little
    for row in document()["rows"]:
        assert 10 < row["cost"]["median"] < 1e5


def test_instruction_clock_leaves_out_second_processors(paper):
    paper.monkeypatch.setattr(paper.script.os, "cpu_count", lambda: 1)
    paper.monkeypatch.setattr(paper.script, "run_fio", lambda *_: None)
    assert paper("--no-plots", "--clock=instructions",
                 "--only=interrupt,sqpoll") == 0
    labels = {row["label"] for row in document()["rows"]}
    assert len(labels) == 6 + 5 and "SQPOLL on, batch 2" not in labels
    assert "for the same instructions" in report()
    assert "cannot judge two" in report()


def test_interrupt_is_only_by_the_instruction_clock_or_by_name(paper):
    choose = paper.script.choose_experiments
    assert "interrupt" not in choose(None, "wall")
    assert "interrupt" in choose(None, "instructions")
    assert choose("sqpoll,interrupt", "wall") == ["interrupt", "sqpoll"]


def test_what_was_measured_before_the_end_is_kept(paper):
    made_up = paper.script.measure_once
    done = []

    def until(*arguments):
        done.append(arguments)
        if len(done) == 6:
            raise KeyboardInterrupt
        return made_up(*arguments)

    paper.monkeypatch.setattr(paper.script, "measure_once", until)
    with pytest.raises(KeyboardInterrupt):
        paper("--no-plots", "--only=peak")
    assert not document()["complete"]
    assert sum(row["rounds"] for row in document()["rows"]) == 5
    assert "not all was measured" in report()


@pytest.mark.parametrize("arguments, words", [
    ([], "which namespace"),
    (["/dev/ng99n99"], "no such device"),
    (["/dev/nvme0n1"], "/dev/ng0n1"),
    (["/dev/ng9n1", "/dev/ng9n2", "/dev/ng9n3"], "which namespace"),
    (["/dev/ng99n99", "--only=peak,speed"], "no experiment 'speed'"),
    (["/dev/ng99n99", "--repeats=0"], "whole number"),
    (["/dev/ng99n99", "--seconds=0"], "--seconds=0"),
    (["/dev/ng99n99", "--clock=stop"], "--clock"),
    (["--report-only=/no/paper.json"], "No such file"),
    ([f"--report-only={__file__}"], "not the paper.json"),
])
def test_bad_input_is_one_line(arguments, words):
    ran = subprocess.run([sys.executable, "-B", PAPER, *arguments], text=True,
                         check=False, capture_output=True)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("paper: ") and ran.stderr.count("\n") == 1
    assert words in ran.stderr


def test_what_the_namespaces_cannot_is_refused(paper):
    with pytest.raises(measure.Failure, match="named twice"):
        paper(devices=("/dev/ng0n1", "/dev/ng0n1"))
    paper.monkeypatch.setattr(paper.script.os, "cpu_count", lambda: 8)
    with pytest.raises(measure.Failure, match="has 8 processors"):
        paper("--clock=instructions")
    with pytest.raises(measure.Failure, match="file"):
        with open("file", "w", encoding="ascii"):
            paper("--output=file/x", "--only=latency")
    paper.machine.put("/sys/block/nvme0n1/size", 0)
    with pytest.raises(measure.Failure, match="no block device"):
        paper()

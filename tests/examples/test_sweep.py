# SPDX-License-Identifier: GPL-2.0
"""The sweep as a whole, with fio's null engine in the place of a drive."""

import csv
import json
import os
import re
import subprocess
import sys

import pytest

import measure

SWEEP = os.path.join(os.path.dirname(os.path.dirname(measure.__file__)),
                     "sweep")
QUICK = ["--depths=1,4", "--batches=4", "--rounds=2", "--seconds=0.02",
         "--ramp=0", "--poll=no", "--cpu=none"]
POINTS = 2
STEPS = POINTS * 2


@pytest.fixture(name="sweep")
def fixture_sweep(plain, null_script, monkeypatch, tmp_path):
    """Calls the script's main() in a folder of its own."""
    script = null_script("sweep")
    plain.put("/sys/block/nvme0n1/size", 1 << 21)
    plugin = tmp_path / "plugin.so"
    plugin.write_bytes(b"one")
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", [
            "sweep", "/dev/ng0n1", f"--plugin={plugin}", "--output=out",
            *QUICK, *arguments])
        return script.main()

    run.script = script
    run.plugin = plugin
    run.monkeypatch = monkeypatch
    return run


def document():
    with open("out/sweep.json", encoding="utf-8") as file:
        return json.load(file)


def steps(text):
    return [line for line in text.splitlines() if line.startswith("sweep: ")]


def test_sweep_leaves_tables_and_plots(sweep, capsys):
    assert sweep() == 0
    told = capsys.readouterr()
    assert len(steps(told.err)) == STEPS == len(told.err.splitlines())
    found = document()
    assert found["complete"] and len(found["points"]) == POINTS
    for row in found["points"]:
        assert row["rounds"] == 2 and row["iops"]["median"] > 0
        assert set(row["latency"]) == {"50", "99", "99.9"}
        assert f"{row['iops']['median']:.0f}" in told.out
    with open("out/sweep.csv", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == POINTS
    assert lines[0]["model"] == "Fast Drive" and lines[0]["firmware"] == "1.2"
    for name in ("kernel", "fio", "plugin", "transport", "lba_format",
                 "iommu", "poll_queues", "governor", "p99.9_ns"):
        assert lines[0][name], name
    for name in ("png", "svg"):
        assert os.path.getsize(f"out/sweep.{name}") > 1000
        assert f"out/sweep.{name}" in told.out


def test_interrupted_sweep_goes_on(sweep, capsys):
    real = sweep.script.measure_once
    calls = []

    def once(*arguments):
        if len(calls) == 3:
            raise KeyboardInterrupt
        calls.append(arguments[2])
        return real(*arguments)

    sweep.monkeypatch.setattr(sweep.script, "measure_once", once)
    with pytest.raises(KeyboardInterrupt):
        sweep()
    assert "the same command goes on" in capsys.readouterr().err
    assert not document()["complete"]
    before = document()["points"]
    assert sum(row["rounds"] for row in before) == 3
    sweep.monkeypatch.setattr(sweep.script, "measure_once", real)
    assert sweep() == 0
    told = steps(capsys.readouterr().err)
    assert len(told) == STEPS - 3
    assert told[0].startswith(f"sweep: run 4 of {STEPS}: ")
    found = document()
    assert found["complete"]
    assert [row["rounds"] for row in found["points"]] == [2] * POINTS
    kept = [run for row in found["points"] for run in row["runs"]]
    for row in before:
        assert all(run in kept for run in row["runs"])


def failing(sweep, number):
    """Its run of that number fails; returns what was called before."""
    real = sweep.script.measure_once
    calls = []

    def once(*arguments):
        calls.append(arguments[2])
        if len(calls) == number:
            raise measure.Failure("it is gone: fio failed")
        return real(*arguments)

    sweep.monkeypatch.setattr(sweep.script, "measure_once", once)
    return real


def test_failed_run_leaves_what_was_measured(sweep, capsys):
    real = failing(sweep, 3)
    with pytest.raises(measure.Failure, match=(
            "^it is gone: fio failed; what was measured is in out, and the "
            "same command goes on with the rest$")):
        sweep()
    before = document()
    assert not before["complete"]
    assert sum(row["rounds"] for row in before["points"]) == 2
    with open("out/sweep.csv", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == len(before["points"])
    sweep.monkeypatch.setattr(sweep.script, "measure_once", real)
    capsys.readouterr()
    assert sweep("--no-plots") == 0
    assert len(steps(capsys.readouterr().err)) == STEPS - 2
    assert document()["complete"]


def test_failed_first_run_leaves_no_results(sweep):
    failing(sweep, 1)
    with pytest.raises(measure.Failure, match="^it is gone: fio failed$"):
        sweep()
    assert not os.path.exists("out/sweep.json")


def test_results_of_an_earlier_version_are_drawn_and_gone_on_with(sweep):
    sweep("--no-plots")
    for name in ("sweep.json", "runs.jsonl"):
        with open(f"out/{name}", encoding="utf-8") as file:
            text = file.read()
        assert text.count('"transport": "unknown"') == 1
        with open(f"out/{name}", "w", encoding="utf-8") as file:
            file.write(re.sub(r'"transport": "unknown",\s*', "", text))
    assert sweep("--plot-only=out/sweep.json") == 0
    with pytest.raises(measure.Failure, match="transport was None"):
        sweep("--no-plots")
    assert sweep("--no-plots", "--accept-changes") == 0
    with open("out/sweep.csv", encoding="utf-8") as file:
        assert {line["transport"] for line in csv.DictReader(file)} == {
            "unknown"}


def test_finished_sweep_measures_nothing_again(sweep, capsys):
    sweep("--no-plots")
    before = document()
    capsys.readouterr()
    assert sweep("--no-plots") == 0
    assert steps(capsys.readouterr().err) == []
    assert document() == before


def test_more_points_are_added(sweep, capsys):
    sweep("--no-plots")
    capsys.readouterr()
    assert sweep("--no-plots", "--rounds=3", "--depths=4,8") == 0
    assert len(steps(capsys.readouterr().err)) == 2 * POINTS * 3 - STEPS


@pytest.mark.parametrize("change, words", [
    ("--seconds=0.03", "seconds was 0.02, is 0.03"),
    ("--no-fixedbufs", "fixedbufs was True, is False"),
    ("--fio-arg=--thread", "fio_arg was [], is ['--thread']")])
def test_changed_setting_is_told(sweep, change, words):
    sweep("--no-plots")
    with pytest.raises(measure.Failure) as refused:
        sweep("--no-plots", change)
    assert words in str(refused.value) and "\n" not in str(refused.value)
    assert "--fresh" in str(refused.value)


def test_changed_machine_is_told_and_may_be_accepted(sweep, capsys):
    sweep("--no-plots")
    sweep.plugin.write_bytes(b"two")
    with pytest.raises(measure.Failure, match="plugin_sha256 was"):
        sweep("--no-plots", "--rounds=3")
    assert sweep("--no-plots", "--rounds=3", "--accept-changes") == 0
    assert any("plugin_sha256" in note for note in document()["notes"])
    capsys.readouterr()
    # it is told once, and then known
    assert sweep("--no-plots", "--rounds=3") == 0
    assert "plugin_sha256" in capsys.readouterr().out


def test_fresh_forgets(sweep, capsys):
    sweep("--no-plots")
    capsys.readouterr()
    assert sweep("--no-plots", "--seconds=0.03", "--fresh") == 0
    assert len(steps(capsys.readouterr().err)) == STEPS
    assert document()["settings"]["seconds"] == 0.03


def test_plots_of_finished_results(sweep, capsys):
    sweep("--no-plots")
    assert not os.path.exists("out/sweep.png")
    capsys.readouterr()
    assert sweep("--plot-only=out/sweep.json") == 0
    assert capsys.readouterr().out == "out/sweep.png\nout/sweep.svg\n"


def test_without_matplotlib_the_tables_are_there(sweep, capsys):
    def missing(*_arguments, **_more):
        raise measure.Failure("plots need it")

    sweep.monkeypatch.setattr(sweep.script.charts, "save", missing)
    assert sweep() == 0
    told = capsys.readouterr()
    assert "No plots: plots need it" in told.out
    assert "--plot-only=out/sweep.json" in told.out
    assert document()["complete"]


def test_writing_needs_the_serial_number(sweep):
    for arguments in (["--rw=randwrite"], ["--precondition"]):
        with pytest.raises(measure.Failure, match="--destroy=S1"):
            sweep("--no-plots", *arguments)
    # what was refused is no beginning
    assert sweep("--no-plots") == 0


def test_filling_is_done_once_and_told(sweep, capsys):
    arguments = ["--no-plots", "--precondition", "--destroy=S1"]
    sweep(*arguments)
    assert "filling: run 1 of " in capsys.readouterr().err
    assert any("1 GiB were written" in note for note in document()["notes"])
    sweep(*arguments)
    assert "filling" not in capsys.readouterr().err


def test_writes_are_measured(sweep):
    assert sweep("--no-plots", "--rw=randwrite", "--destroy=S1") == 0
    row = document()["points"][0]
    assert row["iops"]["median"] > 0 and row["latency"]["99"]["median"] > 0


def test_slopes_and_no_latencies_by_the_instruction_clock(sweep):
    assert sweep("--no-plots", "--clock=instructions", "--ios=200000",
                 "--rounds=1") == 0
    found = document()
    assert found["points"][0]["latency"] == {}
    assert found["settings"]["latency"] is False
    assert "seconds" not in found["settings"]


@pytest.mark.parametrize("arguments, words", [
    ([], "which namespace"),
    (["/dev/ng99n99"], "no such device"),
    (["/dev/nvme0n1"], "/dev/ng0n1"),
    (["/dev/ng99n99", "--bs=no"], "'no' is no size"),
    (["/dev/ng99n99", "--depths=0"], "whole number"),
    (["/dev/ng99n99", "--engines=libaio"], "no such engine: libaio"),
    (["/dev/ng99n99", "--depths=4", "--batches=8"], "--batches=8"),
    (["/dev/ng99n99", "--seconds=0"], "--seconds=0"),
    (["--plot-only=/no/sweep.json"], "No such file"),
    ([f"--plot-only={__file__}"], "not the sweep.json"),
])
def test_bad_input_is_one_line(arguments, words):
    ran = subprocess.run([sys.executable, "-B", SWEEP, *arguments], text=True,
                         check=False, capture_output=True)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("sweep: ") and ran.stderr.count("\n") == 1
    assert words in ran.stderr


@pytest.mark.parametrize("arguments, words", [
    (["--bs=513"], "logical block of 512"), (["--size=2g"], "--size="),
    (["--bs=64k", "--size=4k"], "below the block size")])
def test_what_the_namespace_cannot_is_refused(sweep, arguments, words):
    with pytest.raises(measure.Failure, match=words):
        sweep(*arguments)

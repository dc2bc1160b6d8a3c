# SPDX-License-Identifier: GPL-2.0
"""Runs of fio, here on its null engine, and programs that are not fio."""

import os
import signal
import stat
import subprocess
import sys
import threading

import pytest

from measure import Failure, fio

NULL = ["--name=a", "--ioengine=null", "--size=1g", "--bs=4k",
        "--rw=randread", "--norandommap", "--number_ios=200000"]


@pytest.fixture(name="program")
def fixture_program(tmp_path):
    """Makes an executable that stands where fio should."""
    def make(text):
        path = tmp_path / "program"
        path.write_text(f"#!/bin/sh\n{text}\n", encoding="ascii")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)
    return make


# finds the file that fio was told to write to
OUTPUT = 'for a; do case $a in --output=*) out=${a#--output=};; esac; done\n'


def test_run_of_one_job():
    run = fio.run("fio", NULL, "null")
    assert len(run.jobs) == 1
    assert run.ios == 200000
    assert 0 < run.processes < 60 and 0 <= run.busy <= run.processes * 1.5
    assert run.seconds > 0
    assert run.percentile(50) <= run.percentile(99) <= run.percentile(99.99)
    assert run.percentile(98.7) is None


def test_run_of_two_jobs_is_their_sum():
    second = [word.replace("--name=a", "--name=b").replace("read", "write")
              for word in NULL]
    run = fio.run("fio", NULL + second, "null")
    assert [job["jobname"] for job in run.jobs] == ["a", "b"]
    assert run.ios == 400000
    assert run.percentile(50, "write") is not None


def test_no_latencies_without_their_times():
    run = fio.run("fio", NULL + ["--gtod_reduce=1"], "null")
    assert run.percentile(50) is None and run.mean("lat_ns") is None


def test_whole_latency_and_its_mean():
    run = fio.run("fio", NULL + ["--lat_percentiles=1",
                                 "--clat_percentiles=0"], "null")
    assert run.percentile(50) is None
    assert run.mean("clat_ns") < run.mean("lat_ns")
    assert run.percentile(50, of="lat_ns") > 0


def test_mean_of_two_jobs_is_of_their_ios():
    jobs = [{"read": {"slat_ns": {"mean": mean, "N": count}}}
            for mean, count in ((100, 3), (200, 1), (7, 0))]
    assert fio.Run(jobs, 1).mean("slat_ns") == 125


def test_failure_is_one_line_with_fios_words():
    with pytest.raises(Failure) as failed:
        fio.run("fio", ["--name=a", "--ioengine=null", "--no_such=1"], "X")
    message = str(failed.value)
    assert message.startswith("fio failed with X: ")
    assert "no_such" in message and "\n" not in message


class Lost:
    trouble = "/dev/ng0n1 is gone"


class There:
    trouble = None


def test_failure_names_what_cannot_be_reached():
    with pytest.raises(Failure, match="^/dev/ng0n1 is gone: fio failed "):
        fio.run("fio", ["--name=a", "--ioengine=null", "--no_such=1"], "X",
                namespaces=[There, Lost])


@pytest.mark.parametrize("text, words", [
    ("exit 0", "it said nothing"),
    ("echo something else >&2", "something else"),
    (OUTPUT + "echo '{\"jobs\": [' >$out", '{"jobs": ['),
    (OUTPUT + "echo '{\"jobs\": []}' >$out; echo bad; exit 3", "bad"),
    (OUTPUT + "echo '{\"jobs\": [{\"error\": 5}]}' >$out; echo e", "e"),
])
def test_other_answers_fail_in_one_line(program, text, words):
    with pytest.raises(Failure, match="fio failed with it: ") as failed:
        fio.run(program(text), [], "it")
    assert words in str(failed.value) and "\n" not in str(failed.value)


def test_lines_before_the_json_are_passed_over(program):
    run = fio.run(program(
        OUTPUT + "(echo note {x; echo '{'; echo '{\"jobs\": [{\"error\": 0}]}'"
        ") >$out"), [], "it")
    assert run.jobs == [{"error": 0}]


def test_missing_programs_are_named():
    with pytest.raises(Failure, match="/no/fio: No such file"):
        fio.run("/no/fio", [], "it")
    with pytest.raises(Failure, match="install fio"):
        fio.version("/no/fio")


def test_program_before_fio():
    run = fio.run("fio", NULL, "null", before=["env", "-u", "HOME"])
    assert run.ios == 200000


def test_fio_of_this_machine():
    assert fio.version("fio").startswith("fio-3")


def test_plugin_is_found_or_named(tmp_path):
    plugin = tmp_path / "own.so"
    plugin.write_bytes(b"")
    assert fio.find_plugin(str(plugin)) == str(plugin)
    with pytest.raises(Failure, match="/no/own.so: no such plugin"):
        fio.find_plugin("/no/own.so")


def test_interrupt_ends_fio(program, tmp_path):
    """A signal to the caller alone: fio must not go on for ever."""
    fifo = tmp_path / "started"
    os.mkfifo(fifo)
    path = program(f"echo $$ >{fifo}\nexec sleep 1000")
    caller = subprocess.Popen(
        [sys.executable, "-c",
         "import sys, measure\nfrom measure import fio\n"
         "measure.run('caller', lambda: fio.run(sys.argv[1], [], 'it'))",
         path], cwd=os.path.dirname(os.path.dirname(fio.__file__)),
        start_new_session=True)
    with open(fifo, encoding="ascii") as file:
        child = int(file.read())
    caller.send_signal(signal.SIGINT)
    watchdog = threading.Timer(300, caller.kill)
    watchdog.start()
    assert caller.wait() == 130
    watchdog.cancel()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


@pytest.mark.parametrize("number, raised", [
    (signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)])
def test_signal_in_the_middle_of_the_start(program, monkeypatch, number,
                                           raised):
    """fio runs already, and who started it does not know it yet."""
    started = []

    class Interrupted(subprocess.Popen):
        def __init__(self, *arguments, **more):
            super().__init__(*arguments, **more)
            started.append(self)
            signal.raise_signal(number)

    def handler(_number, _frame):
        raise raised

    before = signal.signal(number, handler)
    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    try:
        with pytest.raises(raised):
            fio.run(program("exec sleep 1000"), [], "it")
        assert signal.getsignal(number) is handler
    finally:
        signal.signal(number, before)
        for process in started:
            ended = process.returncode
            process.kill()
            process.wait()
    assert ended == -signal.SIGTERM

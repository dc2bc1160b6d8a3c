# SPDX-License-Identifier: GPL-2.0
"""How the host follows the guest, and what ci/bench refuses."""

import io
import json
import os
import subprocess
import sys

import pytest

from benchmark import boot, runner

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")


def message(done, of, what):
    return runner.MARK + json.dumps({"done": done, "of": of,
                                     "what": what}) + "\n"


@pytest.fixture(name="clock")
def fixture_clock(monkeypatch):
    """A clock that is set by hand."""
    now = [100.0]
    monkeypatch.setattr(boot.time, "monotonic", lambda: now[0])
    return now


def test_time_left_goes_by_the_speed_so_far(clock):
    progress = boot.Progress("bench", "")
    assert progress.left({"done": 0, "of": 10}) == ""
    clock[0] += 40
    assert progress.left({"done": 4, "of": 10}) == ", 1:00 left"
    assert progress.left({"done": 4, "of": 20}) == ", 2:40 left"


def test_guest_is_followed(capsys):
    said = io.StringIO(message(0, 9, "one: a") + "in-guest: no room\n" +
                       message(1, 9, "one: b") + message(2, 9, "two: a"))
    # pylint: disable=protected-access
    assert boot._follow(said, boot.Progress("bench", "boot 1, ")) == (
        "in-guest: no room\n")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0] == "bench: boot 1, 0 of 9: one"
    assert lines[1].endswith(" left: two")


def test_every_minute_something_is_told(clock, capsys):
    progress = boot.Progress("bench", "")
    for done in range(4):
        progress.tell({"done": done, "of": 9, "what": "one: a"})
        clock[0] += 30
    assert len(capsys.readouterr().err.splitlines()) == 2


def bench(*arguments):
    done = subprocess.run([sys.executable, os.path.join(TOP, "ci", "bench"),
                           *arguments], text=True, capture_output=True,
                          check=False, timeout=300)
    return done.returncode, done.stdout, done.stderr


def test_points_are_listed_with_their_gates():
    status, out, err = bench("--list", "polled-read-512-128x32-fixed")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("polled-read-512-128x32-fixed ")
    assert "(gate 0.92, aim 0.88)" in lines[1] and len(lines) == 7


@pytest.mark.parametrize("arguments, words", [
    (["nosuch"], "no point matches nosuch"),
    (["--boots=other"], "no 'other'; there are: head, ordinary"),
    (["--contenders=aio"], "no 'aio'"),
    (["--rounds=-1"], "at least 1"),
    (["--json=/nosuch/file"], "/nosuch/file: No such file or directory"),
])
def test_refusals(arguments, words):
    status, out, err = bench(*arguments)
    assert (status, out) == (2, "")
    assert words in err.splitlines()[-1]

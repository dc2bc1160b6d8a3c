# SPDX-License-Identifier: GPL-2.0
"""Arguments of scripts, and what progress says."""

import argparse

import pytest

from measure import Failure, options
from measure.progress import Progress, duration


@pytest.mark.parametrize("text, value", [
    ("512", 512), ("4k", 4096), ("4KiB", 4096), ("1m", 1 << 20),
    ("2G", 2 << 30), ("1tb", 1 << 40)])
def test_size(text, value):
    assert options.size(text) == value


@pytest.mark.parametrize("kind, text", [
    (options.size, "0"), (options.size, "4q"), (options.size, ""),
    (options.size, "-4k"), (options.sizes, "4k,,8k"), (options.number, "0"),
    (options.number, "1.5"), (options.number, "-1"), (options.numbers, "1;2"),
    (options.seconds, "-1"), (options.seconds, "nan"),
    (options.seconds, "soon"), (options.percentiles, "0"),
    (options.percentiles, "50,101"), (options.percentiles, "x")])
def test_what_is_no_value_is_named(kind, text):
    with pytest.raises(argparse.ArgumentTypeError) as refused:
        kind(text)
    assert "'" in str(refused.value)


def test_lists():
    assert options.sizes("4k,512,4k") == [4096, 512]
    assert options.numbers("16,1,4,1") == [1, 4, 16]
    assert options.percentiles("99.9,50,99") == ["50", "99", "99.9"]


def test_parser_fails_in_one_line():
    parser = options.Parser(prog="script")
    parser.add_argument("--depth", type=options.number)
    with pytest.raises(Failure) as refused:
        parser.parse_args(["--depth=none"])
    assert "--depth" in str(refused.value) and "'none'" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("count, text", [
    (512, "512 B"), (4096, "4 KiB"), (1536 << 20, "1.5 GiB"),
    (960197124096, "894.3 GiB")])
def test_readable(count, text):
    assert options.readable(count) == text


@pytest.mark.parametrize("seconds, text", [
    (5.4, "5 s"), (89, "89 s"), (150, "2 min"), (5300, "88 min"),
    (9000, "2.5 h")])
def test_duration(seconds, text):
    assert duration(seconds) == text


def test_time_left_is_first_guessed_then_measured(monkeypatch, capsys):
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    progress = Progress("script", steps=10, done=4, expected=2)
    progress.start("one")
    now[0] += 30
    progress.finish()
    progress.start("two")
    progress.close()
    assert capsys.readouterr().err.splitlines() == [
        "script: run 5 of 10: one, 12 s left",
        "script: run 6 of 10: two, 2 min left"]


def test_no_time_left_where_it_cannot_be_known(capsys):
    progress = Progress("script", steps=3, expected=None)
    for what in ("one", "two"):
        progress.start(what)
        progress.finish()
    assert capsys.readouterr().err == ("script: run 1 of 3: one\n"
                                       "script: run 2 of 3: two\n")


def test_progress_without_a_guess_or_a_word(capsys):
    Progress("script", steps=2).start("one")
    assert capsys.readouterr().err == "script: run 1 of 2: one\n"
    Progress("script", steps=2, quiet=True).start("one")
    assert capsys.readouterr().err == ""

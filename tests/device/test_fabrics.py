# SPDX-License-Identifier: GPL-2.0
"""Namespaces of the kernel's own target, and what may become of them."""

import json

import pytest

from faults import BLOCK, SIZE, Load, account, kept, processes, wait_for
from nvmet import (ON, PACE, PATIENCE, WHOLE, both_ways, carried, in_words,
                   judge, target_in)

pytestmark = pytest.mark.once


@pytest.fixture(name="target")
def fixture_target(tmp_path):
    with target_in(tmp_path) as target:
        yield target


@pytest.fixture(name="device")
def fixture_device(target):
    """One path to it."""
    target.connect("first")
    return target.namespace()


def test_reads_and_writes(fio, device):
    fio(filename=device.ng, rw="randrw", bs="4k", size="4m", iodepth=16,
        verify="crc32c", fsync=32).clean()


def test_several_commands_and_flushes(fio, device, tmp_path):
    """What report= says of them, and of where they went."""
    report = tmp_path / "report"
    size = 2 * device.limit
    run = fio(filename=device.ng, rw="write", bs=size, size=4 * size,
              iodepth=2, verify="crc32c", fsync=1, report=report).clean()
    assert run.total("write") == 4
    line, = [json.loads(text) for text in report.read_text().splitlines()]
    file, = line["files"]
    assert (file["transport"], file["multipath"]) == ("loop", True)
    kinds = {kind["name"]: kind for kind in line["commands"]}
    assert kinds["Write"]["commands"] == 8
    assert kinds["Write"]["bytes"] == 4 * size
    assert kinds["Flush"]["commands"] == run.job["sync"]["total_ios"] > 0


def test_trims(fio, device):
    device.fill()
    run = fio(filename=device.ng, rw="trim", bs="64k", size="1m",
              offset="1m").clean()
    assert run.total("trim") == 16
    data = device.read(0, SIZE // 2)
    assert not any(data[1 << 20:2 << 20])
    assert all(data[:1 << 20]) and all(data[2 << 20:4 << 20])


def test_one_path_is_lost(fio, target):
    """What was in flight on it fails at most, and the rest goes on."""
    lost, _ = target.connect("first"), target.connect("second")
    device = target.namespace(paths=2)
    target.take_turns()
    load = Load(fio, device, **ON, **PACE)
    target.disconnect(lost)
    run = load.end(PATIENCE)
    carried(device, run, load.trace)


@both_ways
def test_both_paths_are_lost(fio, target, extra):
    """Errors in words, no hang, and all is well when they are back."""
    paths = target.connect("first"), target.connect("second")
    load = Load(fio, target.namespace(paths=2), **extra, **PACE)
    for path in paths:
        target.disconnect(path)
    run = load.end(PATIENCE)
    done, failed = account(run, load.trace)
    judge(run, extra)
    assert failed and in_words(run, failed)
    assert not processes()
    target.connect("first")
    target.connect("second")
    device = target.namespace(paths=2)
    assert not kept(device, done), run
    fio(filename=device.ng, rw="randrw", bs="4k", size="1m", iodepth=16,
        verify="crc32c").clean()


@both_ways
def test_namespace_is_shrunk(fio, target, device, extra):
    """Beyond its new end the device refuses, and only there.

    The target says in these words that its block device has failed.
    """
    before, end = device.bytes, SIZE // 2
    load = Load(fio, device, rw="write", **extra, **PACE)
    target.resize(end)
    run = load.end(PATIENCE)
    done, failed = account(run, load.trace)
    judge(run, extra)
    for line in in_words(run, failed):
        assert "Internal Error" in line and "sct 0x0, sc 0x06" in line, run
    assert min(record.offset for record in failed) == end
    assert max(record.offset for record in done) == end - BLOCK
    target.resize(before)
    wait_for("it is to grow", lambda: device.bytes == before)
    assert not kept(device, done), run


def test_namespace_grows(fio, target, device):
    """A job within it goes on, and the next one may use what is new."""
    before = device.bytes
    beyond = {"filename": device.ng, "rw": "randrw", "bs": "4k",
              "offset": before, "size": "1m", "verify": "crc32c"}
    # there fio finds nothing to do, and says nothing
    assert fio(beyond).clean().total("write") == 0
    load = Load(fio, device, **PACE)
    target.resize(2 * before)
    wait_for("it is to grow", lambda: device.bytes == 2 * before)
    run = load.end(PATIENCE).clean()
    done, failed = account(run, load.trace)
    assert len(done) == WHOLE and not failed, run
    assert not kept(device, done), run
    assert fio(beyond).clean().total("write") > 0


@both_ways
def test_namespace_is_disabled(fio, target, device, extra):
    """The device's own status, or that there is no way to it any more."""
    load = Load(fio, device, **extra, **PACE)
    target.enable(False)
    run = load.end(PATIENCE)
    done, failed = account(run, load.trace)
    judge(run, extra)
    assert any("sct 0x" in line for line in in_words(run, failed)), run
    assert not processes()
    target.enable(True)
    assert not kept(target.namespace(), done), run

# SPDX-License-Identifier: GPL-2.0
"""Paths whose state changes, or that come back, while a job writes."""

import pytest

from faults import Load, account, kept, processes, wait_for
from nvmet import (ON, PACE, PATIENCE, both_ways, carried, in_words,
                   judge, target_in)
from test_in_use import AT_ONCE, WRITE, mounted, tool

pytestmark = pytest.mark.once

NAMES = "first", "second"
STATES = pytest.mark.parametrize("state", [
    "inaccessible", "change", "persistent-loss"])


class Head:
    """A target with two paths, of which a job takes turns."""

    def __init__(self, target):
        self.target = target
        self.paths = {name: target.connect(name) for name in NAMES}
        self.device = target.namespace(paths=2)
        target.take_turns()

    def set(self, name, state):
        """The path's state, once the host has heard of it."""
        self.target.state(name, state)
        wait_for(f"the path is to be {state}", lambda: state ==
                 self.target.path_state(self.paths[name]))

    def lose(self, name):
        self.target.disconnect(self.paths.pop(name))

    def find(self, name):
        self.paths[name] = self.target.connect(name)
        self.target.namespace(paths=len(self.paths))


@pytest.fixture(name="head")
def fixture_head(tmp_path):
    with target_in(tmp_path) as target:
        yield Head(target)


@STATES
def test_one_path_is_not_accessible(fio, head, state):
    load = Load(fio, head.device, **ON, **PACE)
    head.set("first", state)
    run = load.end(PATIENCE)
    head.set("first", "optimized")
    carried(head.device, run, load.trace)


@both_ways
@pytest.mark.parametrize("state", ["inaccessible", "persistent-loss"])
def test_no_path_is_accessible(fio, head, state, extra):
    """Errors in words and no hang; all is well when a state is better."""
    load = Load(fio, head.device, **extra, **PACE)
    for name in NAMES:
        head.set(name, state)
    run = load.end(PATIENCE)
    for name in NAMES:
        head.set(name, "optimized")
    done, failed = account(run, load.trace)
    judge(run, extra)
    assert failed and in_words(run, failed)
    assert not processes()
    assert not kept(head.device, done), run
    fio(filename=head.device.ng, rw="randrw", bs="4k", size="1m",
        iodepth=16, verify="crc32c").clean()


def test_a_path_comes_back(fio, head):
    """It is used again, and a job knows nothing of it."""
    head.lose("first")
    load = Load(fio, head.device, **PACE)
    head.find("first")
    run = load.end(PATIENCE).clean()
    carried(head.device, run, load.trace)
    head.lose("second")
    fio(filename=head.device.ng, rw="randrw", bs="4k", size="1m",
        iodepth=16, verify="crc32c").clean()


def test_mounted_head(fio, head, tmp_path):
    """Nobody writes to what is mounted, whatever paths it has."""
    block = head.device.block
    write = {"filename": head.device.ng, **WRITE}
    tool("mke2fs", "-q", "-F", "-t", "ext4", *AT_ONCE, block)
    with mounted(block, tmp_path):
        fio(write).refused(head.device.ng, f"{block} is mounted on {tmp_path}")
        head.lose("first")
        fio(write).refused(head.device.ng, f"{block} is mounted on {tmp_path}")
        fio({**write, "rw": "randread"}).clean()
    tool("e2fsck", "-f", "-n", block)
    fio(write).clean()

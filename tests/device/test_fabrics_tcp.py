# SPDX-License-Identifier: GPL-2.0
"""The kernel's own target over TCP, where paths are nodes of their own."""

import json

import pytest

from faults import Load, account, kept, processes, wait_for
from nvmet import (AGAIN, BRIEFLY, ENDS, ON, PACE, PATIENCE, in_words, judge,
                   target_in, text_of)
from test_in_use import AT_ONCE, WRITE, mounted, nodes_of, tool


@pytest.fixture(name="target")
def fixture_target(tmp_path):
    with target_in(tmp_path, "tcp") as target:
        yield target


def test_verified_reads_and_writes(fio, target, tmp_path):
    """With several commands in an io_unit and flushes, as it is reported."""
    target.connect("first")
    device = target.namespace()
    report = tmp_path / "report"
    run = fio(filename=device.ng, rw="randrw", bs="16k", cmd_bs="8k",
              size="1m", iodepth=4, verify="crc32c", fsync=2,
              report=report).clean()
    line, = [json.loads(text) for text in report.read_text().splitlines()]
    file, = line["files"]
    assert (file["transport"], file["multipath"]) == ("tcp", False)
    kinds = {kind["name"]: kind for kind in line["commands"]}
    assert kinds["Write"]["commands"] == 2 * run.total("write")
    assert kinds["Flush"]["commands"] == run.job["sync"]["total_ios"] > 0
    job = {"filename": device.ng, "bs": "4k", "size": "1m"}
    fio({**job, "rw": "randread", "hipri": 1}).refused(device.ng, "hipri=1")
    fio({**job, "rw": "write", "bs": 1000}).refused(device.ng, "bs")
    fio({**job, "rw": "write", "placement": "fdp"}).refused(device.ng)


def test_mounted_by_one_node(fio, target, tmp_path):
    """Nor is it written through the other."""
    target.connect("first")
    target.connect("second")
    device = target.namespace(paths=2)
    nodes = wait_for("both nodes are to be there", lambda: len(
        nodes_of(device)) == 2 and nodes_of(device))
    tool("mke2fs", "-q", "-F", "-t", "ext4", *AT_ONCE, device.block)
    with mounted(device.block, tmp_path):
        for node in nodes:
            fio({"filename": node.ng, **WRITE}).refused(
                node.ng, f"{device.block} is mounted on {tmp_path}")
    tool("e2fsck", "-f", "-n", device.block)
    for node in nodes:
        fio({"filename": node.ng, **WRITE}).clean()


def test_connection_comes_back(fio, target):
    """What was sent meanwhile fails, and what follows does not."""
    controller = target.connect("first", **AGAIN)
    device = target.namespace()
    load = Load(fio, device, **ON, **PACE)
    target.cut("first")
    wait_for("the host is to try again", lambda: text_of(
        f"/sys/class/nvme/{controller}/state") == "connecting")
    target.join("first")
    run = load.end(PATIENCE)
    done, failed = account(run, load.trace)
    judge(run, ON)
    assert failed and in_words(run, failed)
    wait_for("it is to be back", lambda: text_of(
        f"/sys/class/nvme/{controller}/state") == "live")
    assert not kept(device, done), run
    fio(filename=device.ng, rw="randrw", bs="4k", size="1m", iodepth=16,
        verify="crc32c").clean()


def test_connection_is_lost(fio, target):
    """The host gives it up, and the device is gone."""
    target.connect("first", **BRIEFLY)
    device = target.namespace()
    load = Load(fio, device, **PACE)
    target.cut("first")
    run = load.end(PATIENCE)
    done, failed = account(run, load.trace)
    judge(run, ENDS)
    assert failed and in_words(run, failed)
    assert not processes()
    wait_for("the host is to give up", lambda: not target.controllers)
    assert fio(filename=device.ng, rw="read", bs="4k", size="1m").status == 1
    target.join("first")
    target.connect("first")
    assert not kept(target.namespace(), done), run

# SPDX-License-Identifier: GPL-2.0
"""examples/fdp-info: what it shows is what the device says."""

import datetime
import os
import re
import shutil
import stat
import subprocess

import pytest

from fio import kernel
from namespace import KIB

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
TOOL = os.path.abspath(os.path.join(TOP, "examples", "fdp-info"))
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


def fdp_info(*arguments, prefix=(), tool=TOOL):
    return subprocess.run([*prefix, tool, *arguments], text=True,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          check=False, timeout=300)


class Page:
    """What it printed, by its sections and the names of its rows."""

    def __init__(self, text):
        parts = text.split("\n\n")
        self.rows = {line[:22].strip(): line[22:]
                     for part in parts for line in part.splitlines()}
        self.sections = {part.splitlines()[0]: part.splitlines()[1:]
                         for part in parts[1:]}

    def number(self, name):
        return int(re.match(r"\d+", self.rows[name])[0])

    def section(self, start):
        found = [lines for title, lines in self.sections.items()
                 if title.startswith(start)]
        assert len(found) == 1, self.sections
        return found[0]

    @property
    def handles(self):
        return [tuple(map(int, line.split()[:4]))
                for line in self.section("Placement handles")[1:]]


def page_of(device):
    ran = fdp_info(device.namespace.ng)
    assert (ran.returncode, ran.stderr) == (0, ""), ran
    return Page(ran.stdout)


def listed(kinds, wanted):
    return ", ".join(str(index) for index, kind in enumerate(kinds)
                     if kind == wanted) or "none"


def read_text(*path):
    with open(os.path.join(*path), encoding="ascii") as file:
        return file.read().strip()


def test_the_configuration(fdp0):
    page = page_of(fdp0)
    enabled, index, fields, kinds = fdp0.configuration
    assert enabled == 1
    assert page.rows["FDP"] == f"enabled, configuration {index}"
    assert page.number("endurance group") == fdp0.group
    assert page.number("reclaim groups") == fields[3]
    assert page.rows["reclaim unit handles"] == (
        f"{len(kinds)}: {kinds.count(1)} initially isolated, "
        f"{kinds.count(2)} persistently isolated")
    assert page.number("reclaim unit size") == fields[7]
    assert page.number("placement identifiers") == fields[5] + 1


def test_the_device(fdp0):
    page = page_of(fdp0)
    name = fdp0.namespace.disk
    owner = os.path.join("/sys/block", name, "device")
    assert page.rows["device"] == fdp0.namespace.ng
    assert page.number("namespace") == fdp0.namespace.nsid
    for row, attribute in (("model", "model"), ("serial", "serial"),
                           ("firmware", "firmware_rev")):
        assert page.rows[row] == read_text(owner, attribute)


def test_handles_and_their_use(fdp0):
    page = page_of(fdp0)
    expected = [(index, handle.pid, handle.ruhid,
                 handle.ruamw * fdp0.namespace.lba)
                for index, handle in enumerate(fdp0.handles)]
    assert len(expected) > 1
    assert page.handles == expected
    usage = fdp0.usage
    assert page.rows["unused"] == listed(usage, 0)
    assert page.rows["host specified"] == listed(usage, 1)
    assert page.rows["controller specified"] == listed(usage, 2)


def test_what_a_job_wrote(fdp0, fio):
    """HBMW grows by it, and what is left in a reclaim unit shrinks."""
    before, left = page_of(fdp0), sum(row[3] for row in page_of(fdp0).handles)
    size = 256 * KIB
    fio(filename=fdp0.namespace.ng, rw="write", bs="64k", size=size).good()
    after = page_of(fdp0)
    assert after.number("host wrote (HBMW)") - \
        before.number("host wrote (HBMW)") == size
    stats = fdp0.stats
    assert after.number("host wrote (HBMW)") == stats.hbmw
    assert after.number("media wrote (MBMW)") == stats.mbmw
    assert after.number("media erased (MBE)") == stats.mbe
    assert float(after.rows["MBMW/HBMW"]) == pytest.approx(
        stats.mbmw / stats.hbmw, abs=1e-4)
    unit = fdp0.configuration[2][7]
    assert (left - sum(row[3] for row in after.handles)) % unit == size


def test_an_event_in_words(fdp0, fio):
    """A reclaim unit left before it is full: written, all the same."""
    handle = fdp0.handles[0]
    fdp0.enable_event(0)
    known = len(fdp0.host_events)
    fio(filename=fdp0.namespace.ng, rw="write", bs="4k", size="4k").good()
    fdp0.leave_reclaim_unit(handle.pid)
    events = fdp0.host_events
    assert len(events) == known + 1
    lines = page_of(fdp0).section("Events")
    assert len(lines) == len(events)
    milliseconds = int.from_bytes(events[-1][4:10], "little")
    at = datetime.datetime.fromtimestamp(milliseconds / 1000,
                                         datetime.timezone.utc)
    time = (f"{at:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03}Z"
            if events[-1][10] >> 1 & 7 == 1 else
            f"{milliseconds // 1000}.{milliseconds % 1000:03} s after reset")
    assert lines[-1] == (
        f"{time}  host: Reclaim Unit Not Fully Written to Capacity "
        f"(type 0x00), identifier {handle.pid}, namespace "
        f"{fdp0.namespace.nsid}, reclaim group 0, handle {handle.ruhid}")


@pytest.fixture(name="opened_to_all")
def fixture_opened_to_all(fdp0, tmp_path):
    """The tool where nobody may run it, on a device that anyone may open."""
    if os.getuid() or not shutil.which("setpriv"):
        pytest.skip("needs root and setpriv")
    node, before = fdp0.namespace.ng, os.stat(fdp0.namespace.ng).st_mode
    tool = shutil.copy(TOOL, "/tmp/fdp-info." + tmp_path.name)
    os.chmod(node, 0o666)
    yield tool
    os.chmod(node, stat.S_IMODE(before))
    os.unlink(tool)


def test_without_privilege(fdp0, opened_to_all):
    """What is not allowed is a line in its place, and the rest is shown."""
    ran = fdp_info(fdp0.namespace.ng, prefix=NOBODY, tool=opened_to_all)
    if kernel() < (6, 2):
        assert (ran.returncode, ran.stdout) == (1, "")
        assert ran.stderr.count("\n") == 1
        assert "CAP_SYS_ADMIN" in ran.stderr
        return
    assert (ran.returncode, ran.stderr) == (0, ""), ran
    page = Page(ran.stdout)
    assert page.rows["serial"] == "fdp0"
    assert len(page.handles) == len(fdp0.handles)
    assert "host wrote (HBMW)" not in page.rows
    for line in (page.rows["FDP"], page.rows["usage"],
                 *page.section("Statistics")):
        assert line.startswith("not told: ") and "CAP_SYS_ADMIN" in line


def test_a_device_without_fdp(data0):
    ran = fdp_info(data0.ng)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == (
        f"fdp-info: {data0.ng}: the controller has no Flexible Data "
        "Placement (CTRATT bit 19 is 0); use a drive that has it\n")


def test_what_is_no_namespace(fdp0):
    ran = fdp_info(fdp0.namespace.block)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.count("\n") == 1
    assert f"use {fdp0.namespace.ng}\n" in ran.stderr


@pytest.mark.parametrize("arguments, status", [
    (["--help"], 0), ([], 2), (["--all"], 2), (["/dev/ng0n1", "more"], 2)])
def test_its_arguments(arguments, status):
    ran = fdp_info(*arguments)
    shown, other = ((ran.stdout, ran.stderr) if status == 0 else
                    (ran.stderr, ran.stdout))
    assert (ran.returncode, other) == (status, "")
    assert shown.startswith("usage: fdp-info DEVICE\n")

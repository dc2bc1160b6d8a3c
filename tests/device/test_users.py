# SPDX-License-Identifier: GPL-2.0
"""What an ordinary user may do, and what nobody can make others do."""

import json
import os
import shutil
import subprocess

import pytest

import zones
from fio import kernel
from namespace import MIB, unwritten
from users import NOBODY, NOBODY_ID, mode, nobody

WRITE = {"rw": "write", "bs": "4k", "size": "1m", "iodepth": 8}
DATA = [
    {"rw": "read"}, {"verify": "crc32c"}, {"rw": "randrw", "fixedbufs": 1},
    {"rw": "randtrim"}, {"bs": "64k", "cmd_bs": "8k", "verify": "md5"},
    {"nonvectored": 0}, {"force_async": 2}, {"sqthread_poll": 1},
    {"thread": 1, "numjobs": 2}, {"fsync": 16}, {"writefua": 1},
    {"rw": "randread", "scatter": 1, "bs": "16k", "cmd_bs": "4k",
     "norandommap": 1},
    {"write_mode": "zeroes"}]


@pytest.fixture(name="user")
def fixture_user():
    if kernel() < (6, 2):
        pytest.skip("ordinary users can do nothing before Linux 6.2")
    with nobody() as user:
        yield user


@pytest.mark.parametrize("extra", DATA, ids=lambda extra: ",".join(extra))
def test_data_commands(user, data0, extra):
    """Root is needed for none of them."""
    with mode(data0, 0o666):
        run = user(filename=data0.ng, **{**WRITE, **extra}).clean()
    assert sum(run.total(way) for way in ("read", "write", "trim"))


def test_group_of_the_node(user, data0):
    """As a udev rule gives it."""
    before = os.stat(data0.ng)
    os.chown(data0.ng, 0, NOBODY_ID)
    try:
        with mode(data0, 0o660):
            user(filename=data0.ng, **WRITE, verify="crc32c").clean()
        with mode(data0, 0o640):
            user(filename=data0.ng, **{**WRITE, "rw": "read"}).clean()
            with unwritten(data0):
                user(filename=data0.ng, **WRITE).refused(
                    data0.ng, "no permission to open it for writing")
    finally:
        os.chown(data0.ng, before.st_uid, before.st_gid)


@pytest.mark.parametrize("name", ["data0_4k", "separate", "protected",
                                  "null0", "mpath0"])
def test_formats(user, request, name):
    namespace = request.getfixturevalue(name)
    with mode(namespace, 0o666):
        user(filename=namespace.ng, **WRITE, verify=None).clean()


def test_zones(user, zns0):
    zones.reset(zns0)
    with mode(zns0, 0o666):
        run = user(filename=zns0.ng, zonemode="zbd", rw="write", bs="64k",
                   size="8m", verify="crc32c").clean()
    # two zones hold 3 MiB each
    assert run.total("write", "io_bytes") == 6 * MIB


def test_placement(user, fdp0):
    with mode(fdp0.namespace, 0o666):
        user(filename=fdp0.namespace.ng, placement="fdp", placement_ids="0-1",
             **WRITE).clean()


def test_report_and_trace(user, fdp0):
    """What of the report takes root is said in the report."""
    with mode(fdp0.namespace, 0o666):
        user(filename=fdp0.namespace.ng, report="r.jsonl", trace="t",
             **WRITE).clean()
    with open(f"{user.folder}/r.jsonl", encoding="ascii") as file:
        line = json.loads(file.read())
    assert "run as root" in line["files"][0]["fdp"]["error"]
    assert os.stat(f"{user.folder}/t").st_size == 64 + 256 * 32
    assert os.stat(f"{user.folder}/t").st_uid == NOBODY_ID


def test_another_users_job(user, fio, data0):
    """Whom no disk's permission keeps apart, the lock does."""
    process = fio.start(filename=data0.ng, **WRITE, time_based=1, runtime=60)
    try:
        # the lock comes before the ring
        while "FLOCK" not in subprocess.run(
                ["grep", f" {process.pid} ", "/proc/locks"], check=False,
                stdout=subprocess.PIPE, text=True).stdout:
            assert process.poll() is None
        with mode(data0, 0o666):
            user(filename=data0.ng, **WRITE).refused(
                data0.ng, f"process {process.pid} (fio) writes to it")
            user(filename=data0.ng, **{**WRITE, "rw": "read"}).clean()
    finally:
        process.terminate()
        process.communicate()


def test_mounted(user, data0, tmp_path):
    """Without permission to ask, it is seen all the same."""
    for tool in (["mke2fs", "-q", "-F", "-E",
                  "lazy_itable_init=0,lazy_journal_init=0", data0.block],
                 ["mount", data0.block, str(tmp_path)]):
        subprocess.run(tool, check=True)
    try:
        with mode(data0, 0o666):
            user(filename=data0.ng, **WRITE).refused(
                data0.ng, f"{data0.block} is mounted on {tmp_path}")
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
        subprocess.run(["wipefs", "-q", "-a", data0.block], check=True)


# -- files that others may have put there

@pytest.fixture(name="trap")
def fixture_trap(tmp_path):
    """A folder like /tmp with things that nobody put there."""
    if os.getuid() or not shutil.which("setpriv"):
        pytest.skip("needs root and setpriv")
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o1777)
    for above in (tmp_path, *tmp_path.parents):
        above.chmod(above.stat().st_mode | 0o011)
    victim = tmp_path / "victim"
    victim.write_text("NVMEPTRC, root's own\n")

    def lay(*command):
        subprocess.run([*NOBODY, *command], cwd=folder, check=True)
    lay.folder = folder
    yield lay
    assert victim.read_text() == "NVMEPTRC, root's own\n"
    assert os.listdir(tmp_path) == ["open", "victim"] or \
        sorted(os.listdir(tmp_path)) == ["open", "victim"]


@pytest.mark.parametrize("option", ["report", "trace"])
@pytest.mark.parametrize("protected", [0, 1])
def test_traps(fio, data0, trap, option, protected):
    """By the engine's own means, whatever the kernel's are set to."""
    fio.folder = trap.folder
    trap("ln", "-s", "../victim", "link")
    trap("ln", "-s", "..", "way")
    trap("touch", "file")
    knobs = [f"/proc/sys/fs/protected_{name}"
             for name in ("symlinks", "regular")]
    before = []
    for knob in knobs:
        with open(knob, encoding="ascii") as file:
            before.append(file.read())
        # the kernel ignores what is not written from the beginning on
        with open(knob, "w", encoding="ascii") as file:
            file.write(str(protected))
    try:
        with unwritten(data0):
            for path, words in (("link", "symbolic link"),
                                ("way/victim", "symbolic link"),
                                ("way/new", "symbolic link"),
                                ("file", f"of user {NOBODY_ID}")):
                fio(filename=data0.ng, **WRITE,
                    **{option: trap.folder / path}).refused(path, words)
    finally:
        for knob, value in zip(knobs, before):
            with open(knob, "w", encoding="ascii") as file:
                file.write(value)
    assert (trap.folder / "file").stat().st_size == 0
    fio(filename=data0.ng, **WRITE, **{option: trap.folder / "mine"}).clean()
    assert (trap.folder / "mine").stat().st_size


def test_hard_link(fio, data0, trap):
    fio.folder = trap.folder
    os.link(trap.folder / "../victim", trap.folder / "name")
    with unwritten(data0):
        fio(filename=data0.ng, **WRITE, report=trap.folder / "name").refused(
            "hard link")

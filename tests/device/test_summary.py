# SPDX-License-Identifier: GPL-2.0
"""What a job tells at its end in normal output, and where it must not."""

import json
import os
import re
import subprocess

import pytest

import fio as fio_module
from namespace import KIB, MIB

MIXED = {"rw": "randrw", "bs": "4k", "size": "1m", "number_ios": 64,
         "iodepth": 8}
HEAD = re.compile(r"^nvme_passthru \S+: (\S+): (\d.*)$", re.MULTILINE)
KIND = re.compile(r"(\d+) (Read|Write|Dataset Management|Flush)\b"
                  r"(?: \(([\d.]+) (bytes|[KMGTP]iB)\))?")
UNITS = {"bytes": 1, "KiB": KIB, "MiB": MIB, "GiB": 1 << 30}


def heads(text):
    """Each job's name, and its commands by kind as (number, bytes)."""
    found = []
    for name, line in HEAD.findall(text):
        kinds = {kind: (int(number), float(value or 0) *
                        UNITS[unit or "bytes"])
                 for number, kind, value, unit in KIND.findall(line)}
        found.append((name, kinds))
    return found


def block(text, name):
    """The lines of a job's block after the first."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines)
                 if HEAD.match(line) and f": {name}: " in line)
    found = []
    for line in lines[start + 1:]:
        if not line.startswith("  ") or ": (g=" in line:
            break
        found.append(line)
    return found


@pytest.mark.smoke
@pytest.mark.parametrize("thread, to_file", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_each_job_once(fio, device, thread, to_file):
    """A forked job's too, which ends without writing out its streams."""
    target = os.path.join(fio.folder, "out.txt")
    text = fio({"filename": device.ng, **MIXED, "numjobs": 4,
                "thread": thread}, form="normal",
               arguments=[f"--output={target}"] * to_file).good().out
    if to_file:
        assert text == ""
        with open(target, encoding="ascii") as file:
            text = file.read()
    found = heads(text)
    assert [name for name, _ in found] == ["job0"] * 4, text
    for _, kinds in found:
        assert kinds["Read"][0] + kinds["Write"][0] == 64
        for number, size in kinds.values():
            assert size == pytest.approx(number * 4 * KIB, rel=0.01)
    assert text.count("err= 0") == 4
    assert text.count("commands each; ring of 8: ") == 4


def test_what_it_says(fio, device):
    text = fio({"filename": device.ng, "rw": "randwrite", "bs": "4k",
                "size": "1m", "number_ios": 32, "fsync": 8, "fixedbufs": 1},
               form="normal").good().out
    (_, kinds), = heads(text)
    assert kinds["Write"] == (32, 128 * KIB)
    assert kinds["Flush"][0] >= 3
    assert "Read" not in kinds
    lines = block(text, "job0")
    assert len(lines) <= 11, lines
    assert "registered files, 1 registered buffers" in lines[0]
    assert "SINGLE_ISSUER" in lines[0] or fio_module.kernel() < (6, 0)


def test_trims(fio, device):
    text = fio({"filename": device.ng, "rw": "randtrim", "bs": "64k",
                "size": "4m", "number_ios": 16}, form="normal").good().out
    assert heads(text) == [
        ("job0", {"Dataset Management": (16, MIB)})], text


def test_errors_in_words(fio, err0):
    run = fio({"filename": err0.ng, "rw": "read", "bs": "4k",
               "offset": "512k", "size": "1m", "iodepth": 8,
               "continue_on_error": "all"}, form="normal")
    (_, kinds), = heads(run.out)
    assert kinds["Read"][0] == 256
    assert [line for line in block(run.out, "job0") if "failed" in line] == [
        line for line in block(run.out, "job0")
        if line.startswith("  1 Read failed: Unrecovered Read Error")
        and "(sct 0x2, sc 0x81" in line], run


@pytest.mark.smoke
@pytest.mark.parametrize("form", ["json", "json+", "terse", "normal,json"])
def test_not_in_other_formats(fio, device, form):
    run = fio({"filename": device.ng, **MIXED, "numjobs": 2}, form=form).good()
    assert "nvme_passthru 0" not in run.out.replace(fio_module.PLUGIN, "")
    assert not heads(run.out)
    if form.startswith("json"):
        assert len(json.loads(run.out)["jobs"]) == 2


def test_not_where_it_is_not_wanted(fio, device):
    run = fio({"filename": device.ng, **MIXED, "summary": 0, "cmd_bs": "512"},
              form="normal").good()
    assert not heads(run.out)
    assert "io_units were" not in run.out


def test_at_a_server(device, tmp_path):
    """The client shows it."""
    socket = f"{tmp_path}/fio.socket"
    job = tmp_path / "remote.fio"
    job.write_text("[remote]\n" f"ioengine={fio_module.ENGINE}\n"
                   f"filename={device.ng}\nrw=randread\nbs=4k\nsize=1m\n"
                   f"number_ios=64\nreport={tmp_path}/report\n")
    with subprocess.Popen(["stdbuf", "--output=L", "fio",
                           f"--server=sock:{socket}"], cwd=tmp_path,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as server:
        try:
            line = server.stdout.readline()
            assert b"listening" in line, line
            run = fio_module.raw(f"--client=sock:{socket}", str(job),
                                 cwd=tmp_path)
        finally:
            server.terminate()
            server.communicate(timeout=fio_module.PATIENCE)
    assert run.status == 0, run
    assert re.search(r"nvme_passthru \S+: remote: 64 Read \(256.0 KiB\)",
                     run.out), run
    line, = (tmp_path / "report").read_text().splitlines()
    assert json.loads(line)["io_units"] == 64

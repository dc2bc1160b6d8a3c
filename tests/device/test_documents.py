# SPDX-License-Identifier: GPL-2.0
"""What users read and start from: man page, README, job files, compare."""

import glob
import json
import os
import re
import subprocess
import sys

import pytest

import fio as fio_module
from namespace import unwritten

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
JOB_FILES = sorted(glob.glob(os.path.join(TOP, "jobfiles", "*.fio")))
INSTALLED = "external:/usr/local/lib/fio/nvme_passthru.so"


def text_of(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as file:
        return file.read()


def man_options():
    """The options that the man page describes, and those it says refused."""
    page = text_of("engine", "nvme_passthru.7")
    page = page[page.index(".SH OPTIONS"):page.index(".SH WHAT IS REFUSED")]
    own, refused = page.split(".SS Options that are refused")
    names = re.findall(r'^\.BR (\w+) " \(', own, re.MULTILINE)
    lists = re.findall(r"^\.TP\n\.BR? (.*)$", refused, re.MULTILINE)
    return set(names), set(re.findall(r"\w+", " ".join(lists)))


def plugin_options():
    """The same according to fio --enghelp."""
    out = fio_module.raw(f"--enghelp={fio_module.PLUGIN}").good().out
    lines = [line for line in out.splitlines() if " : " in line]
    assert lines, out
    refused = {line.split()[0] for line in lines if "Refused unless" in line}
    return {line.split()[0] for line in lines} - refused, refused


def test_man_page_has_the_options_of_the_plugin():
    assert man_options() == plugin_options()


@pytest.mark.once
def test_man_page_has_the_defaults_of_the_plugin():
    page = text_of("engine", "nvme_passthru.7").replace("\\-", "-")
    described = dict(re.findall(r'^\.BR (\w+) " \(\w+, default (\S+)\)"',
                                page, re.MULTILINE))
    compared = 0
    for name in plugin_options()[0]:
        out = fio_module.raw(
            f"--enghelp={fio_module.PLUGIN},{name}").good().out
        default = re.search(r"default: (.*)", out)[1].strip()
        if default != "no default":
            assert described[name] == default, name
            compared += 1
    assert compared


def test_readme_has_the_options_of_the_plugin():
    table = text_of("README.md").split("## Options")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines()
            if line.startswith("| `")]
    assert set(re.findall(r"`(\w+)`", " ".join(rows))) == plugin_options()[0]


def test_enghelp_names_the_version_and_the_layouts():
    out = fio_module.raw(
        f"--enghelp={fio_module.PLUGIN},min_version").good().out
    version = re.search(r"^VERSION := (\S+)$", text_of("Makefile"),
                        re.MULTILINE)[1]
    assert f"this is {version}, for fio 3.33 " in out
    tables = glob.glob(os.path.join(TOP, "engine/fio/layouts/fio-*.tsv"))
    assert tables
    for table in tables:
        name = os.path.basename(table)[len("fio-"):-len(".tsv")]
        assert f" {name}" in out, name
    assert f'"nvme_passthru {version}"' in text_of("engine/nvme_passthru.7")
    assert f"## {version} " in text_of("CHANGELOG.md")


@pytest.mark.parametrize("path", JOB_FILES, ids=os.path.basename)
def test_job_file_runs(fio, device, path):
    """As it is, but for the place of the plugin and the length of the run."""
    text = text_of(path)
    assert INSTALLED in text
    text = text.replace(INSTALLED, fio_module.ENGINE)
    text = text.replace("\nruntime=5\n", "\nruntime=1\n")
    name = os.path.join(fio.folder, "job.fio")
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    run = fio_module.raw("--output-format=json", name, cwd=fio.folder,
                         env={**os.environ, "DEVICE": device.ng}).clean()
    ios = sum(run.total(direction) for direction in ("read", "write", "trim"))
    assert ios > 0, run
    named = re.findall(r"^(?:report|trace)=(.*)$", text, re.MULTILINE)
    assert set(os.listdir(fio.folder)) == {"job.fio", *named}


@pytest.mark.parametrize("path", JOB_FILES, ids=os.path.basename)
def test_job_file_says_whether_it_destroys(path):
    text = text_of(path)
    writes = re.search(r"^rw=\S*(write|rw|trim)", text, re.MULTILINE)
    head = text[:text.index("[global]")]
    assert ("DESTROYS" in head) == bool(writes)
    assert ("Reads only." in head) != bool(writes)


def compare(*arguments):
    return subprocess.run(
        [sys.executable, os.path.join(TOP, "examples", "compare"),
         f"--plugin={fio_module.PLUGIN}", *arguments],
        stdin=subprocess.DEVNULL, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.once
def test_compare_measures_three_engines_and_writes_nothing(device, tmp_path):
    with unwritten(device):
        ran = compare(device.ng, "--seconds=1", "--repeats=1", "--poll=no",
                      f"--json={tmp_path}/table")
    assert (ran.returncode, ran.stderr) == (0, ""), ran
    with open(tmp_path / "table", encoding="utf-8") as file:
        table = json.load(file)
    engines = table["engines"]
    assert list(engines) == ["io_uring", "io_uring_cmd", "nvme_passthru"]
    for name, row in engines.items():
        assert row["iops"] > 0 and row["cost"] > 0 and len(row["runs"]) == 1
        assert f"{row['cost']:.0f}" in ran.stdout, name
    assert table["machine"]["fio"] in ran.stdout
    assert table["machine"]["plugin"] in ran.stdout


@pytest.mark.once
def test_compare_fails_above_its_gate(device):
    ran = compare(device.ng, "--seconds=1", "--repeats=1", "--poll=no",
                  "--engines=io_uring_cmd,nvme_passthru", "--gate=0.01")
    assert (ran.returncode, ran.stderr) == (1, ""), ran
    assert "above 0.01" in ran.stdout


@pytest.mark.parametrize("arguments, words", [
    (["/dev/ng99n99"], ["/dev/ng99n99", "no such device"]),
    (["/dev/null"], ["/dev/null", "/dev/ngXnY"]),
])
def test_compare_refuses_in_one_line(arguments, words):
    ran = compare(*arguments)
    assert ran.returncode == 2
    assert ran.stderr.count("\n") == 1
    for word in words:
        assert word in ran.stderr, ran.stderr


def test_compare_names_the_character_device(device):
    ran = compare(device.block)
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1), ran
    assert f"use {device.ng}\n" in ran.stderr


@pytest.mark.once
def test_installed_comparison_runs_where_it_is(device, tmp_path):
    """With the plugin installed beside it; and nothing stays of either."""
    prefix = f"PREFIX={tmp_path}/local"
    made = subprocess.run(["make", "-s", "-C", TOP, "install", prefix],
                          text=True, check=False, capture_output=True)
    assert (made.returncode, made.stderr) == (0, ""), made
    ran = subprocess.run(
        [tmp_path / "local/share/nvme_passthru/examples/compare", device.ng,
         "--seconds=1", "--repeats=1", "--poll=no", "--engines=nvme_passthru",
         f"--json={tmp_path}/table"], stdin=subprocess.DEVNULL, text=True,
        check=False, capture_output=True, cwd="/",
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""})
    assert (ran.returncode, ran.stderr) == (0, ""), ran
    with open(tmp_path / "table", encoding="utf-8") as file:
        plugin = json.load(file)["settings"]["plugin"]
    assert plugin == f"{tmp_path}/local/lib/fio/nvme_passthru.so"
    for script in os.listdir(tmp_path / "local/share/nvme_passthru/examples"):
        path = tmp_path / "local/share/nvme_passthru/examples" / script
        if path.is_file():
            ran = subprocess.run([path, "--help"], check=False, cwd="/",
                                 capture_output=True)
            # what reads traces may say instead what it lacks
            assert (ran.returncode, ran.stderr) == (0, b"") or re.fullmatch(
                rb"traces need numpy: apt-get install .*\n", ran.stderr), ran
    subprocess.run(["make", "-s", "-C", TOP, "uninstall", prefix],
                   check=True, stdout=subprocess.DEVNULL)
    left = [name for _, _, names in os.walk(tmp_path / "local")
            for name in names]
    assert left == []
    assert not os.path.exists(tmp_path / "local/share/nvme_passthru")

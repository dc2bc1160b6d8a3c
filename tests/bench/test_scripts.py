# SPDX-License-Identifier: GPL-2.0
"""ci/t-io_uring and ci/profile, without a guest."""

import importlib.machinery
import importlib.util
import os
import subprocess
import sys

import pytest

CI = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../ci")


@pytest.fixture(name="script")
def fixture_script(monkeypatch, tmp_path):
    """ci/t-io_uring as a module, with a cache and an image of its own."""
    loader = importlib.machinery.SourceFileLoader(
        "t_io_uring", os.path.join(CI, "t-io_uring"))
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader("t_io_uring", loader))
    loader.exec_module(module)
    monkeypatch.setenv("NVME_PASSTHRU_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(module, "find_image", lambda: "/cache/trixie-1")
    monkeypatch.setattr(sys, "argv", ["t-io_uring"])
    (tmp_path / "cache").mkdir()
    return module


def source(tmp_path):
    """A tree that could be fio's."""
    tree = tmp_path / "fio"
    (tree / "t").mkdir(parents=True)
    (tree / "t" / "io_uring").write_text("built")
    return str(tree)


def test_tool_is_built_once(script, tmp_path, monkeypatch, capsys):
    calls = []

    def run(command, **_):
        calls.append(command)
        return subprocess.CompletedProcess(command, 0, "")

    tree = source(tmp_path)
    monkeypatch.setattr(script.sources, "fio_source", lambda version: tree)
    monkeypatch.setattr(script.subprocess, "run", run)
    assert script.main() == script.main() == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == second and first.startswith(str(tmp_path / "cache"))
    with open(first, encoding="ascii") as file:
        assert file.read() == "built"
    assert len(calls) == 1 and "t/io_uring" in calls[0][-1]
    assert os.path.exists(os.path.join(tree, "t", "io_uring"))


def test_another_image_is_another_program(script):
    assert script.key("/cache/trixie-1") != script.key("/cache/trixie-2")
    assert script.key("/a/trixie-1") == script.key("/b/trixie-1")


def test_source_that_cannot_be_had(script, monkeypatch, capsys):
    def missing(version):
        raise script.sources.Unavailable(f"no fio {version} today")

    monkeypatch.setattr(script.sources, "fio_source", missing)
    assert script.main() == 77
    out, err = capsys.readouterr()
    assert out == "" and "no fio 3.41 today" in err.splitlines()[-1]


def test_build_that_fails(script, tmp_path, monkeypatch, capsys):
    tree = source(tmp_path)
    monkeypatch.setattr(script.sources, "fio_source", lambda version: tree)
    monkeypatch.setattr(
        script.subprocess, "run",
        lambda command, **_: subprocess.CompletedProcess(command, 2, "oh\n"))
    assert script.main() == 1
    err = capsys.readouterr().err.splitlines()
    assert err[0] == "oh" and "does not build" in err[-1]


@pytest.mark.parametrize("arguments, words", [
    (["--point=nosuch"], "invalid choice: 'nosuch'"),
    (["--contenders=aio"], "aio: not in interrupt-read-512-128x32-fixed"),
])
def test_profile_refuses(arguments, words):
    done = subprocess.run([sys.executable, os.path.join(CI, "profile"),
                           *arguments], text=True, capture_output=True,
                          check=False, timeout=300)
    assert done.returncode == 2 and done.stdout == ""
    assert words in done.stderr.splitlines()[-1]

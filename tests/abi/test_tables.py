# SPDX-License-Identifier: GPL-2.0
"""The tables against real fio sources, and the tools that make them."""

import glob
import os
import shutil
import subprocess

import pytest

from conftest import LAYOUTS, REPO, TABLES
from sources import SOURCES, Unavailable, fio_source

GENERATE = "engine/fio/layouts/generate"


@pytest.fixture(params=SOURCES)
def source(request):
    """A fio version and its source; only 3.33 is sure to be there."""
    try:
        return request.param, fio_source(request.param)
    except Unavailable as why:
        if request.param == "3.33":
            raise
        pytest.skip(f"source of fio {request.param}: {why}")


@pytest.fixture(scope="session")
def configured(tmp_path_factory):
    """A tree that its owner has configured already: taken as it is."""
    tree = tmp_path_factory.mktemp("configured") / "fio"
    shutil.copytree(fio_source("3.33"), tree, symlinks=True)
    subprocess.run(["./configure", "--disable-native"], cwd=tree, check=True,
                   capture_output=True)
    return tree


def make(*args, cwd=REPO, check=True):
    env = {k: v for k, v in os.environ.items()
           if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    done = subprocess.run(["make", "--no-print-directory", *args], cwd=cwd,
                          env=env, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert not check or done.returncode == 0, done.stdout
    return done


def snapshot(tree):
    return {(entry.path, entry.stat().st_mtime_ns, entry.stat().st_size)
            for top, _, _ in os.walk(tree) for entry in os.scandir(top)
            if entry.is_file(follow_symlinks=False)}


def replace_in(path, old, new):
    with open(path, encoding="ascii") as f:
        text = f.read()
    assert text.count(old) == 1, (old, text.count(old))
    with open(path, "w", encoding="ascii") as f:
        f.write(text.replace(old, new))


def field_row(table_id, struct, member):
    with open(TABLES[table_id], encoding="ascii") as f:
        return next(line for line in f
                    if line.startswith(f"field\t{struct}\t{member}\t"))


def moved(row, by=8):
    columns = row.split("\t")
    columns[3] = str(int(columns[3]) + by)
    return "\t".join(columns)


def test_make_abi_makes_the_table_again(source, tmp_path):
    version, tree = source
    before = snapshot(tree)
    out = tmp_path / "table.tsv"
    make("abi", f"FIO_SRC={tree}", f"OUT={out}")
    with open(TABLES[version], encoding="ascii") as f:
        assert out.read_text() == f.read()
    assert snapshot(tree) == before


def test_make_abi_check_proves_the_table(source):
    version, tree = source
    before = snapshot(tree)
    done = make("abi-check", f"FIO_SRC={tree}")
    assert f"fio-{version}.tsv holds" in done.stdout
    assert snapshot(tree) == before


@pytest.mark.parametrize("row,wrong,said", [
    (field_row("3.33", "io_u", "buf"),
     moved(field_row("3.33", "io_u", "buf")), "field io_u buf"),
    ("char *(*errdetails)(struct io_u *)",
     "char *(*errdetails)(struct thread_data *, struct io_u *)",
     "proto ioengine_ops errdetails"),
    ("enum\tfio_q_status\tFIO_Q_BUSY\t2\t4",
     "enum\tfio_q_status\tFIO_Q_BUSY\t3\t4", "FIO_Q_BUSY"),
    ("option\t\tiodepth_low\t", "option\t\tiodepth_low\t9", "iodepth_low"),
    ("ssize_t log_err(", "int log_err(", "log_err"),
], ids=["field", "proto", "enum", "option", "import"])
def test_abi_check_finds_a_wrong_row(configured, tmp_path, row, wrong, said):
    table = tmp_path / "wrong.tsv"
    shutil.copy(TABLES["3.33"], table)
    replace_in(table, row, wrong)
    done = make("abi-check", f"FIO_SRC={configured}", f"TABLE={table}",
                check=False)
    assert done.returncode != 0
    assert said in done.stdout
    assert "1 rows differ" in done.stdout


@pytest.mark.parametrize("target", ["abi", "abi-check"])
def test_without_a_source_the_use_is_shown(target):
    done = make(target, check=False)
    assert done.returncode != 0
    assert f"make {target} FIO_SRC=" in done.stdout


def test_a_directory_that_is_no_fio_is_refused(tmp_path):
    done = make("abi", f"FIO_SRC={tmp_path}", check=False)
    assert done.returncode != 0
    assert f"{tmp_path} is not a fio source tree" in done.stdout


@pytest.fixture
def clone(tmp_path):
    """A copy of what is needed to build the plugin, to put tables into."""
    shutil.copytree(os.path.join(REPO, "engine"), tmp_path / "engine",
                    ignore=shutil.ignore_patterns("__pycache__"))
    # the makefiles that the top one includes, and nothing that they build
    for name in glob.glob("tests/*/*.mk", root_dir=REPO):
        (tmp_path / name).parent.mkdir(parents=True)
        shutil.copy(os.path.join(REPO, name), tmp_path / name)
    shutil.copy(os.path.join(REPO, "Makefile"), tmp_path)
    return tmp_path


def table_in(clone, name):
    return clone / "engine" / "fio" / "layouts" / f"fio-{name}.tsv"


def generate(clone, check=True):
    done = subprocess.run([clone / GENERATE, clone / "out"], text=True,
                          check=False, capture_output=True)
    assert not check or done.returncode == 0, done.stderr
    return done


def layout_ids(clone):
    text = (clone / "out" / "ids.mk").read_text()
    return text.split(":=")[1].split()


def test_a_new_table_is_a_new_fio(clone, build_host):
    """One new file and a rebuild: the fio that was refused is recognised."""
    for name in TABLES:
        if name != "3.41":
            table_in(clone, name).unlink()
    plugin = clone / "build" / "nvme_passthru.so"
    host = build_host("3.33")

    make("BUILD=build", "build/nvme_passthru.so", cwd=clone)
    refused = subprocess.run([host, plugin], text=True, check=False,
                             capture_output=True)
    assert refused.returncode == 1
    assert "fio-stub-3.33 is none of 3.41" in refused.stdout

    make("abi", f"FIO_SRC={fio_source('3.33')}", cwd=clone)
    make("BUILD=build", "build/nvme_passthru.so", cwd=clone)
    taken = subprocess.run([host, plugin], text=True, check=True,
                           capture_output=True)
    assert "fio layout 3.33" in taken.stdout


def test_equal_tables_are_one_layout(clone):
    shutil.copy(TABLES["3.33"], table_in(clone, "3.33-again"))
    generate(clone)
    assert layout_ids(clone).count("3.33") == 1
    assert "3.33-again" not in layout_ids(clone)
    fingerprints = (clone / "out" / "fingerprints.c").read_text()
    assert '"3.33=3.33-again"' in fingerprints


def test_tables_that_cannot_be_told_apart_are_refused(clone):
    other = table_in(clone, "3.33-other")
    shutil.copy(TABLES["3.33"], other)
    row = field_row("3.33", "io_u", "buflen")
    replace_in(other, row, moved(row, -16))
    done = generate(clone, check=False)
    assert done.returncode != 0
    assert "cannot be told apart" in done.stderr
    assert "fio-3.33.tsv" in done.stderr
    assert "fio-3.33-other.tsv" in done.stderr


def test_a_table_without_a_needed_member_is_refused(clone):
    row = field_row("3.40", "io_u", "buflen")
    replace_in(table_in(clone, "3.40"), row, "")
    done = generate(clone, check=False)
    assert done.returncode != 0
    assert "fio-3.40.tsv has no io_u.buflen" in done.stderr


def test_a_member_of_another_size_stops_the_build(clone):
    """The generated assertions compare C's types with the table."""
    table = table_in(clone, "3.40")
    row = field_row("3.40", "io_u", "buflen")
    replace_in(table, row, row.replace("\t8\n", "\t4\n"))
    generate(clone)
    done = subprocess.run(
        [os.environ.get("CC", "cc"), "-std=c11", "-fsyntax-only", "-xc",
         f"-I{clone}/out/3.40", "-"], input='#include "layout.h"\n',
        text=True, check=False, capture_output=True)
    assert done.returncode != 0
    assert "io_u.buflen" in done.stderr


def test_every_table_is_a_layout(clone):
    generate(clone)
    assert sorted(layout_ids(clone)) == sorted(TABLES)
    assert len(TABLES) >= 12
    assert LAYOUTS.endswith("layouts")

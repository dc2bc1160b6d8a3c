# SPDX-License-Identifier: GPL-2.0
"""The tables, a stub host for each of them, and the plugin under test."""

import glob
import os
import subprocess

import pytest

REPO = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
LAYOUTS = os.path.join(REPO, "engine", "fio", "layouts")
HERE = os.path.dirname(os.path.abspath(__file__))


def rows(path):
    with open(path, encoding="ascii") as f:
        return [line.rstrip("\n").split("\t") for line in f
                if not line.startswith("#")]


TABLES = {os.path.basename(p)[len("fio-"):-len(".tsv")]: p
          for p in sorted(glob.glob(os.path.join(LAYOUTS, "fio-*.tsv")))}


def pytest_generate_tests(metafunc):
    if "table_id" in metafunc.fixturenames:
        metafunc.parametrize("table_id", TABLES)


@pytest.fixture(scope="session")
def plugin():
    path = os.environ.get("PLUGIN") or os.path.join(
        REPO, os.environ.get("BUILD", "build"), "nvme_passthru.so")
    assert os.path.exists(path), f"{path} is not built: run make"
    return path


def constant(table, name):
    for row in table:
        if row[0] in ("const", "enum") and row[2] == name:
            return row[3]
    raise KeyError(name)


def header(ident, table):
    """The rows of a table as macros: IO_U_FLAGS is io_u.flags' offset."""
    out = [f'#define TABLE_ID "{ident}"']
    for kind, scope, name, value, size in table:
        if kind == "struct":
            out.append(f"#define SIZEOF_{scope.upper()} {size}")
        elif kind == "field":
            out.append(f"#define {scope.upper()}_{name.upper()} {value}")
    for name in ("FIO_MAX_OPTS", "JOBS_PER_SEG", "FIO_OPT_INT",
                 "FIO_OPT_UNSUPPORTED"):
        out.append(f"#define {name} {constant(table, name)}")
    out.append("static const struct { const char *name; int off1; } "
               "table[] = {")
    out += [f'\t{{ "{r[2]}", {r[3]} }},' for r in table if r[0] == "option"]
    out.append("};")
    return "\n".join(out) + "\n"


@pytest.fixture(scope="session")
def build_host(tmp_path_factory):
    """Compile a stub host, once for each table and set of macros."""
    built = {}

    def build(ident, *macros):
        if (ident, macros) in built:
            return built[ident, macros]
        work = tmp_path_factory.mktemp("host")
        text = header(ident, rows(TABLES[ident]))
        (work / "table.h").write_text(text)
        host = work / "stub_host"
        subprocess.run(
            [os.environ.get("CC", "cc"), "-std=gnu11", "-Wall", "-Wextra",
             "-Werror", "-g", "-rdynamic", f"-I{work}", *macros,
             os.path.join(HERE, "stub_host.c"), "-o", host, "-ldl"],
            check=True)
        built[ident, macros] = host
        return host

    return build


@pytest.fixture
def run_host(build_host, plugin):
    """Run a table's host, altered as told; returns (status, its lines)."""

    def run(ident, *alter, macros=()):
        host = build_host(ident, *macros)
        done = subprocess.run([host, plugin, *alter], text=True, check=False,
                              capture_output=True, timeout=60)
        assert done.returncode >= 0, f"crashed: {done}"
        assert done.stderr == ""
        return done.returncode, done.stdout.splitlines()

    return run

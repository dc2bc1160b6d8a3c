# SPDX-License-Identifier: GPL-2.0
"""Every table is recognised as itself, and an altered fio is refused."""

import re

import pytest

from conftest import TABLES, constant, rows

# Tables with the same options, told apart by the size of thread_data.
TWINS = ("3.38", "3.39")
ENGINE_OPTION = "sqthread_poll"


def layouts(lines):
    """The layouts that the engine says it settled on."""
    return [m[1] for m in (re.match(
        r"dprint \d+: nvme_passthru \S+: fio layout (\S+)", line)
        for line in lines) if m]


def refusal(status, lines):
    """The one line of a load that was refused."""
    assert status == 1
    assert lines[-1] == "no engine"
    assert len(lines) == 2, lines
    assert re.match(r"log_err: nvme_passthru \d+\.\d+\.\d+: ", lines[0])
    return lines[0]


def setup_refusal(status, lines):
    """The one line of each of the two setups, both refused."""
    assert status == 0
    said = [line for line in lines if line.startswith("log_err: ")]
    results = [line for line in lines if line.startswith("setup ")]
    assert not layouts(lines)
    assert len(said) == 2 and said[0] == said[1], lines
    assert len(results) == 2 and "setup 0" not in results
    assert re.match(r"log_err: nvme_passthru \d+\.\d+\.\d+: ", said[0])
    return said[0]


def test_recognised(run_host, table_id):
    status, lines = run_host(table_id)
    version = constant(rows(TABLES[table_id]), "FIO_IOOPS_VERSION")
    assert status == 0
    assert lines[0] == f"engine nvme_passthru version {version}"
    # Twice: setup runs for two jobs, the second one settled already. Where
    # the callbacks were replaced, both layouts' setup say the same.
    assert set(layouts(lines)) == {table_id}
    # setup got as far as the file, whose name it found in the structures.
    assert any("/nonexistent/ng0n1" in line for line in lines), lines
    assert "setup 0" not in lines


@pytest.mark.parametrize("alter", [
    ("add-profile", "profile_option"),
    ("add-unsupported", "not_on_this_machine"),
    ("compile-out", "log_compression"),
    ("drop", "log_compression_cpus"),
], ids=lambda a: a[0])
def test_builds_of_the_same_fio_are_recognised(run_host, table_id, alter):
    """Profiles add options, and some builds are without zlib."""
    status, lines = run_host(table_id, *alter)
    assert status == 0
    assert set(layouts(lines)) == {table_id}


@pytest.mark.parametrize("alter,words", [
    (("move", "iodepth"), "option iodepth is stored at"),
    (("drop", "bs"), "option bs is missing"),
    (("add", "brand_new"), "option brand_new is new"),
    (("compile-out", "rw"), "option rw is compiled out"),
], ids=lambda a: a[0])
def test_altered_options_are_refused(run_host, table_id, alter, words):
    line = refusal(*run_host(table_id, *alter))
    assert f"fio-stub-{table_id} is none of " in line
    nearest = TWINS[0] if table_id in TWINS else table_id
    assert f"compared with {nearest}, {words}" in line
    assert "make abi FIO_SRC=" in line
    assert all(known in line for known in TABLES)


def test_more_than_one_difference_is_counted(run_host):
    line = refusal(*run_host("3.41", "move", "iodepth", "drop", "bs"))
    assert "option iodepth is stored at" in line
    assert "1 more differ" in line


@pytest.mark.parametrize("macro,size", [
    ("-DOPTION_PAD=8", 512 * 8), ("-DOPTION_PAD=-8", -512 * 8),
    ("-DTABLE_PAD=8", 8),
])
def test_other_sizes_of_the_option_table_are_refused(run_host, table_id,
                                                     macro, size):
    line = refusal(*run_host(table_id, macros=(macro,)))
    table = rows(TABLES[table_id])
    option = next(int(r[4]) for r in table
                  if r[:2] == ["struct", "fio_option"])
    assert f"its option table has {512 * option + size} bytes" in line


@pytest.mark.parametrize("grow", ["24", "-16", "4096"])
def test_other_sizes_of_thread_data_are_refused(run_host, table_id, grow):
    """Nothing of thread_data is touched: in this host that would crash."""
    line = setup_refusal(*run_host(table_id, "grow", grow))
    size = next(int(r[4]) for r in rows(TABLES[table_id])
                if r[:2] == ["struct", "thread_data"])
    assert f"thread_data has {size + int(grow)} bytes, not " in line
    assert f"{size} in {table_id}" in line
    assert "make abi FIO_SRC=" in line


def test_without_a_segment_nothing_is_settled(run_host, table_id):
    line = setup_refusal(*run_host(table_id, "no-segment"))
    assert "the size of its thread_data cannot be told" in line


def test_a_missing_symbol_is_named(run_host, table_id):
    line = refusal(*run_host(table_id, macros=("-DWITHOUT_IO_U_QUEUED",)))
    assert "does not export io_u_queued" in line


@pytest.mark.parametrize("alter", [
    ("add-unsupported", ENGINE_OPTION), ("alias", "bs", ENGINE_OPTION),
], ids=lambda a: a[0])
def test_an_option_that_the_core_takes_is_refused(run_host, table_id, alter):
    line = refusal(*run_host(table_id, *alter))
    assert f"has an option {ENGINE_OPTION} of its own" in line

# SPDX-License-Identifier: GPL-2.0
"""Nothing is written that was not asked for."""

import io

import pytest

from measure import Failure, fio, writing
from measure.sysfs import Namespace

MIB = 1 << 20


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(name="namespace")
def fixture_namespace(plain):
    plain.put("/sys/block/nvme0n1/size", 64 * MIB // 512)
    return Namespace("/dev/ng0n1", plain.root)


@pytest.fixture(name="runs")
def fixture_runs(monkeypatch):
    """What fio would have been asked to do."""
    found = []
    monkeypatch.setattr(fio, "run", lambda path, arguments, what:
                        found.append(arguments))
    return found


def test_serial_number_permits(namespace):
    writing.permit(namespace, "it writes", "S1")


@pytest.mark.parametrize("destroy", ["S2", "", "s1", "yes"])
def test_other_words_do_not(namespace, destroy):
    with pytest.raises(Failure, match="nothing was written"):
        writing.permit(namespace, "it writes", destroy)


def test_without_a_terminal_the_option_is_named(namespace, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("S1\n"))
    with pytest.raises(Failure, match="--destroy=S1"):
        writing.permit(namespace, "it writes", None)


def test_terminal_is_asked(namespace, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", Terminal("S1\n"))
    writing.permit(namespace, "it writes", None)
    asked = capsys.readouterr().err
    for word in ("it writes", "Fast Drive", "S1", "64 MiB", "lost"):
        assert word in asked
    monkeypatch.setattr("sys.stdin", Terminal("\n"))
    with pytest.raises(Failure, match="nothing was written"):
        writing.permit(namespace, "it writes", None)


@pytest.mark.parametrize("stdin, taken", [
    (Terminal("S1\n"), True), (Terminal("\n"), False),
    (Terminal("yes\n"), False), (io.StringIO("S1\n"), False)])
def test_offer(namespace, monkeypatch, capsys, stdin, taken):
    monkeypatch.setattr("sys.stdin", stdin)
    assert writing.offer(namespace, "it is empty", 8 * MIB) == taken
    asked = capsys.readouterr().err
    for word in ("LOST", "it is empty", "first 8 MiB", "S1"):
        assert (word in asked) == stdin.isatty()


@pytest.mark.parametrize("total, block", [
    (64 * MIB, 131072), (64 * MIB + 512, 131072), (512, 512),
    (1 << 40, 131072), ((1 << 40) + 4096, 4096)])
def test_chunks_cover_all_whole_blocks_once(total, block):
    parts = writing.chunks(total, block)
    assert 1 <= len(parts) <= writing.STEPS
    at = 0
    for offset, length in parts:
        assert offset == at and length % block == 0 and length
        at += length
    assert at == total // block * block


def values(arguments):
    return dict(argument[2:].partition("=")[::2] for argument in arguments)


def test_fill_is_by_this_engine_and_in_order(namespace, runs, monkeypatch):
    monkeypatch.setattr(writing, "STEP_BYTES", 16 * MIB)
    writing.fill("fio", "/p.so", namespace, quiet=True)
    jobs = [values(arguments) for arguments in runs]
    assert len(jobs) == 4
    assert {job["ioengine"] for job in jobs} == {"external:/p.so"}
    assert {job["rw"] for job in jobs} == {"write"}
    assert [(int(job["offset"]), int(job["size"])) for job in jobs] == [
        (start * MIB, 16 * MIB) for start in (0, 16, 32, 48)]
    assert all(int(job["number_ios"]) * int(job["bs"]) == 16 * MIB
               for job in jobs)
    assert not any("readonly" in job for job in jobs)


def test_fill_at_random_stays_within_the_size(namespace, runs):
    writing.fill("fio", "/p.so", namespace, size=8 * MIB, random=4096,
                 quiet=True)
    jobs = [values(arguments) for arguments in runs]
    assert [job["rw"] for job in jobs] == ["write", "randwrite"]
    assert jobs[1]["size"] == str(8 * MIB) and jobs[1]["offset"] == "0"
    assert int(jobs[1]["number_ios"]) == 8 * MIB // 4096


def test_block_of_a_fill_is_what_one_command_can_carry(namespace, plain,
                                                       runs):
    plain.put("/sys/block/nvme0n1/queue/max_hw_sectors_kb", 64)
    writing.fill("fio", "/p.so", Namespace("/dev/ng0n1", plain.root),
                 quiet=True)
    assert values(runs[0])["bs"] == "65536"

# SPDX-License-Identifier: GPL-2.0
"""Whatever a trace or a report was made into, the scripts that read them
print what they should or say in one line what is wrong.
"""

import csv
import json
import random
import re
import sys

import pytest
import tracing
from jobrecords import file_of, placement, reading, record as job, written
from tracing import (DSM, ERRNO, FDP, FURTHER, HEADER, READ, RECORD, chunk,
                     record)

from measure import Failure

SEED = 20261125
TRACES, REPORTS = 600, 600
EDGES = (0, 1, 0x7f, 0x80, 0xff)
# What the scripts say on stderr, and nothing else
LINE = re.compile(r"(trace|report): [^\n]+")


def valid_trace():
    return (chunk([record(100, 0, 8, 3, io_unit=7),
                   record(300, 8, 16, status=0x4281, opcode=READ, flags=0)],
                  clock=1000) +
            chunk([record(200, 64, 8, 1)], clock=1000, job=2) +
            chunk([record(400, 80, 32, opcode=DSM, flags=0),
                   record(400, 160, 64, opcode=DSM, flags=FURTHER),
                   record(500, 8, 8, 3, 5, flags=FDP | ERRNO)], clock=1000))


def valid_report():
    records = [
        job("a", 0, 60, file_of(reading(0, 0), reading(60, 1 << 20),
                                placed=placement(written(0, 4096)))),
        job("b", 10, 50, size=4096)]
    return "".join(json.dumps(one) + "\n" for one in records).encode()


def mutate(chance, data):
    """Change, insert, drop or repeat some bytes, a few times."""
    data = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data) + 1)
        size = chance.choice((1, 1, 2, 4, 8, 32))
        match chance.randrange(6):
            case 0:
                data[at:at + size] = chance.randbytes(size)
            case 1:
                data[at:at + size] = bytes([chance.choice(EDGES)]) * size
            case 2:
                data[at:at] = chance.randbytes(size)
            case 3:
                del data[at:at + size]
            case 4:
                data[at:at] = data[max(0, at - size):at]
            case 5:
                del data[at:]
    return bytes(data)


def parts_cut_off(chance):
    """Chunks of which any may be cut off, and the blocks of what is left.

    Of each there is more than the 12 bytes that a chunk is known by.
    """
    data, blocks = b"", []
    for number in range(chance.randint(1, 8)):
        mine = [number * 64 + nth for nth in range(chance.randint(1, 5))]
        one = chunk([record(number, block) for block in mine], job=number + 1)
        left = chance.choice((len(one), chance.randint(16, len(one))))
        data += one[:left]
        blocks += mine[:max(left - HEADER.size, 0) // RECORD.size]
    return data, blocks


@pytest.fixture(name="outcome")
def fixture_outcome(monkeypatch, capsys):
    """Runs a script's main() as measure.run() does, but for a traceback: what
    is no Failure comes through and fails the test.
    """
    modules = {name: tracing.script(name, monkeypatch)
               for name in ("trace", "report")}

    def run(name, *arguments):
        monkeypatch.setattr(sys, "argv", [name, *arguments])
        try:
            status = modules[name].main()
        except Failure as failure:
            status = failure.status
            print(f"{name}: {failure}", file=sys.stderr)
        said = capsys.readouterr()
        lines = said.err.splitlines()
        assert all(LINE.fullmatch(line) for line in lines), said.err
        return status, said.out, lines

    return run


def stays_clean(tmp_path, outcome, name, data, arguments):
    """Of a file with these bytes; returns whether it was read."""
    path = tmp_path / "mutated"
    path.write_bytes(data)
    status, out, lines = outcome(name, *arguments, str(path))
    assert status in (0, 1, 2)
    # a failure is told, and what was read is shown
    assert lines if status else out
    return not status


def count_read(tmp_path, outcome, name, valid, arguments, number):
    """How many of so many mutations of what is valid were read."""
    chance = random.Random(SEED)
    assert stays_clean(tmp_path, outcome, name, valid(), arguments)
    read = [stays_clean(tmp_path, outcome, name, mutate(chance, valid()),
                        arguments) for _ in range(number)]
    return sum(read)


# some of each, or the mutations would say little
@pytest.mark.parametrize("arguments", [[], ["--csv"], ["--summary"]],
                         ids=["text", "csv", "summary"])
def test_mutated_traces(tmp_path, outcome, arguments):
    read = count_read(tmp_path, outcome, "trace", valid_trace, arguments,
                      TRACES)
    assert TRACES // 20 < read < TRACES - TRACES // 20


def test_traces_of_jobs_that_were_killed(tmp_path, outcome):
    """Every whole record is read, whatever was cut off."""
    chance = random.Random(SEED)
    path = tmp_path / "cut"
    for _ in range(TRACES):
        data, blocks = parts_cut_off(chance)
        path.write_bytes(data)
        status, out, _ = outcome("trace", "--csv", str(path))
        assert not status
        read = [int(row["slba"]) for row in csv.DictReader(out.splitlines())]
        assert read == blocks


@pytest.mark.parametrize("arguments", [[], ["--json"]],
                         ids=["text", "json"])
def test_mutated_reports(tmp_path, outcome, arguments):
    read = count_read(tmp_path, outcome, "report", valid_report, arguments,
                      REPORTS)
    assert REPORTS // 100 < read < REPORTS - REPORTS // 100

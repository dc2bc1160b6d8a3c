# SPDX-License-Identifier: GPL-2.0
"""The guest's parts: perf's output, profiles, t/io_uring, and the rounds."""

import json
import os
import stat

import pytest

from benchmark import perf, profiler, runner, tool
from benchmark.points import BY_NAME, CMD, OWN, TOOL
from measure import Failure
from measure.cost import Cost

POINT = BY_NAME["interrupt-read-512-128x32-fixed"]

REPORT = """
    57.00%\t          5700\t[kernel.kallsyms]   \t[k] nvme_uring_cmd_io
     3.00%\t           300\tnvme_passthru.so    \t[.] passthru_queue
     1.00%\t           100\tnvme_passthru.so    \t[.] reap.isra.0
     0.50%\t            50\tnvme_passthru.so    \t[.] reap
    38.00%\t          3800\tfio                 \t[.] 0x00000000000a2c9
"""


def test_system_calls_are_counted():
    text = ("# started on today\n\n"
            f"5177,,{perf.ENTER},435471626,100.00,,\n")
    assert perf.counted(text) == 5177
    with pytest.raises(Failure, match="perf counted no"):
        perf.counted(f"<not counted>,,{perf.ENTER},0,100.00,,\n")


def test_samples_by_function():
    assert perf.parse(REPORT) == {
        ("[kernel.kallsyms]", "nvme_uring_cmd_io"): 5700,
        ("nvme_passthru.so", "passthru_queue"): 300,
        ("nvme_passthru.so", "reap"): 150,
        ("fio", "0x00000000000a2c9"): 3800}


def test_profile_shares_the_cost_by_samples_beyond_the_start():
    longer = perf.parse(REPORT)
    shorter = {("fio", "0x00000000000a2c9"): 1850,
               ("nvme_passthru.so", "passthru_queue"): 100}
    found = profiler.as_object(perf.profile(4000, longer, shorter))
    assert found["samples"] == 8000
    assert found["parts"]["engine"] == pytest.approx(175)
    assert found["parts"]["kernel"] == pytest.approx(2850)
    assert found["parts"]["fio"] == pytest.approx(975)
    assert sum(found["parts"].values()) == pytest.approx(4000)
    assert [name for _, name in found["functions"]["engine"]] == [
        "passthru_queue", "reap"]
    with pytest.raises(Failure, match="no samples"):
        perf.profile(4000, shorter, shorter)


# -- t/io_uring ---------------------------------------------------------------

def test_tool_runs_the_same_job():
    argv = tool.arguments("./tool", "/dev/ng0n1", POINT)
    for option in ("-u1", "-p0", "-B1", "-F1", "-b512", "-d128", "-s32",
                   "-c32", "-n1", "-R1", "-O0"):
        assert option in argv
    assert argv[0] == "./tool" and argv[-1] == "/dev/ng0n1"
    polled = BY_NAME["polled-read-512-128x32-unfixed"]
    assert {"-p1", "-B0"} <= set(tool.arguments("./tool", "d", polled))


def script(path, text):
    path.write_text("#!/bin/bash\n" + text, encoding="ascii")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.fixture(name="device")
def fixture_device(tmp_path, monkeypatch):
    """nvme smart-log counts what the tool writes to a file."""
    (tmp_path / "count").write_text("7")
    script(tmp_path / "nvme", f"echo '{{\"host_read_commands\": '$(cat "
           f"{tmp_path}/count)'}}'")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


READER = """#!/usr/bin/env python3
import os, signal, sys

def count(number):
    with open("{folder}/new", "w") as file:
        file.write(str(number))
    os.replace("{folder}/new", "{folder}/count")

def end(*_):
    count(107)
    print("{said}")
    sys.exit({status})

signal.signal(signal.SIGINT, end)
count(8)
while True:
    pass
"""


def reader(folder, said="Exiting on signal", status=0):
    """A tool that takes a while to begin, and reads 100 times."""
    path = folder / "tool"
    path.write_text(READER.format(folder=folder, said=said, status=status))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_tool_counts_what_the_controller_did(device):
    assert tool.commands("/dev/nvme0") == 7
    done, seconds = tool.run([reader(device)], "/dev/nvme0", 0)
    assert done == 100 and seconds > 0


def test_tool_started_by_another(device):
    """The signal is for the tool, and the other waits for it."""
    outer = script(device / "outer", "\"$@\"\nstatus=$?\nexit $status\n")
    done, _ = tool.run([outer, reader(device)], "/dev/nvme0", 0)
    assert done == 100


def test_tool_that_fails(device):
    with pytest.raises(Failure, match="gone wrong"):
        tool.run([reader(device, "gone wrong", 1)], "/dev/nvme0",
                 0)
    broken = script(device / "broken", "echo not at all; exit 3")
    with pytest.raises(Failure, match="not at all"):
        tool.run([broken], "/dev/nvme0", 0)


def test_tool_is_a_slope(monkeypatch):
    runs = {tool.SHORT: (1000, 0.5), tool.SHORT + tool.STRETCH: (3000, 0.9)}
    monkeypatch.setattr(tool, "run",
                        lambda argv, controller, seconds: runs[seconds])
    assert tool.measure(["x"], "c") == pytest.approx(0.4 / 2000 * 1e9)


# -- rounds -------------------------------------------------------------------

@pytest.fixture(name="bench")
def fixture_bench(monkeypatch):
    """A bench whose costs are given; `turns` has who ran, in order."""

    class Bench(runner.Bench):
        """Without a device."""

        def __init__(self, costs, **order):
            self.order = {"rounds": 5, "most": 9, "tool": None, **order}
            self.points = [POINT]
            self.done = 0
            self.work = 2 * (1 + self.order["rounds"])
            self.costs = costs
            self.turns = []
            self.said = []
            self.say = self.said.append

        def cost(self, point, contender):
            self.turns.append(contender)
            return next(self.costs[contender])

        def calls(self, point, contender):
            return 0.03

    return Bench


def test_contenders_take_turns(bench):
    made = bench({OWN: iter([1.0] * 5), CMD: iter([2.0] * 5)},
                 contenders=[OWN, CMD])
    found = made.measure(POINT)
    assert made.turns == [OWN, CMD] * 5
    assert found[OWN]["cost"] == 1.0 and len(found[CMD]["runs"]) == 5


def test_more_rounds_where_runs_differ(bench):
    made = bench({OWN: iter([1.0] * 4 + [1.2] + [1.0] * 4),
                  CMD: iter([2.0] * 9)}, contenders=[OWN, CMD])
    found = made.measure(POINT)
    assert len(found[OWN]["runs"]) == len(found[CMD]["runs"]) == 8
    assert found[OWN]["spread"] == 0


def test_rounds_have_an_end(bench):
    costs = [1.0, 1.5] * 5
    made = bench({OWN: iter(costs), CMD: iter(costs)}, contenders=[OWN, CMD])
    assert len(made.measure(POINT)[OWN]["runs"]) == 9
    assert made.said[-1]["done"] + 1 == made.said[-1]["of"] == 20


def test_contenders_of_a_boot(bench):
    assert TOOL not in bench({}).contenders(POINT)
    assert TOOL in bench({}, tool="build/t").contenders(POINT)
    assert bench({}, contenders=[CMD]).contenders(POINT) == [CMD]


def test_cost_is_by_command(monkeypatch):
    made = runner.Bench.__new__(runner.Bench)
    made.order = {"ios": 1600}
    asked = []
    monkeypatch.setattr(
        made, "run_fio",
        lambda point, contender, ios: asked.append(ios) or ios)
    monkeypatch.setattr(runner.cost, "of_slope",
                        lambda short, longer: Cost(1, 48000.0))
    assert made.cost(POINT, "scatter16") == 3000
    assert asked == [160, 1760]


def test_say_is_one_line_for_the_host(capsys):
    runner.say({"done": 1, "of": 2, "what": "x"})
    line = capsys.readouterr().out
    assert line.startswith(runner.MARK)
    assert json.loads(line[len(runner.MARK):]) == {"done": 1, "of": 2,
                                                   "what": "x"}

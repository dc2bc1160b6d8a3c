# SPDX-License-Identifier: GPL-2.0
"""Measures points in the guest, and writes what it found as JSON.

Lines of standard output that begin with MARK are for ci/bench: what runs, and
how much of the work is done.
"""

import json
import os
import tempfile

from measure import Failure, cost, fio, machine
from measure.job import Ios, Job
from measure.sysfs import Namespace, read_text

from . import MARK, judge, perf, tool
from .points import BY_NAME, LABELS, OWN, SCATTER, TOOL

# On the slow drive a run has so many times fewer I/Os
ASLEEP = 5
# I/Os of a run whose system calls are counted; counting slows it down
COUNTED = 4000


def job_of(point, contender):
    """The job, and how many commands each of fio's I/Os is.

    With several, as many commands are in flight and in a batch.
    """
    commands = SCATTER.get(contender, 1)
    extra = ()
    if commands > 1:
        extra = (f"--cmd_bs={point.bs}", "--scatter=1")
    return Job(bs=point.bs * commands, rw=f"rand{point.rw}",
               depth=max(point.depth // commands, 1),
               batch=max(point.batch // commands, 1),
               polled=point.polled, fixedbufs=point.fixedbufs,
               extra=extra, name="bench"), commands


class Bench:
    """One boot's points; see main()."""

    def __init__(self, order, say):
        self.order = order
        self.say = say
        self.namespace = Namespace(os.environ["NG_FDP0"])
        self.slow = Namespace(os.environ["NG_SLOW0"])
        self.controller = os.environ["CONTROLLER_FDP0"]
        self.plugin = fio.find_plugin()
        self.done = 0
        self.points = [BY_NAME[name] for name in order["points"]]
        self.work = sum(len(self.contenders(point)) *
                        (1 + order["rounds"]) for point in self.points)

    def contenders(self, point):
        chosen = self.order.get("contenders") or point.contenders
        return [name for name in point.contenders if name in chosen and
                (name != TOOL or self.order.get("tool"))]

    def step(self, what):
        self.say({"done": self.done, "of": self.work, "what": what})
        self.done += 1

    # -- one contender of one point -------------------------------------------

    def run_fio(self, point, contender, ios, before=()):
        job, commands = job_of(point, contender)
        engine = OWN if contender in SCATTER else contender
        namespace = self.slow if point.asleep else self.namespace
        arguments = job.arguments(engine, namespace, self.plugin,
                                  Ios(max(ios // commands, job.depth)))
        return fio.run("fio", arguments, LABELS[contender], before)

    def cost(self, point, contender):
        """Instructions a command: one slope."""
        if contender == TOOL:
            return tool.measure(self.tool(point), self.controller)
        ios = self.order["ios"] // (ASLEEP if point.asleep else 1)
        lengths = cost.slope_lengths(ios, point.depth)
        short, longer = (self.run_fio(point, contender, length.ios)
                         for length in lengths)
        return (cost.of_slope(short, longer).cost /
                SCATTER.get(contender, 1))

    def tool(self, point):
        return tool.arguments(self.order["tool"], self.namespace.device,
                              point)

    def calls(self, point, contender):
        """System calls a command, with those of start and end taken off."""
        with tempfile.TemporaryDirectory() as folder:
            output = os.path.join(folder, "counts")
            before = perf.counting(output)
            if contender == TOOL:
                def run(length):
                    seconds = tool.SHORT * (1 + length / COUNTED)
                    return tool.run([*before, *self.tool(point)],
                                    self.controller, seconds)[0]
            else:
                def run(length):
                    return (self.run_fio(point, contender, length,
                                         before).ios *
                            SCATTER.get(contender, 1))
            found = []
            for length in (max(COUNTED // 8, point.depth), COUNTED):
                commands = run(length)
                found.append((commands, perf.counted(read_text(output))))
        (fewer, least), (more, most) = found
        return (most - least) / (more - fewer)

    # -- a point --------------------------------------------------------------

    def measure(self, point):
        contenders = self.contenders(point)
        costs = {name: [] for name in contenders}
        calls = {}
        for name in contenders:
            # This also brings its programs and libraries into memory.
            self.step(f"{point.name}: {LABELS[name]}, system calls")
            calls[name] = self.calls(point, name)
        rounds = 0
        while True:
            for name in contenders:
                self.step(f"{point.name}: {LABELS[name]}, run {rounds + 1}")
                costs[name].append(self.cost(point, name))
            rounds += 1
            found = {name: judge.summary(costs[name], calls[name])
                     for name in contenders}
            if rounds < self.order["rounds"]:
                continue
            if judge.settled(point, found) or rounds >= self.order["most"]:
                return found
            self.work += len(contenders)

    def all(self):
        return {point.name: self.measure(point) for point in self.points}


def say(message):
    print(MARK + json.dumps(message), flush=True)


def main(order):
    """order: points, rounds, most (rounds), ios; perhaps tool, contenders."""
    bench = Bench(order, say)
    if not bench.namespace.polls:
        raise Failure("the guest's namespace has no poll queue")
    found = {"environment": machine.describe("fio", bench.plugin,
                                             bench.namespace),
             "points": bench.all()}
    with open("/results/bench.json", "w", encoding="utf-8") as file:
        json.dump(found, file)
    return 0

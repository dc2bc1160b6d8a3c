# SPDX-License-Identifier: GPL-2.0
"""What an I/O costs, and how well that repeats.

On the ordinary clock a cost is processor nanoseconds an I/O, of one run. In a
guest whose clock advances one nanosecond an instruction (ci/guest --icount) it
is instructions an I/O, taken as a slope between two lengths of run: what fio
does beside its I/Os is in both of them.
"""

import dataclasses
import statistics

from . import Failure
from .job import Ios

NANO = 1e9


@dataclasses.dataclass
class Cost:
    """I/Os a second, and nanoseconds or instructions an I/O."""
    iops: float
    cost: float


def of_run(run):
    """By the ordinary clock."""
    if not run.ios or not run.seconds:
        raise Failure("fio did no I/O in the time given; make runs longer")
    return Cost(run.ios / run.seconds, run.busy / run.ios * NANO)


def of_slope(short, long):
    """By the instruction clock, from two lengths of the same run.

    The time of fio's processes is known to the microsecond, that of its job
    to the millisecond.
    """
    ios = long.ios - short.ios
    if ios <= 0:
        raise Failure("the longer run did no more I/Os than the shorter; "
                      "make it longer")
    seconds = max(long.seconds - short.seconds, 0.001)
    return Cost(ios / seconds, (long.processes - short.processes) / ios * NANO)


def slope_lengths(ios, depth):
    """A short run, and one that is longer by that many I/Os."""
    short = max(ios // 10, depth)
    return Ios(short), Ios(short + ios)


def spread(values):
    """(most - least) / median"""
    middle = statistics.median(values)
    return (max(values) - min(values)) / middle if middle else 0


def in_turn(rounds, things):
    """Yields (round, thing): each thing has its turn in every round."""
    for number in range(rounds):
        for thing in things:
            yield number, thing

# SPDX-License-Identifier: GPL-2.0
"""The experiments of the passthrough paper's artifact, as points that fio can
run on the block device and on the character device.
"""

import dataclasses

from .job import Job
from .options import readable

DEPTH = 128
BATCH = 32
SCALING = ((1, 1), (8, 2), (16, 4), (32, 8), (64, 16), (128, 32))
SIZES = (4 << 10, 16 << 10, 64 << 10)
BATCHES = (2, 4, 8, 16, 32)
CONFIGURATIONS = (("plain", False, False), ("fixed buffers", True, False),
                  ("polled", False, True), ("both", True, True))


@dataclasses.dataclass(frozen=True)
class Point:
    """One job, which is run on each of the two paths."""
    experiment: str
    label: str
    depth: int = DEPTH
    batch: int = BATCH
    # 0: one logical block of the drives
    bs: int = 0
    fixedbufs: bool = False
    polled: bool = False
    # a thread of the kernel submits, on a processor of its own
    sqpoll: bool = False
    drives: int = 1
    # the times of single I/Os are taken
    times: bool = False

    @property
    def needs(self):
        """What has to be there; see missing()."""
        wanted = {"fixed buffers": self.fixedbufs, "polling": self.polled,
                  "two drives": self.drives > 1, "SQPOLL": self.sqpoll}
        return [need for need, has in wanted.items() if has]


@dataclasses.dataclass(frozen=True)
class Experiment:
    title: str
    settings: str
    points: tuple


def _configurations(experiment, drives):
    return tuple(Point(experiment, label, fixedbufs=fixedbufs, polled=polled,
                       drives=drives)
                 for label, fixedbufs, polled in CONFIGURATIONS)


def _scaling(experiment, polled):
    return tuple(Point(experiment, f"depth {depth}, batch {batch}", depth,
                       batch, fixedbufs=True, polled=polled)
                 for depth, batch in SCALING)


EXPERIMENTS = {
    "peak": Experiment(
        "One drive in four configurations",
        f"random reads, depth {DEPTH}, batches of {BATCH}, one processor",
        _configurations("peak", 1)),
    "scaling": Experiment(
        "Scaling over depth",
        "random reads, polled, fixed buffers, one processor",
        _scaling("scaling", True)),
    "interrupt": Experiment(
        "Scaling over depth, by interrupt",
        "random reads, fixed buffers, one processor; not in the artifact",
        _scaling("interrupt", False)),
    "two": Experiment(
        "Two drives on two processors",
        f"random reads, depth {DEPTH} and batches of {BATCH} on each drive, "
        "one processor for each",
        _configurations("two", 2)),
    "latency": Experiment(
        "Latency and processor time at depth 1",
        "random reads, depth 1, one processor, by interrupt, with the times "
        "of single I/Os taken",
        tuple(Point("latency", f"{readable(bs)}, {word}", 1, 1, bs,
                    fixedbufs, times=True)
              for word, fixedbufs in (("plain", False),
                                      ("fixed buffers", True))
              for bs in SIZES)),
    "sqpoll": Experiment(
        "SQPOLL and batches",
        f"random reads, depth {DEPTH}, polled, fixed buffers; with SQPOLL a "
        "kernel thread on another processor submits",
        tuple(Point("sqpoll", f"SQPOLL {word}, batch {batch}", batch=batch,
                    fixedbufs=True, polled=True, sqpoll=sqpoll)
              for word, sqpoll in (("off", False), ("on", True))
              for batch in BATCHES)),
}
# Those of the artifact. What is by interrupt stands in where a clock counts
# the spinning of a thread that polls.
OF_THE_PAPER = tuple(name for name in EXPERIMENTS if name != "interrupt")


@dataclasses.dataclass
class Place:
    """What there is to run on."""
    devices: list
    # of these, the ones that cannot be polled, and what makes that possible
    unpolled: dict
    kernel: tuple
    cpus: int
    clock: str = "wall"

    def missing(self):
        """What a point may need and is not there, with the reason."""
        found = {}
        if self.kernel < (6, 1):
            found["fixed buffers"] = ("passthrough has fixed buffers from "
                                      "Linux 6.1 on")
        if self.kernel < (6, 5):
            found["polling"] = ("before Linux 6.5 polling for passthrough can "
                                "panic the kernel")
        elif self.unpolled:
            advice = dict.fromkeys(self.unpolled.values())
            found["polling"] = (
                f"no poll queue on {' and '.join(self.unpolled)} "
                f"({'; '.join(advice)})")
        if self.clock == "instructions":
            found["two drives"] = found["SQPOLL"] = (
                "a clock that counts the instructions of one processor cannot "
                "judge two")
        elif self.cpus < 2:
            found["two drives"] = found["SQPOLL"] = (
                "this process may use one processor only")
        if len(self.devices) < 2:
            found["two drives"] = "no second device was named"
        return found


def plan(names, place):
    """The points that can be run, and sentences on those that cannot."""
    missing = place.missing()
    chosen, lacking = [], {}
    for name in names:
        for point in EXPERIMENTS[name].points:
            reasons = [need for need in point.needs if need in missing]
            if not reasons:
                chosen.append(point)
            # with no second drive, nothing else is worth a word
            elif "two drives" in reasons:
                lacking.setdefault("two drives", {})[name] = None
            else:
                for need in reasons:
                    lacking.setdefault(need, {})[name] = None
    told = []
    for need, where in lacking.items():
        titles = ", ".join(f'"{EXPERIMENTS[name].title}"' for name in where)
        told.append(f"{need} in {titles}: {missing[need]}")
    return chosen, told


def choose_cpus(wanted, everywhere, siblings):
    """A processor for each of the lists of those wanted, each another one.

    None is a sibling thread of another while there are others, and the first
    of the machine, which often has the machine's own work to do, comes last.
    Returns fewer where there are no more.
    """
    chosen = []
    for near in wanted:
        free = ([cpu for cpu in near if cpu not in chosen] or
                [cpu for cpu in everywhere if cpu not in chosen])
        free.sort(key=lambda cpu: (any(cpu in siblings(other)
                                       for other in chosen), cpu == 0, cpu))
        chosen += free[:1]
    return chosen


def jobs(point, lba, cpus, sq_cpu=None):
    """A Job for each drive of the point, in order of their processors."""
    extra = ()
    if point.sqpoll:
        extra = ("--sqthread_poll=1", f"--sqthread_poll_cpu={sq_cpu}")
    if point.times:
        extra += ("--lat_percentiles=1", "--clat_percentiles=0",
                  "--percentile_list=50:99")
    return [Job(bs=max(point.bs, lba), depth=point.depth, batch=point.batch,
                polled=point.polled, fixedbufs=point.fixedbufs, cpus=str(cpu),
                gtod_reduce=not point.times, extra=extra, name="paper")
            for cpu in cpus[:point.drives]]

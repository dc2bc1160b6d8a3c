# SPDX-License-Identifier: GPL-2.0
"""What `make bench` measures, and what has to hold.

A point is one job. Its contenders run it in turn, in one boot, and its gates
compare them by instructions a command.
"""

import dataclasses
import fnmatch

OWN = "nvme_passthru"
CMD = "io_uring_cmd"
BLOCK = "io_uring"
TOOL = "t/io_uring"
# the engine, with that many commands in each of fio's io_units
SCATTER = {"scatter16": 16, "scatter32": 32}

LABELS = {
    OWN: "nvme_passthru",
    "scatter16": "nvme_passthru, 16 commands an io_unit",
    "scatter32": "nvme_passthru, 32 commands an io_unit",
    CMD: "fio's io_uring_cmd",
    BLOCK: "fio's io_uring, block device",
    TOOL: "t/io_uring -u1",
}

ENGINES = (OWN, CMD)
WITH_BLOCK = (OWN, CMD, BLOCK)
EVERYONE = (OWN, "scatter16", "scatter32", CMD, BLOCK, TOOL)


@dataclasses.dataclass(frozen=True)
class Gate:
    """The most that a contender may cost, as a part of a peer's cost.

    Without a peer: the most system calls that it may make a command.
    """
    contender: str
    peer: str
    limit: float
    aim: float = None


@dataclasses.dataclass(frozen=True)
class Point:
    """One job, random and of one size."""
    rw: str
    bs: int
    depth: int
    batch: int
    polled: bool = False
    fixedbufs: bool = True
    contenders: tuple = ENGINES
    gates: tuple = ()
    # part of the short form
    short: bool = False
    # measured once more where the namespace is no multipath head
    ordinary: bool = False

    @property
    def name(self):
        size = f"{self.bs // 1024}k" if self.bs >= 1024 else f"{self.bs}"
        return "-".join([
            "polled" if self.polled else "interrupt", self.rw, size,
            f"{self.depth}x{self.batch}",
            "fixed" if self.fixedbufs else "unfixed"])

    @property
    def asleep(self):
        """Whether it is for a drive so slow that all waiting is asleep.

        On a fast one the host decides whether a command completes before the
        thread has gone to sleep and has to be woken, half of what it costs.
        """
        return self.depth == 1 and not self.polled

    @property
    def drive(self):
        """What is said of its drive behind all else."""
        return ", a drive of 100 us" if self.asleep else ""

    @property
    def text(self):
        return (f"random {self.rw}s of {self.bs} bytes, depth {self.depth}, "
                f"batches of {self.batch}, "
                f"{'polled' if self.polled else 'by interrupt'}, "
                f"{'' if self.fixedbufs else 'no '}fixed buffers{self.drive}")


# Every gated point is below fio's own engine. A shallow polled run counts
# its spinning: none is gated below depth 16.
BELOW = (Gate(OWN, CMD, 1.0),)


def headline(polled):
    """The job by which the engines are compared first."""
    own, block, scattered = (((0.92, 0.88), (0.70, 0.66), (0.53, 0.48))
                             if polled else
                             ((0.94, 0.90), (0.68, 0.64), (0.50, 0.48)))
    gates = [Gate(OWN, CMD, *own), Gate(OWN, BLOCK, *block)]
    for name in SCATTER:
        gates += [Gate(name, TOOL, 1.0, 0.95), Gate(name, BLOCK, *scattered)]
    return Point("read", 512, 128, 32, polled, contenders=EVERYONE,
                 gates=tuple(gates), short=True, ordinary=True)


def gated(rw, bs, shapes, **more):
    return [Point(rw, bs, depth, batch, gates=BELOW, **more)
            for depth, batch in shapes]


POINTS = [
    headline(polled=False),
    headline(polled=True),
    # one system call an I/O, where fio's own engine makes two
    Point("read", 512, 1, 1, contenders=WITH_BLOCK, short=True, gates=(
        Gate(OWN, None, 1.01), Gate(OWN, CMD, 1.0, 0.85))),
    # depths, with batches of a quarter of them
    *gated("read", 512, [(4, 1), (16, 4), (64, 16), (256, 32)],
           contenders=WITH_BLOCK),
    *gated("read", 512, [(16, 4), (64, 16), (256, 32)],
           contenders=WITH_BLOCK, polled=True),
    # other batches
    *gated("read", 512, [(4, 4), (16, 1), (16, 16), (64, 1), (64, 4),
                         (64, 32), (128, 1), (128, 4), (128, 16), (256, 16)]),
    # other sizes and writes
    *gated("write", 512, [(128, 32)], short=True),
    *gated("write", 512, [(1, 1), (16, 4), (64, 16)]),
    *gated("read", 4096, [(1, 1), (16, 4), (128, 32)]),
    *gated("write", 4096, [(1, 1), (128, 32)]),
    *gated("read", 4096, [(64, 16)], short=True),
    *gated("write", 4096, [(64, 16)], contenders=WITH_BLOCK),
    *gated("write", 512, [(128, 32)], polled=True, short=True),
    *gated("read", 4096, [(128, 32)], polled=True),
    *gated("write", 4096, [(64, 16)], polled=True),
    # without fixed buffers
    *gated("read", 512, [(1, 1), (128, 32)], fixedbufs=False),
    *gated("read", 4096, [(64, 16)], fixedbufs=False),
    *gated("write", 4096, [(128, 32)], fixedbufs=False),
    *gated("read", 512, [(128, 32)], fixedbufs=False, polled=True),
    # for the record
    Point("read", 512, 1, 1, polled=True, contenders=WITH_BLOCK),
    Point("read", 512, 4, 1, polled=True, contenders=WITH_BLOCK),
]
BY_NAME = {point.name: point for point in POINTS}

# Instructions a command of the engine's own functions; see ci/profile
PROFILE_GATE = 80
PROFILE_AIM = 60


def choose(patterns, short=False):
    """The points whose names match: a pattern, or a part of the name."""
    chosen = [point for point in POINTS if point.short or not short]
    if not patterns:
        return chosen
    return [point for point in chosen if any(
        fnmatch.fnmatchcase(point.name, pattern) or pattern in point.name
        for pattern in patterns)]

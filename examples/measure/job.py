# SPDX-License-Identifier: GPL-2.0
"""A job as fio's arguments, on any of three engines.

fio.run(path, job.arguments(engine, namespace, plugin, Seconds(5)), engine)
runs one; arguments of several jobs in a row run them at the same time.
"""

import dataclasses

from . import Failure

OWN = "nvme_passthru"
CMD = "io_uring_cmd"
BLOCK = "io_uring"
ENGINES = (BLOCK, CMD, OWN)


def choose_engines(text):
    """The engines of a list such as io_uring,nvme_passthru."""
    engines = list(dict.fromkeys(filter(None, text.split(","))))
    unknown = [engine for engine in engines if engine not in ENGINES]
    if unknown or not engines:
        raise Failure(f"no such engine: {', '.join(unknown) or 'none named'}")
    return engines


def engine_arguments(engine, namespace, plugin):
    """What names the engine and the device; options of the engine follow."""
    if engine == BLOCK:
        namespace.need_block_device()
        # a device that went shall not become a file of that name
        return [f"--ioengine={BLOCK}", "--direct=1",
                f"--filename={namespace.block}", "--allow_file_create=0"]
    if engine == CMD:
        return [f"--ioengine={CMD}", "--cmd_type=nvme",
                f"--filename={namespace.device}"]
    return [f"--ioengine=external:{plugin}",
            f"--filename={namespace.device}"]


@dataclasses.dataclass
class Job:
    """What is the same on every engine."""
    bs: int = 512
    rw: str = "randread"
    depth: int = 1
    # I/Os submitted and reaped at a time
    batch: int = 1
    polled: bool = False
    fixedbufs: bool = False
    # a processor, or a list as fio takes it
    cpus: str = ""
    # no time is taken of single I/Os: fio costs less and has no latencies
    gtod_reduce: bool = True
    # of the namespace, from its first byte on; 0 is all
    size: int = 0
    # any other arguments of fio
    extra: tuple = ()
    name: str = "measure"

    @property
    def reads_only(self):
        return self.rw in ("read", "randread")

    def arguments(self, engine, namespace, plugin, length):
        """One job of fio, from its name to its length (see below)."""
        batch = min(self.batch, self.depth)
        arguments = [
            f"--name={self.name}",
            # an engine's own options have to follow its name
            *engine_arguments(engine, namespace, plugin),
            f"--rw={self.rw}", "--norandommap", f"--bs={self.bs}",
            f"--iodepth={self.depth}",
            f"--iodepth_batch_submit={batch}",
            f"--iodepth_batch_complete_min={batch}",
            "--registerfiles", f"--hipri={int(self.polled)}",
            f"--fixedbufs={int(self.fixedbufs)}"]
        if self.reads_only:
            arguments.append("--readonly")
        if self.gtod_reduce:
            arguments.append("--gtod_reduce=1")
        if self.cpus != "":
            arguments.append(f"--cpus_allowed={self.cpus}")
        if self.size:
            arguments.append(f"--size={self.size}")
        return arguments + list(self.extra) + length.arguments(self.bs)


@dataclasses.dataclass(frozen=True)
class Seconds:
    """A length by the clock, after a time that is not counted."""
    seconds: float
    ramp: float = 0

    def arguments(self, _bs):
        ramp = [f"--ramp_time={self.ramp * 1000:.0f}ms"] if self.ramp else []
        return ["--time_based", f"--runtime={self.seconds * 1000:.0f}ms",
                *ramp]


@dataclasses.dataclass(frozen=True)
class Ios:
    """A length in I/Os."""
    ios: int

    def arguments(self, bs):
        return [f"--number_ios={self.ios}", f"--io_size={self.ios * bs}"]

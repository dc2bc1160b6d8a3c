# SPDX-License-Identifier: GPL-2.0
"""Where a command's instructions go, by function; runs in the guest."""

import json
import os
import statistics
import tempfile

from measure import Failure

from . import perf, tool
from .points import BY_NAME, LABELS, OWN, TOOL
from .runner import Bench, say

PLUGIN = "nvme_passthru.so"
# What a command of t/io_uring takes, about, while it is sampled
TOOL_SECONDS = 4e-6
# What an object belongs to, by the beginning of its name
PARTS = {"engine": (PLUGIN,), "liburing": ("liburing",), "fio": ("fio",),
         "t/io_uring": ("t-io_uring",),
         "C library, vDSO": ("libc.so", "libm.so", "[vdso]"),
         "kernel": ("[kernel", "[guest.kernel", "[nvme")}


def sample(bench, point, contender, length, before):
    """One run of about as many commands, started by perf."""
    if contender == TOOL:
        tool.run([*before, *bench.tool(point)], bench.controller,
                 tool.SHORT + length * TOOL_SECONDS)
    else:
        bench.run_fio(point, contender, length, before)


def take(bench, point, contender, order):
    """One contender's profile, of as many I/Os as asked for."""
    bench.step(f"{LABELS[contender]}: instructions a command")
    # The first run brings programs and libraries into memory.
    bench.cost(point, contender)
    cost = statistics.median(bench.cost(point, contender)
                             for _ in range(order["rounds"]))
    found = []
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "data")
        for length in (point.depth, order["profiled"]):
            bench.step(f"{LABELS[contender]}: sampling {length} commands")
            sample(bench, point, contender, length, perf.sampling(data))
            found.append(perf.samples(data))
    return perf.profile(cost, found[1], found[0])


def as_object(profile):
    parts = {name: profile.part(*objects)
             for name, objects in PARTS.items()}
    parts["other"] = profile.cost - sum(parts.values())
    return {"cost": profile.cost, "samples": profile.samples,
            "parts": parts,
            "functions": {name: profile.of(*objects)
                          for name, objects in PARTS.items()}}


def main(order):
    """order: points (one), contenders, ios, rounds, profiled."""
    bench = Bench(order, say)
    perf.show_kernel()
    point = BY_NAME[order["points"][0]]
    contenders = bench.contenders(point)
    bench.work = 3 * len(contenders)
    found = {name: as_object(take(bench, point, name, order))
             for name in contenders}
    if OWN in found and not found[OWN]["functions"]["engine"]:
        raise Failure(f"no sample lies in {PLUGIN}; is it stripped?")
    with open("/results/profile.json", "w", encoding="utf-8") as file:
        json.dump(found, file)
    return 0

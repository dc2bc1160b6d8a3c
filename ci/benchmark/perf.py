# SPDX-License-Identifier: GPL-2.0
"""perf in the guest: system calls, and the functions of a run."""

import dataclasses
import os
import re
import subprocess

from measure import Failure

ENTER = "syscalls:sys_enter_io_uring_enter"
# Nanoseconds; the kernel samples by its clock no more often. A prime, so
# that samples do not march in step with the I/Os.
PERIOD = 10007


def counting(output):
    """What to start a program by, so that its system calls are counted."""
    return ["perf", "stat", "-x,", "-e", ENTER, "-o", output, "--"]


def counted(text):
    """The count in perf stat's file."""
    for line in text.splitlines():
        fields = line.split(",")
        if len(fields) > 2 and fields[2] == ENTER and fields[0].isdigit():
            return int(fields[0])
    raise Failure(f"perf counted no {ENTER}: {text.strip()[-200:]}")


def sampling(output):
    """What to start a program by, so that it is sampled by instructions."""
    return ["perf", "record", "-q", "-e", "cpu-clock", "-c", str(PERIOD),
            "-o", output, "--"]


def show_kernel():
    """Let perf name the kernel's functions."""
    with open("/proc/sys/kernel/kptr_restrict", "w",
              encoding="ascii") as file:
        file.write("0\n")


def samples(data):
    """The samples in perf record's file: {(object, function): count}."""
    done = subprocess.run(
        ["perf", "report", "-i", data, "--stdio", "-q", "-n",
         "--sort=dso,symbol", "--field-separator=\t", "--percent-limit=0"],
        text=True, check=False, capture_output=True)
    found = parse(done.stdout)
    if done.returncode or not found:
        raise Failure(f"perf report failed: {done.stderr.strip()[-200:]}")
    return found


def parse(text):
    """perf report's lines: part, samples, object and function, by tabs."""
    found = {}
    for line in text.splitlines():
        fields = [field.strip() for field in line.split("\t")]
        if len(fields) < 4 or not fields[1].isdigit():
            continue
        name = re.sub(r"^\[[.kugH]\] ", "", fields[3])
        # the compiler's parts of a function are that function
        key = (os.path.basename(fields[2]), re.sub(
            r"\.(isra|part|constprop|cold)\b.*", "", name))
        found[key] = found.get(key, 0) + int(fields[1])
    return found


def difference(longer, shorter):
    """The samples of what the longer run did more."""
    return {key: count - shorter.get(key, 0)
            for key, count in longer.items()}


@dataclasses.dataclass
class Profile:
    """Instructions a command, by function and by part."""
    cost: float
    functions: dict
    samples: int

    def part(self, *objects):
        return sum(cost for (name, _), cost in self.functions.items()
                   if name.startswith(objects))

    def of(self, *objects):
        """The functions of these objects, the dearest first."""
        return sorted(((cost, function) for (name, function), cost
                       in self.functions.items() if name.startswith(objects)),
                      reverse=True)


def profile(cost, longer, shorter):
    """Share a command's cost, as measured without perf, by samples.

    Sampling costs instructions that are not sampled, so only the shares are
    taken from it.
    """
    more = difference(longer, shorter)
    total = sum(more.values())
    if total <= 0:
        raise Failure("the profiles have no samples of the I/Os")
    return Profile(cost, {key: count / total * cost
                          for key, count in more.items() if count}, total)

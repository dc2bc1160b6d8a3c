# SPDX-License-Identifier: GPL-2.0
"""t/io_uring -u1: passthrough reads with no fio core at all.

It prints rates only. What a command costs is the processor time of its
process over the controller's own count of reads, as a slope between two
lengths.
"""

import json
import os
import signal
import subprocess
import time

from measure import Failure

# Seconds of the guest's clock, and a stretch of more for the longer run.
SHORT = 0.05
STRETCH = 0.2
NANO = 1e9


def arguments(program, device, point):
    """The same job as fio's; O_DIRECT is refused by character devices."""
    return [program, "-u1", "-O0", "-n1", "-R1", "-F1",
            f"-B{int(point.fixedbufs)}", f"-p{int(point.polled)}",
            f"-b{point.bs}", f"-d{point.depth}", f"-s{point.batch}",
            f"-c{point.batch}", device]


def commands(controller):
    """How many reads the controller has done."""
    done = subprocess.run(["nvme", "smart-log", "-o", "json", controller],
                          text=True, check=False, capture_output=True)
    try:
        return int(json.loads(done.stdout)["host_read_commands"])
    except (ValueError, KeyError) as error:
        raise Failure(f"{controller}: no count of reads from nvme smart-log: "
                      f"{(done.stderr or done.stdout).strip()}") from error


def _runs(process):
    """Whether a child has not ended; it can still be waited for."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG |
                     os.WNOWAIT) is None


def _innermost(pid):
    """The tool itself, if perf started it: perf then ends by itself."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        children = file.read().split()
    return int(children[0]) if children else pid


def run(argv, controller, seconds):
    """One run: the commands, and the seconds of the process.

    It ends by itself in whole seconds only; interrupted, it ends the same
    way, and waits for its threads.
    """
    before = commands(controller)
    # pylint: disable=consider-using-with # it is waited for right here
    process = subprocess.Popen(argv, text=True, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    try:
        # Before its first read a signal might end whatever started it.
        while _runs(process) and commands(controller) == before:
            pass
        time.sleep(seconds)
        os.kill(_innermost(process.pid), signal.SIGINT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        told = process.stdout.read()
    except BaseException:
        process.kill()
        process.wait()
        raise
    done = commands(controller) - before
    if process.returncode or "Exiting on signal" not in told or not done:
        raise Failure(f"{argv[0]} failed: {told.strip()[-200:]}")
    return done, usage.ru_utime + usage.ru_stime


def measure(argv, controller):
    """Nanoseconds, or instructions, a command."""
    first = run(argv, controller, SHORT)
    second = run(argv, controller, SHORT + STRETCH)
    if second[0] <= first[0]:
        raise Failure(f"{argv[0]}: the longer run did no more than the "
                      "shorter")
    return (second[1] - first[1]) / (second[0] - first[0]) * NANO

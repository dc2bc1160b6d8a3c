# SPDX-License-Identifier: GPL-2.0
"""Verified I/O for long, while controllers are reset: see ci/soak."""

import contextlib
import json
import os
import re
import time

from faults import processes, write_text
from fio import finish
from namespace import KIB

SECONDS = int(os.environ.get("SOAK_SECONDS", "3600"))
RESET_EVERY = int(os.environ.get("SOAK_RESET_EVERY", "60"))
# Seconds that a reset may take, in which there is no other
RESET = 10
SAMPLE_EVERY = min(2, RESET_EVERY)
# After so much of the time all that fio allocates once is there
WARM = 0.25
# What a process may grow by afterwards, in KiB
GROWTH = 1024
# Each pass over the 8 MiB writes other data than the one before
COMMON = {"rw": "randrw", "verify": "crc32c", "verify_fatal": 1,
          "randrepeat": 0, "time_based": 1, "runtime": SECONDS,
          "error_dump": 0, "size": "8m"}
# What a reset aborts is sent again, so that no Write fails, which would put
# fio out of step with the seeds in the headers: they show what is stale. fio
# looks at them only where a job reads, too.
AGAIN = {"retries": 3, "report": "report"}
# Parts of an io_unit are not sent again. The checksum over all of them shows
# one that is stale or another's; of an io_unit that failed none is verified.
OUTLIVES = {"continue_on_error": "io", "rw": "randwrite"}
JOBS = [
    ("pull0", {"bs": "4k", "iodepth": 32, **AGAIN}),
    ("pull0", {"bs": "64k", "cmd_bs": "4k", "iodepth": 4, "offset": "16m",
               "fixedbufs": 1, **OUTLIVES}),
    ("fdp0", {"bs": "16k", "iodepth": 8, "placement": "fdp", "thread": 1,
              **AGAIN}),
    ("data0", {"bs": "4k", "iodepth": 8, "hipri": 1, "nonvectored": 1}),
]


def reset(namespace):
    """Reset the controller of a namespace that has one path."""
    device = f"/sys/block/{namespace.disk}/device"
    write_text(f"{device}/reset_controller", "1")


def grown(samples):
    """The growth of each process after the warm-up, in KiB."""
    warm = min(samples[0][0], SECONDS) + WARM * SECONDS
    first, last = {}, {}
    for at, found in samples:
        for pid, size in found.items():
            if at >= warm:
                first.setdefault(pid, size)
                last[pid] = size
    return {pid: last[pid] - first[pid] for pid in last}


def sample():
    """Resident KiB and open files of each of fio's processes."""
    memory, files = {}, {}
    for pid, comm in processes():
        with contextlib.suppress(OSError):
            if comm != "fio":
                continue
            with open(f"/proc/{pid}/status", encoding="ascii") as file:
                found = re.search(r"VmRSS:\s+(\d+)", file.read())
            if found:
                memory[pid] = int(found[1])
                files[pid] = len(os.listdir(f"/proc/{pid}/fd"))
    return memory, files


def watch(process, resets):
    """Sample while it runs, and reset in turn."""
    memory, files, number = [], [], 0
    began = time.monotonic()
    while process.poll() is None:
        now = time.monotonic() - began
        assert now < SECONDS + 60, "fio does not end"
        if now > RESET_EVERY * (number + 1) and now < SECONDS - 5:
            reset(resets[number % len(resets)])
            number += 1
        rss, opened = sample()
        memory.append((now, rss))
        files.append((now, opened))
        time.sleep(SAMPLE_EVERY)
    return memory, files, number


def sent_again(fio):
    """Commands that were aborted and sent again, by the jobs' reports."""
    with open(os.path.join(fio.folder, "report"), encoding="ascii") as file:
        return sum(json.loads(line)["retries"] for line in file)


def test_soak(fio, pull0, fdp0, data0):
    devices = {"pull0": pull0.namespace, "fdp0": fdp0.namespace,
               "data0": data0}
    jobs = [{"filename": devices[name].ng, **COMMON, **extra}
            for name, extra in JOBS]
    process = fio.start(*jobs)
    memory, files, number = watch(process, [devices["pull0"],
                                            devices["fdp0"]])
    run = finish(process)
    growth, opened = grown(memory), grown(files)
    for at, found in memory[::max(len(memory) // 12, 1)]:
        print(f"{at:.0f} s, KiB resident: {found}")
    again = sent_again(fio)
    print(f"{number} resets; {again} commands sent again; "
          f"growth in KiB {growth}; of files {opened}")
    assert run.status == 0, run
    assert "verify" not in run.err, run
    for (name, extra), job in zip(JOBS, run.jobs):
        errors = job.get("total_err", 0)
        print(name, job["write"]["total_ios"], "writes",
              job["read"]["total_ios"], "verified", errors, "errors")
        injected = number * extra.get("iodepth", 1)
        assert errors <= (injected if "continue_on_error" in extra else 0)
        assert job["read"]["io_bytes"] > 64 * KIB, run
    assert number >= SECONDS // max(RESET_EVERY, RESET) - 1
    assert growth and max(growth.values()) <= GROWTH, growth
    assert opened and max(opened.values()) <= 0, opened
    assert not processes()

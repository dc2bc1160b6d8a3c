# SPDX-License-Identifier: GPL-2.0
"""Runs fio and reads what it measured."""

import contextlib
import dataclasses
import json
import os
import re
import signal
import subprocess
import tempfile

from . import Failure
from .sysfs import read_text

NAME = "nvme_passthru.so"
HERE = os.path.dirname(os.path.abspath(__file__))


def find_plugin(asked=None):
    """The plugin asked for, or the one in this tree, or the installed one."""
    places = [asked] if asked else [
        os.path.join(HERE, "..", "..", "build", NAME),
        os.path.join(HERE, "..", "..", "..", "..", "lib", "fio", NAME),
        os.path.join("/usr/local/lib/fio", NAME)]
    for place in places:
        if os.path.exists(place):
            return os.path.realpath(place)
    raise Failure(f"{os.path.normpath(places[0])}: no such plugin; build it "
                  "with make, or name one with --plugin")


def ask(fio, *arguments):
    """What fio prints of itself."""
    try:
        return subprocess.run([fio, *arguments], text=True, check=False,
                              capture_output=True).stdout
    except OSError as error:
        raise Failure(f"{fio}: {error.strerror}; install fio or name it with "
                      "--fio") from error


def version(fio):
    return ask(fio, "--version").strip()


def plugin_version(fio, plugin):
    text = ask(fio, f"--enghelp={plugin},min_version")
    found = re.search(r"this is (\S+), for fio", text)
    return found[1] if found else "of unknown version"


@dataclasses.dataclass
class Run:
    """One run: the jobs of fio's JSON, and its processes' seconds."""
    jobs: list
    processes: float

    def _sums(self, key):
        return sum(job[way][key] for job in self.jobs
                   for way in ("read", "write"))

    @property
    def ios(self):
        return self._sums("total_ios")

    @property
    def seconds(self):
        """How long the longest job ran, without its ramp time."""
        return max(job["job_runtime"] for job in self.jobs) / 1000

    @property
    def busy(self):
        """Processor seconds of the jobs, without their ramp time."""
        return sum((job["usr_cpu"] + job["sys_cpu"]) / 100 *
                   job["job_runtime"] / 1000 for job in self.jobs)

    def percentile(self, wanted, way="read", of="clat_ns"):
        """Nanoseconds below which that part of the I/Os completed.

        None where fio took no times. With several jobs, the worst of them.
        """
        found = []
        for job in self.jobs:
            values = job[way].get(of, {}).get("percentile", {})
            found += [value for key, value in values.items()
                      if abs(float(key) - wanted) < 1e-6]
        return max(found, default=None)

    def mean(self, of, way="read"):
        """Nanoseconds of lat_ns, clat_ns or slat_ns, or None without any."""
        found = [(job[way][of]["mean"], job[way][of]["N"])
                 for job in self.jobs if job[way].get(of, {}).get("N")]
        count = sum(n for _, n in found)
        return sum(mean * n for mean, n in found) / count if count else None


def run(fio, arguments, what, before=(), namespaces=()):
    """Run fio once; `what` names the run where it fails.

    `before` is a program, with arguments, that fio is started by. Of the
    namespaces it is told which cannot be reached.
    """
    with tempfile.TemporaryDirectory(prefix="measure.") as folder, \
            tempfile.TemporaryFile("w+") as errors:
        output = os.path.join(folder, "json")
        command = [*before, fio, "--output-format=json", "--eta=never",
                   f"--output={output}", *arguments]
        status, usage = _wait_for(command, folder, errors)
        text = read_text(output)
        errors.seek(0)
        told = errors.read().strip() or text or "it said nothing"
    jobs = _jobs_of(text)
    if status or not jobs or any(job["error"] for job in jobs):
        lost = "".join(f"{namespace.trouble}: " for namespace in namespaces
                       if namespace.trouble)
        raise Failure(f"{lost}fio failed with {what}: {told.splitlines()[0]}")
    return Run(jobs, usage.ru_utime + usage.ru_stime)


@contextlib.contextmanager
def _signals_held_back():
    """What the handlers of signals would do is done at the end.

    In the middle of Popen() an exception would lose the process. Blocked
    signals would not do: another thread may take them, and fio inherits.
    """
    came = []
    handlers = {number: signal.getsignal(number)
                for number in (signal.SIGINT, signal.SIGTERM)}
    # what is ignored has to stay so, in fio as well
    handlers = {number: handler for number, handler in handlers.items()
                if callable(handler)}
    for number in handlers:
        signal.signal(number, lambda *arguments: came.append(arguments))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number, frame in came:
            handlers[number](number, frame)


def _wait_for(command, folder, errors):
    """The status of a command, and the time that its processes took."""
    process = None
    try:
        with _signals_held_back():
            # pylint: disable=consider-using-with # it is waited for below
            process = subprocess.Popen(command, cwd=folder, stdout=errors,
                                       stdin=subprocess.DEVNULL,
                                       stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    except OSError as error:
        raise Failure(f"{command[0]}: {error.strerror}") from error
    except BaseException:
        # fio shall not outlive who would read its figures
        if process:
            process.terminate()
            process.wait()
        raise
    return process.returncode, usage


def _jobs_of(text):
    """The jobs in fio's JSON, which other lines may precede, or nothing."""
    for start in re.finditer(r"^\{", text, re.MULTILINE):
        try:
            found, _ = json.JSONDecoder().raw_decode(text[start.start():])
            return found["jobs"]
        except (ValueError, KeyError):
            continue
    return []

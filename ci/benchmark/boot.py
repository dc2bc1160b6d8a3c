# SPDX-License-Identifier: GPL-2.0
"""Runs a part of the bench in a guest, and follows it; on the host."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from measure import Failure

from . import MARK, TOP

RELEASE = "trixie"
CI = os.path.join(TOP, "ci")
# To the kernel QEMU's namespaces are multipath heads, as those of any drive
# with two ports are, unless it is told otherwise.
BOOTS = {"head": "nvme_core.multipath=Y", "ordinary": "nvme_core.multipath=N"}
TIMEOUT = 4 * 3600


def ci(program, *arguments, **more):
    """Run one of ci/'s scripts, with its output as ours on standard error."""
    done = subprocess.run([os.path.join(CI, program), *arguments],
                          stdout=more.pop("stdout", sys.stderr), text=True,
                          check=False, **more)
    return done


def need(program, *arguments):
    if ci(program, *arguments).returncode:
        raise Failure(f"ci/{program} {' '.join(arguments)} failed, see above")


@contextlib.contextmanager
def payload(build=True):
    """A folder with the work tree, and the plugin built for the guest."""
    need("packages", "guest")
    if ci("image", RELEASE, stdout=subprocess.DEVNULL).returncode:
        raise Failure(f"ci/image {RELEASE} failed, see above")
    with tempfile.TemporaryDirectory(prefix="nvme_passthru.") as folder:
        need("payload", folder)
        if build:
            need("in-tree", RELEASE, folder, "make", "-s",
                 f"-j{os.cpu_count()}")
        yield folder


def add_tool(folder):
    """Put t/io_uring into the payload: its path there, or None."""
    need("packages", "bench")
    done = ci("t-io_uring", stdout=subprocess.PIPE)
    if done.returncode:
        return None
    os.makedirs(os.path.join(folder, "build"), exist_ok=True)
    shutil.copy(done.stdout.splitlines()[-1],
                os.path.join(folder, "build", "t-io_uring"))
    return "build/t-io_uring"


class Progress:
    """Tells on standard error what runs, and how long it may still take.

    In a terminal in one line, elsewhere a line for each point and minute.
    """

    def __init__(self, name, of):
        self.name = name
        self.of = of
        self.started = None
        self.point = None
        self.told = 0

    def left(self, message):
        """Minutes that the rest takes at the speed so far."""
        now = time.monotonic()
        self.started = self.started or now
        if not message["done"]:
            return ""
        seconds = ((now - self.started) / message["done"] *
                   (message["of"] - message["done"]))
        return f", {int(seconds) // 60}:{int(seconds) % 60:02} left"

    def tell(self, message):
        left = self.left(message)
        line = (f"{self.name}: {self.of}{message['done']} of "
                f"{message['of']}{left}: ")
        if sys.stderr.isatty():
            print(f"\r\x1b[K{line}{message['what']}"[:120], end="",
                  file=sys.stderr, flush=True)
            return
        point = message["what"].split(":")[0]
        if point != self.point or time.monotonic() - self.told >= 60:
            self.point = point
            self.told = time.monotonic()
            print(line + self.point, file=sys.stderr, flush=True)

    def end(self):
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _follow(stream, progress):
    """Show what the guest says; returns what was not for us."""
    others = []
    for line in stream:
        if line.startswith(MARK):
            progress.tell(json.loads(line[len(MARK):]))
        else:
            others.append(line)
    progress.end()
    return "".join(others)


def run(folder, part, kind, order, progress):
    """Boot a guest for a part of the work; returns what it found.

    folder: as payload() made it; part: of in-guest; kind: of BOOTS.
    """
    with open(os.path.join(folder, "build", "order.json"), "w",
              encoding="utf-8") as file:
        json.dump(order, file)
    with tempfile.TemporaryDirectory(prefix="nvme_passthru.") as results:
        command = [os.path.join(CI, "guest"), "--release", RELEASE,
                   "--devices", "bench", "--icount", "--payload", folder,
                   "--kernel-args", BOOTS[kind], "--results", results,
                   "--timeout", str(TIMEOUT), "--",
                   "ci/benchmark/in-guest", part, "build/order.json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                              errors="replace") as guest:
            try:
                told = _follow(guest.stdout, progress)
            except BaseException:
                guest.terminate()
                guest.wait()
                raise
        found = os.path.join(results, f"{part}.json")
        if guest.returncode or not os.path.exists(found):
            raise Failure("the guest failed: " +
                          (told.strip() or f"status {guest.returncode}"))
        with open(found, encoding="utf-8") as file:
            return json.load(file)

# SPDX-License-Identifier: GPL-2.0
"""Writing to a namespace: never without being told to, and never to one in
use, which the engine itself finds out.
"""

import sys

from . import Failure, fio
from .job import OWN, Ios, Job
from .options import readable
from .progress import Progress

FILL_BYTES = 128 << 10
# A fill is told of in so many steps, unless they would be short.
STEPS = 64
STEP_BYTES = 1 << 30


def describe(namespace):
    return (f"{namespace.device}: {namespace.model}, serial "
            f"{namespace.serial}, {readable(namespace.bytes)}")


def ask(question):
    """An answer from the terminal, or None where there is none."""
    if not sys.stdin.isatty():
        return None
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def permit(namespace, why, destroy):
    """Go on only if the drive that is to lose its data was named.

    `destroy` is the serial number given with --destroy, or None.
    """
    if destroy is None:
        destroy = ask(f"{describe(namespace)}\n{why}: everything on it will "
                      "be lost. Type its serial number to go on: ")
    if destroy is None:
        raise Failure(f"{namespace.device}: {why}, and everything on it will "
                      f"be lost; allow it with --destroy={namespace.serial}")
    if destroy != namespace.serial:
        raise Failure(f"{namespace.device}: its serial number is "
                      f"{namespace.serial}, not {destroy or 'empty'}; nothing "
                      "was written")


def offer(namespace, told, size=0):
    """Whether whoever sits at the terminal wants it to be filled first."""
    what = (f"Its first {readable(size)} can be written" if size else
            "It can be written from end to end")
    answer = ask(f"{told}.\n{what} now. EVERYTHING ON IT WILL BE LOST.\n"
                 f"{describe(namespace)}\nType its serial number to do so, "
                 "or nothing to go on as it is: ")
    return answer is not None and answer == namespace.serial


def check_unused(fio_path, plugin, namespace):
    """Let the engine refuse a namespace in use, before others write to it."""
    job = Job(bs=namespace.lba, rw="write", name="check")
    fio.run(fio_path, job.arguments(OWN, namespace, plugin, Ios(1)),
            "a first write")


def chunks(total, block):
    """(offset, bytes) of the steps that cover all whole blocks."""
    blocks = total // block
    each = max(-(-blocks // STEPS), STEP_BYTES // block)
    return [(first * block, min(each, blocks - first) * block)
            for first in range(0, blocks, each)]


def fill(fio_path, plugin, namespace, size=0, random=0, quiet=False):
    """Write every block once in order, and then, where `random` is a block
    size, as many bytes at random addresses.
    """
    total = size or namespace.bytes
    block = max(min(FILL_BYTES, namespace.limit), namespace.lba)
    parts = chunks(total, block)
    steps = [("in order", block, offset, length, "write")
             for offset, length in parts]
    if random:
        steps += [("at random", random, 0, length, "randwrite")
                  for _, length in parts]
    progress = Progress("filling", len(steps), quiet=quiet)
    for number, (how, bs, offset, length, rw) in enumerate(steps):
        progress.start(f"{readable(length)} {how}")
        span = length if rw == "write" else total - total % bs
        job = Job(bs=bs, rw=rw, depth=32, batch=1, size=span, name="fill",
                  extra=(f"--offset={offset}", f"--randseed={number + 1}"))
        fio.run(fio_path, job.arguments(
            OWN, namespace, plugin, Ios(max(length // bs, 1))), "writing")
        progress.finish()
    progress.close()

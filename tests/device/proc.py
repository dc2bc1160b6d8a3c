# SPDX-License-Identifier: GPL-2.0
"""What the kernel tells of a process, be it on its way out."""


def text_of(path):
    try:
        with open(path, "rb") as file:
            return file.read().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def children(pid):
    """The processes that it forked, as fio does for each job."""
    return [int(child) for child in
            text_of(f"/proc/{pid}/task/{pid}/children").split()]


def portrait(pid):
    """What a process that does not end is at."""
    status = text_of(f"/proc/{pid}/status")
    return "\n".join([text_of(f"/proc/{pid}/cmdline")[-300:]] + [
        line for line in status.splitlines()
        if line.startswith(("State", "PPid", "Sig", "Shd"))] + [
            text_of(f"/proc/{pid}/stack")])

# SPDX-License-Identifier: GPL-2.0
"""A file of what was measured, so that what was interrupted can go on.

Its lines are JSON objects. The first says how and where the measuring is
done; each of the others is a run, or a note that something was changed.
"""

import fcntl
import json
import os

from . import Failure


def differences(before, now):
    """What is not as it was, as `name was X, is Y`."""
    return [f"{name} was {before.get(name)}, is {now.get(name)}"
            for name in sorted(set(before) | set(now))
            if before.get(name) != now.get(name)]


class Journal:
    """Runs in a file. One process at a time may have it open."""

    def __init__(self, path):
        self.path = path
        self.head = None
        self.records = []
        try:
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            # pylint: disable=consider-using-with # open as long as this is
            self._file = open(path, "a+", encoding="utf-8")
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Failure(f"{path}: another one is writing to it") from error
        except OSError as error:
            raise Failure(f"{path}: {error.strerror}") from error
        self._read()

    def _read(self):
        """What is there, but for a line that was cut off."""
        self._file.seek(0)
        text = self._file.read()
        whole = text[:text.rfind("\n") + 1]
        if len(whole) < len(text):
            self._file.truncate(len(whole.encode()))
        try:
            lines = [json.loads(line) for line in whole.splitlines()]
        except ValueError as error:
            raise Failure(f"{self.path}: not a list of runs; remove it, or "
                          "choose another folder with --output") from error
        if lines:
            self.head, self.records = lines[0], lines[1:]

    def start_anew(self, head):
        self._file.truncate(0)
        self.head, self.records = None, []
        self._append(head)
        self.head = head

    def add(self, record):
        self._append(record)
        self.records.append(record)

    def _append(self, line):
        try:
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise Failure(f"{self.path}: {error.strerror}") from error

    def close(self):
        self._file.close()


def replace(path, text):
    """Write a file whole, or leave it as it is."""
    try:
        with open(f"{path}.new", "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.replace(f"{path}.new", path)
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error

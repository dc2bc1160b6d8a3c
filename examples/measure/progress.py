# SPDX-License-Identifier: GPL-2.0
"""Says on stderr what runs, and how long the rest will take."""

import sys
import time


def duration(seconds):
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


class Progress:
    """Steps of about the same length; `expected` is the first guess of it.

    None for no guesses at all: a clock that counts instructions does not tell
    how long others wait.
    """

    def __init__(self, name, steps, done=0, expected=0, quiet=False):
        self.name = name
        self.steps = steps
        self.done = done
        self.expected = expected
        self.quiet = quiet
        self.timed = 0
        self.began = time.monotonic()
        self.line = sys.stderr.isatty()

    @property
    def left(self):
        """Seconds, or None while there is nothing to guess from."""
        each = self.expected
        if self.timed and each is not None:
            each = (time.monotonic() - self.began) / self.timed
        return each * (self.steps - self.done) if each else None

    def start(self, what):
        """A step starts."""
        if self.quiet:
            return
        text = f"{self.name}: run {self.done + 1} of {self.steps}: {what}"
        if self.left is not None:
            text += f", {duration(self.left)} left"
        # on a terminal, in the place of the last one
        text = f"\r{text[:118]}\x1b[K" if self.line else f"{text}\n"
        sys.stderr.write(text)
        sys.stderr.flush()

    def finish(self):
        """It has ended."""
        self.done += 1
        self.timed += 1

    def close(self):
        if self.line and not self.quiet:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

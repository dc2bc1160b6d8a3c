# SPDX-License-Identifier: GPL-2.0
"""Arguments of scripts; what is wrong with one is told in one line."""

import argparse
import re

from . import Failure

UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


class Parser(argparse.ArgumentParser):
    """Like its base, but says only what is wrong."""

    def error(self, message):
        raise Failure(f"{message}; see {self.prog} --help")


def size(text):
    """Bytes, from 4096, 4k or 1GiB."""
    match = re.fullmatch(r"(\d+)([kmgt]?)(i?b)?", text.strip().lower())
    if not match or not int(match[1]):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no size such as 512, 4k or 1g")
    return int(match[1]) * UNITS[match[2]]


def sizes(text):
    """Several, in the order given and each once."""
    return list(dict.fromkeys(map(size, text.split(","))))


def number(text):
    """A whole number from 1 on."""
    if not re.fullmatch(r"\d+", text.strip()) or not int(text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no whole number from 1 on")
    return int(text)


def numbers(text):
    """Several, each once, the least first."""
    return sorted(set(map(number, text.split(","))))


def seconds(text):
    """A time from 0 on."""
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return value


def percentiles(text):
    """Numbers above 0 and up to 100, in order, as they are written."""
    values = [value.strip() for value in text.split(",")]
    for value in values:
        if (not re.fullmatch(r"\d+(\.\d+)?", value) or
                not 0 < float(value) <= 100):
            raise argparse.ArgumentTypeError(f"{value!r} is no percentile")
    return sorted(set(values), key=float)


def readable(count):
    """Bytes as 512 B, 4 KiB or 1.5 GiB."""
    for unit, name in ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"),
                       (1 << 10, "KiB")):
        if count >= unit:
            return f"{count / unit:.4g} {name}"
    return f"{count} B"

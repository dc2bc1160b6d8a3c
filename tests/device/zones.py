# SPDX-License-Identifier: GPL-2.0
"""The zones of zns0, as nvme-cli reports them."""

import collections
import json
import subprocess

from namespace import MIB

ZONE = 4 * MIB
CAPACITY = 3 * MIB
NUMBER = 32
EMPTY, IMPLICIT, EXPLICIT, CLOSED, FULL = 1, 2, 3, 4, 14
OPEN = 16
ACTIVE = 32

Zone = collections.namedtuple("Zone", "start wp state")


def nvme(*arguments):
    return subprocess.run(["nvme", *map(str, arguments)], check=True,
                          stdout=subprocess.PIPE, text=True).stdout


def zones_of(device):
    """The zones as the controller reports them, in bytes."""
    report = json.loads(nvme("zns", "report-zones", device.ng, "-o", "json"))
    return [Zone(zone["slba"] * device.lba, zone["wp"] * device.lba,
                 state_of(zone["state"])) for zone in report["zone_list"]]


def state_of(word):
    """nvme-cli has words for states, or numbers, by its version."""
    if isinstance(word, int):
        return word >> 4 if word > 15 else word
    return {"EMPTY": EMPTY, "IMP_OPENED": IMPLICIT, "EXP_OPENED": EXPLICIT,
            "CLOSED": CLOSED, "FULL": FULL}[word]


def written(device):
    return sum(zone.wp - zone.start if zone.state != FULL else CAPACITY
               for zone in zones_of(device))


def reset(device):
    nvme("zns", "reset-zone", device.ng, "--select-all")
    assert {zone.state for zone in zones_of(device)} == {EMPTY}

# SPDX-License-Identifier: GPL-2.0
"""Figures for the parts of ci/bench and ci/profile that need no device."""

import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../../ci"))

# pylint: disable=wrong-import-position
from benchmark import judge  # noqa: E402
from benchmark.points import BY_NAME  # noqa: E402


@pytest.fixture(name="runs")
def fixture_runs():
    """Make a contender's summary of runs around a cost."""

    def make(cost, wide=0.0, calls=0.03, count=5):
        half = wide * cost / 2
        return judge.summary([cost - half, *[cost] * (count - 2),
                              cost + half], calls)

    return make


@pytest.fixture(name="results")
def fixture_results(runs):
    """What ci/bench --json writes: one gate is missed, one stays open."""
    environment = {"kernel": "6.12", "fio": "fio-3.39", "plugin": "0.1.0",
                   "model": "QEMU", "iommu": "none", "poll_queues": "1"}
    head = {
        "interrupt-read-512-128x32-fixed": {
            "nvme_passthru": runs(3900), "scatter16": runs(2600),
            "scatter32": runs(2500), "io_uring_cmd": runs(4000),
            "io_uring": runs(5800), "t/io_uring": runs(2660)},
        "interrupt-read-512-1x1-fixed": {
            "nvme_passthru": runs(6000, calls=1.0),
            "io_uring_cmd": runs(7000), "io_uring": runs(8400)},
        "polled-read-512-64x16-fixed": {
            "nvme_passthru": runs(4000, wide=0.06),
            "io_uring_cmd": runs(4050), "io_uring": runs(6000)},
    }
    ordinary = {"interrupt-read-512-128x32-fixed": {
        "nvme_passthru": runs(3800), "io_uring": runs(4900)}}
    found = {"date": "2026-01-02",
             "settings": {"rounds": 5, "most": 15, "ios": 30000},
             "boots": {
                 "head": {"environment": environment, "points": head},
                 "ordinary": {"environment": environment,
                              "points": ordinary}}}
    assert set(head) <= set(BY_NAME)
    found["gates"] = judge.gates(found["boots"])
    return found

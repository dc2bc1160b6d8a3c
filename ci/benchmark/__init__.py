# SPDX-License-Identifier: GPL-2.0
"""The parts of ci/bench and ci/profile.

On the host: `points` has what is measured and the gates, `boot` runs it in a
guest, `judge` decides, `report` and `readme` tell. In the guest, started by
`in-guest`: `runner` measures, with `tool` for t/io_uring and `perf` for system
calls and profiles. What runs fio is examples/measure.
"""

import os
import sys

# What a line of the guest's output begins with that is for the host
MARK = "@bench "

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(1, os.path.join(TOP, "examples"))

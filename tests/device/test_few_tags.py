# SPDX-License-Identifier: GPL-2.0
"""Jobs that share a queue which has fewer tags than they have commands.

What finds no tag goes to a kernel worker. Linux 6.10 to 6.13 let it read the
command once more from the ring, where another may be by then.
"""

import pytest

from faults import BLOCK
from namespace import MIB, counted

# of few0's queues
TAGS = 15
WORK = "io_uring/io_uring_queue_async_work"
JOBS = {"rw": "randwrite", "bs": BLOCK, "size": MIB, "numjobs": 4,
        "offset_increment": MIB, "verify": "pattern",
        "verify_pattern": "%o", "iodepth": TAGS - 1,
        "iodepth_batch_submit": 4, "iodepth_batch_complete_max": TAGS,
        # of one processor, and so of one queue
        "cpus_allowed": 0}


@pytest.mark.parametrize("extra", [
    {}, {"fixedbufs": 1}, {"bs": 4 * BLOCK, "cmd_bs": BLOCK, "iodepth": 3},
    {"bs": 4 * BLOCK, "cmd_bs": BLOCK, "fixedbufs": 1},
    {"hipri": 1}], ids=["plain", "fixedbufs", "split", "waiting", "polled"])
def test_jobs_do_not_take_each_others_place(fio, few0, extra):
    if extra.get("hipri") and not few0.polls:
        pytest.skip("cannot be polled here")
    with counted(WORK) as workers:
        run = fio({"filename": few0.ng, **JOBS, **extra}).clean()
    assert run.total("read", "io_bytes") == 4 * JOBS["size"]
    assert workers.number > 0

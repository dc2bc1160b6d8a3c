# SPDX-License-Identifier: GPL-2.0
"""Jobs that share a queue which has fewer tags than they have commands.

What finds no tag goes to a kernel worker. Linux 6.10 to 6.13 let it read the
command once more from the ring, where another may be by then.
"""

import pytest

from faults import BLOCK, MIB, parameter
from namespace import counted

QUEUE_DEPTH = "/sys/module/nvme/parameters/io_queue_depth"
ENTRIES = 16
# what a job may have in flight by itself: an entry of a queue stays empty
TAGS = ENTRIES - 1
WORK = "io_uring/io_uring_queue_async_work"
JOBS = {"rw": "randwrite", "bs": BLOCK, "size": 2 * MIB, "numjobs": 4,
        "offset_increment": 2 * MIB, "verify": "pattern",
        "verify_pattern": "%o", "iodepth": TAGS - 1,
        "iodepth_batch_submit": 4, "iodepth_batch_complete_max": TAGS,
        # of one processor, and so of one queue
        "cpus_allowed": 0}


@pytest.fixture(name="few_tags")
def fixture_few_tags(pull0):
    """The namespace of pull0, found anew while queues are to be short."""
    with parameter(QUEUE_DEPTH, ENTRIES):
        pull0.remove()
        namespace = pull0.restore()
    yield namespace
    pull0.remove()


@pytest.mark.parametrize("extra", [
    {}, {"fixedbufs": 1}, {"bs": 4 * BLOCK, "cmd_bs": BLOCK, "iodepth": 3},
    {"bs": 4 * BLOCK, "cmd_bs": BLOCK, "fixedbufs": 1},
    {"hipri": 1}], ids=["plain", "fixedbufs", "split", "waiting", "polled"])
def test_jobs_do_not_take_each_others_place(fio, few_tags, extra):
    if extra.get("hipri") and not few_tags.polls:
        pytest.skip("cannot be polled here")
    with counted(WORK) as workers:
        run = fio({"filename": few_tags.ng, **JOBS, **extra}).clean()
    assert run.total("read", "io_bytes") == 4 * JOBS["size"]
    assert workers.number > 0

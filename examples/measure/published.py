# SPDX-License-Identifier: GPL-2.0
"""What was published of passthrough against the block path, and where each
figure is from.

"I/O Passthru: Upstreaming a flexible and efficient I/O Path in Linux", Joshi
and others, FAST'24, pages 107 to 121.
"""

TITLE = ("\"I/O Passthru: Upstreaming a flexible and efficient I/O Path in "
         "Linux\", FAST'24")

MACHINE = ("The artifact ran on Linux 6.2, fio 3.35 and two Optane drives of "
           "400 GB with blocks of 512 bytes, poll_queues=1, on one core for "
           "each drive. Its figures are of t/io_uring, those of latency of "
           "fio with io_uring_cmd; here all are of fio, which costs more an "
           "I/O on both paths.")

PAPER = "the paper's own text"
NOTES = "readers' notes of the paper, not its text"
LIST = "its authors' figures on the kernel's mailing list"

# Passthrough's IOPS over the block path's at peak, least and most.
PEAK = (1.16, 1.40)

# The same over depth; +19 % is where it begins to rise.
AT_DEPTH_1 = 1.0
BEGINS = 1.19
AT_DEPTH_128 = 1.31

# Nanoseconds in the handler of a submission: block, passthrough.
SUBMISSION = (209, 144)

# 512-byte random reads, thousands of I/Os a second by depth: block,
# passthrough, block polled, passthrough polled.
KIOPS = {
    8: (538, 589, 831, 902),
    64: (967, 1131, 1351, 1378),
    256: (1043, 1230, 1376, 1429),
}


def list_ratio(depth, polled):
    """Passthrough's IOPS over the block path's, of KIOPS."""
    block, passthrough = KIOPS[depth][2 * polled:2 * polled + 2]
    return passthrough / block

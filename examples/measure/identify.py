# SPDX-License-Identifier: GPL-2.0
"""What the controller says of a namespace, and what its blocks say.

Blocks that were never written read fast, since no flash is read for them.
"""

import contextlib
import ctypes
import fcntl
import mmap
import os
import random
import struct

ADMIN_CMD = 0xC0484E41
IDENTIFY = 0x06
PAGE = 4096
# Blocks that are read to see whether there is anything on them.
SAMPLES = 64
# The part in use from which on a namespace counts as written.
FULL = 0.99


class AdminCommand(ctypes.Structure):
    """struct nvme_passthru_cmd of linux/nvme_ioctl.h"""
    _fields_ = [("opcode", ctypes.c_uint8), ("flags", ctypes.c_uint8),
                ("rsvd", ctypes.c_uint16), ("nsid", ctypes.c_uint32),
                ("cdw2", ctypes.c_uint32), ("cdw3", ctypes.c_uint32),
                ("metadata", ctypes.c_uint64), ("addr", ctypes.c_uint64),
                ("metadata_len", ctypes.c_uint32),
                ("data_len", ctypes.c_uint32),
                ("cdw", ctypes.c_uint32 * 6),
                ("timeout_ms", ctypes.c_uint32),
                ("result", ctypes.c_uint32)]


@contextlib.contextmanager
def _opened(path, flags):
    fd = os.open(path, flags)
    try:
        yield fd
    finally:
        os.close(fd)


def read(namespace):
    """The 4 KiB of Identify Namespace, or None where that is not allowed."""
    with mmap.mmap(-1, PAGE) as data:
        view = ctypes.c_char.from_buffer(data)
        command = AdminCommand(opcode=IDENTIFY, nsid=namespace.nsid or 0,
                               data_len=PAGE, addr=ctypes.addressof(view))
        try:
            with _opened(namespace.device, os.O_RDONLY) as fd:
                status = fcntl.ioctl(fd, ADMIN_CMD, command)
            return None if status else data[:]
        except OSError:
            return None
        finally:
            del view


def decode(data):
    """Its capacity, what is used of it, and its LBA format."""
    nsze, ncap, nuse = struct.unpack_from("<QQQ", data)
    flbas, protection = data[26], data[29] & 7
    index = flbas & 0xf | flbas >> 1 & 0x30
    metadata, shift, _ = struct.unpack_from("<HBB", data, 128 + 4 * index)
    words = [f"{1 << shift}"]
    if metadata:
        words = [f"{1 << shift}+{metadata}",
                 "extended" if flbas & 0x10 else "separate"]
    if protection:
        words.append(f"PI type {protection}")
    return {
        "blocks": nsze,
        "capacity": ncap,
        "used": nuse,
        "lba_format": f"{index}: {' '.join(words)}",
    }


def blank_part(namespace, size=0, samples=SAMPLES):
    """Which part of the blocks sampled holds one byte over and over.

    None where they cannot be read. The addresses are the same every time.
    """
    pages = (size or namespace.bytes) // PAGE
    if not namespace.block or not pages:
        return None
    chosen = random.Random(1)
    blank = 0
    try:
        with _opened(namespace.block, os.O_RDONLY | os.O_DIRECT) as fd, \
                mmap.mmap(-1, PAGE) as buffer:
            for _ in range(samples):
                os.preadv(fd, [buffer], chosen.randrange(pages) * PAGE)
                data = buffer[:]
                blank += data == data[:1] * PAGE
    except OSError:
        return None
    return blank / samples


def never_written(namespace, size=0):
    """A sentence where blocks seem never to have been written, or None.

    Some controllers tell how many blocks are in use, others say all.
    """
    data = read(namespace)
    told = decode(data) if data else None
    if told and told["used"] < FULL * told["blocks"] and not size:
        part = told["used"] / told["blocks"]
        return (f"the controller says that {part:.0%} of {namespace.device} "
                "is in use; blocks that are not read too fast")
    blank = blank_part(namespace, size)
    if blank and blank >= 0.5:
        return (f"{blank:.0%} of the blocks sampled on {namespace.device} "
                "hold nothing; blocks that were never written read too fast")
    return None

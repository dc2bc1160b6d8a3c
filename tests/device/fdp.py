# SPDX-License-Identifier: GPL-2.0
"""An FDP namespace, asked without the engine and without libnvme."""

import collections
import struct

from namespace import ADMIN_CMD, GET_LOG_PAGE

IO_CMD = 0xC0484E43
IDENTIFY, SET_FEATURES, GET_FEATURES = 0x06, 0x09, 0x0a
IO_MGMT_RECV, IO_MGMT_SEND = 0x12, 0x1d
Handle = collections.namedtuple("Handle", "pid ruhid ruamw")
Stats = collections.namedtuple("Stats", "hbmw mbmw mbe")


class Device:
    """An FDP namespace, asked by commands of the test's own."""

    def __init__(self, namespace):
        self.namespace = namespace
        identify = self.command(ADMIN_CMD, IDENTIFY, 4096, 0)[0]
        self.group, = struct.unpack_from("<H", identify, 102)

    def command(self, kind, opcode, length, *cdw, data=b""):
        return self.namespace.command(kind, opcode, self.namespace.nsid,
                                      length, *cdw, data=data)

    def log(self, lid, length, specific=0):
        return self.command(
            ADMIN_CMD, GET_LOG_PAGE, length,
            (length // 4 - 1) << 16 | specific << 8 | lid,
            self.group << 16)[0]

    @property
    def configuration(self):
        """Whether FDP is enabled, the index, and the configuration."""
        feature = self.command(ADMIN_CMD, GET_FEATURES, 0, 0x1d,
                               self.group)[1]
        log = self.log(0x20, 4096)
        at = 16
        for _ in range(feature >> 8 & 0xff):
            at += struct.unpack_from("<H", log, at)[0]
        fields = struct.unpack_from("<HBBIHHIQ", log, at)
        kinds = [log[at + 64 + 4 * index] for index in range(fields[4])]
        return feature & 1, feature >> 8 & 0xff, fields, kinds

    @property
    def handles(self):
        head = self.command(IO_CMD, IO_MGMT_RECV, 16, 1, 3)[0]
        count, = struct.unpack_from("<H", head, 14)
        length = 16 + 32 * count
        data = self.command(IO_CMD, IO_MGMT_RECV, length, 1,
                            length // 4 - 1)[0]
        rows = [struct.unpack_from("<HHIQ", data, 16 + 32 * index)
                for index in range(count)]
        return [Handle(pid, ruhid, ruamw) for pid, ruhid, _, ruamw in rows]

    @property
    def usage(self):
        log = self.log(0x21, 8 + 8 * len(self.configuration[3]))
        return [log[8 + 8 * index] & 7
                for index in range(struct.unpack_from("<H", log)[0])]

    @property
    def stats(self):
        log = self.log(0x22, 64)
        return Stats(*(int.from_bytes(log[at:at + 16], "little")
                       for at in (0, 16, 32)))

    @property
    def host_events(self):
        log = self.log(0x23, 4096, specific=1)
        count, = struct.unpack_from("<I", log)
        return [log[at:at + 64] for at in range(64, 64 + 64 * count, 64)]

    def enable_event(self, kind):
        self.command(ADMIN_CMD, SET_FEATURES, 0, 0x1e, 1 << 16, 1,
                     data=bytes([kind, 0, 0, 0]))

    def leave_reclaim_unit(self, pid):
        """Reclaim Unit Handle Update: go on in an empty one."""
        self.command(IO_CMD, IO_MGMT_SEND, 0, 1,
                     data=struct.pack("<HH", pid, 0))

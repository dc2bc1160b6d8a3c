# SPDX-License-Identifier: GPL-2.0
"""What the manual says of a job file: right, or refused and for what.

Nothing here asks the engine. A fault is the words that a line has to have
which tells it; where a job has several, any of them may be told.
"""

import math
import os
import re

import fio as fio_module
from namespace import ADMIN_CMD, GET_LOG_PAGE, IDENTIFY_NS
from jobs import KIB

OPCODES = {"write": 0x01, "uncor": 0x04, "compare": 0x05, "zeroes": 0x08,
           "verify": 0x0c, "copy": 0x19, "zone_append": 0x7d}
FIELDS = {"opcode", "len", "mdlen", "cdw2", "cdw3",
          *(f"cdw{number}" for number in range(10, 16))}
NAMES = {"slba", "slba_hi", "nlb", "nlb0", "bytes", "index", "random",
         "placement"}
# At their defaults they may be given
REFUSED = {"nowait": ("0",), "cdb_len": ("0",), "read_mode": ("read",),
           "cmdprio_percentage": ("0", "0,0")}
FLAGS = ("hipri", "hybrid_poll", "fixedbufs", "registerfiles",
         "sqthread_poll", "scatter", "dry_run", "deac", "pi_act",
         "pi_verify", "readfua", "writefua", "summary")
WORDS = {"placement": ("none", "fdp", "streams"),
         "placement_select": ("roundrobin", "random", "job", "file", "lba",
                              "size"),
         "verify_mode": ("read", "compare"), "cmd_type": ("nvme", "bsg")}
SUFFIXES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
# Bytes of fio's struct verify_header, at the least
HEADER = 40
DEEPEST = 32768
PLACEMENTS_MAX = 128
LIMITS_MAX = 8


def bytes_of(text):
    # fio passes over a suffix that it does not know
    found = re.fullmatch(r"(\d+)([kmg]?)e?", text)
    return int(found[1]) * SUFFIXES[found[2]] if found else None


class Facts:
    """What a namespace and its controller say of themselves."""

    def __init__(self, namespace, handles):
        self.namespace = namespace
        self.name = namespace.ng
        self.lba = namespace.lba
        self.bytes = namespace.bytes
        self.limit = min(namespace.limit, 65536 * self.lba)
        self.tags = namespace.queue("nr_requests")
        self.polls = namespace.polls
        self.handles = handles
        log = self.ask(GET_LOG_PAGE, 0xffffffff, 1023 << 16 | 0x05)
        self.commands = {opcode for opcode in range(256)
                         if log[1024 + 4 * opcode] & 1}
        own = self.ask(IDENTIFY_NS, namespace.nsid, 0)
        self.most_each = int.from_bytes(own[74:76], "little")
        self.most_all = int.from_bytes(own[76:80], "little")
        self.most_ranges = own[80] + 1

    def ask(self, opcode, nsid, cdw10):
        return self.namespace.command(ADMIN_CMD, opcode, nsid, 4096,
                                      cdw10)[0]


class Described:
    """A command as read_cmd= and its like describe it, or what is wrong."""

    def __init__(self, text, least):
        self.wrong = False
        self.values = {}
        for piece in re.split(r"[ ,:]+", text.strip('"')):
            self.take(*piece.partition("=")[::2])
        opcode = self.values.get("opcode", "")
        self.wrong |= not opcode.isdigit() or int(opcode) > 255
        if self.wrong:
            return
        self.opcode = int(opcode)
        self.way = self.opcode & 3
        text = self.values.get("len", "bytes" if self.way else "0")
        self.all = text == "bytes"
        self.len = least if self.all else int(text)
        self.wrong = (self.way == 3 or self.len > least or
                      not self.way and bool({"len", "mdlen"} &
                                            set(self.values)))

    def take(self, name, value):
        if re.fullmatch(r"0x[0-9a-f]+", value):
            value = str(int(value, 16))
        if name not in FIELDS or name in self.values:
            self.wrong = True
        dword = name.startswith("cdw")
        if not (value.isdigit() and int(value) < 1 << 32 or
                dword and value.split("+")[0] in NAMES or
                name == "len" and value == "bytes"):
            self.wrong = True
        self.values[name] = value


class Model:
    """A job file on a namespace."""

    def __init__(self, file, facts):
        self.file = file
        self.facts = facts
        self.o = o = file.options
        kind = o["rw"]
        self.reads = "read" in kind or kind in ("rw", "randrw")
        self.writes = "write" in kind or kind in ("rw", "randrw")
        self.trims = "trim" in kind
        self.changes = self.writes or self.trims
        self.verifies = "verify" in o
        self.depth = int(o.get("iodepth", "1"))
        self.sizes = [bytes_of(o["bs"])]
        if "bssplit" in o:
            self.sizes = [bytes_of(part.split("/")[0])
                          for part in o["bssplit"].split(":")]
        self.dry = self.on("dry_run")
        self.modes = self.read_modes()
        self.described = {
            way: Described(o[f"{way}_cmd"], min(self.sizes))
            for way in ("read", "write", "trim") if f"{way}_cmd" in o}

    def on(self, name):
        return self.o.get(name) == "1"

    def flag(self, name, value):
        return self.o.get(name) == value

    def read_modes(self):
        """The kinds of writes, or None where the text is none."""
        text = self.o.get("write_mode", "write")
        pairs = [part.partition("/") for part in text.split(":")]
        if any(word not in OPCODES or word == "compare" or
               percent and not percent.isdigit()
               for word, _, percent in pairs):
            return None
        if len(pairs) > 1 and not all(slash for _, slash, _ in pairs):
            return None
        given = [int(percent) for _, _, percent in pairs if percent]
        open_ = len(given) < len(pairs)
        if sum(given) > 100 or not open_ and sum(given) != 100:
            return None
        return {word for word, _, _ in pairs}

    # -- what it sends

    @property
    def families(self):
        """Whether it sends anything beside Read, Write and trims."""
        if "read" in self.described or self.compares:
            return True
        return self.changes and bool(
            {"write", "trim"} & set(self.described) or
            (self.modes or set()) - {"write"})

    @property
    def compares(self):
        return self.verifies and self.flag("verify_mode", "compare")

    @property
    def moves(self):
        """Bytes of data that an io_unit may have."""
        def some(way):
            return way not in self.described or self.described[way].wrong \
                or self.described[way].len
        data = self.reads and some("read") or self.writes and \
            some("write") and (not self.modes or
                               self.modes & {"write", "zone_append"})
        return max(self.sizes) if data or self.verifies else 0

    @property
    def part(self):
        most = min(bytes_of(self.o.get("cmd_bs", "1g")) or KIB << 20,
                   self.facts.limit)
        return most - most % self.facts.lba or self.facts.lba

    @property
    def parts(self):
        return max(1, -(-self.moves // self.part))

    # -- what is wrong with it

    def faults(self):
        """Of fio's own making first, as they come first."""
        own = [("fio", name) for name in self.fio_refuses()]
        if own:
            return own
        found = [*self.alone(), *self.lists(), *self.shapes(),
                 *self.placed(), *self.sent(), *self.copied(),
                 *self.told(), *self.cut()]
        return [tuple(words) for words in found]

    def fio_refuses(self):
        o = self.o
        for name in FLAGS:
            if o.get(name, "0") not in ("0", "1"):
                yield name
        for name, words in WORDS.items():
            if name in o and o[name] not in words:
                yield name
        # verify= puts a header into each of what all sizes are multiples of
        if self.flag("verify", "crc32c") and \
                math.gcd(*self.sizes) < HEADER:
            yield "verify"
        if "no_such_option" in o:
            yield "no_such_option"
        if o.get("nonvectored") == "x":
            yield "nonvectored"
        if int(o.get("copy_ranges", "1")) > 256:
            yield "copy_ranges"
        if int(o.get("apptag", "0"), 0) > 0xffff:
            yield "apptag"

    def alone(self):
        """What is wrong whatever the device is."""
        o = self.o
        for name, defaults in REFUSED.items():
            if name in o and o[name] not in defaults:
                yield name, o[name]
        if self.flag("cmd_type", "bsg"):
            yield "cmd_type=bsg", "cmd_type=nvme"
        if self.on("hybrid_poll") and not self.on("hipri"):
            yield "hybrid_poll", "set hipri=1"
        elif self.on("hybrid_poll") and not self.dry and \
                fio_module.kernel() < (6, 13):
            yield "hybrid_poll", "6.13"
        processor = int(o.get("sqthread_poll_cpu", "-1"))
        if processor >= 0 and not self.on("sqthread_poll"):
            yield "sqthread_poll_cpu", "set sqthread_poll=1"
        elif processor >= os.cpu_count():
            yield ("sqthread_poll_cpu=4095",)
        if self.depth > DEEPEST:
            yield f"iodepth={self.depth}", str(DEEPEST)
        if "bs_unaligned" in o:
            yield ("bs_unaligned",)
        if self.on("deac") and "zeroes" not in (self.modes or ()):
            yield "deac=1", "write_mode=zeroes"

    def lists(self):
        """Texts that are none of their option's."""
        o = self.o
        version = o.get("min_version", "0")
        parts = re.fullmatch(r"\d{1,9}(\.\d{1,9}){0,2}", version)
        if not parts or int(version.split(".")[0]) > 0:
            yield "min_version", version
        if self.modes is None:
            yield ("write_mode=",)
        if not set(re.split("[,:]", o.get("pi_chk", "GUARD"))) <= \
                {"GUARD", "REFTAG", "APPTAG", "STORTAG"}:
            yield ("pi_chk=",)
        if not set(re.split("[,:]", o.get("dsm_attr", "idr"))) <= \
                {"idr", "idw", "deallocate"}:
            yield ("dsm_attr=",)
        limits = re.split("[,:]", o.get("error_limit", "any/1"))
        if len(limits) > LIMITS_MAX or not all(re.fullmatch(
                r"(generic|specific|media|path|vendor|any|"
                r"0x[0-9a-f]+)/\d+", limit) for limit in limits):
            yield ("error_limit=",)

    def shapes(self):
        """Sizes, and what the queue has."""
        o, facts = self.o, self.facts
        sizes = [("bs", size) for size in self.sizes]
        if "bssplit" in o:
            sizes = [("bssplit", size) for size in self.sizes]
        for name in ("cmd_bs", "blockalign", "offset"):
            # fio takes blockalign= of random I/O only
            if name in o and (name != "blockalign" or "rand" in o["rw"]):
                sizes.append((name, bytes_of(o[name])))
        for name, size in sizes:
            if size % facts.lba:
                yield "logical block", f"multiple of {facts.lba}"
        if "cmd_bs" in o and bytes_of(o["cmd_bs"]) > facts.limit:
            yield facts.name, f"cmd_bs={bytes_of(o['cmd_bs'])}", \
                str(facts.limit)
        if self.on("hipri") and not facts.polls:
            yield facts.name, "hipri=1"

    def placed(self):
        o, facts = self.o, self.facts
        kind = o.get("placement", "none")
        select = o.get("placement_select", "roundrobin")
        about = {"placement_ids", "placement_select", "placement_bounds"}
        if kind == "none":
            if about & set(o):
                yield "placement", "set placement=fdp"
            return
        bounds = [bytes_of(bound) for bound in
                  re.split("[,:]", o.get("placement_bounds", "1"))]
        bounded = "placement_bounds" in o
        if bounded and (None in bounds or sorted(set(bounds)) != bounds):
            yield ("placement_bounds=",)
        if bounded and select not in ("lba", "size"):
            yield "placement_bounds", "placement_select=lba"
        if select == "size" and not bounded:
            yield "placement_select=size", "placement_bounds"
        ids = numbers_of(o.get("placement_ids", "0"))
        if ids is None:
            yield ("placement_ids=",)
        if not self.changes or ids is None:
            return
        if kind == "streams":
            yield facts.name, "stream"
        elif not facts.handles:
            yield (facts.name,)
        elif max(ids) >= facts.handles:
            yield facts.name, str(max(ids)), f"{facts.handles} reclaim"
        named = len(ids) if "placement_ids" in o else facts.handles
        if bounded and (len(bounds) + 1 > named or "placement_ids" in o and
                        len(bounds) + 1 != named):
            yield facts.name, "placement_bounds="

    def sent(self):
        """What is sent in place of Reads, Writes and trims."""
        o = self.o
        for way, described in self.described.items():
            if described.wrong or way == "trim" and described.len:
                yield (f"{way}_cmd",)
        for one, other, beside in (
                ("write_cmd", "write_mode", "write_mode" in o),
                ("write_cmd", "writefua", self.on("writefua")),
                ("read_cmd", "readfua", self.on("readfua")),
                ("read_cmd", "verify_mode", self.compares),
                ("trim_cmd", "dsm_attr", "dsm_attr" in o)):
            if one in o and beside:
                yield one, other
        for mode in (self.modes or set()) - {"write"}:
            if self.changes and OPCODES[mode] not in self.facts.commands:
                yield self.facts.name, mode
        if "zone_append" in (self.modes or ()) and self.changes:
            yield ("zone_append",)
        if self.compares and not self.flag("verify", "pattern"):
            yield "verify_mode=compare", "verify=pattern"

    def copied(self):
        o, facts = self.o, self.facts
        copies = "copy" in (self.modes or ())
        ranges = int(o.get("copy_ranges", "1"))
        if copies != ("copy_source" in o):
            yield "write_mode=copy", "copy_source"
        if not copies:
            if ranges > 1:
                yield "copy_ranges", "write_mode=copy"
            return
        source = self.source
        if "copy_source" in o and not source:
            yield ("copy_source=",)
        if not source or not self.changes:
            return
        most = max(self.sizes)
        if source[0] % facts.lba or source[1] % facts.lba or \
                sum(source) > facts.bytes or source[1] < most:
            yield facts.name, "copy_source", str(source[0])
        blocks = most // facts.lba
        if ranges > facts.most_ranges:
            yield facts.name, "MSRC"
        if -(-blocks // ranges) > (facts.most_each or 65536):
            yield facts.name, "MSSRL"
        if facts.most_all and blocks > facts.most_all:
            yield facts.name, "MCL"

    @property
    def source(self):
        parts = [bytes_of(part) for part in
                 re.split("[,:]", self.o.get("copy_source", ""))]
        return parts if len(parts) == 2 and all(
            part is not None for part in parts) and parts[1] else None

    def told(self):
        """What verify= would look for in vain."""
        if not self.verifies:
            return
        if self.dry:
            yield "verify=", "dry_run"
        write, read = (self.described.get(way) for way in ("write", "read"))
        if write and not (write.wrong or write.way == 1 and write.all):
            yield "verify=", "write_cmd"
        if read and not (read.wrong or read.way == 2 and read.all):
            yield "verify=", "read_cmd"
        # blocks of zeroes and errors are known to a fio after 3.42
        lost = {"verify", "copy", "zeroes", "uncor"}
        if self.writes and lost & (self.modes or set()):
            yield ("verify=",)

    def cut(self):
        """What would be several commands, and cannot be."""
        o = self.o
        vectored = self.flag("nonvectored", "0")
        retries = int(o.get("retries", "0"))
        scatter = self.on("scatter")
        if vectored and self.on("fixedbufs") and not self.dry and \
                fio_module.kernel() < (6, 15):
            yield self.facts.name, "nonvectored=0 with fixedbufs=1"
        if scatter:
            yield from self.scattered()
        if vectored and max(self.sizes) > self.facts.limit and \
                (self.reads or self.writes):
            yield (self.facts.name, "bs=")
        if self.parts == 1 and not scatter:
            return
        if vectored:
            yield self.facts.name, "nonvectored=0"
        if retries:
            yield self.facts.name, "retries="
        if self.families:
            yield self.facts.name, "one command an io_unit"

    def scattered(self):
        o = self.o
        if "cmd_bs" not in o:
            yield "scatter=1", "cmd_bs"
            return
        command = bytes_of(o["cmd_bs"])
        sizes = [*self.sizes, bytes_of(o.get("blockalign", "0"))
                 if "rand" in o["rw"] else 0]
        if any(size % command for size in sizes):
            yield "scatter=1", "multiples of cmd_bs"
        if self.verifies or self.trims or not o["rw"].startswith("rand") \
                or "norandommap" not in o:
            yield ("scatter=1",)


def numbers_of(text):
    """A list such as 0-3,5, or None where it is none."""
    found = []
    for part in re.split("[,:]", text):
        match = re.fullmatch(r"(\d+)(?:-(\d+))?", part)
        if not match:
            return None
        first, last = int(match[1]), int(match[2] or match[1])
        found += range(first, last + 1)
    good = len(found) <= PLACEMENTS_MAX and max(found) <= 65535
    return found if good else None

# SPDX-License-Identifier: GPL-2.0
"""What a job file leaves on a namespace, unit by unit of its block size."""

from jobs import KIB

BEFORE = b"\x42before\x42"
WRITTEN = b"\x57during\x57"
# fio's form of the latter, and of what a job reads: a tag and the offset
PATTERNS = {tag: f"0x{tag.hex()}%o" for tag in (BEFORE, WRITTEN)}
FENCE = 64 * KIB
MAGIC = 0xacca


def unit(tag, offset, size):
    return (tag + offset.to_bytes(8, "little")) * (size // 16)


class Content:
    """A part of the namespace with a fence on either side."""

    def __init__(self, model, source):
        self.model = model
        self.file = model.file
        self.source = source
        self.bs = max(64 * KIB if size % 512 else size
                      for size in model.sizes)
        self.first = self.file.start - FENCE
        self.length = self.file.span + 2 * FENCE
        self.fence = (self.text(self.first, FENCE),
                      self.text(self.file.start + self.file.span, FENCE))

    def text(self, start, length):
        step = min(self.bs, length)
        return b"".join(unit(BEFORE, offset, step)
                        for offset in range(start, start + length, step))

    def fill(self, namespace):
        data = (self.fence[0] + self.text(self.file.start, self.file.span) +
                self.fence[1])
        namespace.write(self.first, data)

    def fault(self, namespace, ran):
        """What is not as it should be, or None."""
        data = namespace.read(self.first, self.length)
        if data[:FENCE] != self.fence[0] or data[-FENCE:] != self.fence[1]:
            return "blocks beside the job's were written"
        kinds = self.kinds() if ran else {"before"}
        for at in range(FENCE, self.length - FENCE, self.bs):
            found = data[at:at + self.bs]
            offset = self.first + at
            if not any(getattr(self, f"is_{kind}")(found, offset)
                       for kind in kinds):
                return (f"{self.bs} bytes at {offset} are none of "
                        f"{sorted(kinds)}: {found[:48].hex(' ', 8)}")
        return None

    # -- what may be there

    def kinds(self):
        """What each unit may be when all of the job ran."""
        model = self.model
        if not model.changes or model.dry:
            return {"before"}
        kinds = self.writes() if model.writes else set()
        if model.trims:
            kinds |= self.trims()
        if self.partly():
            kinds.add("before")
        return kinds

    def partly(self):
        """Whether some units need not have been written."""
        rw = self.model.o["rw"]
        return self.model.reads or (rw.startswith("rand") and
                                    "norandommap" in self.model.o)

    def writes(self):
        described = self.model.described.get("write")
        if described:
            return {{0: "before", 1: "written", 8: "zeroes"}[
                described.opcode]}
        names = {"write": "written", "zeroes": "zeroes", "verify": "before",
                 "copy": "copied"}
        return {names[mode] for mode in self.model.modes}

    def trims(self):
        described = self.model.described.get("trim")
        if described:
            return {{0: "before", 8: "zeroes"}[described.opcode]}
        words = self.model.o.get("dsm_attr", "deallocate")
        # the device may leave what it was told to deallocate
        return {"before", "zeroes"} if "deallocate" in words else {"before"}

    # -- whether it is

    def is_before(self, data, offset):
        return data == unit(BEFORE, offset, len(data))

    def is_zeroes(self, data, _):
        return not any(data)

    def is_copied(self, data, offset):
        """The nth byte of the file is the nth of the region."""
        start, length = self.model.source
        at = offset % length
        at = start + min(at, length - len(data))
        return data == self.source[at:at + len(data)]

    def is_written(self, data, offset):
        verify = self.model.o.get("verify")
        if verify == "pattern":
            return data == unit(WRITTEN, offset, len(data))
        if verify:
            # struct verify_header of fio's verify.h
            return (int.from_bytes(data[:2], "little") == MAGIC and
                    int.from_bytes(data[16:24], "little") == offset)
        return any(data) and not self.is_before(data, offset)

    @property
    def pattern(self):
        """What fio is to write, or to look for where it only reads."""
        return PATTERNS[WRITTEN if self.model.writes else BEFORE]

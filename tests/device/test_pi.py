# SPDX-License-Identifier: GPL-2.0
"""Metadata and protection information, in every format that QEMU has."""

import ctypes
import dataclasses
import fcntl
import mmap
import os

import pytest

from conftest import emulated
from fio import engine_options
from namespace import MIB, AdminCommand

IO_CMD = 0xC0484E43
WRITE, READ = 1, 2
BLOCKS = 8
ALL = "GUARD,REFTAG,APPTAG"
EILSEQ = 84
NAMES = {"guard": "GUARD", "application tag": "APPTAG",
         "reference tag": "REFTAG"}


@dataclasses.dataclass(frozen=True)
class Format:
    """A namespace of pi0, as ci/devices.py makes it."""
    nsid: int
    ms: int
    extended: bool
    type: int
    guard: int = 16
    first: bool = False
    lba: int = 512

    @property
    def size(self):
        return 8 if self.guard == 16 else 16

    def block(self, act):
        """Bytes of a block in the data buffer."""
        if not self.extended or (act and self.ms == self.size):
            return self.lba
        return self.lba + self.ms

    def field(self, name):
        """Where a field is in the metadata."""
        guard = self.guard // 8
        start, length = {"guard": (0, guard),
                         "application tag": (guard, 2),
                         "reference tag": (guard + 2,
                                           self.size - guard - 2)}[name]
        start += 0 if self.first else self.ms - self.size
        return slice(start, start + length)

    def __str__(self):
        return (f"{self.lba}+{self.ms}{'e' if self.extended else 's'}"
                f"-type{self.type}-{self.guard}"
                f"{'-first' if self.first else ''}")


FORMATS = [
    Format(1, 8, False, 1), Format(2, 8, True, 1), Format(3, 8, False, 2),
    Format(4, 8, True, 3), Format(5, 16, False, 1, guard=64),
    Format(6, 16, True, 2, guard=64), Format(7, 64, False, 1, first=True),
    Format(8, 64, True, 1, guard=64), Format(9, 8, False, 1, lba=4096),
]


class Medium:
    """A namespace read and written without any check, by ioctl."""

    def __init__(self, namespace, form):
        self.namespace = namespace
        self.ng = namespace.ng
        self.form = form

    def command(self, opcode, lba, content=None):
        form = self.form
        stride = form.lba + form.ms
        with mmap.mmap(-1, 8192) as buffer:
            if content:
                buffer[:stride] = content
            # pylint: disable=no-member
            view = ctypes.c_char.from_buffer(buffer)
            at = ctypes.addressof(view)
            command = AdminCommand(
                opcode=opcode, nsid=self.namespace.nsid, addr=at,
                data_len=stride if form.extended else form.lba)
            if not form.extended:
                command.metadata = at + form.lba
                command.metadata_len = form.ms
            command.cdw[0] = lba
            fd = os.open(self.ng, os.O_RDWR)
            try:
                status = fcntl.ioctl(fd, IO_CMD, command)
            finally:
                os.close(fd)
                del view
            assert status == 0, hex(status)
            return buffer[:stride]

    def metadata(self, lba):
        return self.command(READ, lba)[self.form.lba:]

    def get(self, lba, name):
        return int.from_bytes(self.metadata(lba)[self.form.field(name)], "big")

    def turn(self, lba, name):
        """Turn a bit over; returns what is there before and after."""
        content = bytearray(self.command(READ, lba))
        field = self.form.field(name)
        before = self.get(lba, name)
        content[self.form.lba + field.stop - 1] ^= 1
        self.command(WRITE, lba, bytes(content))
        assert self.get(lba, name) == before ^ 1
        return before, before ^ 1


# one of each way that the kernel carries metadata, each size and type
EVERYWHERE = {1, 4, 5, 6}


@pytest.fixture(name="pi", params=[
    pytest.param(form, id=str(form), marks=[] if form.nsid in EVERYWHERE
                 else [pytest.mark.once]) for form in FORMATS])
def fixture_pi(request):
    form = request.param
    return Medium(emulated(f"NG_PI0_{form.nsid}"), form)


@pytest.fixture(name="pi1")
def fixture_pi1():
    """Eight bytes apart from the data, of type 1."""
    return Medium(emulated("NG_PI0_1"), FORMATS[0])


def job(pi, rw, act, **more):
    bs = BLOCKS * pi.form.block(act)
    return {"filename": pi.ng, "rw": rw, "bs": bs, "size": 16 * bs,
            "iodepth": 4, "pi_act": act, "pi_chk": ALL, **more}


def travels(form, act):
    """Whether protection information is among the data."""
    return form.block(act) > form.lba


@pytest.mark.parametrize("act", [0, 1])
def test_write_and_read(fio, pi, act):
    """Who makes it makes what the other finds right."""
    fio(job(pi, "write", act)).clean()
    for reader in (0, 1):
        fio(job(pi, "read", reader)).clean()
    for lba in (0, 5, 16 * BLOCKS - 1):
        assert pi.get(lba, "application tag") == 0x1234
        if pi.form.type != 3:
            assert pi.get(lba, "reference tag") == lba


@pytest.mark.parametrize("act", [0, 1])
def test_verify(fio, pi, act):
    options = job(pi, "randwrite", act, verify="crc32c")
    if travels(pi.form, act):
        fio(options).refused(pi.ng, "verify=", "separate metadata")
    else:
        fio(options).clean()


# The engine checks as well, the controller alone, or the controller what it
# does not transfer
READERS = [{"pi_act": act, "pi_verify": verify, "stonewall": 1}
           for act, verify in ((0, 1), (0, 0), (1, 1))]


@pytest.mark.parametrize("name", NAMES)
def test_wrong_field_is_named(fio, pi, name):
    if pi.form.type == 3 and name == "reference tag":
        pytest.skip("type 3 has none to check")
    fio(job(pi, "write", 0)).clean()
    expected, found = pi.turn(13, name)
    jobs = [job(pi, "read", reader["pi_act"]) | reader for reader in READERS]
    run = fio(*jobs)
    assert run.status == len(jobs), run
    assert [ran["error"] for ran in run.jobs] == [EILSEQ] * len(jobs), run
    digits = 2 * len(range(*pi.form.field(name).indices(pi.form.ms)))
    words = (pi.ng, "slba 8, 8 blocks", "logical block 13",
             f"the {name} of", f"is 0x{found:0{digits}x}",
             f"expected 0x{expected:0{digits}x}")
    told = [line for line in run.err.splitlines()
            if all(word in line for word in words)]
    assert len(told) == len(jobs), run
    # the others are as they were
    others = ",".join(word for key, word in NAMES.items() if key != name)
    fio(*(options | {"pi_chk": others} for options in jobs)).clean()


def test_data_is_guarded(fio, pi1):
    """Data that changes on the medium is found by its guard."""
    fio(job(pi1, "write", 1)).clean()
    content = bytearray(pi1.command(READ, 3))
    content[100] ^= 1
    pi1.command(WRITE, 3, bytes(content))
    run = fio(job(pi1, "read", 0))
    assert run.job["error"] == EILSEQ, run
    assert f"is 0x{pi1.get(3, 'guard'):04x}" in run.err, run


def test_application_tag(fio, pi1):
    fio(job(pi1, "write", 0, apptag=0x12ff)).clean()
    assert pi1.get(7, "application tag") == 0x12ff
    run = fio(job(pi1, "read", 0))
    assert "the application tag of its protection information is 0x12ff, " \
        "expected 0x1234" in run.err, run
    fio(job(pi1, "read", 0, apptag_mask=0xff00)).clean()
    fio(job(pi1, "read", 1, apptag=0x12ff)).clean()


def test_application_tag_that_switches_checks_off(fio, pi1):
    run = fio(job(pi1, "write", 0, apptag=0xffff), form="normal").good()
    assert "apptag=0xffff switches off all checks" in run.out
    pi1.turn(2, "guard")
    fio(job(pi1, "read", 0)).clean()


def test_metadata_buffer(fio, pi1):
    fio(job(pi1, "read", 0, md_per_io_size=63)).refused(
        pi1.ng, "md_per_io_size=63", "64 bytes of separate metadata")
    fio(job(pi1, "write", 0, md_per_io_size=64)).clean()
    # nothing is transferred: any size will do
    fio(job(pi1, "write", 1, md_per_io_size=1)).clean()


@pytest.mark.parametrize("more", [
    {"fixedbufs": 1}, {"nonvectored": 0}, {"registerfiles": 0},
    {"force_async": 3}, {"iodepth": 64}, {"sqthread_poll": 1},
    {"thread": 1, "numjobs": 2, "offset_increment": "1m"},
    {"bsrange": "512-16k"}, {"size": "4m", "bs": "64k"}],
    ids=lambda more: "-".join(more))
def test_ways_of_sending(fio, pi1, more):
    fio(job(pi1, "randwrite", 0, verify="crc32c", **more) | more).clean()
    fio(job(pi1, "randread", 0, **more) | more).clean()


def test_metadata_of_described_reads(fio):
    """Where nobody wrote before; see conftest.fixture_nobodys_memory."""
    pi = Medium(emulated("NG_PI0_9"), FORMATS[8])
    fio(job(pi, "write", 0)).clean()
    mdlen = BLOCKS * pi.form.ms
    # together more than an allocator has lying about
    more = {"iodepth": MIB // mdlen,
            "read_cmd": f"opcode=2,cdw10=slba,cdw12=nlb0,mdlen={mdlen}"}
    fio(job(pi, "read", 0) | more).clean()


def test_not_by_several_commands(fio, pi1):
    fio(job(pi1, "write", 0) | {"bs": "256k", "size": "1m"}).refused(
        pi1.ng, "one command an io_unit", "bs of no more than 131072")
    fio(job(pi1, "write", 1, write_mode="zeroes")).refused(
        pi1.ng, "write_mode=", "ms=0")


@pytest.mark.parametrize("nsid", [1, 5, 7])
def test_as_with_fios_own(fio, nsid):
    """What either engine writes, the other reads and finds right."""
    if "pi_act" not in engine_options("io_uring_cmd"):
        pytest.skip("fio 3.33's own engine has no protection information")
    form = FORMATS[nsid - 1]
    pi = Medium(emulated(f"NG_PI0_{nsid}"), form)
    own = {"ioengine": "io_uring_cmd", "md_per_io_size": BLOCKS * form.ms}
    fio(own | job(pi, "write", 0)).clean()
    fio(job(pi, "read", 0)).clean()
    fio(job(pi, "write", 0, apptag=0x7777)).clean()
    fio(own | job(pi, "read", 0, apptag=0x7777)).clean()
    assert pi.get(9, "application tag") == 0x7777


def test_separate_metadata_alone(fio, separate):
    """It is written as zeroes, and data is as if there were none."""
    common = {"filename": separate.ng, "bs": "4k", "size": "1m", "iodepth": 8}
    fio({**common, "rw": "randwrite", "verify": "crc32c"}).clean()
    fio({**common, "rw": "write", "md_per_io_size": 64}).clean()
    fio({**common, "rw": "write", "md_per_io_size": 8}).refused(
        separate.ng, "md_per_io_size=8")
    medium = Medium(separate, Format(1, 8, False, 0))
    assert medium.metadata(17) == bytes(8)


def test_checks_of_what_is_not_there(fio, device):
    run = fio({"filename": device.ng, "rw": "read", "bs": "4k", "size": "64k",
               "pi_chk": "GUARD"}, form="normal").good()
    assert "pi_chk= checks nothing" in run.out

# SPDX-License-Identifier: GPL-2.0
"""Protection information in every format that the namespace can be given.

QEMU knows the 64-bit guard only in the format that a namespace was made with.
"""

import struct

import pytest

from conftest import emulated
from namespace import ADMIN_CMD, IDENTIFY_NS
from test_pi import FORMATS, Format, Medium, job

FORMAT_NVM = 0x80
FLBAS, DPS, NLBAF, LBAF = 26, 29, 25, 128
EXTENDED, FIRST = 1 << 4, 1 << 8
# direction and pi_act of jobs, one after the other
TURNS = ("write", 0), ("read", 1), ("write", 1), ("read", 0)


def identify(namespace):
    return namespace.command(ADMIN_CMD, IDENTIFY_NS, namespace.nsid, 4096)[0]


def give(namespace, word):
    """Format it: Base 2.0, figure 189. The kernel looks at it anew."""
    namespace.command(ADMIN_CMD, FORMAT_NVM, namespace.nsid, 0, word)


@pytest.fixture(name="formatted")
def fixture_formatted(request):
    """A namespace of pi0, which is what it was when the test ends."""
    namespace = emulated(f"NG_PI0_{request.param}")
    found = identify(namespace)
    pi, first = found[DPS] & 7, found[DPS] >> 3 & 1
    yield FORMATS[request.param - 1], namespace
    give(namespace, found[FLBAS] & 0x1f | pi << 5 | first << 8)
    assert identify(namespace)[FLBAS:DPS + 1] == found[FLBAS:DPS + 1]


def lba_formats(namespace, own):
    """(index, bytes of data, bytes of metadata) of those it can have."""
    found = identify(namespace)
    for index in range(found[NLBAF] + 1):
        ms, power = struct.unpack_from("<HB", found, LBAF + 4 * index)
        if ms >= own.size and (own.guard == 16 or
                               index == found[FLBAS] & 0xf):
            yield index, 1 << power, ms


def formats(namespace, own):
    """Each format, with the dword that asks for it.

    Where protection information could be in the first bytes of metadata or in
    the last, it is in turn: each of both with every type, and either way that
    metadata travels.
    """
    for turn, (index, lba, ms) in enumerate(lba_formats(namespace, own)):
        for kind in (1, 2, 3):
            for extended in (False, True):
                first = ms > own.size and (turn + kind + extended) % 2 == 1
                yield (Format(own.nsid, ms, extended, kind, own.guard, first,
                              lba),
                       index | kind << 5 | extended * EXTENDED | first * FIRST)


@pytest.mark.parametrize("formatted", [
    pytest.param(1, marks=pytest.mark.once), 5, 8], indirect=True)
def test_every_format(fio, formatted):
    """Host and controller find right what the other made."""
    own, namespace = formatted
    seen = set()
    for form, word in formats(namespace, own):
        give(namespace, word)
        pi = Medium(namespace, form)
        fio(*(job(pi, rw, act, stonewall=1) for rw, act in TURNS)).clean()
        assert pi.get(9, "application tag") == 0x1234, form
        assert form.type == 3 or pi.get(9, "reference tag") == 9, form
        seen.add(str(form))
    # both metadata settings and all types of each
    assert len(seen) >= 6 and len(seen) % 6 == 0

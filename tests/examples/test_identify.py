# SPDX-License-Identifier: GPL-2.0
"""What Identify Namespace says, and blocks that hold nothing."""

import os
import struct
import types

import pytest

from measure import identify

PAGE = identify.PAGE


def namespace_data(used=100, flbas=0, protection=0, formats=((0, 9),)):
    data = bytearray(PAGE)
    struct.pack_into("<QQQ", data, 0, 100, 90, used)
    data[26], data[29] = flbas, protection
    for index, (metadata, shift) in enumerate(formats):
        struct.pack_into("<HBB", data, 128 + 4 * index, metadata, shift, 0)
    return bytes(data)


@pytest.mark.parametrize("values, expected", [
    ({}, "0: 512"),
    ({"flbas": 1, "formats": ((0, 9), (0, 12))}, "1: 4096"),
    ({"flbas": 0, "formats": ((8, 9),)}, "0: 512+8 separate"),
    ({"flbas": 0x10, "protection": 1, "formats": ((8, 12),)},
     "0: 4096+8 extended PI type 1"),
    # the two high bits of an index are bits 5 and 6
    ({"flbas": 0x21, "formats": ((0, 9),) * 17 + ((0, 12),)}, "17: 4096"),
])
def test_lba_format(values, expected):
    found = identify.decode(namespace_data(**values))
    assert found["lba_format"] == expected
    assert (found["blocks"], found["capacity"]) == (100, 90)


@pytest.fixture(name="drive")
def fixture_drive(tmp_path):
    """A file in the place of a block device, 256 pages of it."""
    path = tmp_path / "drive"

    def make(pages):
        path.write_bytes(b"".join(pages) * (256 // len(pages)))
        try:
            os.close(os.open(path, os.O_RDONLY | os.O_DIRECT))
        except OSError:
            pytest.skip(f"{tmp_path} is on a file system without O_DIRECT")
        return types.SimpleNamespace(block=str(path), bytes=256 * PAGE,
                                     device="/dev/ng0n1", nsid=1)
    return make


FULL = bytes(range(256)) * 16


@pytest.mark.parametrize("pages, low, high", [
    ([bytes(PAGE)], 1, 1), ([b"\xff" * PAGE], 1, 1), ([FULL], 0, 0),
    ([FULL, bytes(PAGE)], 0.25, 0.75)])
def test_blank_part(drive, pages, low, high):
    assert low <= identify.blank_part(drive(pages)) <= high


def test_only_the_part_that_is_asked_for_is_sampled(drive):
    namespace = drive([FULL] * 128 + [bytes(PAGE)] * 128)
    assert identify.blank_part(namespace, 128 * PAGE) == 0
    assert identify.blank_part(namespace) > 0


def test_what_cannot_be_read_is_not_judged():
    nothing = types.SimpleNamespace(block=None, bytes=0, nsid=1,
                                    device="/no/device")
    assert identify.read(nothing) is None
    assert identify.blank_part(nothing) is None
    assert identify.never_written(nothing) is None


def test_never_written(drive, monkeypatch):
    monkeypatch.setattr(identify, "read", lambda _: namespace_data(used=30))
    assert "30% of /dev/ng0n1 is in use" in identify.never_written(
        drive([FULL]))
    monkeypatch.setattr(identify, "read", lambda _: namespace_data())
    assert identify.never_written(drive([FULL])) is None
    assert "100% of the blocks sampled" in identify.never_written(
        drive([bytes(PAGE)]))

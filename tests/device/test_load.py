# SPDX-License-Identifier: GPL-2.0
"""How fio loads the plugin, and what the plugin says of itself."""

import os
import re
import shutil
import struct

import pytest

import fio as fio_module
from fio import ENGINE, PLUGIN, version
from namespace import KIB, MIB

JOB = {"rw": "randread", "bs": "4k", "size": "1m", "number_ios": 32,
       "iodepth": 4}


@pytest.mark.smoke
@pytest.mark.parametrize("engine", [ENGINE, PLUGIN, "./rel.so",
                                    "external:./rel.so"])
def test_ways_to_load(fio, device, engine, tmp_path):
    if "rel.so" in engine:
        shutil.copy(PLUGIN, tmp_path / "rel.so")
    job = fio(ioengine=engine, filename=device.ng, **JOB).clean().job
    assert job["read"]["total_ios"] == 32


@pytest.mark.smoke
@pytest.mark.parametrize("engine", [ENGINE, PLUGIN])
def test_engine_in_the_global_section(fio, device, engine):
    run = fio.file(f"[global]\nioengine={engine}\nfixedbufs=1\nbs=4k\n"
                   f"filename={device.ng}\nsize=1m\nnumber_ios=32\n"
                   "[a]\nrw=randread\n[b]\nrw=randwrite\nnonvectored=1\n")
    run.clean()
    assert run.total("read") == run.total("write") == 32


def exported(path):
    """Names that a 64-bit ELF object defines for others."""
    with open(path, "rb") as file:
        data = file.read()
    start, = struct.unpack_from("<Q", data, 40)
    size, count = struct.unpack_from("<HH", data, 58)
    sections = [struct.unpack_from("<IIQQQQIIQQ", data, start + index * size)
                for index in range(count)]
    names = set()
    for section in sections:
        if section[1] != 11:  # SHT_DYNSYM
            continue
        strings = sections[section[6]][4]
        for at in range(section[4], section[4] + section[5], 24):
            name, info, _, index, _, _ = struct.unpack_from("<IBBHQQ", data,
                                                            at)
            if index and info >> 4:
                end = data.index(b"\0", strings + name)
                names.add(data[strings + name:end].decode())
    return names


@pytest.mark.smoke
def test_only_the_entry_point_is_exported():
    assert exported(PLUGIN) == {"get_ioengine"}


@pytest.mark.smoke
def test_help_shows_version_and_layouts():
    run = fio_module.raw(f"--enghelp={PLUGIN}").good()
    assert re.search(r"\bthis is \d+\.\d+\.\d+, for fio .*3\.33", run.out)
    running = ".".join(map(str, version()))
    assert re.search(rf"for fio .*\b{re.escape(running)}\b", run.out)
    run = fio_module.raw(f"--enghelp={PLUGIN},hipri").good()
    assert "poll" in run.out.lower()


def test_client_options_before_the_engine(fio, device):
    """fio's rule: an engine's options come after --ioengine."""
    run = fio_module.raw("--name=a", "--fixedbufs=1", f"--ioengine={ENGINE}",
                         f"--filename={device.ng}", cwd=fio.folder)
    assert run.status != 0 and "fixedbufs" in run.err


def test_without_the_plugin(fio, device):
    run = fio(ioengine="external:/nonexistent.so", filename=device.ng, **JOB)
    assert run.status != 0 and "nonexistent.so" in run.err


@pytest.fixture(name="huge_pages")
def fixture_huge_pages():
    path = "/proc/sys/vm/nr_hugepages"
    with open(path, encoding="ascii") as file:
        before = int(file.read())
    wanted = before + 16
    with open(path, "w", encoding="ascii") as file:
        file.write(str(wanted))
    try:
        with open(path, encoding="ascii") as file:
            if int(file.read()) < wanted:
                pytest.skip("no 16 huge pages to be had")
        yield
    finally:
        with open(path, "w", encoding="ascii") as file:
            file.write(str(before))


def test_huge_pages(fio, device, huge_pages):
    """Buffers in huge pages, registered and not."""
    common = {"filename": device.ng, "rw": "randwrite", "bs": "16k",
              "size": "1m", "iodepth": 32, "verify": "crc32c",
              "iomem": "mmaphuge"}
    run = fio(common, {**common, "fixedbufs": 1, "stonewall": True},
              {**common, "fixedbufs": 1, "thread": 1, "hipri":
               int(device.polls), "stonewall": True}).clean()
    assert run.total("write", "io_bytes") == 3 * MIB


def test_more_than_scattered_pages_allow(fio, device, huge_pages):
    """What max_segments forbids 4 KiB pages, contiguous memory may do."""
    most = device.queue("max_hw_sectors_kb") * KIB
    scattered = device.queue("max_segments") * 4 * KIB
    if most <= scattered:
        pytest.skip(f"max_hw_sectors_kb ({most // KIB}) is the lower limit")
    common = {"filename": device.ng, "rw": "write", "bs": most,
              "cmd_bs": most, "size": 4 * most, "verify": "crc32c",
              "fixedbufs": 1}
    fio(common).refused("max_segments")
    run = fio({**common, "iomem": "mmaphuge"})
    if run.status:
        # not before Linux 6.12, which keeps huge pages whole
        run.refused(f"cmd_bs={most}")
        release = re.match(r"(\d+)\.(\d+)", os.uname().release)
        assert (int(release[1]), int(release[2])) < (6, 12), run
    else:
        assert run.clean().total("write") == 4

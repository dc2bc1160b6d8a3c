# SPDX-License-Identifier: GPL-2.0
"""What is written is what is found, and damage is found too."""

import itertools
import re

import pytest

from fio import ENGINE, values_of
from namespace import KIB, MIB

REGISTERED = ["fixedbufs", "hipri", "sqthread_poll", "registerfiles",
              "nonvectored"]


def pairwise(count):
    """Rows of 0 and 1 in which every two columns have all four pairs."""
    wanted = {(a, x, b, y) for a, b in itertools.combinations(range(count), 2)
              for x in (0, 1) for y in (0, 1)}
    rows = []
    while wanted:
        best = max(itertools.product((0, 1), repeat=count),
                   key=lambda row: len(wanted & pairs_of(row)))
        wanted -= pairs_of(best)
        rows.append(best)
    return rows


def pairs_of(row):
    return {(a, row[a], b, row[b])
            for a, b in itertools.combinations(range(len(row)), 2)}


PAIRWISE = [dict(zip(REGISTERED, row)) for row in pairwise(len(REGISTERED))]


def name_of(options):
    return "+".join(key for key in options if options[key]) or "none"


@pytest.mark.smoke
@pytest.mark.parametrize("options", PAIRWISE, ids=name_of)
def test_mixed_jobs_find_no_error(fio, device, options):
    """Writes verified by crc32c, reads and trims; depth 64, four jobs."""
    if options["hipri"] and not device.polls:
        pytest.skip(f"{device} cannot be polled here")
    common = {"filename": device.ng, "bs": "4k", "iodepth": 64,
              "numjobs": 4, "size": "1m", "offset_increment": "4m",
              "number_ios": 250, **options}
    run = fio({**common, "rw": "randrw", "verify": "crc32c",
               "verify_backlog": 64},
              {**common, "rw": "randread", "offset": "1m"},
              {**common, "rw": "randtrim", "offset": "2m"},
              {**common, "rw": "randtrimwrite", "offset": "3m"})
    if run.status and options["fixedbufs"] and not options["nonvectored"]:
        # kernels before 6.15 refuse the two together, each job by itself
        lines = run.err.splitlines()
        said = [line for line in lines if "nonvectored=0 with fixedbufs=1"
                in line]
        assert said and all("use nonvectored=1 or fixedbufs=0" in line
                            for line in said), run
        assert all(job["error"] for job in run.jobs)
        assert not run.total("write") and not run.total("trim")
        return
    run.clean()
    assert len(run.jobs) == 16
    assert run.total("trim") > 1000
    written = sum(job["write"]["total_ios"] for job in run.jobs[:4])
    verified = sum(job["read"]["total_ios"] for job in run.jobs[:4])
    assert written > 300 and verified > 1000 - written


@pytest.mark.smoke
@pytest.mark.parametrize("options", [{}, {"fixedbufs": 1}, {"hipri": 1}],
                         ids=name_of)
def test_damage_is_found(fio, device, options):
    if options.get("hipri") and not device.polls:
        pytest.skip(f"{device} cannot be polled here")
    common = {"filename": device.ng, "rw": "randwrite", "bs": "4k",
              "size": "2m", "iodepth": 64, "verify": "crc32c", **options}
    fio({**common, "do_verify": 0}).clean()
    check = {**common, "rw": "randread"}
    fio(check).clean()
    at = MIB + 2 * 4 * KIB
    block = device.read(at, 4 * KIB)
    damaged = bytearray(block)
    damaged[2000] ^= 0x10
    device.write(at, damaged)
    run = fio(check)
    assert run.status != 0
    assert f"offset {at}" in run.err and "verify" in run.err
    assert run.job["error"] == 84, run
    device.write(at, block)
    fio(check).clean()


@pytest.mark.parametrize("checksum", sorted(set(values_of("verify")) -
                                            {"0", "pattern", "pattern_hdr"}))
def test_every_checksum(fio, device, checksum):
    job = fio(filename=device.ng, rw="randwrite", bsrange="4k-16k",
              size="256k", iodepth=8, verify=checksum).clean().job
    assert job["write"]["io_bytes"] == job["read"]["io_bytes"] == 256 * KIB


def test_checksums_were_asked_of_fio():
    assert {"md5", "crc32c", "sha3-256", "xxhash", "null"} <= \
        set(values_of("verify"))


def test_pattern(fio, device):
    common = {"filename": device.ng, "bs": "4k", "size": "256k",
              "iodepth": 8, "verify": "pattern",
              "verify_pattern": "0xdeadbeef%o"}
    fio({**common, "rw": "randwrite"}).clean()
    block = device.read(4 * KIB, 4 * KIB)
    assert block[:12] == bytes.fromhex("deadbeef") + \
        (4 * KIB).to_bytes(8, "little")
    device.write(4 * KIB, bytes(4 * KIB))
    run = fio({**common, "rw": "read"})
    assert run.status != 0 and "verify" in run.err


def test_header_interval(fio, device):
    job = fio(filename=device.ng, rw="write", bs="64k", size="512k",
              iodepth=4, verify="crc32c", verify_interval=4096,
              verify_offset=64).clean().job
    assert job["read"]["io_bytes"] == 512 * KIB


def test_asynchronous_verification(fio, device):
    job = fio(filename=device.ng, rw="randwrite", bs="4k", size="1m",
              iodepth=16, verify="crc32c", verify_async=2).clean().job
    assert job["read"]["total_ios"] == 256


def test_backlog(fio, device):
    job = fio(filename=device.ng, rw="randwrite", bs="4k", size="1m",
              iodepth=8, verify="crc32c", verify_backlog=32,
              verify_backlog_batch=16).clean().job
    assert job["read"]["total_ios"] >= 256 - 32


def test_experimental_verify(fio, device):
    job = fio(filename=device.ng, rw="randwrite", bs="4k", size="1m",
              iodepth=8, verify="md5", experimental_verify=1).clean().job
    assert job["read"]["total_ios"] == 256


def test_verify_only(fio, device):
    """A later fio finds what an earlier one wrote, and writes nothing."""
    common = {"filename": device.ng, "rw": "randwrite", "bs": "4k",
              "size": "1m", "verify": "crc32c", "iodepth": 8}
    fio({**common, "do_verify": 0}).clean()
    before = device.host_writes()
    job = fio({**common, "verify_only": True}).clean().job
    assert job["read"]["total_ios"] == 256
    assert device.host_writes() == before
    device.write(64 * KIB, bytes(4 * KIB))
    run = fio({**common, "verify_only": True})
    assert run.status != 0 and "verify" in run.err


def test_verify_after_restart_at_a_state_file(fio, device):
    common = {"filename": device.ng, "rw": "randwrite", "bs": "4k",
              "size": "1m", "verify": "crc32c", "iodepth": 8}
    fio({**common, "number_ios": 64, "do_verify": 0,
         "verify_state_save": 1}).clean()
    job = fio({**common, "rw": "randread",
               "verify_state_load": 1}).clean().job
    assert job["read"]["total_ios"] == 64


@pytest.mark.parametrize("rw", ["trimwrite", "randtrimwrite"])
def test_trim_then_write(fio, data0, rw):
    data0.fill(0, 2 * MIB)
    # one at a time: nothing orders a trim and a write that are both in flight
    run = fio(filename=data0.ng, rw=rw, bs="16k", size="1m", iodepth=1,
              buffer_pattern="0x77").clean()
    assert run.total("trim") == run.total("write") == 64
    if rw == "trimwrite":
        # each block is trimmed and then written again
        assert set(data0.read(0, MIB)) == {0x77}
    assert 0 not in data0.read(MIB, MIB)


def zero_blocks(namespace):
    """Which blocks of the first MiB read as zeroes."""
    data = namespace.read(0, MIB)
    return [at for at in range(0, MIB, 4 * KIB)
            if data[at:at + 4 * KIB] == bytes(4 * KIB)]


def test_trims_among_verified_writes(fio, data0):
    """fio's trim workload: the same seed does the same as with its own."""
    common = {"filename": data0.ng, "rw": "randtrimwrite", "bs": "4k",
              "size": "1m", "verify": "crc32c", "trim_percentage": 50,
              "trim_backlog": 16, "trim_backlog_batch": 8,
              "trim_verify_zero": 1}
    found = []
    for engine in (ENGINE, "io_uring_cmd"):
        data0.fill(0, MIB)
        run = fio({"ioengine": engine, **common})
        assert run.status == 0 and run.job["error"] == 0, run
        found.append([run.total(direction) for direction in
                      ("read", "write", "trim")] + [zero_blocks(data0)])
    assert min(found[0][:3]) > 100 and found[0][3]
    # the one of fio 3.33 trims nothing: it is no measure then
    if found[1][2]:
        assert found[0] == found[1]


def replayed(log):
    return sorted(re.findall(r"(read|write|trim) (\d+) (\d+)", log))


def test_log_is_written_and_replayed(fio, data0, tmp_path):
    """A replay does to the drive what the logged job did."""
    log = tmp_path / "log"
    fio(filename=data0.ng, rw="randrw", rwmixread=30, bsrange="4k-16k",
        size="1m", iodepth=4, buffer_pattern="0x3c",
        write_iolog=str(log)).clean()
    text = log.read_text()
    entries = replayed(text)
    assert data0.ng in text and len(entries) > 64
    data0.fill(0, MIB)
    untouched = data0.read(0, MIB)
    run = fio(read_iolog=str(log), buffer_pattern="0x3c", iodepth=4,
              replay_no_stall=1).clean()
    assert run.total("read") + run.total("write") == len(entries)
    after = data0.read(0, MIB)
    expected = bytearray(untouched)
    for kind, offset, length in entries:
        offset, length = int(offset), int(length)
        if kind == "write":
            expected[offset:offset + length] = b"\x3c" * length
    assert after == bytes(expected)


def test_log_is_replayed_on_another_drive(fio, device, data0, tmp_path):
    log = tmp_path / "log"
    fio(filename=device.ng, rw="write", bs="16k", size="512k",
        write_iolog=str(log)).clean()
    data0.fill(0, MIB)
    run = fio(read_iolog=str(log), replay_redirect=data0.ng, iodepth=8,
              buffer_pattern="0x11", replay_no_stall=1).clean()
    # fio counts the bytes of what was in flight at the end only sometimes
    assert run.total("write") == 32, run
    assert data0.read(0, 512 * KIB) == b"\x11" * (512 * KIB)
    assert 0 not in data0.read(512 * KIB, 512 * KIB)

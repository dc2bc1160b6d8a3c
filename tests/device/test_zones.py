# SPDX-License-Identifier: GPL-2.0
"""zonemode=zbd on a zoned namespace, checked by nvme-cli."""

import pytest

from fio import command_help, version
from namespace import KIB, MIB, traced
from zones import (CAPACITY, EMPTY, FULL, IMPLICIT, OPEN, ZONE, Zone, written,
                   zones_of)


def job(device, **options):
    return {"filename": device.ng, "zonemode": "zbd", **options}


@pytest.mark.smoke
def test_sequential_writes_fill_zones(fio, zoned):
    run = fio(job(zoned, rw="write", bs="64k", size=3 * ZONE,
                  verify="crc32c")).clean()
    assert run.total("write", "io_bytes") == 3 * CAPACITY
    assert run.total("read", "io_bytes") == 3 * CAPACITY
    zones = zones_of(zoned)
    assert [zone.state for zone in zones[:4]] == [FULL] * 3 + [EMPTY]


def test_writes_begin_at_the_write_pointer(fio, zoned, needs_tracing):
    fio(job(zoned, rw="write", bs="16k", size=ZONE, number_ios=5)).clean()
    assert zones_of(zoned)[0] == Zone(0, 80 * KIB, IMPLICIT)
    with traced(zoned) as trace:
        fio(job(zoned, rw="write", bs="16k", size=ZONE, number_ios=1)).clean()
    assert "slba=160," in trace.commands("write")[0]
    assert zones_of(zoned)[0].wp == 96 * KIB


@pytest.mark.parametrize("options", [
    {"iodepth": 1}, {"iodepth": 8, "cpus_allowed": 0},
    {"iodepth": 16, "fixedbufs": 1, "registerfiles": 1, "cpus_allowed": 0}])
def test_random_writes_are_verified(fio, zoned, options):
    run = fio(job(zoned, rw="randwrite", bs="16k", size=8 * ZONE,
                  io_size="16m", max_open_zones=4, verify="crc32c",
                  **options)).clean()
    assert run.total("write", "io_bytes") == run.total("read", "io_bytes")
    assert run.total("write", "io_bytes") == written(zoned)


def test_open_zones_are_as_many_as_asked_for(fio, zoned):
    fio(job(zoned, rw="randwrite", bs="4k", max_open_zones=3,
            number_ios=60)).clean()
    states = [zone.state for zone in zones_of(zoned)]
    assert states.count(IMPLICIT) == 3 and states.count(EMPTY) == 29


def test_the_drives_limit_is_kept(fio, zoned):
    fio(job(zoned, rw="randwrite", bs="4k", number_ios=400)).clean()
    states = [zone.state for zone in zones_of(zoned)]
    assert states.count(IMPLICIT) == OPEN


def test_more_open_zones_than_the_drive_has_are_refused(fio, zoned):
    run = fio(job(zoned, rw="randwrite", bs="4k", number_ios=4,
                  max_open_zones=OPEN + 1))
    assert run.status != 0
    assert f"(17) is larger than max ({OPEN})" in run.err
    assert written(zoned) == 0


def test_full_zones_are_reset(fio, zoned, needs_tracing):
    with traced(zoned) as trace:
        run = fio(job(zoned, rw="write", bs="64k", size=2 * ZONE,
                      io_size=4 * CAPACITY)).clean()
    assert run.total("write", "io_bytes") == 4 * CAPACITY
    # as many as were full when written again, each by Zone Management Send
    assert sum("79" in line or "mgmt_send" in line
               for line in trace.lines) >= 2
    assert [zone.state for zone in zones_of(zoned)[:3]] == [FULL, FULL, EMPTY]


def test_trim_resets(fio, zoned):
    fio(job(zoned, rw="write", bs="64k", size=4 * ZONE)).clean()
    run = fio(job(zoned, rw="trim", bs=ZONE, offset=ZONE, size=2 * ZONE,
                  iodepth=2)).clean()
    assert run.total("trim") == 2
    assert run.job["trim"]["clat_ns"]["mean"] > 0
    assert [zone.state for zone in zones_of(zoned)[:4]] == \
        [FULL, EMPTY, EMPTY, FULL]


def test_reads_stay_below_the_write_pointer(fio, zoned):
    fio(job(zoned, rw="write", bs="16k", size=ZONE, number_ios=10)).clean()
    run = fio(job(zoned, rw="randread", bs="4k", iodepth=8,
                  number_ios=200)).clean()
    assert run.total("read") == 200


def test_a_remainder_that_no_block_fits_in_is_finished(fio, zoned):
    """A capacity of 38.4 blocks."""
    run = fio(job(zoned, rw="write", bs="80k", size=3 * ZONE)).clean()
    states = [zone.state for zone in zones_of(zoned)[:3]]
    if version() < (3, 34):
        # fio takes such a zone for full, and does not finish it
        assert FULL not in states
        return
    assert run.total("write") == 3 * 38
    assert states[:2] == [FULL] * 2


def test_jobs_share_the_zones(fio, zoned):
    run = fio(job(zoned, rw="randwrite", bs="16k", numjobs=3, size="100%",
                  io_size="4m", max_open_zones=6,
                  group_reporting=True)).clean()
    assert run.total("write", "io_bytes") == 12 * MIB


def test_reads_and_writes(fio, zoned):
    run = fio(job(zoned, rw="randrw", bs="8k", max_open_zones=4,
                  number_ios=1000)).clean()
    assert run.total("read") and run.total("write")


def test_no_zones(fio, data0):
    fio(job(data0, rw="write", bs="4k", number_ios=1)).refused(
        data0.ng, "zonemode=zbd", "has no zones", "zonesize=")


def test_zones_made_up(fio, data0):
    run = fio(job(data0, rw="randwrite", bs="4k", zonesize="1m", size="4m",
                  verify="crc32c", iodepth=8)).clean()
    assert run.total("read", "io_bytes") == 4 * MIB


def test_several_commands_are_refused(fio, zoned):
    fio(job(zoned, rw="write", bs="1m", size=ZONE)).refused(
        zoned.ng, "several commands", zoned.limit)
    fio(job(zoned, rw="write", bs="64k", size=ZONE)).clean()
    # reads may come in any order
    fio(job(zoned, rw="read", bs="1m", size=ZONE)).clean()


def test_workers_are_refused(fio, zoned):
    fio(job(zoned, rw="write", bs="4k", size=ZONE, force_async=1)).refused(
        zoned.ng, "force_async=1", "out of order")


def test_several_ranges_are_refused(fio, zoned):
    if not command_help("num_range"):
        pytest.skip("this fio has no num_range")
    fio(job(zoned, rw="trim", bs=ZONE, num_range=2)).refused(
        "num_range above 1 with zonemode=zbd")


def test_a_failed_write_is_told(fio, zoned):
    """Without zonemode, and past the write pointer."""
    run = fio(filename=zoned.ng, rw="write", bs="4k", offset="1m",
              number_ios=1)
    assert run.status != 0
    assert "Zone Invalid Write" in run.err or version() < (3, 38)
    assert written(zoned) == 0


def test_write_errors_are_recovered(fio, zoned, tmp_path):
    """Another writes first; fio moves the write pointer on, past its own."""
    if not command_help("recover_zbd_write_error"):
        pytest.skip("this fio does not recover")
    (tmp_path / "data").write_bytes(bytes(4 * KIB))
    run = fio(job(zoned, rw="write", bs="64k", size=ZONE,
                  recover_zbd_write_error=1, continue_on_error="write",
                  exec_prerun=f"nvme io-passthru {zoned.ng} --opcode=1 "
                  f"--namespace-id={zoned.nsid} --cdw12={4 * KIB // 512 - 1} "
                  f"--data-len={4 * KIB} --write --input-file=data"))
    assert run.job["total_err"] == 1, run
    assert "Failed to recover" not in run.out + run.err
    assert zones_of(zoned)[0].state == FULL

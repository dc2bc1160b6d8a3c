# SPDX-License-Identifier: GPL-2.0
"""write_mode=zone_append: where appends go, and who is told of it."""

import json

import pytest

from fio import version
from namespace import KIB, MIB, traced
from test_report import records
from zones import (ACTIVE, CAPACITY, EMPTY, FULL, IMPLICIT, NUMBER, ZONE, Zone,
                   written, zones_of)

ZONE_APPEND = 0x7d
ZASL = 64 * KIB


def job(device, **options):
    return {"filename": device.ng, "zonemode": "zbd", "bs": "16k",
            "write_mode": "zone_append", **options}


def counts(path):
    """What a report says of each command, of all jobs."""
    found = {}
    for line in path.read_text().splitlines():
        for kind in json.loads(line)["commands"]:
            found[kind["name"]] = found.get(kind["name"], 0) + \
                kind["commands"]
    return found


def landed(device, path):
    """Extents of all appends as (start, end, job) in bytes, in order."""
    found = []
    for head, record in records(path):
        _, slba, blocks, _, status, opcode, *_ = record
        assert (opcode, status) == (ZONE_APPEND, 0)
        found.append((slba * device.lba, (slba + blocks) * device.lba,
                      head[8]))
    return sorted(found)


def assert_contiguous(device, extents):
    """What was appended is all that zones hold, once, and without a gap."""
    ends = {zone * ZONE: zone * ZONE for zone in range(NUMBER)}
    for start, end, _ in extents:
        zone = start // ZONE * ZONE
        assert start == ends[zone]
        ends[zone] = end
    for zone in zones_of(device):
        end = zone.start + CAPACITY if zone.state == FULL else zone.wp
        assert ends[zone.start] == end


# -- where they go

@pytest.mark.smoke
def test_four_jobs_fill_the_namespace_and_verify_it(fio, zoned, tmp_path):
    report = tmp_path / "report.json"
    run = fio(job(zoned, rw="write", bs="64k", numjobs=4, size=8 * ZONE,
                  offset_increment=8 * ZONE, verify="crc32c",
                  report=report)).clean()
    assert len(run.jobs) * 8 == NUMBER == ACTIVE
    for ran in run.jobs:
        assert ran["write"]["io_bytes"] == 8 * CAPACITY
        assert ran["read"]["io_bytes"] == 8 * CAPACITY
    number = NUMBER * CAPACITY // (64 * KIB)
    assert counts(report) == {"Zone Append": number, "Read": number}
    assert {zone.state for zone in zones_of(zoned)} == {FULL}


@pytest.mark.once
def test_four_jobs_share_each_zone(fio, zoned, tmp_path):
    """fio does not know where theirs went; the trace does."""
    trace = tmp_path / "trace"
    jobs = [job(zoned, rw="write", offset=zone * ZONE, size=ZONE, iodepth=8,
                number_ios=CAPACITY // (16 * KIB) // 4, trace=trace,
                buffer_pattern=f"{0x11 + 4 * zone + nth:#x}")
            for zone in range(3) for nth in range(4)]
    fio(*jobs).clean()
    assert [zone.state for zone in zones_of(zoned)[:4]] == \
        [FULL] * 3 + [EMPTY]
    extents = landed(zoned, trace)
    assert_contiguous(zoned, extents)
    assert {number for _, _, number in extents} == set(range(1, 13))
    data = zoned.read(0, 3 * ZONE)
    for start, end, number in extents:
        assert data[start:end] == bytes([0x10 + number]) * (end - start)


@pytest.mark.parametrize("options", [
    {"iodepth": 16},
    pytest.param({"iodepth": 1}, marks=pytest.mark.once),
    pytest.param({"iodepth": 16, "nonvectored": 0}, marks=pytest.mark.once),
    pytest.param({"iodepth": 16, "fixedbufs": 1, "registerfiles": 1},
                 marks=pytest.mark.once),
    pytest.param({"iodepth": 8, "force_async": 1}, marks=pytest.mark.once),
    {"iodepth": 8, "hipri": 1}],
    ids=lambda options: "+".join(options))
def test_random_appends(fio, zoned, tmp_path, options):
    """In whatever order: nothing is lost, nothing lands twice."""
    if "hipri" in options and not zoned.polls:
        pytest.skip("cannot be polled here")
    trace = tmp_path / "trace"
    run = fio(job(zoned, rw="randwrite", size=16 * ZONE, io_size="2m",
                  max_open_zones=4, trace=trace, **options)).clean()
    assert run.total("write", "io_bytes") == written(zoned)
    assert_contiguous(zoned, landed(zoned, trace))


def test_order_is_not_spoken_of(fio, zoned):
    remark = "in order"
    run = fio(job(zoned, rw="write", size=ZONE, iodepth=2), form=None).good()
    assert remark not in run.out
    run = fio(job(zoned, rw="write", size=ZONE, iodepth=2, write_mode=None),
              form=None).good()
    assert remark in run.out


def test_full_zones_are_reset(fio, zoned):
    run = fio(job(zoned, rw="write", bs="64k", size=2 * ZONE, iodepth=4,
                  io_size=4 * CAPACITY)).clean()
    assert run.total("write", "io_bytes") == 4 * CAPACITY
    assert [zone.state for zone in zones_of(zoned)[:3]] == [FULL, FULL, EMPTY]


def test_the_kernel_is_asked_for_appends(fio, zoned, needs_tracing):
    with traced(zoned) as trace:
        fio(job(zoned, rw="write", size=ZONE, number_ios=7)).clean()
    assert trace.count("zone_append") == 7
    assert trace.count("write") == 0


# -- what fio believes

@pytest.mark.parametrize("options", [
    {"iodepth": 1}, {"iodepth": 8, "cpus_allowed": 0}],
    ids=["1", "8"])
def test_random_appends_are_verified(fio, zoned, options):
    run = fio(job(zoned, rw="randwrite", size=8 * ZONE, io_size="8m",
                  max_open_zones=4, verify="crc32c", **options)).clean()
    assert run.total("read", "io_bytes") == written(zoned)


def test_a_mix_with_writes(fio, zoned, tmp_path):
    report = tmp_path / "report.json"
    fio(job(zoned, rw="write", size=ZONE, verify="crc32c", report=report,
            write_mode="zone_append/50:write/50")).clean()
    found = counts(report)
    assert found["Zone Append"] + found["Write"] == CAPACITY // (16 * KIB)
    assert found["Zone Append"] > 20 and found["Write"] > 20
    assert zones_of(zoned)[0].state == FULL


def another(device):
    """A command that writes to the first zone, once fio has its report."""
    blocks = 4 * KIB // device.lba
    return (f"nvme io-passthru {device.ng} --opcode=1 "
            f"--namespace-id={device.nsid} --cdw12={blocks - 1} "
            f"--data-len={4 * KIB} --write --input-file=data")


def test_an_append_goes_behind_what_another_wrote(fio, zoned, tmp_path):
    (tmp_path / "data").write_bytes(bytes(4 * KIB))
    trace = tmp_path / "trace"
    run = fio(job(zoned, rw="write", size=ZONE, number_ios=1, trace=trace,
                  exec_prerun=another(zoned)))
    assert run.job["error"] == 0, run
    assert landed(zoned, trace) == [(4 * KIB, 20 * KIB, 1)]
    assert zones_of(zoned)[0] == Zone(0, 20 * KIB, IMPLICIT)


def test_where_verification_would_not_look_is_an_error(fio, zoned, tmp_path):
    (tmp_path / "data").write_bytes(bytes(4 * KIB))
    run = fio(job(zoned, rw="write", size=ZONE, number_ios=1, verify="crc32c",
                  do_verify=0, exec_prerun=another(zoned)))
    assert run.status != 0
    assert run.job["error"] == 84, run
    assert "it went to slba 8, and verify= would look for it at slba 0" \
        in run.err or version() < (3, 38)


# -- what is refused

def test_without_zonemode(fio, zoned):
    fio(job(zoned, rw="write", zonemode=None)).refused(
        zoned.ng, "write_mode=zone_append", "use zonemode=zbd")
    assert written(zoned) == 0


@pytest.mark.parametrize("options", [
    {"zonemode": None}, {}, {"zonesize": "1m", "size": "4m"}],
    ids=["none", "zbd", "made up"])
def test_without_zones(fio, data0, options):
    fio(job(data0, rw="write", **options)).refused(
        data0.ng, "write_mode=zone_append", "the namespace has no zones")


def test_more_than_an_append_carries(fio, zoned):
    assert ZASL < zoned.limit
    fio(job(zoned, rw="write", bs="128k")).refused(
        zoned.ng, "bs=131072", f"{ZASL} bytes (ZASL)")
    fio(job(zoned, rw="write", bs=MIB)).refused(zoned.ng, "(ZASL)")
    fio(job(zoned, rw="write", bs=ZASL, number_ios=1, size=ZONE)).clean()
    assert zones_of(zoned)[0].wp == ZASL


def test_several_commands(fio, zoned):
    fio(job(zoned, rw="write", bs="32k", cmd_bs="16k")).refused(
        zoned.ng, "one command an io_unit")


def test_placement(fio, zoned):
    run = fio(job(zoned, rw="write", placement="streams"))
    run.refused(zoned.ng)
    assert written(zoned) == 0

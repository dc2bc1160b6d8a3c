# SPDX-License-Identifier: GPL-2.0
"""fio's figures, in each of its formats, and what goes to which stream."""

import json

import pytest

from fio import ENGINE, PLUGIN
from namespace import KIB

JOB = {"rw": "randrw", "bs": "4k", "size": "1m", "number_ios": 64,
       "iodepth": 8}


@pytest.mark.smoke
@pytest.mark.parametrize("thread", [0, 1])
@pytest.mark.parametrize("form", ["json", "json+", "normal", "terse",
                                  "normal,json"])
def test_formats(fio, device, form, thread):
    run = fio({"filename": device.ng, **JOB, "numjobs": 2,
               "thread": thread}, form=form).good()
    if form in ("json", "json+"):
        assert run.out.startswith("{"), run.out[:200]
        document = json.loads(run.out)
        assert [job["error"] for job in document["jobs"]] == [0, 0]
    elif form == "terse":
        lines = run.out.splitlines()
        assert len(lines) == 2 and all(line[0] == "3" for line in lines)
    else:
        assert run.out.count("err= 0") == 2
        assert "ioengine=nvme_passthru" in run.out or form != "normal"


def mean(job, way, kind):
    return job[way][f"{kind}_ns"]["mean"]


@pytest.mark.parametrize("extra", [
    {}, {"hipri": 1}, {"sqthread_poll": 1}, {"iodepth_batch": 8},
    {"thread": 1, "fixedbufs": 1}], ids=lambda extra: "+".join(extra)
    or "plain")
def test_latencies_add_up(fio, device, extra):
    """slat + clat is lat, for each I/O counted once."""
    if extra.get("hipri") and not device.polls:
        pytest.skip("cannot be polled here")
    job = fio({"filename": device.ng, **JOB, **extra}).clean().job
    for way in ("read", "write"):
        count = job[way]["total_ios"]
        assert count > 10
        for kind in ("slat", "clat", "lat"):
            assert job[way][f"{kind}_ns"]["N"] == count
            assert mean(job, way, kind) > 0
        assert mean(job, way, "slat") + mean(job, way, "clat") == \
            pytest.approx(mean(job, way, "lat"), rel=1e-3)
        assert job[way]["lat_ns"]["min"] >= job[way]["clat_ns"]["min"]


def test_latencies_that_are_not_wanted(fio, device):
    job = fio({"filename": device.ng, **JOB, "disable_slat": 1}).clean().job
    assert job["read"]["slat_ns"]["N"] == 0
    assert job["read"]["clat_ns"]["N"] == job["read"]["total_ios"]
    job = fio({"filename": device.ng, **JOB, "gtod_reduce": 1}).clean().job
    assert job["read"]["clat_ns"]["N"] == job["read"]["lat_ns"]["N"] == 0
    assert job["read"]["total_ios"] + job["write"]["total_ios"] == 64


def test_submission_counts_as_submission(fio, device):
    """A whole batch waits in slat, not in clat, until it is handed over."""
    job = fio({"filename": device.ng, "rw": "randread", "bs": "4k",
               "size": "1m", "number_ios": 64, "iodepth": 8,
               "iodepth_batch": 8, "iodepth_batch_complete_min": 8}
              ).clean().job
    assert job["iodepth_submit"]["8"] == 100.0
    assert job["iodepth_complete"]["8"] == 100.0
    assert job["read"]["slat_ns"]["max"] > job["read"]["slat_ns"]["min"]


def test_depths_are_as_with_fios_own(fio, device):
    """How full the queue was, and how much went in and out at once."""
    options = {"filename": device.ng, "rw": "randread", "bs": "4k",
               "size": "1m", "number_ios": 256, "iodepth": 16,
               "iodepth_batch": 4, "iodepth_batch_complete_min": 4,
               "iodepth_batch_complete_max": 4}
    this = fio(options).clean().job
    own = fio({"ioengine": "io_uring_cmd", **options}).job
    assert this["iodepth_submit"] == own["iodepth_submit"]
    assert this["iodepth_complete"] == own["iodepth_complete"]


def keys_of(value, path=""):
    if isinstance(value, dict):
        return {key for name, part in value.items()
                for key in keys_of(part, f"{path}/{name}")
                if "/percentile" not in key}
    if isinstance(value, list):
        return {key for part in value for key in keys_of(part, path + "[]")}
    return {path}


def test_structure_is_that_of_fios_own(fio, device):
    options = {"filename": device.ng, **JOB, "verify": "crc32c"}
    this = fio(options).clean()
    own = fio({"ioengine": "io_uring_cmd", **options})
    assert keys_of(this.json) == keys_of(own.json)


def test_output_into_a_file(fio, device, tmp_path):
    target = tmp_path / "out.json"
    run = fio(arguments=[f"--output={target}"], filename=device.ng,
              numjobs=2, **JOB).good()
    assert run.out == ""
    document = json.loads(target.read_text())
    assert len(document["jobs"]) == 2


def test_logs(fio, device, tmp_path):
    """Latency, bandwidth and IOPS logs hold a line for each I/O."""
    fio(filename=device.ng, write_lat_log="run", write_bw_log="run",
        write_iops_log="run", **JOB).clean()
    for kind in ("lat", "clat", "slat", "bw", "iops"):
        lines = (tmp_path / f"run_{kind}.1.log").read_text().splitlines()
        assert len(lines) == 64, kind


def test_engine_name_in_the_json(fio, device):
    run = fio(filename=device.ng, **JOB).clean()
    assert run.job["job options"]["ioengine"] == ENGINE
    assert PLUGIN in ENGINE
    total = run.job["read"]["io_bytes"] + run.job["write"]["io_bytes"]
    assert total == 64 * 4 * KIB

# SPDX-License-Identifier: GPL-2.0
"""Files, namespaces, jobs, depths and batches."""

import itertools
import os
import subprocess

import pytest

import fio as fio_module
from namespace import MIB, traced


@pytest.mark.smoke
@pytest.mark.parametrize("thread", [0, 1])
def test_jobs(fio, device, thread):
    """Four jobs, each with an eighth of the space, verify what they wrote."""
    run = fio(filename=device.ng, rw="randwrite", bs="4k", size="1m",
              offset_increment="1m", numjobs=4, iodepth=16, verify="crc32c",
              thread=thread).clean()
    assert len(run.jobs) == 4
    assert run.total("write", "io_bytes") == 4 * MIB
    assert run.total("read", "io_bytes") == 4 * MIB


def test_different_jobs_at_once(fio, device):
    common = {"filename": device.ng, "bs": "4k", "size": "1m"}
    run = fio({**common, "rw": "randread", "iodepth": 32},
              {**common, "rw": "randwrite", "offset": "2m", "iodepth": 2,
               "fixedbufs": 1},
              {**common, "rw": "trim", "offset": "4m", "nonvectored": 0}
              ).clean()
    assert [job["read"]["total_ios"] for job in run.jobs] == [256, 0, 0]
    assert [job["write"]["total_ios"] for job in run.jobs] == [0, 256, 0]
    assert [job["trim"]["total_ios"] for job in run.jobs] == [0, 0, 256]


def test_job_after_job(fio, device):
    run = fio({"filename": device.ng, "rw": "write", "bs": "16k",
               "size": "1m", "verify": "md5", "do_verify": 0},
              {"filename": device.ng, "rw": "read", "bs": "16k",
               "size": "1m", "verify": "md5", "stonewall": True}).clean()
    assert run.jobs[1]["read"]["io_bytes"] == MIB


def test_several_files(fio, device, data0):
    """One job over two drives: each gets its share."""
    device.fill(0, 2 * MIB)
    data0.fill(0, 2 * MIB)
    run = fio(filename=f"{device.ng}:{data0.ng}", rw="write", bs="16k",
              size="2m", buffer_pattern="0x5a", iodepth=8).clean()
    assert run.total("write", "io_bytes") == 2 * MIB
    assert device.read(0, MIB) == b"\x5a" * MIB
    assert data0.read(0, MIB) == b"\x5a" * MIB
    assert b"\x5a" * 64 not in device.read(MIB, MIB)


@pytest.mark.parametrize("registered", [0, 1])
def test_several_namespaces_of_different_blocks(fio, data0, data0_4k,
                                                needs_tracing, registered):
    """512 and 4096 bytes a block in one job, each addressed in its own."""
    for namespace in (data0, data0_4k):
        namespace.fill(0, 2 * MIB)
    with traced(data0) as small, traced(data0_4k) as large:
        fio(filename=f"{data0.ng}:{data0_4k.ng}", rw="randwrite", bs="4k",
            size="2m", verify="crc32c", iodepth=16,
            registerfiles=registered).clean()
    assert data0.lba == 512 and data0_4k.lba == 4096
    assert large.count("write") == 256
    assert all("len=0," in line for line in large.commands("write"))
    # the inner trace cleared what the outer one collected before it ended
    assert all("len=7," in line for line in small.commands("write"))


def test_file_service_and_reopening(fio, device, data0):
    """fio closes and opens files while a job runs; the job goes on."""
    run = fio(filename=f"{device.ng}:{data0.ng}", rw="randread", bs="4k",
              size="512k", openfiles=1, file_service_type="sequential",
              loops=2, iodepth=4).clean()
    assert run.total("read", "io_bytes") == MIB


@pytest.mark.parametrize("depth", [1, 2, 3, 31, 1000])
def test_depths(fio, device, depth):
    job = fio(filename=device.ng, rw="randread", bs="512" if
              device.lba == 512 else "4k", size="16m", iodepth=depth,
              number_ios=max(100, 2 * depth)).clean().job
    assert job["read"]["total_ios"] == max(100, 2 * depth)


def test_deepest_queue(fio, device):
    job = fio(filename=device.ng, rw="randread", bs=device.lba, size="64m",
              iodepth=16384, number_ios=20000).clean().job
    assert job["read"]["total_ios"] == 20000
    assert job["iodepth_level"][">=64"] > 90


BATCHES = [
    {},
    {"iodepth_batch": 8},
    {"iodepth_batch": 16, "iodepth_batch_complete_min": 16},
    {"iodepth_batch": 16, "iodepth_batch_complete_min": 1,
     "iodepth_batch_complete_max": 16},
    {"iodepth_batch_complete_min": 0},
    {"iodepth_batch": 4, "iodepth_batch_complete_min": 0,
     "iodepth_batch_complete_max": 4},
    {"iodepth_batch": 16, "iodepth_batch_complete_min": 4,
     "iodepth_batch_complete_max": 8, "iodepth_low": 8},
    {"iodepth_low": 1, "iodepth_batch": 3},
]


@pytest.mark.parametrize("extra", [{}, {"hipri": 1}, {"sqthread_poll": 1},
                                   {"disable_slat": 1}],
                         ids=lambda extra: "".join(extra) or "plain")
def test_batches(fio, device, extra):
    """Every combination of batch sizes writes and finds what it wrote."""
    if "hipri" in extra and not device.polls:
        pytest.skip("cannot be polled here")
    common = {"filename": device.ng, "rw": "randwrite", "bs": "4k",
              "size": "256k", "iodepth": 16, "verify": "crc32c"}
    jobs = [{**common, **batch, **extra, "offset": f"{index}m",
             "stonewall": True} for index, batch in enumerate(BATCHES)]
    run = fio(*jobs).clean()
    assert [job["write"]["total_ios"] for job in run.jobs] == \
        [64] * len(BATCHES)
    assert [job["read"]["total_ios"] for job in run.jobs] == \
        [64] * len(BATCHES)


def test_every_batch_size_with_every_depth(fio, device):
    jobs = []
    for depth, submit, low, high in itertools.product(
            (1, 4), (1, 4), (0, 1, 4), (1, 4)):
        if high < low:
            continue
        jobs.append({"filename": device.ng, "rw": "randrw", "bs": "4k",
                     "size": "1m", "number_ios": 40, "iodepth": depth,
                     "iodepth_batch_submit": submit,
                     "iodepth_batch_complete_min": low,
                     "iodepth_batch_complete_max": high,
                     "stonewall": True})
    run = fio(*jobs).clean()
    for job in run.jobs:
        assert job["read"]["total_ios"] + job["write"]["total_ios"] == 40


@pytest.mark.smoke
def test_client_and_server(fio, device, tmp_path):
    """The job runs at a server, and the client gets its figures."""
    socket = f"{tmp_path}/fio.socket"
    job = tmp_path / "remote.fio"
    job.write_text("[a]\n" f"ioengine={fio_module.ENGINE}\n"
                   f"filename={device.ng}\nrw=randrw\nbs=4k\nsize=1m\n"
                   "iodepth=8\n")
    with subprocess.Popen(["stdbuf", "--output=L", "fio",
                           f"--server=sock:{socket}"], cwd=tmp_path,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as server:
        try:
            # it says so when it listens
            line = server.stdout.readline()
            assert b"listening" in line, line
            assert os.path.exists(socket)
            run = fio_module.raw("--output-format=json",
                                 f"--client=sock:{socket}", str(job),
                                 cwd=tmp_path)
        finally:
            server.terminate()
            server.communicate(timeout=fio_module.PATIENCE)
    assert run.status == 0, run
    assert "error" not in run.err, run
    stats = run.json["client_stats"][0]
    assert stats["error"] == 0
    assert stats["read"]["io_bytes"] + stats["write"]["io_bytes"] == MIB

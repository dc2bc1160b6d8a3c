# SPDX-License-Identifier: GPL-2.0
"""Each option has its own meaning, or is refused by its name."""

import re
import shutil

import pytest

import fio as fio_module
from fio import ENGINE, PLUGIN, engine_options, kernel
from namespace import MIB, TRACING, counted, traced, unwritten

READ = {"rw": "randread", "bs": "4k", "size": "1m", "number_ios": 16,
        "iodepth": 4}

# At what each refused option has no effect, and something that is not that.
REFUSED = {
    "nowait": (["0"], "1"),
    "uncached": (["0"], "1"),
    "cmdprio_percentage": (["0"], "10"),
    "cmdprio_class": (["0"], "1"),
    "cmdprio": (["0"], "3"),
    "cmdprio_bssplit": ([], "4k/10"),
    "cmdprio_hint": (["0"], "1"),
    "cdb_len": (["0"], "16"),
    "verify_bytchk": (["0"], "3"),
    "read_mode": (["read"], "verify"),
}


def refused_options():
    text = fio_module.raw(f"--enghelp={PLUGIN}").out
    return [line.split()[0] for line in text.splitlines()
            if "Refused unless" in line]


@pytest.fixture(name="calls")
def fixture_calls(fio):
    """Runs a job and returns the calls to io_uring that it made."""
    if not shutil.which("strace"):
        pytest.skip("needs strace")

    def run(**options):
        log = f"{fio.folder}/strace"
        before = ["strace", "--seccomp-bpf", "-f", "-s", "0", "-o", log, "-e",
                  "trace=io_uring_setup,io_uring_register"]
        fio(before=before, **options).clean()
        with open(log, encoding="ascii") as file:
            return file.read()
    return run


def flags_of(calls):
    """How the last ring was set up: those before it are probes."""
    found = re.findall(r"io_uring_setup\(.*?flags=([A-Z0-9_|]+)", calls)
    return {flag.removeprefix("IORING_SETUP_")
            for flag in found[-1].split("|")}


def test_plain_ring(calls, device):
    text = calls(filename=device.ng, **READ)
    flags = flags_of(text)
    assert {"SQE128", "CQE32"} <= flags
    assert not {"IOPOLL", "SQPOLL"} & flags
    assert "REGISTER_BUFFERS" not in text


def test_hipri_polls(fio, calls, polled, needs_tracing):
    assert "IOPOLL" in flags_of(calls(filename=polled.ng, hipri=1, **READ))
    queues = []
    for hipri in (0, 1):
        with traced(polled) as trace:
            fio(filename=polled.ng, hipri=hipri, numjobs=2,
                group_reporting=1, **READ).clean()
        queues.append({re.search(r"qid=(\d+)", line)[1]
                       for line in trace.commands("read")})
    assert queues[0] and queues[1] and not queues[0] & queues[1]


def test_hybrid_poll_sleeps_first(fio, calls, polled):
    """A thread that only polls hardly ever gives its processor away."""
    options = {"filename": polled.ng, "hipri": 1, **READ, "iodepth": 1,
               "number_ios": 256}
    if kernel() < (6, 13):
        pytest.skip("no hybrid polling before Linux 6.13")
    switches = fio(**options, hybrid_poll=1).clean().job["ctx"]
    assert switches > 64
    assert switches > 2 * fio(**options).clean().job["ctx"]
    # an strace that does not know the flag prints its number
    setups = re.findall("io_uring_setup.*", calls(hybrid_poll=1, **options))
    assert re.search("HYBRID_IOPOLL|0x20000", setups[-1]), setups


def test_hybrid_poll_keeps_data(fio, polled):
    if kernel() < (6, 13):
        pytest.skip("no hybrid polling before Linux 6.13")
    for extra in ({}, {"sqthread_poll": 1}, {"fixedbufs": 1, "thread": 1}):
        job = fio(filename=polled.ng, hipri=1, hybrid_poll=1, rw="randwrite",
                  bs="4k", size="1m", iodepth=16, iodepth_batch=8,
                  verify="crc32c", **extra).clean().job
        assert job["read"]["total_ios"] == 256


def test_hybrid_poll_without_hipri(fio, device):
    fio(filename=device.ng, hybrid_poll=1, **READ).refused(
        "hybrid_poll=1 without hipri", "hipri=1")


def test_hybrid_poll_on_a_kernel_without_it(fio, device):
    if kernel() >= (6, 13):
        pytest.skip("this kernel has hybrid polling")
    fio(filename=device.ng, hipri=1, hybrid_poll=1, **READ).refused(
        "hybrid_poll=1", "Linux 6.13", "hybrid_poll=0")


def test_fixedbufs_registers_the_buffers(calls, device):
    text = calls(filename=device.ng, fixedbufs=1, **READ)
    assert "IORING_REGISTER_BUFFERS" in text


@pytest.mark.parametrize("value", [0, 1])
def test_registerfiles(calls, device, value):
    text = calls(filename=device.ng, registerfiles=value, **READ)
    assert ("IORING_REGISTER_FILES" in text) == bool(value)


def test_files_are_registered_unless_told_otherwise(calls, device):
    assert "IORING_REGISTER_FILES" in calls(filename=device.ng, **READ)


def test_sqthread_poll(calls, device):
    flags = flags_of(calls(filename=device.ng, sqthread_poll=1, **READ))
    assert "SQPOLL" in flags and "SQ_AFF" not in flags


def test_sqthread_poll_cpu(calls, device):
    text = calls(filename=device.ng, sqthread_poll=1, sqthread_poll_cpu=1,
                 **READ)
    assert {"SQPOLL", "SQ_AFF"} <= flags_of(text)
    assert int(re.search(r"SQ_AFF.*?sq_thread_cpu=(\w+)", text)[1], 0) == 1


def test_force_async_gives_every_nth_to_a_worker(fio, device):
    event = "io_uring/io_uring_queue_async_work"
    found = []
    for nth in (0, 4, 1):
        with counted(event) as events:
            fio(filename=device.ng, force_async=nth, **READ).clean()
        found.append(events.number)
    assert found == [0, 4, 16]


@pytest.mark.parametrize("value, vectored",
                         [(None, False), (-1, False), (1, False), (0, True)])
def test_nonvectored(fio, device, value, vectored):
    """The kernel maps the buffer of a vectored command as an array."""
    # the sixth argument says whether it is one
    with counted("fio/map", "blk_rq_map_user_io vec=%r9:u8",
                 "vec=1") as mapped:
        fio(filename=device.ng, nonvectored=value, **READ).clean()
    assert mapped.number == (16 if vectored else 0)


def test_vectored_trims_and_flushes(fio, data0):
    """nonvectored=0 concerns data commands only; the others work as ever."""
    data0.fill(0, MIB)
    fio({"filename": data0.ng, "rw": "randtrimwrite", "bs": "4k",
         "size": "512k", "nonvectored": 0, "fsync": 8, "iodepth": 4}).clean()
    fio(filename=data0.ng, rw="trim", bs="4k", size="512k",
        nonvectored=0).clean()
    assert data0.read(0, MIB // 2) == bytes(MIB // 2)
    assert 0 not in data0.read(MIB // 2, MIB // 2)


def test_every_option_of_fios_own_engine_is_known():
    own = engine_options("io_uring_cmd")
    assert {"hipri", "fixedbufs", "nonvectored", "cmd_type"} <= own
    assert own - engine_options(PLUGIN) == set()


def test_the_list_above_is_whole():
    assert set(refused_options()) == set(REFUSED)


@pytest.mark.parametrize("option", refused_options())
def test_refused_options(fio, data0, option):
    defaults, other = REFUSED[option]
    with unwritten(data0):
        run = fio({"filename": data0.ng, "rw": "write", "bs": "4k",
                   "number_ios": 4, option: other})
        run.refused(f"{option}={other}", "refused")
    assert not run.job["write"]["total_ios"]
    for value in defaults:
        fio({"filename": data0.ng, **READ, option: value}).clean()


def test_cmd_type(fio, data0):
    with unwritten(data0):
        fio(filename=data0.ng, rw="write", bs="4k", number_ios=4,
            cmd_type="bsg").refused("cmd_type=bsg", "cmd_type=nvme")
    fio(filename=data0.ng, cmd_type="nvme", **READ).clean()


def test_min_version(fio, data0):
    fio(filename=data0.ng, min_version="0.0.1", **READ).clean()
    with unwritten(data0):
        fio(filename=data0.ng, rw="write", bs="4k", number_ios=1,
            min_version="99.0").refused("min_version=99.0", "newer plugin")


def test_unknown_option_gets_fios_own_error(fio, device):
    run = fio(filename=device.ng, nosuchoption=1, **READ)
    assert run.status != 0
    assert "unrecognized option" in run.err and "nosuchoption" in run.err
    run = fio.file(f"[a]\nioengine={ENGINE}\nfilename={device.ng}\n"
                   "rw=read\nnosuchoption=1\n")
    assert run.status != 0
    assert "Bad option <nosuchoption=1>" in run.err


JOB_FILE = """
[global]
ioengine={engine}
filename={device}
cmd_type=nvme
hipri={hipri}
fixedbufs=1
registerfiles=1
nonvectored=1
force_async=8
thread=1
bs=4k
iodepth=8
size=1m

[write]
rw=randwrite
verify=crc32c

[read]
stonewall
rw=randread
sqthread_poll={hipri}
number_ios=64
"""


def test_job_file_of_fios_own_engine(fio, device):
    """Only the line with the engine differs; so do no figures."""
    figures = []
    for engine in ("io_uring_cmd", ENGINE):
        run = fio.file(JOB_FILE.format(engine=engine, device=device.ng,
                                       hipri=int(device.polls)))
        assert run.status == 0, run
        figures.append([(job["read"]["total_ios"], job["write"]["total_ios"],
                         job["error"]) for job in run.jobs])
    assert figures[0] == figures[1] == [(256, 256, 0), (64, 0, 0)]
    assert run.err == ""


def test_job_file_with_fua(fio, device, needs_tracing):
    if "writefua" not in engine_options("io_uring_cmd"):
        pytest.skip("this fio's own engine has no writefua")
    text = ("[a]\nioengine={}\nfilename={}\nrw=write\nbs=4k\n"
            "number_ios=4\nreadfua=1\nwritefua=1\n")
    sent = []
    for engine in ("io_uring_cmd", ENGINE):
        with traced(device) as trace:
            run = fio.file(text.format(engine, device.ng))
        assert run.status == 0, run
        # fio 3.41's own engine sets PRACT where nothing is protected
        sent.append([re.sub("ctrl=0x6000", "ctrl=0x4000",
                            line.split("cmd=(")[1])
                     for line in trace.commands("write")])
    assert sent[0] == sent[1] and len(sent[0]) == 4


def test_tracing_is_where_it_was_left():
    """Tests that count events must not leave them on."""
    try:
        with open(f"{TRACING}/set_event", encoding="ascii") as file:
            assert file.read() == ""
    except FileNotFoundError:
        pytest.skip("needs tracefs")

# SPDX-License-Identifier: GPL-2.0
"""The paper's experiments as points: which can be run where, and as what."""

import dataclasses

import pytest

from measure import artifact, published
from measure.artifact import EXPERIMENTS, OF_THE_PAPER, Place
from measure.job import BLOCK, OWN, Seconds
from measure.sysfs import Namespace

GOOD = Place(["/dev/ng0n1", "/dev/ng1n1"], {}, (6, 12), 4)


def planned(names=OF_THE_PAPER, **changes):
    return artifact.plan(names, dataclasses.replace(GOOD, **changes))


def labels(points, experiment):
    return [point.label for point in points if point.experiment == experiment]


def test_all_of_the_paper_where_there_is_everything():
    points, left_out = planned()
    assert not left_out
    assert {point.experiment for point in points} == set(OF_THE_PAPER)
    assert len(points) == sum(len(EXPERIMENTS[name].points)
                              for name in OF_THE_PAPER)


def test_settings_are_the_artifacts():
    settings = {name: [(point.depth, point.batch, point.fixedbufs,
                        point.polled, point.sqpoll) for point in about.points]
                for name, about in EXPERIMENTS.items()}
    four = [(128, 32, False, False, False), (128, 32, True, False, False),
            (128, 32, False, True, False), (128, 32, True, True, False)]
    assert settings["peak"] == settings["two"] == four
    pairs = [(1, 1), (8, 2), (16, 4), (32, 8), (64, 16), (128, 32)]
    assert settings["scaling"] == [(*pair, True, True, False)
                                   for pair in pairs]
    assert settings["interrupt"] == [(*pair, True, False, False)
                                     for pair in pairs]
    assert settings["sqpoll"] == [
        (128, batch, True, True, sqpoll)
        for sqpoll in (False, True) for batch in (2, 4, 8, 16, 32)]
    latency = EXPERIMENTS["latency"].points
    assert {(point.bs, point.fixedbufs, point.depth, point.polled)
            for point in latency} == {
                (size << 10, fixedbufs, 1, False)
                for size in (4, 16, 64) for fixedbufs in (False, True)}
    assert all(point.drives == 2 for point in EXPERIMENTS["two"].points)


@pytest.mark.parametrize("changes, words", [
    ({"unpolled": {"/dev/ng1n1": "do this"}}, "/dev/ng1n1 (do this)"),
    ({"unpolled": {"/dev/ng0n1": "do this", "/dev/ng1n1": "do this"}},
     "/dev/ng0n1 and /dev/ng1n1 (do this)"),
    ({"unpolled": {"/dev/ng0n1": "do this", "/dev/ng1n1": "and that"}},
     "/dev/ng0n1 and /dev/ng1n1 (do this; and that)"),
    ({"kernel": (6, 4)}, "before Linux 6.5"),
])
def test_no_polling_leaves_out_what_is_polled(changes, words):
    points, left_out = planned(**changes)
    assert not any(point.polled for point in points)
    assert labels(points, "peak") == ["plain", "fixed buffers"]
    assert len(labels(points, "latency")) == 6
    assert not labels(points, "scaling") and not labels(points, "sqpoll")
    told, = left_out
    assert told.startswith('polling in "One drive in ') and words in told
    for name in ("peak", "scaling", "two", "sqpoll"):
        assert f'"{EXPERIMENTS[name].title}"' in told


def test_one_drive_leaves_out_two():
    points, left_out = planned(devices=["/dev/ng0n1"])
    assert not labels(points, "two") and len(labels(points, "sqpoll")) == 10
    assert left_out == ['two drives in "Two drives on two processors": no '
                        "second device was named"]


def test_one_processor_leaves_out_what_needs_two():
    points, left_out = planned(cpus=1)
    assert not labels(points, "two")
    assert not any(point.sqpoll for point in points)
    assert len(labels(points, "sqpoll")) == 5
    assert len(left_out) == 2
    assert all("one processor" in text for text in left_out)


def test_instruction_clock_leaves_out_what_needs_two_processors():
    points, left_out = planned(EXPERIMENTS, clock="instructions")
    assert not any(point.sqpoll or point.drives > 1 for point in points)
    assert len(labels(points, "interrupt")) == 6
    assert all("cannot judge two" in text for text in left_out)


def test_old_kernel_leaves_out_fixed_buffers():
    points, left_out = planned(kernel=(5, 19))
    assert not any(point.fixedbufs or point.polled for point in points)
    assert {text.split(" in ")[0] for text in left_out} == {"fixed buffers",
                                                            "polling"}


def test_only_what_is_asked_for_is_told_of():
    points, left_out = planned(["latency"], cpus=1, devices=["/dev/ng0n1"],
                               unpolled={"/dev/ng0n1": "do this"})
    assert len(points) == 6 and not left_out


# -- processors ---------------------------------------------------------------

def threads(cpu):
    """Processors 0 and 4 are one core, 1 and 5, 2 and 6, 3 and 7."""
    return [cpu % 4, cpu % 4 + 4]


@pytest.mark.parametrize("wanted, chosen", [
    ([[0, 1, 4, 5]], [1]),
    ([[0, 1, 4, 5], [0, 1, 4, 5]], [1, 4]),
    ([[0, 1, 4, 5], [2, 3, 6, 7]], [1, 2]),
    # nothing else is near: another core before the same one
    ([[1], [1]], [1, 2]),
    ([[0], [0]], [0, 1]),
    # only the other thread is left near it
    ([[1, 5], [1, 5]], [1, 5]),
])
def test_processors_are_near_and_apart(wanted, chosen):
    assert artifact.choose_cpus(wanted, range(8), threads) == chosen


def test_no_more_processors_than_there_are():
    assert artifact.choose_cpus([[0], [0]], [0], threads) == [0]


# -- jobs ---------------------------------------------------------------------

def arguments(machine, point, path, sq_cpu=None):
    found = artifact.jobs(point, 512, [3, 5], sq_cpu)
    namespace = Namespace("/dev/ng0n1", machine.root)
    return [job.arguments(path, namespace, "p.so", Seconds(1))
            for job in found]


def test_job_of_each_path(plain):
    point = EXPERIMENTS["peak"].points[3]
    block, = arguments(plain, point, BLOCK)
    own, = arguments(plain, point, OWN)
    for words in (block, own):
        assert {"--readonly", "--rw=randread", "--bs=512", "--iodepth=128",
                "--iodepth_batch_submit=32", "--hipri=1", "--fixedbufs=1",
                "--iodepth_batch_complete_min=32", "--registerfiles",
                "--cpus_allowed=3", "--gtod_reduce=1"} <= set(words)
    assert {"--direct=1", "--filename=/dev/nvme0n1"} <= set(block)
    assert {"--ioengine=external:p.so", "--filename=/dev/ng0n1"} <= set(own)


def test_sqpoll_thread_has_a_processor_of_its_own(plain):
    off, on = (EXPERIMENTS["sqpoll"].points[at] for at in (0, 5))
    words, = arguments(plain, on, OWN, 7)
    assert {"--sqthread_poll=1", "--sqthread_poll_cpu=7",
            "--cpus_allowed=3"} <= set(words)
    assert not any("sqthread" in word for word in arguments(
        plain, off, OWN, 7)[0])


def test_two_drives_have_a_job_and_a_processor_each(plain):
    found = arguments(plain, EXPERIMENTS["two"].points[0], BLOCK)
    assert ["--cpus_allowed=3" in words for words in found] == [True, False]
    assert ["--cpus_allowed=5" in words for words in found] == [False, True]


def test_times_are_taken_for_latency_only(plain):
    words, = arguments(plain, EXPERIMENTS["latency"].points[2], OWN)
    assert "--gtod_reduce=1" not in words and "--bs=65536" in words
    assert "--lat_percentiles=1" in words


def test_blocks_are_no_smaller_than_the_drives():
    job, = artifact.jobs(EXPERIMENTS["peak"].points[0], 4096, [0])
    assert job.bs == 4096


# -- what was published -------------------------------------------------------

def test_ratios_of_the_published_rates():
    assert published.list_ratio(8, False) == pytest.approx(589 / 538)
    assert published.list_ratio(64, True) == pytest.approx(1378 / 1351)

# SPDX-License-Identifier: GPL-2.0
"""FDP readings of jobs as one figure for each endurance group, on records that
are made up.
"""

import pytest

from jobrecords import (NOT_FULL, NQN, document, event, file_of, only_group,
                        placement, reading, record, text_of, unread, written)


def test_jobs_that_overlap_are_one_run():
    group = only_group(
        record("a", 0, 10, file_of(reading(0.5, 1000, 5000, 7),
                                   reading(10.5, 3000, 8000, 9)), size=1500),
        record("b", 1, 20, file_of(reading(1, 1200, 5200, 7),
                                   reading(20.5, 5000, 10000, 11)),
               size=1700, number=2))
    assert (group["hbmw"], group["mbmw"], group["mbe"]) == (4000, 5000, 4)
    assert group["write_amplification"] == 1.25
    assert group["jobs_bytes"] == 3200 and group["jobs_share"] == 0.8
    run, = group["runs"]
    assert run["jobs"] == ["a 1", "b 2"] and group["error"] is None


def test_what_was_written_between_runs_is_left_out():
    # 1000 to 3000 and 7000 to 8000: others wrote 4000 between them
    group = only_group(
        record("b", 100, 110, file_of(reading(100, 7000),
                                      reading(110, 8000, 9000)), size=500),
        record("a", 0, 10, file_of(reading(0, 1000, 1000),
                                   reading(10, 3000, 4000)), size=1000))
    assert (group["hbmw"], group["mbmw"]) == (3000, 5000)
    assert [run["jobs"] for run in group["runs"]] == [["a 1"], ["b 1"]]
    assert [run["hbmw"] for run in group["runs"]] == [2000, 1000]
    assert group["jobs_share"] == 0.5 and group["remarks"] == []


def test_jobs_are_one_run_over_a_third():
    group = only_group(
        record("a", 0, 10, file_of(reading(0, 0), reading(10, 100))),
        record("b", 12, 20, file_of(reading(12, 150), reading(20, 200))),
        record("c", 5, 15, file_of(reading(5, 50), reading(15, 170))))
    assert len(group["runs"]) == 1 and group["hbmw"] == 200


def test_a_long_job_holds_short_ones_together():
    group = only_group(
        record("a", 0, 30, file_of(reading(0, 0), reading(30, 900))),
        record("b", 1, 5, file_of(reading(1, 10), reading(5, 100))),
        record("c", 20, 25, file_of(reading(20, 600), reading(25, 700))))
    assert len(group["runs"]) == 1 and group["hbmw"] == 900


def test_a_reading_before_the_job_started_makes_it_overlap():
    # fio readies all jobs before the first of them starts
    group = only_group(
        record("a", 0, 10, file_of(reading(-1, 0), reading(10, 100))),
        record("b", 11, 20, file_of(reading(-1, 0), reading(20, 300))))
    assert len(group["runs"]) == 1 and group["hbmw"] == 300


def test_groups_are_told_apart_by_drive_and_number():
    one, two, three = document(
        record("a", 0, 9, file_of(reading(0, 0), reading(9, 10)),
               file_of(reading(0, 0), reading(9, 200, 300), group=2,
                       path="/dev/ng0n2")),
        record("b", 0, 9, file_of(reading(0, 50), reading(9, 90),
                                  subsystem=None, serial="s2")))["groups"]
    assert [(group["drive"], group["endurance_group"], group["hbmw"])
            for group in (one, two, three)] == [
                (NQN, 1, 10), (NQN, 2, 200), ("s2", 1, 40)]
    assert two["write_amplification"] == 1.5


def test_one_namespace_of_two_jobs_counts_once():
    group = only_group(*(record(
        "writes", 0, 10, file_of(reading(0, 0), reading(10, 4000)),
        size=2000, number=number) for number in (1, 2)))
    assert group["hbmw"] == 4000 and group["jobs"] == 2
    assert group["paths"] == ["/dev/ng0n1"]
    assert group["jobs_bytes"] == 4000 and group["jobs_share"] == 1


def test_one_job_with_two_namespaces_of_a_group_counts_once():
    group = only_group(record(
        "a", 0, 10, file_of(reading(0, 0), reading(10, 4000), event(1)),
        file_of(reading(0, 0), reading(10, 4000), event(1),
                path="/dev/ng0n2", nsid=2), size=3000))
    assert group["hbmw"] == 4000 and group["jobs"] == 1
    assert group["jobs_bytes"] == 3000
    assert [one["count"] for one in group["events"]] == [1]
    assert group["paths"] == ["/dev/ng0n1", "/dev/ng0n2"]


def test_writes_to_two_groups_are_told_apart_by_placement():
    def job(*placed):
        return record("a", 0, 9, *(file_of(
            reading(0, 0), reading(9, 100), group=number + 1, placed=one)
            for number, one in enumerate(placed)), size=70)

    placed = placement(written(0, 20), written(1, 30)), placement(
        written(0, 15))
    found = document(job(*placed))["groups"]
    assert [group["jobs_bytes"] for group in found] == [50, 15]
    for group in document(job(placed[0], None))["groups"][1:]:
        assert group["jobs_bytes"] is None is group["jobs_share"]
        assert "a 1 has files of other groups" in group["remarks"][0]


def test_reads_and_trims_are_not_writes():
    kinds = [{"opcode": opcode, "name": name, "commands": 1, "bytes": size,
              "errors": 0} for opcode, name, size in (
                  (2, "Read", 7), (1, "Write", 30),
                  (9, "Dataset Management", 5))]
    group = only_group(record("a", 0, 9, file_of(
        reading(0, 0), reading(9, 40)), commands=kinds))
    assert group["jobs_bytes"] == 30


def test_events_count_once():
    # 5, 6, another at 6, 8 and 9 in one log, 7 in the other
    first = file_of(reading(0, 0), reading(10, 9), event(5),
                    event(6), event(7, NOT_FULL), event(9))
    second = file_of(reading(1, 0), reading(20, 9), event(9),
                     event(7, NOT_FULL), event(8), event(6, handle=2))
    group = only_group(record("a", 0, 10, first),
                       record("b", 1, 20, second))
    assert {one["name"]: (one["log"], one["count"])
            for one in group["events"]} == {
                "media reallocated": ("controller", 5),
                "reclaim unit not fully written": ("host", 1)}


def test_alike_events_of_one_reading_are_several():
    alike = file_of(reading(0, 0), reading(10, 9), event(5), event(5))
    group = only_group(record("a", 0, 10, alike), record("b", 0, 10, alike))
    assert [one["count"] for one in group["events"]] == [2]


@pytest.mark.parametrize("before, after, word", [
    ((100, 100, 5), (50, 200, 6), "HBMW went back from 100 to 50"),
    ((100, 100, 5), (200, 10, 6), "MBMW went back from 100 to 10"),
    ((100, 100, 5), (200, 200, 0), "MBE went back from 5 to 0")])
def test_counters_that_went_back_are_an_error(before, after, word):
    records = [
        record("a", 0, 10, file_of(reading(0, *before), reading(10, *after))),
        record("b", 0, 10, file_of(reading(0, 0), reading(10, 9), group=2))]
    bad, good = document(*records)["groups"]
    assert word in bad["error"] and bad["hbmw"] is None
    assert bad["write_amplification"] is None and bad["runs"] == []
    assert good["error"] is None and good["hbmw"] == 9
    text = text_of(*records)
    assert f"error: {word}" in text and text.count("host wrote") == 2


def test_counters_that_went_back_from_job_to_job_are_an_error():
    # each job's own look good
    group = only_group(
        record("a", 0, 10, file_of(reading(0, 900), reading(10, 1000))),
        record("b", 5, 20, file_of(reading(5, 10), reading(20, 50))))
    assert "HBMW went back from 900 to 50" in group["error"]


def test_counters_that_began_anew_between_runs_are_told():
    group = only_group(
        record("a", 0, 10, file_of(reading(0, 900), reading(10, 1000))),
        record("b", 15, 20, file_of(reading(15, 10), reading(20, 60))))
    assert group["hbmw"] == 150 and "began anew" in group["remarks"][0]


def test_counters_are_exact_to_the_last_bit():
    most = (1 << 64) - 2
    group = only_group(record("a", 0, 1, file_of(
        reading(0, 1), reading(1, most)), size=most))
    assert group["hbmw"] == most - 1 and group["remarks"] == []
    assert str(most - 1) in text_of(record("a", 0, 1, file_of(
        reading(0, 1), reading(1, most))))
    group = only_group(record("a", 0, 1, file_of(
        reading(0, 1), reading(1, most + 1))))
    assert f"a counter is at {most + 1}" in group["remarks"][0]


def test_nothing_written_has_no_amplification():
    group = only_group(record("a", 0, 9, file_of(reading(0, 5),
                                                 reading(9, 5))))
    assert group["hbmw"] == 0 and group["write_amplification"] is None
    assert group["jobs_share"] is None
    assert "the host wrote nothing" in text_of(
        record("a", 0, 9, file_of(reading(0, 5), reading(9, 5))))


def test_metadata_is_told_of():
    file = file_of(reading(0, 5), reading(9, 50))
    file["lba_format"]["metadata_bytes"] = 8
    assert "includes metadata" in only_group(
        record("a", 0, 9, file))["remarks"][0]


def test_missing_privilege_is_said_with_its_reason():
    alone = record("a", 0, 9, unread(), size=5)
    group = only_group(alone)
    assert "needs CAP_SYS_ADMIN" in group["error"]
    assert "error: not read: /dev/ng0n1: the log needs" in text_of(alone)
    # another job of the run could
    group = only_group(alone, record("b", 1, 8, file_of(
        reading(1, 0), reading(8, 100)), size=45))
    assert group["error"] is None and group["jobs_bytes"] == 50
    assert group["remarks"] == [
        "no reading by a 1: /dev/ng0n1: the log needs CAP_SYS_ADMIN"]
    # another run could
    group = only_group(alone, record("b", 11, 18, file_of(
        reading(11, 0), reading(18, 100)), size=45))
    assert group["jobs_bytes"] == 45
    assert group["remarks"][1].endswith("while they ran: a 1")


def test_no_fdp_is_no_group():
    found = document(record("a", 0, 9, file_of(path="/dev/ng1n1",
                                               group=None), size=5))
    assert found["groups"] == [] and found["without_fdp"] == ["/dev/ng1n1"]
    assert "Without FDP: /dev/ng1n1" in text_of(
        record("a", 0, 9, file_of(path="/dev/ng1n1")))

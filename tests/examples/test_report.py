# SPDX-License-Identifier: GPL-2.0
"""The report on the paper's experiments, from figures made up here."""

import os

import pytest

from measure import figures, paths, report
from measure.artifact import EXPERIMENTS
from measure.job import BLOCK, OWN

REAL = {"model": "Fast Drive", "firmware": "1.2", "lba_format": "0: 512",
        "bytes": 1 << 40, "multipath_head": False, "scheduler": "none",
        "transport": "pcie",
        "iommu": "identity", "numa_node": 1, "poll_queues": "2",
        "kernel": "6.12.1", "fio": "fio-3.39", "plugin": "0.1.0",
        "processor": "Some CPU", "processors": 64,
        "governor": "performance"}
EMULATED = {**REAL, "model": "QEMU NVMe Ctrl",
            "processor": "QEMU TCG CPU version 2.5+"}


def records_of(point, number, block, own, cost):
    for path, value in ((BLOCK, block), (OWN, own)):
        record = {"round": number, "experiment": point.experiment,
                  "label": point.label, "engine": path, "cpu": 50.0,
                  "iops": value, "cost": 1e9 / value if cost else 1000.0}
        if point.times:
            record.update(submission=2.09e8 / value, latency=1e10 / value,
                          latency_99=2e10 / value)
        yield record


def document_of(names=EXPERIMENTS, clock="wall", environment=None, own=1.25,
                **more):
    """Every point at 1,000,000 IOPS, and own times that by passthrough."""
    points = [point for name in names for point in EXPERIMENTS[name].points]
    records = [record for number in range(3) for point in points
               for record in records_of(
                   point, number, 1e6, own * 1e6 * (1 + number / 100),
                   clock == "instructions")]
    rows = paths.summarise(points, records)
    for row in rows:
        row["bs"] = row["bs"] or 512
    return {
        "paper": 1, "complete": True, "made": "2026-01-02 03:04",
        "settings": {"clock": clock, "seconds": 5, "ramp": 1, "ios": 20000,
                     "repeats": 3, "cpus": [2, 4], "sq_cpu": 6,
                     "devices": ["/dev/ng0n1", "/dev/ng1n1"]},
        "environments": [environment or REAL] * 2, "left_out": [],
        "notes": [], "commands": {}, "rows": rows, **more}


def cells(document):
    """The table beside the published: the first cell of a line, the rest."""
    lines = [line.strip("| ").split(" | ")
             for line in report.beside_published(document)]
    return {line[0]: line[1:] for line in lines[2:]}


@pytest.mark.parametrize("ratio, text", [
    (1.0, "0.0 %"), (1.234, "+23.4 %"), (0.5, "−50.0 %"), (0.99999, "0.0 %"),
    (12, "× 12")])
def test_ratio_as_percentage(ratio, text):
    assert report.percent(ratio) == text


def test_published_stand_beside_this_machine():
    found = cells(document_of())
    claim, source, here = found["one drive, depth 128, batches of 32"]
    assert claim == "16 to 40 % more I/Os a second at peak"
    assert source == "the paper's own text"
    assert here.startswith("best against best +26.2 % (plain +26.2 %, ")
    assert here.endswith("both +26.2 %)")
    assert "two drives, depth 128, batches of 32" in found
    claims = [(line[0], line[1]) for name, line in found.items()
              if "polled, fixed buffers" in name]
    notes = "readers' notes of the paper, not its text"
    assert claims == [("equal", notes), ("+19 %, rising", notes),
                      ("about +31 %", notes)]
    assert "depth 8 +26.2 %, depth 16 +26.2 %" in found[
        "depths between, polled, fixed buffers"][2]
    line = found["512 B random reads, by interrupt"]
    assert "+17.0 % at depth 64" in line[0] and "mailing list" in line[1]
    line = found["submission at depth 1, block and passthrough"]
    assert line[0] == "209 and 144 ns in the handler"
    assert "4 KiB, plain: 209 and 166 ns" in line[2]


def test_slower_passthrough_is_said_to_be():
    found = cells(document_of(own=0.8))
    assert "both −19.2 %" in found["one drive, depth 128, batches of 32"][2]


def test_not_measured_in_the_table_and_why_in_the_notes():
    document = document_of(["latency"], left_out=["polling: no poll queue"],
                           notes=["drift: yes"])
    found = cells(document)
    assert {line[2] for name, line in found.items()
            if "submission" not in name} == {"not measured"}
    text = report.make(document, {})
    assert "- left out: polling: no poll queue\n" in text
    assert "- drift: yes\n" in text
    assert "## Latency" in text and "## Scaling" not in text


def test_interrupted_report_says_so():
    text = report.make(document_of(["peak"], complete=False), {})
    assert "not all was measured" in text
    assert "not measured" in cells(document_of(["peak"], complete=False))[
        "depth 1, polled, fixed buffers"]


def test_sections_have_medians_spread_and_pictures():
    text = report.make(document_of(), {"peak": "paper-peak.png"})
    assert ("| plain | 1000000 | 0.0% | 1262500 | 2.0% | +26.2 % | +25.0 % to "
            "+27.5 % |") in text
    assert "![One drive in four configurations](paper-peak.png)" in text
    for about in EXPERIMENTS.values():
        assert f"## {about.title}\n" in text
    assert "512 B random reads, polled, fixed buffers, one processor." in text
    assert "0.21 / 0.17" in text


def test_unsteady_points_are_marked():
    document = document_of(["peak"])
    document["rows"][0]["iops"]["spread"] = 0.25
    assert "| 25.0%~ |" in report.make(document, {})


def test_one_round_has_no_spread():
    document = document_of(["peak", "sqpoll"])
    for row in document["rows"]:
        row["rounds"] = 1
    assert "| – | +26.2 % | – |" in report.make(document, {})


def test_two_processors_are_told_of_where_there_was_sqpoll():
    document = document_of(["sqpoll"])
    words = "two processors are busy"
    assert words in report.make(document, {})
    document["rows"] = [row for row in document["rows"] if not row["sqpoll"]]
    assert words not in report.make(document, {})


def test_environment_is_in_the_report():
    text = report.make(document_of(), {})
    for words in ("| model | Fast Drive | Fast Drive |", "| size | 1 TiB |",
                  "| IOMMU | identity |", "| poll queues | 2 |",
                  "| governor | performance |", "| NUMA node | 1 |",
                  "| LBA format | 0: 512 |",
                  "| transport | pcie |", "| kernel | 6.12.1 |",
                  "processor 2 for /dev/ng0n1, processor 4 for /dev/ng1n1, "
                  "SQPOLL's thread on 6", "5 s after 1 s", "2026-01-02"):
        assert words in text, words


def test_real_drive_has_no_reservations():
    document = document_of()
    assert not report.reservations(document)
    assert "can and cannot show" not in report.make(document, {})


def test_times_of_an_emulation_mean_nothing():
    document = document_of(environment=EMULATED)
    text = report.make(document, {})
    assert "mean nothing for the published ones" in text
    assert "| this machine, emulated: means nothing |" in text
    assert "mean nothing" in figures.note_of(document, "peak")


def test_emulated_drive_on_a_real_processor():
    document = document_of(environment={**EMULATED, "processor": "Some CPU"})
    assert "emulation limits" in " ".join(report.reservations(document))


@pytest.mark.parametrize("transport", ["tcp", "loop", "rdma, tcp"])
def test_fabrics_are_told_of(transport):
    document = document_of(environment={**REAL, "transport": transport})
    told, = report.reservations(document)
    assert f"is reached over {transport}: " in told
    assert ("the same processors" in told) == (transport == "loop")
    assert told in report.make(document, {})


def test_fabrics_on_an_emulated_processor_have_no_emulated_drive():
    document = document_of(environment={
        **EMULATED, "model": "Linux", "transport": "loop"})
    told = " ".join(report.reservations(document))
    assert "The processor is emulated by software (TCG)" in told
    assert "QEMU" not in told and "is reached over loop" in told


def test_figures_of_an_earlier_version_are_shown():
    earlier = {key: value for key, value in REAL.items()
               if key != "transport"}
    text = report.make(document_of(environment=earlier), {})
    assert "| transport | unknown |" in text


def test_instruction_clock_has_ratios_of_instructions():
    document = document_of(clock="instructions", environment=EMULATED)
    text = report.make(document, {})
    assert "20 % more I/Os for the same instructions" in text
    assert "Not shown: I/Os a second, latencies, SQPOLL" in text
    assert "mean nothing" not in text
    assert "io_uring: instructions per I/O" in text
    assert "| plain | 1000 |" in text and "slopes of 20000 I/Os" in text
    assert "latency, µs" not in text and "submission, instructions" in text
    assert "polled: depth 128 +26.2 %; interrupt: depth 128 +26.2 %" in text


def test_jobs_are_in_the_report():
    text = report.make(document_of(commands={
        "peak": {BLOCK: "fio --a", OWN: "fio --b"}}), {})
    assert "## The jobs" in text
    assert "    fio --a\n    fio --b\n" in text


# -- plots --------------------------------------------------------------------

def test_a_plot_for_each_experiment(tmp_path):
    names = figures.save(document_of(["peak", "sqpoll"]), str(tmp_path))
    assert names == {"peak": "paper-peak.png", "sqpoll": "paper-sqpoll.png"}
    assert sorted(os.listdir(tmp_path)) == sorted(names.values())
    for name in names.values():
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_plots_show_both_paths_and_the_published():
    document = document_of()
    rate, ratio = figures.panels(document, "peak")
    assert [line.label for line in rate.lines] == [BLOCK, OWN]
    assert rate.lines[0].y == [1e6] * 4
    assert rate.names == ["plain", "fixed buffers", "polled", "both"]
    assert ratio.lines[0].y == pytest.approx([1.2625] * 4)
    assert ratio.band[:2] == (1.16, 1.40) and ratio.level == 1
    rate, ratio = figures.panels(document, "scaling")
    assert rate.lines[1].x == [1, 8, 16, 32, 64, 128]
    assert [(line.x, line.y) for line in ratio.lines[1:]] == [
        ([1], [1.0]), ([128], [1.31])]


def test_sqpoll_has_a_line_a_path_off_and_on():
    rate, ratio = figures.panels(document_of(), "sqpoll")
    assert len({line.label for line in rate.lines}) == 4
    assert len(ratio.lines) == 2
    assert all(line.x == [2, 4, 8, 16, 32] for line in rate.lines)
    looks = [(line.look, line.dashes) for line in rate.lines + ratio.lines]
    assert len(set(looks)) == 6


def test_latency_by_size_in_microseconds():
    panels = figures.panels(document_of(), "latency")
    assert [panel.title for panel in panels] == [
        "Submission", "Latency", "Processor time an I/O"]
    assert panels[1].lines[0].x == [4, 16, 64]
    assert panels[1].lines[0].y == [10.0] * 3
    assert len({(line.look, line.dashes) for line in panels[0].lines}) == 4


def test_instructions_are_not_microseconds():
    panels = figures.panels(document_of(clock="instructions"), "latency")
    assert [panel.ylabel for panel in panels] == ["instructions",
                                                  "instructions an I/O"]
    assert panels[1].lines[0].y == [1000.0] * 3

# SPDX-License-Identifier: GPL-2.0
"""Plots that can be read in print and by the colour-blind."""

import builtins
import struct
import xml.etree.ElementTree as ET

import pytest

from measure import Failure, plots
from measure.plots import Line, Panel


def panel(lines=3):
    return Panel("IOPS", "queue depth", "I/Os a second", [
        Line(f"engine {number}", [1, 4, 16],
             [1e3 * number, None, 5e5], number) for number in range(lines)])


def test_lines_can_be_told_apart_without_colour():
    looks = [plots.style(look) for look in range(24)]
    keys = {(look["marker"], look["dashes"],
             look["markerfacecolor"] == "white") for look in looks}
    assert len(keys) == len(looks)


def luminance(colour):
    red, green, blue = (int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_colour_stands_out_on_white():
    assert max(map(luminance, plots.COLOURS)) < 0.7
    assert len(set(plots.COLOURS)) == len(plots.COLOURS)


def test_png_and_svg(tmp_path):
    names = plots.save(str(tmp_path / "new" / "plot"), [panel(), panel()],
                       title="A title", note="kernel\nfio")
    assert [name.rpartition(".")[2] for name in names] == ["png", "svg"]
    with open(names[0], "rb") as file:
        head = file.read(24)
    assert head.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", head[16:])
    assert width > 1000 and height > 400
    assert ET.parse(names[1]).getroot().tag.endswith("svg")


def test_odd_number_of_panels(tmp_path):
    assert plots.save(str(tmp_path / "plot"), [panel(1)] * 3,
                      formats=("svg",))


def test_no_place_to_write_is_one_line(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(Failure, match="file"):
        plots.save(str(tmp_path / "file" / "plot"), [panel()])


def test_missing_matplotlib_names_the_package(monkeypatch):
    real = builtins.__import__

    def without(name, *arguments, **more):
        if name.split(".")[0] == "matplotlib":
            raise ImportError("No module named 'matplotlib'")
        return real(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(Failure, match="apt-get install python3-matplotlib"):
        plots.available()


@pytest.mark.parametrize("value, text", [
    (0, "0"), (512, "512"), (1500, "1.5k"), (2e6, "2M"), (0.5, "0.5")])
def test_numbers_on_axes(value, text):
    # pylint: disable=protected-access
    assert plots._short(value) == text


@pytest.mark.parametrize("value, text", [
    (2e3, "2k"), (500, "500"), (3e3, ""), (0.2, "0.2"), (90, "")])
def test_labels_between_powers_of_ten(value, text):
    # pylint: disable=protected-access
    assert plots._between(value) == text


def test_logarithmic_axis(tmp_path):
    drawn = panel()
    drawn.log_y = True
    drawn.lines[1].low = [1, None, 2]
    drawn.lines[1].high = [1e4, None, 1e6]
    names = plots.save(str(tmp_path / "plot"), [drawn], formats=("svg",))
    with open(names[0], encoding="utf-8") as file:
        assert "engine 2" in file.read()


def test_bars_with_names_and_a_range(tmp_path):
    drawn = Panel("IOPS", "", "I/Os a second", [
        Line(f"engine {number}", [0, 1], [2.0, 3.0 + number], number,
             low=[1, 2], high=[3, 5]) for number in range(2)],
        names=["plain", "polled"], band=(1, 4, "published"), level=1)
    name, = plots.save(str(tmp_path / "plot"), [drawn], formats=("svg",))
    with open(name, encoding="utf-8") as file:
        text = file.read()
    for words in ("plain", "polled", "published", "engine 0", "engine 1"):
        assert f"<!-- {words} -->" in text


def ends_of_bars(panel):
    """Of each bar that is drawn, the lower and the upper end."""
    pyplot = plots.available()
    figure, axes = pyplot.subplots()
    # pylint: disable=protected-access
    plots._draw(axes, panel, lambda function: function)
    ends = [(bar.get_y(), bar.get_y() + bar.get_height())
            for bar in axes.patches]
    marks = [list(line.get_ydata()) for line in axes.lines]
    pyplot.close(figure)
    return ends, marks


def test_stacked_bars_stand_one_upon_another():
    drawn = Panel("Bytes", "", "MiB", [
        Line("a", [0, 1], [2, 3]), Line("b", [1], [4], 1),
        Line("c", [0, 1], [1, 1], 2)], names=["0", "1"], stacked=True)
    ends, _ = ends_of_bars(drawn)
    assert ends == [(0, 2), (0, 3), (3, 7), (2, 3), (7, 8)]


def test_named_values_on_a_logarithmic_axis_are_marks():
    drawn = Panel("Latency", "", "us", [
        Line("p50", [0, 1], [20, 30]), Line("p99", [0, 1], [400, 500], 1)],
        names=["0", "1"], log_y=True)
    assert ends_of_bars(drawn) == ([], [[20, 30], [400, 500]])

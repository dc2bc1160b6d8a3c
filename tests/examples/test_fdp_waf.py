# SPDX-License-Identifier: GPL-2.0
"""The model of write amplification: against what was published, against a
plain model without arrays, and as a script.
"""

import json
import random
import sys

import pytest
import tracing
from tracing import DSM, ERRNO, FDP, READ, chunk, record, write

from measure import Failure, flash, trace
from measure.flash import Flash, Work
from measure.trace import np

PAGE = 4096
PER = PAGE // tracing.LBA


@pytest.fixture(name="waf")
def fixture_waf(monkeypatch):
    return tracing.script("fdp-waf", monkeypatch)


@pytest.fixture(name="run")
def fixture_run(waf, monkeypatch, capsys, tmp_path):
    """Calls the script's main(); returns its document and what it said."""
    def call(*arguments):
        out = tmp_path / "out.json"
        monkeypatch.setattr(sys, "argv", [
            "fdp-waf", "--quiet", "--no-plots", f"--json={out}", *arguments])
        assert waf.main() == 0
        return (json.loads(out.read_text(encoding="utf-8")),
                capsys.readouterr().out)

    return call


def writes(pages, placement=0, count=1):
    return [record(0, page * PER, count * PER, placement) for page in pages]


def hot_and_cold(mix=8, hot=2048, cold=2048, length=24000):
    """Small random Writes to one half, and large ones in order to the other,
    as much as that again.
    """
    draw = random.Random(1)
    records, at = [], 0
    for number in range(length):
        records += writes([draw.randrange(hot)], 3)
        if number % mix == 0:
            records += writes([hot + at], 5, mix)
            at = (at + mix) % cold
    return records


def amplifications(document, case):
    return [row[case]["write_amplification"] for row in document["rows"]]


# -- the model against what was published -------------------------------------

def test_expression_gives_the_figure_of_its_paper(waf):
    """2.36 where T is 1.3 times U, says the abstract."""
    assert waf.published(0.3 / 1.3) == pytest.approx(2.36, abs=0.005)


@pytest.mark.parametrize("x", [-0.3678, -0.3, -0.1, -1e-3])
def test_lambert_w_is_the_principal_branch(waf, x):
    w = waf.lambert_w(x)
    assert -1 < w < 0
    assert w * np.exp(w) == pytest.approx(x, rel=1e-9)


@pytest.mark.parametrize("spare", [0.07, 0.15, 0.28])
def test_uniform_writes_amplify_as_published(waf, spare):
    assert spare in waf.CHECKED
    assert waf.uniform(spare, 1024, 512) == pytest.approx(
        waf.published(spare), rel=waf.BOUND)


def test_few_pages_a_unit_amplify_less(waf):
    assert waf.uniform(0.07, 512, 32) < 0.95 * waf.published(0.07)


@pytest.mark.parametrize("spare", [0.02, 0.07, 0.28])
def test_log_is_not_amplified(waf, spare):
    assert waf.sequential(spare, 128, 64) == 1


def test_check_tells_of_its_bound(waf, capsys, monkeypatch):
    assert waf.check(512, 512) == 0
    said = capsys.readouterr().out
    assert "Kurkoski" in said and "Desnoyers" in said and "within" in said
    monkeypatch.setattr(waf, "published", lambda spare: 9)
    assert waf.check(32, 32) == 1
    assert "NOT WITHIN" in capsys.readouterr().out


# -- the model against a plain one --------------------------------------------

class Plain:
    """The same rules a page at a time, in lists and sets."""

    def __init__(self, units, size, handles, persistent):
        self.size, self.handles, self.persistent = size, handles, persistent
        self.units = [[] for _ in range(units)]
        self.owner = [None] * units
        self.where = {}
        self.free, self.closed, self.open = list(range(units)), set(), {}
        self.moved = 0

    def valid(self, unit):
        return [page for slot, page in enumerate(self.units[unit])
                if self.where.get(page) == (unit, slot)]

    def put(self, stream, owner, page):
        unit = self.open.get(stream)
        if unit is None or len(self.units[unit]) == self.size:
            while stream < self.handles and len(self.free) < 2:
                self.collect()
            if unit is not None:
                self.closed.add(unit)
            unit = self.open[stream] = self.free.pop(0)
            self.owner[unit] = owner
        self.where[page] = unit, len(self.units[unit])
        self.units[unit].append(page)

    def collect(self):
        victim = min(sorted(self.closed), key=lambda u: len(self.valid(u)))
        owner = self.owner[victim]
        for page in self.valid(victim):
            self.put(self.handles + (owner if self.persistent else 0), owner,
                     page)
            self.moved += 1
        self.closed.remove(victim)
        self.units[victim] = []
        self.free.append(victim)

    def replay(self, work):
        for page, handle in zip(work.page.tolist(), work.handle.tolist()):
            if handle < 0:
                self.where.pop(page, None)
            else:
                self.put(handle, handle, page)


@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.parametrize("handles", [1, 3])
@pytest.mark.parametrize("deallocated", [0, 0.2])
def test_arrays_do_what_plain_lists_do(handles, persistent, deallocated):
    draw = random.Random(handles)
    pages, size = 300, 16
    units = 22 + Flash.reserve(handles, persistent)
    plain = Plain(units, size, handles, persistent)
    arrays = Flash(pages, units, size, handles, persistent)
    for _ in range(4):
        # the lower a page, the more often; each handle has its own part
        page = [int(pages * draw.random() ** 2) for _ in range(1500)]
        handle = [-1 if draw.random() < deallocated else one * handles // pages
                  for one in page]
        work = Work(np.array(page), np.array(handle), pages)
        before = arrays.written + arrays.moved, arrays.written
        found = arrays.replay(work)
        plain.replay(work)
        assert arrays.moved == plain.moved
        assert found == (arrays.written + arrays.moved - before[0]) / (
            arrays.written - before[1])
        assert {page: tuple(divmod(slot, size))
                for page, slot in enumerate(arrays.where.tolist())
                if slot >= 0} == plain.where
    assert plain.moved > 500
    assert [len(plain.valid(unit)) for unit in range(units)
            ] == arrays.valid.tolist()


def test_flash_without_spare_still_works():
    """The least that there may be: T one unit above U."""
    pages, size = 64, 16
    arrays = Flash(pages, 5 + Flash.reserve(1, False), size)
    draw = np.random.default_rng(1)
    for _ in range(20):
        found = arrays.replay(Work(draw.integers(0, pages, 500),
                                   np.zeros(500, int), pages))
        assert 1 <= found < size
        assert arrays.valid.sum() == (arrays.where >= 0).sum()


# -- from traces --------------------------------------------------------------

def test_separation_lowers_the_models_amplification(run, tmp_path):
    name = write(tmp_path / "mix", chunk(hot_and_cold()))
    document, said = run(name, "--op=0.07,0.15,0.28")
    merged, traced = (amplifications(document, case)
                      for case in ("merged", "traced"))
    assert traced[0] < 0.8 * merged[0]
    for apart, together in zip(traced, merged):
        assert 1 <= apart <= together
    assert merged == sorted(merged, reverse=True)
    assert set(document["identifiers"]) == {"3", "5"}
    assert "A model's write amplification, not a drive's" in said
    assert "nothing to compare" not in said


def test_one_identifier_is_the_same_merged(run, tmp_path):
    draw = random.Random(1)
    name = write(tmp_path / "one", chunk(
        writes(draw.choices(range(2048), k=8192), 4)))
    document, said = run(name)
    assert amplifications(document, "merged") == amplifications(
        document, "traced")
    assert "nothing to compare" in said


def test_isolation(run, tmp_path):
    """Relocated data of two handles that both need relocation mixes, or
    does not.
    """
    draw = random.Random(1)
    records = []
    for _ in range(24000):
        records += writes([draw.randrange(256)], 0)
        records += writes([256 + draw.randrange(3840)], 1)
    name = write(tmp_path / "two", chunk(records))
    apart, mixed = (run(name, "--op=0.1", f"--isolation={mode}")
                    for mode in ("persistent", "initial"))
    assert "persistently isolated" in apart[1]
    assert "initially isolated" in mixed[1]
    assert apart[0]["rows"][0]["reserve"] == 1 + mixed[0]["rows"][0]["reserve"]
    assert amplifications(apart[0], "traced") != amplifications(
        mixed[0], "traced")


def test_relocated_data_of_two_handles():
    owners = {}
    for persistent in (False, True):
        draw = random.Random(1)
        page = np.array([draw.randrange(400) for _ in range(8000)])
        arrays = Flash(400, 30 + Flash.reserve(2, persistent), 16, 2,
                       persistent)
        arrays.replay(Work(page, page // 200, 400))
        # the handles whose pages each unit of relocated data has
        units = [set((arrays.holds[unit * 16:][:16] // 200).tolist())
                 for unit in np.flatnonzero(arrays.closed).tolist()]
        owners[persistent] = max(map(len, units))
    assert owners == {False: 2, True: 1}


def test_deallocation_makes_pages_invalid(run, tmp_path):
    draw = random.Random(1)
    records, trims = [], []
    for _ in range(40):
        records += writes(draw.choices(range(2048), k=400))
        trims += records[-400:] + [record(
            0, draw.randrange(8) * 256 * PER, 256 * PER, opcode=DSM)]
    plain, _ = run(write(tmp_path / "plain", chunk(records)), "--op=0.07")
    trimmed, _ = run(write(tmp_path / "trimmed", chunk(trims)), "--op=0.07")
    assert plain["deallocated"] == 0 < trimmed["deallocated"] <= 40 * 256
    assert amplifications(trimmed, "merged")[0] < 0.7 * amplifications(
        plain, "merged")[0]


def test_what_becomes_work(waf, tmp_path):
    name = write(
        tmp_path / "one", chunk([
            record(1, 8, 8, 2),                         # page 1
            record(2, 17, 1, 2),                        # part of page 2
            record(3, 39, 2, 0, flags=0),               # parts of 4 and 5
            record(4, 8, 8, 2, status=0x281),           # failed
            record(5, 16, 8, 2, 5, flags=FDP | ERRNO),
            record(6, 8, 8, opcode=READ),
            record(7, 1, 17, opcode=DSM, flags=0),      # 1, of 0 and 2 parts
            record(8, 33, 15, opcode=DSM, flags=0),     # 5, of 4 a part
            record(9, 80, 800, opcode=DSM, flags=0)]))  # never written
    found = waf.traced(trace.load([name]), PAGE)
    assert found.names == ["0", "2"]
    # pages 1, 2, 4 and 5 are 0 to 3 here
    assert found.work.page.tolist() == [0, 1, 2, 3, 0, 3]
    assert found.work.handle.tolist() == [1, 1, 0, 0, -1, -1]
    assert (found.work.pages, found.work.written) == (4, 4)
    assert (found.bytes, found.partial) == (11 * tracing.LBA, 2)


def test_namespaces_have_pages_and_identifiers_of_their_own(waf, tmp_path):
    name = write(tmp_path / "one", chunk([record(1, 0, 8, 1)], nsid=1),
                 chunk([record(2, 0, 8, 1)], nsid=7, lba=4096))
    found = waf.traced(trace.load([name]), PAGE)
    assert found.names == ["1:1", "7:1"]
    assert found.work.page.tolist() == list(range(9))
    assert found.work.handle.tolist() == [0] + [1] * 8


def test_two_drives_are_refused(waf, tmp_path):
    name = write(tmp_path / "two", chunk(writes([1])),
                 chunk(writes([1]), serial=b"other"))
    with pytest.raises(Failure, match="2 drives, fdp0 and other"):
        waf.traced(trace.load([name]), PAGE)


@pytest.mark.parametrize("records", [
    [], [record(1, opcode=READ)], [record(1, status=0x281)]])
def test_traces_without_writes_are_refused(waf, tmp_path, records):
    name = write(tmp_path / "none", chunk(records))
    with pytest.raises(Failure, match="no Write succeeded"):
        waf.traced(trace.load([name]), PAGE)


def test_more_than_the_model_takes_is_refused(waf, tmp_path, monkeypatch):
    monkeypatch.setattr(waf, "MOST_EVENTS", 100)
    name = write(tmp_path / "long", chunk(writes([0], count=101)))
    with pytest.raises(Failure, match="larger --page"):
        waf.traced(trace.load([name]), PAGE)
    assert waf.traced(trace.load([name]), 2 * PAGE).work.pages == 51


def test_same_again(run, tmp_path):
    name = write(tmp_path / "mix", chunk(hot_and_cold(length=6000)))
    assert run(name) == run(name)


def test_notes(run, tmp_path):
    halves = [record(0, page * PER, PER // 2) for page in range(512)]
    document, said = run(write(tmp_path / "one", chunk(halves)[:-1]),
                         "--reclaim-unit=512k", "--passes=1")
    notes = " ".join(document["notes"])
    for words in ("ends inside the chunk", "511 Writes are of parts",
                  "2.00 times its bytes", "each page 1.0 times",
                  "less than 8 reclaim units", "still changed"):
        assert words in notes and words in said
    assert document["rows"][0]["merged"] == {
        "write_amplification": 1, "passes": 1, "settled": False}


def test_passes_begun_on_an_empty_flash_do_not_count():
    pages = np.arange(64)
    work = Work(pages, np.zeros(64, int), 64)
    arrays = Flash(64, 8 + Flash.reserve(1, False), 16)
    full = -(-len(arrays.holds) // 64)
    assert flash.settle(arrays, work, 20) == (1, full + 2, True)


class Amplifies:
    """In the place of a flash: a pass of 10 writes for each figure."""

    def __init__(self, *figures):
        self.figures, self.written, self.holds = list(figures), 0, [0] * 10

    def replay(self, _):
        self.written += 10
        return self.figures.pop(0)


@pytest.mark.parametrize("figures, found", [
    ((1, 2, 2.019, 9), (2.019, 3, True)),
    ((2, 2, 2.03, 2.05, 9), (2.05, 4, True)),
    # the first was begun on an empty flash
    ((2, 2, 3, 4), (4, 4, False))])
def test_settled_is_the_same_to_one_percent(figures, found):
    assert flash.settle(Amplifies(*figures), None, 4) == found


@pytest.mark.parametrize("size, right", [
    ("64k", True), ("60k", False), ("65000", False)])
def test_reclaim_unit_is_whole_pages(run, tmp_path, size, right):
    name = write(tmp_path / "one", chunk(writes(range(512))))
    if right:
        assert run(name, f"--reclaim-unit={size}")[0]["reclaim_unit"] == 65536
        return
    with pytest.raises(Failure, match="--reclaim-unit"):
        run(name, f"--reclaim-unit={size}")


@pytest.mark.parametrize("arguments", [
    [], ["--check", "file"], ["file", "--op=0"], ["file", "--op=0.95"],
    ["file", "--op=x"], ["file", "--isolation=none"]])
def test_wrong_arguments_are_one_line(waf, monkeypatch, arguments):
    monkeypatch.setattr(sys, "argv", ["fdp-waf", *arguments])
    with pytest.raises(Failure, match="--help"):
        waf.parse_arguments()


def test_plots_say_that_it_is_a_model(waf, monkeypatch, tmp_path, capsys):
    name = write(tmp_path / "mix", chunk(hot_and_cold(length=2000)))
    stem = tmp_path / "new" / "plot"
    monkeypatch.setattr(sys, "argv", ["fdp-waf", "--quiet", name, "--op=0.2",
                                      f"--output={stem}"])
    assert waf.main() == 0
    assert f"{stem}.png\n{stem}.svg\n" in capsys.readouterr().out
    drawn = stem.with_suffix(".svg").read_text(encoding="utf-8")
    for words in ("Write amplification, by a model", "not the drive",
                  "identifiers as traced", "all merged into one",
                  "spare factor"):
        assert words in drawn
    assert stem.with_suffix(".png").read_bytes().startswith(b"\x89PNG")

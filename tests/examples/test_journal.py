# SPDX-License-Identifier: GPL-2.0
"""The file that lets what was interrupted go on."""

import pytest

from measure import Failure, journal
from measure.journal import Journal


@pytest.fixture(name="path")
def fixture_path(tmp_path):
    return str(tmp_path / "new" / "runs")


def filled(path, *records):
    book = Journal(path)
    book.start_anew({"settings": 1})
    for record in records:
        book.add(record)
    book.close()


def test_what_was_added_is_there_again(path):
    filled(path, {"a": 1}, {"b": [None, 2.5]})
    book = Journal(path)
    assert book.head == {"settings": 1}
    assert book.records == [{"a": 1}, {"b": [None, 2.5]}]


def test_empty_one(path):
    book = Journal(path)
    assert book.head is None and book.records == []


def test_line_that_was_cut_off_is_dropped(path):
    filled(path, {"a": 1})
    with open(path, "a", encoding="utf-8") as file:
        file.write('{"b": ')
    book = Journal(path)
    assert book.records == [{"a": 1}]
    book.add({"c": 3})
    book.close()
    assert Journal(path).records == [{"a": 1}, {"c": 3}]


def test_other_text_is_refused(path):
    filled(path)
    with open(path, "a", encoding="utf-8") as file:
        file.write("not of ours\n")
    with pytest.raises(Failure, match="not a list of runs"):
        Journal(path)


def test_two_at_a_time_are_refused(path):
    book = Journal(path)
    with pytest.raises(Failure, match="another one"):
        Journal(path)
    book.close()
    Journal(path)


def test_starting_anew_forgets(path):
    filled(path, {"a": 1})
    book = Journal(path)
    book.start_anew({"settings": 2})
    book.close()
    book = Journal(path)
    assert (book.head, book.records) == ({"settings": 2}, [])


def test_folder_that_cannot_be_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Failure, match="file/runs"):
        Journal(str(tmp_path / "file" / "runs"))


def test_differences_are_named():
    assert journal.differences({"a": 1, "b": 2, "c": 3},
                               {"a": 1, "b": 5, "d": 4}) == [
        "b was 2, is 5", "c was 3, is None", "d was None, is 4"]


def test_replaced_whole(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    journal.replace(str(path), "new")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(Failure, match="No such file"):
        journal.replace(str(tmp_path / "no" / "file"), "new")

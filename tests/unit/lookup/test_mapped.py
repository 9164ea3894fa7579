"""Arrays in a file: made once, opened in place, made anew where the file is not whole."""

import os

import numpy as np
import pytest

from services.lookup.search.mapped import Texts, kept, narrowest, texts

ARRAYS = {"one": np.arange(5, dtype=np.uint16), "none": np.zeros(0, np.float32), "two": np.array([[1.5, 2], [3, 4]])}


def never():
    pytest.fail("it is there already")


def test_what_was_made_is_opened_and_not_made_again(tmp_path):
    kept(tmp_path / "a" / "x.arrays", lambda: ARRAYS, 2)
    found = kept(tmp_path / "a" / "x.arrays", never, 2)
    assert {name: array.dtype for name, array in found.items()} == {name: array.dtype for name, array in ARRAYS.items()}
    assert all(np.array_equal(found[name], array) for name, array in ARRAYS.items())
    assert not found["one"].flags.writeable


@pytest.mark.parametrize("content", [b"", b"123", b"\xff" * 64, b"\x02" + b"\0" * 7 + b"[]"])
def test_a_file_that_is_none_is_made_anew(tmp_path, content):
    (tmp_path / "x.arrays").write_bytes(content)
    assert np.array_equal(kept(tmp_path / "x.arrays", lambda: ARRAYS, 2)["one"], ARRAYS["one"])
    assert np.array_equal(kept(tmp_path / "x.arrays", never, 2)["one"], ARRAYS["one"])


def test_a_file_that_was_cut_off_is_made_anew(tmp_path):
    kept(tmp_path / "x.arrays", lambda: ARRAYS, 2)
    whole = (tmp_path / "x.arrays").read_bytes()
    (tmp_path / "x.arrays").write_bytes(whole[:-64])
    assert np.array_equal(kept(tmp_path / "x.arrays", lambda: ARRAYS, 2)["two"], ARRAYS["two"])


def test_where_nothing_can_be_written_it_is_held_in_memory(tmp_path):
    (tmp_path / "a").write_text("a file where a folder would be")
    assert kept(tmp_path / "a" / "x.arrays", lambda: ARRAYS, 2) is ARRAYS


def test_the_newest_files_stay_and_asking_for_one_makes_it_new(tmp_path):
    for number, name in enumerate("abc"):
        kept(tmp_path / f"{name}.arrays", lambda: ARRAYS, 3)
        os.utime(tmp_path / f"{name}.arrays", (number, number))
    kept(tmp_path / "a.arrays", never, 3)
    kept(tmp_path / "d.arrays", lambda: ARRAYS, 3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.arrays", "c.arrays", "d.arrays"]


def test_texts_are_read_where_they_lie():
    told = ["", "fracture", "Ménière"]
    found = Texts(texts("name", told), "name")
    assert [found[number] for number in range(len(found))] == told


@pytest.mark.parametrize(("largest", "size"), [(0, 1), (255, 1), (256, 2), (65_536, 4)])
def test_numbers_lie_as_narrow_as_the_largest_allows(largest, size):
    assert narrowest(np.array([0, largest])).itemsize == size

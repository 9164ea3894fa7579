"""A bundle or catalog that is broken says which file, what is wrong, and how to mend it."""

import contextlib
import json

import pytest

from services.lookup.domain import Edition, Entry, Level, Term
from services.lookup.editions import bundle, catalog
from services.lookup.editions.library import Library

EDITION = Edition("one", "icd-10-cm", "FY2026", "2025-10-01", "2026-09-30", "a.xml", "00", 1, "all")


@pytest.fixture
def folder(tmp_path):
    entries = [Entry("I10", "", Level.CATEGORY, "Hypertension", billable=True)]
    source = bundle.Source(EDITION, entries, lambda entry: [Term(entry.code, "description", entry.display)])
    bundle.write(tmp_path / "editions", source, lambda *_: None)
    catalog.publish(tmp_path, ["one"])
    return tmp_path


def broken(folder) -> str:
    with pytest.raises(ValueError, match="delete") as refused:
        Library(folder)
    return str(refused.value)


def test_a_whole_one_opens(folder):
    with contextlib.closing(Library(folder)) as library:
        speaker = library.speaking("icd-10-cm", "2026-01-01")
        assert speaker[0].facts.entry("I10").display == "Hypertension"


@pytest.mark.parametrize("name", ["manifest.json", "facts.sqlite"])
def test_a_missing_file_is_named(folder, name):
    (folder / "editions" / "one" / name).unlink()
    assert name in broken(folder)


def test_a_cut_off_file_is_named(folder):
    facts = folder / "editions" / "one" / "facts.sqlite"
    facts.write_bytes(facts.read_bytes()[:100])
    assert "facts.sqlite" in broken(folder)


def test_another_format_is_told_from_a_broken_one(folder):
    manifest = folder / "editions" / "one" / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": 99}))
    assert "format 99" in broken(folder)


@pytest.mark.parametrize("text", ["", "{", '{"format": 99}', "[]"])
def test_a_catalog_that_is_none_is_named(folder, text):
    (folder / "catalog.json").write_text(text)
    assert "catalog.json" in broken(folder)


def test_publishing_is_one_swap_and_keeps_what_is_there(folder):
    after = catalog.publish(folder, ["two"], drop=["one"])
    assert (after.generation, after.editions) == (2, ("two",))
    assert (folder / "editions" / "one").is_dir()

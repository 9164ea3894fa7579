"""The guides: all of them can be read, say where their rules stand, and are found by what people ask."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from services.assistant.evidence.guides import FOLDER, Guides, shipped
from services.assistant.evidence.nearness import FILE, READINGS, SIZE, Nearness, kept, key, read

DAY = "2026-11-24"
GUIDES = sorted(FOLDER.glob("*.md"))
TOLD = [path for path in GUIDES if "\nentries = " not in path.read_text()]  # in sections, not in entries
SECTION = re.compile(r"^## (?P<heading>.+)\n\n(?:Asked: (?P<asked>[^\n]+(?:\n[^\n]+)*)\n\n)?", re.MULTILINE)
GUIDE = """+++
id = "small"
title = "A small guide"
topics = ["small topic"]
codes = ["25"]
effective_from = "2020-01-01"
sources = [{ title = "A manual", locator = "chapter 1", edition = "2024" }]
+++

## What is a widget?

A widget is a thing. It is round.

- Item about bananas and their price.
- Item about apples.

Source: A manual, chapter 1

## One paragraph

First sentence. Second sentence. Only here are oranges told of.

Source: A manual, chapter 1
"""
LIST = """+++
id = "list"
title = "A list"
topics = []
entries = "modifier"
called = "Modifier"
effective_from = "2020-01-01"
sources = [{ title = "A manual", locator = "chapter 1", edition = "2024" }]
+++

## Some

- **25**: a visit beside
  a procedure. More of it.
- **KX**: the policy is met.

Source: A manual, chapter 1
"""


@pytest.fixture
def guides(tmp_path: Path) -> Guides:
    (tmp_path / "small.md").write_text(GUIDE)
    (tmp_path / "list.md").write_text(LIST)
    return Guides(tmp_path)


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_a_guide_is_found_under_its_name_and_every_section_names_its_source(path):
    sections = shipped().guide(path.stem)
    assert sections
    for section in sections:
        assert section.short
        assert re.search(r"\w{3}", section.source.locator), section.heading
        assert section.source.edition
        assert "|" not in section.text


@pytest.mark.parametrize("path", TOLD, ids=lambda path: path.stem)
def test_every_section_says_what_people_ask_who_need_it(path):
    for section in SECTION.finditer(path.read_text()):
        asked = [" ".join(one.split()) for one in (section["asked"] or "").split("|")]
        assert 5 <= len(asked) <= 8, section["heading"]
        assert all(re.search(r"\w\W+\w", one) for one in asked), section["heading"]
        assert max(map(len, section[0].splitlines())) <= 120, section["heading"]


def test_no_two_sections_are_asked_for_in_the_same_words():
    asked = Counter(one.casefold() for texts in shipped().texts for one in texts[READINGS:])
    assert [one for one, times in asked.items() if times > 1] == []


def test_the_first_paragraph_answers_where_there_are_several(guides):
    found = guides.find("what is a widget", (), DAY)[0]
    assert [line.text for line in found.short] == ["A widget is a thing.", "It is round."]


def test_a_line_that_says_more_of_what_was_asked_answers(guides):
    assert guides.find("price of bananas", (), DAY)[0].short[0].text == "Item about bananas and their price."
    assert guides.find("oranges", (), DAY)[0].short[0].text == "Only here are oranges told of."


def test_an_entry_is_found_by_its_name_alone(guides):
    entry = guides.entry("modifier", "25", DAY)
    assert [line.text for line in entry.short] == ["**Modifier 25**: a visit beside a procedure.", "More of it."]
    assert guides.entry("modifier", "ZZ", DAY) is None
    assert guides.entry("place", "25", DAY) is None


def test_what_is_not_in_force_yet_is_not_found(guides):
    assert guides.find("what is a widget", (), "2019-12-31") == []
    assert guides.entry("modifier", "25", "2019-12-31") is None


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("What is an ABN?", "What is an ABN, and when is it needed?"),
        ("60 day overpayment rule", "The 60-day rule"),
        ("When can an NP bill incident-to?", "What is incident-to billing?"),
        ("What is the limiting charge?", "Participating, assignment and the limiting charge"),
        ("how is sepsis sequenced", "How is sepsis coded and sequenced?"),
        ("difference between excludes1 and excludes2", "What is the difference between Excludes1 and Excludes2?"),
        ("B20 or Z21", "HIV: B20 or Z21?"),
    ],
)
def test_a_question_finds_its_section(question, heading):
    assert shipped().find(question, (), DAY)[0].heading == heading


@pytest.mark.parametrize("question", ["Who won the world cup?", "the best pizza in town", "write me a poem"])
def test_a_question_on_something_else_finds_nothing(question):
    assert shipped().find(question, (), DAY) == []


def test_a_guide_asked_for_by_its_title_is_told_in_its_own_order():
    found = shipped().find("Guidelines for E/M services", (), DAY)
    assert [one.heading for one in found] == [one.heading for one in shipped().guide("em-guidelines")][:4]


def test_a_section_opens_at_its_own_place_and_its_items_stand_alone(guides):
    (section, _) = guides.guide("small")
    assert section.source.url == "/guides/small#what-is-a-widget"
    assert section.anchor == "what-is-a-widget"
    assert section.markdown.endswith("\n\n- Item about bananas and their price.\n- Item about apples.")


def test_what_people_ask_is_searched_and_never_said(tmp_path):
    (tmp_path / "small.md").write_text(
        GUIDE.replace("A widget is", "Asked: how round\nis a gadget | gizmo price\n\nA widget is")
    )
    guides = Guides(tmp_path)
    assert guides.texts[0][3:] == ("how round is a gadget", "gizmo price")
    (found,) = guides.find("what does a gizmo price mean", (), DAY)
    assert found.heading == "What is a widget?"
    assert "gizmo" not in found.text


def test_a_section_near_in_meaning_is_found_without_its_words_and_one_far_off_is_not(guides):
    near = [0.1, 0.9, 0.1, 0.1]
    assert [one.heading for one in guides.find("citrus", (), DAY, near)] == ["Modifier KX"]
    assert guides.find("what is a widget", (), DAY, [0.0] * 4) == []


def test_every_section_of_the_shipped_guides_has_its_vectors():
    known = kept(FILE)
    missing = [texts for section in shipped().texts for texts in read(section) if key(texts) not in known]
    assert not missing, "make guides"


class Model:
    """Reads every text as one and the same vector."""

    def __init__(self, vector):
        self._vector = vector

    async def encode(self, texts):
        return [np.asarray(self._vector, "<f4").tobytes() for _ in texts]


async def test_the_nearest_of_a_sections_vectors_counts_and_one_without_counts_nothing(tmp_path):
    file = tmp_path / "vectors.npz"
    one, two = np.eye(SIZE, dtype=np.float16)[:2]
    sections = [("a", "b", "c", "how is it asked"), ("d", "e", "f")]
    np.savez(file, keys=np.array([key(("a", "b", "c")), key(("how is it asked",))], np.uint64), vectors=[one, two])
    nearness = Nearness(Model(two), sections, file)
    assert await nearness.to("anything") == [1.0, 0.0]
    assert await nearness.to(" ") == ()

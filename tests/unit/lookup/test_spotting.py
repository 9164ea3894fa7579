"""Terms in running text: stems, what a wording needs, what words stand for, and the code that the words support."""

import asyncio
import contextlib

import pytest

from services.chassis.errors import AppError
from services.lookup.editions.library import Library
from services.lookup.spotting import borrowing
from services.lookup.spotting.reading import read
from services.lookup.spotting.spotter import Spotter
from services.lookup.spotting.stems import stem
from services.lookup.spotting.wordings import needs

DAY = "2026-05-04"


@pytest.fixture(scope="module")
def spotter(shipped):
    with contextlib.closing(Library(shipped)) as library:
        yield Spotter(library, shipped, borrowing.shipped(), lambda: DAY)


async def first(spotter, text: str) -> str:
    found = (await spotter.spot([text], "icd-10-cm", DAY))[0]
    return found[0].entry.code if found else ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ulcer", "ulcerated"),
        ("necrosis", "necrotic"),
        ("diabetes", "diabetic"),
        ("infection", "infected"),
        ("stenosis", "stenotic"),
        ("arthritis", "arthritic"),
    ],
)
def test_a_noun_and_its_adjective_share_a_stem(one, other):
    assert stem(one) == stem(other)


@pytest.mark.parametrize(("one", "other"), [("arthritis", "arthrosis"), ("hypertension", "hypotension"), ("a", "b")])
def test_different_things_do_not(one, other):
    assert stem(one) != stem(other)


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("Pneumonia, unspecified organism", "description", [{"pneumonia"}]),
        ("Type 2 diabetes mellitus without complications", "description", [{"type", "2", "diabetes"}]),
        ("Essential (primary) hypertension", "description", [{"hypertension"}]),
        (
            "Disorder of kidney and ureter",
            "description",
            [{"disorder", "kidney", "ureter"}, {"disorder", "kidney"}, {"disorder", "ureter"}],
        ),
        ("Gangrene, gangrenous (dry), skin", "index", [{"gangrene", "skin"}]),
        ("Unspecified", "description", []),
    ],
)
def test_what_a_wording_needs(text, kind, expected):
    assert [one.stems for one in needs(text, kind)] == [{stem(word) for word in words} for words in expected]


@pytest.mark.parametrize(
    ("text", "read_so"), [("RA", True), ("ra", False), ("HTN", True), ("htn", True), ("Ms", False)]
)
def test_an_abbreviation_is_written_like_one(text, read_so):
    offers = read(text, borrowing.shipped()).offers
    assert any(place.lent for places in offers.values() for place in places) is read_so


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("type 2 diabetes with diabetic polyneuropathy", "E11.42"),
        ("T2DM", "E11.9"),
        ("HTN", "I10"),
        ("pain in the left knee", "M25.562"),
        ("abdominal pain", "R10.9"),
        ("bilateral pleural effusion", "J90"),
        ("adenocarcinoma of the prostate", "C61"),
        ("history of prostate cancer", "Z85.46"),
        ("his mother had breast cancer", "Z80.3"),
        ("shortness of breath", "R06.02"),
        ("closed fracture of the shaft of the right femur", "S72.301"),
        ("liver metastases", "C78.7"),
        ("acute serous otitis media of the left ear", "H65.02"),
        ("examination of the eye", ""),
        ("the patient is well", ""),
    ],
)
async def test_the_words_lead_to_the_most_special_code_they_support(spotter, text, code):
    assert await first(spotter, text) == code


async def test_words_stand_where_the_text_has_them(spotter):
    text = "Seen today: essential hypertension, stable."
    spotted = (await spotter.spot([text], "icd-10-cm", DAY))[0][0]
    assert [text[start:end] for start, end in spotted.words] == ["essential", "hypertension"]


async def test_every_code_told_is_in_force(spotter):
    text = "pneumonia, sepsis, gout, lupus, asthma, fracture of wrist, burn of hand, Crohn's disease with abscess"
    found = (await spotter.spot([text], "icd-10-cm", DAY))[0]
    assert found
    assert all(one.entry.status(DAY) == "active" for one in found)


async def test_a_second_spotter_reads_what_the_first_has_written(spotter, shipped):
    await first(spotter, "gout")
    with contextlib.closing(Library(shipped)) as library:
        other = Spotter(library, shipped, borrowing.shipped(), lambda: DAY)
        assert await first(other, "gout") == await first(spotter, "gout") == "M10.9"


@pytest.mark.parametrize(
    ("texts", "system", "as_of", "reason"),
    [
        (["x" * 200_000], "icd-10-cm", "", "TEXTS_TOO_LONG"),
        (["x"], "icd-11", "", "UNKNOWN_SYSTEM"),
        (["x"], "icd-10-cm", "tomorrow", "BAD_DATE"),
    ],
)
async def test_bad_requests_are_refused(spotter, texts, system, as_of, reason):
    with pytest.raises(AppError, match=reason):
        await spotter.spot_terms(texts, system, as_of)


async def test_many_texts_at_once_are_spotted_beside_other_reads(spotter):
    """The editions' files belong to the event loop: a thread of its own would read them at the same time."""
    texts = ["type 2 diabetes with polyneuropathy, fracture of the left wrist and pain in the right knee"] * 20
    found = await asyncio.gather(*(spotter.spot(texts, "icd-10-cm", DAY) for _ in range(8)))
    assert all(one == found[0] for one in found)


async def test_a_long_text_is_worked_in_pieces_and_its_words_keep_their_places(spotter):
    text = "nothing to tell here, " * 200 + "essential hypertension"
    found = (await spotter.spot([text], "icd-10-cm", DAY))[0]
    assert ["essential", "hypertension"] in [[text[start:end] for start, end in one.words] for one in found]


async def test_a_word_longer_than_a_piece_is_no_term(spotter):
    assert await spotter.spot(["a" * 15_000], "icd-10-cm", DAY) == [[]]

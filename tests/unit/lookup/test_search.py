"""Search over small editions: narrowing, facets, what was tried, wordings of an index, meaning."""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from services.chassis.errors import AppError
from services.lookup.domain import Edition, Entry, Level, Narrowed, Row, Term
from services.lookup.editions import bundle, catalog
from services.lookup.editions.library import FOLDER, Library
from services.lookup.importers import index_terms
from services.lookup.meaning import build
from services.lookup.meaning.vectors import Meanings
from services.lookup.search import candidates, laying, query, ranking, readings, seen
from services.lookup.search.find import Finder, Tools
from services.lookup.search.spelling import Vocabulary, signs_of
from services.lookup.service import Lookup
from tests.unit.lookup.official import TOOLS

DAY = "2026-05-04"
ENTRIES = (
    Entry("1", "", Level.CHAPTER, "Diseases of bones (M00-M99)", False, 0, 1),
    Entry("M80", "1", Level.CATEGORY, "Osteoporosis with current fracture", False, 1, 2),
    Entry("M80.0", "M80", Level.CODE, "Age-related osteoporosis with current fracture", True, 2),
    Entry("M80.8", "M80", Level.CODE, "Other osteoporosis with current fracture", True, 3),
    Entry("19", "", Level.CHAPTER, "Injury (S00-T88)", False, 4, 1),
    Entry("S62", "19", Level.CATEGORY, "Fracture at wrist and hand level", False, 5, 1),
    Entry("S62.1", "S62", Level.CODE, "Fracture of other carpal bone", True, 6),
)


def edition(system: str) -> Edition:
    name = f"{system}-2025-10-01-00000000"
    return Edition(name, system, "FY2026", "2025-10-01", "2026-09-30", "small.txt", "ab" * 32, 0, "a part", False)


def described(entry: Entry) -> Iterator[Term]:
    yield Term(entry.code, "description", entry.display)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven entries of ICD-10-CM and an index with two wordings, one of a code that is gone."""
    data = tmp_path_factory.mktemp("small")
    wordings = (Term("S62.1", "index", "Fracture, scaphoid (hand)"), Term("S99.9", "index", "Scaphoid, lost"))
    sources = [
        bundle.Source(edition("icd-10-cm"), ENTRIES, described),
        bundle.Source(edition("icd-10-cm-index"), wordings=wordings),
    ]
    for source in sources:
        bundle.write(data / FOLDER, source, lambda *_: None)
    catalog.publish(data, [source.edition.id for source in sources])
    return data


@pytest.fixture(scope="module")
def small(folder: Path) -> Iterator[Lookup]:
    with contextlib.closing(Library(folder)) as library:
        yield Lookup(library, TOOLS, lambda: DAY)


async def codes(lookup: Lookup, query: str, narrowed: Narrowed = Narrowed()) -> list[str]:  # noqa: B008 -- frozen
    return [hit.code for hit in (await lookup.search_codes(query, "icd-10-cm", narrowed=narrowed)).hits]


async def test_a_wording_of_the_index_leads_to_the_code_as_the_code_set_has_it(small: Lookup) -> None:
    found = await small.search_codes("scaphoid fracture")
    assert [(hit.code, hit.display, hit.kind) for hit in found.hits[:1]] == [
        ("S62.1", "Fracture of other carpal bone", "index")
    ]
    assert "S99.9" not in [hit.code for hit in found.hits]  # the index is older than the code set


async def test_a_search_is_narrowed_to_a_chapter_and_to_what_is_billable(small: Lookup) -> None:
    assert set(await codes(small, "fracture")) == {"M80", "M80.0", "M80.8", "S62", "S62.1"}
    assert set(await codes(small, "fracture", Narrowed(within="19"))) == {"S62", "S62.1"}
    assert set(await codes(small, "fracture", Narrowed(billable=True))) == {"M80.0", "M80.8", "S62.1"}
    assert set(await codes(small, "fracture", Narrowed("M80", billable=True))) == {"M80.0", "M80.8"}


async def test_facets_count_the_codes_that_share_the_words(small: Lookup) -> None:
    found = await small.search_codes("fracture", with_facets=True)
    told = {(one.field, one.value): one.count for one in found.facets}
    assert told == {
        ("system", "icd-10-cm"): 5,
        ("within", "1"): 3,
        ("within", "19"): 2,
        ("billable", "true"): 3,
    }


async def test_a_header_that_is_found_offers_the_codes_below_it_that_are_valid(small: Lookup) -> None:
    found = await small.search_codes("osteoporosis with current fracture", with_facets=True)
    (header,) = [hit for hit in found.hits if hit.code == "M80"]
    assert [one.code for one in header.children] == ["M80.0", "M80.8"]


async def test_behind_a_header_comes_its_unspecified_code(tmp_path: Path) -> None:
    told = [("I50", "Heart failure"), ("I50.1", "Left ventricular failure"), ("I50.9", "Heart failure, unspecified")]
    told += [("I51", "Complications of heart disease"), ("I51.1", "Heart failure of some rare kind, unspecified")]
    entries = [
        Entry(
            code, code[:3] if "." in code else "", Level.CODE if "." in code else Level.CATEGORY, text, "." in code, at
        )
        for at, (code, text) in enumerate(told)
    ]
    bundle.write(tmp_path / FOLDER, bundle.Source(edition("icd-10-cm"), entries, described), lambda *_: None)
    catalog.publish(tmp_path, [edition("icd-10-cm").id])
    with contextlib.closing(Library(tmp_path)) as library:
        found = await Lookup(library, TOOLS, lambda: DAY).search_codes("heart failure")
        assert sorted(hit.code for hit in found.hits[:2]) == ["I50", "I50.9"]
        scores = [hit.score for hit in found.hits]
        assert scores == sorted(scores, reverse=True)


async def test_a_header_is_found_beside_its_code_that_is_called_something_else(tmp_path: Path) -> None:
    """An index leads to the site unspecified; who asks for the disease may want the header, which lacks its name."""
    entries = (
        Entry("M48.3", "", Level.CATEGORY, "Traumatic spondylopathy", False, 0, 2),
        Entry("M48.30", "M48.3", Level.CODE, "Traumatic spondylopathy, site unspecified", True, 1),
        Entry("M48.31", "M48.3", Level.CODE, "Traumatic spondylopathy, occipito-atlanto-axial region", True, 2),
    )
    wordings = (Term("M48.30", "index", "Kümmell's disease"),)
    sources = [
        bundle.Source(edition("icd-10-cm"), entries, described),
        bundle.Source(edition("icd-10-cm-index"), wordings=wordings),
    ]
    for source in sources:
        bundle.write(tmp_path / FOLDER, source, lambda *_: None)
    catalog.publish(tmp_path, [source.edition.id for source in sources])
    with contextlib.closing(Library(tmp_path)) as library:
        assert set(await codes(Lookup(library, TOOLS, lambda: DAY), "Kummell disease")) == {"M48.30", "M48.3"}


@pytest.mark.parametrize(
    ("written", "numeral"),
    [
        ("glycogen storage disease II", [("ii",), ("2",)]),
        ("glycogen storage disease type 2", [("2",), ("ii",)]),
        ("glycogen storage disease IXa", [("ixa",), ("9a",)]),
        ("factor V", [("v",), ("5",)]),
        ("vitamin v", [("v",)]),  # a letter where nothing is numbered
        ("saline iv", [("iv",)]),  # intravenous
        ("crutches 2", [("2",)]),
    ],
)
def test_roman_and_arabic_numerals_stand_for_each_other(written: str, numeral: list[tuple[str, ...]]) -> None:
    last = query.read(written, {}).slots[-1]
    assert list(last.ways) == numeral
    assert set(last.kinds) == {None}  # the query's own word, written the other way


def published(folder: Path, entries: Sequence[Entry], wordings: Sequence[Term] = ()) -> Library:
    """A library with some entries, and an index of them."""
    sources = [bundle.Source(edition("icd-10-cm"), entries, described)]
    sources += [bundle.Source(edition("icd-10-cm-index"), wordings=wordings)] if wordings else []
    for source in sources:
        bundle.write(folder / FOLDER, source, lambda *_: None)
    catalog.publish(folder, [source.edition.id for source in sources])
    return Library(folder)


VEINS = (
    Entry("I82.4", "", Level.CODE, "Acute embolism and thrombosis of deep veins of lower extremity", False, 0, 5),
    Entry("I82.401", "I82.4", Level.CODE, "Thrombosis of unspecified deep veins of right lower extremity", True, 1),
    Entry("I82.402", "I82.4", Level.CODE, "Thrombosis of unspecified deep veins of left lower extremity", True, 2),
    Entry(
        "I82.409", "I82.4", Level.CODE, "Thrombosis of unspecified deep veins of unspecified lower extremity", True, 3
    ),
    Entry("I82.502", "I82.4", Level.CODE, "Chronic thrombosis of deep veins of left lower extremity", True, 4),
    Entry("I82.622", "I82.4", Level.CODE, "Acute thrombosis of deep veins of left upper extremity", True, 5),
)


@pytest.mark.parametrize(
    ("asked", "never"),
    [
        ("left leg deep vein thrombosis", {"I82.401", "I82.622"}),
        ("thrombosis of left arm", {"I82.4", "I82.401", "I82.402", "I82.409", "I82.502"}),
        ("acute thrombosis left leg", {"I82.401", "I82.502", "I82.622"}),
    ],
)
async def test_the_wrong_side_limb_or_course_comes_behind_everything_else(
    tmp_path: Path, asked: str, never: set[str]
) -> None:
    with contextlib.closing(published(tmp_path, VEINS)) as library:
        found = await codes(Lookup(library, TOOLS, lambda: DAY), asked)
    assert found
    first = set(found[: len(found) - len(never & set(found))])
    assert not first & never


async def test_what_is_asked_without_comes_before_what_is_with_it(tmp_path: Path) -> None:
    entries = (
        Entry("Z01.411", "", Level.CODE, "Encounter for routine examination with abnormal findings", True, 0),
        Entry("Z01.419", "", Level.CODE, "Encounter for routine examination without abnormal findings", True, 1),
    )
    with contextlib.closing(published(tmp_path, entries)) as library:
        found = await codes(Lookup(library, TOOLS, lambda: DAY), "routine exam w/o abnormal findings")
    assert found[0] == "Z01.419"


@pytest.mark.parametrize(
    ("asked", "unspecified"), [("dvt of left leg", "I82.402"), ("deep veins lower extremity thrombosis", "I82.409")]
)
async def test_behind_a_header_comes_the_code_of_the_side_that_was_asked_for(
    tmp_path: Path, asked: str, unspecified: str
) -> None:
    with contextlib.closing(published(tmp_path, VEINS)) as library:
        found = await codes(Lookup(library, TOOLS, lambda: DAY), asked)
    assert unspecified in found[:2]


async def test_a_block_comes_behind_the_code_that_says_just_what_is_asked(tmp_path: Path) -> None:
    entries = (
        Entry("I10-I1A", "", Level.BLOCK, "Hypertensive diseases (I10-I1A)", False, 0, 1),
        Entry("I10", "I10-I1A", Level.CATEGORY, "Essential (primary) hypertension", True, 1),
    )
    with contextlib.closing(published(tmp_path, entries, (Term("I10", "index", "Hypertension"),))) as library:
        assert (await codes(Lookup(library, TOOLS, lambda: DAY), "hypertension"))[0] == "I10"


async def test_a_word_that_a_description_cuts_off_is_read_as_the_whole_one(tmp_path: Path) -> None:
    entries = (
        *(Entry(f"G44.{n}", "", Level.CODE, f"Headache of kind {n}", True, n) for n in range(40)),
        Entry("Z99.8", "", Level.CODE, "Status after headach", True, 40),
    )
    with contextlib.closing(published(tmp_path, entries)) as library:
        assert len((await Lookup(library, TOOLS, lambda: DAY).search_codes("headach", limit=50)).hits) == 41


def vocabulary(known: Sequence[str], counts: Sequence[int]) -> Vocabulary:
    return Vocabulary(known, signs_of(known), np.array(counts))


def test_a_mistyped_word_that_ends_as_it_was_typed_comes_first() -> None:
    known = vocabulary(["prostatic", "prostatitis"], [90, 10])
    assert known.meant("prostatit", "prostatits") == ("prostatitis", "prostatic")
    assert known.meant("prostatik", "prostatik") == ("prostatic",)


def test_three_slips_are_forgiven_in_a_very_long_word() -> None:
    known = vocabulary(["hemorrhoid", "steroid"], [10, 90])
    assert known.nearest("hemaroid") == ("hemorrhoid",)
    assert known.nearest("steam") == ()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("nephrectomy", ("resection", "kidney")),
        ("partial nephrectomy", ("excision", "kidney")),
        ("egd with biopsy", ("excision", "via", "natural", "artificial", "opening", "endoscopic", "diagnostic")),
        ("bmi of 42.3", ("body", "mass", "index", "40.0", "44.9")),
        ("solumedrol", ("methylprednisolone", "sodium", "succinate")),
    ],
)
def test_names_are_put_together_from_roots_and_endings(typed: str, meant: tuple[str, ...]) -> None:
    assert meant in query.read(typed, readings.shipped()).slots[0].ways


def test_a_disease_of_many_names_is_read_as_the_one_that_the_code_set_has() -> None:
    slot = query.read("globoid cell leukodystrophy", readings.shipped()).slots[0]
    assert ("krabbe",) in slot.ways


async def test_what_a_record_shortens_is_a_condition_and_no_block(tmp_path: Path) -> None:
    told = [
        Entry("J00-J06", "", Level.BLOCK, "Acute upper respiratory infections (J00-J06)", False, 0, 2),
        Entry("J06", "J00-J06", Level.CATEGORY, "Acute upper respiratory infections of multiple sites", False, 1, 2),
        Entry("J06.9", "J06", Level.CODE, "Acute upper respiratory infection, unspecified", True, 2),
    ]
    bundle.write(tmp_path / FOLDER, bundle.Source(edition("icd-10-cm"), told, described), lambda *_: None)
    catalog.publish(tmp_path, [edition("icd-10-cm").id])
    with contextlib.closing(Library(tmp_path)) as library:
        lookup = Lookup(library, TOOLS, lambda: DAY)
        assert (await codes(lookup, "uri"))[0] == "J06.9"
        assert "J00-J06" in await codes(lookup, "acute upper respiratory infections")


@pytest.mark.parametrize(
    ("written", "slots"),
    [
        ("afib w/o pain", [("afib",), ("without",), ("pain",)]),
        ("afib w / pain", [("afib",), ("pain",)]),
        ("afib w pain", [("afib",), ("pain",)]),
        ("afib w", [("afib",), ("w",)]),
    ],
)
def test_with_and_without_are_read_as_records_shorten_them(written: str, slots: list[tuple[str, ...]]) -> None:
    assert [slot.ways[0] for slot in query.read(written, readings.shipped()).slots] == slots


def test_codes_of_the_system_that_has_the_typed_one_whole_come_first(tmp_path: Path) -> None:
    diagnoses = [
        Entry("E11", "", Level.CATEGORY, "Type 2 diabetes mellitus", False, 0, 2),
        Entry("E11.9", "E11", Level.CODE, "Type 2 diabetes mellitus without complications", True, 1),
        Entry("E11.8", "E11", Level.CODE, "Type 2 diabetes mellitus with complications", True, 2),
    ]
    chairs = [Entry(code, "", Level.CODE, "Wheelchair", True, at) for at, code in enumerate(("E1100", "E1110"))]
    sources = [
        bundle.Source(edition(name), told, described) for name, told in (("icd-10-cm", diagnoses), ("hcpcs", chairs))
    ]
    for source in sources:
        bundle.write(tmp_path / FOLDER, source, lambda *_: None)
    catalog.publish(tmp_path, [source.edition.id for source in sources])
    with contextlib.closing(Library(tmp_path)) as library:
        lookup = Lookup(library, TOOLS, lambda: DAY)
        found = [hit.code for hit in lookup.suggest_codes("E11", "", 10).hits]
        assert found == ["E11", "E11.8", "E11.9", "E1100", "E1110"]
        assert [hit.code for hit in lookup.suggest_codes("e11.", "", 10).hits] == found[:3]


async def test_new_editions_are_made_ready_before_they_are_served(tmp_path: Path) -> None:
    first, second = (replace(edition("icd-10-cm"), id=f"icd-10-cm-{n}", version=f"v{n}") for n in (1, 2))
    for one in (first, second):
        bundle.write(tmp_path / FOLDER, bundle.Source(one, ENTRIES, described), lambda *_: None)
    catalog.publish(tmp_path, [first.id])
    with contextlib.closing(Library(tmp_path)) as library:
        lookup, seen_by = Lookup(library, TOOLS, lambda: DAY), []

        def prepare(ahead: Library) -> None:
            seen_by.append((library.generation, ahead.generation))
            lookup.prepare(ahead)

        watching = asyncio.create_task(library.watch(prepare))
        before = library.generation
        catalog.publish(tmp_path, [second.id])
        async with asyncio.timeout(20):
            while library.generation == before:  # noqa: ASYNC110 -- it is another process that publishes
                await asyncio.sleep(0.05)
        watching.cancel()
        assert seen_by == [(before, library.generation)]
        assert lookup.suggest_codes("osteop", "", 5).hits[0].code.startswith("M80")


async def test_words_nobody_knows_are_told_with_what_they_were_read_as(small: Lookup) -> None:
    found = await small.search_codes("osteoporosiss qqqqqqq")
    assert found.hits[0].code.startswith("M80")
    assert found.tried == (
        "osteoporosiss: read as osteoporosis",
        "qqqqqqq: no term has this word, or one spelled like it",
    )
    nothing = await small.search_codes("zzzzzzzzz")
    assert (nothing.hits, nothing.total) == ((), 0)
    assert nothing.tried


async def test_a_place_that_is_none_is_not_searched_within(small: Lookup) -> None:
    with pytest.raises(AppError, match="ZZZ"):
        await small.search_codes("fracture", narrowed=Narrowed(within="ZZZ"))


@pytest.mark.parametrize("limit", [-1, 101, 10_000])
async def test_a_limit_out_of_range_is_refused_with_the_range(small: Lookup, limit: int) -> None:
    with pytest.raises(AppError, match="1 to 100") as refused:
        await small.search_codes("fracture", limit=limit)
    assert refused.value.reason == "BAD_LIMIT"


ODD = (
    *('"', "( : ^ * ~", "fracture AND (", 'wrist" OR "1"="1', "'; DROP TABLE entry; --", "<script>alert(1)</script>"),
    *("骨折", "перелом", "f", "fracture\x00\x1b[31m", "+fracture -wrist", "wrist~2 fracture^9", "🦴", "a" * 500),
)


@pytest.mark.parametrize("text", ODD)
async def test_any_text_has_an_answer_or_a_clear_refusal(small: Lookup, text: str) -> None:
    try:
        found = await small.search_codes(text, with_facets=True)
    except AppError as refused:
        reason = refused.reason
    else:
        reason = "" if found.total >= len(found.hits) else "more hits than codes"
    assert reason in {"", "EMPTY_QUERY"}


async def test_a_word_of_the_same_root_is_found(small: Lookup) -> None:
    assert (await codes(small, "osteoporotic"))[0].startswith("M80")
    assert (await codes(small, "fractured wrist"))[0] == "S62"


def test_what_is_being_typed_is_completed_and_a_slip_in_it_is_forgiven(small: Lookup) -> None:
    for typed in ("osteop", "fracture osteo", "osteeop"):
        assert small.suggest_codes(typed, "", 5).hits[0].code.startswith("M80"), typed
    assert not small.suggest_codes("scaph", "", 5).hits  # an index is not shown at every key


async def test_a_code_that_is_not_in_force_on_the_date_is_not_offered(tmp_path: Path) -> None:
    dated = replace(edition("hcpcs"), row_dated=True, effective_to="")
    entries = [
        Entry("E0100", "", Level.CODE, "Cane, wood", True, 0, since="2000-01-01", until="2025-12-31"),
        Entry("E0105", "", Level.CODE, "Cane, quad", True, 1, since="2000-01-01"),
        Entry("E0110", "", Level.CODE, "Cane, carbon", True, 2, since="2027-01-01"),
    ]
    bundle.write(tmp_path / FOLDER, bundle.Source(dated, entries, described), lambda *_: None)
    catalog.publish(tmp_path, [dated.id])
    with contextlib.closing(Library(tmp_path)) as library:
        lookup = Lookup(library, TOOLS, lambda: DAY)
        on = {
            day: {hit.code for hit in (await lookup.search_codes("cane", as_of=day)).hits}
            for day in ("2025-11-01", DAY)
        }
        assert on == {"2025-11-01": {"E0100", "E0105"}, DAY: {"E0105"}}
        assert not (await lookup.search_codes("E0100")).hits
        assert [hit.code for hit in lookup.suggest_codes("can", "", 5).hits] == ["E0105"]


async def test_a_procedure_is_found_by_its_common_name(tmp_path: Path) -> None:
    told = [("0DTJ0ZZ", "Open Approach"), ("0DTJ4ZZ", "Percutaneous Endoscopic Approach")]
    entries = [
        Entry(code, "", Level.CODE, f"Resection of Appendix, {way}", True, number)
        for number, (code, way) in enumerate(told)
    ]
    bundle.write(tmp_path / FOLDER, bundle.Source(edition("icd-10-pcs"), entries, described), lambda *_: None)
    catalog.publish(tmp_path, [edition("icd-10-pcs").id])
    with contextlib.closing(Library(tmp_path)) as library:
        found = await Lookup(library, TOOLS, lambda: DAY).search_codes("lap appendectomy")
        assert (found.hits[0].code, found.hits[0].kind) == ("0DTJ4ZZ", "procedure")


async def test_what_shares_no_word_is_found_by_its_meaning(folder: Path) -> None:
    made: list[tuple[str, int, int]] = []
    assert build.build(folder, 1, lambda *said: made.append(said)) == len(ENTRIES)
    assert made[-1] == ("icd-10-cm", 7, 7)
    assert build.build(folder, 1, lambda *_: None) == 0
    with contextlib.closing(Library(folder)) as library, contextlib.closing(Meanings(folder)) as meanings:
        lookup = Lookup(library, Tools(readings.shipped(), ranking.shipped(), meanings), lambda: DAY)
        found = await lookup.search_codes("carpus crack")
        assert "S62" in {hit.code[:3] for hit in found.hits[:2]}
        assert (await lookup.search_codes("S62.1")).hits[0].code == "S62.1"
        nothing = await lookup.search_codes("flibbertigibbet qqqqqqq")  # every vector is near to some other
        assert (nothing.hits, len(nothing.tried)) == ((), 2)


def test_a_see_reference_leads_to_the_code_of_the_one_term_that_it_names() -> None:
    rows = [
        Row("I21.9", 1, {"term": "Infarct, infarction > myocardium, myocardial (acute)"}),
        Row("see", 2, {"term": "Attack, attacks > heart", "way": "see", "to": "Infarct, myocardium"}),
        Row("see", 3, {"term": "Heart", "way": "see", "to": "condition"}),
        Row("see", 4, {"term": "Infarct, infarction > lung", "way": "see also", "to": "Infarct, myocardium"}),
        Row("M89.0-", 5, {"term": "Algoneurodystrophy"}),
    ]
    assert list(index_terms.of(rows)) == [
        Term("I21.9", "index", "Infarct, infarction, myocardium, myocardial (acute)"),
        Term("M89.0", "index", "Algoneurodystrophy"),
        Term("I21.9", "index", "Attack, attacks, heart"),
    ]


def test_readings_refuse_what_has_no_words() -> None:
    with pytest.raises(ValueError, match="no words"):
        readings.read(('[a]\n"htn" = ["…"]', readings.Kind.COMMON))
    told = 'groups = [["heart", "cardiac"]]\n[lay]\n"sugar" = ["diabetes mellitus"]\n[a]\n"tka" = ["replacement"]'
    read = readings.read((told, readings.Kind.PROCEDURE))
    assert {key: [(one.text, one.kind.value) for one in told] for key, told in read.items()} == {
        ("heart",): [("cardiac", "synonym")],
        ("cardiac",): [("heart", "synonym")],
        ("sugar",): [("diabetes mellitus", "common")],
        ("tka",): [("replacement", "procedure")],
    }


def test_weights_have_to_name_everything_that_is_seen() -> None:
    with pytest.raises(ValueError, match="expected share, score"):
        ranking.read("[fused]\nshare = 1\n[lexical]\n")
    names = "".join(f"{name} = [1, 2]\n" for name in seen.NAMES)
    with pytest.raises(ValueError, match="rows of one length"):
        ranking.read(f"[fused]\nfrom = [0]\nworth = []\n[fused.weights]\n{names}")


async def test_what_searches_read_lies_in_a_file_and_is_laid_out_once(folder, tmp_path, monkeypatch):
    async def found(boards: Path | None) -> list[list[str]]:
        with contextlib.closing(Library(folder)) as library:
            lookup = Lookup(library, TOOLS, lambda: DAY, boards)
            asked = [await lookup.search_codes(text, with_facets=True) for text in ("wrist fracture", "osteoporosys")]
            typed = [lookup.suggest_codes(text, "", 0) for text in ("f", "frac", "carpal f", "ostoepo")]
        return [[(hit.code, hit.term, hit.score) for hit in one.hits] for one in (*asked, *typed)]

    in_memory = await found(None)
    assert all(in_memory)
    assert await found(tmp_path / "boards") == in_memory
    monkeypatch.setattr(laying, "lay_out", lambda _: pytest.fail("it is laid out already"))
    assert await found(tmp_path / "boards") == in_memory


def test_a_letter_that_very_many_terms_begin_with_is_answered_by_the_likeliest_and_counts_all(folder, monkeypatch):
    with contextlib.closing(Library(folder)) as library:
        all_looked_at = Lookup(library, TOOLS, lambda: DAY).suggest_codes("f", "icd-10-cm", 0)
        monkeypatch.setattr(candidates, "_POOL", 2)
        monkeypatch.setattr(candidates, "_LIKELY", 3)
        likeliest = Lookup(library, TOOLS, lambda: DAY).suggest_codes("f", "icd-10-cm", 0)
    assert [hit.code for hit in likeliest.hits] == [hit.code for hit in all_looked_at.hits][:3]
    assert likeliest.total == all_looked_at.total


def test_what_searches_now_is_left_alone_when_the_next_editions_are_laid_out(folder, monkeypatch):
    """That is done in another thread, and a finder is not for two threads at once."""
    with contextlib.closing(Library(folder)) as library:
        lookup = Lookup(library, TOOLS, lambda: DAY)
        lookup.prepare(library)
        monkeypatch.setattr(Finder, "find", lambda *_: pytest.fail("it may be searching"))
        lookup.prepare(library)

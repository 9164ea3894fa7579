"""What the tabular list says of a claim's diagnoses, on the edition that ships."""

import contextlib

import pytest

from services.lookup.checking import Edits
from services.lookup.editions.library import Library
from services.lookup.edits.claim import Claim, Line


@pytest.fixture(scope="module")
def edits(shipped):
    with contextlib.closing(Library(shipped)) as library:
        yield Edits(library, lambda: "2026-05-04")


def found(edits, *lines: tuple[tuple[str, ...], tuple[str, ...]], **more) -> list[tuple[str, str, str]]:
    made = tuple(Line(str(n), "99213", 1, mods, dx, "") for n, (mods, dx) in enumerate(lines, 1))
    report = edits.check_claim(Claim("", "", "", made, **more))
    kept = ("excludes", "instructional-note", "specificity", "age-sex")
    return [(one.rule, one.verdict.value, one.severity.value) for one in report.findings if one.rule in kept]


NOTE, FIRST = ("instructional-note", "applies", "info"), ("instructional-note", "applies", "check")
SIDE, EXCLUDED = ("specificity", "applies", "check"), ("excludes", "applies", "check")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([((), ("E11.621",))], [NOTE]),
        ([((), ("E11.621", "L97.511"))], []),
        ([((), ("E11.621",)), ((), ("E11.621", "L97.511"))], []),
        ([((), ("F02.80",))], [FIRST]),
        ([((), ("F02.80", "G30.9"))], [FIRST]),
        ([((), ("G30.9", "F02.80"))], []),
        ([((), ("L97.511",))], [NOTE]),
        ([((), ("I50.9",))], [NOTE]),
        ([((), ("I50.9", "I11.0"))], [FIRST]),
        ([((), ("E11.9",)), ((), ("E10.9",))], [EXCLUDED]),
        ([((), ("M25.569",))], [SIDE]),
        ([((), ("M23.203",))], []),
        ([(("RT",), ("M25.561",))], []),
        ([(("LT",), ("M25.561",))], [SIDE]),
        ([(("LT",), ("M25.561", "M25.562"))], []),
        ([(("LT", "RT"), ("M25.561",))], []),
    ],
)
def test_notes_and_sides(edits, lines, expected):
    assert found(edits, *lines) == expected


def test_diagnoses_of_other_days_exclude_nothing(edits):
    lines = (Line("1", "99213", 1, (), ("E11.9",), "2026-05-01"), Line("2", "99213", 1, (), ("E10.9",), "2026-05-02"))
    assert [one for one in edits.check_claim(Claim("", "", "", lines)).findings if one.rule == "excludes"] == []


def test_the_note_is_quoted_by_where_it_stands(edits):
    report = edits.check_claim(Claim("", "", "", (Line("1", "99213", 1, (), ("E11.9", "E10.9"), ""),)))
    (finding,) = [one for one in report.findings if one.rule == "excludes"]
    assert "Excludes1 note at E1" in finding.message
    assert finding.source.edition.startswith("ICD-10-CM FY2026")


def test_age_and_sex_without_their_tables_are_no_data(edits):
    report = edits.check_claim(Claim("", "", "", (Line("1", "99213", 1, (), ("O80",), ""),), sex="male", age_years=40))
    assert next(one.verdict for one in report.checked if one.rule == "age-sex") == "no_data"


@pytest.mark.parametrize("sex", ["F", "m", "Female"])
def test_sex_is_taken_as_claims_write_it(edits, sex):
    report = edits.check_claim(Claim("", "", "", (Line("1", "99213", 1, (), (), ""),), sex=sex))
    assert report.claim.sex in {"female", "male"}


@pytest.mark.parametrize(
    ("codes", "rule"),
    [
        (("E11.9", "E10.9"), "excludes"),
        (("F02.80", "G30.9"), "instructional-note"),
        (("99213", "E11"), "code-validity"),
        (("E1142",), None),
    ],
)
def test_why_diagnoses_do_not_go_together(edits, codes, rule):
    explained = edits.explain_pair(Claim("", "", "", ()), codes)
    rules = [one.rule for one in explained.report.findings if one.verdict == "applies"]
    assert rules == ([rule] if rule else [])
    assert explained.rows == ()

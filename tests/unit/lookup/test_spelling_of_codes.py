"""How codes are spelled, and which edition speaks for a date."""

from dataclasses import replace

import pytest

from services.lookup.domain import SYSTEMS, Edition, Entry, Level, Status, day, spelled
from services.lookup.editions.speaking import speaking

EDITION = Edition("a", "icd-10-cm", "FY2026", "2025-10-01", "2026-03-31", "a.xml", "00", 1, "all")


@pytest.mark.parametrize(
    ("system", "typed", "canonical"),
    [
        ("icd-10-cm", "e1142", "E11.42"),
        ("icd-10-cm", " E11.42 ", "E11.42"),
        ("icd-10-cm", "E11", "E11"),
        ("icd-10-cm", "t847xxa", "T84.7XXA"),
        ("icd-10-cm", "e08-e13", "E08-E13"),
        ("icd-10-cm", "04", "4"),
        ("cpt", "1234f", "1234F"),
        ("hcpcs", "j1885", "J1885"),
        ("icd-10-pcs", "0dtj4zz", "0DTJ4ZZ"),
        ("icd-10-cm", "E11.42.1", None),
        ("icd-10-cm", "\u0395\u0031\u0031", None),  # a Greek E
        ("icd-10-cm", "\uff25\uff11\uff11", None),  # full-width letters
        ("cpt", "2070", None),
        ("hcpcs", "Z1234", None),
        ("icd-10-pcs", "0DTI4ZZ", None),
        ("icd-10-cm", "", None),
    ],
)
def test_any_spelling_leads_to_the_canonical_form(system, typed, canonical):
    assert spelled(SYSTEMS[system], typed) == canonical


@pytest.mark.parametrize(
    "text", ["2026-02-30", "2026-1-1", "1899-12-31", "2101-01-01", "yesterday", "", "2026-01-01T00"]
)
def test_what_is_no_day(text):
    assert day(text) is None


def test_the_newest_edition_that_had_begun_speaks_and_says_when_it_is_over():
    april = replace(EDITION, id="b", effective_from="2026-04-01", effective_to="2026-09-30")
    both = [EDITION, april]
    assert speaking(both, "2026-03-31").id == "a"
    assert not speaking(both, "2026-03-31").stale
    assert speaking(both, "2026-04-01").id == "b"
    assert speaking(both, "2026-10-01").stale
    assert speaking(both, "2025-09-30") is None


def test_an_edition_whose_rows_carry_dates_speaks_for_earlier_ones_too():
    dated = replace(EDITION, row_dated=True)
    assert speaking([dated], "2010-01-01") == dated


def test_an_entry_stands_by_its_own_dates_on_their_very_days():
    entry = Entry("20701", "", Level.CODE, "x", billable=True, since="2020-01-01", until="2025-12-31")
    entry = replace(entry, known_from="2019-01-01")
    days = ("2018-12-31", "2019-12-31", "2020-01-01", "2025-12-31", "2026-01-01")
    assert [entry.status(one) for one in days] == [
        *(Status.NO_DATA, Status.NOT_YET_VALID, Status.ACTIVE, Status.ACTIVE, Status.DELETED)
    ]

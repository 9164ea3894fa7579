"""Two editions of a source: what is new, gone and revised from one to the other, and which of them is the newer."""

from pathlib import Path

import pytest

from services.lookup.editions.shelf import EDITIONS
from services.lookup.importers.compare import Change, changes
from tests.unit.lookup.official import PTP_HEADING, imported, written

BEFORE = (
    ("11042", "11720", "20150101", "*", "1", "Misuse"),
    ("11042", "11721", "20150101", "*", "1", "Misuse"),
    ("11042", "97597", "20100101", "20101231", "0", "Mutually exclusive"),
    ("11042", "97597", "20150101", "*", "0", "Mutually exclusive"),
    ("G0127", "11719", "20200101", "*", "1", "Standards of practice"),
)
AFTER = (
    ("11042", "11720", "20150101", "*", "1", "Misuse"),
    ("11042", "11721", "20150101", "20260630", "1", "Misuse"),
    ("11042", "97597", "20100101", "20101231", "0", "Mutually exclusive"),
    ("11042", "97597", "20150101", "*", "1", "Standards of practice"),
    ("0002M", "80053", "20260701", "*", "0", "A rationale of its own"),
)


def table(folder: Path, name: str, rows, day: str):
    text = "".join(f"{one}\t{two}\t\t{since}\t{until}\t{says}\t{why}\n" for one, two, since, until, says, why in rows)
    return imported(folder, written(folder, name, PTP_HEADING + text), effective_from=day)


@pytest.fixture
def two(tmp_path):
    """The folders of both editions."""
    done = (
        table(tmp_path, "ccipra-v321r0-f1.txt", BEFORE, "2026-04-01"),
        table(tmp_path, "ccipra-v322r0-f1.txt", AFTER, "2026-07-01"),
    )
    return [tmp_path / EDITIONS / one.published[0].id for one in done]


def test_pairs_that_are_new_gone_or_revised_are_told_by_code_and_first_day(two):
    on = "until further notice, modifier indicator"
    assert list(changes(*two)) == [
        Change("new", "0002M/80053 2026-07-01", "", f"{on} 0, A rationale of its own"),
        Change(
            "revised", "11042/11721 2015-01-01", f"{on} 1, Misuse", "until 2026-06-30, modifier indicator 1, Misuse"
        ),
        Change("revised", "11042/97597 2015-01-01", f"{on} 0, Mutually exclusive", f"{on} 1, Standards of practice"),
        Change("deleted", "G0127/11719 2020-01-01", f"{on} 1, Standards of practice", ""),
    ]


def test_a_table_does_not_differ_from_itself_and_the_other_way_round_new_is_gone(two):
    assert list(changes(two[0], two[0])) == []
    back = {(one.code, one.kind) for one in changes(two[1], two[0])}
    assert {("0002M/80053 2026-07-01", "deleted"), ("G0127/11719 2020-01-01", "new")} < back


def test_an_older_edition_says_that_it_is_kept_and_not_promoted(tmp_path):
    assert table(tmp_path, "ccipra-v322r0-f1.txt", AFTER, "2026-07-01").remarks == ()
    (told,) = table(tmp_path, "ccipra-v321r0-f1.txt", BEFORE, "2026-04-01").remarks
    assert "2026 Q2 is older than 2026 Q3, which is loaded" in told
    assert "not promoted" in told

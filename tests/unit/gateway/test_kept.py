"""Code pages in the gateway's memory: never older than the editions that are known to be published."""

import time
from dataclasses import replace

import pytest

from services.gateway import kept as kept_module
from services.gateway.domain import Code, Section
from services.gateway.kept import KEPT_FOR, KeptCodes

KEY = ("icd-10-cm", "I10", "2026-05-01", "")
BODY = b'{"text": "Essential (primary) hypertension"}'
CODE = Code(
    "icd-10-cm", "I10", "", "active", True, "2026-05-01", None, (Section("official", "", gated=False, body=BODY),)
)


@pytest.fixture
def kept():
    return KeptCodes()


def test_an_answer_is_found_again_under_what_was_asked_for(kept):
    kept.keep(KEY, CODE, 3)
    assert kept.find(KEY) is CODE
    assert kept.find(("icd-10-cm", "i10", "2026-05-01", "")) is None


def test_a_newer_generation_empties_it_and_an_older_one_is_not_kept(kept):
    kept.keep(KEY, CODE, 3)
    kept.saw(3)
    assert kept.find(KEY) is CODE
    kept.saw(4)
    assert kept.find(KEY) is None
    kept.keep(KEY, CODE, 3)
    assert kept.find(KEY) is None


def test_an_answer_of_a_newer_generation_tells_of_it(kept):
    kept.keep(KEY, CODE, 3)
    kept.keep(("icd-10-cm", "I11", "", ""), CODE, 4)
    assert kept.find(KEY) is None


def test_nothing_is_kept_for_long(kept, monkeypatch):
    kept.keep(KEY, CODE, 3)
    later = time.monotonic() + KEPT_FOR + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert kept.find(KEY) is None


def test_an_answer_to_no_date_ends_with_its_day(kept, monkeypatch):
    undated = ("icd-10-cm", "I10", "", "")
    monkeypatch.setattr(kept_module, "_today", lambda: "2026-05-01")
    kept.keep(undated, CODE, 3)
    assert kept.find(undated) is CODE
    monkeypatch.setattr(kept_module, "_today", lambda: "2026-05-02")
    assert kept.find(undated) is None


def test_the_one_not_asked_for_the_longest_goes_first():
    kept = KeptCodes(largest=2 * len(BODY))
    for code in ("a", "b"):
        kept.keep(("icd-10-cm", code, "2026-05-01", ""), CODE, 1)
    kept.find(("icd-10-cm", "a", "2026-05-01", ""))
    kept.keep(("icd-10-cm", "c", "2026-05-01", ""), CODE, 1)
    held = [code for code in "abc" if kept.find(("icd-10-cm", code, "2026-05-01", ""))]
    assert held == ["a", "c"]
    kept.keep(("icd-10-cm", "a", "2026-05-01", ""), replace(CODE, sections=CODE.sections * 3), 1)
    assert not any(kept.find(("icd-10-cm", code, "2026-05-01", "")) for code in "abc")

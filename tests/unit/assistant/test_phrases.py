"""Codes for what people say: the search leads where it carries the words, else the coding of cases."""

import numpy as np

from services.assistant.answers.understand import understand
from services.assistant.domain.cases import CaseCode, Span
from services.assistant.domain.codes import CodeRef, KnownCode, Searched, SearchHit
from services.assistant.domain.questions import Question
from services.assistant.evidence.phrases import Phrases

DAY = "2026-05-04"


def hit(code: str, display: str, kind: str = "description", *, system: str = "icd-10-cm", billable: bool = True):
    return SearchHit(CodeRef(system, code, display), billable, display, kind)


def suggested(code: str, said: str) -> CaseCode:
    span = Span(0, len(said), said)
    return CaseCode(CodeRef("icd-10-cm", code, code), 0.9, "suggested", "", (span,))


class Codes:
    """A search that finds what it is given; of the texts it encodes, those it calls alike have one vector."""

    def __init__(self, *hits: SearchHit, read_as=None, supplies=(), alike=(), below=()) -> None:
        self._found, self._read_as, self._alike, self._below = (
            {"icd-10-cm": hits, "hcpcs": supplies},
            read_as,
            alike,
            below,
        )

    async def search(self, text, system, limit, as_of):
        return Searched(tuple(self._found.get(system, ())), self._read_as or {})

    async def get_code(self, system, code, as_of):
        children = [{"code": one.ref.code, "display": one.ref.display, "billable": one.billable} for one in self._below]
        ref = CodeRef(system, code, code)
        return KnownCode(ref, "active", False, as_of, "", "", "", False, {"hierarchy": {"children": children}})

    async def encode(self, texts):
        if not self._alike:
            return []
        return [np.eye(4, dtype="<f4")[0 if text in self._alike else at + 1].tobytes() for at, text in enumerate(texts)]


class Coding:
    def __init__(self, *codes: CaseCode) -> None:
        self._codes = codes

    async def code(self, text, as_of, setting):
        return self._codes


async def coded(text: str, codes: Codes, *case: CaseCode) -> tuple[list[str], list[str]]:
    found = await Phrases(codes, Coding(*case)).coded(understand(Question(text, DAY)))
    return [one.ref.code for one in found.hits], [one.ref.code for one in found.case]


async def test_the_search_leads_where_its_best_carries_the_words():
    codes = Codes(hit("M54.50", "Low back pain, unspecified"), hit("M54.9", "Dorsalgia, unspecified"))
    assert await coded("What is the ICD-10 code for low back pain?", codes) == (["M54.50", "M54.9"], [])


async def test_a_misspelled_word_carries_what_it_was_read_as():
    codes = Codes(hit("F41.9", "Anxiety disorder, unspecified"), read_as={"anxeity": "anxiety"})
    assert (await coded("ICD-10 code for anxeity", codes))[0] == ["F41.9"]


async def test_a_name_that_stands_for_the_words_is_trusted_but_not_for_words_that_nobody_knows():
    flu = hit("J11.1", "Influenza", "common")
    assert (await coded("ICD-10 code for the grippe", Codes(flu)))[0] == ["J11.1"]
    odd = Codes(flu, read_as={"quantum": "", "flux": "flu"})
    assert await coded("ICD-10 code for quantum flux disorder", odd) == ([], [])


async def test_what_shares_no_words_has_to_mean_the_same():
    found = hit("R45.851", "Suicidal ideations", "meaning")
    asked = "ICD-10 code for thoughts of ending it all"
    assert (await coded(asked, Codes(found, alike=("thoughts of ending it all", "Suicidal ideations"))))[0] == [
        "R45.851"
    ]
    assert (await coded(asked, Codes(found, alike=("thoughts of ending it all",))))[0] == []
    assert (await coded(asked, Codes(found)))[0] == []


async def test_several_things_are_those_that_the_best_hit_says_nothing_of():
    heart = hit("I50.23", "Acute on chronic systolic heart failure")
    failing, pressure = (
        suggested("I50.23", "acute on chronic systolic heart failure"),
        suggested("I11.0", "hypertension"),
    )
    text = "ICD-10 code for acute on chronic systolic heart failure with hypertension"
    assert (await coded(text, Codes(heart), pressure, failing))[1] == ["I11.0", "I50.23"]
    prostate = hit("N40.1", "Benign prostatic hyperplasia with lower urinary tract symptoms")
    parts = suggested("N40.0", "benign prostatic hyperplasia"), suggested("N13.9", "urinary obstruction")
    text = "ICD-10 code for benign prostatic hyperplasia with urinary obstruction"
    assert await coded(text, Codes(prostate), *parts) == (["N40.1"], [])


async def test_a_combination_leads_within_the_category_that_was_found_and_denies_nothing_that_was_said():
    without = hit("I13.1", "Hypertensive heart and kidney disease without heart failure")
    combined = hit("I13.0", "Hypertensive heart and kidney disease with heart failure")
    text = "ICD-10 code for hypertensive heart and kidney disease with heart failure"
    parts = suggested("I13.0", "hypertensive kidney disease"), suggested("I50.9", "heart failure")
    assert (await coded(text, Codes(without, combined), *parts))[0] == ["I13.0", "I13.1"]
    wrong = suggested("I13.1", "hypertensive kidney disease"), suggested("I50.9", "heart failure")
    assert (await coded(text, Codes(combined, without), *wrong))[0] == ["I13.0", "I13.1"]


async def test_a_header_gives_way_to_the_one_code_below_it_that_claims_least():
    below = [hit("K29.70", "Gastritis, unspecified, without bleeding"), hit("K29.71", "Gastritis with bleeding")]
    header = hit("K29.7", "Gastritis, unspecified", billable=False)
    assert (await coded("ICD-10 code for gastritis", Codes(header, below=below)))[0] == ["K29.70", "K29.7"]


async def test_supplies_answer_where_no_system_is_named_and_no_diagnosis_is_found():
    walker = hit("E0130", "Walker, rigid (pickup)", system="hcpcs")
    assert (await coded("what is the code for a walker", Codes(supplies=[walker])))[0] == ["E0130"]
    assert (await coded("what is the icd-10 code for a walker", Codes(supplies=[walker])))[0] == []


async def test_words_that_ask_for_no_code_have_to_mean_what_is_found():
    slip = hit("O14.2", "HELLP syndrome")
    apart = Codes(slip, read_as={"hello": "hellp"}, alike=("hello",))
    assert (await coded("hello", apart))[0] == []
    stones = hit("K80.20", "Calculus of gallbladder", "common")
    assert (await coded("gallstones", Codes(stones, alike=("gallstones", "Calculus of gallbladder"))))[0] == ["K80.20"]


async def test_the_one_code_of_a_case_is_told_as_a_code_where_the_search_has_none():
    assert await coded("ICD-10 code for suicidal thoughts", Codes(), suggested("R45.851", "suicidal")) == (
        ["R45.851"],
        [],
    )


async def test_without_a_model_a_name_that_stands_for_bare_words_is_enough_and_a_slip_is_not():
    stones = hit("K80.20", "Calculus of gallbladder", "common")
    assert (await coded("gallstones", Codes(stones)))[0] == ["K80.20"]
    assert (await coded("gallstones", Codes(stones, read_as={"gallstones": "gallstone"})))[0] == []

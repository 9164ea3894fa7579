"""Which editions an answer rests on: no more than those, so that another can be taken away."""

from services.assistant.answers.resting import resting
from services.assistant.domain.answers import Answer, Citation
from services.assistant.domain.codes import CodeRef, KnownCode
from services.assistant.domain.consults import Consult
from services.assistant.domain.questions import Question
from services.assistant.service import consult_id
from tests.unit.assistant.world import assistant

DAY = "2026-05-01"
MUE = {"id": "mue-26q2", "name": "NCCI MUE, practitioner", "version": "2026 Q2"}
PTP = {"id": "ptp-26q3", "name": "NCCI PTP, practitioner", "version": "2026 Q3"}
FEES = {"id": "pfs-25", "name": "Physician Fee Schedule", "version": "CY2025"}
OCTOBER = {"id": "pfs-25-october", "name": "Physician Fee Schedule", "version": "CY2025 October"}


def known(system: str, code: str, edition_id: str, **sections: list[dict[str, str]]) -> KnownCode:
    bodies = {key: {"editions": editions} for key, editions in sections.items()}
    ref = CodeRef(system, code, "something")
    return KnownCode(ref, "active", True, DAY, edition_id, edition_id, DAY, False, bodies)


DEBRIDEMENT = known("cpt", "11042", "starter", edits=[MUE, PTP], fees=[FEES, OCTOBER])
DIABETES = known("icd-10-cm", "E11.42", "cm-26")
HELD = [DEBRIDEMENT, DIABETES]


def citing(*citations: Citation, codes: tuple[KnownCode, ...] = ()) -> Answer:
    return Answer("", abstained=False, as_of=DAY, codes=tuple(one.ref for one in codes), citations=citations)


def cited(title: str, locator: str = "", url: str = "/data") -> Citation:
    return Citation(title, "", locator, url, "")


def test_a_code_that_is_named_rests_on_its_code_set_and_one_that_is_not_on_nothing():
    assert resting(citing(codes=(DIABETES,)), HELD) == ("cm-26",)
    assert resting(citing(), HELD) == ()


def test_a_row_rests_on_the_table_it_was_read_from():
    row = cited("NCCI MUE, practitioner 2026 Q2, mue.csv, line 12", "on the page of 11042", "/codes/cpt/11042")
    assert resting(citing(row), HELD) == ("mue-26q2", "starter")


def test_of_two_names_that_begin_alike_the_longer_one_is_meant():
    assert resting(citing(cited("Physician Fee Schedule CY2025 October, a.csv, line 1")), HELD) == ("pfs-25-october",)
    assert resting(citing(cited("Physician Fee Schedule CY2025, a.csv, line 1")), HELD) == ("pfs-25",)


def test_a_section_that_is_pointed_at_rests_on_all_its_tables():
    where = cited("CPT 11042", "add-on code edits", "/codes/cpt/11042")
    assert resting(citing(where), HELD) == ("mue-26q2", "ptp-26q3", "starter")


async def test_a_receipt_of_a_code_names_its_edition_and_one_of_a_guide_none():
    office = assistant()
    kept = {}
    for question in ("What is E11.42?", "What is the difference between a new and an established patient?"):
        kept[question] = [one async for one in office.ask("account:ann", Question(question, ""), "")][-1]
    code, guide = kept.values()
    assert code.editions == ("cm",)
    assert not guide.answer.abstained
    assert guide.editions == ()
    assert [await office.count_receipts(one) for one in ("cm", "pfs-25")] == [1, 0]


async def test_a_consult_rests_on_the_code_set_of_its_codes():
    office = assistant()
    text = "ASSESSMENT: Essential hypertension."
    one = Consult(consult_id("ann", "<1@x>"), "ann", "<1@x>", "A case", text, ("<1@x>",), 1, DAY)
    await office.submit_consult(one)
    await office.work_consult(one.id)
    assert (await office.get_receipt("account:ann", one.id)).editions == ("cm",)
    assert (await office.replay_receipt("account:ann", one.id)).differences == ()

"""Claims as rows, as an 837, and as people type them."""

import pytest

from services.chassis.errors import AppError
from services.gateway.claims import rows, x12
from services.gateway.web.claims import read_form

ASKED = {"as_of": "", "setting": "", "program": "", "state": ""}
HEADING = "claim,line,code,units,modifiers,diagnoses,pos,date,sex,age\n"
ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240101*1200*^*00501*000000001*0*T*:~"
BODY = (
    "ST*837*0001*005010X222A1~",
    "HL*2*1*22*0~",
    "NM1*IL*1*LAST*FIRST****MI*MEMBER1~",
    "DMG*D8*19600301*F~",
    "CLM*A-1*100***11:B:1*Y*A*Y*Y~",
    "HI*ABK:E1142*ABF:I10~",
    "LX*1~",
    "SV1*HC:99213:25*100*UN*1***1:2~",
    "DTP*472*D8*20240229~",
    "LX*2~",
    "SV1*HC:11042*80*UN*2*22**2~",
    "DTP*472*D8*20240229~",
)


def interchange(*body: str, end: str = "") -> str:
    segments = body or BODY
    trailer = end or f"SE*{len(segments) + 1}*0001~GE*1*1~IEA*1*000000001~"
    return ISA + "GS*HC*S*R*20240101*1200*1*X*005010X222A1~" + "".join(segments) + trailer


def test_rows_of_a_claim_are_one_claim():
    text = "\ufeff" + HEADING + "a,1,99213,,25,E11.42 I10,11,2026-05-01,F,66\na,2,11042,x,,,,,,\nb,1,J1885,3,,,,,,\n"
    batch = [(name, rows.claim_of(found, ASKED)) for name, found in rows.claims(rows.read(text))]
    assert [name for name, _ in batch] == ["a", "b"]
    claim = batch[0][1]
    assert (claim["as_of"], claim["patient"]) == ("2026-05-01", {"sex": "female", "age_years": 66})
    assert claim["lines"][0]["diagnoses"] == ["E11.42", "I10"]
    assert [line["units"] for line in claim["lines"]] == [1, 0], "what is no number is refused with its place"


def test_semicolons_part_cells_too_and_a_heading_without_code_is_refused():
    assert rows.read("claim;line;code\na;1;99213\n")[0]["code"] == "99213"
    with pytest.raises(AppError) as refused:
        rows.read("claim,line,procedure\na,1,99213\n")
    assert refused.value.reason == "BAD_CSV"


def test_findings_stand_beside_their_rows_and_run_no_formula():
    found = rows.read(HEADING + "a,1,=1+1,,,,,,,\n")
    answer = {
        "verdict": "problems",
        "findings": [{"rule": "mue", "verdict": "applies", "lines": ["1"], "message": "m", "fix": "f"}],
        "checked": [{"rule": "ncci-ptp", "edition": None, "verdict": "no_data"}],
    }
    text = rows.written(rows.annotated(found, answer))
    assert text == "a,1,'=1+1,,,,,,,,problems,mue applies: m f | no data for ncci-ptp\n"


def test_an_837_becomes_claims_without_anybodys_name():
    ((name, claim),) = x12.read(interchange())
    assert name == "A-1"
    assert (claim["setting"], claim["as_of"]) == ("practitioner", "2024-02-29")
    assert claim["patient"] == {"sex": "female", "age_years": 63}
    first, second = claim["lines"]
    assert (first["code"], first["modifiers"], first["diagnoses"]) == ("99213", ["25"], ["E1142", "I10"])
    assert (second["units"], second["diagnoses"], second["place_of_service"]) == (2, ["I10"], "22")
    assert "LAST" not in str(claim)
    assert "MEMBER1" not in str(claim)


def test_other_delimiters_are_those_that_the_header_names():
    text = interchange().replace("*", "|").replace("~", "'\n").replace(":", ">")
    assert x12.read(text) == x12.read(interchange())


@pytest.mark.parametrize(
    ("text", "segment"),
    [
        ("hello", "segment 1"),
        (interchange()[:-20], "segment 16"),
        (interchange(end="SE*99*0001~GE*1*1~IEA*1*1~"), "segment 15"),
        (interchange(end=f"SE*{len(BODY) + 1}*0001~GE*2*1~IEA*1*1~"), "segment 16"),
        (interchange("ST*999*0001~", "AK1*HC*1~"), "segment 3"),
        (interchange(*BODY[:7], "SV1*HC:99213*100*UN*many***1~"), "segment 10"),
    ],
)
def test_what_is_wrong_with_an_837_is_named_by_its_segment(text, segment):
    with pytest.raises(AppError) as refused:
        x12.read(text)
    assert refused.value.errors[0].where == segment


def test_rows_as_people_type_them():
    claim = read_form(
        {"rows": "99213 25 e11.42\n\nj1885 x3, 2026-05-01", "as_of": "", "setting": "dme", "sex": "", "age": "7"}
    )
    first, second = claim["lines"]
    assert (first["code"], first["modifiers"], first["diagnoses"]) == ("99213", ["25"], ["E11.42"])
    assert (second["code"], second["units"], second["date"]) == ("J1885", 3, "2026-05-01")
    assert claim["patient"]["age_years"] == 7
    with pytest.raises(AppError, match="age"):
        read_form({"rows": "99213", "age": "old"})

"""Claims as rows, as an 837, and as people type them."""

import pytest

from services.chassis.errors import AppError
from services.gateway.claims import rows, typed, x12

ASKED = {"as_of": "", "setting": "", "program": "", "state": ""}
HEADING = "claim,line,code,units,modifiers,diagnoses,pos,date,sex,age\n"
ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240101*1200*^*00501*000000001*0*T*:~"
CLAIM = (
    "HL*2*1*22*0~",
    "SBR*P*18*******MB~",
    "NM1*IL*1*LAST*FIRST****MI*MEMBER1~",
    "N3*1 STREET~",
    "N4*TOWN*CA*90001~",
    "DMG*D8*19600301*F~",
    "CLM*A-1*100***11:B:1*Y*A*Y*Y~",
    "HI*ABK:E1142*ABF:I10~",
    "LX*1~",
    "SV1*HC:99213:25*100*UN*1***1:2~",
    "DTP*472*D8*20240229~",
    "LX*2~",
    "SV1*HC:11042*80*UN*2*22**2~",
    "DTP*472*RD8*20240229-20240301~",
)
HEAD = ("NM1*85*2*CLINIC*****XX*1234567893~", "N4*AUSTIN*TX*78701~")
INSTITUTIONAL = (
    "DMG*D8*19600301*M~",
    "CLM*B-1*100***13:A:1*Y*A*Y*Y~",
    "DTP*434*RD8*20240422-20240430~",
    "HI*ABK:M23203~",
    "LX*1~",
    "SV2*0360*HC:29881:RT*900*UN*1~",
    "LX*2~",
    "SV2*0270**50*UN*3~",
)


def transaction(*body: str, control: str = "0001", guide: str = "005010X222A1", said: str = "") -> str:
    count = said or str(len(body) + 2)
    return f"ST*837*{control}*{guide}~{''.join(body)}SE*{count}*{control}~"


def interchange(*sets: str, groups: str = "1", held: str = "", control: str = "000000001") -> str:
    body = sets or (transaction(*HEAD, *CLAIM),)
    group = f"GS*HC*S*R*20240101*1200*1*X*005010X222A1~{''.join(body)}GE*{held or len(body)}*1~"
    return f"{ISA}{group}IEA*{groups}*{control}~"


def read(text: str, *, by: int = 0) -> list:
    """The claims of a CSV that comes in pieces of some bytes."""
    reading = rows.Reading(ASKED)
    data = text.encode()
    pieces = [data[n : n + by] for n in range(0, len(data), by)] if by else [data]
    return [*(one for piece in pieces for one in reading.feed(piece)), *reading.feed(b"", last=True)]


@pytest.mark.parametrize("by", [0, 1, 7, 64])
def test_rows_of_a_claim_are_one_claim_however_they_come(by):
    text = (
        "\ufeff"
        + HEADING
        + 'a,1,99213,,"25,59",E11.42 I10,11,2026-05-01,F,66\r\n\r\na,2,11042,2,,,,,,\nb,1,J1885,3,,,,,,'
    )
    first, second = read(text, by=by)
    assert (first.name, second.name) == ("a", "b")
    assert (first.claim["as_of"], first.claim["patient"]) == ("2026-05-01", {"sex": "female", "age_years": 66})
    assert first.claim["lines"][0]["diagnoses"] == ["E11.42", "I10"]
    assert first.claim["lines"][0]["modifiers"] == ["25", "59"]
    assert [line["units"] for line in first.claim["lines"]] == [1, 2]
    assert second.claim["lines"][0]["units"] == 3


def test_a_row_that_cannot_be_read_is_named_and_leaves_the_others():
    (claim,) = read(
        HEADING + "a,1,99213,1,,,,,F,66\na,2,11042,x,,,,,,\na,3,11042,1,,,,,,,E11\na,4,97597,1.0,,,,,q,old\n"
    )
    assert [line["id"] for line in claim.claim["lines"]] == ["1"]
    assert [(one.line, one.where) for one in claim.wrong] == [(4, "cells"), (3, "units"), (5, "age"), (5, "sex")]
    answer = {"verdict": "clean", "findings": [], "checked": []}
    told = [row[-2:] for row in rows.annotated(claim, answer)]
    assert told[0] == ["problems", ""]
    assert told[1] == ["problems", "line 3, units: 'x' cannot be read, expected a whole number"]


def test_semicolons_and_tabs_part_cells_too():
    assert read("claim;line;code\na;1;99213\n")[0].rows[0]["code"] == "99213"
    assert read("code\tclaim\tline\n99213\ta\t1\n")[0].rows[0]["code"] == "99213"


@pytest.mark.parametrize(
    ("text", "line"),
    [("", 1), ("claim,line,procedure\na,1,99213\n", 1), (HEADING + 'a,1,"99213\n' + "x" * (1 << 20), 2)],
)
def test_a_csv_that_is_none_is_refused_at_its_line(text, line):
    with pytest.raises(AppError) as refused:
        read(text)
    assert refused.value.reason == "BAD_CSV"
    assert refused.value.errors[0].line == line


def test_columns_of_people_go_no_further():
    (claim,) = read("claim,name,line,code\na,JANE DOE,1,99213\n")
    assert "DOE" not in str(claim)


def test_findings_stand_beside_their_rows_and_run_no_formula():
    (claim,) = read(HEADING + "a,1,=1+1,,,,,,,\n")
    answer = {
        "verdict": "problems",
        "findings": [{"rule": "mue", "verdict": "applies", "lines": ["1"], "message": "m", "fix": "f"}],
        "checked": [{"rule": "ncci-ptp", "edition": None, "verdict": "no_data"}],
    }
    text = rows.written(rows.annotated(claim, answer))
    assert text == b"a,1,'=1+1,,,,,,,,problems,mue applies: m f | no data for ncci-ptp\n"


def test_an_837_becomes_claims_without_anybodys_name():
    (claim,), wrong = x12.read(interchange())
    assert (claim.name, wrong, claim.wrong) == ("A-1", [], ())
    told = claim.claim
    assert (told["setting"], told["as_of"], told["state"], told["program"]) == ("practitioner", "2024-02-29", "TX", "")
    assert told["patient"] == {"sex": "female", "age_years": 63}
    first, second = told["lines"]
    assert (first["code"], first["modifiers"], first["diagnoses"]) == ("99213", ["25"], ["E1142", "I10"])
    assert (second["units"], second["diagnoses"], second["place_of_service"]) == (2, ["I10"], "22")
    assert not [one for one in ("LAST", "FIRST", "MEMBER1", "STREET", "TOWN", "CLINIC") if one in str(claim)]


def test_an_institutional_837_is_outpatient_and_its_revenue_lines_are_no_procedures():
    (claim,), _ = x12.read(interchange(transaction(*INSTITUTIONAL, guide="005010X223A2")))
    assert claim.claim["setting"] == "outpatient"
    (line,) = claim.claim["lines"]
    assert (line["code"], line["modifiers"], line["date"], line["diagnoses"]) == (
        *("29881", ["RT"], "2024-04-22"),
        ["M23203"],
    )


def test_claims_sets_and_interchanges_come_together():
    two = transaction(*HEAD, *CLAIM, *CLAIM[6:], control="0002")
    text = interchange(transaction(*HEAD, *CLAIM), two) + "\n" + interchange().replace("*", "|").replace("~", "'\n")
    claims, wrong = x12.read(text)
    assert (len(claims), wrong) == (4, [])


def test_delimiters_are_those_that_the_header_names():
    text = interchange().replace("*", "|").replace("~", "'\n").replace(":", ">")
    assert x12.read(text) == x12.read(interchange())


def test_medicaid_and_minutes_are_told_apart():
    body = [one.replace("MB~", "MC~").replace("UN*2*22", "MJ*45*22") for one in CLAIM]
    (claim,), _ = x12.read(interchange(transaction(*HEAD, *body)))
    assert (claim.claim["program"], claim.claim["lines"][1]["units"]) == ("medicaid", 1)


def test_each_claim_has_its_own_provider_subscriber_and_patient():
    child = ("HL*3*2*23*0~", "PAT*19~", "NM1*QC*1*LAST*KID~", "DMG*D8*20200301*M~", CLAIM[6].replace("A-1", "A-2"))
    second = ("HL*4**20*1~", "NM1*85*2*OTHER*****XX*1~", "N4*FAR AWAY**K1A~")  # a provider without a state
    grown = ("HL*5*4*22*0~", "SBR*P*18*******MC~", "DMG*D8*19400301*M~", CLAIM[6].replace("A-1", "A-3"))
    body = (*HEAD, *CLAIM, *child, *CLAIM[7:], *second, *grown, *CLAIM[7:])
    claims, wrong = x12.read(interchange(transaction(*body)))
    told = [(one.name, one.claim["state"], one.claim["program"], one.claim["patient"]) for one in claims]
    assert wrong == []
    assert told == [
        ("A-1", "TX", "", {"sex": "female", "age_years": 63}),
        ("A-2", "TX", "", {"sex": "male", "age_years": 3}),
        ("A-3", "", "medicaid", {"sex": "male", "age_years": 83}),
    ]


def test_what_a_claim_says_of_others_is_not_the_patients():
    other_payer = ("SBR*S*18*******MC~", "DMG*D8*19990101*M~", "NM1*77*2*SITE~", "N4*TULSA*OK*74101~")
    at_the_line = ("NM1*77*2*SITE~", "N4*RENO*NV*89501~")
    body = (*HEAD, *CLAIM[:8], *other_payer, *CLAIM[8:11], *at_the_line, *CLAIM[11:])
    (claim,), _ = x12.read(interchange(transaction(*body)))
    assert claim.claim["patient"] == {"sex": "female", "age_years": 63}
    assert (claim.claim["program"], claim.claim["state"]) == ("", "OK")


def test_a_drugs_own_segments_change_neither_code_nor_units():
    line = "SV1*HC:J1885:JZ:59:XS:25:KETOROLAC*80*UN*4*11**1~"
    drug = ("LIN**N4*00409379501~", "CTP****2*ML~", "REF*XZ*123~", "SVD*PAYER*5*HC:J1885**2~", "DTP*573*D8*20240501~")
    (claim,), wrong = x12.read(interchange(transaction(*HEAD, *CLAIM[:8], "LX*1~", line, CLAIM[10], *drug)))
    (told,) = claim.claim["lines"]
    assert (wrong, claim.wrong) == ([], ())
    assert (told["code"], told["units"], told["date"]) == ("J1885", 4, "2024-02-29")
    assert told["modifiers"] == ["JZ", "59", "XS", "25"]


def test_diagnoses_of_several_segments_are_counted_on():
    codes = [f"M79.{n}" for n in range(14)]
    segments = ("HI*ABK:" + "*ABF:".join(codes[:12]) + "~", "HI*ABF:" + "*ABF:".join(codes[12:]) + "~")
    line = CLAIM[9].replace("1:2", "1:12:13:14")
    (claim,), _ = x12.read(interchange(transaction(*HEAD, *CLAIM[:7], *segments, CLAIM[8], line, CLAIM[10])))
    assert claim.claim["lines"][0]["diagnoses"] == ["M79.0", "M79.11", "M79.12", "M79.13"]


@pytest.mark.parametrize("end", ["\x1a", "\n\n\x00", "\t"])
def test_what_old_systems_set_behind_a_file_is_no_fault(end):
    assert x12.read(interchange() + end)[1] == []


def test_what_is_no_interchange_leaves_those_before_it():
    claims, wrong = x12.read(interchange() + "\nhello")
    assert (len(claims), [one.where for one in wrong]) == (1, ["segment 23"])


@pytest.mark.parametrize("kept", range(120, len(interchange()) - 1, 37))
def test_a_file_cut_anywhere_is_refused_or_told_of(kept):
    with pytest.raises(AppError) as refused:
        x12.read(interchange()[:kept])
    assert refused.value.reason == "BAD_X12"
    assert refused.value.errors
    again, wrong = x12.read(interchange() + "\n" + interchange()[:kept])
    assert (len(again), bool(wrong)) == (1, True)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("hello", "segment 1"),
        ("ISA*00*short~", "segment 1"),
        (interchange().partition("GE*")[0], "segment 20, SE"),
        (interchange().partition("HI*")[0], "segment 12, CLM"),
        (interchange(transaction(*HEAD, *CLAIM, said="99")), "segment 20, SE01"),
        (interchange().replace("SE*18*0001", "SE*18*0002"), "segment 20, SE02"),
        (interchange(held="2"), "segment 21, GE01"),
        (interchange(groups="3"), "segment 22, IEA01"),
        (interchange(control="000000009"), "segment 22, IEA02"),
        (interchange(transaction("AK1*HC*1~").replace("ST*837", "ST*999")), "segment 3, ST01"),
        (interchange(transaction(*CLAIM, guide="005010X221A1")), "segment 3, ST03"),
    ],
)
def test_what_is_wrong_with_an_837_is_named_by_its_segment(text, where):
    with pytest.raises(AppError) as refused:
        x12.read(text)
    assert refused.value.reason == "BAD_X12"
    assert where in [one.where for one in refused.value.errors]


def test_a_set_that_is_wrong_leaves_the_others():
    sets = (transaction(*HEAD, *CLAIM), transaction(*CLAIM, said="3"), transaction("AK1*HC*1~").replace("837", "277"))
    claims, wrong = x12.read(interchange(*sets))
    assert len(claims) == 1
    assert [one.where.partition(", ")[2] for one in wrong] == ["SE01", "ST01"]


@pytest.mark.parametrize(
    ("segment", "other", "where", "lines"),
    [
        ("SV1*HC:11042*80*UN*2*22**2~", "SV1*HC:11042*80*UN*many*22**2~", "segment 18, SV104", ["1"]),
        ("SV1*HC:11042*80*UN*2*22**2~", "SV1*WK:11042*80*UN*2*22**2~", "segment 18, SV101", ["1"]),
        ("SV1*HC:11042*80*UN*2*22**2~", "SV1*HC:11042*80*UN*2*22**2:7~", "segment 18, SV107", ["1", "2"]),
        ("DTP*472*D8*20240229~", "DTP*472*D8*20240230~", "segment 16, DTP03", ["2"]),
        ("DTP*472*D8*20240229~", "", "line 1, DTP", ["2"]),
        ("HI*ABK:E1142*ABF:I10~", "HI*BK:25060*ABF:I10~", "segment 13, HI01", ["1", "2"]),
    ],
)
def test_a_line_of_an_837_that_is_wrong_is_named_and_leaves_the_others(segment, other, where, lines):
    body = "".join(CLAIM).replace(segment, other)
    (claim,), _ = x12.read(interchange(transaction(*HEAD, *(f"{one}~" for one in body.split("~") if one))))
    assert [one.where for one in claim.wrong] == [where]
    assert [line["id"] for line in claim.claim["lines"]] == lines


def test_segments_that_an_837_has_not_are_named():
    claims, wrong = x12.read(interchange(transaction(*HEAD, "ZZZ*1~", *CLAIM)))
    assert (len(claims), [one.where for one in wrong]) == (1, ["segment 6, ZZZ"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("99213-25 x1", {"code": "99213", "modifiers": "25", "units": "1"}),
        ("99213 25 e11.42", {"code": "99213", "modifiers": "25", "diagnoses": "E11.42"}),
        ("j1885 3x, 2026-05-01 @11", {"code": "J1885", "units": "3", "date": "2026-05-01", "place": "11"}),
        ("29881-RT-59\tM23.203|M17.11 2", {"modifiers": "RT 59", "diagnoses": "M23.203 M17.11", "units": "2"}),
    ],
)
def test_lines_as_people_paste_them(text, expected):
    (row,) = typed.pasted(f"\n{text}\n")
    assert {name: value for name, value in row.items() if value and name in expected} == expected


def test_the_heading_of_a_pasted_table_is_no_line():
    table = typed.pasted("Code\tMod\tUnits\tDx\n29880\tRT\t1\tM23.203\n")
    assert [(row["code"], row["modifiers"], row["diagnoses"]) for row in table] == [("29880", "RT", "M23.203")]
    assert [row["code"] for row in typed.pasted("ABC")] == ["ABC"]  # alone it is a line, to be told of


def test_a_form_becomes_a_claim_whose_lines_are_named_by_their_rows():
    blank = dict.fromkeys(typed.FIELDS, "")
    values = {"lines": [blank, *typed.pasted("99213-25 x2")], "age": "7", "sex": "female", "setting": "dme"}
    claim = typed.claim_of(values)
    assert (claim["lines"][0]["id"], claim["lines"][0]["units"], claim["patient"]["age_years"]) == ("2", 2, 7)
    for wrong, field in (
        ({"lines": [{**blank, "units": "many"}]}, "line 1, units"),
        ({"lines": [blank]}, "lines"),
        ({"lines": typed.pasted("99213"), "age": "old"}, "age"),
    ):
        with pytest.raises(AppError) as refused:
            typed.claim_of(wrong)
        assert [one.where for one in refused.value.errors] == [field]

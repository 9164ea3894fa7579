"""What notes of a practice and a hospital state in words of their own, by the rule that says how it is coded."""

import pytest

from services.assistant.cases import patient
from tests.unit.assistant.test_coding import coded, coder, direct  # noqa: F401 -- fixtures


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Cough. Allergic to sulfa drugs.", ["R05.9", "Z88.2"]),
        ("Cough. latex allergy, peanut allergy", ["R05.9", "Z91.040", "Z91.010"]),
        ("Cough.\nAllergies: penicillin (hives)", ["R05.9", "Z88.0"]),
        ("Allergies: sulfa, latex\nHypertension", ["Z88.2", "Z91.040", "I10"]),
        ("s/p L TKA 2019", ["Z96.652"]),
        ("CAD, PCI with stent to LAD 2021", ["I25.10", "Z95.5"]),
        ("s/p cholecystectomy, appendectomy", ["Z90.49"]),
        ("s/p gastric bypass", ["Z98.84"]),
        ("s/p R mastectomy", ["Z90.11"]),
        ("45 yo here for annual physical. No complaints.", ["Z00.00"]),
        ("Medicare annual wellness visit. Hypertension, stable.", ["Z00.00", "I10"]),
        ("4 year old here for well child check. No concerns.", ["Z00.129"]),
        ("Presents for screening mammogram.", ["Z12.31"]),
        ("55M for screening colonoscopy; polyp found in sigmoid colon and removed.", ["Z12.11", "K63.5"]),
        ("Here for flu shot.", ["Z23"]),
        ("Preoperative clearance for cataract surgery. Cataract right eye.", ["Z01.818", "H26.9"]),
        (
            "27yo G1P0 at 39w2d admitted in labor. Normal spontaneous vaginal delivery of liveborn single male.",
            ["O80", "Z37.0", "Z3A.39"],
        ),
        ("Newborn male born in this hospital by vaginal delivery, single liveborn. Healthy.", ["Z38.00"]),
        ("34F G2P1 at 32w with preeclampsia", ["O14.93", "Z3A.32"]),
        ("Sepsis due to E. coli", ["A41.51"]),
        ("UTI due to E. coli", ["N39.0", "B96.20"]),
        ("Type 2 diabetes on insulin", ["E11.9", "Z79.4"]),
        ("Type 2 diabetes with diabetic foot ulcer of right heel with fat layer exposed", ["E11.621", "L97.412"]),
        ("Depression, moderate, recurrent", ["F33.1"]),
        ("CKD4", ["N18.4"]),
        ("BPH with urinary retention and nocturia", ["N40.1", "R33.8", "R35.1"]),
        ("RA on methotrexate", ["M06.9", "Z79.631"]),
        ("Left carpal tunnel syndrome", ["G56.02"]),
        ("Right breast cancer upper outer quadrant, female", ["C50.411"]),
        ("Stage 4 pressure ulcer of sacrum", ["L89.154"]),
        ("Cellulitis of left lower leg", ["L03.116"]),
        ("CVA 2 years ago with residual right hemiplegia, dominant side", ["I69.351"]),
        ("Cough. She was referred by the Covid evaluation center.", ["R05.9"]),
        ("There is a possibility of pneumonia. Cough.", ["R05.9"]),
    ],
)
async def test_what_is_suggested_in_its_order(coder, text, expected):  # noqa: F811
    assert sorted((await coded(coder, text))["suggested"]) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("34F with sore throat and fever. A: Strep pharyngitis", ["J02.0"]),  # IV.D
        ("A: Chest pain", ["R07.9"]),
        ("Preop diagnosis: Right knee pain\nPostop diagnosis: Osteoarthritis of right knee", ["M17.11"]),  # IV.N
        ("Suture removal. Laceration of left forearm 10 days ago, healed.", ["S51.812D"]),  # I.C.21.c.7
        ("Concussion without loss of consciousness.", ["S06.0X0A"]),
        ("Major depressive disorder, recurrent, moderate, on escitalopram.", ["F33.1"]),
        ("Ureteral calculus with hydronephrosis.", ["N13.2"]),
        ("Male, 60. Left breast cancer.", ["C50.922"]),
        ("31F, 20 weeks of gestation, hypothyroidism.", ["O99.282", "E03.9", "Z3A.20"]),  # I.C.15.a.1
    ],
)
async def test_what_a_record_ends_in_is_coded(coder, text, expected):  # noqa: F811
    assert sorted((await coded(coder, text))["suggested"]) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Hypertension. Here for annual physical.", ["Z00.00", "I10"]),
        ("Annual physical. New rash on the arm, R knee pain.", ["Z00.01"]),
        ("Hypertension, stable. Screening mammogram today.", ["Z12.31", "I10"]),
        ("Penicillin allergy. Type 2 diabetes, on insulin.", ["E11.9", "Z88.0", "Z79.4"]),
        ("HPI: knee pain, hypertension.\nASSESSMENT:\n1. Gout\n2. Asthma", ["M10.9", "J45.909"]),
        ("Pneumonia with sepsis due to E. coli.", ["A41.51", "J18.9"]),
    ],
)
async def test_what_the_visit_is_for_is_told_first(coder, text, codes):  # noqa: F811
    assert (await coded(coder, text))["suggested"][: len(codes)] == codes


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("Due for screening colonoscopy next year. Gout.", "Z12"),
        ("Discussed flu vaccine, declined. Gout.", "Z23"),
        ("NKDA. Gout.", "Z88"),
        ("Allergies: none. Gout.", "Z88"),
        ("No known drug allergies. Gout.", "Z88"),
        ("Left total knee arthroplasty performed today for osteoarthritis.", "Z96"),
        ("Started methotrexate as a single injection. Ectopic.", "Z79"),
        ("Mother had a mastectomy. Gout.", "Z90"),
        ("Allergic rhinitis.", "Z88"),
        ("60 year old man, 12 weeks after surgery. Gout.", "Z3A"),
    ],
)
async def test_what_is_never_suggested(coder, text, never):  # noqa: F811
    assert not [code for code in (await coded(coder, text))["suggested"] if code.startswith(never)]


@pytest.mark.parametrize(
    ("text", "age", "stage", "weeks"),
    [
        ("27yo G1P0 at 39w2d", 27, "third trimester", 39),
        ("34F at 13 weeks of gestation", 34, "first trimester", 13),
        ("30 year old, pregnant, 24 5/7 weeks", 30, "second trimester", 24),
        ("29 yo s/p NSVD at 40 weeks", 29, "childbirth", 40),
        ("31F postpartum day 3, preeclampsia", 31, "puerperium", 0),
        ("55 year old man with cough for 12 weeks", 55, "", 0),
    ],
)
def test_of_whom_a_text_speaks(text, age, stage, weeks):
    found = patient.of(text)
    assert (found.age, found.stage, found.weeks) == (age, stage, weeks)

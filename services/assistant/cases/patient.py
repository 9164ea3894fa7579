"""Of whom a text speaks: age, sex, a pregnancy and its weeks, a newborn."""

import re
from dataclasses import dataclass
from typing import Final

_FAR: Final = 400  # characters: a case tells of whom it speaks at its beginning
_GROWN: Final = 18  # years
_FERTILE: Final = 10
_FIRST_WEEKS, _LAST_WEEKS = 4, 43
_TRIMESTERS: Final = ((14, "first"), (28, "second"), (99, "third"))  # the note at the head of chapter 15

_HE: Final = re.compile(r"\b(?:he|his|him)\b", re.IGNORECASE)
_SHE: Final = re.compile(r"\b(?:she|her)\b", re.IGNORECASE)
_BY_AGE: Final = r"\b\d{1,3}\s?-?(?:y/?o|yrs?|years?[- ]old)?[ ,-]{0,2}"
_MALE: Final = re.compile(rf"\b(?:man|male|boy|gentleman|husband|mr\.?)\b|{_BY_AGE}m\b(?!\s?/)", re.IGNORECASE)
_FEMALE: Final = re.compile(
    rf"\b(?:woman|female|girl|lady|mrs\.?|ms\.?|pregnan\w*|gravida)\b|{_BY_AGE}f\b|\bG\d+\s?P\d",
    re.IGNORECASE,
)
_AGE: Final = re.compile(
    r"\b(\d{1,3})(?:[ -]?(years?|yrs?|y/?o|yo|months?|mo|weeks?|wks?|days?|m/o|mos?)\b|\s?[mf]\b)(?:[ -]?old)?",
    re.IGNORECASE,
)
_YEAR_OF: Final = {"y": 1.0, "m": 1 / 12, "w": 7 / 365, "d": 1 / 365}

_GRAVIDA: Final = r"\bG\s?(\d{1,2})[ ,]?\s?P\s?\d|\bgravida\s*(\d{1,2})"
_PREGNANT: Final = re.compile(
    r"\b(?:pregnan\w*|gestation\w*|trimester|gravida|postpartum|puerper\w*|deliver\w*|labou?r|cesarean|obstetric\w*"
    rf"|prenatal|antenatal|antepartum|IUP|EGA|EDD|EDC|c-section|primigravida|multigravida|NSVD|SVD|LTCS)\b"
    rf"|{_GRAVIDA}",
    re.IGNORECASE,
)
_NOT_PREGNANT: Final = re.compile(
    r"\b(?:not pregnant|denies pregnancy|pregnancy test (?:is |was )?negative|negative pregnancy test)\b", re.IGNORECASE
)
_WEEKS: Final = re.compile(
    r"\b(\d{1,2})\s?(?:(?:\+|&|and)?\s?[0-6]/7|\+[0-6]|-)?\s?"
    r"(?:w(?:(?:ee)?ks?)?(?:\s?[0-6]\s?d(?:ays?)?)?\b"
    r"(?!\s*(?:ago|of age|old|post|later|after|p/o|s/p))|weeks?['\u2019])",
    re.IGNORECASE,
)
_DELIVERED: Final = re.compile(
    r"\b(?:NSVD|SVD|(?:spontaneous|vaginal|normal|cesarean|c-section|operative|vacuum|forceps)[- ]"
    r"(?:\w+[- ])?deliver\w+"
    r"|delivered (?:a |an |via |by |of |vaginally)|(?:low transverse |primary |repeat )+c(?:esarean|-section)"
    r"|live ?born|stillborn)\b",
    re.IGNORECASE,
)
_AFTER_BIRTH: Final = re.compile(
    r"\bpost-?partum\b|\b(?:PPD|postpartum day)\s?#?\d|\bpuerper\w*|\b\d+ (?:days?|weeks?) (?:after|post|s/p) "
    r"(?:\w+ ){0,2}(?:deliver\w+|c-section|cesarean)",
    re.IGNORECASE,
)
_BABY: Final = re.compile(
    r"\b(?:newborn|neonat\w*|infant|preterm|premature|birth|days? old|perinatal|baby)\b", re.IGNORECASE
)
_EXPECTING: Final = re.compile(
    r"\b(?:pregnant(?! (?:woman|women) (?:before|in the past))|trimester|IUP|in labou?r|post-?partum|prenatal|antenatal"
    r"|labou?r|gravid|primigravida|multigravida|NSVD|SVD|LTCS|vaginal delivery|\d{1,2} ?(?:w\d?d?|weeks?)[' ]+"
    rf"(?:gestation\w*|pregnan\w*|EGA|IUP|of (?:gestation|pregnancy))|pre-?eclampsia)\b|{_GRAVIDA}|\bG\d",
    re.IGNORECASE,
)
_BABY_OF_WHOM: Final = re.compile(
    r"\b(?:newborn|neonate|infant|baby|preterm|premature) (?:boy|girl|male|female|infant|born|who|with)\b",
    re.IGNORECASE,
)
_NEWBORN_RECORD: Final = re.compile(
    r"^\W*(?:(?:a|this|admission|dx|diagnosis|assessment)[: ]+)?(?:(?:single|live|healthy|normal|well|term|full[- ]term"
    r"|early|late|pre-?term|male|female|twin|\d{2}[- ]?w\w*|\d/7|AGA|LGA|SGA)[- ,]+)*"
    r"(?:newborn|neonate|baby|NB|liveborn|infant born)\b(?! (?:boy|girl)? ?(?:delivered|to mother))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Patient:
    """What the text says; `age` in years, None where it says none; `gravida` and `weeks` are 0 where it says none.

    `stage`: of a pregnancy, as the code set words it ("second trimester", "complicating childbirth"); or empty.
    """

    age: float | None
    male: bool
    female: bool
    pregnant: bool
    expecting: bool  # the text is of a pregnancy, and not only tells of one
    baby: bool
    newborn: bool
    gravida: int
    weeks: int
    stage: str

    @property
    def minor(self) -> bool:
        """Whether a visit for health's sake is a child's."""
        return self.age is not None and self.age < _GROWN


def of(text: str) -> Patient:
    """Whom a text speaks of."""
    opening = text[:_FAR]
    pregnant = bool(_PREGNANT.search(text)) and not _NOT_PREGNANT.search(text)
    newborn = bool(_NEWBORN_RECORD.match(opening))
    male, female = _sex(opening)
    carried = re.search(_GRAVIDA, text, re.IGNORECASE)
    told = weeks(text) if pregnant else None
    return Patient(
        age=_age(opening),
        male=male,
        female=female,
        pregnant=pregnant,
        expecting=pregnant and not newborn and _is_expecting(opening),
        baby=bool(_BABY.search(text)),
        newborn=newborn,
        gravida=int(next(filter(None, carried.groups()), 0)) if carried else 0,
        weeks=int(told[1]) if told else 0,
        stage=_stage(text, int(told[1]) if told else 0) if pregnant and not newborn else "",
    )


def _is_expecting(opening: str) -> bool:
    age = _age(opening)
    child = age is not None and age < _FERTILE
    return not child and bool(_EXPECTING.search(opening)) and not _BABY_OF_WHOM.search(opening)


def _sex(opening: str) -> tuple[bool, bool]:
    """Whether a man is told of, and a woman; by "he" and "she" where nothing else tells."""
    male, female = bool(_MALE.search(opening)), bool(_FEMALE.search(opening))
    return (male, female) if male or female else (bool(_HE.search(opening)), bool(_SHE.search(opening)))


def _age(opening: str) -> float | None:
    found = _AGE.search(opening)
    if not found:
        return None
    return int(found[1]) * _YEAR_OF[(found[2] or "years")[0].lower()]


def weeks(text: str) -> re.Match[str] | None:
    """Where the text tells of the weeks of gestation; the first group holds them."""
    return next((one for one in _WEEKS.finditer(text) if _FIRST_WEEKS <= int(one[1]) <= _LAST_WEEKS), None)


def delivery(text: str) -> re.Match[str] | None:
    """Where the text tells of a delivery."""
    return _DELIVERED.search(text)


def trimester(of_weeks: int) -> str:
    """The trimester of a week, as the code set words it."""
    return next(f"{name} trimester" for until, name in _TRIMESTERS if of_weeks < until)


def _stage(text: str, of_weeks: int) -> str:
    """Of what a chapter 15 code tells: childbirth where it happened, else the trimester (Guidelines I.C.15.a.3)."""
    if _AFTER_BIRTH.search(text):
        return "puerperium"
    if _DELIVERED.search(text):
        return "childbirth"
    said = re.search(r"\b(first|second|third|1st|2nd|3rd) trimester", text, re.IGNORECASE)
    if said:
        ordinal = {"1": "first", "2": "second", "3": "third"}.get(said[1][0], said[1].lower())
        return f"{ordinal} trimester"
    return trimester(of_weeks) if of_weeks else ""

"""What a record states in words of its own (stated.toml): the reason for the visit, operations of the past, drugs."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from services.assistant.cases.clauses import Clause, clause_at
from services.assistant.cases.patient import Patient
from services.assistant.cases.proposals import EXCLUDED, SUGGESTED, Proposal
from services.assistant.domain.cases import Span
from services.assistant.domain.codes import CodeRef

FILE: Final = Path(__file__).with_name("stated.toml")
_BEGIN, _END = r"(?<!\w)(?:", r")(?!\w)"
_NEAR: Final = 30  # characters around a statement that tell its side and whether it is past
_OPENING: Final = 160  # characters: where a note says what the visit is for
_RIGHT: Final = re.compile(r"\b(?:right|rt|r)\b", re.IGNORECASE)
_LEFT: Final = re.compile(r"\b(?:left|lt|l)\b", re.IGNORECASE)
_BOTH: Final = re.compile(r"\b(?:bilat\w*|b/l|both|double)\b", re.IGNORECASE)
_SIDED: Final = re.compile("|".join(one.pattern for one in (_RIGHT, _LEFT, _BOTH)), re.IGNORECASE)
_PAST: Final = re.compile(
    r"\b(?:s/p|status post|h/o|hx|history|psh|pshx|had|prior|previous\w*|remote|old)\b[^.;\n]*$",
    re.IGNORECASE,
)
_DATED: Final = re.compile(r"^[^.;\n]{0,40}?(?:\b(?:19|20)\d\d\b|\bago\b|['\u2019]\d\d\b)", re.IGNORECASE)
_OF_TODAY: Final = re.compile(
    r"\b(?:underwent|undergoes|undergoing|perform\w*|today|procedure|operation|operative|consent\w*|taken to)\b",
    re.IGNORECASE,
)
_PUT_OFF: Final = re.compile(
    r"\b(?:due|overdue|order\w*|refer\w*|schedul\w*|recommend\w*|discuss\w*|declin\w*|needs?|will|advis\w*|last"
    r"|up[- ]to[- ]date|utd|return|next|plan\w*|reminded|offered|defer\w*|candidate|awaiting|no longer)\b[^.;\n]*$",
    re.IGNORECASE,
)
_PUT_OFF_AFTER: Final = re.compile(
    r"[ ,-]*(?:was |is |has been )?(?:ordered|scheduled|due|declined|recommended|discussed|pending|up[- ]to[- ]date|utd"
    r"|refused|deferred|offered|advised)\b",
    re.IGNORECASE,
)
_HERE: Final = re.compile(r"here|present|seen|brought|comes", re.IGNORECASE)
_REASON_SECTION: Final = ("reason", "assessed", "procedure")
_TAKEN: Final = re.compile(
    r"\b(?:on|takes|taking|continues?|continued|maintained|managed with|controlled (?:on|with)|chronic|daily|weekly"
    r"|long[- ]term|home|uses|refill\w*)\b"
    r"[^.;\n]{0,30}$",
    re.IGNORECASE,
)
_DOSE: Final = re.compile(r"^[ ,]{0,2}\d+(?:\.\d+)? ?(?:mg|mcg|units?|g)\b", re.IGNORECASE)
_NOT_LONG: Final = "The text does not say that it is taken for long (Guidelines I.C.21.c.3)."
_SAID_NOT: Final = "The text says that it is not there."
_OTHERS: Final = "The text tells it of somebody else."
_LATER: Final = "The text tells of it as past, or for later; it is not what this visit is for (Guidelines IV.A)."
_TODAY: Final = "A state is told of what was done before; what is done now is told by procedure codes (I.C.21.c.3)."


@dataclass(frozen=True, slots=True)
class Statement:
    """A row of the table. `sides`: codes for right, left, both (empty: one for each) and none said."""

    kind: str  # visit or state
    says: re.Pattern[str]
    code: str
    sides: tuple[str, ...]
    rule: str
    child: str
    abnormal: Mapping[str, str]
    in_pregnancy: str
    marks: frozenset[str]  # second, alone, aftercare, always, only_past

    def codes(self, words: str, patient: Patient) -> tuple[str, ...]:
        """The codes for these words around it."""
        if self.child and patient.minor:
            return (self.child,)
        if self.in_pregnancy and patient.stage:
            return (self.in_pregnancy,)
        if not self.sides:
            return (self.code,)
        right, left, both, unsaid = self.sides
        if _BOTH.search(words) or (_RIGHT.search(words) and _LEFT.search(words)):
            return (both,) if both else (right, left)
        return (right if _RIGHT.search(words) else left if _LEFT.search(words) else unsaid,)


@cache
def shipped() -> tuple[Statement, ...]:
    """What comes with the platform."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(_statement(kind, row, told["words"]) for kind in ("visit", "state") for row in told[kind])


def words(expressions: Sequence[str], stands_for: Mapping[str, str]) -> re.Pattern[str]:
    """One expression for whole words in any case, with the words in capitals that stand for others."""
    joined = "|".join(expressions)
    for _ in range(2):
        for name, meaning in stands_for.items():
            joined = re.sub(rf"\b{name}\b", lambda _, meaning=meaning: meaning, joined)  # type: ignore[misc]
    joined = re.sub(r" (?![?*+])", r"\\s+", joined)
    return re.compile(_BEGIN + joined + _END, re.IGNORECASE)


def _statement(kind: str, row: Mapping[str, Any], stands_for: Mapping[str, str]) -> Statement:
    code = row.get("code", "")
    abnormal = {code: row["abnormal"]} if "abnormal" in row else {}
    if "abnormal_child" in row:
        abnormal[row["child"]] = row["abnormal_child"]
    return Statement(
        kind=kind,
        says=words(row["says"], stands_for),
        code=code,
        sides=tuple(row.get("sides", ())),
        rule=row.get("rule", "Guidelines I.C.21.c.3"),
        child=row.get("child", ""),
        abnormal=abnormal,
        in_pregnancy=row.get("in_pregnancy", ""),
        marks=frozenset(mark for mark, on in row.items() if on is True),
    )


def stated(text: str, over: Sequence[Clause], patient: Patient) -> list[Proposal]:
    """What the text states; of two statements that share words, the longer one speaks."""
    found = sorted(_matches(text), key=lambda pair: (pair[1].start() - pair[1].end(), pair[1].start()))
    told: list[Proposal] = []
    taken: list[tuple[str, int, int]] = []
    for one, match in found:
        clause = clause_at(over, match.end() - 1)
        if clause is None or any(
            kind == one.kind and start < match.end() and match.start() < end for kind, start, end in taken
        ):
            continue
        judged = list(_judged(one, match, clause, patient))
        if judged:
            taken.append((one.kind, *match.span()))
            told += judged
    return sorted(told, key=lambda proposal: proposal.spans[0].start)


def _matches(text: str) -> Iterator[tuple[Statement, re.Match[str]]]:
    """Every match of every row; the rows are tried where any of them begins."""
    small = _small(text)
    begins = _any().search(small)
    while begins:
        for one in shipped():
            if match := one.says.match(text, begins.start()):
                yield one, match
        begins = _any().search(small, begins.start() + 1)


def _small(text: str) -> str:
    """The text in small letters, each at its place."""
    small = text.lower()
    return small if len(small) == len(text) else "".join(one.lower() if len(one.lower()) == 1 else one for one in text)


@cache
def _any() -> re.Pattern[str]:
    """What any row says, on the text in small letters: some ten times as fast as each row by itself."""
    every = "|".join(one.says.pattern.removeprefix(_BEGIN).removesuffix(_END) for one in shipped())
    return re.compile((_BEGIN + every + _END).lower())


def _judged(one: Statement, match: re.Match[str], clause: Clause, patient: Patient) -> Iterator[Proposal]:
    before, after = _around(match)
    past = clause.over == "history" or bool(_PAST.search(before)) or bool(_DATED.match(after))
    if "only_past" in one.marks and (not past or clause.over in {"negated", "family"}):
        return
    against = (
        _against_visit(match, clause, before, past="after" not in one.marks)
        if one.kind == "visit"
        else _against_state(one, clause, before, after, past=past)
    )
    span = Span(match.start(), match.end(), match.group())
    near = (match.group(), before[-_NEAR:].rpartition(",")[2], after[:_NEAR].partition(",")[0])
    side_words = next((words for words in near if _SIDED.search(words)), "")
    for code in one.codes(side_words, patient):
        reason = against or f"\u201c{span.text}\u201d states it ({one.rule})."
        status = EXCLUDED if against else SUGGESTED
        yield Proposal(CodeRef("icd-10-cm", code), True, status, reason, (span,), stated=True)


def _around(match: re.Match[str]) -> tuple[str, str]:
    """The rest of the sentence before a match, and after it."""
    text = match.string
    begin = max(text.rfind(sign, 0, match.start()) for sign in (". ", ";", "\n")) + 1
    ends = [at for sign in (". ", ";", "\n") if (at := text.find(sign, match.end())) >= 0]
    return text[begin : match.start()], text[match.end() : min(ends, default=len(text))]


def _against_visit(match: re.Match[str], clause: Clause, before: str, *, past: bool) -> str:
    """Why it is not what the visit is for; `past`: whether what the record tells as past is none."""
    if clause.over == "negated":
        return _SAID_NOT
    if clause.over == "family":
        return _OTHERS
    begins = match.start() < _OPENING or clause.section in _REASON_SECTION or _HERE.match(match[0])
    put_off = _PUT_OFF.search(before)
    after = _around(match)[1]
    given = re.search(r"given|administered|gave|removed|inserted|placed", match[0], re.IGNORECASE)
    stands = given or ((begins or "for" in before.split()[-4:]) and not put_off and not _PUT_OFF_AFTER.match(after))
    return "" if stands and not (past and clause.over == "history") else _LATER


def _against_state(one: Statement, clause: Clause, before: str, after: str, *, past: bool) -> str:
    if clause.over in {"negated", "doubt", "advice"}:
        return _SAID_NOT
    if clause.over == "family":
        return _OTHERS
    if "drug" in one.marks:
        taken = clause.section == "drugs" or _TAKEN.search(before) or _DOSE.match(after)
        return "" if taken and clause.over != "history" else _NOT_LONG
    today = clause.section == "procedure" or bool(_OF_TODAY.search(before))
    return "" if past or ("always" in one.marks and not today) else _TODAY


def with_abnormal_findings(told: Sequence[Proposal], chronic: Sequence[str], text: str) -> list[Proposal]:
    """An examination that finds something new, or that something known is worse, says so (I.C.21.c.13)."""
    new = any(
        one.is_suggested and one.ref.code[0] not in "ZVWXY" and not one.ref.code.startswith(tuple(chronic))
        for one in told
    ) or re.search(r"\b(?:abnormal findings?|uncontrolled|worsening|poorly controlled)\b", text, re.IGNORECASE)
    if not new or re.search(r"\b(?:without|no) abnormal findings?\b", text, re.IGNORECASE):
        return list(told)
    pairs = {code: other for one in shipped() for code, other in one.abnormal.items()}
    return [
        replace(one, ref=CodeRef("icd-10-cm", pairs[one.ref.code])) if one.stated and one.ref.code in pairs else one
        for one in told
    ]


def firsts() -> frozenset[str]:
    """Codes that are told first: what the visit is for."""
    rows = [one for one in shipped() if one.kind == "visit" and "second" not in one.marks]
    return frozenset(c for one in rows for c in (one.code, one.child, *one.abnormal.values()) if c)


def marked(mark: str) -> frozenset[str]:
    """The codes of rows with a mark."""
    return frozenset(one.code for one in shipped() if mark in one.marks)

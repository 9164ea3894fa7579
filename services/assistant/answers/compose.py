"""Writes an answer from evidence, the same words every time: the short answer first, then why."""

from collections.abc import Callable, Sequence
from typing import Final

from services.assistant import codes_in_text
from services.assistant.answers import cues, ended, on_codes, on_crosswalks, on_edits, on_hits, on_notes, on_passages
from services.assistant.answers.identifiers import REMOVED
from services.assistant.answers.telling import Told
from services.assistant.domain.answers import Claim, Draft
from services.assistant.domain.codes import KnownCode
from services.assistant.domain.evidence import Evidence, Passage, Piece, Source
from services.assistant.domain.questions import Focus
from services.assistant.evidence.plainest import SURELY, carried
from services.assistant.evidence.wording import words

_CODES: Final = 3  # codes that are told of one by one
_POINTS: Final = 3  # things that are told of a code
_ROWS: Final = 8  # items of a part
_PARTS: Final = 5
_MOSTLY: Final = 0.75  # the share of a question that a guide has to hold to go before a search
_ALIKE: Final = 0.5  # the cosine of a guide that is told beside a code
_TWO: Final = 2

NOTHING: Final = (
    "The loaded editions and guides hold no evidence for an answer. Name a code (its page is answered from), a "
    "modifier, a rule (\u201cwhen is modifier 25 right?\u201d), or a diagnosis (\u201ccode for \u2026\u201d)."
)
BEYOND: Final = (
    "CasePilot answers questions of coding and billing. What care a patient needs is for the clinician to decide, and "
    "it writes no letters."
)
NOT_LOADED: Final = (
    "A code in your question is in no loaded edition on {day}, so nothing is said of it here. Check its spelling and "
    "the date, or have the file that holds it imported{files}."
)
_FILES: Final = {
    "cpt": "CPT codes come with Medicare's fee schedule, MUE and add-on files, or the operator's licensed AMA file",
    "hcpcs": "HCPCS Level II codes come with the agency's alpha-numeric file",
    "icd-10-pcs": "ICD-10-PCS codes come with the agency's order file",
}
NO_PATIENTS: Final = (
    "What looked like identifiers of a patient was taken out of the question before anything was kept. Please leave "
    "them out."
)
UNHEARD: Final = "No guide and no loaded list tells of a modifier named so: {names}."

_GUIDED: Final = frozenset((Focus.GUIDELINES, Focus.COVERAGE))
_HEADINGS: Final = {
    Focus.UNITS: "Units a day (MUE)",
    Focus.ADD_ON: "Add-on rules",
    Focus.FEES: "Medicare's fee schedule",
    Focus.COVERAGE: "Medicare coverage",
}

type Part = tuple[str, tuple[Claim, ...]]
type Writer = Callable[[Evidence], tuple[Sequence[Claim], Sequence[Part]]]


def compose(evidence: Evidence) -> Draft:
    """The draft; an empty one where nothing carries an answer."""
    if cues.BEYOND.search(evidence.understood.topic) and not evidence.codes:
        return Draft(needs=BEYOND)
    short, why = _writer(evidence)(evidence)
    needs = _needs(evidence)
    if not short:
        return Draft(needs=needs or NOTHING)
    capped = tuple((heading, claims[:_ROWS]) for heading, claims in why[:_PARTS] if claims)
    return Draft(tuple(short), capped, needs)


def _writer(evidence: Evidence) -> Writer:
    """Who answers: codes before modifiers, a code that was asked for before a rule, a rule before a guess."""
    understood = evidence.understood
    if evidence.crosswalk:
        return _on_crosswalk
    if evidence.codes:
        return _on_pair if understood.together else _on_codes
    if evidence.entries or (evidence.passages and understood.modifiers and not evidence.unheard):
        return _on_entries
    if evidence.unknown or evidence.unheard:
        return _on_nothing
    if (evidence.case or evidence.hits) and not _rule_first(evidence):
        return _on_phrase
    return _on_passages if evidence.passages and not _beside(evidence) else _on_nothing


def _beside(evidence: Evidence) -> bool:
    """Whether a code was asked for by words that nothing has, and the guides speak of something else."""
    best = evidence.passages[0]
    return evidence.understood.sure and 0 < best.meant < _ALIKE and not _procedure(evidence.passages)


def _rule_first(evidence: Evidence) -> bool:
    """Whether the guides answer before the search does: where a rule is asked for, or lies nearer than the codes."""
    understood, passages = evidence.understood, evidence.passages
    if not passages:
        return False
    if understood.sure:
        return understood.system in {"cpt", ""} and _procedure(passages) is not None
    asks = cues.ASKING.match(understood.topic) or cues.ASKED_WITHIN.search(understood.topic)
    if asks and not cues.HOW.search(understood.topic):
        return True
    if not evidence.meant:
        return bool(evidence.hits) and carried(evidence.hits[0], set(words(understood.phrase))) < SURELY
    return passages[0].meant > evidence.meant


def _procedure(passages: Sequence[Passage]) -> Passage | None:
    """The first entry of a procedure code that holds most of what was asked."""
    entries = (one for one in passages if codes_in_text.strict(one.heading) and one.share > _MOSTLY)
    return next(entries, None)


def _needs(evidence: Evidence) -> str:
    found = []
    if evidence.unknown:
        systems = {codes_in_text.systems(code)[0] for code in evidence.unknown}
        files = [_FILES[system] for system in _FILES if system in systems]
        told = f" ({'; '.join(files)})" if files else ""
        found.append(NOT_LOADED.format(day=evidence.understood.question.as_of, files=told))
    if REMOVED in evidence.understood.question.text:
        found.append(NO_PATIENTS)
    if evidence.unheard and not evidence.codes:
        found.append(UNHEARD.format(names=", ".join(evidence.unheard)))
    return " ".join(found)


def _on_nothing(evidence: Evidence) -> tuple[Sequence[Claim], Sequence[Part]]:  # noqa: ARG001 -- a writer's shape
    return (), ()


def _on_crosswalk(evidence: Evidence) -> tuple[Sequence[Claim], Sequence[Part]]:
    if evidence.crosswalk is None:
        raise AssertionError("a crosswalk is told where one was asked for")
    return on_crosswalks.crossed(evidence.crosswalk, evidence.understood.question.as_of)


def _on_codes(evidence: Evidence) -> tuple[Sequence[Claim], Sequence[Part]]:
    """What was asked of each code; where nothing was, what it is."""
    if evidence.understood.compared and (told := _comparing(evidence)):
        return told
    short: list[Claim] = []
    why: list[Part] = []
    for code in evidence.codes[:_CODES]:
        lead, parts = _on_code(code, evidence)
        named = f" ({code.ref.code})" if len(evidence.codes) > 1 else ""
        short += lead
        why += [(heading + named, rows) for heading, rows in parts]
    if not any(_points(code, evidence) for code in evidence.codes) and _mostly(evidence):
        short = [*on_passages.short(evidence.passages[0]), *short]
    if evidence.unknown and Focus.PAIRS in evidence.understood.focus:
        short.insert(0, _undecided(evidence))
    short += ended.told(evidence, {point for code in evidence.codes for point in _points(code, evidence)})
    hung = [claim for entry in _of_modifiers(evidence) for claim in on_passages.short(entry)]
    short = [*short, *hung] if any(_points(code, evidence) for code in evidence.codes) else [*hung, *short]
    if evidence.understood.modifiers or _GUIDED.intersection(evidence.understood.focus):
        why += [on_passages.whole(passage) for passage in evidence.passages[:1] if passage.share >= _MOSTLY]
    return short, why


def _mostly(evidence: Evidence) -> bool:
    """Whether a rule was asked for of which a guide holds most."""
    asked = cues.NEEDED.search(evidence.understood.topic)
    return bool(asked and evidence.passages) and evidence.passages[0].share >= _MOSTLY


def _undecided(evidence: Evidence) -> Claim:
    """That a pair cannot be decided, since one of its codes is not loaded."""
    day = evidence.understood.question.as_of
    text = f"No verdict on the pair (no_data): one of its codes is in no loaded edition on {day}."
    return Claim(text, (Piece(text, Source("The loaded editions", "", f"codes on {day}", "/data")),))


def _on_code(code: KnownCode, evidence: Evidence) -> tuple[list[Claim], list[Part]]:
    points = _points(code, evidence)
    told = [on_codes.told(code, point, evidence.understood) for point in points]
    lead = [claim for one in told for claim in one.lead]
    parts = [(one.heading, one.rows) for one in told if one.rows]
    if not lead:
        own = [claim for entry in _of_code(code, evidence) for claim in on_passages.short(entry)]
        lead = [*(own if own and not code.ref.display else on_codes.what(code)), on_codes.stands(code)]
        shown = [point for point in on_codes.usual(code) if on_codes.holds(code, point) and point not in points]
        parts += [_row(on_codes.told(code, point, evidence.understood), point) for point in shown]
    elif code.status in {"deleted", "not_yet_valid"} and Focus.BILLABLE not in points:
        lead.append(on_codes.standing(code))
    return lead, parts


def _points(code: KnownCode, evidence: Evidence) -> list[Focus]:
    """What was asked of the code; how it is reported only where nothing else was."""
    understood = evidence.understood
    asked: list[Focus] = [one for one in understood.focus if on_codes.applies(code, one)]
    if understood.modifiers and on_codes.applies(code, Focus.MODIFIERS):
        asked = [Focus.MODIFIERS, *(one for one in asked if one is not Focus.MODIFIERS)]
    narrow: list[Focus] = [one for one in asked if one is not Focus.GUIDELINES]
    return narrow[:_POINTS] if narrow or understood.compared else asked[:_POINTS]


def _row(told: Told, point: Focus) -> Part:
    """What is told unasked: all of it as rows."""
    rows = tuple(Claim(c.text, c.pieces, item=True, listed=c.listed) for c in (*told.lead, *told.rows))
    return _HEADINGS.get(point, told.heading), rows


def _on_pair(evidence: Evidence) -> tuple[Sequence[Claim], Sequence[Part]]:
    """Whether codes go together: procedures by the pair tables, diagnoses by their notes."""
    understood, codes = evidence.understood, evidence.codes
    short: list[Claim] = []
    if evidence.checked:
        short += on_edits.checked(evidence.checked, codes, understood.modifiers)
    short += on_notes.together(codes)
    if not short:
        return _on_codes(evidence)
    told = [claim for code in codes[:_CODES] for claim in (*_described(code, evidence), *_odd(code))]
    why: list[Part] = [("The codes", tuple(Claim(one.text, one.pieces, item=True) for one in told))]
    if understood.modifiers:
        why += [on_passages.whole(passage) for passage in (*_of_modifiers(evidence), *evidence.passages)[:_TWO]]
    return [*short, *ended.told(evidence, [])], why


def _described(code: KnownCode, evidence: Evidence) -> Sequence[Claim]:
    own = [claim for entry in _of_code(code, evidence) for claim in on_passages.short(entry)]
    return own[:1] if own and not code.ref.display else on_codes.what(code)


def _odd(code: KnownCode) -> Sequence[Claim]:
    """That a code is no longer, not yet, or never reported."""
    odd = code.status in {"deleted", "not_yet_valid"} or code.billable is False
    return (on_codes.stands(code),) if odd else ()


def _comparing(evidence: Evidence) -> tuple[Sequence[Claim], Sequence[Part]] | None:
    """What a guide says of both codes; None where none names both."""
    named = {code.ref.code for code in evidence.codes}
    for passage in evidence.passages:
        if len(named & set(codes_in_text.strict(f"{passage.heading} {passage.text}"))) >= _TWO:
            told = [claim for code in evidence.codes[:_CODES] for claim in on_codes.what(code)]
            codes = tuple(Claim(one.text, one.pieces, item=True) for one in told)
            return on_passages.short(passage), [*on_passages.sections([passage], 1), ("The codes", codes)]
    return None


def _on_entries(evidence: Evidence) -> tuple[Sequence[Claim], Sequence[Part]]:
    """What the lists say of a modifier or a place, then what the guides add."""
    named = [*evidence.entries] or [*evidence.passages[:1]]
    short = [claim for entry in named for claim in on_passages.short(entry)]
    rest = tuple(claim for entry in evidence.entries for _, claims in [on_passages.whole(entry)] for claim in claims)
    further = rest[len(short) :] if len(evidence.entries) == 1 else ()
    passages = evidence.passages if evidence.entries else evidence.passages[1:]
    parts: list[Part] = [("In detail", further)] if further else []
    if not evidence.entries:
        parts += on_passages.sections(evidence.passages[:1], 1)
    return short, [*parts, *(on_passages.whole(passage) for passage in passages[:_TWO])]


def _on_phrase(evidence: Evidence) -> tuple[Sequence[Claim], Sequence[Part]]:
    """Codes for a phrase, and what a guide says of it."""
    hits, case = evidence.hits, evidence.case
    if case:
        short, named = on_hits.several(case), [code.ref for code in case]
    else:
        short, named = on_hits.one(hits), [hits[0].ref]
    guides = [on_passages.whole(one) for one in evidence.passages[:1] if one.share >= _MOSTLY or one.meant >= _ALIKE]
    return short, [*on_hits.close(hits, named), *guides]


def _on_passages(evidence: Evidence) -> tuple[Sequence[Claim], Sequence[Part]]:
    """What the guides say; codes that a search found come last."""
    passages = list(evidence.passages)
    first = _procedure(passages) if evidence.understood.sure else None
    if first:
        passages = [first, *(one for one in passages if one is not first)]
    return on_passages.short(passages[0]), on_passages.sections(passages, _PARTS - 2)


def _of_modifiers(evidence: Evidence) -> list[Passage]:
    return [entry for entry in evidence.entries if entry.heading.startswith("Modifier ")]


def _of_code(code: KnownCode, evidence: Evidence) -> list[Passage]:
    return [entry for entry in evidence.entries if entry.heading.endswith(f" {code.ref.code}")]

"""Writes an answer from evidence, the same words every time: the short answer first, then why."""

from dataclasses import replace
from itertools import combinations
from typing import Final

from services.assistant.answers import on_codes
from services.assistant.domain import Claim, Draft, Evidence, Focus, KnownCode, Passage, Piece, SearchHit, Source
from services.assistant.evidence.gather import sentences
from services.assistant.evidence.guides import words

_SHORT: Final = 2  # sentences of a passage that stand first
_CLOSE: Final = 4  # further codes named beside the best
_SECTIONS: Final = 3

NOTHING: Final = (
    "The loaded editions and guides hold no evidence for an answer. Name a code (its page is answered from), a "
    "modifier, a rule (\u201cwhen is modifier 25 right?\u201d), or a diagnosis (\u201ccode for \u2026\u201d)."
)
NOT_LOADED: Final = (
    "A code in your question is in no loaded edition on {day}, so nothing is said of it here. Check its spelling and "
    "the date, or have the file that holds it imported."
)


def compose(evidence: Evidence) -> Draft:
    """The draft; an empty one where nothing carries an answer."""
    understood = evidence.understood
    needs = NOT_LOADED.format(day=understood.question.as_of) if evidence.unknown else ""
    if evidence.codes:
        return _on_codes(evidence, needs)
    if evidence.unknown and not understood.modifiers:
        return Draft(needs=needs)
    if evidence.hits and not understood.modifiers:
        return _on_hits(evidence.hits, needs)
    if evidence.passages:
        return _on_passages(evidence.passages, needs)
    return Draft(needs=needs or NOTHING)


def _on_codes(evidence: Evidence, needs: str) -> Draft:
    understood, codes = evidence.understood, evidence.codes
    first = tuple(claim for code in codes for claim in on_codes.short(code))
    why: list[on_codes.Part] = []
    for code in codes[:_SECTIONS]:
        named = f" ({code.ref.code})" if len(codes) > 1 else ""
        why += [(heading + named, claims) for heading, claims in on_codes.parts(code, _focus(evidence))]
    if understood.together:
        first = (*_together(codes), *first)
    elif Focus.BILLABLE in understood.focus:
        first = (*(on_codes.standing(code) for code in codes), *(on_codes.short(code)[0] for code in codes))
    elif _focus(evidence) and (asked := _most_asked(evidence, why)):
        first = (asked, *first)
    if understood.modifiers or Focus.GUIDELINES in understood.focus or understood.together:
        why += _sections(evidence.passages[:2], skip=0)
    return Draft(first, tuple(why), needs)


def _most_asked(evidence: Evidence, why: list[on_codes.Part]) -> Claim | None:
    """The claim that shares most words with the question: it is the short answer. None where none shares any."""
    asked = set(words(evidence.understood.question.text))
    shared = [(len(asked & set(words(claim.text))), claim) for _, claims in why for claim in claims]
    most, claim = max(shared, key=lambda one: one[0], default=(0, None))
    return replace(claim, item=False) if claim and most else None


def _focus(evidence: Evidence) -> tuple[Focus, ...]:
    """What was asked of the codes; `how` and `what` alone ask for the usual parts."""
    asked = evidence.understood.focus
    return tuple(one for one in asked if one is not Focus.BILLABLE) if set(asked) - {Focus.GUIDELINES} else ()


def _together(codes: tuple[KnownCode, ...]) -> tuple[Claim, ...]:
    found = [
        claim
        for one, other in combinations(codes, 2)
        for claim in (on_codes.excluded_by(one, other), on_codes.excluded_by(other, one))
        if claim is not None
    ]
    if found or any(code.ref.system != "icd-10-cm" for code in codes):
        return tuple(found)
    names = ", ".join(code.ref.code for code in codes)
    pieces = tuple(piece for code in codes for piece in on_codes.short(code)[0].pieces)
    return (Claim(f"No Excludes note of these codes names another of them: {names}.", pieces),)


def _on_hits(hits: tuple[SearchHit, ...], needs: str) -> Draft:
    best = next((hit for hit in hits if hit.billable), hits[0])
    lead = f"The loaded edition leads to **{best.ref.code}**: {best.ref.display}."
    if best.term.lower() != best.ref.display.lower():
        lead += f" The words that led there: \u201c{best.term}\u201d."
    short = [_hit_claim(best, lead)]
    if not best.billable:
        short.append(_hit_claim(best, "It is a header: a claim needs one of the codes below it."))
    others = [hit for hit in hits if hit is not best][:_CLOSE]
    listed = tuple(
        _hit_claim(hit, f"{hit.ref.code}: {hit.ref.display}{'' if hit.billable else ' (header)'}", item=True)
        for hit in others
    )
    check = "Read the notes on the code's page before it goes on a claim, and code to the detail that the record holds."
    short.append(_hit_claim(best, check))
    return Draft(tuple(short), (("Close to it", listed),) if listed else (), needs)


def _hit_claim(hit: SearchHit, text: str, *, item: bool = False) -> Claim:
    page = f"/codes/{hit.ref.system}/{hit.ref.code}"
    source = Source(f"{on_codes.SYSTEM_NAMES[hit.ref.system]} {hit.ref.code}", "", f"{hit.kind}: {hit.term}", page)
    return Claim(text, (Piece(f"{hit.ref.code} {hit.ref.display} {hit.term} {text}", source),), item)


def _on_passages(passages: tuple[Passage, ...], needs: str) -> Draft:
    lead = passages[0]
    said = sentences(lead.text)
    short = (Claim(" ".join(said[:_SHORT]), (_piece(lead),)),)
    why = _sections(passages, skip=_SHORT)
    return Draft(short, tuple(why), needs)


def _sections(passages: tuple[Passage, ...], skip: int) -> list[on_codes.Part]:
    """The passages under their headings; the first without the sentences that stand at the top already."""
    found: list[on_codes.Part] = []
    for number, passage in enumerate(passages[:_SECTIONS]):
        text = " ".join(sentences(passage.text)[skip if number == 0 else 0 :])
        if text:
            found.append((passage.heading, (Claim(text, (_piece(passage),)),)))
    return found


def _piece(passage: Passage) -> Piece:
    return Piece(passage.text, passage.source)

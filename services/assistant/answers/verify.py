"""Lets a draft out as an answer: every claim backed, every code in a loaded edition on the date, or not at all."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from services.assistant import codes_in_text
from services.assistant.domain.answers import Answer, Citation, Claim, Draft
from services.assistant.domain.codes import CodeRef
from services.assistant.domain.evidence import Piece

_FIGURE: Final = re.compile(r"\d+(?:[.,]\d+)*")
_MARKUP: Final = re.compile(r"([\\`<>\[\]])")


def codes_of(draft: Draft) -> list[str]:
    """Every code a draft names: what has to be looked up before verify can say yes."""
    texts = [*(claim.text for claim in draft.claims), *(heading for heading, _ in draft.why)]
    found = [code for text in texts for code in codes_in_text.strict(text)]
    return list(dict.fromkeys([*found, *(code for claim in draft.claims for code in claim.listed)]))


def verify(draft: Draft, known: Mapping[str, CodeRef], as_of: str) -> Answer:
    """The answer; claims that name a code outside `known`, or a figure that no piece holds, are left out.

    With no claim left of the short answer it abstains, and says what would be needed.
    """
    short = [_whole(claim, known) for claim in draft.short if backed(claim) and _exist(claim, known)]
    if not short:
        return Answer(_escaped(draft.needs) + "\n", abstained=True, as_of=as_of)
    said = {claim.text for claim in short}
    why = [
        (head, [_whole(c, known) for c in claims if backed(c) and _exist(c, known) and c.text not in said])
        for head, claims in draft.why
    ]
    numbers: dict[tuple[str, str, str], int] = {}
    cited: list[Piece] = []
    lines = [_said(claim, numbers, cited) for claim in short]
    for heading, claims in why:
        if claims and not set(codes_in_text.strict(heading)) - set(known):
            lines += [f"### {_escaped(heading)}", _paragraphs(claims, numbers, cited)]
    if draft.needs:
        lines.append(f"*{_escaped(draft.needs)}*")
    markdown = "\n\n".join(lines) + "\n"
    named = [known[code] for code in codes_in_text.strict(markdown) if code in known]
    return Answer(markdown, abstained=False, as_of=as_of, codes=tuple(named), citations=_citations(cited))


def backed(claim: Claim) -> bool:
    """Whether it rests on something, and every figure in it stands in what it rests on."""
    grounds = " ".join(f"{p.text} {p.source.title} {p.source.edition} {p.source.locator}" for p in claim.pieces)
    held = set(_FIGURE.findall(grounds))
    return bool(claim.pieces) and set(_FIGURE.findall(claim.text)) <= held


def _exist(claim: Claim, known: Mapping[str, CodeRef]) -> bool:
    return all(code in known for code in codes_in_text.strict(claim.text))


def _whole(claim: Claim, known: Mapping[str, CodeRef]) -> Claim:
    """The claim with its listed codes, those that are known; how many are not is said."""
    if not claim.listed:
        return claim
    there = [code for code in claim.listed if code in known]
    absent = len(claim.listed) - len(there)
    if not there:
        return replace(claim, text=f"{claim.text} in no edition loaded here, so none is named.", listed=())
    text = f"{claim.text}: {', '.join(there)}"
    return replace(claim, text=f"{text}, and {absent} in no loaded edition." if absent else f"{text}.", listed=())


def _paragraphs(claims: Sequence[Claim], numbers: dict[tuple[str, str, str], int], cited: list[Piece]) -> str:
    said = [("- " if claim.item else "") + _said(claim, numbers, cited) for claim in claims]
    return ("\n" if all(claim.item for claim in claims) else "\n\n").join(said)


def _said(claim: Claim, numbers: dict[tuple[str, str, str], int], cited: list[Piece]) -> str:
    """The claim with the numbers of its sources; the same source keeps its number."""
    marks = []
    for piece in claim.pieces:
        key = (piece.source.title, piece.source.edition, piece.source.locator)
        if key not in numbers:
            numbers[key] = len(numbers) + 1
            cited.append(piece)
        marks.append(f"\\[{numbers[key]}\\]")
    return f"{_escaped(claim.text)} {''.join(dict.fromkeys(marks))}"


def _escaped(text: str) -> str:
    """Text as Markdown text: bold of ours stays, links and HTML cannot begin."""
    return _MARKUP.sub(r"\\\1", text)


def _citations(cited: Sequence[Piece]) -> tuple[Citation, ...]:
    return tuple(Citation(p.source.title, p.source.edition, p.source.locator, p.source.url, p.text) for p in cited)

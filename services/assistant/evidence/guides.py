"""The guides, and which of their sections speak to a question.

A guide is a file of this project's own words: a head in TOML, sections under "## " headings, each with its sources.
A section may open with "Asked: ... | ...": what people ask who need it, in their words; searched and never said. The
first paragraph of a section is its short answer where there are several; a single one answers by its first two
sentences, or by the one that says most of what was asked. A guide with `entries` in its head holds lists of terms
("- **KX**: ...") that are found by their name, and searched one by one.

BM25 over sections (Robertson and Zaragoza, 2009), a guide's topics and headings counting more than its words, and how
near they are to the question in meaning where that is known. A section counts only where it covers enough of what the
question is about, or means much the same: a question on football finds nothing.
"""

import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from services.assistant.domain.evidence import Line, Passage, Source
from services.assistant.evidence.wording import sentences, spelled_out

FOLDER: Final = Path(__file__).parent.parent / "guides"
_K1, _B = 1.2, 0.6
_TITLE, _HEADING = 2, 3  # how often a word of these counts
_HEADED, _OPENING, _NAMED = 5.0, 1.0, 6.0
_NEAR: Final = 0.35  # of the best rank: what is below says nothing to the point
ENOUGH: Final = 0.55  # the share of a question's weight that a section has to cover
_MEANT: Final = 30.0  # what a cosine of one counts above nothing in common
_UNLIKE: Final = 0.25  # the cosine of texts that have nothing in common
_FAR, _NEAR_ENOUGH = 0.3, 0.42  # cosines: words alone do not make up for less; what is nearer needs no common words
_TOPIC: Final = 0.2  # of a guide one of whose topics was named
_SAYS_MORE: Final = 1.5  # how much more of the question a later line has to hold to be the answer
_SAYS_MUCH: Final = 3.0  # the same where a definition was asked for
_DEFINING: Final = re.compile(r"(?:what(?:'s| is| are)|explain|define|describe)\b", re.IGNORECASE)
_SHORT: Final = 2  # sentences of a single paragraph that answer
_LEANING: Final = re.compile(r"(?:It|Its|They|Their|He|She|This|These|Those|That|Both|Then|The other|So|But)\b")
_ASKED: Final = re.compile(r"Asked:(?P<asked>[^\n]*(?:\n[^\n]+)*)\n\n")
_ENTRY: Final = re.compile(r"- \*\*(?P<key>[^*]+)\*\*:? (?P<text>.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Section:
    passage: Passage
    words: Counter[str]
    length: int
    codes: frozenset[str]
    topics: tuple[frozenset[str], ...]
    effective_from: str
    heading: frozenset[str]
    first: bool  # the section that opens its guide says what the thing is
    kind: str = ""  # of an entry
    key: str = ""
    asked: tuple[str, ...] = ()  # what people ask who need it


class Guides:
    """All sections of all guides, searchable."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._sections = [section for path in sorted(folder.glob("*.md")) for section in _read(path)]
        self._entries = {(one.kind, one.key): one for one in self._sections if one.kind}
        spread = Counter(word for section in self._sections for word in section.words)
        count = len(self._sections)
        self._idf = {word: math.log(1 + (count - n + 0.5) / (n + 0.5)) for word, n in spread.items()}
        self._unseen = math.log(1 + (count + 0.5) / 0.5)
        self._mean = sum(section.length for section in self._sections) / max(1, count)

    @property
    def texts(self) -> list[tuple[str, ...]]:
        """What each section says, as its meaning is read: its headings, its headings and answer, the whole of it; then
        what people ask who need it.
        """
        return [_read_as(one.passage) + one.asked for one in self._sections]

    def find(
        self, text: str, modifiers: Sequence[str], as_of: str, near: Sequence[float] = (), most: int = 4
    ) -> list[Passage]:
        """Sections in force on a date that speak to a text or to a modifier, best first.

        `near`: how near each section is to the text in meaning, in the order of `texts`; empty where that is not known.
        """
        asked = list(dict.fromkeys(spelled_out(text)))
        wanted = frozenset(word.upper() for word in modifiers)
        worded = bool(wanted) or any(any(sign.isalpha() for sign in word) for word in asked)
        if not worded and not near:
            return []
        weight = sum(self._idf.get(word, self._unseen) for word in asked) or 1.0
        settled = bool(_DEFINING.match(text))
        ranked = []
        for section, cosine in zip(self._sections, near or [_UNLIKE] * len(self._sections), strict=True):
            if section.effective_from > as_of:
                continue
            covered = sum(self._idf[word] for word in asked if word in section.words) / weight
            about = bool(wanted & section.codes)
            whole = any(topic and topic <= set(asked) for topic in section.topics)
            said = worded and covered >= (_TOPIC if whole else ENOUGH) and (not near or cosine >= _FAR)
            if not (said or about or cosine >= _NEAR_ENOUGH):
                continue
            rank = self._score(section, asked) * (0.5 + covered) + (4.0 if about else 0.0)
            rank += _NAMED * len(wanted & set(re.findall(r"\w+", section.passage.heading)))
            rank += _HEADED * _share(asked, section.heading) + (_OPENING if section.first else 0.0)
            rank += _MEANT * max(0.0, cosine - _UNLIKE)
            told = self._answering(section.passage, asked, wanted, settled=settled)
            meant = round(cosine, 6) if near else 0.0
            ranked.append(replace(told, rank=round(rank, 6), share=round(covered, 6), meant=meant))
        ranked.sort(key=lambda passage: (-passage.rank, passage.guide, passage.heading))
        if ranked and ranked[0].heading in self._named_after(asked, as_of):
            return self._in_order(ranked[0])[:most]
        return [passage for passage in ranked if passage.rank >= ranked[0].rank * _NEAR][:most]

    def _named_after(self, asked: Sequence[str], as_of: str) -> set[str]:
        """Headings of the opening sections of guides whose title is all that was asked."""
        return {
            one.passage.heading
            for one in self._sections
            if one.first and one.effective_from <= as_of and set(asked) == set(spelled_out(one.passage.title))
        }

    def _in_order(self, opening: Passage) -> list[Passage]:
        """A guide that was asked for as a whole: its opening section, then the others as they stand."""
        others = (one for one in self.guide(opening.guide) if one.heading != opening.heading)
        return [opening, *(replace(one, rank=opening.rank, share=opening.share) for one in others)]

    def entry(self, kind: str, key: str, as_of: str) -> Passage | None:
        """What a guide says of a modifier, a place of service or a code; None where none does on the date."""
        found = self._entries.get((kind, key))
        return found.passage if found and found.effective_from <= as_of else None

    def guide(self, guide_id: str) -> list[Passage]:
        """A guide's sections in their order; none for an id that is not one."""
        return [section.passage for section in self._sections if section.passage.guide == guide_id]

    def _score(self, section: _Section, asked: Sequence[str]) -> float:
        norm = _K1 * (1 - _B + _B * section.length / self._mean)
        return sum(
            self._idf.get(word, 0.0) * section.words[word] * (_K1 + 1) / (section.words[word] + norm)
            for word in asked
            if word in section.words
        )

    def _answering(
        self, passage: Passage, asked: Sequence[str], modifiers: frozenset[str], *, settled: bool
    ) -> Passage:
        """The passage with the line in front that answers, where a later one says clearly more of what was asked.

        `settled`: what a thing is was asked for, which a section says at its beginning.
        """

        def said(text: str) -> float:
            own = set(spelled_out(text))
            named = len(modifiers & set(re.findall(r"\w+", text)))
            return sum(self._idf.get(word, 0.0) for word in asked if word in own) + _NAMED * named

        best = max(passage.rest, key=lambda line: said(line.text), default=None)
        more = _SAYS_MUCH if settled else _SAYS_MORE
        if best is None or said(best.text) <= more * said(" ".join(line.text for line in passage.short)):
            return passage
        lines = [*passage.short, *passage.rest]
        at = lines.index(best)
        first = at - 1 if at and not best.item and _LEANING.match(best.text) else at
        short = tuple(replace(line, item=False) for line in lines[first : at + 1])
        return replace(passage, short=short, rest=tuple(lines[:first] + lines[at + 1 :]))


def _share(asked: Sequence[str], heading: frozenset[str]) -> float:
    """How much of a heading was asked for, and of what was asked it holds: their product's root."""
    both = len(heading & set(asked))
    return math.sqrt(both / len(heading) * both / len(asked)) if heading and asked else 0.0


def _read_as(passage: Passage) -> tuple[str, ...]:
    short = " ".join(line.text for line in passage.short)
    return (
        f"{passage.title}: {passage.heading}",
        f"{passage.heading}. {short}",
        f"{passage.heading}. {passage.text}",
    )


@cache
def shipped() -> Guides:
    """The guides of this project."""
    return Guides()


def _read(path: Path) -> Iterator[_Section]:
    _, head, body = path.read_text(encoding="utf-8").split("+++", 2)
    meta = tomllib.loads(head)
    for number, block in enumerate(re.split(r"(?m)^## ", body)[1:]):
        heading, _, rest = block.partition("\n")
        text, _, named = rest.strip().rpartition("\nSource:")
        source = _source(named.strip(), heading.strip(), meta)
        if "entries" in meta:
            yield from _entries(meta, heading.strip(), text, source)
        else:
            asked, text = _asked(text)
            short, further = _lines(text)
            passage = Passage(meta["id"], meta["title"], heading.strip(), short, further, source)
            yield _section(meta, passage, asked, first=not number)


def _asked(text: str) -> tuple[tuple[str, ...], str]:
    """What people ask who need a section, and the section without it."""
    found = _ASKED.match(text)
    if found is None:
        return (), text
    return tuple(" ".join(one.split()) for one in found["asked"].split("|")), text[found.end() :]


def _section(meta: dict[str, Any], passage: Passage, asked: tuple[str, ...], *, first: bool) -> _Section:
    topics = [spelled_out(topic) for topic in meta["topics"]]
    text_words = spelled_out(passage.text)
    bag: Counter[str] = Counter(text_words)
    for word in {word for topic in (*topics, *map(spelled_out, asked)) for word in topic} - bag.keys():
        bag[word] = 1
    for text, times in ((meta["title"], _TITLE), (passage.heading, _HEADING)):
        for one in spelled_out(text):
            bag[one] += times
    return _Section(
        passage=passage,
        words=bag,
        length=len(text_words),
        codes=frozenset(meta.get("codes", ())),
        topics=tuple(frozenset(topic) for topic in topics),
        effective_from=meta["effective_from"],
        heading=frozenset(spelled_out(passage.heading)),
        first=first,
        asked=asked,
    )


def _entries(meta: dict[str, Any], heading: str, text: str, source: Source) -> Iterator[_Section]:
    """One for each term of a list."""
    for block in re.split(r"\n(?=- )", text.strip()):
        found = _ENTRY.match(block)
        if found is None:
            continue
        key, said = found["key"], " ".join(found["text"].split())
        short = tuple(Line(one) for one in sentences(f"**{meta['called']} {key}**: {said}"))
        url = _address(meta, f"{meta['called']} {key}")
        placed = replace(source, locator=f"{key}; {source.locator}", url=url)
        passage = Passage(meta["id"], meta["title"], f"{meta['called']} {key}", short, (), placed)
        bag = Counter(spelled_out(f"{said} {heading} {meta['called']} {key}"))
        named = frozenset(spelled_out(f"{meta['called']} {key}"))
        since = meta["effective_from"]
        kind = meta["entries"]
        yield _Section(passage, bag, bag.total(), frozenset(), (), since, named, first=False, kind=kind, key=key)


def _lines(text: str) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """The lines that answer, and those that go on."""
    paragraphs = [block for block in re.split(r"\n\s*\n|\n(?=- )", text.strip()) if block.strip()]
    lines = [
        [Line(" ".join(block[2:].split()), item=True)]
        if block.startswith("- ")
        else [Line(one) for one in sentences(" ".join(block.split()))]
        for block in paragraphs
    ]
    if lines and lines[0][0].item:
        return tuple(one for block in lines for one in block), ()
    if len(lines) == 1:
        return tuple(lines[0][:_SHORT]), tuple(lines[0][_SHORT:])
    return tuple(lines[0]), tuple(line for more in lines[1:] for line in more)


def _address(meta: dict[str, Any], heading: str) -> str:
    """Where a section opens."""
    return f"/guides/{meta['id']}#{re.sub(r'[^a-z0-9]+', '-', heading.lower()).strip('-')}"


def _source(named: str, heading: str, meta: dict[str, Any]) -> Source:
    """The section's own sources; the guide, at that section, is what opens."""
    sources = meta["sources"]
    edition = next((one["edition"] for one in sources if one["title"].split(" (")[0] in named), sources[0]["edition"])
    return Source(f"Coding Ahead guide: {meta['title']}", edition, named, _address(meta, heading))

"""The guides, and which of their sections speak to a question.

BM25 over sections (Robertson and Zaragoza, 2009), a guide's topics and headings counting more than its words. A
section counts only where it covers enough of what the question is about: a question on football finds nothing.
"""

import math
import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from services.assistant.domain import Passage, Source

FOLDER: Final = Path(__file__).parent.parent / "guides"
_K1, _B = 1.2, 0.6
_TOPIC, _TITLE, _HEADING = 2, 2, 3  # how often a word of these counts
_HEADED, _OPENING = 5.0, 2.0
ENOUGH: Final = 0.5  # the share of a question's weight that a section has to cover
_STOP: Final = frozenset(
    [
        "a",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "been",
        "between",
        "by",
        "can",
        "could",
        "do",
        "does",
        "did",
        "for",
        "from",
        "get",
        "had",
        "has",
        "have",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "know",
        "like",
        "make",
        "me",
        "mean",
        "means",
        "most",
        "my",
        "need",
        "of",
        "on",
        "one",
        "or",
        "our",
        "out",
        "please",
        "rule",
        "rules",
        "say",
        "says",
        "should",
        "so",
        "some",
        "tell",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "thing",
        "this",
        "to",
        "under",
        "up",
        "us",
        "use",
        "used",
        "using",
        "was",
        "way",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "whom",
        "whose",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
        "about",
        "explain",
        "describe",
        "difference",
        "definition",
        "meaning",
        "medical",
        "medicare",
        "coding",
        "code",
        "codes",
        "coder",
        "billing",
        "bill",
        "billed",
        "correct",
        "right",
        "difference",
        "vs",
        "versus",
        "work",
        "works",
        "apply",
        "applies",
    ]
)


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


class Guides:
    """All sections of all guides, searchable."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._sections = [section for path in sorted(folder.glob("*.md")) for section in _read(path)]
        spread = Counter(word for section in self._sections for word in section.words)
        count = len(self._sections)
        self._idf = {word: math.log(1 + (count - n + 0.5) / (n + 0.5)) for word, n in spread.items()}
        self._unseen = math.log(1 + (count + 0.5) / 0.5)
        self._mean = sum(section.length for section in self._sections) / max(1, count)

    def find(self, text: str, modifiers: Sequence[str], as_of: str, most: int = 4) -> list[Passage]:
        """Sections in force on a date that speak to a text or to a modifier, best first."""
        asked = list(dict.fromkeys(words(text)))
        wanted = {word.lower() for word in modifiers}
        weight = sum(self._idf.get(word, self._unseen) for word in asked) or 1.0
        ranked = []
        for section in self._sections:
            if section.effective_from > as_of:
                continue
            covered = sum(self._idf.get(word, 0.0) for word in asked if word in section.words) / weight
            about = bool(wanted & section.codes)
            whole = any(topic and topic <= set(asked) for topic in section.topics)
            if covered < ENOUGH and not whole and not about:
                continue
            named = len(wanted & set(words(section.passage.heading, keep=True)))
            rank = self._score(section, asked) * (0.5 + covered) + (4.0 if about else 0.0) + 6.0 * named
            rank += _HEADED * _share(asked, section.heading) + (_OPENING if section.first else 0.0)
            ranked.append(replace(section.passage, rank=round(rank, 6)))
        ranked.sort(key=lambda passage: (-passage.rank, passage.guide, passage.heading))
        return [passage for passage in ranked if passage.rank >= ranked[0].rank * 0.35][:most]

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


def _share(asked: Sequence[str], heading: frozenset[str]) -> float:
    """How much of a heading was asked for, and of what was asked it holds: their product's root."""
    both = len(heading & set(asked))
    return math.sqrt(both / len(heading) * both / len(asked)) if heading and asked else 0.0


@cache
def shipped() -> Guides:
    """The guides of this project."""
    return Guides()


def words(text: str, *, keep: bool = False) -> list[str]:
    """The words of a text as the guides are searched by; with `keep`, stop words too."""
    plain = text.lower().replace("e/m", " evaluation management ").replace("e&m", " evaluation management ")
    plain = re.sub(r"\bevaluation and management\b", "evaluation management", plain)
    found = re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", plain)
    parts = [part for word in found for part in word.split("-")]
    return [_stem(word) for word in parts if keep or word not in _STOP]


def _stem(word: str) -> str:
    for ending, most in (("ies", 5), ("ing", 6), ("es", 5), ("ed", 5), ("s", 4)):
        if word.endswith(ending) and len(word) >= most and not word.endswith("ss"):
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word.removesuffix("e") if len(word) > 5 else word  # noqa: PLR2004 -- "code" stays, "procedure" meets "procedures"


def _read(path: Path) -> list[_Section]:
    _, head, body = path.read_text(encoding="utf-8").split("+++", 2)
    meta = tomllib.loads(head)
    sources = meta["sources"]
    found: list[_Section] = []
    for block in re.split(r"(?m)^## ", body)[1:]:
        heading, _, rest = block.partition("\n")
        text, _, named = rest.strip().rpartition("\nSource:")
        source = _source(named.strip(), sources, meta)
        passage = Passage(meta["id"], meta["title"], heading.strip(), " ".join(text.split()), source)
        topics = [words(topic) for topic in meta["topics"]]
        bag = Counter(words(passage.text))
        for word in (w for topic in topics for w in set(topic)):
            bag[word] += 1
        for word, times in ((meta["title"], _TITLE), (heading, _HEADING)):
            for one in words(word):
                bag[one] += times
        codes = frozenset(code.lower() for code in meta.get("codes", ()))
        sets = tuple(frozenset(topic) for topic in topics)
        head_words = frozenset(words(heading))
        length = len(words(passage.text))
        found.append(_Section(passage, bag, length, codes, sets, meta["effective_from"], head_words, not found))
    return found


def _source(named: str, sources: Sequence[dict[str, str]], meta: dict[str, str]) -> Source:
    """The section's own sources; the guide is what opens."""
    edition = next((one["edition"] for one in sources if one["title"].split(" (")[0] in named), sources[0]["edition"])
    return Source(f"Coding Ahead guide: {meta['title']}", edition, named, f"/guides/{meta['id']}")

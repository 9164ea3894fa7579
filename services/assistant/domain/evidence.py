"""What an answer can rest on: each piece with its source."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.assistant.domain.cases import CaseCode
from services.assistant.domain.codes import KnownCode, SearchHit
from services.assistant.domain.questions import Understood


@dataclass(frozen=True, slots=True)
class Source:
    """Where a piece of evidence stands."""

    title: str
    edition: str = ""
    locator: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of evidence: its words, and the source they come from."""

    text: str
    source: Source


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence, or an item of a list."""

    text: str
    item: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """A section of a guide, or an entry of one: the lines that answer a question, then the rest of it.

    `rank` compares within one question; `share` is how much of what the question is about it holds, from 0 to 1;
    `meant` how near it is in meaning, a cosine, 0 where that is not known.
    """

    guide: str
    title: str
    heading: str
    short: tuple[Line, ...]
    rest: tuple[Line, ...]
    source: Source
    rank: float = 0.0
    share: float = 0.0
    meant: float = 0.0

    @property
    def text(self) -> str:
        """All of it, without marks."""
        return " ".join(line.text for line in (*self.short, *self.rest)).replace("**", "")

    @property
    def anchor(self) -> str:
        """The section's own name within its guide."""
        return self.source.url.partition("#")[2]

    @property
    def markdown(self) -> str:
        """All of it: sentences run on, items stand on lines of their own."""
        lines = [f"\n- {line.text}" if line.item else line.text for line in (*self.short, *self.rest)]
        return " ".join(lines).replace(" \n- ", "\n- ").replace("\n- ", "\n\n- ", 1)


@dataclass(frozen=True, slots=True)
class Edit:
    """What a rule of the claim check says of two codes or of one; `verdict` is applies, does_not_apply or no_data."""

    rule: str
    verdict: str
    codes: tuple[str, ...]
    message: str
    fix: str
    allowed: tuple[str, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Checked:
    """The claim check of some codes on one day: its findings; of the pairs, which edition spoke and what it said."""

    findings: tuple[Edit, ...]
    edition: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """A code that a mapping names; `code` is empty where it says that there is none."""

    code: str
    flags: tuple[str, ...]
    scenario: int
    source: str


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """What an ICD-9-CM code maps to; `edition` is empty where no mapping is loaded.

    `targets`: those of the codes that a loaded edition has on the date.
    """

    code: str
    edition: str
    maps: tuple[Mapped, ...] = ()
    targets: Mapping[str, KnownCode] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known towards a question: what is not here cannot be said."""

    understood: Understood
    codes: tuple[KnownCode, ...] = ()
    unknown: tuple[str, ...] = ()
    passages: tuple[Passage, ...] = ()
    entries: tuple[Passage, ...] = ()  # of the modifiers, places and codes that the question names
    unheard: tuple[str, ...] = ()  # modifiers that nothing tells of
    hits: tuple[SearchHit, ...] = ()
    case: tuple[CaseCode, ...] = ()  # codes of a phrase that tells of several things
    meant: float = 0.0  # how near the best hit is to the phrase in meaning, a cosine; 0 where that is not known
    checked: Checked | None = None
    crosswalk: Crosswalk | None = None

"""Questions, evidence, answers, cases and consults as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

type Json = Mapping[str, Any]

RELEASE: Final = "3"  # a receipt replays to the same bytes within one release: raise it when answers change
LONGEST_QUESTION: Final = 2_000
LONGEST_CASE: Final = 100_000


class Focus(StrEnum):
    """What a question wants to know of a code."""

    WHAT = "what"
    BILLABLE = "billable"
    NOTES = "notes"
    UNITS = "units"
    ADD_ON = "add-on"
    PAIRS = "pairs"
    GLOBAL = "global"
    MODIFIERS = "modifiers"
    FEES = "fees"
    COVERAGE = "coverage"
    RELATED = "related"
    HISTORY = "history"
    LIMITS = "limits"
    SEVENTH = "seventh"
    CHILDREN = "children"
    GUIDELINES = "guidelines"


@dataclass(frozen=True, slots=True)
class CodeRef:
    """A code that exists in a loaded edition."""

    system: str
    code: str
    display: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it came, without identifiers of patients; the receipt keeps exactly this."""

    text: str
    as_of: str  # YYYY-MM-DD, settled before the work begins
    code: str = ""
    system: str = ""
    earlier: tuple[str, ...] = ()  # the conversation's questions before it, the oldest first


@dataclass(frozen=True, slots=True)
class Understood:
    """What a question is about.

    `phrase` is what a search for a code would look for, empty where there is nothing to look for; `sure` says that a
    code was asked for, and not a rule. `topic` is what the guides are searched by.
    """

    question: Question
    codes: tuple[str, ...] = ()
    modifiers: tuple[str, ...] = ()
    focus: tuple[Focus, ...] = ()
    phrase: str = ""
    sure: bool = False
    system: str = ""  # of the code that is looked for, where the question names one
    together: bool = False
    compared: bool = False
    hung: tuple[tuple[str, str], ...] = ()  # codes with the modifiers that hang on them
    state: str = ""  # two letters
    place: str = ""  # place of service, two digits
    denial: str = ""  # claim adjustment reason code
    icd9: str = ""  # an ICD-9-CM code that a mapping is asked of
    topic: str = ""


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
class KnownCode:
    """A code as lookup answered it: `sections` by key, bodies parsed."""

    ref: CodeRef
    status: str
    billable: bool | None
    as_of: str
    edition: str  # system, version and window for people; empty where none speaks
    edition_id: str
    effective_from: str
    stale: bool
    sections: Json


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A code that a search found, by the term that led to it."""

    ref: CodeRef
    billable: bool
    term: str
    kind: str


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence, or an item of a list."""

    text: str
    item: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """A section of a guide, or an entry of one: the lines that answer a question, then the rest of it.

    `rank` compares within one question; `share` is how much of what the question is about it holds, from 0 to 1.
    """

    guide: str
    title: str
    heading: str
    short: tuple[Line, ...]
    rest: tuple[Line, ...]
    source: Source
    rank: float = 0.0
    share: float = 0.0

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
class Span:
    """A place in a case's text: characters from `start` up to `end`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class CaseCode:
    """A code that a case's words lead to; `status` is suggested or excluded, `reason` says by which rule."""

    ref: CodeRef
    confidence: float
    status: str
    reason: str
    evidence: tuple[Span, ...]


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
    checked: Checked | None = None
    crosswalk: Crosswalk | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A paragraph or a list item of an answer, and the pieces it rests on.

    `listed` are codes that follow the text, those of them that are loaded.
    """

    text: str
    pieces: tuple[Piece, ...]
    item: bool = False
    listed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer before it is verified; an empty one abstains. `needs` says what would be needed."""

    short: tuple[Claim, ...] = ()
    why: tuple[tuple[str, tuple[Claim, ...]], ...] = ()  # a heading and its claims
    needs: str = ""

    @property
    def claims(self) -> tuple[Claim, ...]:
        """All of them in reading order."""
        return (*self.short, *(claim for _, claims in self.why for claim in claims))


@dataclass(frozen=True, slots=True)
class Citation:
    """A source as the answer numbers it, with the passage."""

    title: str
    edition: str
    locator: str
    url: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A verified answer, or an honest abstention."""

    markdown: str
    abstained: bool
    as_of: str
    codes: tuple[CodeRef, ...] = ()
    citations: tuple[Citation, ...] = ()
    editions: tuple[str, ...] = ()  # the ids of those that it rests on


@dataclass(frozen=True, slots=True)
class SpottedTerm:
    """A term of the code system that stands in a clause: `words` are its places there, in their order.

    `ref` is the most special code that the words support, `header` the code the term itself leads to. `gap`: foreign
    words between; `borrowed`: of its `stems`, those that came of what words stand for; `worth`: how rare they are.
    """

    ref: CodeRef
    billable: bool
    header: str
    term: str
    kind: str
    words: tuple[tuple[int, int], ...]
    stems: int
    gap: int
    borrowed: int
    worth: float
    plain: bool
    residual: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """An answer with what it was made from. Its id is the answer's; `inputs` go through the same verb at a replay."""

    id: str
    owner: str
    kind: str  # question, consult
    inputs: Mapping[str, str]
    release: str
    answer: Answer
    at: int  # Unix milliseconds
    conversation_id: str = ""

    @property
    def editions(self) -> tuple[str, ...]:
        """Those that the answer rests on, which are not taken away as long as it is kept."""
        return self.answer.editions


@dataclass(frozen=True, slots=True)
class Conversation:
    """Questions that belong together; `title` is the first of them."""

    id: str
    title: str
    at: int


@dataclass(frozen=True, slots=True)
class Consult:
    """A case that was sent in, and its answer once there is one."""

    id: str
    account_id: str
    message_id: str
    subject: str
    text: str
    references: tuple[str, ...]
    received_at: int
    as_of: str
    status: str = "received"  # answered, refused
    answered_at: int = 0
    refusal: str = ""
    answer: Answer | None = None
    case_codes: tuple[CaseCode, ...] = field(default=())
    notes: tuple[str, ...] = ()  # sentences on what of the mail was not read

    @property
    def thread(self) -> str:
        """The Message-ID that the thread begins with; empty for a form."""
        return self.references[0] if self.references else ""


@dataclass(frozen=True, slots=True)
class QuestionAnswered:
    """A question was answered."""

    answer_id: str
    owner: str
    abstained: bool
    at: int

    @property
    def id(self) -> str:
        """The same for the same answer."""
        return f"q{self.answer_id}"


@dataclass(frozen=True, slots=True)
class ConsultReceived:
    """A case was stored."""

    consult_id: str
    account_id: str
    at: int

    @property
    def id(self) -> str:
        """The same for the same case."""
        return f"r{self.consult_id}"


@dataclass(frozen=True, slots=True)
class ConsultAnswered:
    """A consult is written."""

    consult_id: str
    account_id: str
    at: int

    @property
    def id(self) -> str:
        """The same for the same consult."""
        return f"a{self.consult_id}"


@dataclass(frozen=True, slots=True)
class ConsultRefused:
    """A case cannot be worked."""

    consult_id: str
    account_id: str
    reason: str
    at: int

    @property
    def id(self) -> str:
        """The same for the same consult."""
        return f"x{self.consult_id}"


type Told = QuestionAnswered | ConsultReceived | ConsultAnswered | ConsultRefused

"""What the gateway composes: callers, code pages, quotas, and what stays locked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from services.chassis.errors import FieldError

type Status = Literal["active", "not_yet_valid", "deleted", "no_data"]

GRANTED: Final = frozenset({"charged", "seen", "unmetered", "available"})


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request showed of its caller; all empty: a newcomer. `address` is the IP address, never stored."""

    session_token: str = field(default="", repr=False)
    guest_cookie: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    account_id: str = ""  # an account that the gateway itself vouches for, its mail being proven
    device: str = ""  # as coarse as "Firefox on Linux"

    @property
    def absent(self) -> bool:
        """Whether the caller showed nothing."""
        return not (self.session_token or self.guest_cookie or self.api_key)


@dataclass(frozen=True, slots=True)
class Search:
    """A search as it is asked: `limit` 0 is the usual one; `within` a chapter, section or category."""

    query: str
    system: str = ""
    limit: int = 0
    as_of: str = ""
    within: str = ""
    billable: bool = False
    with_facets: bool = False


@dataclass(frozen=True, slots=True)
class RowsAsked:
    """A page of a long table about a code: `query` its words, `within` a setting or a state."""

    system: str
    code: str
    table: str
    as_of: str = ""
    query: str = ""
    within: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, as accounts resolved it."""

    kind: Literal["guest", "user", "api_key"]
    owner: str
    account_id: str = ""
    email: str = ""
    name: str = ""
    verified: bool = False
    role: str = ""
    plan: str = ""
    renew: bool = False  # the session shown is to have a new token: its account has another role since


@dataclass(frozen=True, slots=True)
class Quota:
    """One feature's quota; `limit` and `remaining` are None where the plan has no limit."""

    feature: str
    limit: int | None
    used: int
    remaining: int | None
    period: str
    renews_at: int | None = None  # Unix milliseconds; None for a lifetime
    registered_limit: int | None = None  # told to a guest: how many an account has that it registers


@dataclass(frozen=True, slots=True)
class Edition:
    """One release of one source."""

    id: str
    system: str
    version: str
    effective_from: str
    effective_to: str
    stale: bool
    file: str
    sha256: str
    rows: int
    covers: str
    name: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    complete: bool = True
    licence: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a code's page; `body` is UTF-8 JSON of the section's own shape."""

    key: str
    title: str
    gated: bool
    body: bytes


@dataclass(frozen=True, slots=True)
class Code:
    """A code as of a date, as lookup answered it."""

    system: str
    code: str
    display: str
    status: Status
    billable: bool | None
    as_of: str
    edition: Edition | None
    sections: tuple[Section, ...]

    @property
    def resource(self) -> str:
        """What is charged: the date is no part of it."""
        return f"{self.system}/{self.code}"


@dataclass(frozen=True, slots=True)
class Spent:
    """How a charge was decided, for whom, and what is left."""

    outcome: str
    quota: Quota
    caller: Caller
    issued_guest: str = ""

    @property
    def granted(self) -> bool:
        """Whether the resource may be shown whole."""
        return self.outcome in GRANTED


@dataclass(frozen=True, slots=True)
class Resolved:
    """A caller with the quotas of the plan; `issued_guest` is a cookie to set, `charges` are told where asked for."""

    caller: Caller
    quotas: tuple[Quota, ...] = ()
    issued_guest: str = ""
    charges: "tuple[Json, ...]" = ()


@dataclass(frozen=True, slots=True)
class OpenedCode:
    """A code page as this caller gets it: `spent` is None when accounts was away, and the page stays locked.

    `public` is what a crawler gets: locked, and charged to nobody.
    """

    code: Code
    spent: Spent | None
    public: bool = False

    @property
    def whole(self) -> bool:
        """Whether the further sections are open; a page without data has nothing to lock."""
        return self.code.status == "no_data" or (self.spent is not None and self.spent.granted)


@dataclass(frozen=True, slots=True)
class Session:
    """A session just opened; one that does not stay ends with the browser, `reopened` kept a closing account."""

    token: str = field(repr=False)
    expires_at: int  # Unix milliseconds
    caller: Caller | None
    stays: bool = True
    reopened: bool = False


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What a letter's handler needs, asked at sending time."""

    address: str
    name: str
    link_path: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter ready to go out; `id` is its Message-ID, the same at every try."""

    id: str
    to: str
    sender: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]
    sent_at: int  # Unix milliseconds


@dataclass(frozen=True, slots=True)
class Ask:
    """A question as somebody put it; `code` and `system` are the page it was asked on."""

    question: str
    as_of: str = ""
    conversation_id: str = ""
    code: str = ""
    system: str = ""


@dataclass(frozen=True, slots=True)
class SentCase:
    """A case that was mailed or sent by form; `references` are empty for a form, which has no thread.

    `notes`: sentences on what of the mail was not read.
    """

    message_id: str
    subject: str
    text: str
    references: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Consult:
    """A consult as its owner sees it."""

    id: str
    subject: str
    status: str  # received, answered, refused
    received_at: int  # Unix milliseconds
    answered_at: int | None
    text: str = ""
    refusal: str = ""
    message_id: str = ""
    references: tuple[str, ...] = ()
    answer: "Json | None" = None
    case_codes: "tuple[Json, ...]" = ()


type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReadClaim:
    """A claim of a file: its name there, its public shape, the fields that could not be read, its rows as they were.

    A line with such a field is not in the claim. `rows` are of a CSV.
    """

    name: str
    claim: Json
    wrong: tuple[FieldError, ...] = ()
    rows: tuple[Mapping[str, str], ...] = ()

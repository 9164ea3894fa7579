"""What is wrong with what people write: every fault at once, each with its field and what was expected."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from services.careers.domain.openings import CREDENTIALS, EMPLOYMENT, PERIODS, STATES, Details, Filters, Page
from services.chassis.errors import FieldError

LONGEST_NAME: Final = 120
LONGEST_TEXT: Final = 20_000
LONGEST_QUERY: Final = 500
LONGEST_REASON: Final = 500
PLAIN: Final = "plain text without control characters"
LONGEST_RUN: Final = 180  # days an opening may stay up
MOST: Final = 100  # of a list's page
LAST_PAGE: Final = 1_000_000


@dataclass(slots=True)
class _Found:
    errors: list[FieldError] = field(default_factory=list)

    def expect(self, holds: bool, where: str, value: str, expected: str) -> None:  # noqa: FBT001 -- the rule itself
        if not holds:
            self.errors.append(FieldError(where, value[:40], expected))


def wrong(details: Details, today: str) -> list[FieldError]:
    """Everything that is wrong with what an employer wrote, all at once."""
    found = _Found()
    for where, text in (("title", details.title), ("employer", details.employer)):
        found.expect(_line(text, LONGEST_NAME), where, text, f"1 to {LONGEST_NAME} characters on one line")
    found.expect(bool(details.description.strip()), "description", "", "what the work is, in plain text")
    long = f"at most {LONGEST_TEXT} characters"
    found.expect(
        len(details.description) <= LONGEST_TEXT, "description", f"{len(details.description)} characters", long
    )
    found.expect(_plain(details.description), "description", "", PLAIN)
    city = not details.location or _line(details.location, LONGEST_NAME)
    found.expect(city, "location", details.location, f"at most {LONGEST_NAME} characters on one line")
    found.expect(not details.state or details.state in STATES, "state", details.state, "a state's two letters, or none")
    placed = details.remote or bool(details.location or details.state)
    found.expect(placed, "location", "", "a city or a state, where the work is not remote")
    kinds = ", ".join(EMPLOYMENT)
    found.expect(details.employment_type in EMPLOYMENT, "employment_type", details.employment_type, f"one of {kinds}")
    for one in details.credentials:
        found.expect(one in CREDENTIALS, "credentials", one, f"some of {', '.join(CREDENTIALS)}")
    found.errors += _wrong_pay(details)
    found.errors += _wrong_day(details.valid_through, today)
    return found.errors


def _plain(text: str) -> bool:
    """Whether it can stand in a page, a letter and a feed: XML knows neither controls nor U+FFFE and U+FFFF."""
    return not any(unicodedata.category(sign) == "Cc" and sign not in "\t\r\n" for sign in text) and not (
        {"\ufffe", "\uffff"} & set(text)
    )


def _line(text: str, most: int) -> bool:
    return bool(text.strip()) and len(text) <= most and text.isprintable()


def _wrong_pay(details: Details) -> list[FieldError]:
    found = _Found()
    amounts = {key: dollars(text) for key, text in (("pay_min", details.pay_min), ("pay_max", details.pay_max)) if text}
    for key, amount in amounts.items():
        expected = "US dollars above 0 such as 28 or 61500.00, or nothing"
        found.expect(amount is not None, key, getattr(details, key), expected)
    low, high = amounts.get("pay_min"), amounts.get("pay_max")
    if low is not None and high is not None:
        found.expect(low <= high, "pay_max", details.pay_max, "not less than pay_min")
    needs = not amounts or details.pay_period in PERIODS
    found.expect(needs, "pay_period", details.pay_period, "hour or year, where pay is stated")
    return found.errors


def dollars(text: str) -> Decimal | None:
    """An amount above 0 with at most two decimals; None where it is none."""
    if not re.fullmatch(r"[0-9]{1,7}(?:\.[0-9]{1,2})?", text):
        return None
    amount = Decimal(text)
    return amount if amount > 0 else None


def _wrong_day(text: str, today: str) -> list[FieldError]:
    found = _Found()
    last = (date.fromisoformat(today) + timedelta(days=LONGEST_RUN)).isoformat()
    expected = f"a day from {today} to {last} as YYYY-MM-DD"
    try:
        is_day = bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", text)) and date.fromisoformat(text) is not None
    except ValueError:
        is_day = False
    found.expect(is_day and today <= text <= last, "valid_through", text, expected)
    return found.errors


def letter_wrong(letter: str) -> Sequence[FieldError]:
    """What is wrong with an application's letter."""
    found = _Found()
    length = f"{len(letter)} characters"
    found.expect(0 < len(letter.strip()) <= LONGEST_TEXT, "letter", length, f"1 to {LONGEST_TEXT} characters")
    found.expect(_plain(letter), "letter", "", PLAIN)
    return found.errors


def reason_wrong(reason: str) -> Sequence[FieldError]:
    """What is wrong with an editor's reason."""
    found = _Found()
    length = f"{len(reason)} characters"
    found.expect(len(reason) <= LONGEST_REASON, "reason", length, f"at most {LONGEST_REASON} characters")
    found.expect(_plain(reason), "reason", "", PLAIN)
    return found.errors


def filters_wrong(filters: Filters) -> Sequence[FieldError]:
    """What is wrong with a search."""
    found = _Found()
    length = f"{len(filters.query)} characters"
    found.expect(len(filters.query) <= LONGEST_QUERY, "q", length, f"at most {LONGEST_QUERY} characters")
    known: tuple[tuple[str, str, Iterable[str]], ...] = (
        ("credential", filters.credential, CREDENTIALS),
        ("state", filters.state, sorted(STATES)),
        ("employment_type", filters.employment_type, EMPLOYMENT),
    )
    for where, value, values in known:
        found.expect(not value or value in values, where, value, f"one of {', '.join(values)}")
    return found.errors


def page_wrong(page: Page, most: int = MOST) -> Sequence[FieldError]:
    """What is wrong with a page that is asked for."""
    found = _Found()
    found.expect(1 <= page.number <= LAST_PAGE, "page", str(page.number), f"a number from 1 to {LAST_PAGE}")
    found.expect(1 <= page.limit <= most, "limit", str(page.limit), f"a number from 1 to {most}")
    return found.errors

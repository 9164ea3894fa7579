"""The history of a code: what its rows say of it, and how it stands in each loaded edition."""

from typing import Any, Final

from services.lookup.editions.facts import Named
from services.lookup.editions.library import Shelf
from services.lookup.pages import sources
from services.lookup.pages.bodies import Body

_CONVERSION: Final = "icd-10-cm-conversion"


def across(system: str, code: str, shelf: Shelf) -> list[dict[str, Any]]:
    """How the code stands in each loaded edition of its system, the oldest first; what did not change is told once."""
    told: list[dict[str, Any]] = []
    before: Named | None = None
    for number, bundle in enumerate(shelf.all(system)):
        entry = bundle.facts.named(code)
        text = _change(before, entry, first=not number)
        if text:
            source = sources.row(bundle.edition, 0)
            told.append({"date": bundle.edition.effective_from, "text": text, "source": source})
        before = entry
    return told


def _change(before: Named | None, now: Named | None, *, first: bool) -> str:
    if now is None:
        return "Not in the code set any more." if before is not None else ""
    if before is None:
        return "In the oldest loaded edition." if first else "New in this edition."
    if before.display.casefold() != now.display.casefold():
        return f"Description revised: {now.display}"
    if before.billable != now.billable:
        return "From now on billable." if now.billable else "Divided into further codes: from now on a header."
    return ""


def diagnosis(code: str, shelf: Shelf) -> Body:
    """The section of an ICD-10-CM code."""
    events = across("icd-10-cm", code, shelf)
    editions: list[dict[str, Any]] = []
    for bundle in reversed(shelf.all(_CONVERSION)):
        for row in bundle.rows.about(code) if bundle.rows else ():
            told = _converted(row.body)
            events.append({"date": row.body["since"], "text": told, "source": sources.row(bundle.edition, row.line)})
        editions.append(sources.edition(bundle.edition))
        break
    events.sort(key=lambda event: str(event["date"]))
    body: dict[str, Any] = {"events": events, "editions": editions}
    if len(shelf.all("icd-10-cm")) == 1 and not editions:
        version = shelf.all("icd-10-cm")[0].edition.version
        body["no_data"] = f"Only the release {version} is loaded; what changed before it is not known here."
    return body


def began(code: str, shelf: Shelf) -> str:
    """The day from which the newest conversion table has a diagnosis code; empty where it does not tell."""
    for bundle in reversed(shelf.all(_CONVERSION)):
        rows = bundle.rows.about(code) if bundle.rows else []
        return max((str(row.body["since"]) for row in rows if "previous" in row.body), default="")
    return ""


def _converted(said: Body) -> str:
    if "became" in said:
        return f"What it stood for is coded to {said['became']} from now on, wholly or in part."
    return f"Came into force; coded before to {said['previous']}." if said["previous"] else "Came into force."

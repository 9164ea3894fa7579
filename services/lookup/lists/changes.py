"""What is no longer as it was between two judgements of a code, each with its day and both editions."""

from collections.abc import Iterator
from typing import Final

from services.lookup.domain import Status
from services.lookup.editions.pairs import Pair
from services.lookup.lists.judging import Judge
from services.lookup.lists.saved import Change, Figure, Standing
from services.lookup.pages.edits import MUES
from services.lookup.pages.fees import VALUES
from services.lookup.pages.pairs import PAIRS

TOLD: Final = 8  # new pairs that a sentence names; the rest is counted
_UNDECIDED: Final = ("", Status.NO_DATA.value)
_STATUS: Final = {
    Status.DELETED.value: "deleted",
    Status.NOT_YET_VALID.value: "not yet valid",
    Status.ACTIVE.value: "valid",
}


def between(code: str, before: Standing, now: Standing, judge: Judge) -> tuple[Change, ...]:
    """The changes, what denies a claim first."""
    return (*_of_code_set(before, now), *_of_tables(code, before, now, judge))


def _of_code_set(before: Standing, now: Standing) -> Iterator[Change]:
    dated = (now.since, now.edition, before.edition)
    was = f"{now.edition}; before: {before.edition}" if before.edition else now.edition
    if before.status != now.status and not {before.status, now.status} & {*_UNDECIDED}:
        after, earlier = _STATUS[now.status], _STATUS[before.status]
        text = f"{after.capitalize()} from {now.since} on; it was {earlier} ({was})."
        yield Change("status", text, before.status, now.status, *dated)
    if now.display and before.display and _plain(now.display) != _plain(before.display):
        text = f"Description revised from {now.since} on; it was “{before.display}” ({was})."
        yield Change("description", text, before.display, now.display, *dated)
    if None not in {before.billable, now.billable} and before.billable != now.billable:
        after = "Valid on a claim" if now.billable else "A header, no longer valid on a claim,"
        told = ("yes", "no") if before.billable else ("no", "yes")
        yield Change("billable", f"{after} from {now.since} on ({was}).", *told, *dated)


def _plain(display: str) -> str:
    return " ".join(display.casefold().split())


def _of_tables(code: str, before: Standing, now: Standing, judge: Judge) -> Iterator[Change]:
    if before.figures is None:
        return
    for figure in now.figures or ():
        earlier = before.figure(figure.table)
        if figure.value == (earlier.value if earlier else ""):
            continue
        if figure.table in PAIRS:
            yield from _new_pairs(code, earlier, figure, judge)
        else:
            yield _of_figure(earlier, figure)


def _of_figure(before: Figure | None, now: Figure) -> Change:
    value, was = now.value, before.value if before else ""
    kind = "rvu" if now.table == VALUES else "mue"
    if kind == "rvu":
        text = f"Relative values from {now.since} on: {_differing(was, value)}"
    else:
        text = f"MUE ({MUES[now.table]}) from {now.since} on: {value or 'none published'}, it was {_or_none(before)}"
    return Change(
        kind, f"{text} ({now.name}{_after(before)}).", was, value, now.since, now.name, before.name if before else ""
    )


def _or_none(before: Figure | None) -> str:
    if before is None:
        return "not loaded"
    return before.value or "none published"


def _after(before: Figure | None) -> str:
    return f"; before: {before.name}" if before else "; no such table was loaded before"


def _differing(before: str, now: str) -> str:
    """The figures that differ, as "work 1.25 (was 1.30)"."""
    was, are = _by_name(before), _by_name(now)
    if not are:
        return "no longer in the fee schedule; it was " + before
    told = [
        f"{name} {value}" + (f" (was {was[name]})" if name in was else "")
        for name, value in are.items()
        if was.get(name) != value
    ]
    return "; ".join(told)


def _by_name(value: str) -> dict[str, str]:
    figures = (one.rpartition(" ") for one in value.split("; ") if one)
    return {name: figure for name, _, figure in figures}


def _new_pairs(code: str, before: Figure | None, now: Figure, judge: Judge) -> Iterator[Change]:
    """Nothing where pairs have only ended."""
    new = judge.new_pairs(code, before, now)
    if not new:
        return
    named = ", ".join(_pair(pair, code) for pair in new[:TOLD])
    more = f", and {len(new) - TOLD} more" if len(new) > TOLD else ""
    count = f"{len(new)} new NCCI pair{'' if len(new) == 1 else 's'}"
    text = f"{count} ({PAIRS[now.table]}) in force on {now.since}: {named}{more} ({now.name}{_after(before)})."
    was = before.name if before else ""
    yield Change("ptp", text, _count(before), _count(now), now.since, now.name, was, tuple(new))


def _count(figure: Figure | None) -> str:
    return (figure.value.partition(" ")[0] if figure else "") or "0"


def _pair(pair: Pair, code: str) -> str:
    other = pair.column_2 if pair.column_1 == code else pair.column_1
    column = "column 2" if pair.column_1 == code else "column 1"
    allowed = "a modifier may allow both" if pair.indicator == "1" else "never both"
    return f"{other} ({column}, {allowed}{f', since {pair.since}' if pair.since else ''})"

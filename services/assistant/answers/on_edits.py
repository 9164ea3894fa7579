"""What is said of a procedure's edits: units (MUE), add-on rules, pairs (PTP)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.assistant.answers.telling import Told, answer, claim, fact, flat, listed, missing, named, section
from services.assistant.domain.answers import Claim
from services.assistant.domain.codes import KnownCode
from services.assistant.domain.evidence import Checked, Edit, Piece, Source
from services.assistant.domain.questions import Understood

_LISTED: Final = 20
_PARTNERS: Final = 8
_MAI: Final = {
    1: "each claim line is judged by itself",
    2: "all lines of the day are added up, and the limit is absolute",
    3: "all lines of the day are added up; more can be paid on appeal where the record supports it",
}
_TABLE: Final = "No MUE, add-on or PTP table that covers this date is loaded."


def units(code: KnownCode, understood: Understood) -> Told:  # noqa: ARG001 -- every telling is called alike
    """The most units of a day."""
    body = section(code, "edits")
    mue = body.get("mue")
    if not mue:
        return Told("Units", (missing(code, "edits", _TABLE),))
    lead = fact(code, f"{named(code)}: {_limit(mue)}", mue["source"], item=False)
    rows = [fact(code, _limit(one), one["source"]) for one in body.get("mue_elsewhere", ())]
    return Told("Other settings", (lead,), tuple(rows))


def _limit(mue: Mapping[str, Any]) -> str:
    if mue["value"] is None:
        return f"no MUE is published for it ({mue['setting']}, {mue['edition']}); CMS keeps some limits to itself."
    if not mue["value"]:
        return f"no unit is paid to a {mue['setting']} provider (MUE 0, {mue['edition']}, MAI {mue.get('mai')})."
    counted = _MAI.get(mue.get("mai") or 0, "")
    why = f" CMS gives as its reason: {flat(mue['rationale'])}." if mue.get("rationale") else ""
    return (
        f"at most {mue['value']} unit{'' if mue['value'] == 1 else 's'} a day for one patient and one {mue['setting']} "
        f"provider (MUE {mue['edition']}, MAI {mue.get('mai')}: {counted}).{why}"
    )


def add_on(code: KnownCode, understood: Understood) -> Told:  # noqa: ARG001 -- every telling is called alike
    """Whether it is an add-on, and with which primaries; or what rides on it."""
    body = section(code, "edits")
    rows = body.get("add_on")
    if rows is None:
        return Told("Add-on rules", (missing(code, "edits", _TABLE),))
    now = [row for row in rows if row["effective_from"] <= code.as_of <= (row.get("effective_to") or code.as_of)]
    past = tuple(fact(code, _window(row), row["source"]) for row in rows if row not in now)
    lead = tuple(claim for row in now for claim in _primaries(code, row))
    if not lead:
        lead = (claim(code, f"{named(code)} is not an add-on code on {code.as_of}.", "add-on code edits", code.as_of),)
    riding = body.get("primary_of")
    if riding:
        codes = tuple(riding["add_ons"])
        text = f"{len(codes)} add-on codes name {code.ref.code} as a primary"
        more = Claim(text, fact(code, text, riding["source"]).pieces, listed=codes[:_LISTED])
        return Told("Add-on rules before", (*lead, more), past)
    return Told("Add-on rules before", lead, past)


def _primaries(code: KnownCode, row: Mapping[str, Any]) -> tuple[Claim, ...]:
    text = f"{named(code)} is an add-on code of {_window(row)}"
    lead = fact(code, text, row["source"], item=False)
    codes = tuple(row.get("primaries", ()))
    if not codes:
        return (lead,)
    shown = f", the first {_LISTED} of them" if len(codes) > _LISTED else ""
    counted = f"CMS names {len(codes)} primary code{'' if len(codes) == 1 else 's'}{shown}"
    return (lead, Claim(counted, fact(code, counted, row["source"]).pieces, listed=codes[:_LISTED]))


def _window(row: Mapping[str, Any]) -> str:
    until = f" to {row['effective_to']}" if row.get("effective_to") else ""
    return f"type {row['type']}, from {row['effective_from']}{until}. {flat(row.get('note', ''))}".strip()


def pairs(code: KnownCode, understood: Understood) -> Told:  # noqa: ARG001 -- every telling is called alike
    """How many pairs name it, and a few of them."""
    body = section(code, "edits").get("ptp")
    if not body:
        return Told("NCCI pairs", (missing(code, "edits", _TABLE),))
    rows = [fact(code, _told(row), row["source"]) for row in body.get("facts", ())[:_PARTNERS]]
    partners = [one for one in body.get("partners", ()) if one.get("verdict") == "applies"][:_PARTNERS]
    rows += [fact(code, _partner(code, one), str(body.get("source", "NCCI PTP"))) for one in partners]
    in_force = body.get("in_force")
    if in_force is None:
        return Told("NCCI pairs", tuple(answer(row) for row in rows[:1]), tuple(rows[1:]))
    text = (
        f"{named(code)} stands in {in_force:,} NCCI pairs in force on {body.get('as_of')} ({body.get('setting')}, "
        f"{body.get('edition')}). Name a second code to have the pair decided."
    )
    return Told("Some of its pairs", (fact(code, text, str(body.get("source", "NCCI PTP")), item=False),), tuple(rows))


def _partner(code: KnownCode, row: Mapping[str, Any]) -> str:
    first, second = (code.ref.code, row["code"]) if row["column"] == 2 else (row["code"], code.ref.code)  # noqa: PLR2004 -- column two
    return f"{second} is column two of {first}, modifier indicator {row['indicator']}"


def _told(row: Mapping[str, Any]) -> str:
    """A fact as our own pages tell it, or a labelled one of a table."""
    return flat(str(row["text"]) if "text" in row else f"{row['label']}: {row['value']}")


def checked(found: Checked, codes: Sequence[KnownCode], modifiers: Sequence[str]) -> tuple[Claim, ...]:
    """The verdict on procedures of one day: of every pair that has one, else that there is none."""
    about = [edit for edit in found.findings if edit.rule == "ncci-ptp"]
    said = [_pair(edit, modifiers) for edit in about]
    said += [_edit(edit) for edit in found.findings if edit.rule == "add-on" and edit.verdict == "applies"]
    if about:
        return tuple(said)
    return (_no_pair(found, codes), *said)


def _pair(edit: Edit, modifiers: Sequence[str]) -> Claim:
    if edit.verdict == "no_data":
        opening = "No firm verdict (no_data): "
    elif edit.verdict == "does_not_apply":
        opening = "Yes (verdict: does_not_apply): "
    elif edit.allowed:
        opening = "Not without a modifier (verdict: applies, modifier indicator 1): "
    else:
        opening = "No (verdict: applies, modifier indicator 0): "
    text = f"{opening}{flat(edit.message)} {flat(edit.fix)}"
    fits = [one for one in modifiers if one in edit.allowed]
    if fits and edit.verdict == "applies":
        text += f" {listed(fits)} is among those that open the pair, if the record bears it out."
    return Claim(text, (Piece(f"{text} {edit.source.edition}", edit.source),))


def _edit(edit: Edit) -> Claim:
    text = f"{flat(edit.message)} {flat(edit.fix)}"
    return Claim(text, (Piece(text, edit.source),))


def _no_pair(found: Checked, codes: Sequence[KnownCode]) -> Claim:
    procedures = [code for code in codes if code.ref.system in {"cpt", "hcpcs"}]
    names, day = listed([f"**{code.ref.code}**" for code in procedures]), procedures[0].as_of
    if not found.edition:
        text = (
            f"No verdict (no_data): no NCCI PTP table that covers {day} is loaded here, so nothing is said on whether "
            f"{names} are paid together. Import the quarter's PTP files to have it decided."
        )
    elif found.verdict == "no_data":
        text = (
            f"No firm verdict (no_data) for {day}: {found.edition}, the newest table loaded here, has no pair of "
            f"{names}, but it does not decide that date."
        )
    else:
        text = (
            f"Yes, as far as NCCI goes (verdict: does_not_apply): no pair of {names} is in force on {day} in "
            f"{found.edition}. The services still have to be separate and recorded."
        )
    at = Source(found.edition or "The loaded editions", "", f"pairs on {day}", "/data")
    return Claim(text, (Piece(text, at),))

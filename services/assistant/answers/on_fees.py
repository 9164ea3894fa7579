"""What is said of a procedure's place in Medicare's fee schedule: global days, values, modifiers, coverage."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from services.assistant.answers.states import name_of
from services.assistant.answers.telling import Told, answer, claim, fact, flat, listed, missing, named, section
from services.assistant.domain.answers import Claim
from services.assistant.domain.codes import KnownCode
from services.assistant.domain.questions import Understood

_MOST: Final = 6
_LOCALITIES: Final = 6
_USE: Final = {"no": "does not apply", "yes": "applies", "sometimes": "applies where the record supports it"}
_TAKES: Final = {"yes": "it takes", "sometimes": "where the record supports it", "no": "it does not take"}
_SCHEDULE: Final = "The Medicare physician fee schedule is not loaded."
_COMPONENTS: Final = frozenset(("26", "TC"))


def global_days(code: KnownCode, understood: Understood) -> Told:  # noqa: ARG001 -- every telling is called alike
    """The global period."""
    row = _whole(code)
    if row is None:
        return Told("Global days", (missing(code, "fees", _SCHEDULE),))
    meaning = flat(row.get("global_text") or row.get("global_meaning") or "")
    text = f"{named(code)}: global days {row['global_days']}{f' ({meaning})' if meaning else ''}, {row['edition']}."
    return Told("Global days", (fact(code, text, row["source"], item=False),))


def fees(code: KnownCode, understood: Understood) -> Told:
    """Relative values, status and national amounts; with a state, the amounts of its localities."""
    body = section(code, "fees")
    years = [row for row in body.get("years", ()) if not row["edition"].endswith("APM participants")]
    wanted = _COMPONENTS.intersection(understood.modifiers)
    chosen = [row for row in years if row.get("modifier", "") in wanted] or years[:1]
    rows = [fact(code, _told(one), one["source"]) for one in body.get("facts", ())[:_MOST]]
    if not chosen:
        if rows:
            return Told("Pricing", tuple(answer(row) for row in rows))
        return Told("Fee schedule", (missing(code, "fees", _SCHEDULE),))
    lead = [fact(code, f"{named(code)}: {_values(row)}", row["source"], item=False) for row in chosen]
    others = [fact(code, _values(row), row["source"]) for row in years[:_MOST] if row not in chosen]
    local = [_locality(code, row, chosen[0]) for row in body.get("localities", ()) if row["state"] == understood.state]
    if local:
        return Told("Further rows", (*lead, *(answer(row) for row in local[:_LOCALITIES])), tuple(others + rows))
    if understood.state:
        told = body.get("no_data") or "No locality of that state is in the loaded GPCI file."
        lead.append(claim(code, f"{name_of(understood.state)}: no_data. {flat(told)}", "fees"))
    return Told("Further rows", tuple(lead), tuple(others + rows))


def _values(row: Mapping[str, Any]) -> str:
    status = flat(row.get("status_text", ""))
    text = (
        f"work RVU {row['work_rvu']}, total {row['nonfacility_total']} outside and {row['facility_total']} inside a "
        f"facility; status {row['status']}{f' ({status})' if status else ''}, global days {row['global_days']} "
        f"({row['edition']})."
    )
    amounts = row.get("amounts") or {}
    paid = [
        f"{amounts[place]} dollars {where} a facility ({amounts[f'{place}_arithmetic']})"
        for place, where in (("nonfacility", "outside"), ("facility", "inside"))
        if place in amounts
    ]
    return f"{text} National amount: {listed(paid)}, before local adjustment." if paid else text


def _locality(code: KnownCode, row: Mapping[str, Any], year: Mapping[str, Any]) -> Claim:
    paid = [
        f"{row[place]} dollars {where} a facility"
        for place, where in (("nonfacility", "outside"), ("facility", "inside"))
        if place in row
    ]
    text = f"{row['name']}: {listed(paid)} (GPCI {row['gpci']})"
    return fact(code, text, year["source"])


def modifiers(code: KnownCode, understood: Understood) -> Told:
    """Whether the named modifiers go on the code; without one, which do."""
    rows = section(code, "modifiers").get("modifiers", ())
    if not rows:
        said = flat(" ".join(section(code, "modifiers").get("paragraphs", ())))
        alone = claim(code, f"{named(code)}: {said}", "modifiers") if said else missing(code, "modifiers", _SCHEDULE)
        return Told("Modifiers", (alone,))
    told = [(set(row["modifier"].replace(" ", "").split(",")), row) for row in rows]
    wanted = understood.modifiers
    lead = [
        answer(fact(code, f"{_verdict(row)}Modifier {modifier} on {named(code)}: {flat(row['text'])}", row["source"]))
        for modifier in wanted
        for names, row in told
        if modifier in names
    ]
    rest = [
        fact(code, f"**{row['modifier']}** {_USE.get(row['use'], row['use'])}. {flat(row['text'])}", row["source"])
        for names, row in told
        if not names.intersection(wanted)
    ]
    if wanted:
        return Told("Modifiers", tuple(lead), ())
    uses = {use: [row["modifier"] for row in rows if row["use"] == use] for use in _USE}
    parts = [f"{word} {', '.join(uses[use])}" for use, word in _TAKES.items() if uses[use]]
    summed = claim(code, f"Modifiers of {named(code)}: {'; '.join(parts)}.", "modifiers")
    return Told("Modifiers", (summed,), tuple(rest))


def _verdict(row: Mapping[str, Any]) -> str:
    return {"no": "No. ", "yes": "Yes. ", "sometimes": "Where the record supports it. "}.get(row["use"], "")


def coverage(code: KnownCode, understood: Understood) -> Told:
    """What Medicare's documents and records say of its coverage, in a state where one is named."""
    body = section(code, "coverage")
    found = body.get("documents", ())
    state = understood.state
    here = [one for one in found if not state or state in one["states"] or name_of(state) in one["states"]]
    facts = [fact(code, f"{row['label']}: {flat(row['value'])}", row["source"]) for row in body.get("facts", ())]
    said = [claim(code, flat(text), "Medicare coverage", item=True) for text in body.get("paragraphs", ())]
    documents = [_document(code, one) for one in here[:_MOST]]
    where = f" that speaks for {name_of(state)}" if state else ""
    if here:
        count = f"{len(here)} document{'' if len(here) == 1 else 's'}"
        text = (
            f"It depends on the patient's diagnosis: {count} of the Medicare Coverage Database{where} name "
            f"{named(code)}. Read which diagnoses they cover before the claim goes out."
        )
        return Told("Documents", (claim(code, text, "Medicare coverage"),), (*documents, *facts, *said))
    if found and state:
        where = name_of(state)
        text = f"no_data: of the {len(found)} loaded documents that name {named(code)}, none speaks for {where}."
        return Told("Coverage", (claim(code, text, "Medicare coverage"), *map(answer, facts)), tuple(said))
    if facts or said:
        first, *others = [answer(one) for one in (*said, *facts)]
        return Told("Coverage", (replace(first, text=f"{named(code)}: {first.text}"), *others))
    none = missing(code, "coverage", "No national or local coverage table is loaded.")
    where = f" for {name_of(state)}" if state else ""
    return Told("Coverage", (replace(none, text=none.text.replace("no_data on", f"no_data{where} on", 1)),))


def _document(code: KnownCode, one: Mapping[str, Any]) -> Claim:
    kind = "Article" if one["document"].startswith("A") else "LCD"
    says = f": {', '.join(dict.fromkeys(one['says']))}" if one.get("says") else ""
    states = f" ({len(one['states'])} states)" if one.get("states") else ""
    text = f"{kind} {one['document'][1:]}, {flat(one.get('title') or 'without a title')}{says}{states}"
    return fact(code, text, f"Medicare Coverage Database, {kind} {one['document'][1:]}")


def _whole(code: KnownCode) -> Mapping[str, Any] | None:
    years = section(code, "fees").get("years", ())
    return next((row for row in years if not row.get("modifier")), None)


def _told(row: Mapping[str, Any]) -> str:
    return f"{row['label']}: {flat(str(row['value']))}"

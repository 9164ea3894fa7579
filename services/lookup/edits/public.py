"""A report in the public shape of a claim's answer (DESIGN.md, section 3), built where it is found and passed on."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import orjson

from services.lookup.edits.claim import Checked, Finding, Report, source
from services.lookup.edits.explain import Explained, PairRow

type Json = dict[str, Any]


def answer(report: Report) -> bytes:
    """{as_of, setting, verdict, findings, checked, errors?} as UTF-8 JSON."""
    return orjson.dumps(_answer(report))


def explained(found: Explained, codes: Sequence[str]) -> bytes:
    """The same for codes that are asked about, with every row of the pair table."""
    return orjson.dumps({**_answer(found.report), "codes": list(codes), "rows": [_row(one) for one in found.rows]})


def _answer(report: Report) -> Json:
    told: Json = {
        "as_of": report.claim.as_of,
        "setting": report.claim.setting,
        "verdict": report.verdict,
        "findings": [_finding(one) for one in report.findings],
        "checked": [_checked(one) for one in report.checked],
    }
    if report.errors:
        told["errors"] = [{"where": e.where, "value": e.value, "expected": e.expected} for e in report.errors]
    return told


def _checked(one: Checked) -> Json:
    told: Json = {"rule": one.rule, "edition": one.edition or None, "verdict": one.verdict}
    return {**told, "note": one.note} if one.note else told


def _finding(one: Finding) -> Json:
    told: Json = {
        "rule": one.rule,
        "verdict": one.verdict,
        "severity": one.severity,
        "lines": one.lines,
        "message": one.message,
        "fix": one.fix,
        "source": one.source,
    }
    if one.allowed_modifiers:
        told["allowed_modifiers"] = one.allowed_modifiers
    if one.newest:
        told["newest"] = {"edition": one.newest[0], "verdict": one.newest[1]}
    return told


def _row(one: PairRow) -> Json:
    pair = one.pair
    return {
        "column_1": pair.column_1,
        "column_2": pair.column_2,
        "effective_from": pair.since or None,
        "effective_to": pair.until or None,
        "modifier_indicator": pair.indicator,
        "verdict": one.verdict,
        "rationale": pair.rationale,
        "source": asdict(source(one.edition, pair.line, pair.part)),
    }

"""Reads the NCCI tables of single codes: medically unlikely edits, add-on code edits; and what names a table of NCCI.

Practitioner, outpatient hospital and DME supplier each have limits of their own, Medicare and Medicaid too: which of
them a table is for is told by its heading or its name, and never guessed.
"""

import re
from collections.abc import Iterator
from typing import Final

from services.lookup.domain import Row
from services.lookup.importers import releases
from services.lookup.importers.files import Member
from services.lookup.importers.format import Around, Content, Format, Given, Identity, Parts, needs_rows
from services.lookup.importers.reading import Line, headed, lines, plain, table
from services.lookup.importers.refusal import ImportRefusedError, Place

_SETTINGS: Final = {
    "dme": r"\bdme\b|durable medical|supplier",
    "outpatient": r"ccioph|outpatient|hospital|\boph\b|\bhosp\b|\bopps\b",
    "practitioner": r"ccipra|practitioner|\bpra(?:ct?)?\b|physician",
}
_PROGRAMS: Final = {"medicaid": r"medicaid|\bmcd\b|\bnmd\b", "medicare": r"medicare|\bmcr\b"}
_ASKED: Final = "the setting is told by --kind practitioner, --kind outpatient or --kind dme"


def setting_of(member: Member, given: Given) -> str:
    """The setting that the user, the file's name or its first lines tell. A table of a setting unknown is refused."""
    for text in (given.kind, member.base, member.place, member.beginning[:6_000]):
        said = plain(text)
        if found := next((setting for setting, marks in _SETTINGS.items() if re.search(marks, said)), ""):
            return found
    wrong = "nothing in the file or its name says for which setting it holds"
    raise ImportRefusedError(Place(member.place), wrong, expected=_ASKED)


def program_of(member: Member, given: Given) -> str:
    """Medicaid where the user, the name or the first lines say so; else Medicare, whose files need not say it."""
    for text in (given.kind, member.base, member.place, member.beginning[:6_000]):
        said = plain(text)
        if found := next((program for program, marks in _PROGRAMS.items() if re.search(marks, said)), ""):
            return found
    return "medicare"


def system_of(table_name: str, setting: str, program: str) -> str:
    """The system of an edition: ncci-mue-dme-medicaid."""
    return f"ncci-{table_name}-{setting}" + ("-medicaid" if program == "medicaid" else "")


def told(setting: str) -> str:
    """A setting for people."""
    return {"outpatient": "outpatient hospital", "dme": "DME supplier"}.get(setting, setting)


def _window(member: Member) -> releases.Window | None:
    found = releases.quarter_in(member.base) or releases.quarter_in(member.place) or releases.quarter_in(member.file)
    return found or releases.effective_in(member.beginning)


_MUE: Final = {
    "code": ("HCPCS/CPT Code", "HCPCS CPT Code", "HCPCS"),
    "value": (
        *(
            "Practitioner Services MUE Values",
            "Outpatient Hospital Services MUE Values",
            "Outpatient Services MUE Values",
        ),
        *("Outpatient Hospital MUE Values", "Practitioner MUE Values", "DME Supplier Services MUE Values"),
        *("DME Supplier MUE Values", "DME MUE Values", "MUE Values", "MUE Value"),
    ),
    "mai": ("MUE Adjudication Indicator", "MAI"),
    "rationale": ("MUE Rationale",),
}
_MAIS: Final = (1, 2, 3)


def _identify_mue(member: Member, given: Given) -> Identity | None:
    said = plain(member.beginning)
    if not member.base.endswith((".csv", ".txt", ".xlsx", ".xlsm")):
        return None
    if not re.search(r"\bmue values?\b", said) and not re.search(r"(?<![a-z])mue(?![a-z])", member.base):
        return None
    if "hcpcs" not in said and "cpt" not in said:
        return None
    heading = re.search(r"(practitioner|outpatient|dme|supplier)[a-z ]{0,40} mue", said)
    setting = next((one for one, marks in _SETTINGS.items() if heading and re.search(marks, heading[0])), "")
    if not setting and not re.search(r"\bmue values?\b", said):
        setting = "practitioner"  # the column that would tell it is missing, which reading it says
    setting, program = setting or setting_of(member, given), program_of(member, given)
    name = f"NCCI MUE, {told(setting)}, {program.capitalize()}"
    return Identity(system_of("mue", setting, program), name, _window(member))


def _read_mue(parts: Parts, around: Around, since: str) -> Content:  # noqa: ARG001 -- a format's signature
    member = parts["only"]
    rows: dict[str, Row] = {}
    for line in headed(member, table(member), _MUE, ("mai", "rationale")):
        code = line.code("code")
        if code in rows:
            raise line.refuse("code", "each code once", "the code comes twice")
        body: dict[str, object] = {"value": line.integer("value"), "rationale": line.text("rationale")}
        if line.text("mai"):
            body["mai"] = _mai(line)
        rows[code] = Row(code, line.number, body)
    needs_rows(member, len(rows), "edits")
    covers = "Every code with a published limit of units; a code without one may have a limit that CMS keeps to itself."
    return Content(covers, {"codes": len(rows)}, rows=rows.values())


def _mai(line: Line) -> int:
    first = line.text("mai")[:1]
    if first not in {str(one) for one in _MAIS}:
        raise line.refuse("mai", "1, 2 or 3, and what it means", "is no MUE adjudication indicator")
    return int(first)


_ADD_ON: Final = {
    "type": ("AOC_Edit_Type",),
    "add_on": ("Add-On_Code",),
    "add_on_deleted": ("AOC_DelDT",),
    "primary": ("Primary_Code",),
    "primary_deleted": ("Primary_Code_DelDT",),
    "since": ("AOC_Edit_EffDT",),
    "until": ("AOC_Edit_DelDT",),
    "note": ("Special_Instruction_Notes",),
}
CONTRACTOR_DEFINED: Final = "CCCCC"
# Columns of the flat file (AOC_V2026Q3-F-MCR.txt), in the order of the workbook's.
_POSITIONS: Final = {
    "type": (0, 1),
    "add_on": (1, 6),
    "add_on_deleted": (6, 13),
    "primary": (13, 18),
    "primary_deleted": (18, 25),
    "since": (25, 32),
    "until": (32, 39),
    "note": (39, 97),
}
_DAY: Final = r"(?:[0-9]{7}| {7})"
_FLAT: Final = re.compile(rf"[1-3][0-9A-Z]{{5}}{_DAY}[0-9A-Z]{{5}}{_DAY}[0-9]{{7}}")


def _identify_add_on(member: Member, given: Given) -> Identity | None:
    said = plain(member.beginning)
    named = re.match(r"aoc[-_ ].*\.(xlsx|csv)$", member.base)
    if "aoc edit type" not in said and not named and not _is_flat(member):
        return None
    if _is_flat(member) and any(one.is_workbook and one.base.startswith("aoc") for one in member.siblings):
        return None  # the same table, which the workbook beside it has under headings
    program = program_of(member, given)
    system = "ncci-add-on" + ("-medicaid" if program == "medicaid" else "")
    return Identity(system, f"NCCI add-on code edits, {program.capitalize()}", _window(member))


def _is_flat(member: Member) -> bool:
    first = [line for line in member.beginning.splitlines() if line.strip()][:20]
    return not member.is_workbook and len(first) > 0 and all(map(_FLAT.match, first[:-1] or first))


def _flat(member: Member) -> Iterator[Line]:
    """The lines of the flat file, whose columns are those of the workbook without anything between them."""
    headings = {name: f"{begin + 1}-{end}" for name, (begin, end) in _POSITIONS.items()}
    for number, text in lines(member):
        if text.strip():
            cells = {name: text[begin:end].strip() for name, (begin, end) in _POSITIONS.items()}
            yield Line(member.place, number, cells, headings)


def _read_add_on(parts: Parts, around: Around, since: str) -> Content:  # noqa: ARG001 -- a format's signature
    member = parts["only"]
    optional = ("add_on_deleted", "primary_deleted", "until", "note")
    table_lines = _flat(member) if _is_flat(member) else headed(member, table(member), _ADD_ON, optional)
    rows = [row for line in table_lines for row in _add_on_rows(line)]
    edits = sum(not row.key.startswith("primary:") for row in rows)
    needs_rows(member, edits, "edits")
    codes = len({row.key for row in rows if not row.key.startswith("primary:")})
    covers = "Every add-on code with its primary codes and the dates of each edit."
    return Content(covers, {"edits": edits, "add_on_codes": codes}, rows=rows, row_dated=True)


def _add_on_rows(line: Line) -> Iterator[Row]:
    """The edit by its add-on code, and where it names a primary code by that too."""
    if line.text("type") not in {"1", "2", "3"}:
        raise line.refuse("type", "1, 2 or 3", "is no type of add-on code edit")
    add_on = line.code("add_on")
    primary = line.text("primary")
    if primary != CONTRACTOR_DEFINED:
        primary = line.code("primary")
    dates = {
        name: found for name in ("since", "until", "add_on_deleted", "primary_deleted") if (found := line.day(name))
    }
    if "since" not in dates:
        raise line.refuse("since", "a date YYYYDDD", "is no date")
    body = {"type": int(line.text("type")), "primary": primary, **dates}
    note = line.text("note").strip('"')
    yield Row(add_on, line.number, body | ({"note": note} if note else {}))
    if primary != CONTRACTOR_DEFINED:
        yield Row(f"primary:{primary}", line.number, {"type": body["type"], "add_on": add_on, **dates})


FORMATS: Final = (
    Format("ncci-add-on", "NCCI add-on code edits", _identify_add_on, _read_add_on),
    Format("ncci-mue", "NCCI MUE", _identify_mue, _read_mue),
)

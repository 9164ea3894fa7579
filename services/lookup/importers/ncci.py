"""Reads the NCCI tables: procedure-to-procedure pairs, medically unlikely edits, add-on code edits.

Settings and programs as CMS publishes them: practitioner and outpatient hospital pairs; practitioner, outpatient and
DME supplier MUEs; Medicare and Medicaid each with its own. A PTP edition is complete with all of its files, f1 to f4.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from services.lookup.domain import Row
from services.lookup.editions import pairs
from services.lookup.editions.pairs import INDICATORS, PairColumns
from services.lookup.importers import releases
from services.lookup.importers.files import Member
from services.lookup.importers.format import Around, Content, Format, Given, Identity, Parts, needs_rows
from services.lookup.importers.reading import Line, day, headed, lines, plain, separated, sheet, table
from services.lookup.importers.refusal import ImportRefusedError, Place

PTP_PARTS: Final = ("f1", "f2", "f3", "f4")
WHOLE: Final = "all"
_COLUMNS: Final = 7
_CODE: Final = re.compile(r"[0-9]{4}[0-9AFMTU]|[A-Z][0-9]{4}")
_BEFORE_1996: Final = 19000101
_SETTINGS: Final = {"practitioner": "practitioner", "outpatient": "outpatient", "dme": "dme"}


def _program(member: Member) -> str:
    return "medicaid" if re.search(r"(?i)medicaid|(?:^|[-_/ ])(?:mcd|nmd)[-_. ]", member.place) else "medicare"


def _system(table_name: str, setting: str, program: str) -> str:
    return f"ncci-{table_name}-{setting}" + ("-medicaid" if program == "medicaid" else "")


def _identify_ptp(member: Member, _: Given) -> Identity | None:
    decoded = member.beginning.lstrip().lower().startswith("column_1,column_2,")
    if not decoded and not re.search(r"(?is)column\s*1\s*/\s*column\s*2 edits|column 1\tcolumn 2\t", member.beginning):
        return None
    if member.base.endswith(".xlsx"):
        return None
    setting = "outpatient" if re.search(r"(?i)ccioph|outpatient|hospital|[-_]oph", member.place) else "practitioner"
    if re.search(r"(?i)(?<![a-z])dme|durable", member.place):  # Medicaid has pairs for suppliers too
        setting = "dme"
    program = _program(member)
    part = re.search(r"(?i)[-_]f([1-9])(?![0-9])", member.base)
    window = releases.ncci_version(member.base) or releases.quarter_in(member.base) or releases.quarter_in(member.file)
    name = f"NCCI PTP, {_told(setting)}, {program.capitalize()}"
    return Identity(_system("ptp", setting, program), name, window, f"f{part[1]}" if part else WHOLE)


def _told(setting: str) -> str:
    return {"outpatient": "outpatient hospital", "dme": "DME supplier"}.get(setting, setting)


def _read_ptp(parts: Parts, around: Around, since: str) -> Content:  # noqa: ARG001 -- a format's signature
    columns = PairColumns()
    for name in sorted(parts):
        columns.parts.append(parts[name].name)
        before = len(columns)
        _read_pairs(parts[name], columns)
        needs_rows(parts[name], len(columns) - before, "pairs")
    lacking = [] if WHOLE in parts else [name for name in PTP_PARTS if name not in parts]
    dated = sum(one > 0 for one in columns.since)
    covers = (
        "Every pair since 1996 with the dates on which it was in force."
        if dated == len(columns)
        else "Every pair since 1996; of some only the last day in force is known, so that these are decided for the "
        "edition's own quarter only."
    )
    if lacking:
        covers = (
            f"Only a part of the table, without {', '.join(lacking)}: a pair that is not in it may still be an edit."
        )
    return Content(
        covers, {"pairs": len(columns)}, pairs=columns, complete=not lacking, row_dated=True, lacking=lacking
    )


def _read_pairs(member: Member, columns: PairColumns) -> None:
    """Either layout; this is the hot loop of an import, so codes, dates and rationales are looked up, not parsed."""
    numbers: dict[str, int] = {}
    days: dict[str, int] = {}
    decoded = member.beginning.lstrip().lower().startswith("column_1,")
    for number, cells in separated(member) if decoded else _tabbed(member):
        try:
            if decoded:
                one, two, until, indicator, rationale = cells
                prior, since = "", ""
            else:
                one, two, prior, since, until, indicator, rationale = cells
            first = numbers.get(one) or numbers.setdefault(one, _number(one))
            second = numbers.get(two) or numbers.setdefault(two, _number(two))
            begin = days[since] if since in days else days.setdefault(since, _day(since))
            end = days[until] if until in days else days.setdefault(until, _day(until))
            columns.add(
                first << 26 | second,
                _BEFORE_1996 if prior == "*" and not begin else begin,
                end,
                INDICATORS.index(indicator),
                columns.rationale(rationale),
                number,
            )
        except ValueError as error:
            if number == 1:
                continue  # the heading
            raise _blamed(member, number, cells, decoded=decoded) from error


def _tabbed(member: Member) -> Iterator[tuple[int, list[str]]]:
    begun = False
    for number, text in lines(member):
        cells = [cell.strip() for cell in text.split("\t")]
        begun = begun or bool(_CODE.fullmatch(cells[0]))
        if begun and any(cells):
            yield number, [*cells, ""] if len(cells) == _COLUMNS - 1 else cells


def _number(code: str) -> int:
    if not _CODE.fullmatch(code):
        raise ValueError(code)
    return pairs.number(code)


def _day(text: str) -> int:
    return int(day(text).replace("-", "") or 0)


def _blamed(member: Member, number: int, cells: Sequence[str], *, decoded: bool) -> ImportRefusedError:
    """Which cell of a line is wrong."""
    wanted = 5 if decoded else _COLUMNS
    if len(cells) != wanted:
        wrong = "the line is too short" if len(cells) < wanted else "the line is too long"
        return ImportRefusedError(Place(member.place, number), wrong, f"{len(cells)} cells", f"{wanted} cells")
    named = dict(
        zip(
            ("Column 1", "Column 2", "Deletion Date", "Modifier", "Rationale")
            if decoded
            else ("Column 1", "Column 2", "prior to 1996", "Effective Date", "Deletion Date", "Modifier", "Rationale"),
            cells,
            strict=True,
        )
    )
    for column in ("Column 1", "Column 2"):
        if not _CODE.fullmatch(named[column]):
            return ImportRefusedError(
                Place(member.place, number, column), "is no code", named[column] or "nothing", "a CPT or HCPCS code"
            )
    for column in ("Effective Date", "Deletion Date"):
        try:
            day(named.get(column, ""))
        except ValueError:
            return ImportRefusedError(
                Place(member.place, number, column), "is no date", named[column], "YYYYMMDD, or * for none"
            )
    if named["Modifier"] not in INDICATORS:
        return ImportRefusedError(
            Place(member.place, number, "Modifier"), "is no indicator", named["Modifier"] or "nothing", "0, 1 or 9"
        )
    return ImportRefusedError(
        Place(member.place, number, "Rationale"), "is one rationale too many", named["Rationale"], "at most 32"
    )


_MUE: Final = {
    "code": ("HCPCS/CPT Code", "HCPCS CPT Code", "HCPCS"),
    "value": (
        *(
            "Practitioner Services MUE Values",
            "Outpatient Hospital Services MUE Values",
            "Outpatient Services MUE Values",
        ),
        *("DME Supplier Services MUE Values", "DME Supplier MUE Values", "MUE Values", "MUE Value"),
    ),
    "mai": ("MUE Adjudication Indicator", "MAI"),
    "rationale": ("MUE Rationale",),
}
_MAIS: Final = (1, 2, 3)


def _identify_mue(member: Member, _: Given) -> Identity | None:
    if not re.search(r"(?i)mue", member.base) and "MUE Values" not in member.beginning:
        return None
    if member.base.endswith((".pdf", ".doc", ".docx")):
        return None
    said = plain(member.beginning) if not member.base.endswith(".xlsx") else plain(member.base)
    setting = next((one for mark, one in _SETTINGS.items() if f"{mark}" in said and "mue" in said), "")
    setting = setting or ("outpatient" if "hospital" in said else "practitioner")
    if "practitioner" not in said and ("dme" in said or "supplier" in said):
        setting = "dme"
    program = _program(member)
    window = releases.quarter_in(member.base) or releases.quarter_in(member.file)
    return Identity(_system("mue", setting, program), f"NCCI MUE, {_told(setting)}, {program.capitalize()}", window)


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


def _identify_add_on(member: Member, _: Given) -> Identity | None:
    if not re.match(r"(?i)aoc[-_ ].*\.(xlsx|csv|txt)$", member.base) and "AOC_Edit_Type" not in member.beginning:
        return None
    program = "medicaid" if re.search(r"(?i)[-_](mcd|nmd|medicaid)", member.base) else "medicare"
    window = releases.quarter_in(member.base) or releases.quarter_in(member.file)
    system = "ncci-add-on" + ("-medicaid" if program == "medicaid" else "")
    return Identity(system, f"NCCI add-on code edits, {program.capitalize()}", window)


def _read_add_on(parts: Parts, around: Around, since: str) -> Content:  # noqa: ARG001 -- a format's signature
    member = parts["only"]
    rows: list[Row] = []
    source = (
        sheet(member)
        if member.base.endswith(".xlsx")
        else separated(member, "\t" if member.base.endswith(".txt") else ",")
    )
    for line in headed(member, source, _ADD_ON, ("add_on_deleted", "primary_deleted", "until", "note")):
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
        rows.append(Row(add_on, line.number, body | ({"note": note} if note else {})))
        if primary != CONTRACTOR_DEFINED:
            rows.append(Row(f"primary:{primary}", line.number, {"type": body["type"], "add_on": add_on, **dates}))
    edits = sum(not row.key.startswith("primary:") for row in rows)
    needs_rows(member, edits, "edits")
    codes = len({row.key for row in rows if not row.key.startswith("primary:")})
    covers = "Every add-on code with its primary codes and the dates of each edit."
    return Content(covers, {"edits": edits, "add_on_codes": codes}, rows=rows, row_dated=True)


FORMATS: Final = (
    Format("ncci-ptp", "NCCI PTP edits", _identify_ptp, _read_ptp),
    Format("ncci-add-on", "NCCI add-on code edits", _identify_add_on, _read_add_on),
    Format("ncci-mue", "NCCI MUE", _identify_mue, _read_mue),
)

"""Reads the Medicare Physician Fee Schedule: the relative value file and the geographic practice cost indices.

The heading of the relative value file goes over several lines; a column's name is what stands above one another.
Descriptors are dropped: those of CPT codes are the AMA's, and HCPCS codes have theirs in the HCPCS file. From 2026 on
there are two conversion factors, each with a file of its own (QPP for participants in an alternative payment model).
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from services.lookup.domain import Row
from services.lookup.importers import releases
from services.lookup.importers.files import Member
from services.lookup.importers.format import Around, Content, Format, Given, Identity, Parts, needs_rows
from services.lookup.importers.reading import Cells, headed, table
from services.lookup.importers.refusal import ImportRefusedError, Place

_VALUES: Final = {
    "code": ("HCPCS",),
    "modifier": ("MOD",),
    "status": ("STATUS CODE",),
    "work_rvu": ("WORK RVU",),
    "nonfacility_pe_rvu": ("NON-FAC PE RVU",),
    "nonfacility_na": ("NON-FAC NA INDICATOR", "NON-FAC INDICATOR"),
    "facility_pe_rvu": ("FACILITY PE RVU",),
    "facility_na": ("FACILITY NA INDICATOR", "NA INDICATOR"),
    "mp_rvu": ("MP RVU",),
    "nonfacility_total": ("NON-FACILITY TOTAL", "TOTAL NON-FACILITY"),
    "facility_total": ("FACILITY TOTAL", "TOTAL FACILITY"),
    "pctc": ("PCTC IND",),
    "global_days": ("GLOB DAYS",),
    "preoperative": ("PRE OP",),
    "intraoperative": ("INTRA OP",),
    "postoperative": ("POST OP",),
    "multiple_procedure": ("MULT PROC",),
    "bilateral_surgery": ("BILAT SURG",),
    "assistant_at_surgery": ("ASST SURG",),
    "co_surgeons": ("CO SURG",),
    "team_surgery": ("TEAM SURG",),
    "endoscopic_base": ("ENDO BASE",),
    "conversion_factor": (
        *("NON-QPP CONV FACTOR", "NONQPP CONV FACTOR", "NON-QUALIFYING APM CONV FACTOR", "NON-APM CONV FACTOR"),
        *("CONV FACTOR", "CONVERSION FACTOR", "CF"),
    ),
    "conversion_factor_qpp": (
        *("QPP CONV FACTOR", "QUALIFYING APM CONV FACTOR", "APM CONV FACTOR", "QP CONV FACTOR"),
        "CONV FACTOR QPP",
    ),
    "supervision": ("PHYSICIAN SUPERVISION OF DIAGNOSTIC PROCEDURES", "SUPERVISION"),
    "imaging_family": ("DIAGNOSTIC IMAGING FAMILY INDICATOR",),
}
_OPTIONAL: Final = (
    "conversion_factor_qpp",
    "nonfacility_na",
    "facility_na",
    "preoperative",
    "intraoperative",
    "postoperative",
    "endoscopic_base",
    "supervision",
    "imaging_family",
)
_FIGURES: Final = (
    "work_rvu",
    "nonfacility_pe_rvu",
    "facility_pe_rvu",
    "mp_rvu",
    "nonfacility_total",
    "facility_total",
    "conversion_factor",
)
_SHARES: Final = ("preoperative", "intraoperative", "postoperative", "conversion_factor_qpp")  # where there are any
_TITLE: Final = re.compile(
    r"(?i)(20[0-9]{2})\s+National Physician Fee Schedule Relative Value File[\s,]*(january|april|july|october)?"
)
_HEADING: Final = re.compile(r"(?im)^\W*HCPCS\"?\s*[,\t;|]\s*\"?MOD")
_MARK: Final = re.compile(r"[0-9]{4}[0-9AFMTU]|[A-Z][0-9]{4}")


def _identify_values(member: Member, _: Given) -> Identity | None:
    title = _TITLE.search(member.beginning)
    if not title or not _HEADING.search(member.beginning):
        return None
    named = releases.quarter_in(member.base.replace("qpp", ""))
    release = title[2] or (("January", "April", "July", "October")[int(named[0][-1]) - 1] if named else "January")
    quarter = releases.quarter_in(f"{release} {title[1]}")
    if quarter is None:
        return None
    window = (f"CY{title[1]} {release.capitalize()}", quarter[1], f"{title[1]}-12-31")
    part = (
        "qpp" if re.search(r"(?i)[-_]qpp", member.base) and not re.search(r"(?i)non[-_]?qpp", member.base) else "values"
    )
    return Identity("pfs", "Medicare Physician Fee Schedule, relative values", window, part)


def _read_values(parts: Parts, around: Around, since: str) -> Content:  # noqa: ARG001 -- a format's signature
    rows: list[Row] = []
    for name, member in parts.items():
        before = len(rows)
        for line in headed(member, _stacked(member), _VALUES, _OPTIONAL):
            code = line.code("code")
            figures = {name: line.figure(name) for name in (*_FIGURES, *(one for one in _SHARES if line.text(one)))}
            body = {key: value for key, value in line.cells.items() if value and key != "code"} | figures
            rows.append(Row(code, line.number, body | ({"track": "qpp"} if name == "qpp" else {})))
        needs_rows(member, len(rows) - before, "codes")
    covers = "Relative values and payment indicators of every code, by modifier; not the anesthesia base units."
    lacking = [] if "values" in parts else ["values"]
    counts = {"rows": len(rows), "codes": len({row.key for row in rows})}
    return Content(covers, counts, rows=rows, complete=not lacking, lacking=lacking)


def _stacked(member: Member) -> Iterator[tuple[int, Cells]]:
    """The rows, with the heading's several lines as one: what stands above one another, from the top."""
    above: list[Cells] = []
    begun = False
    for number, row in table(member):
        if begun:
            yield number, row
        elif row and row[0].strip().upper() == "HCPCS":
            begun = True
            yield number, _joined([*above, row])
        elif row and _MARK.fullmatch(row[0].strip()):
            place = Place(member.place, number)
            raise ImportRefusedError(place, "the heading that begins with HCPCS is missing", row[0], "HCPCS, MOD, …")
        elif len([cell for cell in row if cell.strip()]) > 1:
            above.append(row)


def _joined(heading: Sequence[Cells]) -> list[str]:
    width = max(len(row) for row in heading)
    return [" ".join(row[n].strip() for row in heading if n < len(row) and row[n].strip()) for n in range(width)]


_INDICES: Final = {
    "contractor": ("Medicare Administrative Contractor", "MAC", "Carrier", "Contractor"),
    "state": ("State",),
    "locality": ("Locality Number", "Locality"),
    "name": ("Locality Name",),
    "work": ("PW GPCI (with 1.0 Floor)", "PW GPCI", "Work GPCI", "Physician Work GPCI"),
    "practice_expense": ("PE GPCI",),
    "malpractice": ("MP GPCI",),
}


_LEAST_CELLS: Final = 4  # of a locality: contractor, number and two indices at least


def _identify_indices(member: Member, _: Given) -> Identity | None:
    if not re.search(r"(?i)geographic practice cost ind|gpci", member.beginning[:3000]) or member.base.endswith(".pdf"):
        return None
    year = releases.year_in(member.beginning[:400]) or releases.year_in(member.base)
    name = "Medicare Physician Fee Schedule, GPCI"
    return Identity("pfs-gpci", name, releases.calendar_year(year) if year else None)


def _read_indices(parts: Parts, around: Around, since: str) -> Content:  # noqa: ARG001 -- a format's signature
    member = parts["only"]
    rows = []
    for line in headed(member, _unyeared(member), _INDICES, ("state",)):
        contractor, locality = line.text("contractor").zfill(5), line.text("locality").zfill(2)
        if sum(bool(cell) for cell in line.cells.values()) < _LEAST_CELLS:
            break  # the notes below the table
        if not re.fullmatch(r"[0-9]{5}", contractor):
            raise line.refuse("contractor", "five digits", "is no contractor")
        if not re.fullmatch(r"[0-9]{2}", locality):
            raise line.refuse("locality", "two digits", "is no locality")
        figures = {name: line.figure(name) for name in ("work", "practice_expense", "malpractice")}
        body = {
            "state": line.text("state"),
            "name": line.text("name").rstrip("*"),
            "contractor": contractor,
            **figures,
        }
        rows.append(Row(f"{contractor}-{locality}", line.number, body))
    needs_rows(member, len(rows), "localities")
    return Content("The three indices of every Medicare locality.", {"localities": len(rows)}, rows=rows)


def _unyeared(member: Member) -> Iterator[tuple[int, Cells]]:
    """Rows whose headings are without the year that they begin with."""
    for number, row in table(member):
        yield number, [re.sub(r"^20[0-9]{2} ", "", cell) for cell in row]


FORMATS: Final = (
    Format("pfs-values", "PFS relative value file", _identify_values, _read_values),
    Format("pfs-gpci", "PFS geographic practice cost indices", _identify_indices, _read_indices),
)

"""Small files written by hand in the official layouts, and the desk that imports them."""

import gzip
import io
import zipfile
from pathlib import Path

import openpyxl

from services.lookup.editions.bundle import Bundle
from services.lookup.importers.desk import Desk, Imported
from services.lookup.importers.format import Given
from services.lookup.importers.refusal import ImportRefusedError
from services.lookup.search import ranking, readings
from services.lookup.search.find import Tools

TOOLS = Tools(readings.shipped(), ranking.shipped())

ORDER = (
    "00001 A00     0 Cholera                                                      Cholera\n"
    "00002 A000    1 Cholera due to Vibrio cholerae 01, biovar cholerae           Cholera of the classical biovar\n"
    "00003 W19     0 Fall, cause not told                                         Fall, cause not told\n"
    "00004 W19XXXA 1 Fall, cause not told, initial encounter                      Fall, cause not told, initial care\n"
)
PTP_HEADING = (
    "CPT only copyright 2025 American Medical Association.  All rights reserved.\t\t\t\t\t\t\n"
    "Column1/Column2 Edits\t\t\t\t\t\t\n"
    "Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale\n"
    "\t\tprior to 1996\tDate\tDate\t0=not allowed\t\n"
    "\t\t\t\t*=no data\t1=allowed\t\n"
    "\t\t\t\t\t9=not applicable\t\n"
)
PTP = PTP_HEADING + (
    "11042\t11720\t\t20150101\t*\t1\tMisuse of Column Two code with Column One code\n"
    "11042\t11721\t*\t\t20201231\t0\tMutually exclusive procedures\n"
    "11043\t11042\t\t20200101\t20200101\t9\tMore extensive procedure\n"
    "11043\t11042\t\t20220101\t*\t0\tMore extensive procedure\n"
)
MUE = (
    '"A notice of the publisher\nthat goes over two lines, and has a byte of Latin-1: \xe9",,,\n'
    '"HCPCS/\nCPT Code",Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale\n'
    "11042,1,2 Date of Service Edit: Policy,CMS Policy\n"
    "J1885,8,3 Date of Service Edit: Clinical,Prescribing Information\n"
)
PFS = (
    ",,2025 National Physician Fee Schedule Relative Value File October Release" + "," * 28 + "\n"
    ",,,,NOT USED" + "," * 26 + "\n"
    ",,,,FOR,,,NON-FAC,,FACILITY " + "," * 21 + "\n"
    ",,,STATUS,MEDICARE ,WORK,NON-FAC,NA,FACILITY,NA,MP,NON-FACILITY,FACILITY,PCTC,GLOB,PRE,INTRA,POST,MULT,BILAT,"
    "ASST,CO-,TEAM,ENDO,CONV,DIAGNOSTIC,CALCULATION,FAMILY,PAYMENT,PAYMENT,PAYMENT\n"
    "HCPCS,MOD,DESCRIPTION,CODE,PAYMENT,RVU,PE RVU,INDICATOR,PE RVU,INDICATOR,RVU,TOTAL,TOTAL,IND,DAYS,OP,OP,OP,PROC,"
    "SURG,SURG,SURG,SURG,BASE,FACTOR,PROCEDURES,FLAG,INDICATOR,AMOUNT,AMOUNT,AMOUNT\n"
    "11042,,never kept,A,,1.01,2.73,,0.68,,0.12,3.86,1.81,0,000,0.10,0.80,0.10,2,0,1,0,0,,32.3465,09,0,99,0,0,0\n"
)
GPCI = (
    "FINAL CY {year} GEOGRAPHIC PRACTICE COST INDICES (GPCIs),,,,,,\n"
    "Medicare Administrative Contractor (MAC),State,Locality Number,Locality Name,{year} PW GPCI,{year} PE GPCI,"
    "{year} MP GPCI\n"
    "10112,AL,00,ALABAMA,1.000,0.875,0.566\n"
    "* a note below the table,,,,,,\n"
)
MEMBERS = {"icd10cm-order-2026.txt": ORDER, "read.pdf": "%PDF"}


def hcpcs(code: str, record: str = "3", *, long: str = "A thing", added: str = "20100101", ended: str = "") -> str:
    """A line of the contractor file."""
    line = f"{code:<5}00100{record}{long:<80}"
    if record in "37":
        line += f"{'Thing':<28}51"
        line = f"{line:<229}D"
        line = f"{line:<268}{added:<8}{added:<8}{ended:<8}N"
    return f"{line:<320}\n"


def written(folder: Path, name: str, content: str | bytes | dict[str, str]) -> Path:
    """A file with a text, bytes, or, where it is a table of members, an archive."""
    path = folder / name
    if isinstance(content, dict):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, text in content.items():
                info = zipfile.ZipInfo(member, (2026, 1, 1, 0, 0, 0))  # the same bytes whenever it is written
                archive.writestr(info, text, zipfile.ZIP_DEFLATED)
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode("latin-1"))
    return path


def zipped(content: str) -> bytes:
    """A text as gzip."""
    return gzip.compress(content.encode())


def workbook(rows: list[list[str]]) -> bytes:
    """Rows as a workbook whose first row is one merged notice."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=max(len(row) for row in rows))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def imported(folder: Path, *paths: Path, **given: str) -> Imported:
    """What importing them into a data folder does."""
    return Desk(folder, lambda *_: None).import_files(paths, Given(**given))


def opened(folder: Path, done: Imported, number: int = 0) -> Bundle:
    """The bundle of an edition that was published."""
    return Bundle(folder / "editions" / done.published[number].id)


def refused(folder: Path, *paths: Path, **given: str) -> ImportRefusedError:
    """The refusal of an import."""
    try:
        done = imported(folder, *paths, **given)
    except ImportRefusedError as refusal:
        return refusal
    raise AssertionError(f"published {[one.id for one in done.published]}")

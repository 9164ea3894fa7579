"""Opens Excel workbooks row by row. Of several sheets the longest is the table: the others hold notes."""

import io
import warnings
import zipfile
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Final

from services.lookup.importers.refusal import ImportRefusedError, Place

LARGEST: Final = 600_000_000  # bytes unpacked; the largest workbook of NCCI has a third of it
_SEEN: Final = 60  # rows that a table is recognised by


def rows(content: bytes, place: str) -> Iterator[list[str]]:
    """The rows of the table, their cells as text. ImportRefusedError where it is no whole workbook."""
    import openpyxl  # noqa: PLC0415 -- a tenth of a second that only workbooks cost

    try:
        _check(content, place)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of headers and footers, which nobody reads
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            try:
                longest = max(book.worksheets, key=lambda sheet: sheet.max_row or 0)
                for row in longest.iter_rows(values_only=True):
                    yield [_text(cell) for cell in row]
            finally:
                book.close()
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
        if isinstance(error, ImportRefusedError):
            raise
        wrong = "is not a whole workbook"
        raise ImportRefusedError(Place(place), wrong, str(error), "an .xlsx file as published") from error


def beginning(content: bytes, place: str) -> str:
    """The first rows as text; empty where it cannot be read, which whoever reads it all will say."""
    try:
        return "\n".join("\t".join(row).rstrip() for row in islice(rows(content, place), _SEEN))
    except ImportRefusedError:
        return ""


def _check(content: bytes, place: str) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        unpacked = sum(info.file_size for info in archive.infolist())
    if unpacked > LARGEST:
        told = f"{unpacked:,} bytes"
        raise ImportRefusedError(Place(place), "the workbook unpacks to too much", told, f"at most {LARGEST:,}")


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()

"""The first sheet of a workbook as rows."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from .model import MAX_COLUMNS, TableError


def read(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield row numbers and values; a formula's value is the one that was saved with it.

    :raises TableError: if it is no workbook.
    """
    try:
        with path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
            if not book.worksheets:
                raise TableError("empty")
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # what the file says of them may be wrong
            rows = sheet.iter_rows(max_col=MAX_COLUMNS + 1, values_only=True)
            for number, row in enumerate(rows, 1):
                yield number, _trimmed([_text(value) for value in row])
    except (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError) as error:
        raise TableError("unreadable", reason=type(error).__name__) from error


def _trimmed(values: list[str]) -> list[str]:
    """Return a row without the empty cells at its end, of which a sheet has any number."""
    while values and not values[-1]:
        values.pop()
    return values


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            midnight = value.time() == time()
            return value.date().isoformat() if midnight else value.isoformat(" ")
        case date() | time():
            return value.isoformat()
    return str(value)

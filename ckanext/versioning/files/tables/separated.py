"""Files of separated values as rows, read strictly: no row is bent or lost to fit.

DuckDB's own reader, made lenient enough for what portals hold (short rows, mixed line ends),
drops surplus values and the rest of a file behind an open quote without a word.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from .model import TableError

DELIMITERS = (",", ";", "\t", "|")
LINE = 1 << 20  # characters of a line, and of a value


def read(path: Path, delimiter: str | None = None) -> Iterator[tuple[int, list[str]]]:
    """Yield line numbers and values.

    :param delimiter: what separates values; None finds it out from the first line.
    :raises TableError: if it is no text in UTF-8, or not well formed.
    """
    csv.field_size_limit(LINE)
    delimiter = delimiter or _delimiter(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(_lines(file), delimiter=delimiter, strict=True)
        try:
            for row in reader:
                yield reader.line_num, row
        except csv.Error:
            raise TableError("broken", line=max(reader.line_num, 1)) from None


def check_text(path: Path) -> None:
    """Read a file to its end.

    :raises TableError: if it is no text in UTF-8 with lines of a bearable length.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            for _line in _lines(file):
                pass
        except csv.Error:
            raise TableError("long_line", limit=LINE) from None


def _delimiter(path: Path) -> str:
    """Return what takes the first line to the most values."""

    def values(delimiter: str) -> int:
        with path.open(encoding="utf-8-sig", newline="") as file:
            try:
                return len(next(csv.reader(_lines(file), delimiter=delimiter, strict=True), []))
            except csv.Error:
                return 0

    return max(DELIMITERS, key=values)  # of several the first


def _lines(file: TextIO) -> Iterator[str]:
    try:
        while line := file.readline(LINE):
            if "\0" in line:
                raise TableError("binary")
            if len(line) == LINE:
                raise csv.Error("the line is too long")
            yield line
    except UnicodeDecodeError:
        raise TableError("not_utf8") from None

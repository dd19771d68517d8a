"""The words for why tables can't be compared."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from .model import TableError


def told(error: TableError) -> str:
    """Return an error in words, in the reader's language."""
    side = error.details.get("side")
    words = (_of_one_file(error.code) if side else None) or _of_both(error.code)
    file = tk._("The older file") if side == "older" else tk._("The newer file")
    return words.format(file=file, **error.details)


def worded(difference: dict[str, Any]) -> dict[str, Any]:
    """Return a difference with its errors in words."""
    error = difference["rows"].get("error")
    if error is None:
        return difference
    return {**difference, "rows": {"error": told(TableError(**error))}}


def _of_one_file(code: str) -> str | None:
    return {
        "not_utf8": tk._("{file} is not text in UTF-8"),
        "binary": tk._("{file} is not text"),
        "empty": tk._("{file} is empty"),
        "broken": tk._("{file} is not well formed, near line {line}"),
        "long_line": tk._("{file} has a line of more than {limit} characters"),
        "no_object": tk._("{file} is not well formed: line {line} is no JSON object"),
        "bad_json": tk._("{file} is not well formed: a line is no JSON"),
        "unreadable": tk._("{file} can't be read"),
        "too_many_columns": tk._("{file} has more than {limit} columns"),
        "too_large": tk._("{file} is larger than {limit} bytes unpacked"),
    }.get(code)


def _of_both(code: str) -> str:
    return {
        "busy": tk._("Other comparisons are running; try again in a moment"),
        "crashed": tk._("The files can't be read"),
        "memory": tk._("The comparison takes more memory than this portal allows"),
        "not_installed": tk._("This portal has no software to compare tables"),
        "nothing_common": tk._("The files have no column in common"),
        "too_large": tk._("Files of more than {limit} bytes are not compared"),
        "too_slow": tk._("The comparison takes more than {seconds} seconds"),
    }[code]

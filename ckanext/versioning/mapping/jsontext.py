"""JSON text of any JSON value, however deep, however odd."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any


def compact(value: Any) -> str:
    """The value as JSON on one line, keys sorted, ASCII only.

    :param value: any JSON value. It may be nested deeper than Python recurses and may hold lone
        surrogates, NaN, infinities, and integers of any length; also dates, as plugins put them
        into dataset dicts.
    :returns: the text. An integer too long for Python to write in decimal stands in hexadecimal,
        a date as in CKAN's own API.
    :raises TypeError: if the value holds something else.
    """
    try:
        return _ENCODER.encode(value)
    except (RecursionError, ValueError):
        return "".join(_pieces(value))


def digest(value: Any) -> str:
    """A fingerprint of a JSON value.

    :param value: see :func:`compact`.
    :returns: SHA-256 of its compact text, in lower-case hexadecimal.
    """
    return hashlib.sha256(compact(value).encode("ascii")).hexdigest()


def _date(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no JSON: {value!r}")


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_date)


def _pieces(value: Any) -> list[str]:
    """What ``compact`` writes, without recursion."""
    done: list[str] = []
    todo: list[Any] = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, _Text):
            done.append(item)
        elif isinstance(item, dict):
            parts: list[Any] = [_Text("{")]
            for position, key in enumerate(sorted(item)):
                comma = "," if position else ""
                parts += [_Text(f"{comma}{_ENCODER.encode(key)}:"), item[key]]
            todo += reversed([*parts, _Text("}")])
        elif isinstance(item, (list, tuple)):
            parts = [_Text("[")]
            for position, member in enumerate(item):
                parts += [_Text(","), member] if position else [member]
            todo += reversed([*parts, _Text("]")])
        else:
            done.append(_scalar(item))
    return done


class _Text(str):
    """Finished text among the values still to be written."""


def _scalar(value: Any) -> str:
    try:
        return _ENCODER.encode(value)
    except ValueError:
        # Python 3.10.7 and later refuse to write integers of more than some 4,300 digits.
        return hex(value)

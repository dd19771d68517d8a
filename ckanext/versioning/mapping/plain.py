"""Any JSON value as one that every reader of JSON takes, and text out of what should be text."""

from __future__ import annotations

import json
import math
import re
from datetime import date
from typing import Any

from .jsontext import compact

#: Deeper than this a value is told as JSON text: readers of data packages recurse.
MAX_DEPTH = 40
#: Python refuses to write longer integers in decimal (some 4,300 digits).
MAX_INT_BITS = 14_000

#: A language tag, or what fluent and others put in the place of one.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*|default")
_SURROGATE = re.compile("[\ud800-\udfff]")


def plain(value: Any, depth: int = 0) -> Any:
    """A deep copy that is strict JSON in valid UTF-8 and not nested too deeply.

    :param value: any JSON value; other objects are told as text.
    :param depth: how deep the value lies already.
    :returns: the copy. Lone surrogates become U+FFFD, NaN and the infinities their names, integers
        of thousands of digits hexadecimal text, and what lies too deep compact JSON text.
    """
    if isinstance(value, str):
        return plain_text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if value.bit_length() <= MAX_INT_BITS else hex(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else json.dumps(value)
    if isinstance(value, (dict, list, tuple)):
        if depth > MAX_DEPTH:
            return compact(value)
        if isinstance(value, dict):
            return {plain_text(str(key)): plain(item, depth + 1) for key, item in value.items()}
        return [plain(item, depth + 1) for item in value]
    return value.isoformat() if isinstance(value, date) else plain_text(str(value))


def plain_text(text: str) -> str:
    """The text with surrogate pairs joined and lone surrogates replaced.

    :param text: any text.
    :returns: text that can be written as UTF-8.
    """
    if text.isascii() or not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def unfold(value: Any) -> Any:
    """The object or list that a text holds as JSON, as the mapper unfolds extras.

    Unlike the mapper this leaves text that looks like a number, ``true`` or ``null`` what it is.

    :param value: any JSON value.
    :returns: the object or list; the value itself where it is no text or holds neither.
    """
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    try:
        return plain(json.loads(value))
    except (ValueError, RecursionError):
        return value


def by_language(texts: dict[str, Any]) -> list[str]:
    """The keys of an object by language: English first, then by the alphabet.

    :param texts: an object with languages for keys.
    :returns: its keys; their order does not depend on the object's.
    """
    return sorted(texts, key=lambda key: (key != "en", not key.startswith("en"), key))


def label(value: Any) -> str:
    """Text for a reader out of what should be text.

    :param value: any JSON value. Of an object by language English is taken, else the first
        language in alphabetical order that says something.
    :returns: the text, empty if there is none.
    """
    unfolded = unfold(value)
    if isinstance(unfolded, dict) and all(map(_LANGUAGE.fullmatch, unfolded)):
        for language in by_language(unfolded):
            if isinstance(unfolded[language], str) and unfolded[language].strip():
                return str(unfolded[language])
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(filter(None, map(label, value)))
    return "" if value is None or isinstance(value, dict) else compact(value)

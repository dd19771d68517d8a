"""Text with lines of ``Key: value`` at its end, as git's trailers, that reads back exactly.

Ours always start with ``Action``, form the last paragraph, and are one line each. So whatever a
message holds, even lines that look like trailers, the split is found from the end.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

FIRST = "Action"
_REPLACED = "Message"


def join(message: str, trailers: Sequence[tuple[str, str]]) -> str:
    """Return the message with trailers.

    :param message: any text.
    :param trailers: keys and values; the first key is ``FIRST``.
    """
    shown = message.replace("\0", "\ufffd")
    lines = [f"{key}: {_quoted(value)}" for key, value in trailers]
    if shown != message:
        # Git ends a message at a NUL; what was really said stands in a trailer then.
        lines.append(f"{_REPLACED}: {json.dumps(message)}")
    return f"{shown}\n\n" + "\n".join(lines) + "\n"


def split(text: str) -> tuple[str, dict[str, str]]:
    """Return the message and its trailers; none, and the text, where they are not ours."""
    message, gap, tail = text.rpartition("\n\n")
    if not gap or not tail.startswith(f"{FIRST}: "):
        return text.removesuffix("\n"), {}
    trailers = {}
    try:
        for line in tail.removesuffix("\n").split("\n"):
            key, _, value = line.partition(": ")
            trailers[key] = _unquoted(value)
    except ValueError:
        return text.removesuffix("\n"), {}
    return trailers.pop(_REPLACED, message), trailers


def _quoted(value: str) -> str:
    plain = value.isprintable() and value and value == value.strip() and value[0] != '"'
    return value if plain else json.dumps(value)


def _unquoted(value: str) -> str:
    return str(json.loads(value)) if value.startswith('"') else value

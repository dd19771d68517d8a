"""What changed within a text, word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from .textdiff import opcodes

Kind = Literal["same", "changed", "left-out"]

# A word, a run of blanks, or one character of what is written without blanks between words.
_WORD = re.compile(r"[^\W\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]+|\s+|.", re.DOTALL)
# Of a long run without a change its ends are shown.
_LONG = 400
_END = 120


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a text.

    :param kind: whether the other side has it, too; ``left-out`` stands for text in the middle of
        a long part that both sides have.
    :param text: the text; empty where it is left out.
    """

    kind: Kind
    text: str = ""


def word_diff(before: str, after: str) -> tuple[list[Segment], list[Segment]]:
    """Return both texts in parts, so that what changed can be marked.

    :param before: the older text.
    :param after: the newer text.
    """
    a, b = _WORD.findall(before), _WORD.findall(after)
    old: list[Segment] = []
    new: list[Segment] = []
    for tag, i1, i2, j1, j2 in opcodes(a, b) or [("equal", 0, len(a), 0, len(b))]:
        if tag == "equal":
            same = _same("".join(a[i1:i2]))
            old += same
            new += same
        else:
            old += [Segment("changed", "".join(a[i1:i2]))] if i1 < i2 else []
            new += [Segment("changed", "".join(b[j1:j2]))] if j1 < j2 else []
    return old, new


def _same(text: str) -> list[Segment]:
    if len(text) <= _LONG:
        return [Segment("same", text)] if text else []
    return [Segment("same", text[:_END]), Segment("left-out"), Segment("same", text[-_END:])]

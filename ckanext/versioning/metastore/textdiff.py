"""The difference as text, in the two forms that ``diff`` knows, quick on documents of any size.

Lines that occur once on both sides are anchors (as in git's "patience"); between them small gaps
are compared exactly, and large ones are shown as a whole. So the time grows with the documents,
not with their square, and what is shown is always true, if not always the shortest.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

from .encoding import pretty
from .model import JSONObject

_CONTEXT = 3
# Beyond it the exact comparison of a gap takes too long.
_MAX_GAP = 250_000

Opcode = tuple[str, int, int, int, int]


def unified(before: JSONObject, after: JSONObject, before_label: str, after_label: str) -> str:
    """Return the difference as ``diff -u`` shows it; empty if there is none."""
    a, b = _lines(before), _lines(after)
    out: list[str] = []
    for group in _groups(a, b):
        first, last = group[0], group[-1]
        out.append(f"@@ -{_span(first[1], last[2])} +{_span(first[3], last[4])} @@")
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                out += [" " + line for line in a[i1:i2]]
            else:
                out += ["-" + line for line in a[i1:i2]]
                out += ["+" + line for line in b[j1:j2]]
    if not out:
        return ""
    return "\n".join([f"--- {before_label}", f"+++ {after_label}", *out]) + "\n"


def context(before: JSONObject, after: JSONObject, before_label: str, after_label: str) -> str:
    """Return the difference as ``diff -c`` shows it; empty if there is none."""
    a, b = _lines(before), _lines(after)
    out: list[str] = []
    marks = {"insert": "+ ", "delete": "- ", "replace": "! ", "equal": "  "}
    for group in _groups(a, b):
        first, last = group[0], group[-1]
        out.append("***************")
        out.append(f"*** {_range(first[1], last[2])} ****")
        if any(tag in ("replace", "delete") for tag, *_ in group):
            for tag, i1, i2, _j1, _j2 in group:
                out += [marks[tag] + line for line in a[i1:i2]]
        out.append(f"--- {_range(first[3], last[4])} ----")
        if any(tag in ("replace", "insert") for tag, *_ in group):
            for tag, _i1, _i2, j1, j2 in group:
                out += [marks[tag] + line for line in b[j1:j2]]
    if not out:
        return ""
    return "\n".join([f"*** {before_label}", f"--- {after_label}", *out]) + "\n"


def _lines(document: JSONObject) -> list[str]:
    # Not splitlines(): it also breaks at characters that JSON lets stand in a string.
    return pretty(document).removesuffix("\n").split("\n")


class _Known(SequenceMatcher[str]):
    """Groups opcodes that were found elsewhere."""

    def __init__(self, opcodes: list[Opcode]) -> None:
        super().__init__(None, "", "")
        self._opcodes = opcodes

    def get_opcodes(self) -> Any:
        return self._opcodes


def _groups(a: list[str], b: list[str]) -> Iterator[list[Any]]:
    return iter(_Known(opcodes(a, b)).get_grouped_opcodes(_CONTEXT))


def opcodes(a: list[str], b: list[str]) -> list[Opcode]:
    """Return how to make one list of the other, as ``difflib`` writes it; empty for equal ones.

    :param a: the lines or words before.
    :param b: the lines or words after.
    """
    if a == b:
        return []
    result: list[Opcode] = []
    for opcode in _matched(a, b):
        tag, _, i2, _, j2 = opcode
        if result and result[-1][0] == tag == "equal":
            result[-1] = (tag, result[-1][1], i2, result[-1][3], j2)
        else:
            result.append(opcode)
    return result


def _matched(a: list[str], b: list[str]) -> Iterator[Opcode]:
    i = j = 0
    for i2, j2 in [*_anchors(a, b), (len(a), len(b))]:
        if i2 < i or j2 < j:
            continue  # what came before has reached beyond this anchor
        yield from _gap(a, b, i, i2, j, j2)
        i, j = i2, j2
        while i < len(a) and j < len(b) and a[i] == b[j]:
            i, j = i + 1, j + 1
        if i > i2:
            yield ("equal", i2, i, j2, j)


def _anchors(a: list[str], b: list[str]) -> list[tuple[int, int]]:
    """Return positions of lines that occur once on both sides, ascending on both."""
    once_a, once_b = _once(a), _once(b)
    pairs = [(0, 0)] if a[:1] == b[:1] else []
    pairs += [(i, once_b[line]) for line, i in once_a.items() if line in once_b]
    # The longest run of pairs that ascends in b as it does in a.
    ends: list[int] = []
    last: list[int] = []
    previous: list[int] = []
    for index, (_, j) in enumerate(pairs):
        at = bisect_left(ends, j)
        previous.append(last[at - 1] if at else -1)
        ends[at : at + 1] = [j]
        last[at : at + 1] = [index]
    run = []
    index = last[-1] if last else -1
    while index >= 0:
        run.append(pairs[index])
        index = previous[index]
    return run[::-1]


def _once(lines: list[str]) -> dict[str, int]:
    positions: dict[str, int] = {}
    for index, line in enumerate(lines):
        positions[line] = -1 if line in positions else index
    return {line: index for line, index in positions.items() if index >= 0}


def _gap(a: list[str], b: list[str], i: int, i2: int, j: int, j2: int) -> Iterator[Opcode]:
    tail = 0
    while tail < min(i2 - i, j2 - j) and a[i2 - 1 - tail] == b[j2 - 1 - tail]:
        tail += 1
    i_end, j_end = i2 - tail, j2 - tail
    if i == i_end or j == j_end or (i_end - i) * (j_end - j) > _MAX_GAP:
        if i < i_end and j < j_end:
            yield ("replace", i, i_end, j, j_end)
        elif i < i_end:
            yield ("delete", i, i_end, j, j)
        elif j < j_end:
            yield ("insert", i, i, j, j_end)
    else:
        matcher = SequenceMatcher(None, a[i:i_end], b[j:j_end], autojunk=False)
        for tag, a1, a2, b1, b2 in matcher.get_opcodes():
            yield (tag, i + a1, i + a2, j + b1, j + b2)
    if tail:
        yield ("equal", i_end, i2, j_end, j2)


def _span(start: int, stop: int) -> str:
    length = stop - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"


def _range(start: int, stop: int) -> str:
    length = stop - start
    if length <= 1:
        return str(start + length)
    return f"{start + 1},{start + length}"

"""Which elements of two lists are the same thing: by what identifies them, not by position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .encoding import same
from .model import JSONObject

RESOURCE_KEYS = ("id", "name")
OBJECT_KEYS = ("id", "key", "name")


@dataclass(frozen=True, slots=True)
class Matching:
    """Two lists of objects, element by element; the first of each tuple is its label.

    :param pairs: elements on both sides, in the order after.
    :param removed: elements that are only before.
    :param added: elements that are only after.
    :param reordered: whether the elements on both sides stand in another order.
    """

    pairs: list[tuple[str, JSONObject, JSONObject]]
    removed: list[tuple[str, JSONObject]]
    added: list[tuple[str, JSONObject]]
    reordered: bool
    before_order: list[str]
    after_order: list[str]


def match(before: list[Any], after: list[Any], keys: Sequence[str]) -> Matching:
    """Match the elements of two lists of objects.

    The first of ``keys`` that every element has, unique on either side, identifies them; if there
    is none, their position does.
    """
    for key in keys:
        a, b = labels(before, key), labels(after, key)
        if a is not None and b is not None:
            return _by_label(dict(zip(a, before, strict=True)), dict(zip(b, after, strict=True)))
    return _by_position(before, after)


def objects(value: Any) -> bool:
    """Say whether the value is a list of objects only."""
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def resource_lists(before: JSONObject, after: JSONObject) -> tuple[list[Any], list[Any]] | None:
    """Return both resource lists, or None where they are no such thing and just a field."""
    a, b = before.get("resources"), after.get("resources")
    if a is None and b:
        a = []
    if b is None and a:
        b = []
    if isinstance(a, list) and isinstance(b, list) and objects(a) and objects(b):
        return a, b
    return None


def labels(items: list[Any], key: str) -> list[str] | None:
    """Return what identifies each element by a key, or None where it does not identify all."""
    found = [_label(item.get(key)) for item in items]
    if None in found or len(set(found)) != len(found):
        return None
    return [label for label in found if label is not None]


def _label(value: Any) -> str | None:
    if isinstance(value, str):
        return value or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def _by_label(before: dict[str, JSONObject], after: dict[str, JSONObject]) -> Matching:
    before_order = [label for label in before if label in after]
    after_order = [label for label in after if label in before]
    return Matching(
        pairs=[(label, before[label], after[label]) for label in after_order],
        removed=[(label, item) for label, item in before.items() if label not in after],
        added=[(label, item) for label, item in after.items() if label not in before],
        reordered=before_order != after_order,
        before_order=before_order,
        after_order=after_order,
    )


def _by_position(before: list[Any], after: list[Any]) -> Matching:
    head, tail = common_ends(before, after)
    a, b = before[head : len(before) - tail], after[head : len(after) - tail]
    both = min(len(a), len(b))
    return Matching(
        pairs=[(str(head + i), a[i], b[i]) for i in range(both)],
        removed=[(str(head + i), a[i]) for i in range(both, len(a))],
        added=[(str(head + i), b[i]) for i in range(both, len(b))],
        reordered=False,
        before_order=[],
        after_order=[],
    )


def common_ends(before: list[Any], after: list[Any]) -> tuple[int, int]:
    """Return how many elements two lists have in common at their heads and at their tails."""
    shorter = min(len(before), len(after))
    head = 0
    while head < shorter and same(before[head], after[head]):
        head += 1
    tail = 0
    while tail < shorter - head and same(before[-1 - tail], after[-1 - tail]):
        tail += 1
    return head, tail

"""The difference as a JSON Patch (RFC 6902) that turns the one document into the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .encoding import same
from .matching import OBJECT_KEYS, common_ends, labels, objects
from .model import JSONObject
from .pointers import escape

Operation = dict[str, Any]


def json_patch(before: JSONObject, after: JSONObject) -> list[Operation]:
    """Return the operations that make ``after`` of ``before``, in their order.

    :param before: the older document.
    :param after: the newer document.
    """
    return list(_operations("", before, after))


def _operations(path: str, before: Any, after: Any) -> Iterator[Operation]:
    if same(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            at = f"{path}/{escape(key)}"
            if key not in after:
                yield {"op": "remove", "path": at}
            elif key not in before:
                yield {"op": "add", "path": at, "value": after[key]}
            else:
                yield from _operations(at, before[key], after[key])
    elif isinstance(before, list) and isinstance(after, list):
        yield from _list_operations(path, before, after)
    else:
        yield {"op": "replace", "path": path, "value": after}


def _list_operations(path: str, before: list[Any], after: list[Any]) -> Iterator[Operation]:
    if objects(before) and objects(after):
        for key in OBJECT_KEYS:
            a, b = labels(before, key), labels(after, key)
            if a is not None and b is not None:
                kept = set(a) & set(b)
                if [label for label in a if label in kept] == [
                    label for label in b if label in kept
                ]:
                    yield from _in_order(path, dict(zip(a, before, strict=True)), kept, b, after)
                    return
    head, tail = common_ends(before, after)
    old, new = len(before) - tail, len(after) - tail
    for index in range(head, min(old, new)):
        yield from _operations(f"{path}/{index}", before[index], after[index])
    for index in range(old - 1, new - 1, -1):
        yield {"op": "remove", "path": f"{path}/{index}"}
    for index in range(old, new):
        yield {"op": "add", "path": f"{path}/{index}", "value": after[index]}


def _in_order(
    path: str, before: dict[str, Any], kept: set[str], order: list[str], after: list[Any]
) -> Iterator[Operation]:
    """Yield the operations for elements that are known by a label and were not reordered."""
    for index, label in reversed(list(enumerate(before))):
        if label not in kept:
            yield {"op": "remove", "path": f"{path}/{index}"}
    for index, (label, item) in enumerate(zip(order, after, strict=True)):
        if label in kept:
            yield from _operations(f"{path}/{index}", before[label], item)
        else:
            yield {"op": "add", "path": f"{path}/{index}", "value": item}

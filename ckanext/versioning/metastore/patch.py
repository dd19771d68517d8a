"""JSON Merge Patch (RFC 7396)."""

from __future__ import annotations

from typing import Any

from .model import JSONObject


def merge_patch(target: Any, changes: JSONObject) -> JSONObject:
    """Return the target with the changes made; neither is modified.

    :param target: a JSON value; anything but an object counts as an empty one.
    :param changes: members to set; null removes, objects are merged into.
    """
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in changes.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict):
            merged[key] = merge_patch(merged.get(key), value)
        else:
            merged[key] = value
    return merged

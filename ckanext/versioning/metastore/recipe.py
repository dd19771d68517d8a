"""What a change means for a version number, by the recipe of the Frictionless Data project.

https://datapackage.org/recipes/data-package-version/: MAJOR for what may break those who use the
data, MINOR for additions, PATCH for corrections of the description. Moving data to another place
is no change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from .encoding import same
from .matching import RESOURCE_KEYS, match, resource_lists
from .model import JSONObject
from .schemadiff import PropertyChange, SchemaDiff, schema_diff, table_schema


class Level(IntEnum):
    """How much a change asks of those who use the data; the greater outweighs the less."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a change is of a level.

    :param level: the level.
    :param code: what happened, such as ``resource-removed``; one of ``CODES``.
    :param subject: to what: the resource's name, or empty for the package.
    :param detail: to what of it: the name of a table's field, or empty.
    """

    level: Level
    code: str
    subject: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Number:
    """A version number in the way it is written, such as ``v1.2``."""

    prefix: str
    parts: tuple[int, ...]

    def __str__(self) -> str:
        return self.prefix + ".".join(map(str, self.parts))


CODES: dict[str, Level] = {
    "package-renamed": Level.MAJOR,
    "resource-removed": Level.MAJOR,
    "resource-renamed": Level.MAJOR,
    "format-changed": Level.MAJOR,
    "schema-removed": Level.MAJOR,
    "field-added": Level.MAJOR,
    "field-removed": Level.MAJOR,
    "fields-reordered": Level.MAJOR,
    "field-type-changed": Level.MAJOR,
    "constraint-stricter": Level.MAJOR,
    "key-changed": Level.MAJOR,
    "resource-added": Level.MINOR,
    "data-changed": Level.MINOR,
    "schema-added": Level.MINOR,
    "constraint-looser": Level.MINOR,
    "reference-changed": Level.MINOR,
    "description-changed": Level.PATCH,
}

# A reader that could read the one can't be expected to read the other.
_FORM = ("format", "mediatype", "mimetype", "encoding", "dialect")
_DATA = ("hash", "bytes", "size")
# Where the data lies, and what CKAN notes of it.
_PLACE = ("path", "url", "url_type", "last_modified", "cache_url", "cache_last_updated")
_NUMBER = re.compile(r"(v?)(0|[1-9]\d{0,8})(?:\.(0|[1-9]\d{0,8}))?(?:\.(0|[1-9]\d{0,8}))?", re.I)


def reasons(before: JSONObject, after: JSONObject) -> list[Reason]:
    """Return what a change means for the version, what weighs most first.

    :param before: the older data package.
    :param after: the newer data package.
    """
    found = dict.fromkeys(_package(before, after))
    return sorted(found, key=lambda reason: -reason.level)


def level(found: Iterable[Reason]) -> Level:
    """Return the level of all reasons together."""
    return max((reason.level for reason in found), default=Level.NONE)


def version_number(name: str) -> Number | None:
    """Return the version number that a tag's name is; None if it is none.

    :param name: such as ``v1.2``, ``2`` or ``1.0.3``.
    """
    found = _NUMBER.fullmatch(name)
    if found is None:
        return None
    prefix, *parts = found.groups()
    return Number(prefix, tuple(int(part) for part in parts if part is not None))


def latest(names: Iterable[str]) -> str | None:
    """Return the name that is the highest version number; None if none is one."""
    numbered = [(name, version_number(name)) for name in names]
    ranked = [(_padded(number.parts), name) for name, number in numbered if number is not None]
    return max(ranked)[1] if ranked else None


def next_version(name: str, change: Level) -> str | None:
    """Return the name of the version after another, written in the same way.

    :param name: of the version before.
    :param change: what has changed since.
    :returns: None if nothing has changed, or the name is no version number.
    """
    number = version_number(name)
    if number is None or change is Level.NONE:
        return None
    parts = list(_padded(number.parts))
    index = Level.MAJOR - change
    parts[index] += 1
    parts[index + 1 :] = [0] * (2 - index)
    return str(Number(number.prefix, tuple(parts[: max(len(number.parts), index + 1)])))


def _padded(parts: tuple[int, ...]) -> tuple[int, ...]:
    return (*parts, 0, 0)[:3]


def _package(before: JSONObject, after: JSONObject) -> Iterator[Reason]:
    if not same(before.get("name"), after.get("name")):
        yield _reason("package-renamed")
    described = _without(before, "name", "resources"), _without(after, "name", "resources")
    if not same(*described):
        yield _reason("description-changed")
    lists = resource_lists(before, after)
    if lists is None:
        return
    matching = match(*lists, RESOURCE_KEYS)
    for _, resource in matching.removed:
        yield _reason("resource-removed", _name(resource))
    for _, resource in matching.added:
        yield _reason("resource-added", _name(resource))
    for _, old, new in matching.pairs:
        yield from _resource(old, new)
    if matching.reordered:
        yield _reason("description-changed")


def _resource(before: JSONObject, after: JSONObject) -> Iterator[Reason]:
    if same(before, after):
        return
    subject = _name(after)
    if not same(before.get("name"), after.get("name")):
        yield _reason("resource-renamed", subject)
    # What was not said before, or is not any more, changes the description only.
    if any(before.get(key) and after.get(key) and _differs(before, after, key) for key in _FORM):
        yield _reason("format-changed", subject)
    if _data_changed(before, after):
        yield _reason("data-changed", subject)
    schemas = table_schema(before.get("schema")), table_schema(after.get("schema"))
    for code, detail in _schema(*schemas):
        yield _reason(code, subject, detail)
    left_out = ["name", *_DATA, *_PLACE]
    left_out += [key for key in _FORM if before.get(key) and after.get(key)]
    if schemas != (None, None):
        left_out.append("schema")
    if not same(_without(before, *left_out), _without(after, *left_out)):
        yield _reason("description-changed", subject)


def _data_changed(before: JSONObject, after: JSONObject) -> bool:
    """Whether the bytes are others: by their hash, or else by their size."""
    for key in _DATA:
        if before.get(key) is not None and after.get(key) is not None:
            return _differs(before, after, key)
    return False


def _schema(before: JSONObject | None, after: JSONObject | None) -> Iterator[tuple[str, str]]:
    if before is None or after is None:
        if before is not None:
            yield "schema-removed", ""
        if after is not None:
            yield "schema-added", ""
        return
    change = schema_diff(before, after)
    yield from _fields(change)
    for item in change.table:
        yield ("reference-changed" if item.name == "foreignKeys" else "key-changed"), ""


def _fields(change: SchemaDiff) -> Iterator[tuple[str, str]]:
    for field in change.removed:
        yield "field-removed", field["name"]
    for field in change.added:
        yield "field-added", field["name"]
    if change.reordered:
        yield "fields-reordered", ""
    for changed in change.changed:
        for item in changed.properties:
            yield _property(item), changed.name


def _property(change: PropertyChange) -> str:
    if change.name in ("type", "format"):
        return "field-type-changed"
    if change.name == "constraints":
        stricter = _stricter(change.before, change.after)
        return "constraint-stricter" if stricter else "constraint-looser"
    return "description-changed"


def _stricter(before: Any, after: Any) -> bool:
    """Whether something that satisfied the constraints before may not do so after."""
    old, new = (value if isinstance(value, dict) else {} for value in (before, after))
    return any(
        not same(old.get(key), value) and _narrows(key, old.get(key), value)
        for key, value in new.items()
    )


def _narrows(key: str, before: Any, after: Any) -> bool:
    if isinstance(after, bool):
        return after
    if before is None:
        return True
    if key == "enum" and isinstance(before, list) and isinstance(after, list):
        return not all(any(same(item, other) for other in after) for item in before)
    if _is_number(before) and _is_number(after):
        return bool(after > before if key.startswith("min") else after < before)
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _reason(code: str, subject: str = "", detail: str = "") -> Reason:
    return Reason(CODES[code], code, subject, detail)


def _differs(before: JSONObject, after: JSONObject, key: str) -> bool:
    return not same(before.get(key), after.get(key))


def _without(document: JSONObject, *keys: str) -> JSONObject:
    return {key: value for key, value in document.items() if key not in keys}


def _name(resource: JSONObject) -> str:
    for key in ("title", "name", "id"):
        if isinstance(resource.get(key), str) and resource[key]:
            return str(resource[key])
    return ""

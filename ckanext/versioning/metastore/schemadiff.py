"""What changed between two Table Schemas (https://datapackage.org/standard/table-schema/)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .encoding import same
from .model import JSONObject

# What a reader must respect of the whole table, besides its fields.
_TABLE_PROPERTIES = ("primaryKey", "foreignKeys", "missingValues")
_MAX_TEXT = 1_000_000


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """A property of a field or table before and after; None where it was or is absent."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class ChangedField:
    """A field on both sides of which properties differ."""

    name: str
    properties: tuple[PropertyChange, ...]


@dataclass(frozen=True, slots=True)
class SchemaDiff:
    """What changed from one schema to another. Fields are known by their names.

    :param added: the fields that are new, as they are.
    :param removed: the fields that are gone, as they were.
    :param changed: the fields on both sides that differ.
    :param reordered: whether the fields on both sides stand in another order.
    :param table: the changes of what counts for the whole table, such as its primary key.
    """

    added: tuple[JSONObject, ...] = ()
    removed: tuple[JSONObject, ...] = ()
    changed: tuple[ChangedField, ...] = ()
    reordered: bool = False
    table: tuple[PropertyChange, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.added or self.removed or self.changed or self.reordered or self.table)


def table_schema(value: Any) -> JSONObject | None:
    """Return the schema that a value is, also one in JSON text; None if it is none.

    :param value: any JSON value.
    """
    if isinstance(value, str) and value.lstrip().startswith("{") and len(value) <= _MAX_TEXT:
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    fields = value.get("fields") if isinstance(value, dict) else None
    if not isinstance(fields, list):
        return None
    names = [field.get("name") if isinstance(field, dict) else None for field in fields]
    if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        return None
    return dict(value)


def schema_diff(before: JSONObject | None, after: JSONObject | None) -> SchemaDiff:
    """Return what changed from one schema to another.

    :param before: the older one, see ``table_schema``; None if there was none.
    :param after: the newer one; None if there is none.
    """
    old = {field["name"]: field for field in (before or {}).get("fields", ())}
    new = {field["name"]: field for field in (after or {}).get("fields", ())}
    changed = []
    for name in new:
        if name in old:
            properties = _properties(old[name], new[name])
            if properties:
                changed.append(ChangedField(name, properties))
    return SchemaDiff(
        added=tuple(field for name, field in new.items() if name not in old),
        removed=tuple(field for name, field in old.items() if name not in new),
        changed=tuple(changed),
        reordered=[name for name in old if name in new] != [name for name in new if name in old],
        table=_properties(before or {}, after or {}, _TABLE_PROPERTIES),
    )


def _properties(
    before: JSONObject, after: JSONObject, names: tuple[str, ...] | None = None
) -> tuple[PropertyChange, ...]:
    return tuple(
        PropertyChange(name, before.get(name), after.get(name))
        for name in names or sorted(before.keys() | after.keys())
        if not same(before.get(name), after.get(name))
    )

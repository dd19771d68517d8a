"""Whether an object is a Table Schema (v1, https://specs.frictionlessdata.io/table-schema/)."""

from __future__ import annotations

from typing import Any

from .plain import unfold

TYPES = frozenset(
    {
        "any",
        "array",
        "boolean",
        "date",
        "datetime",
        "duration",
        "geojson",
        "geopoint",
        "integer",
        "number",
        "object",
        "string",
        "time",
        "year",
        "yearmonth",
    }
)
_TEXTS = ("title", "description", "rdfType")


def table_schema(value: Any) -> dict[str, Any] | None:
    """The value where it is a Table Schema.

    :param value: any JSON value, also a schema as JSON text.
    :returns: the schema with what every reader understands; None if it is none.
    """
    value = unfold(value)
    fields = value.get("fields") if isinstance(value, dict) else None
    if not isinstance(fields, list) or not fields or not all(map(_is_field, fields)):
        return None
    names = [field["name"] for field in fields]
    if len(set(names)) < len(names):
        return None
    found: dict[str, Any] = {"fields": [_field(field) for field in fields]}
    missing = value.get("missingValues")
    if isinstance(missing, list) and all(isinstance(item, str) for item in missing):
        found["missingValues"] = missing
    key = value.get("primaryKey")
    key = [key] if isinstance(key, str) else key
    if isinstance(key, list) and key and all(name in names for name in key):
        found["primaryKey"] = key
    return found


def _is_field(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("name"), str)
        and value["name"] != ""
        and isinstance(value.get("type", "any"), str)
        and value.get("type", "any") in TYPES
    )


def _field(value: dict[str, Any]) -> dict[str, Any]:
    found = {"name": value["name"]}
    if "type" in value:
        found["type"] = value["type"]
    for key in _TEXTS:
        if isinstance(value.get(key), str):
            found[key] = value[key]
    constraints = value.get("constraints")
    if isinstance(constraints, dict):
        flags = {key: constraints[key] for key in ("required", "unique") if key in constraints}
        flags = {key: flag for key, flag in flags.items() if isinstance(flag, bool)}
        if flags:
            found["constraints"] = flags
    return found

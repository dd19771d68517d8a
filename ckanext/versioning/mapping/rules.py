"""The properties of a data package and what they may hold.

Data Package v1, https://specs.frictionlessdata.io/data-package/ and /data-resource/, and the JSON
Schema published with it, whichever is stricter. Each rule takes any JSON value and returns what can
be said of it within the specification, or None. A result that equals the value lost nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from . import paths
from .plain import by_language, label, unfold
from .tableschema import table_schema

Rule = Callable[[Any], Any]

ROLES = ("publisher", "author", "maintainer", "wrangler", "contributor")
MAX_BYTES = 2**63 - 1

_EMAIL = re.compile(
    r"[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
    r"(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\.[A-Za-z]{2,}"
)
_DATETIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d+)?(Z|z|[+-]\d\d:\d\d)?", re.ASCII
)
_HASH = re.compile(r"[^:]+:[a-fA-F0-9]+|[a-fA-F0-9]{32}")
_SHA_BY_LENGTH = {40: "sha1", 64: "sha256", 128: "sha512"}


def text(value: Any) -> str | None:
    return label(value) or None


def uri(value: Any) -> str | None:
    return paths.url(label(value))


def path(value: Any) -> str | None:
    return paths.path(label(value))


def email(value: Any) -> str | None:
    found = label(value).strip()
    return found if _EMAIL.fullmatch(found) and len(found) <= 254 else None


def created(value: Any) -> str | None:
    """RFC 3339; CKAN's own times are UTC and do not say so."""
    match = _DATETIME.fullmatch(label(value).strip())
    if match is None:
        return None
    date, time, fraction, zone = match.groups()
    try:
        datetime.fromisoformat(f"{date}T{time}{(zone or 'Z').upper().replace('Z', '+00:00')}")
    except ValueError:
        return None
    return f"{date}T{time}{(fraction or '')[:7]}{(zone or 'Z').upper()}"


def size(value: Any) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,19}\s*", value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= MAX_BYTES else None


def mediatype(value: Any) -> str | None:
    found = label(value).strip()
    return found if re.fullmatch(r"[^\s/]+/[^\s/].*", found) else None


def checksum(value: Any) -> str | None:
    found = label(value).strip()
    algorithm = _SHA_BY_LENGTH.get(len(found))
    if algorithm and re.fullmatch(r"[a-fA-F0-9]+", found):
        return f"{algorithm}:{found}"
    return found if found and _HASH.fullmatch(found) else None


def keywords(value: Any) -> list[str] | None:
    """A list of texts; text is split at commas, of an object by language one is taken."""
    value = unfold(value)
    if isinstance(value, dict):
        value = next((value[key] for key in by_language(value) if value[key]), None)
    if isinstance(value, str):
        value = [word.strip() for word in value.split(",")]
    if not isinstance(value, list):
        return None
    return [word for word in map(label, value) if word.strip()] or None


def licenses(value: Any) -> list[dict[str, Any]] | None:
    return _items(value, _license)


def people(value: Any) -> list[dict[str, Any]] | None:
    return _items(value, _titled)


def sources(value: Any) -> list[dict[str, Any]] | None:
    return _items(value, _titled)


def _items(value: Any, rule: Rule) -> list[dict[str, Any]] | None:
    value = unfold(value)
    listed = value if isinstance(value, list) else [value]
    return [item for item in map(rule, listed) if item is not None] or None


def _license(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        value = {"title": value}
    found = _members(value, {"name": license_name, "path": path, "title": text})
    if not found.get("name") and not found.get("path"):
        name = license_name(found.get("title", ""))
        if name is None:
            return None
        found["name"] = name
    return found


def license_name(value: Any) -> str | None:
    """``^([-a-zA-Z0-9._])+$``"""
    return re.sub(r"[^-a-zA-Z0-9._]+", "-", label(value)).strip("-")[:100] or None


def _titled(value: Any) -> dict[str, Any] | None:
    said = label(value)
    if said or not isinstance(value, dict):
        value = {"title": said}
    title = next((value[key] for key in _TITLES if value.get(key)), None)
    found = _members({**value, "title": title}, _TITLED)
    return found if found.get("title", "").strip() else None


def _role(value: Any) -> str | None:
    found = label(value).strip()
    return found if found in ROLES else None


def _members(value: dict[str, Any], rules: dict[str, Rule]) -> dict[str, Any]:
    found = {key: rules[key](item) if key in rules else item for key, item in value.items()}
    return {key: item for key, item in found.items() if item is not None}


_TITLES = ("title", "name", "web", "email")
_TITLED: dict[str, Rule] = {
    "title": text,
    "path": path,
    "email": email,
    "role": _role,
    "organisation": text,
    "organization": text,
}

#: Properties of the package that CKAN's own fields do not already name alike.
PACKAGE: dict[str, Rule] = {
    "description": text,
    "homepage": uri,
    "version": text,
    "created": created,
    "image": path,
    "keywords": keywords,
    "licenses": licenses,
    "contributors": people,
    "sources": sources,
}

RESOURCE: dict[str, Rule] = {
    "title": text,
    "description": text,
    "format": text,
    "mediatype": mediatype,
    "encoding": text,
    "bytes": size,
    "hash": checksum,
    "homepage": uri,
    "schema": table_schema,
    "licenses": licenses,
    "sources": sources,
    "contributors": people,
}

#: Never passed on: a reader would take them for something else (``type`` in CKAN names the form,
#: a ``profile`` would be fetched), or the ``frictionless`` library gives them a meaning.
FOREIGN = frozenset(
    {
        "$schema",
        "$frictionless",
        "ckan",
        "profile",
        "profiles",
        "type",
        "missingValues",
        "fields",
        "rows",
        "data",
        "dialect",
        "layout",
        "stats",
        "hashing",
        "scheme",
        "compression",
        "extrapaths",
        "innerpath",
        "control",
    }
)

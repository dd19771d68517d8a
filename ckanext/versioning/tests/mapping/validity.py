"""Whether an object is a data package under the specification, version 1."""

from __future__ import annotations

import copy
import json
from typing import Any

from frictionless import Package
from frictionless.exception import FrictionlessException

#: The patterns and types of the JSON Schema published with Data Package v1.
_NAME = {"type": "string", "pattern": r"^([-a-z0-9._/])+$"}
_PATH = {"type": "string", "pattern": r"^(?=^[^./~])(^((?!\.{2}).)*$).*$"}
_TEXT = {"type": "string"}
_URI = {"type": "string", "pattern": r"^[a-z][a-z0-9+.-]*:[!#-;=?-Z_a-z~\[\]]+$"}
_EMAIL = {"type": "string", "pattern": r"^[^@\s]+@[^@\s]+\.[^@\s]+$"}
_SOURCE = {
    "type": "object",
    "required": ["title"],
    "properties": {"title": _TEXT, "path": _PATH, "email": _EMAIL},
}
_ROLE = {"enum": ["publisher", "author", "maintainer", "wrangler", "contributor"]}
_CONTRIBUTOR = {
    **_SOURCE,
    "properties": {**_SOURCE["properties"], "role": _ROLE, "organisation": _TEXT},
}
_LICENSE = {
    "type": "object",
    "anyOf": [{"required": ["name"]}, {"required": ["path"]}],
    "properties": {
        "name": {"type": "string", "pattern": r"^([-a-zA-Z0-9._])+$"},
        "path": _PATH,
        "title": _TEXT,
    },
}


def _some(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "items": items}


_RESOURCE = {
    "type": "object",
    "required": ["name", "path"],
    "not": {"required": ["data"]},
    "properties": {
        "name": _NAME,
        "path": _PATH,
        "title": _TEXT,
        "description": _TEXT,
        "homepage": _URI,
        "format": _TEXT,
        "mediatype": {"type": "string", "pattern": r"^(.+)/(.+)$"},
        "encoding": _TEXT,
        "bytes": {"type": "integer"},
        "hash": {"type": "string", "pattern": r"^([^:]+:[a-fA-F0-9]+|[a-fA-F0-9]{32}|)$"},
        "schema": {"type": "object", "required": ["fields"]},
        "sources": _some(_SOURCE),
        "licenses": _some(_LICENSE),
    },
}
#: The published schema wants a resource at least; a CKAN dataset may have none.
DATA_PACKAGE = {
    "type": "object",
    "required": ["resources", "profile"],
    "properties": {
        "profile": {"const": "data-package"},
        "name": _NAME,
        "id": _TEXT,
        "title": _TEXT,
        "description": _TEXT,
        "homepage": _URI,
        "created": {
            "type": "string",
            "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-])",
        },
        "contributors": _some(_CONTRIBUTOR),
        "keywords": _some(_TEXT),
        "image": _TEXT,
        "version": _TEXT,
        "licenses": _some(_LICENSE),
        "sources": _some(_SOURCE),
        "resources": {"type": "array", "items": _RESOURCE},
    },
}


def problems(package: dict[str, Any]) -> list[str]:
    """What is wrong with a data package; empty if it is valid."""
    import jsonschema

    json.dumps(package, allow_nan=False, ensure_ascii=False).encode("utf-8")
    validator = jsonschema.Draft7Validator(DATA_PACKAGE)
    found = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
        for error in validator.iter_errors(package)
    ]
    try:
        Package.from_descriptor(copy.deepcopy(package))
    except FrictionlessException as error:
        found += [reason.note for reason in error.reasons or [error.error]]
    names = [resource["name"] for resource in package["resources"]]
    if len(set(names)) < len(names):
        found.append("names of resources are not unique")
    return found

"""What the actions accept. Everything is checked for its type, whatever JSON may hold."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import unquote_to_bytes

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict, Schema

from ..metastore import InvalidRef
from ..metastore.refs import parse

MAX_LIMIT = 1000
MAX_OFFSET = 10**9
DIFF_TYPES = ("fields", "json-patch", "unified", "context", "html", "tables")

_TRUE = ("true", "yes", "t", "y", "1", "on")
_FALSE = ("false", "no", "f", "n", "0", "off")


def validated(schema: Schema, context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the parameters that the schema names, checked and converted.

    :raises ValidationError: keyed by parameter.
    """
    given = {key: data_dict[key] for key in schema if key in data_dict}
    # navl takes lists and objects apart before a validator sees them
    nested = [key for key, value in given.items() if isinstance(value, (dict, list, tuple, set))]
    if nested:
        raise tk.ValidationError({key: [tk._("Must be a single value")] for key in nested})
    data, errors = tk.navl_validate(given, schema, context)
    if errors:
        raise tk.ValidationError(errors)
    return data


def revision_list() -> Schema:
    """See ``dataset_revision_list``."""
    return {
        "dataset": _required(),
        "limit": _number(20, 1, MAX_LIMIT),
        "offset": _number(0, 0, MAX_OFFSET),
        "before": _optional(),
        "after": _optional(),
        "since": [_validator("ignore_empty"), instant],
        "until": [_validator("ignore_empty"), instant],
        "tagged": _flag(),
        "resource": _optional(),
        "field": _optional(),
    }


def history_show() -> Schema:
    """See ``dataset_history_show``."""
    return {"dataset": _required()}


def revision_neighbours() -> Schema:
    """See ``dataset_revision_neighbours``."""
    return {**revision_show(), "time": [_validator("ignore_empty"), instant]}


def revision_show() -> Schema:
    """See ``dataset_revision_show``."""
    return {"dataset": _required(), "revision_ref": [_default("head"), identifier]}


def package_at_revision() -> Schema:
    """See ``package_show_revision``."""
    return {"id": _required(), "revision_ref": _required(), "include_plugin_data": _flag()}


def package_at_tag() -> Schema:
    """See ``package_show_tag``."""
    return {"id": _required(), "tag": _required(), "include_plugin_data": _flag()}


def resource_at_revision() -> Schema:
    """See ``resource_show_revision``."""
    return {"id": _required(), "dataset": _required(), "revision_ref": _required()}


def resource_at_tag() -> Schema:
    """See ``resource_show_tag``."""
    return {"id": _required(), "dataset": _required(), "tag": _required()}


def revision_diff() -> Schema:
    """See ``dataset_revision_diff``."""
    return {
        "dataset": _required(),
        "revision_ref_1": _required(),
        "revision_ref_2": [_default("head"), identifier],
        "diff_type": [_default("fields"), diff_type],
        "resource_id": _optional(),
        "include_plugin_data": _flag(),
    }


def tag_create() -> Schema:
    """See ``dataset_tag_create``."""
    return {
        "dataset": _required(),
        "name": _required(),
        "description": [_default(""), text],
        "revision_ref": [_default("head"), identifier],
    }


def tag_list() -> Schema:
    """See ``dataset_tag_list``."""
    return {"dataset": _required()}


def tag_show() -> Schema:
    """See ``dataset_tag_show``; ``dataset_tag_delete`` takes the same."""
    return {"dataset": _required(), "tag": _required()}


def tag_update() -> Schema:
    """See ``dataset_tag_update``."""
    return {
        **tag_show(),
        "name": _optional(),
        # an empty description is one, too: it clears the present one
        "description": [_validator("ignore_missing"), text],
    }


def revert() -> Schema:
    """See ``dataset_revert``."""
    return {
        "dataset": _required(),
        "revision_ref": _required(),
        "message": [_default(""), text],
        "dry_run": _flag(),
        "full": _flag(),
    }


def status() -> Schema:
    """See ``versioning_status``."""
    return {"limit": _number(100, 1, MAX_LIMIT)}


def retry() -> Schema:
    """See ``versioning_retry``."""
    return {"dataset": _optional(), **status()}


# navl goes on to the next validator after one has refused, so each of these is a whole one.


def text(value: Any) -> str:
    """Accept text that a database and a file can hold."""
    if not isinstance(value, str):
        raise tk.Invalid(tk._("Must be text"))
    if "\0" in value:
        raise tk.Invalid(tk._("Must not contain a NUL character"))
    try:
        value.encode()
    except UnicodeEncodeError:
        raise tk.Invalid(tk._("Must be valid Unicode")) from None
    return value


def identifier(value: Any) -> str:
    """Accept text that may name something."""
    named = text(value)
    try:
        unquote_to_bytes(named).decode()
    except UnicodeDecodeError:  # Werkzeug leaves what is no UTF-8 in a URL percent-encoded
        replaced = True
    else:
        replaced = "\N{REPLACEMENT CHARACTER}" in named
    if replaced:
        raise tk.Invalid(tk._("Must be valid UTF-8"))
    return named


def instant(value: Any) -> datetime:
    """Accept a date or time of ISO 8601, and return it in UTC."""
    try:
        time = parse(text(value)).time
    except InvalidRef:
        time = None
    if time is None:
        raise tk.Invalid(tk._("Must be a date or time in ISO 8601, such as 2024-05-31T08:00:00Z"))
    return time


def diff_type(value: Any) -> str:
    """Accept a way to tell a difference."""
    if value not in DIFF_TYPES:
        raise tk.Invalid(tk._("Must be one of {types}").format(types=", ".join(DIFF_TYPES)))
    return str(value)


def boolean(value: Any) -> bool:
    """Accept yes or no in CKAN's words; a misspelt one must not pass for a no."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise tk.Invalid(tk._("Must be true or false"))


def _number(default: int, least: int, most: int) -> list[Any]:
    def number(value: Any) -> int:
        if isinstance(value, bool):  # for Python, but for nobody else, a number
            raise tk.Invalid(tk._("Invalid integer"))
        whole = _validator("int_validator")(value, {})
        if whole is None or not least <= whole <= most:
            raise tk.Invalid(
                tk._("Must be a whole number from {least} to {most}").format(least=least, most=most)
            )
        return int(whole)

    return [_default(default), number]


def _required() -> list[Any]:
    return [_validator("not_empty"), identifier]


def _optional() -> list[Any]:
    return [_validator("ignore_empty"), identifier]


def _flag() -> list[Any]:
    return [_default(False), boolean]


def _default(value: Any) -> Any:
    return _validator("default")(value)


def _validator(name: str) -> Any:
    return tk.get_validator(name)

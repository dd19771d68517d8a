"""What the actions accept. Everything is checked for its type, whatever JSON may hold."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict, Schema

from ..metastore import InvalidRef
from ..metastore.refs import parse

MAX_LIMIT = 1000
MAX_OFFSET = 10**9
DIFF_TYPES = ("fields", "json-patch", "unified", "context", "html")

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
    number = [tk.get_validator("int_validator")]
    return {
        "dataset": _required(),
        "limit": [_default(20), not_boolean, *number, between(1, MAX_LIMIT)],
        "offset": [_default(0), not_boolean, *number, between(0, MAX_OFFSET)],
        "before": _optional(),
        "after": _optional(),
        "since": [*_optional(), instant],
        "until": [*_optional(), instant],
    }


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
        "diff_type": [_default("fields"), text, tk.get_validator("one_of")(DIFF_TYPES)],
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
        "description": [tk.get_validator("ignore_missing"), text],
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
    number = [tk.get_validator("int_validator")]
    return {"limit": [_default(100), not_boolean, *number, between(1, MAX_LIMIT)]}


def _required() -> list[Any]:
    return [tk.get_validator("not_empty"), identifier]


def _optional() -> list[Any]:
    return [tk.get_validator("ignore_empty"), identifier]


def _flag() -> list[Any]:
    return [_default(False), boolean]


def _default(value: Any) -> Any:
    return tk.get_validator("default")(value)


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
    # what a web server makes of bytes that are no UTF-8; nothing is called so
    if "\N{REPLACEMENT CHARACTER}" in named:
        raise tk.Invalid(tk._("Must be valid UTF-8"))
    return named


def instant(value: Any) -> Any:
    """Accept a date or time of ISO 8601, and return it in UTC."""
    try:
        time = parse(value).time
    except InvalidRef:
        time = None
    if time is None:
        raise tk.Invalid(tk._("Must be a date or time in ISO 8601, such as 2024-05-31T08:00:00Z"))
    return time


def not_boolean(value: Any) -> Any:
    """Refuse what Python, but nobody else, takes for a number."""
    if isinstance(value, bool):
        raise tk.Invalid(tk._("Invalid integer"))
    return value


def between(least: int, most: int) -> Any:
    """Return a validator that accepts numbers of a range."""

    def callable(value: Any) -> Any:
        if value is None:  # blanks, to int_validator
            raise tk.Invalid(tk._("Invalid integer"))
        if not least <= value <= most:
            raise tk.Invalid(
                tk._("Must be a whole number from {least} to {most}").format(least=least, most=most)
            )
        return value

    return callable


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

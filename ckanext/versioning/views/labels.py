"""What the fields of datasets and resources are called on a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

# translated when they are asked for, and only then
Words = dict[str, Callable[[], str]]

_DATASET: Words = {
    "author": lambda: tk._("Author"),
    "author_email": lambda: tk._("Author Email"),
    "extras": lambda: tk._("Custom fields"),
    "groups": lambda: tk._("Groups"),
    "license_id": lambda: tk._("License"),
    "maintainer": lambda: tk._("Maintainer"),
    "maintainer_email": lambda: tk._("Maintainer Email"),
    "name": lambda: tk._("Address of the page"),
    "notes": lambda: tk._("Description"),
    "organization": lambda: tk._("Organization"),
    "owner_org": lambda: tk._("Organization"),
    "private": lambda: tk._("Visibility"),
    "relationships_as_object": lambda: tk._("Related datasets"),
    "relationships_as_subject": lambda: tk._("Related datasets"),
    "resources": lambda: tk._("Resources"),
    "state": lambda: tk._("State"),
    "tags": lambda: tk._("Tags"),
    "title": lambda: tk._("Title"),
    "type": lambda: tk._("Type"),
    "url": lambda: tk._("Source"),
    "version": lambda: tk._("Version"),
}
_RESOURCE: Words = {
    "created": lambda: tk._("Created"),
    "description": lambda: tk._("Description"),
    "format": lambda: tk._("Format"),
    "hash": lambda: tk._("Hash"),
    "last_modified": lambda: tk._("Last modified"),
    "mimetype": lambda: tk._("Media type"),
    "name": lambda: tk._("Name"),
    "resource_type": lambda: tk._("Type"),
    "schema": lambda: tk._("Table schema"),
    "size": lambda: tk._("Size"),
    "state": lambda: tk._("State"),
    "url": lambda: tk._("URL"),
    "url_type": lambda: tk._("Kind of URL"),
}


def dataset_label(field: str, dataset_type: str = "dataset") -> str:
    """Return what people call a field of a dataset.

    :param field: its name in the dataset dict.
    :param dataset_type: the dataset's type; a schema of that type may name its custom fields.
    """
    return _label("dataset_fields", _DATASET, field, dataset_type)


def resource_label(field: str, dataset_type: str = "dataset") -> str:
    """Return what people call a field of a resource; see ``dataset_label``."""
    return _label("resource_fields", _RESOURCE, field, dataset_type)


def _label(part: str, words: Words, field: str, dataset_type: str) -> str:
    label = _schema_label(part, field, dataset_type)
    if label is None:
        label = words[field]() if field in words else _in_words(field)
    return label


def _schema_label(part: str, field: str, dataset_type: str) -> str | None:
    """Return the label that ckanext-scheming shows in the forms, where it is in use."""
    get_schema = tk.h.get("scheming_get_dataset_schema")
    schema: dict[str, Any] | None = get_schema(dataset_type) if get_schema else None
    for item in (schema or {}).get(part, ()):
        if item.get("field_name") == field and item.get("label"):
            return str(tk.h.scheming_language_text(item["label"]))
    return None


def _in_words(field: str) -> str:
    words = field.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:] or field

"""What the fields of datasets and resources are called on a page."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk


def dataset_label(field: str, dataset_type: str = "dataset") -> str:
    """Return what people call a field of a dataset.

    :param field: its name in the dataset dict.
    :param dataset_type: the dataset's type; a schema of that type may name its custom fields.
    """
    known = {
        "author": tk._("Author"),
        "author_email": tk._("Author Email"),
        "extras": tk._("Custom fields"),
        "groups": tk._("Groups"),
        "license_id": tk._("License"),
        "maintainer": tk._("Maintainer"),
        "maintainer_email": tk._("Maintainer Email"),
        "name": tk._("Address of the page"),
        "notes": tk._("Description"),
        "organization": tk._("Organization"),
        "owner_org": tk._("Organization"),
        "private": tk._("Visibility"),
        "relationships_as_object": tk._("Related datasets"),
        "relationships_as_subject": tk._("Related datasets"),
        "resources": tk._("Resources"),
        "state": tk._("State"),
        "tags": tk._("Tags"),
        "title": tk._("Title"),
        "type": tk._("Type"),
        "url": tk._("Source"),
        "version": tk._("Version"),
    }
    return (
        _schema_label("dataset_fields", field, dataset_type) or known.get(field) or _in_words(field)
    )


def resource_label(field: str, dataset_type: str = "dataset") -> str:
    """Return what people call a field of a resource; see ``dataset_label``."""
    known = {
        "created": tk._("Created"),
        "description": tk._("Description"),
        "format": tk._("Format"),
        "hash": tk._("Hash"),
        "last_modified": tk._("Last modified"),
        "mimetype": tk._("Media type"),
        "name": tk._("Name"),
        "resource_type": tk._("Type"),
        "schema": tk._("Table schema"),
        "size": tk._("Size"),
        "state": tk._("State"),
        "url": tk._("URL"),
        "url_type": tk._("Kind of URL"),
    }
    return (
        _schema_label("resource_fields", field, dataset_type)
        or known.get(field)
        or _in_words(field)
    )


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

"""The one place that calls ``frictionless_ckan_mapper``, which has no types."""

from __future__ import annotations

from typing import Any

from frictionless_ckan_mapper import ckan_to_frictionless  # type: ignore[import-untyped, unused-ignore]

JSONObject = dict[str, Any]


def map_dataset(dataset: JSONObject) -> JSONObject:
    """The mapper's data package of a dataset.

    :param dataset: a dataset dict that the mapper can take.
    :returns: its data package.
    """
    mapped: JSONObject = ckan_to_frictionless.dataset(dataset)
    return mapped


def map_name(text: str) -> str:
    """The mapper's name for a resource: lower case, in ASCII, hyphens for what is neither letter,
    digit, underscore nor dot.

    :param text: the name that CKAN has; must not start like JSON.
    :returns: the name.
    """
    return str(ckan_to_frictionless.resource({"name": text})["name"])

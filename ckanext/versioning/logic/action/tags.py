"""Actions on tags, the names of revisions."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ...metastore import Author
from ...recording.actor import Actor
from .. import schema
from ..access import open_view
from ..dictization import tag_dict
from ..pending import settle

__all__ = [
    "dataset_tag_create",
    "dataset_tag_delete",
    "dataset_tag_list",
    "dataset_tag_show",
    "dataset_tag_update",
]


def dataset_tag_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Give a revision of a dataset a name, such as ``v1.0``.

    You must be authorized to edit the dataset.

    :param dataset: the id or name of the dataset
    :type dataset: string
    :param name: the name of the tag, unique within the dataset; at most 128 characters, without
        blanks, slashes, and what else can't be part of a URL or a git reference
    :type name: string
    :param description: what the tag stands for (optional)
    :type description: string
    :param revision_ref: a revision reference, see :py:func:`dataset_revision_show` (optional,
        default: ``head``)
    :type revision_ref: string

    :returns: the tag, as :py:func:`dataset_tag_show` returns it
    :rtype: dictionary
    """
    data = schema.validated(schema.tag_create(), context, data_dict)
    view = open_view("dataset_tag_create", context, data)
    settle(view)
    revision = view.resolve(data["revision_ref"])
    with view.errors("name"):
        tag = view.store.tag_create(
            view.dataset_id,
            data["name"],
            revision.id,
            description=data["description"],
            author=_author(context),
        )
    return tag_dict(tag)


@tk.side_effect_free
def dataset_tag_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """Return the tags of a dataset, those of the newest revisions first.

    You must be authorized to see the dataset; see :py:func:`dataset_revision_list` for which of
    its revisions, and so tags.

    :param dataset: the id or name of the dataset
    :type dataset: string

    :returns: tags, each as :py:func:`dataset_tag_show` returns it
    :rtype: list of dictionaries
    """
    data = schema.validated(schema.tag_list(), context, data_dict)
    view = open_view("dataset_tag_list", context, data)
    return [tag_dict(tag) for tag in view.tags()]


@tk.side_effect_free
def dataset_tag_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return a tag of a dataset.

    You must be authorized to see the dataset, and the revision that the tag names.

    :param dataset: the id or name of the dataset
    :type dataset: string
    :param tag: the name of the tag
    :type tag: string

    :returns: the tag: ``name``, ``description``, ``revision_id`` and ``revision_time`` of the
        revision that it names, and of who created or last changed it the ``author`` (as in
        :py:func:`dataset_revision_list`) and the ``time``
    :rtype: dictionary
    """
    data = schema.validated(schema.tag_show(), context, data_dict)
    view = open_view("dataset_tag_show", context, data)
    return tag_dict(view.tag(data["tag"]))


def dataset_tag_update(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Give a tag another name, another description or both. The revision that it names stays.

    You must be authorized to edit the dataset.

    :param dataset: the id or name of the dataset
    :type dataset: string
    :param tag: the present name of the tag
    :type tag: string
    :param name: the new name (optional, default: the present one)
    :type name: string
    :param description: the new description (optional, default: the present one)
    :type description: string

    :returns: the tag, as :py:func:`dataset_tag_show` returns it
    :rtype: dictionary
    """
    data = schema.validated(schema.tag_update(), context, data_dict)
    if "name" not in data and "description" not in data:
        raise tk.ValidationError({"name": [tk._("Give a new name, a new description or both")]})
    view = open_view("dataset_tag_update", context, data)
    tag = view.tag(data["tag"])
    with view.errors("name"):
        changed = view.store.tag_update(
            view.dataset_id,
            tag.name,
            new_name=data.get("name"),
            description=data.get("description"),
            author=_author(context),
        )
    return tag_dict(changed)


def dataset_tag_delete(context: Context, data_dict: DataDict) -> None:
    """Delete a tag. The revision that it names stays.

    You must be authorized to edit the dataset.

    :param dataset: the id or name of the dataset
    :type dataset: string
    :param tag: the name of the tag
    :type tag: string
    """
    data = schema.validated(schema.tag_show(), context, data_dict)
    view = open_view("dataset_tag_delete", context, data)
    with view.errors("tag"):
        view.store.tag_delete(view.dataset_id, data["tag"])


def _author(context: Context) -> Author:
    return Actor(user=context.get("user") or "").author()

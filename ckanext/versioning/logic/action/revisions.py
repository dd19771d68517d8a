"""Actions that list and show revisions."""

from __future__ import annotations

from itertools import islice
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from .. import schema
from ..access import open_view
from ..dictization import revision_dict
from ..downloads import pinned_snapshot
from ..selection import selected

__all__ = ["dataset_revision_list", "dataset_revision_show"]


@tk.side_effect_free
def dataset_revision_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """Return the revisions of a dataset, newest first.

    You must be authorized to see the dataset. Revisions from when it was private, a draft or
    deleted are only listed to those who may edit it.

    A revision is a dictionary:

    ``id``, ``parent``
        its id, and that of the revision before it (``null`` for the first)
    ``time``
        when CKAN accepted the change, in UTC: ``2024-05-31T08:00:00.000000Z``
    ``author``
        ``id`` and ``name`` of the user; also ``email`` if the portal stores it and you may edit
        the dataset
    ``message``
        why, in the author's words or in generated ones
    ``action``
        ``create``, ``update``, ``delete``, ``restore``, ``revert`` or ``purge``
    ``reverted_to``
        the id of the revision of which the content was restored, or ``null``
    ``visibility``
        ``private`` and ``state`` of the dataset at that time
    ``summary``
        what changed: ``fields`` (names), ``resources_added``, ``resources_removed`` (``id``,
        ``name``), ``resources_changed`` (also ``fields``), ``resources_reordered``
    ``tags``
        the names of its tags

    :param dataset: the id or name of the dataset
    :type dataset: string
    :param limit: how many revisions to return, 1 to 1000 (optional, default: ``20``)
    :type limit: int
    :param offset: how many revisions to skip (optional, default: ``0``)
    :type offset: int
    :param before: only revisions older than this one, a revision reference as in
        :py:func:`dataset_revision_show` (optional). The quickest way to the next page: give the
        ``id`` of the last revision that you have.
    :type before: string
    :param after: only revisions newer than this one (optional; not together with ``before``)
    :type after: string
    :param since: only revisions of this time or later, a date or time in ISO 8601 (optional). A
        date means its first moment, a time without an offset is in UTC.
    :type since: string
    :param until: only revisions of this time or earlier, likewise (optional)
    :type until: string
    :param tagged: only revisions that have a tag (optional, default: ``False``)
    :type tagged: bool
    :param resource: only revisions that added, removed or changed the resource of this id
        (optional)
    :type resource: string
    :param field: only revisions that changed this field of the dataset, such as ``title``; with
        ``resource``, this field of the resource (optional)
    :type field: string

    :returns: revisions; an empty list if there are none in the range
    :rtype: list of dictionaries
    """
    data = schema.validated(schema.revision_list(), context, data_dict)
    view = open_view("dataset_revision_list", context, data)
    with view.errors():
        view.history.head()  # a dataset without a history is an error, not an empty list
        found = selected(view, data)
        page = view.present(list(islice(found, data["offset"], data["offset"] + data["limit"])))
        names = view.tag_names() if page else {}
    return [revision_dict(revision, names.get(revision.id, ())) for revision in page]


@tk.side_effect_free
def dataset_revision_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return a revision of a dataset with its content.

    You must be authorized to see the dataset; see :py:func:`dataset_revision_list` for which of
    its revisions.

    A revision reference is one of

    * ``head``, the newest revision, or ``head~2``, the second before it
    * the id of a revision, or its first characters (7 or more) where no other starts so
    * the name of a tag
    * a date or time in ISO 8601: the newest revision of then. A date means its first moment, a
      time without an offset is in UTC.

    :param dataset: the id or name of the dataset
    :type dataset: string
    :param revision_ref: a revision reference (optional, default: ``head``)
    :type revision_ref: string

    :returns: the revision as in :py:func:`dataset_revision_list`, and with it ``dataset``, the
        dataset as :py:func:`package_show_revision` returns it (``null`` if the revision was not
        recorded from CKAN), and ``datapackage``, the same as a Frictionless Data Package
    :rtype: dictionary
    """
    data = schema.validated(schema.revision_show(), context, data_dict)
    view = open_view("dataset_revision_show", context, data)
    revision = view.resolve(data["revision_ref"])
    snapshot = view.snapshot(revision)
    with view.errors():
        (shown,) = view.present([revision])
        names = view.tag_names()
    return {
        **revision_dict(shown, names.get(revision.id, ())),
        "dataset": pinned_snapshot(snapshot, revision.id),
        "datapackage": snapshot.datapackage,
    }

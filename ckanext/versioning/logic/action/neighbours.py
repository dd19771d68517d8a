"""The action that finds a revision's place in the history."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ...metastore import Revision, RevisionNotFound
from .. import schema
from ..access import open_view
from ..dictization import iso
from ..visibility import View

__all__ = ["dataset_revision_neighbours"]


@tk.side_effect_free
def dataset_revision_neighbours(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the revisions before and after one, and the ends of the history.

    You must be authorized to see the dataset; see :py:func:`dataset_revision_list` for which of
    its revisions.

    :param dataset: the id or name of the dataset
    :type dataset: string
    :param revision_ref: a revision reference, see :py:func:`dataset_revision_show` (optional,
        default: ``head``)
    :type revision_ref: string
    :param time: instead of a reference, a date or time in ISO 8601: the revision of then, the
        first one for all times before it, the last one for all times after it (optional)
    :type time: string

    :returns: ``revision``, ``first``, ``previous``, ``next`` and ``last``, each with the ``id``
        and the ``time`` of a revision; ``previous`` or ``next`` is ``null`` where there is none
    :rtype: dictionary
    """
    data = schema.validated(schema.revision_neighbours(), context, data_dict)
    view = open_view("dataset_revision_neighbours", context, data)
    if "time" in data:
        revision = _at(view, data["time"])
    else:
        revision = view.resolve(data["revision_ref"])
    with view.errors():
        found = {
            "revision": revision,
            "first": view.history.first(),
            "previous": next(islice(view.log(start=revision.id), 1, None), None),
            "next": next(view.newer(revision.id), None),
            "last": view.history.head(),
        }
    return {name: None if item is None else _brief(item) for name, item in found.items()}


def _at(view: View, time: datetime) -> Revision:
    with view.errors("time"):
        try:
            return view.history.at(time)
        except RevisionNotFound:
            return view.history.first()


def _brief(revision: Revision) -> dict[str, str]:
    return {"id": revision.id, "time": iso(revision.info.time)}

"""The action that tells in short what history a dataset has."""

from __future__ import annotations

from itertools import islice
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from .. import schema
from ..access import open_view
from ..counting import count
from ..dictization import revision_dict, tag_dict, tags_by_revision

__all__ = ["dataset_history_show"]

NEWEST = 5


@tk.side_effect_free
def dataset_history_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what a page about the dataset says of its history; quick however long that is.

    You must be authorized to see the dataset; see :py:func:`dataset_revision_list` for which of
    its revisions.

    :param dataset: the id or name of the dataset
    :type dataset: string

    :returns: a dictionary:

        ``revision_count``
            how many revisions there are
        ``head``
            the newest, as in :py:func:`dataset_revision_list`
        ``newest_tags``
            up to five tags, those of the newest revisions, each as
            :py:func:`dataset_tag_show` returns it
    :rtype: dictionary
    """
    data = schema.validated(schema.history_show(), context, data_dict)
    view = open_view("dataset_history_show", context, data)
    head = view.resolve("head")
    with view.errors():
        (shown,) = view.present([head])
        tags = view.store.tag_list(view.dataset_id)
        names = tags_by_revision(tags)
        return {
            "revision_count": count(view),
            "head": revision_dict(shown, names.get(head.id, ())),
            "newest_tags": [tag_dict(tag) for tag in islice(view.seen(tags), NEWEST)],
        }

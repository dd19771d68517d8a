"""The action that compares two revisions."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ... import config
from ...metastore import Diff, JSONObject
from ...recording.content import canonical
from .. import schema
from ..access import open_view
from ..documents import recorded

__all__ = ["dataset_revision_diff"]


@tk.side_effect_free
def dataset_revision_diff(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what changed in a dataset from one revision to another.

    You must be authorized to see the dataset; see :py:func:`dataset_revision_list` for which of
    its revisions.

    :param dataset: the id or name of the dataset
    :type dataset: string
    :param revision_ref_1: the revision to start from, a revision reference, see
        :py:func:`dataset_revision_show`
    :type revision_ref_1: string
    :param revision_ref_2: the revision to compare it with (optional, default: ``head``)
    :type revision_ref_2: string
    :param diff_type: how to tell the difference (optional, default: ``fields``):

        ``fields``
            ``fields``, a list of changes of everything but resources, and ``resources``: those
            ``added`` and ``removed`` (``id``, ``name``), ``changed`` (also ``fields``), and
            whether they were ``reordered``. A change has a ``path``, an ``op`` (``add``,
            ``remove``, ``change`` or ``reorder``), and the values ``from`` and ``to``. Elements
            of lists are named by their id, key or name, not by their position:
            ``/extras/spatial/value``.
        ``json-patch``
            a JSON Patch (RFC 6902) that turns the first revision, as
            :py:func:`package_show_revision` returns it, into the second
        ``unified``, ``context``
            text, as of the program ``diff``
        ``html``
            a table in HTML of what changed, before and after

        All but ``json-patch`` leave out what CKAN derives or bumps by itself, such as
        ``metadata_modified``. Those that are text are refused for a revision larger than the
        portal's ``ckanext.versioning.max_diff_size``.
    :type diff_type: string
    :param include_plugin_data: compare the internal plugin data object, too (sysadmin only,
        optional, default: ``False``)
    :type include_plugin_data: bool

    :returns: ``revision_1`` and ``revision_2`` (ids), ``diff_type``, and the ``diff``
    :rtype: dictionary
    """
    data = schema.validated(schema.revision_diff(), context, data_dict)
    view = open_view("dataset_revision_diff", context, data)
    first = view.resolve(data["revision_ref_1"], "revision_ref_1")
    second = view.resolve(data["revision_ref_2"], "revision_ref_2")
    before, after = (
        recorded(view, revision, plugin_data=data["include_plugin_data"])
        for revision in (first, second)
    )
    return {
        "revision_1": first.id,
        "revision_2": second.id,
        "diff_type": data["diff_type"],
        "diff": _told(data["diff_type"], before, after, (first.id, second.id)),
    }


def _told(diff_type: str, before: JSONObject, after: JSONObject, labels: tuple[str, str]) -> Any:
    if diff_type == "json-patch":
        return Diff(before, after).to_json_patch()
    difference = Diff(canonical(before), canonical(after), *labels)
    if diff_type == "fields":
        return difference.to_dict()
    limit = config.max_diff_size()
    if max(len(json.dumps(document)) for document in (before, after)) > limit:
        raise tk.ValidationError(
            {
                "diff_type": [
                    tk._(
                        "The revisions are too large to be compared as text (more than {limit} "
                        "bytes, ckanext.versioning.max_diff_size); take fields or json-patch"
                    ).format(limit=limit)
                ]
            }
        )
    return {
        "unified": difference.to_unified,
        "context": difference.to_context,
        "html": difference.to_html,
    }[diff_type]()

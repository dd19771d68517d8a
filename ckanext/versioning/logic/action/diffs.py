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
from ..errors import TooLargeAsText
from ..tables import table_diff

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
            ``fields``, a list of changes of everything but resources; ``resources``: those
            ``added`` and ``removed`` (``id``, ``name``), ``changed`` (also ``fields``), and
            whether they were ``reordered``; and ``files``, a list of resources (``resource``, its
            id, and ``name``) whose file is another one: ``op`` and, as ``from`` and ``to``, the
            ``path``, ``bytes``, ``hash`` and ``kept`` of the data package, ``null`` for none. A
            change has a ``path``, an ``op`` (``add``, ``remove``, ``change`` or ``reorder``), and
            the values ``from`` and ``to``. Elements of lists are named by their id, key or name,
            not by their position: ``/extras/spatial/value``.
        ``json-patch``
            a JSON Patch (RFC 6902) that turns the first revision, as
            :py:func:`package_show_revision` returns it, into the second; it leaves out what leads
            to the files of a revision: ``versioning_file``, and the ``url`` of an upload
        ``unified``, ``context``
            text, as of the program ``diff``
        ``html``
            a table in HTML of what changed, before and after
        ``tables``
            what changed in the file of the resource ``resource_id``, if it is CSV, TSV, XLSX or
            JSON lines and was kept in both revisions. It may take a while. Either
            ``identical: true``, or ``identical: false`` with ``format``, ``schema`` and ``rows``.
            ``schema`` has the columns ``added`` and ``removed`` (``name``, ``type``), those
            ``changed`` in their type (``name``, ``from``, ``to``), and whether they were
            ``reordered``. ``rows`` has their number ``before`` and ``after``, the ``key`` columns
            that say which rows are the same (``null``: whole rows are compared), how many were
            ``added``, ``removed`` and ``changed`` (``null`` without a key), a ``sample`` of each,
            and ``truncated``, whether the sample leaves something out. ``error``, in place of all
            or of what ``rows`` holds, says why there is nothing to tell.

        All but ``json-patch`` leave out what CKAN derives or bumps by itself, such as
        ``metadata_modified``. Those that are text are refused for a revision larger than the
        portal's ``ckanext.versioning.max_diff_size``.
    :type diff_type: string
    :param resource_id: the resource to compare the tables of (with ``tables`` only)
    :type resource_id: string
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
    if data["diff_type"] == "tables":
        difference = table_diff(view, first, second, _resource_id(data))
    else:
        before, after = (
            recorded(view, revision, plugin_data=data["include_plugin_data"])
            for revision in (first, second)
        )
        files = [view.snapshot(revision).files for revision in (first, second)]
        compared = Diff(canonical(before), canonical(after), first.id, second.id, *files)
        difference = _told(data["diff_type"], before, after, compared)
    return {
        "revision_1": first.id,
        "revision_2": second.id,
        "diff_type": data["diff_type"],
        "diff": difference,
    }


def _resource_id(data: dict[str, Any]) -> str:
    if "resource_id" not in data:
        raise tk.ValidationError({"resource_id": [tk._("Missing value")]})
    return str(data["resource_id"])


def _told(diff_type: str, before: JSONObject, after: JSONObject, difference: Diff) -> Any:
    if diff_type == "json-patch":
        return Diff(before, after).to_json_patch()
    if diff_type == "fields":
        return difference.to_dict()
    limit = config.max_diff_size()
    if max(len(json.dumps(document)) for document in (before, after)) > limit:
        raise TooLargeAsText(
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

"""Actions that show datasets and resources as they were, shaped like CKAN's own."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ...metastore import Revision
from .. import schema
from ..access import open_view
from ..downloads import pinned, pinned_resource
from ..visibility import View

__all__ = [
    "package_show_revision",
    "package_show_tag",
    "resource_show_revision",
    "resource_show_tag",
]


@tk.side_effect_free
def package_show_revision(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the metadata of a dataset and its resources as they were.

    You must be authorized to see the dataset; see :py:func:`dataset_revision_list` for which of
    its revisions.

    Each resource whose file was uploaded, or fetched from its link, also has ``versioning_file``:
    the file as it was, with ``name``, ``size`` (in bytes), ``hash`` (``sha256:`` and the
    hexadecimal digits), ``kept`` and ``url``, from where that very file can be downloaded, whatever
    becomes of the resource. For uploads the resource's own ``url`` is the same one. A file over the
    portal's limits has ``kept: false`` and ``url: null``. An upload of which nothing was captured
    has ``versioning_file: null``; the ``url`` of these two is the one that CKAN serves today's file
    from.

    :param id: the id or name of the dataset
    :type id: string
    :param revision_ref: a revision reference, see :py:func:`dataset_revision_show`
    :type revision_ref: string
    :param include_plugin_data: include the internal plugin data object (sysadmin only, optional,
        default: ``False``)
    :type include_plugin_data: bool

    :returns: the dataset, as ``package_show`` returned it then
    :rtype: dictionary
    """
    data = schema.validated(schema.package_at_revision(), context, data_dict)
    view = open_view("package_show_revision", context, data, "id")
    revision = view.resolve(data["revision_ref"])
    return pinned(view, revision, plugin_data=data["include_plugin_data"])


@tk.side_effect_free
def package_show_tag(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the metadata of a dataset and its resources as they were at a tag.

    You must be authorized to see the dataset, and the revision that the tag names.

    :param id: the id or name of the dataset
    :type id: string
    :param tag: the name of the tag
    :type tag: string
    :param include_plugin_data: include the internal plugin data object (sysadmin only, optional,
        default: ``False``)
    :type include_plugin_data: bool

    :returns: the dataset, as ``package_show`` returned it then, with the addresses of files as in
        :py:func:`package_show_revision`
    :rtype: dictionary
    """
    data = schema.validated(schema.package_at_tag(), context, data_dict)
    view = open_view("package_show_tag", context, data, "id")
    return pinned(view, _tagged(view, data["tag"]), plugin_data=data["include_plugin_data"])


@tk.side_effect_free
def resource_show_revision(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the metadata of a resource as it was.

    You must be authorized to see the dataset; see :py:func:`dataset_revision_list` for which of
    its revisions. The resource may have been removed since.

    :param id: the id of the resource
    :type id: string
    :param dataset: the id or name of the dataset that it belongs or belonged to
    :type dataset: string
    :param revision_ref: a revision reference, see :py:func:`dataset_revision_show`
    :type revision_ref: string

    :returns: the resource, as ``resource_show`` returned it then, with ``url`` and
        ``versioning_file`` as in :py:func:`package_show_revision`
    :rtype: dictionary
    """
    data = schema.validated(schema.resource_at_revision(), context, data_dict)
    view = open_view("resource_show_revision", context, data)
    return pinned_resource(view, view.resolve(data["revision_ref"]), data["id"])


@tk.side_effect_free
def resource_show_tag(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the metadata of a resource as it was at a tag.

    You must be authorized to see the dataset, and the revision that the tag names. The resource
    may have been removed since.

    :param id: the id of the resource
    :type id: string
    :param dataset: the id or name of the dataset that it belongs or belonged to
    :type dataset: string
    :param tag: the name of the tag
    :type tag: string

    :returns: the resource, as ``resource_show`` returned it then, with ``url`` and
        ``versioning_file`` as in :py:func:`package_show_revision`
    :rtype: dictionary
    """
    data = schema.validated(schema.resource_at_tag(), context, data_dict)
    view = open_view("resource_show_tag", context, data)
    return pinned_resource(view, _tagged(view, data["tag"]), data["id"])


def _tagged(view: View, name: str) -> Revision:
    tag = view.tag(name)
    return view.resolve(tag.revision_id, "tag")

"""Recorded datasets whose resources lead to their files as they were, not as they are today."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ..metastore import DataFile, JSONObject, ResourceNotFound, Revision, Snapshot
from .documents import as_shown, no_source
from .visibility import View

FILE = "versioning_file"


def pinned(view: View, revision: Revision, *, plugin_data: bool = False) -> JSONObject:
    """Return the dataset of a revision, shaped like the result of ``package_show``.

    :param view: of the dataset's history.
    :param revision: one that the caller sees.
    :param plugin_data: whether to leave in what CKAN keeps for plugins, if the caller may see it.
    :raises ObjectNotFound: if the revision was not recorded from CKAN.
    """
    shown = pinned_snapshot(
        view.snapshot(revision), revision.id, plugin_data=plugin_data and view.plugin_data
    )
    if shown is None:
        raise no_source(revision)
    return shown


def pinned_resource(view: View, revision: Revision, resource_id: str) -> JSONObject:
    """Return a resource of a revision, shaped like the result of ``resource_show``.

    :param view: of the dataset's history.
    :param revision: one that the caller sees.
    :param resource_id: the resource's id.
    :raises ObjectNotFound: if the dataset had no such resource.
    """
    for resource in pinned(view, revision).get("resources") or []:
        if resource.get("id") == resource_id:
            return dict(resource)
    with view.errors():
        raise ResourceNotFound(view.dataset_id, resource_id, revision.id)


def pinned_snapshot(
    snapshot: Snapshot, revision_id: str, *, plugin_data: bool = False
) -> JSONObject | None:
    """Return the dataset of a snapshot; None if it was not recorded from CKAN.

    :param snapshot: of the revision.
    :param revision_id: the revision's id.
    :param plugin_data: whether to leave in what CKAN keeps for plugins.
    """
    if snapshot.source is None:
        return None
    shown = as_shown(snapshot.source, plugin_data=plugin_data)
    files = {file.resource: file for file in snapshot.files}
    resources = shown.get("resources")
    if isinstance(resources, list):
        shown["resources"] = [_pinned(item, files, shown, revision_id) for item in resources]
    return shown


def _pinned(
    resource: Any, files: Mapping[str, DataFile], dataset: JSONObject, revision_id: str
) -> Any:
    if not isinstance(resource, dict):
        return resource
    file = files.get(str(resource.get("id")))
    is_upload = resource.get("url_type") == "upload"
    if file is None:
        return {**resource, FILE: None} if is_upload else resource
    told = _told(file, resource, dataset, revision_id)
    if is_upload and file.kept:
        return {**resource, "url": told["url"], FILE: told}
    return {**resource, FILE: told}


def _told(
    file: DataFile, resource: JSONObject, dataset: JSONObject, revision_id: str
) -> JSONObject:
    name = (file.path if file.kept else str(resource.get("url") or "")).rsplit("/", 1)[-1]
    url = None
    if file.kept:
        url = tk.url_for(
            "versioning.download",
            id=dataset["id"],
            ref=revision_id,
            resource_id=resource["id"],
            filename=name,
            qualified=True,
        )
    return {
        "name": name,
        "size": file.size,
        "hash": f"sha256:{file.sha256}",
        "kept": file.kept,
        "url": url,
    }

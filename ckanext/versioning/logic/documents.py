"""Recorded datasets as ``package_show`` would show them.

A dataset is recorded as for editing (``for_edit``), with what CKAN keeps for plugins. The rules of
what that leaves undone come from CKAN's ``lib/dictization/model_dictize.py``.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
from ckan.lib.munge import munge_filename
from werkzeug.routing import BuildError

from ..metastore import JSONObject, Revision
from .visibility import View


def recorded(view: View, revision: Revision, *, plugin_data: bool = False) -> JSONObject:
    """Return the dataset of a revision, shaped like the result of ``package_show``.

    :param view: of the dataset's history.
    :param revision: one that the caller sees.
    :param plugin_data: whether to leave in what CKAN keeps for plugins, if the caller may see it.
    :raises ObjectNotFound: if the revision was not recorded from CKAN.
    """
    return as_shown(source_of(view, revision), plugin_data=plugin_data and view.plugin_data)


def source_of(view: View, revision: Revision) -> JSONObject:
    """Return the dataset of a revision as it was recorded.

    :param view: of the dataset's history.
    :param revision: one that the caller sees.
    :raises ObjectNotFound: if the revision was not recorded from CKAN.
    """
    source = view.snapshot(revision).source
    if source is None:
        raise no_source(revision)
    return source


def no_source(revision: Revision) -> tk.ObjectNotFound:
    """Return the error for a revision that was not recorded from CKAN."""
    return tk.ObjectNotFound(
        tk._('Revision "{ref}" holds a data package only, see dataset_revision_show').format(
            ref=revision.id
        )
    )


def as_shown(document: JSONObject, *, plugin_data: bool = False) -> JSONObject:
    """Return a recorded dataset dict as ``package_show`` would return it.

    :param document: the dict; it is not changed.
    :param plugin_data: whether to leave in what CKAN keeps for plugins.
    """
    shown = dict(document)
    if not plugin_data:
        shown.pop("plugin_data", None)
    resources = document.get("resources")
    if isinstance(resources, list):
        shown["resources"] = [_resource(item, document) for item in resources]
    return shown


def _resource(item: Any, dataset: JSONObject) -> Any:
    if isinstance(item, dict) and isinstance(item.get("url"), str):
        return {**item, "url": _url(item, dataset)}
    return item


def _url(resource: dict[str, Any], dataset: JSONObject) -> str:
    url: str = resource["url"]
    if resource.get("url_type") == "upload":
        return _download_url(resource, dataset, munge_filename(url.rsplit("/")[-1]))
    return url if not url or urlsplit(url).scheme else "http://" + url.lstrip("/")


def _download_url(resource: dict[str, Any], dataset: JSONObject, filename: str) -> str:
    ids = {"id": dataset["id"], "resource_id": resource["id"], "filename": filename}
    kind = dataset.get("type") or "dataset"
    try:
        return str(tk.url_for(f"{kind}_resource.download", qualified=True, **ids))
    except BuildError:  # of a type that this portal no longer has
        return str(tk.url_for("dataset_resource.download", qualified=True, **ids))

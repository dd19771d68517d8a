"""The files that a revert puts back: as uploads from the blob store, within the same update."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context
from werkzeug.datastructures import FileStorage

from ..files.storage import get_blob_store
from ..metastore import DataFile, JSONObject, Snapshot

log = logging.getLogger(__name__)

Files = dict[str, DataFile]  # by resource


@dataclass(frozen=True)
class FilePlan:
    """What happens to the files.

    :param uploads: the files to put back, by resource.
    :param before: the files as they are.
    :param after: the files as they will be.
    """

    uploads: Files
    before: tuple[DataFile, ...]
    after: tuple[DataFile, ...]


def plan_files(
    then: Snapshot, head: Snapshot, live: Mapping[str, str], now: JSONObject, sent: JSONObject
) -> FilePlan:
    """Return what it takes to give a dataset the files that it had.

    :param then: the revision to revert to.
    :param head: the newest revision.
    :param live: the hashes of the files that CKAN serves now, as far as they are known; they may
        be newer than the head's.
    :param now: the dataset as it is.
    :param sent: the parameters for ``package_update``; their resources are adapted to what
        becomes of ``last_modified``.
    :raises ValidationError: if a file is needed that is not kept.
    """
    old, present = _by_resource(then), _by_resource(head)
    resources = {item.get("id"): item for item in now.get("resources") or []}
    uploads: Files = {}
    after: Files = {}
    missing = []
    for resource in sent.get("resources") or []:
        id_ = resource.get("id")
        file = old.get(id_)
        current = resources.get(id_)
        if not _is_upload(resource):
            if current and id_ in present and current.get("url") == resource.get("url"):
                after[id_] = present[id_]
            continue
        if file is not None:
            after[id_] = file
        if _is_there(resource, current, file, live.get(id_)):
            continue
        if file is None or not file.kept or get_blob_store().stat(file.sha256) is None:
            missing.append(resource)
            continue
        uploads[id_] = file
    if missing:
        raise tk.ValidationError({"resources": [_not_kept(resource) for resource in missing]})
    for resource in sent.get("resources") or []:
        if resource.get("id") in after:  # CKAN sets it when a file is put there, and only then
            _adopt_time(resource, resources.get(resource["id"]))
    return FilePlan(uploads, head.files, tuple(after.values()))


@contextmanager
def opened(sent: JSONObject, uploads: Mapping[str, DataFile]) -> Iterator[JSONObject]:
    """Yield the parameters for ``package_update`` with the files as uploads.

    :raises BlobError: if one can't be read.
    """
    with ExitStack() as stack:
        resources = []
        for resource in sent.get("resources") or []:
            file = uploads.get(resource.get("id"))
            if file is not None:
                stream = get_blob_store().open(file.sha256, size=file.size)
                stack.callback(stream.close)
                upload = FileStorage(stream=stream, filename=_file_name(resource))
                resource = {**resource, "upload": upload}
            resources.append(resource)
        yield {**sent, "resources": resources} if uploads else sent


def announce(context: Context, dataset_id: str, uploads: Mapping[str, DataFile]) -> None:
    """Tell other plugins of the files as ``resource_update`` does: xloader and datapusher listen.

    The revert is committed by now, so what fails in a plugin is logged and reaches nobody.

    :param context: of the calling action.
    """
    if not uploads:
        return
    dataset = tk.get_action("package_show")(
        tk.fresh_context(context, ignore_auth=True), {"id": dataset_id}
    )
    for resource in dataset["resources"]:
        if resource["id"] in uploads:
            for plugin in p.PluginImplementations(p.IResourceController):
                _tell(plugin, tk.fresh_context(context), resource)


def _tell(plugin: Any, context: Context, resource: JSONObject) -> None:
    try:
        plugin.after_resource_update(context, resource)
    except Exception:  # of any kind: it is another's code
        log.exception(
            "Plugin %s failed on the restored file of resource %s", plugin.name, resource["id"]
        )


def _is_there(
    resource: JSONObject,
    current: JSONObject | None,
    file: DataFile | None,
    live_hash: str | None,
) -> bool:
    """Whether the live file is the one of then, as far as is known."""
    if file is not None:
        return current is not None and _is_upload(current) and live_hash == file.sha256
    # Nothing was captured: CKAN's own account has to do. A row stays when a resource is deleted,
    # and so does its file.
    row = model.Resource.get(resource.get("id"))
    return (
        row is not None
        and row.url_type == "upload"
        and row.url == resource.get("url")
        and (row.last_modified and row.last_modified.isoformat())
        == (resource.get("last_modified") or None)
    )


def _adopt_time(resource: JSONObject, current: JSONObject | None) -> None:
    resource.pop("last_modified", None)
    if current is not None and current.get("last_modified"):
        resource["last_modified"] = current["last_modified"]


def _not_kept(resource: JSONObject) -> str:
    return tk._('The file "{file}" of resource "{resource}" was not kept at that revision').format(
        file=_file_name(resource), resource=resource.get("name") or resource.get("id")
    )


def _file_name(resource: JSONObject) -> str:
    return str(resource.get("url") or "").rpartition("/")[2] or "file"


def _is_upload(resource: Mapping[str, Any]) -> bool:
    return resource.get("url_type") == "upload"


def _by_resource(snapshot: Snapshot) -> Files:
    return {file.resource: file for file in snapshot.files}

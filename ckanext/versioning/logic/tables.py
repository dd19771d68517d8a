"""What changed in the table that a resource's file is, from one revision to another."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import ckan.plugins.toolkit as tk

from .. import config
from ..files.local import local_file
from ..files.storage import get_blob_store
from ..files.tables import messages, process
from ..files.tables.model import Limits, TableError
from ..metastore import DataFile, JSONObject, ResourceNotFound, Revision, Snapshot
from .errors import HistoryUnavailable
from .visibility import View

# What CKAN's formats and file names call the formats that can be compared.
_FORMATS = {
    "csv": "csv",
    "tsv": "tsv",
    "tab": "tsv",
    "xlsx": "xlsx",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "jsonlines": "jsonl",
    "json lines": "jsonl",
}


def table_diff(view: View, first: Revision, second: Revision, resource_id: str) -> dict[str, Any]:
    """Return what changed in a resource's file; an ``error``, in words, where that can't be told.

    :param view: of the dataset's history.
    :param first: a revision that the caller sees.
    :param second: another one.
    :param resource_id: the resource's id.
    :raises ObjectNotFound: if neither revision has the resource.
    """
    snapshots = [view.snapshot(revision) for revision in (first, second)]
    resources = [_resource(snapshot, resource_id) for snapshot in snapshots]
    if resources == [None, None]:
        with view.errors():
            raise ResourceNotFound(view.dataset_id, resource_id, second.id)
    files = []
    for revision, snapshot in zip((first, second), snapshots, strict=True):
        file = _file(snapshot, resource_id)
        if file is None or not file.kept:
            return {"error": _no_file(revision, file)}
        files.append(file)
    before, after = files
    if before.sha256 == after.sha256:
        return {"identical": True}
    format = _format(after, resources[1])
    if format is None or format != _format(before, resources[0]):
        return {"error": tk._("Only CSV, TSV, XLSX and JSON lines can be compared")}
    return _compared(view, before, after, format, _primary_key(resources[1]))


def _compared(
    view: View, before: DataFile, after: DataFile, format: str, key: list[str]
) -> dict[str, Any]:
    limits = Limits(
        size=config.table_diff_max_size(),
        seconds=config.table_diff_max_seconds(),
        memory=config.table_diff_max_memory(),
    )
    try:
        if max(before.size, after.size) > limits.size:
            raise TableError("too_large", limit=limits.size)
        with view.errors():
            store = get_blob_store()
            with (
                local_file(store, before.sha256, before.size) as old,
                local_file(store, after.sha256, after.size) as new,
            ):
                found = process.compare(old, new, format, primary_key=key, limits=limits)
    except TableError as error:
        return {"error": messages.told(error)}
    except HistoryUnavailable as error:
        return {"error": error.reason}
    return {"identical": False, **messages.worded(found)}


def _resource(snapshot: Snapshot, resource_id: str) -> JSONObject | None:
    for resource in snapshot.datapackage.get("resources") or []:
        if isinstance(resource, dict) and resource_id in (resource.get("id"), resource.get("name")):
            return resource
    return None


def _file(snapshot: Snapshot, resource_id: str) -> DataFile | None:
    return next((file for file in snapshot.files if file.resource == resource_id), None)


def _no_file(revision: Revision, file: DataFile | None) -> str:
    if file is None:
        words = tk._('Revision "{ref}" has no file of this resource')
    else:
        words = tk._('The file of revision "{ref}" was not kept: it was over a limit')
    return words.format(ref=revision.id)


def _format(file: DataFile, resource: JSONObject | None) -> str | None:
    """Return the format as the file's name says it, else as the resource does."""
    suffix = PurePosixPath(file.path).suffix.lstrip(".").lower()
    declared = str((resource or {}).get("format") or "").strip().lower()
    return _FORMATS.get(suffix) or _FORMATS.get(declared)


def _primary_key(resource: JSONObject | None) -> list[str]:
    """Return the key that the resource's Table Schema declares; the mapping has checked it."""
    schema = (resource or {}).get("schema")
    key = schema.get("primaryKey") if isinstance(schema, dict) else None
    return [str(name) for name in key] if isinstance(key, list) else []

"""Uploads as CKAN takes them, and what is live and kept of them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from ckan.model import Session
from ckan.tests import factories
from ckan.tests.helpers import call_action
from werkzeug.datastructures import FileStorage

from ckanext.versioning import config
from ckanext.versioning.files import rescue
from ckanext.versioning.files.storage import get_blob_store
from ckanext.versioning.files.uploaders import live_file
from ckanext.versioning.recording.drain import drain_dataset
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.tests.recording.helpers import history

Files = dict[str, bytes]  # by the resource's name


def upload(data: bytes, name: str = "prices.csv") -> FileStorage:
    return FileStorage(io.BytesIO(data), name)


def create(
    dataset: dict[str, Any], data: bytes, name: str = "prices", **fields: Any
) -> dict[str, Any]:
    """Add a resource with a file."""
    file = upload(data, f"{name}.csv")
    return call_action(
        "resource_create", package_id=dataset["id"], name=name, upload=file, **fields
    )


def replace(resource: dict[str, Any], data: bytes) -> None:
    """Upload another file to a resource."""
    call_action("resource_patch", id=resource["id"], upload=upload(data))


def dataset_with(*contents: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a new dataset and its resources, each with a file."""
    dataset = factories.Dataset()
    resources = [create(dataset, data, f"file{n}") for n, data in enumerate(contents)]
    return dataset, resources


def live(resource: dict[str, Any], folder: Path) -> bytes | None:
    """Return what CKAN serves for a resource."""
    found = live_file({"id": resource["id"]})
    if found.identity() is None:
        return None
    copy = folder / "live"
    copy.unlink(missing_ok=True)
    found.keep(copy)
    return copy.read_bytes()


def kept(dataset_id: str) -> list[Files]:
    """Return the kept files of each revision, oldest first; their bytes are verified."""
    Session.remove()
    drain_dataset(dataset_id)  # a test's web request may not have ended
    store, blobs = get_metastore(), get_blob_store()
    states = []
    for revision in reversed(history(dataset_id)):
        snapshot = store.dataset_read(dataset_id, revision.id)
        names = {item["id"]: item["name"] for item in snapshot.document["resources"]}
        files = {}
        for file in snapshot.files:
            blobs.verify(file.sha256, size=file.size)
            with blobs.open(file.sha256) as stream:
                files[names[file.resource]] = stream.read()
        states.append(files)
    return states


def area(name: str) -> list[Path]:
    """Return what is in the ``staged`` or ``undo`` area."""
    folder = Path(config.files_path()) / name
    return sorted(folder.iterdir()) if folder.exists() else []


def rescued(resource: dict[str, Any]) -> list[bytes]:
    """Return the files of a resource that were replaced, but of which no revision may be."""
    files = [file.path for file in rescue.rescued() if file.resource_id == resource["id"]]
    return [file.read_bytes() for file in files]

"""Datasets with revisions whose files are kept, made without an upload."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ckanext.versioning.files.storage import get_blob_store
from ckanext.versioning.mapping import CapturedFile, to_datapackage
from ckanext.versioning.metastore import Change, Revision, Snapshot, Visibility
from ckanext.versioning.recording import snapshot
from ckanext.versioning.recording.metastore import get_metastore


@dataclass(frozen=True)
class File:
    """A file to keep: its name and bytes, or only its name and size if it shall not be kept."""

    name: str
    data: bytes
    kept: bool = True

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    def captured(self, folder: Path) -> CapturedFile:
        if self.kept:
            path = folder / self.sha256
            path.write_bytes(self.data)
            get_blob_store().put(path, self.sha256, len(self.data))
        return CapturedFile(self.name, self.sha256, len(self.data), self.kept)


def record(
    folder: Path, dataset_id: str, files: dict[str, File], *, private: bool = False, **changes: Any
) -> Revision:
    """Record the dataset as it is in CKAN, with these files of its resources.

    :param folder: for what is on its way to the blob store.
    :param files: by resource.
    :param private: whether only editors see the revision.
    :param changes: what shall be different in the dataset.
    """
    dataset = {**snapshot.show(dataset_id), **changes}
    captured = {resource: file.captured(folder) for resource, file in files.items()}
    return get_metastore().dataset_update(
        dataset_id,
        Snapshot(to_datapackage(dataset, captured), dataset),
        Change(visibility=Visibility(private=private)),
    )

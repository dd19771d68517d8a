"""A revision as one ZIP archive: a complete data package, made while it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import ckan.plugins.toolkit as tk
from zipstream import ZipStream

from ..metastore import DataFile, Snapshot
from ..metastore.encoding import pretty
from .blobs import BlobStore

CHUNK = 1 << 18
NOTICE = "NOTICE.txt"


@dataclass(frozen=True, slots=True)
class _Content:
    """The bytes of a blob, read when the archive gets to them."""

    store: BlobStore
    file: DataFile

    def __iter__(self) -> Iterator[bytes]:
        with self.store.open(self.file.sha256, size=self.file.size) as source:
            while chunk := source.read(CHUNK):
                yield chunk


def archive(snapshot: Snapshot, store: BlobStore) -> ZipStream:
    """Return an archive of known length with the data package and its files at their paths.

    Files that were not kept, or that the store has lost, are listed in a notice.

    :param snapshot: of the revision.
    :param store: where the files are.
    :raises BlobStoreUnavailable: if it can't be read now.
    """
    content = ZipStream(sized=True)
    content.add(pretty(snapshot.datapackage), "datapackage.json")
    missing = []
    for file in snapshot.files:
        if not file.kept:
            missing.append((file, tk._("larger than this portal keeps")))
        elif not _is_whole(store, file):
            missing.append((file, tk._("missing from the storage of this portal")))
        else:
            content.add(_Content(store, file), file.path, size=file.size)
    if missing:
        content.add(_notice(missing), NOTICE)
    return content


def _is_whole(store: BlobStore, file: DataFile) -> bool:
    blob = store.stat(file.sha256)
    return blob is not None and blob.size == file.size


def _notice(missing: list[tuple[DataFile, str]]) -> str:
    lines = [
        f"{file.path}: {reason} ({file.size} B, SHA-256 {file.sha256})" for file, reason in missing
    ]
    return "\n".join([tk._("These files are not in this archive:"), "", *lines, ""])

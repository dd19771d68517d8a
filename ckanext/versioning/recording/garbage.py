"""Which blobs nobody needs any more: those of purged datasets, undone uploads, given-up links.

What is put while this looks around is new, or counts as new again, and so is left alone; what was
there before is looked for in CKAN's database first and in the revisions after that, since that is
the way that references go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ..files import records
from ..files.blobs import Blob, BlobStore
from ..files.storage import get_blob_store
from ..metastore import DatasetNotFound, RevisionNotFound
from . import outbox
from .engine import engine
from .errors import RecordingError
from .metastore import get_metastore, metastore_id
from .verify import recorded_ids, stored_ids


class HistoryMissing(RecordingError):
    """Revisions that were recorded are gone, so what they refer to is not known."""

    def __init__(self, dataset_id: str) -> None:
        super().__init__(
            f"The history of dataset {dataset_id} is not what it was; no file is removed until it "
            "is restored from a backup, or given up with ckan versioning sync --accept-loss"
        )
        self.dataset_id = dataset_id


class AgeUnknown(RecordingError):
    """The storage does not tell how old a blob is, so one that is being put can't be told."""

    def __init__(self) -> None:
        super().__init__(
            "The blob storage does not tell when a file was stored; nothing is removed"
        )


@dataclass(frozen=True, slots=True)
class Collected:
    """What was removed, or would be: how many blobs, how many bytes, how many torn files."""

    blobs: int
    size: int
    torn: int = 0


def collect(before: datetime, *, dry_run: bool = False) -> Collected:
    """Remove the blobs that nothing refers to.

    :param before: only those that were not put since then; at least some hours ago, longer than
        an upload and its delivery take.
    :param dry_run: remove nothing, only count.
    :raises HistoryMissing: if the metastore has lost revisions.
    :raises MetastoreError: if a revision can't be read.
    :raises BlobError: if the blob storage is away.
    """
    store = get_blob_store()
    count = size = 0
    for blob in unreferred(store, before):
        if dry_run or store.delete(blob.sha256, before=before):
            count, size = count + 1, size + blob.size
    return Collected(count, size, store.sweep(before, dry_run=dry_run))


def unreferred(store: BlobStore, before: datetime) -> Iterator[Blob]:
    """Yield the blobs that nothing refers to and that were not put since then."""
    needed = _referred()
    for blob in store.iterate():
        if blob.modified is None:
            raise AgeUnknown
        if blob.sha256 not in needed and blob.modified < before:
            yield blob


def _referred() -> set[str]:
    with engine().begin() as connection:
        records.forget_old(connection)
        needed = records.referred(connection)
    _check_histories()
    metastore = get_metastore()
    for dataset_id in stored_ids():
        needed.update(file.sha256 for file in metastore.files(dataset_id) if file.kept)
    return needed


def _check_histories() -> None:
    """Make sure that the metastore is the one that CKAN's history went to."""
    metastore = get_metastore()
    for dataset_id in recorded_ids():
        with engine().connect() as connection:
            expected = outbox.recorded_head(connection, dataset_id)
        if expected is None:  # purged in the meantime
            continue
        try:
            metastore.revision_read(metastore_id(dataset_id), expected)
        except (DatasetNotFound, RevisionNotFound) as error:
            if _is_recorded(dataset_id):
                raise HistoryMissing(dataset_id) from error


def _is_recorded(dataset_id: str) -> bool:
    with engine().connect() as connection:
        return outbox.recorded_head(connection, dataset_id) is not None

"""Read every kept file back: is it there, and does it have the bytes that its revisions say?"""

from __future__ import annotations

from dataclasses import dataclass

from ..files.blobs import BlobStore
from ..files.errors import BlobCorrupt, BlobNotFound, BlobStoreUnavailable
from ..metastore import DataFile, DatasetNotFound
from .metastore import get_metastore, metastore_id


@dataclass(frozen=True, slots=True)
class FileProblem:
    """A file that can't be given back.

    :param dataset_id: the dataset's id.
    :param file: what its revisions say of it.
    :param revisions: the ids of those revisions, newest first.
    :param reason: what is wrong.
    """

    dataset_id: str
    file: DataFile
    revisions: tuple[str, ...]
    reason: str


class Scrubber:
    """Reads each blob once, however many revisions and datasets refer to it.

    What is damaged is set aside.

    :param store: where the blobs are.
    """

    def __init__(self, store: BlobStore) -> None:
        self._store = store
        self._reasons: dict[str, str | None] = {}

    @property
    def read(self) -> int:
        """How many blobs were read."""
        return len(self._reasons)

    def scrub(self, dataset_id: str) -> list[FileProblem]:
        """Return what is wrong with the files of a dataset's revisions.

        :param dataset_id: the dataset's id.
        :raises CorruptStore: if a revision can't be read.
        :raises BlobStoreUnavailable: if the storage is away.
        """
        problems = []
        for file, revisions in _files(metastore_id(dataset_id)).items():
            reason = self._reason(file)
            if reason is not None:
                problems.append(FileProblem(dataset_id, file, tuple(revisions), reason))
        return problems

    def _reason(self, file: DataFile) -> str | None:
        if file.sha256 not in self._reasons:
            self._reasons[file.sha256] = self._verified(file)
        return self._reasons[file.sha256]

    def _verified(self, file: DataFile) -> str | None:
        try:
            self._store.verify(file.sha256, size=file.size)
        except BlobNotFound:
            return "is missing"
        except BlobCorrupt as error:
            return f"is damaged: {error.reason}{self._set_aside(file.sha256)}"
        return None

    def _set_aside(self, sha256: str) -> str:
        try:
            if self._store.set_aside(sha256):
                return "; it is set aside, and kept anew when the same file is uploaded again"
        except BlobStoreUnavailable as error:
            return f"; it can't be set aside: {error.reason}"
        return ""


def _files(dataset_id: str) -> dict[DataFile, list[str]]:
    """Return the kept files of a dataset and the revisions that have them."""
    found: dict[DataFile, list[str]] = {}
    store = get_metastore()
    try:
        for revision in store.backend.log(dataset_id):
            for file in store.dataset_read(dataset_id, revision.id).files:
                if file.kept:
                    found.setdefault(file, []).append(revision.id)
    except DatasetNotFound:  # what is wrong with that is told by `verify`
        return {}
    return found

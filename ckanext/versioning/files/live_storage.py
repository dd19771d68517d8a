"""The live file in a storage of file-keeper's, as CKAN 2.12 uses them (``ckan.files.storage.*``).

Imported on CKAN 2.12 only.
"""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

import file_keeper as fk
from ckan.lib.uploader import FKResourceUpload
from file_keeper.default.adapters.fs import FsStorage

from .live import LiveFile, LocalFile

CHUNK = 1 << 20
ASIDE = ".versioning-undo"  # folder of a storage where files are set aside


def of_file_keeper_upload(uploader: Any, resource: dict[str, Any]) -> LiveFile | None:
    """The file of CKAN's ``FKResourceUpload``."""
    if not isinstance(uploader, FKResourceUpload) or uploader.storage is None:
        return None
    if isinstance(uploader.storage, FsStorage):
        return LocalStorageFile(uploader, resource["id"])
    if hasattr(getattr(uploader.storage.settings, "client", None), "head_object"):
        return S3File(uploader, resource)
    return StorageFile(uploader, resource)


class LocalStorageFile(LocalFile):
    """A file in a folder of this machine. file-keeper edits it in place, unless it is hindered."""

    def __init__(self, uploader: FKResourceUpload, resource_id: str) -> None:
        self._uploader = uploader
        self._storage = cast(Any, uploader.storage)
        self._location = uploader.get_path(resource_id)
        replaced = type(uploader).upload is FKResourceUpload.upload
        super().__init__(self._storage.full_path(self._location), replaced=replaced)

    @contextmanager
    def writing(self) -> Iterator[None]:
        if not self._uploader.filename or self._is_refused():
            yield
            return
        new = fk.Location(f"{self._location}~")
        path = Path(self._storage.full_path(new))
        self._uploader.get_path = lambda id: new  # type: ignore[method-assign]
        try:
            yield
            if path.exists():  # not where the portal has uploads switched off
                os.replace(path, self.path)
        finally:
            del self._uploader.get_path
            path.unlink(missing_ok=True)

    def _is_refused(self) -> bool:
        """Whether the storage is set to refuse a second file: let it."""
        return not self._storage.settings.overwrite_existing and self.path.exists()


class StorageFile:
    """A file in a storage elsewhere."""

    def __init__(self, uploader: FKResourceUpload, resource: dict[str, Any]) -> None:
        self._storage: Any = uploader.storage
        self._location = uploader.get_path(resource["id"])
        self._resource = resource

    def signature(self) -> str | None:
        """Return what CKAN's upload sets: asking the storage would take a round trip."""
        return f"{self._resource.get('last_modified')} {self._resource.get('url')}"

    def identity(self) -> str | None:
        try:
            found = self._storage.analyze(self._location)
        except fk.exc.MissingFileError:
            return None
        return f"{found.hash}-{found.size}"

    def size(self) -> int:
        return int(self._storage.size(self._location))

    def keep(self, target: Path) -> None:
        new = target.with_name(f"{target.name}~{uuid.uuid4().hex}")
        try:
            with new.open("xb") as file:
                for chunk in self._chunks():
                    file.write(chunk)
            os.replace(new, target)
        finally:
            new.unlink(missing_ok=True)

    def set_aside(self, aside: Path) -> None:
        self._copy(self._location, _aside(aside))

    def put_back(self, aside: Path) -> None:
        if not self._storage.exists(fk.FileData(_aside(aside))):
            return
        if not self._storage.settings.overwrite_existing:
            self.remove()
        self._copy(_aside(aside), self._location)
        self.forget(aside)

    def forget(self, aside: Path) -> None:
        self._remove(_aside(aside))

    def remove(self) -> None:
        self._remove(self._location)

    @contextmanager
    def writing(self) -> Iterator[None]:
        yield

    def _chunks(self) -> Iterable[bytes]:
        stream = self._storage.stream(fk.FileData(self._location))
        if hasattr(stream, "read"):  # in large pieces, where the storage can
            return iter(lambda: stream.read(CHUNK), b"")
        return stream  # type: ignore[no-any-return]

    def _copy(self, source: fk.Location, target: fk.Location) -> None:
        self._storage.copy(target, fk.FileData(source))

    def _remove(self, location: fk.Location) -> None:
        try:
            self._storage.remove(fk.FileData(location))
        except fk.exc.MissingFileError:
            return


class S3File(StorageFile):
    """A file in an S3 storage, of which file-keeper would fetch the bytes to tell its size."""

    def identity(self) -> str | None:
        found = self._head()
        return None if found is None else f"{found['ETag']}-{found['ContentLength']}"

    def size(self) -> int:
        found = self._head()
        return 0 if found is None else int(found["ContentLength"])

    def _chunks(self) -> Iterator[bytes]:
        """Yield the bytes; with as many as the storage tells, as answers may get mixed up.

        CKAN's client is made before web servers fork, so two of them may share a connection.
        """
        size, read = self.size(), 0
        for chunk in super()._chunks():
            read += len(chunk)
            yield chunk
        if read != size:
            raise OSError(errno.EIO, f"{read} bytes came instead of {size}", str(self._location))

    def _head(self) -> dict[str, Any] | None:
        settings = self._storage.settings
        key = self._storage.full_path(self._location)
        try:
            found: dict[str, Any] = settings.client.head_object(Bucket=settings.bucket, Key=key)
        except settings.client.exceptions.ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != HTTPStatus.NOT_FOUND:
                raise
            return None
        return found

    def _copy(self, source: fk.Location, target: fk.Location) -> None:
        settings = self._storage.settings
        bucket = settings.bucket
        # unlike copy_object, also for more than 5 GB
        settings.client.copy(
            {"Bucket": bucket, "Key": self._storage.full_path(source)},
            bucket,
            self._storage.full_path(target),
        )


def _aside(aside: Path) -> fk.Location:
    return fk.Location(f"{ASIDE}/{aside.name}")

"""Any other storage of file-keeper's, through what all of them can do.

Nothing is known here of when a file was stored, so nothing old can be told from what is new.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import file_keeper as fk

from . import Stored, Stream, is_blob
from .checked import checked

NEEDED = (
    fk.Capability.CREATE
    | fk.Capability.STREAM
    | fk.Capability.ANALYZE
    | fk.Capability.REMOVE
    | fk.Capability.SCAN
)


class OtherDriver:
    """Blobs in whatever file-keeper has an adapter for."""

    errors: tuple[type[Exception], ...] = (OSError, fk.exc.FilesError)

    def __init__(self, settings: dict[str, Any]) -> None:
        self._storage = fk.make_storage("versioning", {**settings, "overwrite_existing": True})
        if not self._storage.supports(NEEDED):
            raise fk.exc.InvalidStorageConfigurationError(
                settings["type"], "files can't be created, read, listed and removed there"
            )

    def store(self, location: str, source: Path, sha256: str, size: int) -> None:
        with checked(source, sha256, size) as file:
            upload = fk.Upload(file, source.name, size, "application/octet-stream")
            self._storage.upload(fk.Location(location), upload)

    def stat(self, location: str) -> Stored | None:
        try:
            found = self._storage.analyze(fk.Location(location))
        except fk.exc.MissingFileError:
            return None
        return Stored(location, found.size, None)

    def open(self, location: str, start: int) -> Stream | None:
        try:
            data = self._storage.analyze(fk.Location(location))
        except fk.exc.MissingFileError:
            return None
        if self._storage.supports(fk.Capability.RANGE):
            return _Chunks(self._storage.range(data, start))
        chunks = _Chunks(self._storage.stream(data))
        chunks.skip(start)
        return chunks

    def touch(self, location: str) -> None:
        """Nothing: no time is known here that could be renewed."""

    def set_aside(self, location: str) -> None:
        raise OSError(errno.ENOTSUP, "remove it from the storage", location)

    def remove(self, location: str) -> bool:
        return bool(self._storage.remove(fk.FileData(fk.Location(location))))

    def scan(self) -> Iterator[Stored]:
        for location in self._storage.scan():
            found = self.stat(location) if is_blob(location) else None
            if found is not None:
                yield found

    def sweep(self, before: datetime, *, dry_run: bool) -> int:
        return 0

    def local_path(self, location: str) -> Path | None:
        return None

    def signed_url(
        self, location: str, *, filename: str, content_type: str, seconds: int
    ) -> str | None:
        # file-keeper's links can't say under which name and type the file is to be sent
        return None


class _Chunks:
    """Chunks as a stream."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._source = chunks
        self._chunks = iter(chunks)
        self._rest = b""

    def read(self, size: int, /) -> bytes:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return b""
            self._rest = chunk
        data, self._rest = self._rest[:size], self._rest[size:]
        return data

    def skip(self, count: int) -> None:
        while count > 0 and (data := self.read(min(count, 1 << 20))):
            count -= len(data)

    def close(self) -> None:
        close = getattr(self._source, "close", None)
        if close is not None:
            close()

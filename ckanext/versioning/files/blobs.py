"""The blob store: files under their SHA-256, each once, whoever refers to them.

A blob lies at ``<ab>/<cd>/<sha256>``, as git-lfs keeps its objects.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import BinaryIO, cast

from .drivers import Driver, Stored, Stream
from .errors import BlobCorrupt, BlobNotFound, BlobStoreUnavailable
from .reader import BlobReader

CHUNK = 1 << 20
SHA256 = re.compile(r"[0-9a-f]{64}")

# A blob that is put again counts as new again, but not at each upload: that may cost a copy.
FRESH = timedelta(hours=1)

Guard = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class Blob:
    """A kept file; ``modified`` is when it was last put, None where the storage does not tell."""

    sha256: str
    size: int
    modified: datetime | None


class BlobStore:
    """Files under their hash.

    :param driver: the storage.
    :param guard: makes a lock that all processes share, so that no blob goes in the moment in
        which it is put again.
    """

    def __init__(self, driver: Driver, guard: Guard = nullcontext) -> None:
        self._driver = driver
        self._guard = guard

    def put(self, path: str | Path, sha256: str, size: int) -> bool:
        """Keep a file of this machine; it is linked rather than copied where that is possible.

        The bytes of the file must never change afterwards. Putting what is there already only
        makes it count as new.

        :param path: of the file.
        :param sha256: the hash of its bytes, which the caller has just computed.
        :param size: how many bytes it has.
        :returns: whether it was not there before.
        :raises BlobCorrupt: if the file does not have these bytes.
        :raises BlobStoreUnavailable: if it can't be kept now.
        """
        location = _location(sha256)
        with self._errors():
            found = self._driver.stat(location)
            if found is not None and found.size == size and not found.damaged:
                if _is_fresh(found):
                    return False
                with self._guard():
                    found = self._driver.stat(location)
                    if found is not None:
                        self._driver.touch(location)
                        return False
            self._driver.store(location, Path(path), sha256, size)
        return True

    def open(self, sha256: str, start: int = 0, *, size: int | None = None) -> BinaryIO:
        """Return a blob as a file that can be read and jumped about in.

        :param start: where to begin.
        :param size: how many bytes it must have.
        :raises BlobNotFound: if there is none.
        :raises BlobCorrupt: if it is set aside or has not the size; reading raises it when bytes
            are missing.
        """
        with self._errors():
            blob = self._driver.stat(_location(sha256))
        if blob is None:
            raise BlobNotFound(sha256)
        if blob.damaged:
            raise BlobCorrupt(sha256, "it was found so before")
        if size is not None and blob.size != size:
            raise BlobCorrupt(sha256, f"it has {blob.size} bytes instead of {size}")
        reader = BlobReader(sha256, blob.size, lambda offset: self._stream(sha256, offset))
        reader.seek(start)
        return cast(BinaryIO, io.BufferedReader(reader, CHUNK))

    def stat(self, sha256: str) -> Blob | None:
        """Return what is known of a blob; None if there is none, or it is set aside."""
        with self._errors():
            found = self._driver.stat(_location(sha256))
        if found is None or found.damaged:
            return None
        return Blob(sha256, found.size, found.modified)

    def delete(self, sha256: str, *, before: datetime | None = None) -> bool:
        """Remove a blob that nothing refers to.

        :param before: only if it was not put since then.
        :returns: whether it is gone now and was there.
        """
        location = _location(sha256)
        with self._errors(), self._guard():
            if before is not None:
                found = self._driver.stat(location)
                if found is None or found.modified is None or found.modified >= before:
                    return False
            return self._driver.remove(location)

    def iterate(self) -> Iterator[Blob]:
        """Yield every blob."""
        for found in self._scan():
            yield Blob(found.location.rpartition("/")[2], found.size, found.modified)

    def sweep(self, before: datetime, *, dry_run: bool = False) -> int:
        """Remove what writers that died have left, and return how many such files there were.

        :param before: only what is older.
        :param dry_run: remove nothing, only count.
        """
        with self._errors():
            return self._driver.sweep(before, dry_run=dry_run)

    def local_path(self, sha256: str) -> Path | None:
        """Return where a blob is on this machine; None if it is elsewhere or missing."""
        with self._errors():
            return self._driver.local_path(_location(sha256))

    def signed_url(
        self, sha256: str, *, filename: str, content_type: str, seconds: int
    ) -> str | None:
        """Return a link that anybody can download the blob from for a while.

        None where the storage can make none that sends the file under this name and type, and of
        what is missing or set aside: :meth:`open` tells which.
        """
        with self._errors():
            url = self._driver.signed_url(
                _location(sha256), filename=filename, content_type=content_type, seconds=seconds
            )
        return None if url is None or self.stat(sha256) is None else url

    def verify(self, sha256: str, *, size: int | None = None) -> None:
        """Read a blob and compare its bytes with its name.

        :param size: how many bytes it must have.
        :raises BlobNotFound: if there is none.
        :raises BlobCorrupt: if the bytes are others.
        """
        digest = hashlib.sha256()
        with self.open(sha256, size=size) as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
        if digest.hexdigest() != sha256:
            raise BlobCorrupt(sha256, f"its bytes have the hash {digest.hexdigest()}")

    def set_aside(self, sha256: str) -> bool:
        """Let a damaged blob be missing, so that the next put of the right bytes stores them.

        It is read once more before: what was damaged on the way is not.

        :returns: whether it is set aside; not if it is whole or gone.
        :raises BlobStoreUnavailable: if it can't be set aside.
        """
        location = _location(sha256)
        with self._errors():
            before = self._driver.stat(location)
        if before is None or before.damaged:
            return before is not None
        try:
            self.verify(sha256)
        except BlobCorrupt:
            pass
        else:
            return False
        with self._errors(), self._guard():
            if self._driver.stat(location) != before:  # stored anew, or gone
                return False
            self._driver.set_aside(location)
        return True

    def _stream(self, sha256: str, start: int) -> Stream:
        with self._errors():
            stream = self._driver.open(_location(sha256), start)
        if stream is None:
            raise BlobNotFound(sha256)
        return _Translated(stream, self._errors)

    def _scan(self) -> Iterator[Stored]:
        with self._errors():
            yield from self._driver.scan()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except self._driver.errors as error:
            raise BlobStoreUnavailable(str(error) or type(error).__name__) from error


class _Translated:
    """A stream whose errors are the blob store's."""

    def __init__(self, stream: Stream, errors: Callable[[], AbstractContextManager[None]]) -> None:
        self._stream = stream
        self._errors = errors

    def read(self, size: int, /) -> bytes:
        with self._errors():
            return self._stream.read(size)

    def close(self) -> None:
        self._stream.close()


def _location(sha256: str) -> str:
    if not SHA256.fullmatch(sha256):
        raise ValueError(f"{sha256!r} is not the lower-case hexadecimal form of a SHA-256")
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _is_fresh(found: Stored) -> bool:
    return found.modified is not None and found.modified > datetime.now(timezone.utc) - FRESH

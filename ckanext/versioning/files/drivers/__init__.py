"""What the blob store asks of a storage, fulfilled upon file-keeper's adapters.

A driver knows places and bytes, not hashes. What file-keeper's adapters lack for a history that
must not lose or tear a file (atomic writes, fsync, real ranges, times) is added here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

DAMAGED = "damaged"  # metadata of an object that is set aside, suffix of such a file

_BLOB = re.compile(r"([0-9a-f]{2})/([0-9a-f]{2})/\1\2[0-9a-f]{60}")


def is_blob(location: str) -> bool:
    """Whether this is a place for a blob; whatever else is in a storage is somebody else's."""
    return _BLOB.fullmatch(location) is not None


def attachment(filename: str) -> str:
    """Return the Content-Disposition of a file that is to be saved under this name."""
    return f"attachment; filename*=UTF-8''{quote(filename, safe='')}"


class Stream(Protocol):
    """Bytes on their way."""

    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that the storage has.

    :param location: of the file.
    :param size: in bytes.
    :param modified: when it was stored, None where the storage does not tell.
    :param damaged: whether it was set aside; :meth:`Driver.scan` need not tell.
    """

    location: str
    size: int
    modified: datetime | None
    damaged: bool = False


class Driver(Protocol):
    """A storage; every method may raise the errors of its library that ``errors`` names."""

    errors: tuple[type[Exception], ...]

    def __init__(self, settings: dict[str, Any]) -> None:
        """Open the storage. :raises StorageError: file-keeper's, if the settings are wrong."""

    def store(self, location: str, source: Path, sha256: str, size: int) -> None:
        """Put a local file there, atomically and durably; an existing one is replaced.

        :raises BlobCorrupt: if what was read is not what the hash says.
        """

    def stat(self, location: str) -> Stored | None:
        """Return what is there."""

    def open(self, location: str, start: int) -> Stream | None:
        """Return the bytes from an offset on; None if nothing is there."""

    def touch(self, location: str) -> None:
        """Make the file's time now; it must be there."""

    def set_aside(self, location: str) -> None:
        """Note that the file, which must be there, is damaged; storing it anew ends that."""

    def remove(self, location: str) -> bool:
        """Remove the file; False if there is none."""

    def scan(self) -> Iterator[Stored]:
        """Yield every blob, and nothing else that is there."""

    def sweep(self, before: datetime, *, dry_run: bool) -> int:
        """Remove what writers that died before then have left; return how many such there are."""

    def local_path(self, location: str) -> Path | None:
        """Return where the file is on this machine; None if it is elsewhere."""

    def signed_url(
        self, location: str, *, filename: str, content_type: str, seconds: int
    ) -> str | None:
        """Return a link that anybody can download the file from for a while, if there can be."""

"""Hash a file while somebody else reads it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import BlobCorrupt


class _Checked(io.RawIOBase):
    """A file that can be read once, from the start to the end.

    It refuses to end unless the bytes were the right ones, so that an upload of others fails.
    """

    def __init__(self, file: io.BufferedReader, sha256: str, size: int) -> None:
        self._file = file
        self._sha256 = sha256
        self._left = size
        self._digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1, /) -> bytes:
        chunk = self._file.read(size)
        self._digest.update(chunk)
        self._left -= len(chunk)
        # with the last bytes, not after them: a reader that knows the size asks no more
        if self._left <= 0 or (not chunk and size != 0):
            self._check()
        return chunk

    def _check(self) -> None:
        if self._left != 0 or self._digest.hexdigest() != self._sha256:
            raise BlobCorrupt(self._sha256, f"{self._file.name} has other bytes")


@contextmanager
def checked(source: Path, sha256: str, size: int) -> Iterator[_Checked]:
    """Open a file for one reading that ends with BlobCorrupt unless the bytes are as said."""
    with source.open("rb") as file:
        yield _Checked(file, sha256, size)

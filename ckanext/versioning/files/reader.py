"""A blob as an ordinary binary file: it can be read, and jumped about in, wherever it is stored."""

from __future__ import annotations

import io
import os
from collections.abc import Callable

from .drivers import Stream
from .errors import BlobCorrupt


class BlobReader(io.RawIOBase):
    """The bytes of a blob.

    :param sha256: the blob's name, for errors.
    :param size: how many bytes it has.
    :param open_at: returns what follows an offset, as often as the reader jumps.
    """

    def __init__(self, sha256: str, size: int, open_at: Callable[[int], Stream]) -> None:
        self._sha256 = sha256
        self._size = size
        self._open_at = open_at
        self._position = 0
        self._stream: Stream | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        position = base + offset
        if position < 0:
            raise ValueError("There is nothing before the start of a file")
        if position != self._position:
            self._let_go()
            self._position = position
        return position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._position >= self._size or not len(buffer):
            return 0
        if self._stream is None:
            self._stream = self._open_at(self._position)
        data = self._stream.read(min(len(buffer), self._size - self._position))
        if not data:
            raise BlobCorrupt(self._sha256, f"it ends after {self._position} bytes")
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def close(self) -> None:
        self._let_go()
        super().close()

    def _let_go(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

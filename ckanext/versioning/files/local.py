"""Blobs as files of this machine, for programs that read nothing else."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .blobs import CHUNK, BlobStore


@contextmanager
def local_file(store: BlobStore, sha256: str, size: int) -> Iterator[Path]:
    """Lend a blob as a file: the very one where it is on this machine, else a copy.

    :param store: where the blob is.
    :param sha256: its hash.
    :param size: how many bytes it must have.
    :raises BlobNotFound: if there is none.
    :raises BlobCorrupt: if it has not the size.
    """
    with store.open(sha256, size=size) as source:
        path = store.local_path(sha256)
        if path is not None:
            yield path
            return
        with tempfile.NamedTemporaryFile(prefix="blob-") as copy:
            shutil.copyfileobj(source, copy, CHUNK)
            copy.flush()
            yield Path(copy.name)

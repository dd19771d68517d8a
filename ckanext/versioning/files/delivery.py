"""From held files to blobs: each is hashed once, kept, and its hash remembered.

It may be killed anywhere: the bytes stay in the staging area until the blob store has them and
the hash is committed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sqlalchemy.engine import Engine

from . import limits, records, staging
from .errors import StagedFileLost
from .held import HeldFile
from .records import Captured
from .storage import get_blob_store

CHUNK = 1 << 20
LARGE = 64 << 20  # bytes that take so long that no web server should be kept busy with them


def deliver(engine: Engine, files: Mapping[str, HeldFile]) -> dict[str, HeldFile]:
    """Give the bytes of a snapshot's files to the blob store.

    :param engine: of CKAN's database.
    :param files: by resource.
    :returns: the same files, with their hashes.
    :raises BlobStoreUnavailable: if the blob store does not take them now.
    :raises StagedFileLost: if the bytes are gone, as a power cut may leave them.
    """
    return {resource_id: _delivered(engine, files[resource_id]) for resource_id in files}


def check() -> None:
    """Ask whether the blob store is there.

    :raises BlobStoreUnavailable: if it is away.
    """
    get_blob_store().stat(hashlib.sha256().hexdigest())


def takes_long(files: Mapping[str, HeldFile]) -> bool:
    """Whether :func:`deliver` has so many bytes to read that it should be left to a job."""
    return sum(file.size for file in files.values() if file.token is not None) > LARGE


def is_lost(engine: Engine, file: HeldFile) -> bool:
    """Whether a file's bytes are in no place where :func:`deliver` looks for them."""
    if file.token is None:
        return False
    with engine.connect() as connection:
        found = records.captured(connection, file.token)
    if found is not None and found.sha256 is not None:
        return False
    path = staging.path(file.token)
    return not path.exists() or path.stat().st_size != file.size


def _delivered(engine: Engine, file: HeldFile) -> HeldFile:
    if file.token is None:
        return file
    with engine.connect() as connection:
        found = records.captured(connection, file.token)
    if found is None or found.sha256 is None:
        found = _hashed(file)
        with engine.begin() as connection:
            records.set_hashed(connection, found)
    staging.discard(file.token)
    return replace(file, sha256=found.sha256, size=found.size, kept=found.kept)


def _hashed(file: HeldFile) -> Captured:
    assert file.token is not None
    path = staging.path(file.token)
    sha256, size = _digest(file.name, path)
    if size != file.size:
        raise StagedFileLost(file.name, f"{size} of its {file.size} bytes are there")
    kept = limits.allow(sha256, size)
    if kept:
        store = get_blob_store()
        if store.put(path, sha256, size):
            limits.count(store, size)
    return Captured(file.token, size, sha256, kept)


def _digest(name: str, path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except FileNotFoundError as error:
        raise StagedFileLost(name, "it is gone from the staging area") from error
    return digest.hexdigest(), size

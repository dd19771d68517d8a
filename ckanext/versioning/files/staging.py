"""The staging area: captured bytes until they are hashed and in the blob store.

Each file there is named by a token; a hard link to the live file as it was at the commit, where
that is possible.
"""

from __future__ import annotations

import uuid
from pathlib import Path

from sqlalchemy.engine import Connection

from .. import config
from . import records
from .folders import DAY, make_folder, older


def new_token() -> str:
    """Return a name for bytes that are about to be captured."""
    return uuid.uuid4().hex


def path(token: str) -> Path:
    """Return where captured bytes are; the folder is there."""
    return _place() / token


def discard(token: str) -> None:
    """Remove captured bytes that are no longer needed."""
    path(token).unlink(missing_ok=True)


def sweep(connection: Connection, *, age: float = DAY) -> int:
    """Remove what processes that died have left; return how many files that were.

    :param age: in seconds; younger files may belong to a transaction that is going on.
    """
    if not config.has_storage_path():
        return 0
    old = list(older(_place(), age))
    needed = records.unhashed(connection, (file.name for file in old))
    unneeded = [file for file in old if file.name not in needed]
    for file in unneeded:
        file.unlink(missing_ok=True)
    return len(unneeded)


def _place() -> Path:
    return make_folder(Path(config.files_path()) / "staged")

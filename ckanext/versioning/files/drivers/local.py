"""A folder on this machine, upon file-keeper's ``fs`` storage.

A blob appears by a hard link or a rename, so it is whole or not there. It may share its inode with
CKAN's own file, therefore nothing here changes its bytes, its mode or its modification time; its
age is that of its last status change (ctime).
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import file_keeper as fk
from file_keeper.default.adapters.fs import FsStorage

from ..errors import BlobCorrupt
from ..folders import make_folder
from . import DAMAGED, Stored, Stream, is_blob

CHUNK = 1 << 20
TEMPORARY = ".tmp-"

# Of a hard link: another file system, none there, not one's own file, too many links.
NO_LINK = {errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS}


class LocalDriver:
    """Blobs as files."""

    errors: tuple[type[Exception], ...] = (OSError, fk.exc.FilesError)

    def __init__(self, settings: dict[str, Any]) -> None:
        # file-keeper refuses a root that is reached through a symbolic link
        path = os.path.realpath(settings["path"])
        self._root = make_folder(Path(path))
        self._storage = FsStorage({**settings, "path": path})

    def store(self, location: str, source: Path, sha256: str, size: int) -> None:
        self._check_user()
        target = self._path(location)
        _make_lasting(target.parent)
        with tempfile.TemporaryDirectory(prefix=TEMPORARY, dir=target.parent) as folder:
            new = Path(folder, target.name)
            if not _linked(source, new, sha256, size):
                _copy(source, new, sha256, size)
            os.replace(new, target)
        _aside(target).unlink(missing_ok=True)
        _sync_folder(target.parent)

    def stat(self, location: str) -> Stored | None:
        path = self._path(location)
        found = _stored(path, location)
        if found is None and (found := _stored(_aside(path), location)) is not None:
            found = replace(found, damaged=True)
        return found

    def open(self, location: str, start: int) -> Stream | None:
        try:
            file = self._path(location).open("rb")
        except FileNotFoundError:
            return None
        file.seek(start)
        return file

    def touch(self, location: str) -> None:
        path = self._path(location)
        try:
            path.chmod(stat.S_IMODE(path.stat().st_mode))  # the same mode, a new ctime
        except PermissionError:  # another user's: a new inode has a new ctime, too
            with tempfile.TemporaryDirectory(prefix=TEMPORARY, dir=path.parent) as folder:
                new = Path(folder, path.name)
                _copy(path, new, path.name, path.stat().st_size)
                os.replace(new, path)

    def set_aside(self, location: str) -> None:
        path = self._path(location)
        path.rename(_aside(path))
        _sync_folder(path.parent)

    def remove(self, location: str) -> bool:
        path = self._path(location)
        names = [name for name in (path, _aside(path)) if name.exists()]
        for name in names:
            name.unlink(missing_ok=True)
        return bool(names)

    def scan(self) -> Iterator[Stored]:
        for path in self._entries():
            location = str(path.relative_to(self._root)).removesuffix(f".{DAMAGED}")
            found = self.stat(location) if is_blob(location) else None
            if found is not None and found.damaged == (path.suffix == f".{DAMAGED}"):
                yield found

    def sweep(self, before: datetime, *, dry_run: bool) -> int:
        torn = [path for path in self._entries() if path.name.startswith(TEMPORARY)]
        old = [path for path in torn if _is_older(path, before)]
        for path in old if not dry_run else ():
            with suppress(FileNotFoundError):  # two may sweep at once
                shutil.rmtree(path)
        return len(old)

    def local_path(self, location: str) -> Path | None:
        path = self._path(location)
        return path if path.exists() else None

    def signed_url(
        self, location: str, *, filename: str, content_type: str, seconds: int
    ) -> str | None:
        return None

    def _entries(self) -> Iterator[Path]:
        """Yield what is where blobs are, while others may remove it."""
        for outer in _listed(self._root):
            for inner in _listed(outer) if len(outer.name) == 2 else ():
                yield from _listed(inner) if len(inner.name) == 2 else ()

    def _check_user(self) -> None:
        """Keep root from making folders that the store's owner could not write into."""
        owner = self._root.stat().st_uid
        if os.geteuid() == 0 and owner != 0:
            raise PermissionError(
                errno.EPERM, "it is another user's; run this as that user, not as root", self._root
            )

    def _path(self, location: str) -> Path:
        return Path(self._storage.full_path(fk.Location(location)))


def _linked(source: Path, new: Path, sha256: str, size: int) -> bool:
    """Give the file a second name; False where that is not possible."""
    with source.open("rb") as file:
        os.fsync(file.fileno())
        if os.fstat(file.fileno()).st_size != size:
            raise BlobCorrupt(sha256, f"{source.name} does not have {size} bytes")
    try:
        os.link(source, new)
    except OSError as error:
        if error.errno not in NO_LINK:
            raise
        return False
    return True


def _copy(source: Path, new: Path, sha256: str, size: int) -> None:
    digest = hashlib.sha256()
    with source.open("rb") as file, new.open("xb") as copy:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            copy.write(chunk)
        if copy.tell() != size or digest.hexdigest() != sha256:
            raise BlobCorrupt(sha256, f"{source.name} has other bytes")
        copy.flush()
        os.fsync(copy.fileno())


def _make_lasting(folder: Path) -> None:
    """Make a folder that lasts through a power cut."""
    if not folder.is_dir():
        _make_lasting(folder.parent)
        make_folder(folder)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _aside(path: Path) -> Path:
    """Return the name of a file that is set aside."""
    return path.with_name(f"{path.name}.{DAMAGED}")


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_older(path: Path, before: datetime) -> bool:
    found = _stored(path, path.name)
    return found is not None and found.modified is not None and found.modified < before


def _stored(path: Path, location: str) -> Stored | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return Stored(location, found.st_size, datetime.fromtimestamp(found.st_ctime, timezone.utc))

"""Where the repositories are: ``<path>/ab/cd/<dataset id>.git``, and how they come and go."""

from __future__ import annotations

import errno
import os
import pwd
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

BRANCH = "refs/heads/main"
_SUFFIX = ".git"
_DIRECTORY_MODE = 0o750  # histories hold what private datasets hold
_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n"
# Sorts before all that an id may hold, so that folders sort as the ids in them do.
_PADDING = "+"
_PURGED = "purged-"
_LEFT_OVER_AFTER = 24 * 3600


class Layout:
    """The folders of a store.

    :param root: the store's path; it is created if it is missing.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._root = str(root)
        self.locks = root / ".locks"
        self._temporary = root / ".tmp"
        missing = [folder for folder in (root, self.locks, self._temporary) if not folder.exists()]
        for folder in missing:
            folder.mkdir(_DIRECTORY_MODE, parents=True, exist_ok=True)
            if os.geteuid() == 0:  # an operator's first command must not shut the web server out
                above = folder.parent.stat()
                os.chown(folder, above.st_uid, above.st_gid)
        self._owner = root.stat().st_uid

    def check_user(self) -> None:
        """Keep root from writing what the store's owner could not write afterwards.

        :raises PermissionError: if this is root and the store is another user's.
        """
        if os.geteuid() == 0 and self._owner != 0:
            raise PermissionError(
                errno.EPERM,
                f"it belongs to user {_user_name(self._owner)}; run this as that user, not as root",
                self._root,
            )

    def repository(self, dataset_id: str) -> str:
        """Return the path of a dataset's repository."""
        first, second = _shards(dataset_id)
        return f"{self._root}/{first}/{second}/{dataset_id}{_SUFFIX}"

    def ids(self, after: str | None) -> Iterator[str]:
        """Iterate over the ids in the store in order, reading as few folders as it takes."""
        least = ("", "") if after is None else _shards(after)
        for first in _entries(self.root):
            if len(first) != 2 or first < least[0]:
                continue
            for second in _entries(self.root / first):
                if first == least[0] and second < least[1]:
                    continue
                names = _entries(self.root / first / second)
                found = [name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)]
                for dataset_id in sorted(found):
                    if after is None or dataset_id > after:
                        yield dataset_id

    @contextmanager
    def temporary(self) -> Iterator[str]:
        """Provide a folder that is gone afterwards unless it was moved away."""
        path = os.path.join(self._temporary, secrets.token_hex(8))
        os.mkdir(path, _DIRECTORY_MODE)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def publish(self, path: str, dataset_id: str, fsync: bool) -> None:
        """Move a folder to where the dataset's repository belongs, if nothing is there.

        :raises OSError: ENOTEMPTY or EEXIST if something is.
        """
        target = self.repository(dataset_id)
        parent = os.path.dirname(target)
        made = _make_folders(parent)
        source = os.path.dirname(path)
        os.rename(path, target)
        if fsync:
            for folder in [source, parent, *made]:
                fsync_path(folder)

    def discard(self, dataset_id: str, fsync: bool) -> str:
        """Move a repository out of sight; return where to."""
        path = self.repository(dataset_id)
        hidden = os.path.join(self._temporary, _PURGED + secrets.token_hex(8))
        os.rename(path, hidden)
        if fsync:
            fsync_path(os.path.dirname(path))
        return hidden

    def sweep(self) -> None:
        """Delete what crashed processes left: purged repositories at once, drafts after a day."""
        for entry in os.scandir(self._temporary):
            try:
                old = time.time() - entry.stat().st_mtime > _LEFT_OVER_AFTER
            except FileNotFoundError:
                continue
            if old or entry.name.startswith(_PURGED):
                shutil.rmtree(entry.path, ignore_errors=True)


def make_skeleton(path: str, fsync: bool) -> None:
    """Turn an empty folder into a bare repository without commits.

    It takes a third of the files and of the space of the one that ``git init`` makes.
    """
    for folder in ("objects", "objects/pack", "refs", "refs/heads"):
        os.mkdir(os.path.join(path, folder), _DIRECTORY_MODE)
    write_file(os.path.join(path, "HEAD"), f"ref: {BRANCH}\n", fsync)
    write_file(os.path.join(path, "config"), _CONFIG, fsync)


def fsync_skeleton(path: str) -> None:
    """Make the folders of a new repository durable."""
    for folder in ("objects", "refs/heads", "refs", ""):
        fsync_path(os.path.join(path, folder))


def write_file(path: str, text: str, fsync: bool) -> None:
    """Write a new file. :raises FileExistsError: if there is one."""
    with open(path, "x", encoding="utf-8") as file:
        file.write(text)
        if fsync:
            file.flush()
            os.fsync(file.fileno())


def fsync_path(path: str) -> None:
    """Make a folder's entries, or a file's content, durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _shards(dataset_id: str) -> tuple[str, str]:
    return dataset_id[:2].ljust(2, _PADDING), dataset_id[2:4].ljust(2, _PADDING)


def _entries(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _make_folders(path: str) -> list[str]:
    """Make missing folders; return those whose entries that changed."""
    missing = []
    while not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path)
    for folder in reversed(missing):
        with suppress(FileExistsError):
            os.mkdir(folder, _DIRECTORY_MODE)
    return [os.path.dirname(folder) for folder in missing]

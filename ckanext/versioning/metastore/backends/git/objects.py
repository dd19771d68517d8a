"""Objects of a repository: read and written so that damage is found, and never hangs.

libgit2 up to 1.9.7 loops for ever, with Python's lock in its hands, when it reads a loose object
that was cut short (libgit2 issue 7342). So loose objects are read here, and libgit2 is only let
near those that were found whole.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pygit2

from .faults import Damaged

COMMIT, TREE, BLOB, TAG = 1, 2, 3, 4
_NAMES = {COMMIT: b"commit", TREE: b"tree", BLOB: b"blob", TAG: b"tag"}
_KINDS = {name: kind for kind, name in _NAMES.items()}
_SMALL, _MAX_SMALL = 4096, 256
_FOLDER, _FILES = "40000", ("100644", "100755")


class Objects:
    """The objects of one repository.

    :param repository: the handle.
    :param path: where the repository is.
    """

    def __init__(self, repository: Any, path: str) -> None:
        self._odb = repository.odb
        self._folder = os.path.join(path, "objects")
        # Commits and trees that were read; they are small, and asked for again and again.
        self._small: dict[str, tuple[int, bytes]] = {}

    def read(self, object_id: str) -> tuple[int, bytes]:
        """Return an object's kind and content.

        :raises KeyError: if there is none.
        :raises Damaged: if it is not what its id says.
        """
        try:
            return self.read_loose(object_id)
        except FileNotFoundError:
            pass
        try:
            kind, data = self._odb.read(object_id)
        except KeyError:
            raise KeyError(object_id) from None
        return kind, data

    def read_kind(self, object_id: str, kind: int) -> bytes:
        """Return an object that must be there and of a kind. :raises Damaged: if it is not."""
        known = self._small.get(object_id)
        if known is not None and known[0] == kind:
            return known[1]
        try:
            found, data = self.read(object_id)
        except KeyError:
            raise Damaged(f"object {object_id} is missing") from None
        self._remember(object_id, found, data)
        if found != kind:
            raise Damaged(f"object {object_id} is no {_NAMES[kind].decode()}")
        return data

    def read_loose(self, object_id: str) -> tuple[int, bytes]:
        """Return an object that is a file of its own. :raises FileNotFoundError: if it is none."""
        with open(self._loose_path(object_id), "rb") as file:
            packed = file.read()
        try:
            inflater = zlib.decompressobj()
            data = inflater.decompress(packed)
        except zlib.error as error:
            raise Damaged(f"object {object_id} can't be unpacked: {error}") from error
        header, end, content = data.partition(b"\0")
        name, _, size = header.partition(b" ")
        if (
            not inflater.eof
            or not end
            or name not in _KINDS
            or size != b"%d" % len(content)
            or hashlib.sha1(data, usedforsecurity=False).hexdigest() != object_id
        ):
            raise Damaged(f"object {object_id} is cut short or altered")
        return _KINDS[name], content

    def write(self, kind: int, data: bytes) -> str:
        """Store an object durably and return its id. A damaged one of that id is replaced."""
        return self._store(identify(kind, data), kind, data)

    def _store(self, object_id: str, kind: int, data: bytes) -> str:
        try:
            self.read_loose(object_id)
        except FileNotFoundError:
            pass
        except Damaged:
            os.unlink(self._loose_path(object_id))
        else:
            return object_id
        self._odb.write(kind, data)
        self._remember(object_id, kind, data)
        return object_id

    def _remember(self, object_id: str, kind: int, data: bytes) -> None:
        if kind in (COMMIT, TREE) and len(data) <= _SMALL:
            if len(self._small) >= _MAX_SMALL:
                self._small.clear()
            self._small[object_id] = kind, data

    def loose(self) -> Iterator[str]:
        """Iterate over the ids of all loose objects."""
        for folder in os.listdir(self._folder):
            if len(folder) == 2:
                for name in os.listdir(os.path.join(self._folder, folder)):
                    if len(name) == 38:
                        yield folder + name

    def loose_like(self, prefix: str) -> list[str]:
        """Return the ids of the loose objects that start with at least two digits."""
        try:
            names = os.listdir(os.path.join(self._folder, prefix[:2]))
        except FileNotFoundError:
            return []
        ids = (prefix[:2] + name for name in names if len(name) == 38)
        return [object_id for object_id in ids if object_id.startswith(prefix)]

    def write_files(self, files: Mapping[str, bytes], old: str | None = None) -> str:
        """Store files, path to content, and return the id of their tree.

        :param files: all files of the tree.
        :param old: the id of a tree that is there; folders that are in it are not written again.
        """
        return self._write_planned(plan(files), old)

    def _write_planned(self, tree: Planned, old: str | None) -> str:
        known = {}
        if tree.folders and old is not None:
            known = {name: found for name, mode, found in self._tree(old) if mode == _FOLDER}
        for object_id, data in tree.blobs:
            self._store(object_id, BLOB, data)
        for name, folder in tree.folders.items():
            if known.get(name) != folder.id:
                self._write_planned(folder, known.get(name))
        return self._store(tree.id, TREE, tree.data)

    def files(self, tree: str, prefix: str = "") -> Iterator[tuple[str, str]]:
        """Iterate over the paths and blob ids of all files in a tree, depth first."""
        for name, mode, object_id in self._tree(tree):
            if mode == _FOLDER:
                yield from self.files(object_id, f"{prefix}{name}/")
            elif mode in _FILES:
                yield prefix + name, object_id

    def find_file(self, tree: str, path: str) -> str | None:
        """Return the blob id of the file at a path, None if there is none."""
        name, slash, rest = path.partition("/")
        for found, mode, object_id in self._tree(tree):
            if found == name:
                if slash:
                    return self.find_file(object_id, rest) if mode == _FOLDER else None
                return object_id if mode in _FILES else None
        return None

    def _tree(self, tree: str) -> Iterator[tuple[str, str, str]]:
        data = self.read_kind(tree, TREE)
        at = 0
        while at < len(data):
            space, end = data.find(b" ", at), data.find(b"\0", at)
            if not at < space < end <= len(data) - 21:
                raise Damaged(f"tree {tree} can't be read")
            name = data[space + 1 : end].decode("utf-8", "surrogateescape")
            yield name, data[at:space].decode("ascii", "replace"), data[end + 1 : end + 21].hex()
            at = end + 21

    def _loose_path(self, object_id: str) -> str:
        return f"{self._folder}/{object_id[:2]}/{object_id[2:]}"


@dataclass(frozen=True, slots=True)
class Planned:
    """A tree that is not written yet: its id and data, and what must be there before."""

    id: str
    data: bytes
    blobs: list[tuple[str, bytes]]
    folders: dict[str, Planned]


def plan(files: Mapping[str, bytes]) -> Planned:
    """Return the tree of files, path to content."""
    inner: dict[str, dict[str, bytes]] = {}
    blobs, entries = [], []
    for path, data in files.items():
        name, slash, rest = path.partition("/")
        if slash:
            inner.setdefault(name, {})[rest] = data
        else:
            blobs.append((identify(BLOB, data), data))
            entries.append((name.encode(), _FILES[0], blobs[-1][0]))
    folders = {name: plan(content) for name, content in inner.items()}
    entries += [(name.encode(), _FOLDER, folder.id) for name, folder in folders.items()]
    # Git sorts folders as if their names ended with a slash.
    entries.sort(key=lambda entry: entry[0] + (b"/" if entry[1] == _FOLDER else b""))
    tree = b"".join(
        mode.encode() + b" " + name + b"\0" + bytes.fromhex(object_id)
        for name, mode, object_id in entries
    )
    return Planned(identify(TREE, tree), tree, blobs, folders)


def identify(kind: int, data: bytes) -> str:
    """Return the id of an object."""
    header = b"%s %d\0" % (_NAMES[kind], len(data))
    return hashlib.sha1(header + data, usedforsecurity=False).hexdigest()


def open_repository(path: str) -> Any:
    """Return libgit2's handle of this repository. :raises pygit2.GitError: if it is none."""
    flags = pygit2.enums.RepositoryOpenFlag
    return pygit2.Repository(path, flags.BARE | flags.NO_SEARCH)

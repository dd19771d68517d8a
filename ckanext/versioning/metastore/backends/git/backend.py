"""The default backend: one local bare git repository per dataset."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from itertools import islice, takewhile
from pathlib import Path

import pygit2

from ...backend import Backend, Capability
from ...errors import (
    BackendUnavailable,
    Conflict,
    DatasetExists,
    DatasetNotFound,
    InvalidOptions,
    MetastoreError,
    RevisionNotFound,
)
from ...model import Author, CommitInfo, Problem, Revision, Tag
from . import libgit2, packing, tags
from .commits import encode_commit
from .creating import create
from .faults import BACKEND, Damaged, reading, writing
from .finding import at, find
from .handle import Handle, Handles
from .layout import BRANCH, Layout, write_file
from .locks import Locks
from .objects import BLOB, COMMIT
from .verifying import verify

log = logging.getLogger(__name__)
# About what a revision of a large dataset takes.
_CHECKED_BYTES = 256 * 1024


class GitBackend(Backend):
    """Keeps every dataset in a repository of its own, which plain git can read and clone.

    :param path: the folder of the store, absolute; created if it is missing.
    :param fsync: whether a write is on the disk when it returns. It sets libgit2's option for the
        whole process. Without it, a power cut may damage datasets; it is for tests.
    :raises InvalidOptions: if the path is not absolute.
    :raises BackendUnavailable: if the folder can't be used now.
    """

    type = BACKEND
    capabilities = (
        Capability.LOCAL
        | Capability.MOVE
        | Capability.PURGE
        | Capability.MAINTAIN
        | Capability.VERIFY
        | Capability.LOCAL_GIT
    )

    def __init__(self, path: str | os.PathLike[str], fsync: bool = True) -> None:
        if not isinstance(path, (str, os.PathLike)) or not os.path.isabs(path):
            raise InvalidOptions(BACKEND, f"path must be an absolute path, not {path!r}")
        root = Path(path)
        try:
            self._layout = Layout(root)
            self._layout.sweep()
        except OSError as error:  # a disk that is not mounted yet, for example
            raise BackendUnavailable(BACKEND, f"path can't be used: {error}") from error
        libgit2.configure(fsync)
        self._fsync = fsync
        self._locks = Locks(self._layout.locks)
        self._handles = Handles()

    def commit(
        self,
        dataset_id: str,
        files: Mapping[str, bytes],
        *,
        parent: str | None,
        info: CommitInfo,
    ) -> Revision:
        with writing(dataset_id), self._hold(dataset_id):
            if parent is None:
                revision_id = create(self._layout, dataset_id, files, info, self._fsync)
                return Revision(revision_id, dataset_id, None, info)
            handle = self._handle(dataset_id)
            _clear_locks(handle, BRANCH)
            head = handle.head()
            if head != parent:
                raise Conflict(dataset_id, expected=parent, head=head)
            objects = handle.objects
            tree = objects.write_files(files, handle.commit(parent).id(b"tree"))
            data = encode_commit(tree, parent, info)
            revision_id = objects.write(COMMIT, data)
            handle.repository.lookup_reference(BRANCH).set_target(revision_id)
            revision = Revision(revision_id, dataset_id, parent, info)
            handle.remember(revision, len(data))
            self._pack_sometimes(handle, revision_id)
            return revision

    @contextmanager
    def exclusive(self, dataset_id: str) -> Iterator[None]:
        with ExitStack() as stack:
            with writing(dataset_id):  # only taking the lock: what runs under it maps its own
                stack.enter_context(self._hold(dataset_id))
            yield

    def head(self, dataset_id: str) -> Revision:
        with reading(dataset_id):
            handle = self._handle(dataset_id)
            return handle.revision(handle.head())

    def revision(self, dataset_id: str, revision_id: str) -> Revision:
        with reading(dataset_id):
            handle = self._handle(dataset_id)
            return handle.revision(handle.require(revision_id))

    def find(self, dataset_id: str, prefix: str) -> Sequence[str]:
        with reading(dataset_id):
            return find(self._handle(dataset_id), prefix)

    def at(self, dataset_id: str, time: datetime) -> Revision:
        with reading(dataset_id):
            return at(self._handle(dataset_id), time)

    def nth(self, dataset_id: str, n: int) -> Revision:
        with reading(dataset_id):
            handle = self._handle(dataset_id)
            for revision_id in islice(handle.ids(), n, None):
                return handle.revision(revision_id)
        raise RevisionNotFound(dataset_id, f"head~{n}")

    def first(self, dataset_id: str) -> Revision:
        with reading(dataset_id):
            handle = self._handle(dataset_id)
            *_, last = handle.ids()
            return handle.revision(last)

    def newer(self, dataset_id: str, revision_id: str) -> Iterator[Revision]:
        with reading(dataset_id):
            handle = self._handle(dataset_id)
            handle.require(revision_id)
            ids = list(takewhile(lambda newer: newer != revision_id, handle.ids()))
        return (self.revision(dataset_id, newer) for newer in reversed(ids))

    def count(self, dataset_id: str) -> int:
        with reading(dataset_id):
            return sum(1 for _ in self._handle(dataset_id).ids())

    def read(
        self, dataset_id: str, revision_id: str, paths: Sequence[str] | None = None
    ) -> dict[str, bytes]:
        with reading(dataset_id):
            handle = self._handle(dataset_id)
            objects = handle.objects
            tree = handle.commit(handle.require(revision_id)).id(b"tree")
            if tree is None:
                raise Damaged(f"revision {revision_id} has no tree")
            if paths is None:
                return {path: objects.read_kind(blob, BLOB) for path, blob in objects.files(tree)}
            found = [(path, objects.find_file(tree, path)) for path in paths]
            return {path: objects.read_kind(blob, BLOB) for path, blob in found if blob}

    def log(self, dataset_id: str, *, start: str | None = None) -> Iterator[Revision]:
        with reading(dataset_id):
            handle = self._handle(dataset_id)
            first = handle.head() if start is None else handle.require(start)
        return self._log(handle, first)

    def _log(self, handle: Handle, start: str) -> Iterator[Revision]:
        current: str | None = start
        while current is not None:
            revision = handle.known(current)
            if revision is None:
                with reading(handle.dataset_id):
                    revision = handle.revision(current)
            yield revision
            current = revision.parent

    def tag_create(
        self,
        dataset_id: str,
        name: str,
        revision_id: str,
        *,
        description: str,
        author: Author,
        time: datetime,
    ) -> Tag:
        with writing(dataset_id), self._hold(dataset_id):
            handle = self._handle(dataset_id)
            _clear_locks(handle, f"refs/tags/{name}")
            revision = handle.revision(handle.require(revision_id))
            tag = Tag(name, description, author, time, revision.id, revision.info.time)
            tags.create(handle, tag)
            tags.pack_if_many(handle, self._fsync)
            return tag

    def tag_list(self, dataset_id: str) -> list[Tag]:
        with reading(dataset_id):
            found = sorted(tags.listed(self._handle(dataset_id)), key=lambda tag: tag.name)
        return sorted(found, key=lambda tag: tag.time, reverse=True)

    def tag_read(self, dataset_id: str, name: str) -> Tag:
        with reading(dataset_id):
            return tags.read(self._handle(dataset_id), name)

    def tag_update(
        self,
        dataset_id: str,
        name: str,
        *,
        new_name: str,
        description: str,
        author: Author,
        time: datetime,
    ) -> Tag:
        with writing(dataset_id), self._hold(dataset_id):
            handle = self._handle(dataset_id)
            _clear_locks(handle, f"refs/tags/{name}", f"refs/tags/{new_name}")
            tag = replace(
                tags.read(handle, name),
                name=new_name,
                description=description,
                author=author,
                time=time,
            )
            tags.update(handle, name, tag, self._fsync)
            return tag

    def tag_delete(self, dataset_id: str, name: str) -> None:
        with writing(dataset_id), self._hold(dataset_id):
            handle = self._handle(dataset_id)
            _clear_locks(handle, f"refs/tags/{name}")
            tags.read(handle, name)
            tags.delete(handle, name, self._fsync)

    def list(self, *, after: str | None = None, limit: int = 1000) -> list[str]:
        with reading(after or ""):
            return [*islice(self._layout.ids(after), limit)]

    def exists(self, dataset_id: str) -> bool:
        return os.path.isdir(self._layout.repository(dataset_id))

    def move(self, dataset_id: str, new_id: str) -> None:
        with writing(dataset_id), self._hold(dataset_id, new_id):
            path = self._handle(dataset_id).path
            if self.exists(new_id):
                raise DatasetExists(new_id)
            self._layout.publish(path, new_id, self._fsync)
            self._handles.drop(path)

    def purge(self, dataset_id: str) -> None:
        with writing(dataset_id):
            with self._hold(dataset_id):
                if not self.exists(dataset_id):
                    raise DatasetNotFound(dataset_id)
                self._layout.discard(dataset_id, self._fsync)
                self._handles.drop(self._layout.repository(dataset_id))
            self._layout.sweep()

    def maintain(self, dataset_id: str) -> None:
        with writing(dataset_id), self._hold(dataset_id):
            handle = self._handle(dataset_id)
            _clear_locks(handle, BRANCH)
            packing.remove_leftovers(handle)
            tags.pack(handle, self._fsync, tags.loose(handle))
            with self._layout.temporary() as temporary:
                packing.pack(handle, temporary, everything=True)
            self._handles.drop(handle.path)

    def verify(self, dataset_id: str) -> Sequence[Problem]:
        with reading(dataset_id):
            # A handle of its own remembers nothing of what the disk may have lost since.
            handle = Handle(dataset_id, self._handle(dataset_id).path)
        problems = [Problem(dataset_id, reason) for reason in verify(handle)]
        handle.release()
        return problems

    def location(self, dataset_id: str) -> str | None:
        return self._layout.repository(dataset_id)

    def check(self) -> None:
        with writing(""), self._hold(""), self._layout.temporary() as path:
            write_file(os.path.join(path, "check"), " " * _CHECKED_BYTES, False)

    def close(self) -> None:
        self._handles.clear()

    def _hold(self, *dataset_ids: str) -> AbstractContextManager[None]:
        self._layout.check_user()
        return self._locks.hold(*dataset_ids)

    def _handle(self, dataset_id: str) -> Handle:
        handle = self._handles.get(dataset_id, self._layout.repository(dataset_id))
        if handle is None:
            raise DatasetNotFound(dataset_id)
        return handle

    def _pack_sometimes(self, handle: Handle, revision_id: str) -> None:
        # Counting files takes time as well: one commit in sixteen does.
        if not revision_id.endswith("0") or not packing.due(handle.path):
            return
        try:
            with self._layout.temporary() as temporary:
                packing.pack(handle, temporary, everything=False)
        except (OSError, pygit2.GitError, Damaged, MetastoreError) as error:
            # The revision is safe by now, and this can wait.
            log.warning("Dataset %s could not be packed: %s", handle.dataset_id, error)


def _clear_locks(handle: Handle, *references: str) -> None:
    """Remove lock files in the way; whoever made them is dead, since the lock is ours."""
    for name in (*references, "packed-refs"):
        with suppress(FileNotFoundError, NotADirectoryError):
            os.unlink(os.path.join(handle.path, f"{name}.lock"))

"""An open repository: its history, and a bounded number of such handles per process."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

import pygit2

from ...errors import RevisionNotFound
from ...model import Revision, Tag
from .commits import Headers, decode_commit, read_headers
from .faults import Damaged
from .idents import read_seconds
from .layout import BRANCH
from .objects import COMMIT, Objects, open_repository

# Of SHA-1, which is what all repositories here have.
ID_LENGTH = 40
_MAX_HANDLES = 64
_MAX_REVISIONS = 256
_MAX_REVISION_BYTES = 16 * 1024
_MAX_STEPS = 100_000
_NEAR = 200
# From so many on, one walk through everything costs less than asking libgit2 again and again.
_MANY_FAR = 4
_MAX_TAGS = 5000


class Handle:
    """An open repository with what is known of it and can't change.

    The history is the line of first parents from the head: ours has no other, and where plain
    git merged something, what came in stays out of it.

    :param dataset_id: the dataset's id.
    :param path: where the repository is.
    """

    def __init__(self, dataset_id: str, path: str) -> None:
        self.dataset_id = dataset_id
        self.path = path
        self.repository: Any = open_repository(path)
        self.objects = Objects(self.repository, path)
        self._revisions: OrderedDict[str, Revision] = OrderedDict()
        self._far: set[str] = set()
        # By id, the parent and the time of what a walk from the head has met.
        self._steps: dict[str, tuple[str | None, int]] = {}
        self._tags: dict[tuple[str, str], Tag] = {}

    def head(self) -> str:
        """Return the id of the newest revision."""
        target = self.target(BRANCH)
        if target is None:
            raise Damaged(f"{BRANCH} is missing")
        return target

    def target(self, name: str) -> str | None:
        """Return what a reference points to, None if there is none."""
        try:
            return str(self.repository.lookup_reference(name).resolve().target)
        except KeyError:
            return None

    def revision(self, revision_id: str) -> Revision:
        """Return a revision that is known to be in the history."""
        known = self.known(revision_id)
        if known is not None:
            return known
        data = self.objects.read_kind(revision_id, COMMIT)
        revision = decode_commit(self.dataset_id, revision_id, read_headers(data))
        self.remember(revision, len(data))
        return revision

    def remember(self, revision: Revision, size: int) -> None:
        """Keep a revision for the next who asks, unless its commit is large."""
        if size <= _MAX_REVISION_BYTES:
            self._revisions[revision.id] = revision
            if len(self._revisions) > _MAX_REVISIONS:
                with suppress(KeyError):  # another thread emptied it
                    self._revisions.popitem(last=False)

    def known(self, revision_id: str) -> Revision | None:
        """Return a revision that was read before, None if it was not or was forgotten."""
        return self._revisions.get(revision_id)

    def remember_tag(self, object_id: str, tag: Tag) -> None:
        """Keep what a tag's object holds for the next who asks."""
        if len(self._tags) >= _MAX_TAGS:
            self._tags.clear()
        self._tags[tag.name, object_id] = tag

    def known_tag(self, name: str, object_id: str) -> Tag | None:
        """Return a tag that was read before, None if it was not."""
        return self._tags.get((name, object_id))

    def commit(self, revision_id: str) -> Headers:
        """Return the headers of a revision that is in the history."""
        return read_headers(self.objects.read_kind(revision_id, COMMIT))

    def steps(self) -> Iterator[tuple[str, int]]:
        """Iterate over the history, newest first: ids, and times as their headers have them."""
        current: str | None = self.head()
        while current is not None:
            step = self._steps.get(current)
            if step is None:
                headers = self.commit(current)
                step = headers.id(b"parent"), read_seconds(headers.values.get(b"committer", b""))
                if len(self._steps) >= _MAX_STEPS:
                    self._steps.clear()
                self._steps[current] = step
            yield current, step[1]
            current = step[0]

    def ids(self) -> Iterator[str]:
        """Iterate over the ids of the history, newest first."""
        return (revision_id for revision_id, _ in self.steps())

    def require(self, revision_id: str) -> str:
        """Return the id if it is in the history; what a crash left behind is not.

        :raises RevisionNotFound: if it is not.
        """
        if len(revision_id) != ID_LENGTH:
            raise RevisionNotFound(self.dataset_id, revision_id)  # libgit2 fails on longer ones
        if revision_id not in self._steps and revision_id != self.head():
            try:
                kind, _ = self.objects.read(revision_id)
            except KeyError:
                kind = None  # spares the walk for the many ids that were never here
            if kind != COMMIT or not self._in_history(revision_id):
                raise RevisionNotFound(self.dataset_id, revision_id)
        return revision_id

    def _in_history(self, revision_id: str) -> bool:
        """Say whether a commit is in the history: near ones by walking, far ones by libgit2."""
        if revision_id in islice(self.ids(), _NEAR):
            return True
        if revision_id in self._far:
            return True
        if len(self._far) >= _MANY_FAR:
            return revision_id in self.ids()
        try:
            for object_id in self.objects.loose():
                self.objects.read_loose(object_id)
        except (FileNotFoundError, Damaged):
            return revision_id in self.ids()  # see objects: libgit2 must not meet a damaged one
        found = bool(self.repository.descendant_of(self.head(), revision_id))
        if found and len(self._far) < _MAX_STEPS:
            self._far.add(revision_id)
        return found

    def release(self) -> None:
        """Close files. Whoever still uses the handle may go on, it opens them again.

        Waiting for the garbage collector would do as well, but pygit2's repositories hold
        themselves, so it would come late.
        """
        self.repository.free()


class Handles:
    """The repositories that this process holds open, those used last.

    A handle is looked up with the identity of its folder, so that one which another process
    purged, moved or replaced is noticed.
    """

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._open: OrderedDict[str, tuple[tuple[int, int, int], Handle]] = OrderedDict()

    def get(self, dataset_id: str, path: str) -> Handle | None:
        """Return the handle of a repository, None if there is no folder of this path."""
        try:
            status = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        # The folder's own entries change when references are packed, which is rare and harmless.
        identity = (status.st_dev, status.st_ino, status.st_mtime_ns)
        if self._process != os.getpid():
            # Another thread may have held the lock when this process was forked off.
            self._reset()
        with self._lock:
            known = self._open.get(path)
            if known is not None and known[0] == identity:
                self._open.move_to_end(path)
                return known[1]
        try:
            handle = Handle(dataset_id, path)
        except pygit2.GitError:
            if os.path.lexists(path):
                raise
            return None  # purged or moved just now
        with self._lock:
            old = [self._open.pop(path, None)]
            self._open[path] = identity, handle
            if len(self._open) > _MAX_HANDLES:
                old.append(self._open.popitem(last=False)[1])
        for entry in old:
            if entry is not None:
                entry[1].release()
        return handle

    def drop(self, path: str) -> None:
        """Forget a handle."""
        with self._lock:
            known = self._open.pop(path, None)
        if known is not None:
            known[1].release()

    def clear(self) -> None:
        """Forget all handles."""
        with self._lock:
            known = [handle for _, handle in self._open.values()]
            self._open.clear()
        for handle in known:
            handle.release()

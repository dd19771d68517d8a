"""The contract that a storage fulfils. It knows files and commits, not CKAN and not JSON."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from enum import Flag, auto
from itertools import islice, takewhile
from typing import ClassVar

from .errors import NotSupported, RevisionNotFound
from .model import Author, CommitInfo, Problem, Revision, Tag


class Capability(Flag):
    """What not every storage can do. Callers ask, they never guess."""

    NONE = 0
    LOCAL = auto()  # quick and on this machine: safe to call within a web request
    MOVE = auto()
    PURGE = auto()
    MAINTAIN = auto()
    VERIFY = auto()
    LOCAL_GIT = auto()  # ``location`` is a repository that plain git can read


class Backend(ABC):
    """Storage of datasets, revisions and tags.

    Every operation is atomic, and durable when it returns. Ids, tag names and paths have been
    validated by the caller (``names``); a backend may rely on that. Revision ids are 40 or 64
    lower-case hexadecimal digits.
    Where an operation names a dataset, revision or tag that does not exist, it raises
    ``DatasetNotFound``, ``RevisionNotFound`` or ``TagNotFound``. Faults of the storage are raised
    as ``BackendUnavailable`` (may pass) or ``CorruptStore`` (will not).
    """

    type: ClassVar[str]
    capabilities: ClassVar[Capability] = Capability.NONE

    @abstractmethod
    def commit(
        self,
        dataset_id: str,
        files: Mapping[str, bytes],
        *,
        parent: str | None,
        info: CommitInfo,
    ) -> Revision:
        """Store a new revision and make it the head.

        :param files: the whole new tree, path to content.
        :param parent: the id of the head it builds upon; None creates the dataset.
        :raises DatasetExists: if ``parent`` is None and the dataset is there.
        :raises Conflict: if the head is not ``parent``.
        """

    @abstractmethod
    def head(self, dataset_id: str) -> Revision:
        """Return the newest revision."""

    @abstractmethod
    def revision(self, dataset_id: str, revision_id: str) -> Revision:
        """Return the revision of exactly this id."""

    @abstractmethod
    def find(self, dataset_id: str, prefix: str) -> Sequence[str]:
        """Return the ids in the dataset's history that start with ``prefix``, sorted.

        :param prefix: 7 or more lower-case hexadecimal digits.
        """

    @abstractmethod
    def at(self, dataset_id: str, time: datetime) -> Revision:
        """Return the newest revision that is not younger than ``time``.

        :raises RevisionNotFound: if all are younger.
        """

    @abstractmethod
    def read(
        self, dataset_id: str, revision_id: str, paths: Sequence[str] | None = None
    ) -> dict[str, bytes]:
        """Return files of a revision: all, or those of ``paths`` that exist."""

    @abstractmethod
    def log(self, dataset_id: str, *, start: str | None = None) -> Iterator[Revision]:
        """Iterate over revisions, newest first, lazily: the cost follows what is consumed.

        :param start: the id of the revision to begin with; the head by default.
        """

    @abstractmethod
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
        """Name a revision. :raises TagExists: if the name is taken."""

    @abstractmethod
    def tag_list(self, dataset_id: str) -> list[Tag]:
        """Return all tags, newest first (by time, then by name)."""

    @abstractmethod
    def tag_read(self, dataset_id: str, name: str) -> Tag:
        """Return a tag."""

    @abstractmethod
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
        """Give a tag a name and a description in one step; the revision stays.

        :raises TagExists: if ``new_name`` is another tag's.
        """

    @abstractmethod
    def tag_delete(self, dataset_id: str, name: str) -> None:
        """Remove a tag; its revision stays."""

    @abstractmethod
    def list(self, *, after: str | None = None, limit: int = 1000) -> list[str]:
        """Return dataset ids in ascending order, a page at a time.

        :param after: only ids greater than this one.
        """

    @abstractmethod
    def exists(self, dataset_id: str) -> bool:
        """Say whether the dataset is in the store."""

    def exclusive(self, dataset_id: str) -> AbstractContextManager[None]:
        """Keep other writers of the dataset out, where the storage can; the caller may commit.

        It spares them from meeting a ``Conflict`` and trying again; ``commit`` checks all the same.
        The same thread may enter it again.
        """
        return nullcontext()

    def nth(self, dataset_id: str, n: int) -> Revision:
        """Return the n-th revision before the head.

        :raises RevisionNotFound: if the history is shorter.
        """
        for revision in islice(self.log(dataset_id), n, None):
            return revision
        raise RevisionNotFound(dataset_id, f"head~{n}")

    def first(self, dataset_id: str) -> Revision:
        """Return the oldest revision."""
        return deque(self.log(dataset_id), maxlen=1)[0]

    def newer(self, dataset_id: str, revision_id: str) -> Iterator[Revision]:
        """Iterate over the revisions after one, oldest first, lazily.

        :param revision_id: the id of a revision; it is not part of what is returned.
        :raises RevisionNotFound: if there is none such.
        """
        self.revision(dataset_id, revision_id)
        log = self.log(dataset_id)
        return reversed(list(takewhile(lambda revision: revision.id != revision_id, log)))

    def count(self, dataset_id: str) -> int:
        """Return the number of revisions."""
        return sum(1 for _ in self.log(dataset_id))

    def move(self, dataset_id: str, new_id: str) -> None:
        """Give a dataset another id. :raises DatasetExists: if ``new_id`` is taken."""
        raise NotSupported(self.type, "move")

    def purge(self, dataset_id: str) -> None:
        """Erase a dataset with all its history and tags."""
        raise NotSupported(self.type, "purge")

    def maintain(self, dataset_id: str) -> None:
        """Compact the storage of a dataset. Never changes what can be read."""
        raise NotSupported(self.type, "maintain")

    def verify(self, dataset_id: str) -> Sequence[Problem]:
        """Read everything back and report what is damaged; an empty list is good."""
        raise NotSupported(self.type, "verify")

    def location(self, dataset_id: str) -> str | None:
        """Return where the dataset is stored, for an operator to look at; None if nowhere."""
        return None

    def check(self) -> None:  # noqa: B027  # an optional hook
        """Raise ``BackendUnavailable`` unless a commit could be stored now; cheap."""

    def close(self) -> None:  # noqa: B027  # an optional hook
        """Release handles; the backend stays usable."""

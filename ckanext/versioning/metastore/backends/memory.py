"""A backend in memory: for tests, and the plainest example of the contract."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from ..backend import Backend, Capability
from ..errors import (
    Conflict,
    DatasetExists,
    DatasetNotFound,
    RevisionNotFound,
    TagExists,
    TagNotFound,
)
from ..model import Author, CommitInfo, Problem, Revision, Tag


@dataclass(slots=True)
class _Dataset:
    revisions: list[Revision] = field(default_factory=list)  # oldest first
    positions: dict[str, int] = field(default_factory=dict)
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)


class MemoryBackend(Backend):
    """Keeps everything in this process, and loses it with it."""

    type = "memory"
    capabilities = (
        Capability.LOCAL
        | Capability.MOVE
        | Capability.PURGE
        | Capability.MAINTAIN
        | Capability.VERIFY
    )

    def __init__(self) -> None:
        self._datasets: dict[str, _Dataset] = {}
        self._lock = threading.RLock()

    def commit(
        self,
        dataset_id: str,
        files: Mapping[str, bytes],
        *,
        parent: str | None,
        info: CommitInfo,
    ) -> Revision:
        with self._lock:
            if parent is None:
                if dataset_id in self._datasets:
                    raise DatasetExists(dataset_id)
                dataset = _Dataset()
            else:
                dataset = self._dataset(dataset_id)
                head = dataset.revisions[-1].id
                if head != parent:
                    raise Conflict(dataset_id, expected=parent, head=head)
            revision = Revision(secrets.token_hex(20), dataset_id, parent, info)
            dataset.positions[revision.id] = len(dataset.revisions)
            dataset.revisions.append(revision)
            dataset.files[revision.id] = {path: bytes(data) for path, data in files.items()}
            self._datasets[dataset_id] = dataset
            return revision

    @contextmanager
    def exclusive(self, dataset_id: str) -> Iterator[None]:
        with self._lock:
            yield

    def head(self, dataset_id: str) -> Revision:
        return self._dataset(dataset_id).revisions[-1]

    def revision(self, dataset_id: str, revision_id: str) -> Revision:
        dataset = self._dataset(dataset_id)
        return dataset.revisions[self._position(dataset_id, dataset, revision_id)]

    def find(self, dataset_id: str, prefix: str) -> Sequence[str]:
        with self._lock:
            positions = self._dataset(dataset_id).positions
            return sorted(
                revision_id for revision_id in positions if revision_id.startswith(prefix)
            )

    def at(self, dataset_id: str, time: datetime) -> Revision:
        for revision in self.log(dataset_id):
            if revision.info.time <= time:
                return revision
        raise RevisionNotFound(dataset_id, time.isoformat())

    def read(
        self, dataset_id: str, revision_id: str, paths: Sequence[str] | None = None
    ) -> dict[str, bytes]:
        dataset = self._dataset(dataset_id)
        self._position(dataset_id, dataset, revision_id)
        files = dataset.files[revision_id]
        return {path: files[path] for path in (files if paths is None else paths) if path in files}

    def log(self, dataset_id: str, *, start: str | None = None) -> Iterator[Revision]:
        dataset = self._dataset(dataset_id)
        if start is None:
            position = len(dataset.revisions) - 1
        else:
            position = self._position(dataset_id, dataset, start)
        return (dataset.revisions[i] for i in range(position, -1, -1))

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
        with self._lock:
            dataset = self._dataset(dataset_id)
            revision = dataset.revisions[self._position(dataset_id, dataset, revision_id)]
            if name in dataset.tags:
                raise TagExists(dataset_id, name)
            tag = Tag(name, description, author, time, revision_id, revision.info.time)
            dataset.tags[name] = tag
            return tag

    def tag_list(self, dataset_id: str) -> list[Tag]:
        with self._lock:
            tags = sorted(self._dataset(dataset_id).tags.values(), key=lambda tag: tag.name)
        return sorted(tags, key=lambda tag: tag.time, reverse=True)

    def tag_read(self, dataset_id: str, name: str) -> Tag:
        try:
            return self._dataset(dataset_id).tags[name]
        except KeyError:
            raise TagNotFound(dataset_id, name) from None

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
        with self._lock:
            old = self.tag_read(dataset_id, name)
            tags = self._dataset(dataset_id).tags
            if new_name != name and new_name in tags:
                raise TagExists(dataset_id, new_name)
            tag = replace(old, name=new_name, description=description, author=author, time=time)
            del tags[name]
            tags[new_name] = tag
            return tag

    def tag_delete(self, dataset_id: str, name: str) -> None:
        with self._lock:
            self.tag_read(dataset_id, name)
            del self._dataset(dataset_id).tags[name]

    def list(self, *, after: str | None = None, limit: int = 1000) -> list[str]:
        with self._lock:
            ids = sorted(self._datasets)
        return [dataset_id for dataset_id in ids if after is None or dataset_id > after][:limit]

    def exists(self, dataset_id: str) -> bool:
        return dataset_id in self._datasets

    def count(self, dataset_id: str) -> int:
        return len(self._dataset(dataset_id).revisions)

    def move(self, dataset_id: str, new_id: str) -> None:
        with self._lock:
            dataset = self._dataset(dataset_id)
            if new_id in self._datasets:
                raise DatasetExists(new_id)
            revisions = [replace(revision, dataset_id=new_id) for revision in dataset.revisions]
            del self._datasets[dataset_id]
            self._datasets[new_id] = replace(dataset, revisions=revisions)

    def purge(self, dataset_id: str) -> None:
        with self._lock:
            self._dataset(dataset_id)
            del self._datasets[dataset_id]

    def maintain(self, dataset_id: str) -> None:
        self._dataset(dataset_id)

    def verify(self, dataset_id: str) -> Sequence[Problem]:
        self._dataset(dataset_id)
        return []

    def _dataset(self, dataset_id: str) -> _Dataset:
        try:
            return self._datasets[dataset_id]
        except KeyError:
            raise DatasetNotFound(dataset_id) from None

    def _position(self, dataset_id: str, dataset: _Dataset, revision_id: str) -> int:
        try:
            return dataset.positions[revision_id]
        except KeyError:
            raise RevisionNotFound(dataset_id, revision_id) from None

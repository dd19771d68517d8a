"""Several threads at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ..backend import Backend
from ..errors import AlreadyExists, Conflict, TagExists
from ..model import Author, Change, Snapshot
from ..store import MetaStore
from .tools import FILES, START, grow, info, new_id

THREADS = 8
T = TypeVar("T")


def at_once(action: Callable[[int], T], count: int = THREADS) -> list[T]:
    """Run the action in that many threads that start together; return what they return."""
    barrier = threading.Barrier(count)

    def run(n: int) -> T:
        barrier.wait()
        return action(n)

    with ThreadPoolExecutor(count) as pool:
        return [future.result() for future in [pool.submit(run, n) for n in range(count)]]


class ConcurrencyConformance:
    """Needs the fixture ``backend``."""

    def test_of_many_creators_one_wins(self, backend: Backend) -> None:
        for _ in range(5):
            dataset_id = new_id()

            def create(n: int, dataset_id: str = dataset_id) -> str | None:
                try:
                    return backend.commit(
                        dataset_id, {"by": b"%d" % n}, parent=None, info=info(n)
                    ).id
                except AlreadyExists:
                    return None

            winners = [won for won in at_once(create) if won]
            assert winners == [backend.head(dataset_id).id]
            assert backend.count(dataset_id) == 1

    def test_of_many_commits_on_one_parent_one_wins(self, backend: Backend) -> None:
        dataset_id = new_id()
        (first,) = grow(backend, dataset_id, 1)

        def commit(n: int) -> str | None:
            try:
                return backend.commit(
                    dataset_id, {"by": b"%d" % n}, parent=first.id, info=info(n)
                ).id
            except Conflict:
                return None

        winners = [won for won in at_once(commit) if won]
        assert winners == [backend.head(dataset_id).id]
        assert backend.count(dataset_id) == 2

    def test_commits_with_retry_lose_nothing(self, backend: Backend) -> None:
        dataset_id = new_id()
        grow(backend, dataset_id, 1)

        def commit(n: int) -> list[str]:
            made = []
            for m in range(5):
                while True:
                    head = backend.head(dataset_id)
                    files = {"by": b"%d %d" % (n, m)}
                    try:
                        made.append(
                            backend.commit(dataset_id, files, parent=head.id, info=info(n)).id
                        )
                        break
                    except Conflict:
                        continue
            return made

        made = [revision_id for ids in at_once(commit) for revision_id in ids]
        log = list(backend.log(dataset_id))
        assert sorted(revision.id for revision in log[:-1]) == sorted(made)
        assert [revision.parent for revision in log[:-1]] == [revision.id for revision in log[1:]]

    def test_updates_of_a_store_lose_nothing(self, backend: Backend) -> None:
        store, dataset_id = MetaStore(backend), new_id()
        store.dataset_create(dataset_id, Snapshot({"name": "x"}))

        def patch(n: int) -> None:
            for m in range(4):
                store.dataset_patch(dataset_id, {f"field_{n}_{m}": n})

        at_once(patch)
        assert len(store.dataset_read(dataset_id).datapackage) == 1 + THREADS * 4
        assert backend.count(dataset_id) == 1 + THREADS * 4

    def test_recording_one_change_many_times_is_one_revision(self, backend: Backend) -> None:
        store, dataset_id = MetaStore(backend), new_id()
        for change_id, expected in (("c-1", 1), ("c-2", 2)):
            snapshot, change = Snapshot({"name": change_id}), Change(change_id=change_id)

            def record(n: int, snapshot: Snapshot = snapshot, change: Change = change) -> str:
                return store.dataset_record(dataset_id, snapshot, change, expected_head=None).id

            assert set(at_once(record)) == {backend.head(dataset_id).id}
            assert backend.count(dataset_id) == expected

    def test_of_many_tags_of_one_name_one_wins(self, backend: Backend) -> None:
        dataset_id = new_id()
        (revision,) = grow(backend, dataset_id, 1)

        def tag(n: int) -> bool:
            try:
                backend.tag_create(
                    dataset_id, "v1", revision.id, description=f"{n}", author=Author(), time=START
                )
                return True
            except TagExists:
                return False

        assert sum(at_once(tag)) == 1
        assert len(backend.tag_list(dataset_id)) == 1

    def test_readers_see_whole_revisions_while_others_write(self, backend: Backend) -> None:
        dataset_id = new_id()
        grow(backend, dataset_id, 1)
        done = threading.Event()

        def act(n: int) -> None:
            if n == 0:
                for m in range(40):
                    head = backend.head(dataset_id)
                    files = {**FILES, "n": b"%d" % m, "m": b"%d" % m}
                    backend.commit(dataset_id, files, parent=head.id, info=info(m))
                    if m % 10 == 0 and backend.capabilities & backend.capabilities.MAINTAIN:
                        backend.maintain(dataset_id)
                done.set()
            while not done.is_set():
                head = backend.head(dataset_id)
                files = backend.read(dataset_id, head.id)
                assert files.get("n") == files.get("m")
                assert next(backend.log(dataset_id, start=head.id)) == head

        at_once(act, 4)

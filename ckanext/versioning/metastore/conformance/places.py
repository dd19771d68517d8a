"""List, exists, and by capability move, purge, maintain, verify."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..backend import Backend, Capability
from ..errors import DatasetExists, DatasetNotFound, NotSupported
from ..model import Author
from .tools import FILES, START, grow, info, new_id


def _needs(backend: Backend, capability: Capability) -> None:
    if capability not in backend.capabilities:
        pytest.skip(f"not declared: {capability.name}")


class PlacesConformance:
    """Needs the fixture ``backend``."""

    def test_ids_are_listed_in_order_page_by_page(self, backend: Backend) -> None:
        names = ["a", "ab", "ab-c", "ab.c", "ab0", "abcd", "abcd-e", "abcde", "b", "a_b", "zz"]
        unique = new_id()
        created = [f"{name}-{unique}" for name in names] + [new_id() for _ in range(5)]
        for dataset_id in created:
            assert not backend.exists(dataset_id)
            backend.commit(dataset_id, FILES, parent=None, info=info())
            assert backend.exists(dataset_id)
        pages: list[str] = []
        while page := backend.list(after=pages[-1] if pages else None, limit=3):
            assert len(page) <= 3
            pages += page
        assert pages == sorted(set(pages))
        assert set(created) <= set(pages)
        assert backend.list(after=pages[0], limit=1) == [pages[1]]
        assert backend.list(after="zzzzzz") == []

    def test_what_is_not_declared_is_refused(self, backend: Backend) -> None:
        dataset_id = new_id()
        grow(backend, dataset_id, 1)
        for capability, call in (
            (Capability.MOVE, lambda: backend.move(dataset_id, new_id())),
            (Capability.PURGE, lambda: backend.purge(dataset_id)),
            (Capability.MAINTAIN, lambda: backend.maintain(dataset_id)),
            (Capability.VERIFY, lambda: backend.verify(dataset_id)),
        ):
            if capability not in backend.capabilities:
                with pytest.raises(NotSupported):
                    call()

    def test_a_moved_dataset_takes_everything_along(self, backend: Backend) -> None:
        _needs(backend, Capability.MOVE)
        old, new = new_id(), new_id()
        revisions = grow(backend, old, 3)
        backend.tag_create(old, "v1", revisions[1].id, description="", author=Author(), time=START)
        backend.move(old, new)
        assert not backend.exists(old)
        with pytest.raises(DatasetNotFound):
            backend.head(old)
        assert [r.id for r in backend.log(new)] == [r.id for r in revisions[::-1]]
        assert {r.dataset_id for r in backend.log(new)} == {new}
        assert backend.tag_read(new, "v1").revision_id == revisions[1].id
        backend.commit(new, FILES, parent=revisions[-1].id, info=info(9))
        backend.commit(old, FILES, parent=None, info=info())
        assert (backend.count(new), backend.count(old)) == (4, 1)

    def test_a_move_replaces_nothing(self, backend: Backend) -> None:
        _needs(backend, Capability.MOVE)
        one, other = new_id(), new_id()
        (first,), (second,) = grow(backend, one, 1), grow(backend, other, 1)
        for target in (other, one):
            with pytest.raises(DatasetExists):
                backend.move(one, target)
        with pytest.raises(DatasetNotFound):
            backend.move(new_id(), new_id())
        assert (backend.head(one), backend.head(other)) == (first, second)

    def test_a_purged_dataset_is_gone_and_may_come_anew(self, backend: Backend) -> None:
        _needs(backend, Capability.PURGE)
        dataset_id = new_id()
        old = grow(backend, dataset_id, 3)
        backend.tag_create(dataset_id, "v1", old[0].id, description="", author=Author(), time=START)
        backend.purge(dataset_id)
        assert not backend.exists(dataset_id)
        assert dataset_id not in backend.list(limit=100_000)
        with pytest.raises(DatasetNotFound):
            backend.head(dataset_id)
        with pytest.raises(DatasetNotFound):
            backend.purge(dataset_id)
        revision = backend.commit(dataset_id, {"new": b""}, parent=None, info=info(5))
        assert list(backend.log(dataset_id)) == [revision]
        assert backend.tag_list(dataset_id) == []

    def test_maintenance_changes_nothing_that_can_be_read(self, backend: Backend) -> None:
        _needs(backend, Capability.MAINTAIN)
        dataset_id = new_id()
        revisions = grow(backend, dataset_id, 30)
        for n in (0, 7):
            backend.tag_create(
                dataset_id, f"v{n}", revisions[n].id, description="", author=Author(), time=START
            )
        before = [backend.read(dataset_id, r.id) for r in revisions]
        tags = backend.tag_list(dataset_id)
        for _ in range(2):
            backend.maintain(dataset_id)
            assert list(backend.log(dataset_id)) == revisions[::-1]
            assert [backend.read(dataset_id, r.id) for r in revisions] == before
            assert backend.tag_list(dataset_id) == tags
            assert list(backend.find(dataset_id, revisions[3].id[:20])) == [revisions[3].id]
        backend.commit(dataset_id, FILES, parent=revisions[-1].id, info=info(31))
        backend.maintain(dataset_id)
        assert backend.count(dataset_id) == 31
        with pytest.raises(DatasetNotFound):
            backend.maintain(new_id())

    def test_a_healthy_dataset_verifies(self, backend: Backend) -> None:
        _needs(backend, Capability.VERIFY)
        dataset_id = new_id()
        grow(backend, dataset_id, 3)
        assert list(backend.verify(dataset_id)) == []
        with pytest.raises(DatasetNotFound):
            backend.verify(new_id())

    def test_a_local_repository_is_where_it_is_said_to_be(self, backend: Backend) -> None:
        _needs(backend, Capability.LOCAL_GIT)
        dataset_id = new_id()
        grow(backend, dataset_id, 1)
        location = backend.location(dataset_id)
        assert location is not None
        assert Path(location, "HEAD").is_file()

    def test_a_closed_backend_stays_usable(self, backend: Backend) -> None:
        dataset_id = new_id()
        (revision,) = grow(backend, dataset_id, 1)
        backend.check()
        backend.close()
        backend.close()
        assert backend.head(dataset_id) == revision

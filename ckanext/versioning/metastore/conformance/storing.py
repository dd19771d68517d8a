"""The store over the backend: just what depends on both."""

from __future__ import annotations

import pytest

from ..backend import Backend
from ..errors import Conflict, CorruptStore
from ..model import Author, Change, Snapshot, Visibility
from ..store import MetaStore
from .tools import MISSING, new_id

UNICODE = {
    "name": "x",
    "title": "Ünïcödé 🦊 \u2028 \x00 \x7f",
    "n": [1, 1.0, True, None, -0.0, "1"],
}


class StoreConformance:
    """Needs the fixture ``backend``."""

    def test_a_story_from_create_to_revert(self, backend: Backend) -> None:
        store, dataset_id = MetaStore(backend), new_id()
        source = {"id": dataset_id, **UNICODE}
        first = store.dataset_create(
            dataset_id,
            Snapshot(UNICODE, source),
            Change(Author("u"), visibility=Visibility(private=True)),
        )
        store.tag_create(dataset_id, "v1", description="the first")
        second = store.dataset_update(dataset_id, Snapshot({"name": "y"}, {"name": "y"}))
        assert second.parent == first.id
        assert second.info.visibility.private
        assert store.dataset_update(dataset_id, Snapshot({"name": "y"}, {"name": "y"})) == second
        with pytest.raises(Conflict):
            store.dataset_update(dataset_id, Snapshot(UNICODE), parent=first.id)
        deleted = store.dataset_delete(dataset_id)
        assert (deleted.info.action, deleted.info.visibility.state) == ("delete", "deleted")
        restored = store.dataset_revert(dataset_id, "v1")
        assert (restored.info.action, restored.info.reverted_to) == ("revert", first.id)
        assert repr(store.dataset_read(dataset_id)) == repr(store.dataset_read(dataset_id, "v1"))
        snapshot = store.dataset_read(dataset_id)
        assert (snapshot.datapackage, snapshot.source) == (UNICODE, source)
        assert [r.id for r in store.revision_list(dataset_id, limit=2)] == [restored.id, deleted.id]

    def test_recording_is_harmless_to_repeat_and_notices_lost_history(
        self, backend: Backend
    ) -> None:
        store, dataset_id = MetaStore(backend), new_id()
        one, two = Snapshot({"name": "one"}), Snapshot({"name": "two"})
        first = store.dataset_record(dataset_id, one, Change(change_id="1"), expected_head=None)
        second = store.dataset_record(
            dataset_id, two, Change(change_id="2"), expected_head=first.id
        )
        for expected in (None, first.id, second.id):
            again = store.dataset_record(
                dataset_id, two, Change(change_id="2"), expected_head=expected
            )
            assert again == second
        with pytest.raises(CorruptStore):
            store.dataset_record(dataset_id, one, Change(change_id="3"), expected_head=MISSING)
        with pytest.raises(CorruptStore):
            store.dataset_record(new_id(), one, Change(change_id="4"), expected_head=first.id)
        third = store.dataset_record(dataset_id, one, Change(change_id="5"), expected_head=first.id)
        assert third.parent == second.id
        assert backend.count(dataset_id) == 3

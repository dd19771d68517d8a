"""The store over the backend: just what depends on both."""

from __future__ import annotations

import pytest

from ..backend import Backend
from ..encoding import decode, encode
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

    def test_data_files_come_and_go_in_their_folders(self, backend: Backend) -> None:
        store, dataset_id = MetaStore(backend), new_id()
        names = [f"é {n} 🦊.csv" for n in range(20)]
        revisions, trees = [], []
        for sizes in (range(20), range(1, 21), range(10), [5, *range(1, 20)], []):
            content = _with_files(dict(zip(names, sizes, strict=False)))
            revisions.append(store.dataset_record(dataset_id, content, expected_head=None))
            trees.append(encode(content))
        for revision, tree in zip(revisions, trees, strict=True):
            assert backend.read(dataset_id, revision.id) == tree
        assert ".gitattributes" in trees[0]
        assert len(list(store.files(dataset_id))) == len(
            {file for tree in trees for file in decode("", "", tree).files}
        )
        pointers = backend.read(dataset_id, revisions[0].id, ["data/r 7/" + names[7]])
        assert b"size 7\n" in pointers["data/r 7/" + names[7]]


def _with_files(sizes: dict[str, int]) -> Snapshot:
    resources = [
        {
            "name": name,
            "path": f"data/r {n}/{name}",
            "bytes": size,
            "hash": f"sha256:{size:064x}",
            "kept": True,
        }
        for n, (name, size) in enumerate(sizes.items())
    ]
    return Snapshot({"name": "x", "resources": resources})

"""The store's own meaning, over the backend in memory."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.versioning.metastore import (
    Author,
    Change,
    Conflict,
    CorruptStore,
    DatasetExists,
    DatasetNotFound,
    InvalidName,
    InvalidSnapshot,
    MetaStore,
    NotSupported,
    ResourceNotFound,
    Snapshot,
    TagExists,
    Visibility,
)
from ckanext.versioning.metastore.backend import Capability
from ckanext.versioning.metastore.backends.memory import MemoryBackend
from ckanext.versioning.metastore.conformance.tools import START, info

PRIVATE = Visibility(private=True)


@pytest.fixture
def store() -> MetaStore:
    return MetaStore(MemoryBackend())


def test_actions_and_messages_are_told_from_what_happened(store: MetaStore) -> None:
    one = Snapshot({"name": "x", "title": "T"})
    steps = [
        store.dataset_create("x", one),
        store.dataset_update("x", Snapshot({"name": "x", "title": "U"})),
        store.dataset_update(
            "x", Snapshot({"name": "x", "title": "U"}), Change(visibility=PRIVATE)
        ),
        store.dataset_patch("x", {"title": "V"}),
        store.dataset_delete("x"),
        store.dataset_update("x", store.dataset_read("x"), Change(visibility=Visibility())),
        store.dataset_revert("x", "head~5"),
        store.dataset_patch("x", {"name": "y"}, Change(message="So", action="special")),
    ]
    assert [(r.info.action, r.info.message) for r in steps] == [
        ("create", "Create dataset"),
        ("update", "Change title"),
        ("update", "Make private"),
        ("update", "Change title"),
        ("delete", "Delete dataset"),
        ("restore", "Restore dataset"),
        ("revert", f"Revert to {steps[0].id[:10]}"),
        ("special", "So"),
    ]
    assert steps[3].info.visibility == PRIVATE
    assert steps[4].info.visibility == Visibility(private=True, state="deleted")
    assert [r.parent for r in steps[1:]] == [r.id for r in steps[:-1]]


def test_what_changes_nothing_makes_no_revision(store: MetaStore) -> None:
    snapshot = Snapshot({"name": "x", "n": 1}, {"id": 1})
    head = store.dataset_create("x", snapshot)
    # Of two documents, the source is what counts.
    assert store.dataset_update("x", Snapshot({"name": "y"}, {"id": 1})) == head
    assert store.dataset_patch("x", {"more": 1}, source={}) == head
    assert store.dataset_revert("x", "head") == head
    deleted = store.dataset_delete("x")
    assert store.dataset_delete("x") == deleted
    assert len(store.revision_list("x")) == 2


@pytest.mark.parametrize(
    ("before", "after"), [(1, True), (1, 1.0), (1, "1"), (0.0, -0.0), ([], {})]
)
def test_a_change_of_type_is_a_change(store: MetaStore, before: Any, after: Any) -> None:
    head = store.dataset_create("x", Snapshot({"n": [before]}))
    changed = store.dataset_update("x", Snapshot({"n": [after]}))
    assert changed.parent == head.id
    assert changed.info.summary.fields == ("n",)


def test_gaining_or_losing_a_source_is_a_change(store: MetaStore) -> None:
    store.dataset_create("x", Snapshot({"a": 1}))
    store.dataset_update("x", Snapshot({"a": 1}, {"a": 1}))
    store.dataset_update("x", Snapshot({"a": 1}))
    assert len(store.revision_list("x")) == 3


def test_the_canonical_form_decides() -> None:
    store = MetaStore(
        MemoryBackend(), canonical=lambda d: {k: v for k, v in d.items() if k != "modified"}
    )
    head = store.dataset_create("x", Snapshot({}, {"title": "T", "modified": 1}))
    assert head.info.summary.fields == ("title",)
    assert store.dataset_update("x", Snapshot({}, {"title": "T", "modified": 2})) == head
    changed = store.dataset_update("x", Snapshot({}, {"title": "U", "modified": 3}))
    assert changed.info.summary.fields == ("title",)
    assert store.revision_diff("x", "head~1").to_dict()["fields"] == [
        {"path": "/title", "op": "change", "from": "T", "to": "U"}
    ]
    # What does not count is kept all the same.
    assert store.dataset_read("x").source == {"title": "U", "modified": 3}


def test_a_parent_that_is_not_head_conflicts(store: MetaStore) -> None:
    first = store.dataset_create("x", Snapshot({"a": 1}))
    second = store.dataset_update("x", Snapshot({"a": 2}), parent=first.id)
    for call in (
        lambda: store.dataset_update("x", Snapshot({"a": 2}), parent=first.id),
        lambda: store.dataset_patch("x", {"a": 3}, parent=first.id),
    ):
        with pytest.raises(Conflict) as caught:
            call()
        assert caught.value.head == second.id


def test_patches_merge_as_rfc_7396_says(store: MetaStore) -> None:
    store.dataset_create("x", Snapshot({"a": {"b": 1, "c": 2}, "d": [1, 2], "e": 1}))
    store.dataset_patch("x", {"a": {"b": None, "n": {"m": None, "k": 1}}, "d": [3], "e": {"x": 1}})
    assert store.dataset_read("x").datapackage == {
        "a": {"c": 2, "n": {"k": 1}},
        "d": [3],
        "e": {"x": 1},
    }


def test_a_patch_must_say_how_the_source_changes(store: MetaStore) -> None:
    store.dataset_create("x", Snapshot({"a": 1}, {"a": 1, "id": 2}))
    with pytest.raises(InvalidSnapshot, match="source"):
        store.dataset_patch("x", {"a": 2})
    store.dataset_patch("x", {"a": 2}, source={"a": 2})
    assert store.dataset_read("x") == Snapshot({"a": 2}, {"a": 2, "id": 2})
    store.dataset_create("y", Snapshot({"a": 1}))
    with pytest.raises(InvalidSnapshot, match="no source"):
        store.dataset_patch("y", {}, source={"a": 2})


BAD: list[Any] = [
    [],
    None,
    "{}",
    {"a": math.nan},
    {"a": math.inf},
    {"a": "\ud800"},
    {"\udfff": 1},
    {1: "a"},
    {"a": (1,)},
    {"a": {1}},
    {"a": b"x"},
    {"a": datetime(2020, 1, 1)},
    {"a": object()},
]


@pytest.mark.parametrize("document", BAD)
def test_what_is_no_json_is_refused_whole(store: MetaStore, document: Any) -> None:
    for snapshot in (Snapshot(document), Snapshot({}, document)):
        if snapshot.source is None and document is None and snapshot.datapackage == {}:
            continue
        with pytest.raises(InvalidSnapshot):
            store.dataset_create("x", snapshot)
        with pytest.raises(InvalidSnapshot):
            store.dataset_record("x", snapshot, expected_head=None)
    assert not store.dataset_exists("x")
    store.dataset_create("x", Snapshot({}))
    with pytest.raises(InvalidSnapshot):
        store.dataset_update("x", Snapshot(document))


def test_what_refers_to_itself_or_is_too_deep_is_refused(store: MetaStore) -> None:
    circle: dict[str, Any] = {}
    circle["a"] = circle
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    for document in (circle, deep):
        with pytest.raises(InvalidSnapshot):
            store.dataset_create("x", Snapshot(document))


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=20,
)
documents = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"])), json_values, max_size=5
)


@given(datapackage=documents, source=st.none() | documents)
def test_any_json_reads_back(datapackage: dict[str, Any], source: dict[str, Any] | None) -> None:
    store = MetaStore(MemoryBackend())
    head = store.dataset_create("x", Snapshot(datapackage, source))
    read = store.dataset_read("x")
    assert read == Snapshot(datapackage, source)
    assert store.dataset_update("x", read) == head


def test_what_is_said_about_a_change_never_fails_it(store: MetaStore) -> None:
    odd = Author("\ud800", "\udfff", "\ud800")
    revision = store.dataset_create("x", Snapshot({}), Change(odd, "\ud800m", change_id="\ud800"))
    assert (revision.info.author, revision.info.message) == (Author("?", "?", "?"), "?m")
    assert store.tag_create("x", "v1", description="\ud800", author=odd).description == "?"


def test_times_are_utc_and_never_naive(store: MetaStore) -> None:
    east = START.astimezone(timezone(timedelta(hours=5)))
    assert (
        store.dataset_create("x", Snapshot({}), Change(time=east)).info.time.tzinfo is timezone.utc
    )
    naive = datetime(2020, 1, 1)
    with pytest.raises(ValueError, match="offset"):
        store.dataset_update("x", Snapshot({"a": 1}), Change(time=naive))
    with pytest.raises(ValueError, match="offset"):
        store.tag_create("x", "v1", time=naive)


def test_record_finds_its_change_behind_a_later_head(store: MetaStore) -> None:
    first = store.dataset_record("x", Snapshot({"a": 1}), Change(change_id="1"), expected_head=None)
    second = store.dataset_record(
        "x", Snapshot({"a": 2}), Change(change_id="2"), expected_head=first.id
    )
    store.dataset_update("x", Snapshot({"a": 3}))
    again = store.dataset_record(
        "x", Snapshot({"a": 2}), Change(change_id="2"), expected_head=first.id
    )
    assert again == second
    # A change without an id can't be told from another one.
    assert store.dataset_record("x", Snapshot({"a": 2}), expected_head=first.id).id != second.id


def test_lost_history_is_told_with_what_to_do(store: MetaStore) -> None:
    first = store.dataset_create("x", Snapshot({}))
    for dataset_id, expected in (("x", "f" * 40), ("gone", first.id)):
        with pytest.raises(CorruptStore, match="restore the backup"):
            store.dataset_record(dataset_id, Snapshot({"a": 1}), expected_head=expected)
    assert store.revision_list("x") == [first]
    assert not store.dataset_exists("gone")


def test_a_resource_by_id_then_by_name(store: MetaStore) -> None:
    resources = [
        {"id": "1", "name": "2"},
        {"id": "2", "name": "1"},
        {"id": "3", "name": "n"},
        "odd",
    ]
    store.dataset_create("x", Snapshot({"resources": []}, {"resources": resources}))
    store.dataset_update("x", Snapshot({"resources": []}, {"resources": None}))
    assert store.get_resource("x", "1", "head~1") == resources[0]
    assert store.get_resource("x", "2", "head~1") == resources[1]
    assert store.get_resource("x", "n", "head~1") == resources[2]
    for resource, ref in (("none", "head~1"), ("1", "head")):
        with pytest.raises(ResourceNotFound) as caught:
            store.get_resource("x", resource, ref)
        assert caught.value.revision_id == store.revision_read("x", ref).id


def test_pages(store: MetaStore) -> None:
    store.dataset_create("x", Snapshot({"n": 0}))
    for n in range(1, 30):
        store.dataset_update("x", Snapshot({"n": n}))
    first = store.revision_list("x")
    assert len(first) == 20
    assert store.revision_list("x", start="head~19", limit=1) == first[19:]
    assert len(store.revision_list("x", start=first[-1].parent)) == 10
    for limit in (0, -1):
        with pytest.raises(ValueError, match="limit"):
            store.revision_list("x", limit=limit)
        with pytest.raises(ValueError, match="limit"):
            store.dataset_list(limit=limit)


def test_tags_keep_what_is_not_changed(store: MetaStore) -> None:
    store.dataset_create("x", Snapshot({}))
    tag = store.tag_create("x", "v1", description="d", author=Author("u"))
    renamed = store.tag_update("x", "v1", new_name="v2")
    assert (renamed.description, renamed.revision_id) == ("d", tag.revision_id)
    assert store.tag_update("x", "v2", description="").description == ""
    assert store.tag_list("x") == [store.tag_read("x", "v2")]
    store.tag_create("x", "v3")
    with pytest.raises(TagExists):
        store.tag_update("x", "v3", new_name="v2")
    store.tag_delete("x", "v2")
    assert [t.name for t in store.tag_list("x")] == ["v3"]


def test_names_are_checked_before_the_backend_is_asked() -> None:
    class Untouched:
        def __getattr__(self, name: str) -> Any:
            def asked(*_: Any, **__: Any) -> None:
                raise AssertionError(name)

            return asked

    store = MetaStore(Untouched())  # type: ignore[arg-type]
    bad, snapshot = "../x", Snapshot({})
    for call in (
        lambda: store.dataset_create(bad, snapshot),
        lambda: store.dataset_read(bad),
        lambda: store.dataset_update(bad, snapshot),
        lambda: store.dataset_patch(bad, {}),
        lambda: store.dataset_delete(bad),
        lambda: store.dataset_revert(bad, "head"),
        lambda: store.dataset_record(bad, snapshot, expected_head=None),
        lambda: store.dataset_purge(bad),
        lambda: store.dataset_move(bad, "x"),
        lambda: store.dataset_move("x", bad),
        lambda: store.dataset_exists(bad),
        lambda: store.revision_list(bad),
        lambda: store.revision_read(bad),
        lambda: store.revision_diff(bad, "head"),
        lambda: store.get_resource(bad, "r"),
        lambda: store.history(bad),
        lambda: store.verify(bad),
        lambda: store.tag_list(bad),
        lambda: store.tag_create(bad, "v1"),
        lambda: store.tag_create("x", bad),
        lambda: store.tag_read(bad, "v1"),
        lambda: store.tag_read("x", bad),
        lambda: store.tag_update("x", bad),
        lambda: store.tag_update("x", "v1", new_name=bad),
        lambda: store.tag_delete("x", bad),
    ):
        with pytest.raises(InvalidName):
            call()


def test_a_second_create_is_refused(store: MetaStore) -> None:
    store.dataset_create("x", Snapshot({}))
    with pytest.raises(DatasetExists):
        store.dataset_create("x", Snapshot({}))
    store.dataset_purge("x")
    with pytest.raises(DatasetNotFound):
        store.dataset_read("x")
    store.dataset_create("x", Snapshot({}))
    store.dataset_move("x", "y")
    assert store.dataset_list() == ["y"]
    assert store.dataset_list(after="y") == []


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"NaN", b'{"a": NaN}', b"\xff", b"[" * 100_000]
)
def test_what_can_not_be_read_is_told(store: MetaStore, content: bytes) -> None:
    store.backend.commit("x", {"datapackage.json": content}, parent=None, info=info())
    store.backend.commit("y", {"other": b""}, parent=None, info=info())
    for dataset_id in ("x", "y"):
        with pytest.raises(CorruptStore):
            store.dataset_read(dataset_id)
        (problem,) = store.verify(dataset_id)
        assert store.revision_read(dataset_id).id in problem.reason


def test_a_backend_without_exclusive_access_is_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = MemoryBackend()
    store = MetaStore(backend)
    store.dataset_create("x", Snapshot({"a": 0}))
    commit, calls = backend.commit, []

    def contended(*arguments: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) < 3:
            head = backend.head("x")
            files = {"datapackage.json": b'{"a": %d, "by": "other"}' % len(calls)}
            commit("x", files, parent=head.id, info=info())
        return commit(*arguments, **options)

    monkeypatch.setattr(backend, "commit", contended)
    store.dataset_patch("x", {"mine": 1})
    assert store.dataset_read("x").datapackage == {"a": 2, "by": "other", "mine": 1}


def test_what_a_backend_can_not_do_is_refused() -> None:
    class Plain(MemoryBackend):
        capabilities = Capability.NONE
        purge = MemoryBackend.__mro__[1].purge  # type: ignore[attr-defined]

    with pytest.raises(NotSupported):
        MetaStore(Plain()).dataset_purge("x")

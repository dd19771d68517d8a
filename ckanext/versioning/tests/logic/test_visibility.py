"""The history of public revisions, without CKAN's API around it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ckanext.versioning.logic.visibility import PublicHistory, View
from ckanext.versioning.metastore import (
    AmbiguousRef,
    Change,
    DatasetNotFound,
    InvalidRef,
    MetaStore,
    RevisionNotFound,
    Snapshot,
    TagNotFound,
    Visibility,
)
from ckanext.versioning.metastore.backends import memory
from ckanext.versioning.metastore.refs import resolve

START = datetime(2024, 1, 1, tzinfo=timezone.utc)
PUBLIC, HIDDEN = Visibility(), Visibility(private=True)


@pytest.fixture
def store(monkeypatch):
    """Revision ids are ``abcdef0000...``, ``abcdef0100...``, by number."""
    made = iter(range(100))
    monkeypatch.setattr(
        memory.secrets, "token_hex", lambda length: f"abcdef{next(made):02x}".ljust(40, "0")
    )
    return MetaStore(memory.MemoryBackend())


def fill(store, *visibilities):
    return [
        store.dataset_record(
            "d",
            Snapshot({"name": "d", "title": str(number)}),
            Change(visibility=visibility, time=START + timedelta(days=number)),
            expected_head=None if number == 0 else store.revision_read("d").id,
        ).id
        for number, visibility in enumerate(visibilities)
    ]


def test_ambiguity_is_among_public_ones(store):
    ids = fill(store, PUBLIC, HIDDEN, HIDDEN)
    assert resolve("abcdef0", PublicHistory(store, "d")).id == ids[0]
    with pytest.raises(AmbiguousRef) as whole:
        resolve("abcdef0", store.history("d"))
    assert len(whole.value.candidates) == 3
    fill_more = store.dataset_update("d", Snapshot({"name": "d"}), Change(visibility=PUBLIC)).id
    with pytest.raises(AmbiguousRef) as public:
        resolve("abcdef0", PublicHistory(store, "d"))
    assert public.value.candidates == (ids[0], fill_more)


def test_is_the_whole_history_where_all_is_public(store):
    ids = fill(store, *[PUBLIC] * 5)
    store.tag_create("d", "v1", ids[2])
    public, whole = PublicHistory(store, "d"), store.history("d")
    assert public.head() == whole.head()
    assert public.first() == whole.first()
    assert [public.nth(n) for n in range(5)] == [whole.nth(n) for n in range(5)]
    assert public.find("abcdef0") == whole.find("abcdef0")
    assert public.at(START + timedelta(days=2.5)) == whole.at(START + timedelta(days=2.5))
    assert public.tag("v1") == whole.tag("v1")
    for history in (public, whole):
        with pytest.raises(RevisionNotFound):
            history.nth(5)
        with pytest.raises(RevisionNotFound):
            history.at(START - timedelta(days=1))
    seen = View(store, "d", "d", "d", complete=False, authors=True, plugin_data=False)
    assert seen.present(list(seen.log())) == list(store.backend.log("d"))


@pytest.mark.parametrize("visibilities", [[HIDDEN], [HIDDEN] * 3, []])
@pytest.mark.parametrize(
    "ref", ["head", "head~1", "abcdef0", "abcdef01", "f" * 40, "v1", "2024-01-02", "2999-01-01"]
)
def test_where_nothing_is_public_there_is_no_dataset(store, visibilities, ref):
    ids = fill(store, *visibilities)
    if ids:
        store.tag_create("d", "v1", ids[0])
    with pytest.raises(DatasetNotFound):
        resolve(ref, PublicHistory(store, "d"))
    with pytest.raises(DatasetNotFound):
        PublicHistory(store, "d").tag("v1")
    with pytest.raises(DatasetNotFound):
        View(store, "d", "d", "d", complete=False, authors=True, plugin_data=False).history.first()


def test_what_is_hidden_does_not_exist(store):
    ids = fill(store, HIDDEN, PUBLIC, HIDDEN, PUBLIC, HIDDEN)
    store.tag_create("d", "hidden", ids[2])
    history = PublicHistory(store, "d")
    assert history.head().id == ids[3]
    assert history.first().id == ids[1]
    assert history.nth(1).id == ids[1]
    assert history.at(START + timedelta(days=9)).id == ids[3]
    assert history.at(START + timedelta(days=2)).id == ids[1]
    assert [revision.id for revision in history.log(start=ids[2])] == [ids[1]]
    with pytest.raises(TagNotFound):
        history.tag("hidden")
    with pytest.raises(InvalidRef, match="2024-01-02"):
        resolve("2024-01-01", history)
    for ref in (ids[0], ids[2], ids[4], "abcdef02", "hidden", "head~2"):
        with pytest.raises(RevisionNotFound) as raised:
            resolve(ref, history)
        assert raised.value.ref == ref


@pytest.mark.parametrize(
    ("message", "shown"), [("", "Change title"), ("Change title", "Change title"), ("Mine", "Mine")]
)
def test_generated_words_are_made_anew(store, message, shown):
    fill(store, PUBLIC, HIDDEN)
    store.dataset_record(
        "d",
        Snapshot({"name": "d", "title": "9", "notes": "new"}),
        Change(visibility=PUBLIC, message=message),
        expected_head=store.revision_read("d").id,
    )
    view = View(store, "d", "d", "d", complete=False, authors=True, plugin_data=False)
    (newest, _) = view.present(list(view.log()))
    assert newest.info.message == (shown if message else "Change notes and title")
    assert newest.info.summary.fields == ("notes", "title")

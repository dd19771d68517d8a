"""Listing only the revisions that somebody looks for, and how many there are."""

from __future__ import annotations

import pytest

from ckanext.versioning.metastore import Change, Snapshot, Visibility
from ckanext.versioning.recording.metastore import get_metastore

PUBLIC, HIDDEN = Visibility(), Visibility(private=True)


@pytest.fixture
def more(history):
    """The dataset of ``history`` with two changes of resources behind its three revisions."""
    (prices,) = history.show()["resources"]
    history.patch(resources=[prices, {"name": "rates", "url": "http://example.com/rates.csv"}])
    (prices, rates) = history.show()["resources"]
    history.patch(resources=[{**prices, "description": "Monthly"}, rates])
    return history


def listed(api, history, user="anonymous", **filters):
    found = api.get(user, "dataset_revision_list", dataset=history.name, **filters).result
    return [history.ids.index(revision["id"]) for revision in found]


def test_tagged(api, more):
    get_metastore().tag_create(more.id, "v2", more.ids[4])
    assert listed(api, more, tagged=True) == [4, 1]
    assert listed(api, more, tagged=True, before=more.ids[4]) == [1]
    assert listed(api, more, tagged=False) == [4, 3, 2, 1, 0]


def test_of_a_resource(api, more):
    prices, rates = (resource["id"] for resource in more.show()["resources"])
    assert listed(api, more, resource=prices) == [4, 0]
    assert listed(api, more, resource=rates) == [3]
    assert listed(api, more, resource=prices, limit=1, offset=1) == [0]
    assert listed(api, more, resource="unknown") == []


def test_of_a_field(api, more):
    assert listed(api, more, field="notes") == [1, 0]
    assert listed(api, more, field="title", before=more.ids[2]) == [1, 0]
    assert listed(api, more, field="description") == []


def test_of_a_field_of_a_resource(api, more):
    prices, rates = (resource["id"] for resource in more.show()["resources"])
    assert listed(api, more, resource=prices, field="description") == [4]
    assert listed(api, more, resource=rates, field="description") == []


def hide(history):
    """Change title and notes while the dataset is private, then show it again."""
    store, head = get_metastore(), history.revisions[-1]
    document = store.dataset_read(history.id, head.id).document
    for fields, visibility in (
        ({"title": "Hidden", "version": "2"}, HIDDEN),
        ({"title": "Shown", "version": "2"}, PUBLIC),
    ):
        changed = Snapshot({"name": history.name, "resources": []}, {**document, **fields})
        store.dataset_update(history.id, changed, Change(visibility=visibility))


def test_fields_are_those_that_the_caller_sees_change(api, history):
    hide(history)
    # the version changed while nobody saw it, so for the public it changed afterwards
    assert listed(api, history, field="version") == [4]
    assert listed(api, history, "editor", field="version") == [3]


def test_the_overview(api, history):
    shown = api.get("anonymous", "dataset_history_show", dataset=history.name).result
    assert shown["revision_count"] == 3
    assert shown["head"]["id"] == history.ids[2]
    assert shown["head"]["tags"] == []
    assert [tag["name"] for tag in shown["newest_tags"]] == ["v1"]


def test_the_overview_follows_the_history(api, history):
    def count(user):
        return api.get(user, "dataset_history_show", dataset=history.id).result["revision_count"]

    assert (count("anonymous"), count("editor")) == (3, 3)
    hide(history)
    assert (count("anonymous"), count("editor")) == (4, 5)
    history.patch(title="Once more")
    assert (count("editor"), count("anonymous")) == (6, 5)


def test_a_new_history_is_counted_anew(api, history):
    assert len(history.ids) == 3
    api.get("anonymous", "dataset_history_show", dataset=history.id)
    store = get_metastore()
    snapshot = store.dataset_read(history.id)
    store.dataset_purge(history.id)
    store.dataset_create(history.id, snapshot)
    shown = api.get("anonymous", "dataset_history_show", dataset=history.id).result
    assert shown["revision_count"] == 1


def test_only_the_newest_tags_are_told(api, history):
    for number in range(2, 9):
        get_metastore().tag_create(history.id, f"v{number}")
    shown = api.get("anonymous", "dataset_history_show", dataset=history.id).result
    assert [tag["name"] for tag in shown["newest_tags"]] == ["v8", "v7", "v6", "v5", "v4"]
    assert shown["head"]["tags"][0] == "v8"
    assert len(shown["head"]["tags"]) == 7

"""What a revert sends."""

from __future__ import annotations

import copy

import pytest

from ckanext.versioning.mapping import restorable

from .shapes import ID, dataset, resource

THEN = dataset()
NOW = dataset(
    name="renamed",
    title="New title",
    notes="",
    owner_org="another",
    private=True,
    state="draft",
    groups=[{"id": "g9", "name": "nine", "title": "Nine"}],
    plugin_data={"checker": {"seen": 2}},
    tags=[],
    extras=[{"key": "other", "value": "1"}],
    resources=[resource(2, name="New", datastore_active=True), resource(3)],
    relationships_as_subject=[],
    metadata_modified="2025-01-01T00:00:00",
)


def test_the_content_of_then_where_the_dataset_lives_now():
    sent = restorable(THEN, NOW).dataset
    assert {key: sent[key] for key in ("id", "title", "notes", "version")} == {
        "id": ID,
        "title": "Prices",
        "notes": "What things cost.",
        "version": "1.0",
    }
    assert {key: sent[key] for key in ("name", "owner_org", "private", "state", "groups")} == {
        "name": "renamed",
        "owner_org": "another",
        "private": True,
        "state": "draft",
        "groups": [{"id": "g9"}],
    }
    assert "plugin_data" not in sent
    assert sent["extras"] == THEN["extras"]
    assert sent["tags"] == [{"name": "a"}, {"name": "b", "vocabulary_id": "v"}]


def test_in_full():
    sent = restorable(THEN, NOW, full=True).dataset
    assert {key: sent[key] for key in ("name", "owner_org", "private", "state", "groups")} == {
        "name": "prices",
        "owner_org": THEN["owner_org"],
        "private": False,
        "state": "active",
        "groups": [{"id": "g1"}, {"id": "g2"}],
    }
    assert sent["plugin_data"] == THEN["plugin_data"]


@pytest.mark.parametrize("full", [False, True])
def test_what_ckan_computes_is_not_sent(full):
    sent = restorable(THEN, NOW, full=full).dataset
    assert set(sent).isdisjoint(
        {"metadata_modified", "metadata_created", "num_resources", "num_tags", "isopen", "type"}
        | {"organization", "relationships_as_subject", "relationships_as_object"}
        | {"license_title", "license_url", "creator_user_id"}
    )
    for one in sent["resources"]:
        assert set(one).isdisjoint({"metadata_modified", "position", "package_id", "state"})


def test_resources_keep_their_ids_and_their_order():
    sent = restorable(THEN, NOW).dataset["resources"]
    assert [one["id"] for one in sent] == [resource(1)["id"], resource(2)["id"]]
    assert sent[1]["name"] == "Prices 2 (CSV)"
    assert sent[1]["url"] == "prices-2.csv"


def test_the_datastore_is_a_fact_of_today():
    gone, there = restorable(
        dataset(resources=[resource(1, datastore_active=True), resource(2)]), NOW
    ).dataset["resources"]
    assert "datastore_active" not in gone
    assert there["datastore_active"] is True


def test_a_null_is_sent_as_blank_where_ckan_would_keep_the_value():
    then = dataset(resources=[resource(1, url_type=None, size=None, hash=None)])
    del then["resources"][0]["last_modified"]
    now = dataset(resources=[resource(1, hash=None)])
    (sent,) = restorable(then, now).dataset["resources"]
    assert [sent[key] for key in ("url_type", "size", "last_modified")] == ["", "", ""]
    assert sent["hash"] is None


def test_an_organization_is_taken_away_by_a_blank():
    then = dataset(owner_org=None)
    assert restorable(then, NOW, full=True).dataset["owner_org"] == ""
    assert restorable(then, NOW).dataset["owner_org"] == "another"


def test_it_tells_what_it_leaves_alone():
    assert restorable(THEN, NOW).left_alone == (
        "groups",
        "name",
        "owner_org",
        "plugin_data",
        "private",
        "relationships_as_subject",
        "state",
    )
    assert restorable(THEN, NOW, full=True).left_alone == ("relationships_as_subject",)
    assert restorable(THEN, dataset(title="New")).left_alone == ()


def test_fields_that_the_caller_names_stay():
    then = dataset(pageviews=1, resources=[resource(1, checked=1), resource(2, checked=1)])
    now = dataset(pageviews=2, resources=[resource(1, checked=2)])
    found = restorable(then, now, ignore={"pageviews", "checked"})
    assert found.dataset["pageviews"] == 2
    assert found.dataset["resources"][0]["checked"] == 2
    assert "checked" not in found.dataset["resources"][1]
    assert found.left_alone == ()


def test_the_input_stays_as_it_is():
    then, now = copy.deepcopy(THEN), copy.deepcopy(NOW)
    sent = restorable(then, now, full=True).dataset
    sent["extras"].clear()
    sent["resources"][0].clear()
    sent["plugin_data"]["checker"].clear()
    assert (then, now) == (THEN, NOW)

"""Names for revisions."""

from __future__ import annotations

import pytest

from ckanext.versioning.logic.dictization import iso
from ckanext.versioning.recording.metastore import get_metastore

pytestmark = pytest.mark.usefixtures("versioning")


def test_create_names_the_head(api, users, history):
    tag = api.post(
        "editor",
        "dataset_tag_create",
        dataset=history.name,
        name="v2",
        description="Ünïcode\nlines",
    ).result
    assert tag.pop("time").endswith("Z")
    assert tag == {
        "name": "v2",
        "description": "Ünïcode\nlines",
        "author": {"id": users["editor"]["id"], "name": users["editor"]["display_name"]},
        "revision_id": history.ids[2],
        "revision_time": iso(history.revisions[2].info.time),
    }
    shown = api.get("anonymous", "dataset_tag_show", dataset=history.id, tag="v2").result
    assert {**tag, "time": shown["time"]} == shown


@pytest.mark.parametrize("ref", ["head~2", "first", "id"])
def test_create_names_any_revision(api, history, ref):
    get_metastore().tag_create(history.id, "first", history.ids[0])
    given = history.ids[0] if ref == "id" else ref
    tag = api.post(
        "editor", "dataset_tag_create", dataset=history.id, name="v0", revision_ref=given
    ).result
    assert tag["revision_id"] == history.ids[0]


def test_a_name_is_taken_once(api, history):
    answer = api.post("editor", "dataset_tag_create", dataset=history.name, name="v1")
    assert "v1" in answer.error["name"][0]
    assert history.name in answer.error["name"][0]
    assert get_metastore().tag_read(history.id, "v1").revision_id == history.ids[1]


def test_list_newest_first(api, history):
    api.post("editor", "dataset_tag_create", dataset=history.id, name="a-new-one")
    found = api.get("anonymous", "dataset_tag_list", dataset=history.name).result
    assert [tag["name"] for tag in found] == ["a-new-one", "v1"]
    assert found[1] == api.get("anonymous", "dataset_tag_show", dataset=history.id, tag="v1").result


def test_a_change_of_an_old_tag_makes_it_no_newer(api, history):
    store = get_metastore()
    store.tag_create(history.id, "v2")
    store.tag_create(history.id, "v2-final")
    store.tag_create(history.id, "v0", history.ids[0])
    store.tag_update(history.id, "v1", description="Without the typo")
    found = api.get("anonymous", "dataset_tag_list", dataset=history.name).result
    assert [tag["name"] for tag in found] == ["v2-final", "v2", "v1", "v0"]
    times = [iso(history.revisions[n].info.time) for n in (2, 2, 1, 0)]
    assert [tag["revision_time"] for tag in found] == times
    shown = api.get("anonymous", "dataset_history_show", dataset=history.name).result
    assert shown["newest_tags"] == found


class TestUpdate:
    def update(self, api, history, **changes):
        return api.post("editor", "dataset_tag_update", dataset=history.id, tag="v1", **changes)

    def test_name(self, api, history):
        tag = self.update(api, history, name="v1.0").result
        assert (tag["name"], tag["description"]) == ("v1.0", "The first version")
        assert tag["revision_id"] == history.ids[1]
        assert api.get("anonymous", "dataset_tag_show", dataset=history.id, tag="v1").status == 404

    def test_description(self, api, users, history):
        tag = self.update(api, history, description="Other").result
        assert (tag["name"], tag["description"]) == ("v1", "Other")
        assert tag["author"]["id"] == users["editor"]["id"]

    def test_description_may_be_cleared(self, api, history):
        assert self.update(api, history, description="").result["description"] == ""

    def test_both(self, api, history):
        tag = self.update(api, history, name="v2", description="Other").result
        assert (tag["name"], tag["description"]) == ("v2", "Other")

    def test_to_a_taken_name(self, api, history):
        get_metastore().tag_create(history.id, "v2", "head")
        assert "v2" in self.update(api, history, name="v2").error["name"][0]
        assert get_metastore().tag_read(history.id, "v1")

    def test_to_nothing(self, api, history):
        assert "name" in self.update(api, history).error
        assert "name" in self.update(api, history, new_name="misspelt").error


def test_delete(api, history):
    assert api.post("editor", "dataset_tag_delete", dataset=history.name, tag="v1").result is None
    assert api.get("anonymous", "dataset_tag_list", dataset=history.id).result == []
    assert len(history.ids) == 3
    again = api.post("editor", "dataset_tag_delete", dataset=history.name, tag="v1")
    assert (again.status, '"v1"' in again.error["message"]) == (404, True)


def test_get_does_not_write(api, history):
    for action in ("dataset_tag_create", "dataset_tag_update", "dataset_tag_delete"):
        answer = api.get("editor", action, dataset=history.id, name="v2", tag="v1")
        assert answer.status == 400
    assert [tag.name for tag in get_metastore().tag_list(history.id)] == ["v1"]

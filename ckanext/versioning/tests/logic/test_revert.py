"""Giving a dataset the content that it had."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import authz, model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.versioning.mapping import canonical
from ckanext.versioning.metastore import BackendUnavailable, MetaStore
from ckanext.versioning.recording import snapshot
from ckanext.versioning.recording.drain import drain_dataset
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.tests.logic.api import make_history, revert, state

pytestmark = pytest.mark.usefixtures("versioning")


@pytest.fixture
def rich(organization):
    """A dataset with something of everything; its second revision changes all of it."""
    resources = [
        {"name": name, "url": f"http://example.com/{name}", "format": "CSV", "mimetype": "text/csv"}
        for name in ("first", "second", "third")
    ]
    history = make_history(
        organization,
        title="Old",
        notes="Old notes",
        license_id="cc-by",
        tags=[{"name": "old"}, {"name": "both"}],
        extras=[{"key": "old", "value": "1"}, {"key": "both", "value": "1"}],
        resources=resources,
    )
    first, _, third = history.dataset["resources"]
    history.patch(
        title="New",
        notes="",
        license_id="",
        url="http://example.com/new",
        tags=[{"name": "both"}, {"name": "new"}],
        extras=[{"key": "both", "value": "2"}, {"key": "new", "value": "2"}],
        resources=[
            {"name": "fourth", "url": "http://example.com/fourth"},
            {**third, "description": "New"},
            {**first, "format": "JSON", "custom": "field"},
        ],
    )
    return history


class TestContent:
    def test_all_of_it_comes_back(self, api, rich):
        before = get_metastore().dataset_read(rich.id, "head~1").document
        result = revert(api, rich, "head~1").result
        assert canonical(snapshot.show(rich.id)) == canonical(before)
        shown = rich.show()
        assert [r["id"] for r in shown["resources"]] == [r["id"] for r in before["resources"]]
        assert result["changed"] is True
        assert result["left_alone"] == []
        assert call_action("package_search", fq=f"id:{rich.id}")["results"][0]["title"] == "Old"

    def test_and_goes_again(self, api, rich):
        first, second = rich.ids
        revert(api, rich, first)
        revert(api, rich, second)
        documents = [
            get_metastore().dataset_read(rich.id, ref).document for ref in (second, "head")
        ]
        assert canonical(documents[0]) == canonical(documents[1])
        assert len(rich.ids) == 4

    def test_the_clock_is_not_set_back(self, api, rich):
        before = rich.show()["metadata_modified"]
        revert(api, rich, "head~1", user="sysadmin")
        assert rich.show()["metadata_modified"] > before

    def test_an_upload_keeps_its_address(self, api, history):
        uploaded = factories.Resource(package_id=history.id, url="prices.csv", url_type="upload")
        history.patch(resources=[])
        revert(api, history, "head~1")
        restored = history.show()["resources"][1]
        assert (restored["id"], restored["url"]) == (uploaded["id"], uploaded["url"])
        assert snapshot.show(history.id)["resources"][1]["url"] == "prices.csv"


class TestRevision:
    def test_is_returned(self, api, users, history):
        ids = history.ids
        result = revert(api, history, "v1", message="  That was better ").result
        assert set(result) == {"changed", "revision", "reverted_to", "left_alone"}
        assert result["reverted_to"] == ids[1]
        assert history.ids == [*ids, result["revision"]["id"]]
        revision = result["revision"]
        assert revision["action"] == "revert"
        assert revision["reverted_to"] == ids[1]
        assert revision["parent"] == ids[2]
        assert revision["message"] == "That was better"
        assert revision["author"]["id"] == users["editor"]["id"]
        assert revision["summary"]["fields"] == ["title"]
        shown = api.get("anonymous", "dataset_revision_show", dataset=history.id).result
        assert {key: shown[key] for key in revision} == revision

    def test_message_is_made_up(self, api, history):
        result = revert(api, history, "head~2").result
        assert result["revision"]["message"] == f"Revert to {history.ids[0][:10]}"

    def test_is_there_at_once_although_the_drain_is_a_job(
        self, api, history, ckan_config, monkeypatch
    ):
        monkeypatch.setitem(ckan_config, "ckanext.versioning.drain", "background")
        result = revert(api, history, "head~2").result
        assert result["revision"]["reverted_to"] == history.ids[0]

    def test_is_null_while_the_backend_is_away(self, api, history, monkeypatch):
        with monkeypatch.context() as patch:
            patch.setattr(MetaStore, "dataset_record", _away)
            result = revert(api, history, "head~2").result
        assert result["changed"] is True
        assert result["revision"] is None
        assert history.show()["title"] == "One"
        assert drain_dataset(history.id)
        assert history.revisions[-1].info.reverted_to == history.ids[0]


class TestNothingToDo:
    def test_makes_no_revision(self, api, history):
        before = state(history)
        result = revert(api, history, "head").result
        assert result["changed"] is False
        assert result["revision"]["id"] == history.ids[-1]
        assert state(history) == before

    def test_nor_does_content_that_is_the_same_again(self, api, history):
        history.patch(title="Two")
        before = state(history)
        assert revert(api, history, "v1").result["changed"] is False
        assert state(history) == before


class TestDryRun:
    def test_tells_and_does_nothing(self, api, rich):
        before = state(rich)
        told = revert(api, rich, "head~1", dry_run=True).result
        assert state(rich) == before
        assert told["changed"] is True
        assert told["revision"]["id"] == rich.ids[-1]
        revert(api, rich, "head~1")
        done = api.post(
            "editor", "dataset_revision_diff", dataset=rich.id, revision_ref_1="head~1"
        ).result["diff"]
        assert told["diff"] == done
        assert [item["name"] for item in done["resources"]["added"]] == ["second"]

    def test_keeps_nobody_waiting(self, users, history):
        tk.get_action("dataset_revert")(
            {"user": users["editor"]["name"]},
            {"dataset": history.id, "revision_ref": "v1", "dry_run": True},
        )
        with model.meta.engine.begin() as connection:  # raises if the row is locked
            connection.execute(
                sa.text("SELECT 1 FROM package WHERE id = :id FOR UPDATE NOWAIT"),
                {"id": history.id},
            )

    def test_of_the_same_content(self, api, history):
        told = revert(api, history, "head", dry_run=True).result
        assert told["changed"] is False
        assert told["diff"] == {
            "fields": [],
            "resources": {"added": [], "removed": [], "changed": [], "reordered": False},
            "files": [],
        }

    def test_refuses_what_would_be_refused(self, api, history):
        name = history.name
        history.patch(name=f"{name}-new")
        factories.Dataset(name=name)
        history.dataset["name"] = f"{name}-new"
        assert "name" in revert(api, history, "head~1", full=True).error


class TestPlace:
    """Where the dataset lives and who sees it."""

    @pytest.fixture
    def moved(self, users, history):
        """The name, the organization, and private changed, and the title."""
        other = factories.Organization(
            users=[{"name": users["editor"]["name"], "capacity": "editor"}]
        )
        group = factories.Group(users=[{"name": users["editor"]["name"], "capacity": "admin"}])
        history.patch(
            name=f"{history.name}-new",
            owner_org=other["id"],
            private=True,
            title="Moved",
            groups=[{"id": group["id"]}],
        )
        history.dataset = history.show()
        return history

    def test_is_left_alone(self, api, moved):
        result = revert(api, moved, "head~1").result
        shown = moved.show()
        assert shown["title"] == "Three"
        for key in ("name", "owner_org", "private", "groups"):
            assert shown[key] == moved.dataset[key]
        assert result["left_alone"] == ["groups", "name", "owner_org", "private"]

    def test_is_restored_in_full(self, api, moved):
        told = revert(api, moved, "head~1", full=True, dry_run=True).result
        result = revert(api, moved, "head~1", full=True).result
        shown = call_action("package_show", id=moved.id)
        before = get_metastore().dataset_read(moved.id, "head~2").document
        for key in ("title", "name", "owner_org", "private", "groups"):
            assert shown[key] == before[key]
        assert result["left_alone"] == []
        assert {change["path"].split("/")[1] for change in told["diff"]["fields"]} == {
            "groups",
            "name",
            "owner_org",
            "private",
            "title",
        }

    def test_a_deleted_dataset_stays_deleted(self, api, history):
        call_action("package_delete", id=history.id)
        result = revert(api, history, "v1").result
        assert history.show()["state"] == "deleted"
        assert history.show()["title"] == "Two"
        assert result["left_alone"] == ["state"]
        assert result["revision"]["visibility"]["state"] == "deleted"
        assert call_action("package_search", fq=f"id:{history.id}")["count"] == 0

    def test_in_full_it_is_active_again(self, api, history):
        call_action("package_delete", id=history.id)
        result = revert(api, history, "head~1", full=True).result
        assert history.show()["state"] == "active"
        assert result["revision"]["visibility"]["state"] == "active"
        assert call_action("package_search", fq=f"id:{history.id}")["count"] == 1

    def test_in_full_it_is_deleted_again(self, api, history):
        call_action("package_delete", id=history.id)
        history.patch(state="active")
        revert(api, history, "head~1", full=True)
        assert history.show()["state"] == "deleted"
        assert call_action("package_search", fq=f"id:{history.id}")["count"] == 0

    @pytest.mark.parametrize("user", ["editor", "sysadmin"])
    def test_what_ckan_keeps_for_plugins_is_up_to_sysadmins(self, api, history, user):
        for value in ("then", "now"):
            package = model.Package.get(history.id)
            package.plugin_data = {"plugin": value}
            package.title = value
            model.Session.commit()
        result = revert(api, history, "head~1", full=True, user=user).result
        assert result["changed"] is True
        assert history.show()["title"] == "then"
        expected = "then" if user == "sysadmin" else "now"
        assert model.Package.get(history.id).plugin_data == {"plugin": expected}
        assert result["left_alone"] == []

    def test_nobody_else_is_told_of_what_ckan_keeps_for_plugins(self, api, history):
        package = model.Package.get(history.id)
        package.plugin_data = {"plugin": "now"}
        model.Session.commit()
        # what was none can't be restored; CKAN does not empty it
        for user, left_alone in [("editor", []), ("sysadmin", ["plugin_data"])]:
            for full in (False, True):
                told = revert(api, history, "head~1", user=user, dry_run=True, full=full).result
                assert (told["changed"], told["left_alone"]) == (False, left_alone)
        package = model.Package.get(history.id)
        package.plugin_data = {"plugin": "newer"}
        model.Session.commit()
        for user, changed in [("editor", False), ("sysadmin", True)]:
            told = revert(api, history, "head~1", user=user, dry_run=True, full=True).result
            assert (told["changed"], told["left_alone"]) == (changed, [])
            assert ("newer" in str(told["diff"])) == changed

    def test_deleting_takes_the_permission_to_delete(self, api, history, monkeypatch):
        call_action("package_delete", id=history.id)
        history.patch(state="active")

        def refuse(context, data_dict):
            return {"success": False}

        authz.auth_functions_list()  # fills the cache
        monkeypatch.setitem(authz._AuthFunctions._functions, "package_delete", refuse)
        assert revert(api, history, "head~1", full=True).status == 403
        assert history.show()["state"] == "active"

    def test_out_of_every_organization(self, api, organization):
        history = make_history({"id": None}, title="Free")
        history.patch(owner_org=organization["id"])
        told = revert(api, history, "head~1", full=True, user="sysadmin", dry_run=True).result
        assert [change["path"] for change in told["diff"]["fields"]] == ["/owner_org"]
        result = revert(api, history, "head~1", full=True, user="sysadmin").result
        assert history.show()["owner_org"] is None
        assert result["left_alone"] == []


def _away(*_args, **_kwargs):
    raise BackendUnavailable("git", "/secret/path is read-only")

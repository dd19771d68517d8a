"""Listing and showing revisions, and datasets and resources as they were."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.versioning.logic.dictization import iso
from ckanext.versioning.logic.documents import as_shown
from ckanext.versioning.metastore import Snapshot
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.tests.logic.api import READS, parameters

pytestmark = pytest.mark.usefixtures("versioning")


class TestList:
    def test_a_revision(self, api, users, history):
        call_action(
            "package_patch",
            context={"user": users["editor"]["name"], "ignore_auth": False},
            id=history.id,
            title="Four",
            revision_message="Why not",
        )
        newest, *_, oldest = api.get(
            "anonymous", "dataset_revision_list", dataset=history.id
        ).result
        (recorded, before) = get_metastore().revision_list(history.id, limit=2)
        assert newest == {
            "id": recorded.id,
            "parent": before.id,
            "time": iso(recorded.info.time),
            "author": {"id": users["editor"]["id"], "name": users["editor"]["display_name"]},
            "message": "Why not",
            "action": "update",
            "reverted_to": None,
            "visibility": {"private": False, "state": "active"},
            "summary": {
                "fields": ["title"],
                "resources_added": [],
                "resources_removed": [],
                "resources_changed": [],
                "resources_reordered": False,
            },
            "tags": [],
        }
        assert oldest["parent"] is None
        assert oldest["summary"]["resources_added"] == [
            {"id": history.dataset["resources"][0]["id"], "name": "prices"}
        ]
        assert newest["time"].endswith("Z")
        assert len(newest["time"]) == len("2024-05-31T08:00:00.000000Z")

    def test_changed_resources(self, api, history):
        (resource,) = history.show()["resources"]
        call_action("resource_patch", id=resource["id"], description="New")
        (newest,) = api.get(
            "anonymous", "dataset_revision_list", dataset=history.id, limit=1
        ).result
        assert newest["summary"]["resources_changed"] == [
            {"id": resource["id"], "name": "prices", "fields": ["description"]}
        ]

    def test_tags(self, api, history):
        get_metastore().tag_create(history.id, "v1.1", history.ids[1])
        found = api.get("anonymous", "dataset_revision_list", dataset=history.name).result
        assert [sorted(revision["tags"]) for revision in found] == [[], ["v1", "v1.1"], []]

    def test_windows(self, api, history):
        def numbers(**window):
            found = api.get("anonymous", "dataset_revision_list", dataset=history.id, **window)
            return [history.ids.index(revision["id"]) for revision in found.result]

        ids = history.ids
        times = [revision.info.time for revision in history.revisions]
        instant = timedelta(microseconds=1)
        assert numbers() == [2, 1, 0]
        assert numbers(limit=2) == [2, 1]
        assert numbers(limit="2", offset="1") == [1, 0]
        assert numbers(offset=3) == []
        assert numbers(offset=10**9) == []
        assert numbers(before=ids[2], limit=1) == [1]
        assert numbers(before=ids[1][:10]) == [0]
        assert numbers(before=ids[0]) == []
        assert numbers(before="v1") == [0]
        assert numbers(after=ids[0]) == [2, 1]
        assert numbers(after="head~1") == [2]
        assert numbers(after="head") == []
        assert numbers(since=iso(times[1])) == [2, 1]
        assert numbers(since=iso(times[1] + instant)) == [2]
        assert numbers(until=iso(times[1])) == [1, 0]
        assert numbers(until=iso(times[1] - instant)) == [0]
        assert numbers(until=iso(times[0] - instant)) == []
        assert numbers(since="2999-01-01") == []
        assert numbers(until="2999-01-01") == [2, 1, 0]
        assert numbers(before="head", since=iso(times[1])) == [1]
        assert numbers(after=ids[0], until=iso(times[1])) == [1]
        assert numbers(before="head", until=iso(times[0])) == [0]

    def test_before_and_after_exclude_each_other(self, api, history):
        answer = api.get(
            "anonymous", "dataset_revision_list", dataset=history.id, before="head", after="head~1"
        )
        assert "after" in answer.error

    def test_a_page_costs_a_page(self, api, history, monkeypatch):
        store = get_metastore()
        for number in range(40):
            store.dataset_update(history.id, Snapshot({"name": "x", "title": f"More {number}"}))
        history.patch(private=True)
        history.patch(private=False)
        backend = type(get_metastore().backend)
        read = []

        def counted(self, dataset_id, *, start=None, log=backend.log):
            for revision in log(self, dataset_id, start=start):
                read.append(revision.id)
                yield revision

        monkeypatch.setattr(backend, "log", counted)
        for user, most in [("editor", 2), ("anonymous", 8)]:
            read.clear()
            page = api.get(user, "dataset_revision_list", dataset=history.id, limit=2).result
            assert len(page) == 2
            assert len(read) <= most


class TestShow:
    def test_with_its_content(self, api, history):
        shown = api.get("anonymous", "dataset_revision_show", dataset=history.id).result
        listed = api.get("anonymous", "dataset_revision_list", dataset=history.id, limit=1).result
        dataset, datapackage = shown.pop("dataset"), shown.pop("datapackage")
        assert [shown] == listed
        assert dataset["title"] == datapackage["title"] == "Three"
        assert datapackage["profile"] == "data-package"

    def test_references(self, api, history):
        times = [revision.info.time for revision in history.revisions]
        for ref, number in [
            ("head", 2),
            ("HEAD", 2),
            ("head~2", 0),
            ("v1", 1),
            (history.ids[1], 1),
            (history.ids[0][:7], 0),
            (iso(times[1]), 1),
            (iso(times[2] - timedelta(microseconds=1)), 1),
        ]:
            shown = api.get(
                "anonymous", "dataset_revision_show", dataset=history.id, revision_ref=ref
            )
            assert shown.result["id"] == history.ids[number], ref

    def test_a_revision_that_did_not_come_from_ckan(self, api, history):
        store = get_metastore()
        store.dataset_update(history.id, Snapshot({"name": "imported", "resources": []}))
        shown = api.get("anonymous", "dataset_revision_show", dataset=history.id).result
        assert shown["dataset"] is None
        assert shown["datapackage"]["name"] == "imported"
        answer = api.get("anonymous", "package_show_revision", id=history.id, revision_ref="head")
        assert "data package only" in answer.error["message"]


class TestPackageShow:
    def test_is_what_package_show_was(self, api, history):
        before = api.get("anonymous", "package_show", id=history.id).result
        history.patch(title="Four", resources=[])
        for given in ({"revision_ref": "head~1"}, {"revision_ref": history.ids[2]}):
            assert (
                api.get("anonymous", "package_show_revision", id=history.name, **given).result
                == before
            )
        get_metastore().tag_create(history.id, "v3", history.ids[2])
        assert api.get("anonymous", "package_show_tag", id=history.name, tag="v3").result == before
        assert (
            api.get("anonymous", "package_show_tag", id=history.id, tag="v1").result["title"]
            == "Two"
        )

    def test_addresses(self, api, organization):
        dataset = factories.Dataset(owner_org=organization["id"])
        factories.Resource(package_id=dataset["id"], url="some prices.csv", url_type="upload")
        factories.Resource(package_id=dataset["id"], url="example.com/no-scheme.csv")
        factories.Resource(package_id=dataset["id"], url="ftp://example.com/x.csv")
        expected = [
            r["url"]
            for r in api.get("anonymous", "package_show", id=dataset["id"]).result["resources"]
        ]
        shown = api.get(
            "anonymous", "package_show_revision", id=dataset["id"], revision_ref="head"
        ).result
        assert [resource["url"] for resource in shown["resources"]] == expected
        assert expected[0].startswith("http://test.ckan.net/dataset/")
        assert expected[1].startswith("http://")

    def test_an_upload_of_a_type_that_is_gone(self, app):
        dataset = {
            "id": "abc",
            "type": "gone",
            "resources": [{"id": "r1", "url": "a b.csv", "url_type": "upload"}],
        }
        with app.flask_app.test_request_context():
            (resource,) = as_shown(dataset)["resources"]
        assert resource["url"] == "http://test.ckan.net/dataset/abc/resource/r1/download/a-b.csv"
        assert dataset["resources"][0]["url"] == "a b.csv"

    def test_plugin_data_is_for_sysadmins_who_ask(self, api, history):
        package = model.Package.get(history.id)
        package.plugin_data = {"some": {"key": "only-for-plugins"}}
        model.Session.commit()
        given = {"id": history.id, "revision_ref": "head"}

        def shown(user, **more):
            return api.get(user, "package_show_revision", **given, **more).result

        assert shown("sysadmin", include_plugin_data=True)["plugin_data"] == package.plugin_data
        assert "plugin_data" not in shown("sysadmin")
        for user in ("anonymous", "editor"):
            assert "plugin_data" not in shown(user, include_plugin_data=True)
        for action in READS:
            for user in ("anonymous", "editor"):
                given = {**parameters(action, history.id, history.dataset["resources"][0]["id"])}
                answer = api.get(user, action, **given, include_plugin_data=True)
                assert "only-for-plugins" not in answer.text, (user, action)


class TestResourceShow:
    def test_is_what_resource_show_was(self, api, history):
        (resource,) = history.dataset["resources"]
        before = api.get("anonymous", "resource_show", id=resource["id"]).result
        history.patch(resources=[])
        assert api.get("anonymous", "resource_show", id=resource["id"]).status == 404
        given = {"id": resource["id"], "dataset": history.name}
        shown = api.get(
            "anonymous", "resource_show_revision", **given, revision_ref="head~1"
        ).result
        assert shown == before
        tagged = api.get("anonymous", "resource_show_tag", **given, tag="v1").result
        assert tagged["url"] == before["url"]

    def test_unknown(self, api, history):
        answer = api.get(
            "anonymous",
            "resource_show_revision",
            id="prices",
            dataset=history.name,
            revision_ref="head",
        )
        assert answer.status == 404
        assert '"prices"' in answer.error["message"]

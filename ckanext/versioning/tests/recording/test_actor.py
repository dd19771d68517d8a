"""Who made a change and why, as a revision tells it."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.lib.helpers import url_for
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.tests.recording.helpers import fresh, history

pytestmark = pytest.mark.usefixtures("versioning")


@pytest.fixture
def editor():
    return factories.User(fullname="Anna Editor")


@pytest.fixture
def organization(sysadmin, editor):
    return factories.Organization(
        user=sysadmin, users=[{"name": editor["name"], "capacity": "editor"}]
    )


@pytest.fixture
def dataset(organization):
    return factories.Dataset(owner_org=organization["id"], resources=[{"url": "http://e.org/a"}])


@pytest.fixture
def as_editor(editor):
    return {"user": editor["name"], "ignore_auth": False}


@pytest.fixture
def headers(editor):
    token = factories.APIToken(user=editor["name"])["token"]
    return {"Authorization": token}


def head(dataset):
    return history(dataset["id"])[0].info


class TestAuthor:
    def test_of_an_action(self, dataset, editor, as_editor):
        call_action("package_patch", context=as_editor, id=dataset["id"], notes="new")
        assert head(dataset).author.id == editor["id"]
        assert head(dataset).author.name == "Anna Editor"
        assert head(dataset).author.email is None

    @pytest.mark.ckan_config("ckanext.versioning.author_email", True)
    def test_email_only_where_configured(self, dataset, as_editor, editor):
        call_action("package_patch", context=as_editor, id=dataset["id"], notes="new")
        email = model.User.get(editor["id"]).email
        assert email
        assert head(dataset).author.email == email

    def test_of_an_api_call(self, app, dataset, editor, headers):
        url = url_for("api.action", logic_function="package_patch", ver=3)
        app.post(url, json={"id": dataset["id"], "notes": "new"}, headers=headers).close()
        assert head(dataset).author.id == editor["id"]

    def test_of_plain_code_is_nobody(self, dataset):
        model.Package.get(dataset["id"]).title = "By a script"
        model.Session.commit()
        assert head(dataset).author.id == ""

    def test_an_address_is_no_author(self, dataset):
        context = {"user": "192.0.2.7", "ignore_auth": True}
        call_action("package_patch", context=context, id=dataset["id"], notes="new")
        assert head(dataset).author.name == ""

    def test_plugin_data_does_not_depend_on_who_saves(self, dataset, sysadmin, as_editor):
        call_action(
            "package_patch",
            context={"user": sysadmin["name"]},
            id=dataset["id"],
            plugin_data={"other_plugin": {"kept": 1}},
        )
        before = len(history(dataset["id"]))
        call_action("package_patch", context=as_editor, id=dataset["id"], notes="new")
        assert len(history(dataset["id"])) == before + 1
        assert head(dataset).summary.fields == ("notes",)
        stored = get_metastore().dataset_read(dataset["id"]).document
        assert stored["plugin_data"] == fresh(dataset["id"])["plugin_data"]


class TestMessage:
    def test_package_create(self, organization):
        dataset = factories.Dataset(owner_org=organization["id"], revision_message="Begin")
        assert head(dataset).message == "Begin"
        assert "revision_message" not in str(fresh(dataset["id"]))

    @pytest.mark.parametrize("action", ["package_update", "package_patch"])
    def test_package(self, dataset, action):
        data = dataset if action == "package_update" else {"id": dataset["id"]}
        call_action(action, **{**data, "notes": "new", "revision_message": "Because"})
        assert head(dataset).message == "Because"
        assert "revision_message" not in str(fresh(dataset["id"]))

    def test_package_revise(self, dataset):
        call_action(
            "package_revise",
            match={"id": dataset["id"]},
            update={"notes": "new"},
            revision_message="Because",
        )
        assert head(dataset).message == "Because"

    @pytest.mark.parametrize("action", ["create", "update", "patch", "delete"])
    def test_resource(self, dataset, action):
        data = {
            "create": {"package_id": dataset["id"], "url": "http://e.org/b"},
            "update": {**dataset["resources"][0], "description": "new"},
            "patch": {"id": dataset["resources"][0]["id"], "description": "new"},
            "delete": {"id": dataset["resources"][0]["id"]},
        }[action]
        call_action(f"resource_{action}", **data, revision_message="Because")
        assert head(dataset).message == "Because"
        assert "revision_message" not in str(fresh(dataset["id"]))

    def test_without_one_the_change_is_described(self, dataset):
        call_action("package_patch", id=dataset["id"], title="New")
        assert "title" in head(dataset).message

    def test_must_be_text(self, dataset):
        with pytest.raises(tk.ValidationError) as refusal:
            call_action("package_patch", id=dataset["id"], revision_message={"a": 1})
        assert "revision_message" in refusal.value.error_dict
        assert len(history(dataset["id"])) == 1

    @pytest.mark.parametrize("message", ["a\0b", "\ud800"])
    def test_must_be_what_a_database_can_hold(self, dataset, message):
        with pytest.raises(tk.ValidationError) as refusal:
            call_action("package_patch", id=dataset["id"], notes="n", revision_message=message)
        assert "revision_message" in refusal.value.error_dict
        assert len(history(dataset["id"])) == 1

    def test_help_of_ckans_actions_stays(self):
        assert ":param" in call_action("help_show", name="package_create")

    def test_the_callers_dict_is_left_as_it_is(self, dataset):
        data = {"id": dataset["id"], "notes": "new", "revision_message": "Because"}
        tk.get_action("package_patch")({"ignore_auth": True, "user": ""}, data)
        assert data["revision_message"] == "Because"


class TestWebForm:
    """The form saves a new dataset three times on its way; only the whole one is recorded."""

    def test_a_new_dataset(self, app, organization, editor, headers):
        name = factories.Dataset.stub().name
        app.post(
            url_for("dataset.new"),
            data={
                "name": name,
                "title": "By form",
                "owner_org": organization["id"],
                "private": "False",
                "_ckan_phase": "1",
                "save": "",
            },
            headers=headers,
            follow_redirects=False,
        ).close()
        dataset_id = model.Package.get(name).id
        assert not get_metastore().dataset_exists(dataset_id)
        app.post(
            url_for("dataset_resource.new", id=name),
            data={
                "id": "",
                "url": "http://e.org/a.csv",
                "url_type": "",
                "name": "a",
                "save": "go-metadata",
            },
            headers=headers,
            follow_redirects=False,
        ).close()
        (revision,) = history(dataset_id)
        assert revision.info.author.id == editor["id"]
        assert revision.info.action == "create"
        document = get_metastore().dataset_read(dataset_id).document
        assert [resource["name"] for resource in document["resources"]] == ["a"]

    def test_an_edit_with_a_message(self, app, dataset, headers, editor):
        app.post(
            url_for("dataset.edit", id=dataset["name"]),
            data={
                "name": dataset["name"],
                "title": "Edited",
                "owner_org": dataset["owner_org"],
                "revision_message": "A better title",
                "save": "",
            },
            headers=headers,
            follow_redirects=False,
        ).close()
        assert head(dataset).message == "A better title"
        assert head(dataset).author.id == editor["id"]
        assert "title" in head(dataset).summary.fields

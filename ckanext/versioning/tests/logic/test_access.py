"""Who gets at a dataset's history at all, and who may write to it."""

from __future__ import annotations

import json

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.tests.logic.api import ACTIONS, READS, WRITES, make_history, parameters

pytestmark = pytest.mark.usefixtures("versioning")

READERS = ["anonymous", "other", "member"]
UNKNOWN = "0123456789abcdef0123456789abcdef01234567"


class TestNothingPublic:
    """A member of the organization sees a private dataset, and may not edit it."""

    @pytest.mark.parametrize("ref", ["head", "head~1", UNKNOWN, "v1", "2020-01-01", "2999-01-01"])
    def test_is_like_no_history(self, api, organization, ref):
        private = make_history(organization, private=True, resources=[{"name": "plain"}])
        get_metastore().tag_create(private.id, "v1", "head")
        missing = make_history(organization, private=True, resources=[{"name": "plain"}])
        get_metastore().dataset_purge(missing.id)

        def answer(history, action):
            given = parameters(action, history.name, history.dataset["resources"][0]["id"])
            for parameter in ("revision_ref", "revision_ref_1", "tag"):
                if parameter in given:
                    given[parameter] = ref
            return api.post("member", action, **given).text.replace(history.name, "NAME")

        for action in READS:
            seen = answer(private, action)
            assert seen == answer(missing, action), action
            if not (ref == "head~1" and "tag" in READS[action]):  # that is no name for a tag
                assert "no history that you may see" in json.loads(seen)["error"]["message"]


class TestDatasetsOutOfSight:
    @pytest.mark.parametrize("state", ["private", "deleted", "draft"])
    @pytest.mark.parametrize("user", ["anonymous", "other"])
    def test_every_action_answers_like_package_show(self, api, organization, state, user):
        fields = {"private": True} if state == "private" else {"state": state}
        history = make_history(organization, resources=[{"name": "plain"}])
        call_action("package_patch", id=history.id, **fields)
        expected = api.post(user, "package_show", id=history.name)
        assert expected.status == 403
        for action in READS:
            given = parameters(action, history.name, history.dataset["resources"][0]["id"])
            answer = api.post(user, action, **given)
            assert (answer.status, answer.error) == (403, expected.error), action
        for action in WRITES:
            given = parameters(action, history.name, history.dataset["resources"][0]["id"])
            assert api.post(user, action, **given).status == 403, action

    @pytest.mark.parametrize("user", ["anonymous", "sysadmin"])
    def test_unknown_ones_are_named(self, api, user):
        for action in ACTIONS:
            answer = api.post(user, action, **parameters(action, "no-such-dataset", "r"))
            assert answer.status == 404, action
            assert "no-such-dataset" in answer.error["message"], action

    def test_an_old_name_is_unknown(self, api, history):
        old = history.name
        history.patch(name=f"{old}-new")
        assert api.post("editor", "dataset_revision_list", dataset=old).status == 404
        found = api.post("editor", "dataset_revision_list", dataset=f"{old}-new").result
        assert [revision["id"] for revision in found] == history.ids[::-1]


class TestReadersDoNotWrite:
    def test_refused(self, api, history):
        before = history.ids, get_metastore().tag_list(history.id)
        for user in READERS:
            for action in WRITES:
                answer = api.post(user, action, **parameters(action, history.name, "r"))
                assert answer.status == 403, (user, action)
        assert (history.ids, get_metastore().tag_list(history.id)) == before

    def test_collaborators_do(self, api, users, history, ckan_config, monkeypatch):
        monkeypatch.setitem(ckan_config, "ckan.auth.allow_dataset_collaborators", True)
        call_action(
            "package_collaborator_create",
            id=history.id,
            user_id=users["other"]["id"],
            capacity="editor",
        )
        assert api.post("other", "dataset_tag_create", dataset=history.id, name="v2").status == 200

    def test_status_is_for_sysadmins(self, api):
        for user in (*READERS, "editor"):
            assert api.post(user, "versioning_status").status == 403
        assert api.post("sysadmin", "versioning_status").status == 200


class TestPurged:
    @pytest.fixture
    def purged(self, history, ckan_config, monkeypatch):
        monkeypatch.setitem(ckan_config, "ckanext.versioning.purge", "keep")
        call_action("dataset_purge", id=history.id)
        return history

    def test_is_unknown_to_all_but_sysadmins(self, api, purged):
        resource = purged.dataset["resources"][0]["id"]
        unknown = "0f8fad5b-d9cb-469f-a165-70867728950e"
        for user in (*READERS, "editor"):
            for action in ACTIONS:
                answer = api.post(user, action, **parameters(action, purged.id, resource))
                expected = api.post(user, action, **parameters(action, unknown, resource))
                assert answer.status == 404, (user, action)
                assert answer.text.replace(purged.id, "ID") == expected.text.replace(unknown, "ID")

    def test_sysadmins_read_it_by_id(self, api, purged):
        resource = purged.dataset["resources"][0]["id"]
        for action in READS:
            assert api.post("sysadmin", action, **parameters(action, purged.id, resource)).result
            by_name = api.post("sysadmin", action, **parameters(action, purged.name, resource))
            assert by_name.status == 404, action

    def test_it_can_not_be_reverted(self, api, purged):
        answer = api.post("sysadmin", "dataset_revert", dataset=purged.id, revision_ref="v1")
        assert "purged" in answer.error["dataset"][0]

    def test_an_erased_one_is_unknown_to_all(self, api, history):
        call_action("dataset_purge", id=history.id)
        assert api.post("sysadmin", "dataset_revision_list", dataset=history.id).status == 404


class TestEmail:
    def test_is_shown_to_editors_only(self, api, users, history, ckan_config, monkeypatch):
        monkeypatch.setitem(ckan_config, "ckanext.versioning.author_email", True)
        api.post("editor", "package_patch", id=history.id, title="By the editor")
        api.post("editor", "dataset_tag_create", dataset=history.id, name="v2")
        email = users["editor"]["email"]
        for action in ("dataset_revision_list", "dataset_revision_show", "dataset_tag_list"):
            assert email in api.post("editor", action, dataset=history.id).text
            answer = api.post("other", action, dataset=history.id)
            assert users["editor"]["id"] in answer.text
            assert email not in answer.text


class TestAnotherDatasetInTheContext:
    def test_does_not_decide(self, users, history, organization):
        """On the way from a page the context may hold a dataset that the user may edit."""
        own = factories.Dataset(user=users["other"])
        history.patch(private=True)
        history.patch(private=False)
        context = {"user": users["other"]["name"], "package": model.Package.get(own["id"])}
        found = tk.get_action("dataset_revision_list")(context, {"dataset": history.id})
        assert len(found) == len(history.ids) - 1

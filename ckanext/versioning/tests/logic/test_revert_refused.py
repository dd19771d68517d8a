"""Reverts that are refused, and leave everything as it was."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.lib import search
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.versioning.metastore import BackendUnavailable, MetaStore
from ckanext.versioning.recording import snapshot
from ckanext.versioning.recording.sync import Outcome, sync_dataset
from ckanext.versioning.tests.logic.api import revert, state

pytestmark = pytest.mark.usefixtures("versioning")


class TestRefused:
    """What CKAN would not validate, or would accept in silence, from a sysadmin."""

    @pytest.fixture(autouse=True)
    def nothing_changes(self, history):
        self.before = None
        yield
        assert self.before is not None
        assert state(history) == self.before

    def refused(self, api, history, ref, user="sysadmin", status=409, **given):
        self.before = state(history)
        answer = revert(api, history, ref, user=user, **given)
        assert answer.status == status, answer.text
        return answer.error

    def test_a_taken_name(self, api, history):
        name = history.name
        history.patch(name=f"{name}-new")
        history.dataset["name"] = f"{name}-new"
        factories.Dataset(name=name)
        assert "name" in self.refused(api, history, "head~1", full=True)

    @pytest.mark.parametrize("how", ["organization_delete", "organization_purge"])
    @pytest.mark.parametrize("user", ["sysadmin", "editor"])
    def test_an_organization_that_is_gone(self, api, users, history, how, user):
        gone = factories.Organization(
            users=[{"name": users["editor"]["name"], "capacity": "editor"}]
        )
        history.patch(owner_org=gone["id"])
        history.patch(owner_org=history.dataset["owner_org"])
        call_action(how, id=gone["id"])
        error = self.refused(api, history, "head~1", full=True, user=user)
        assert gone["id"] in error["owner_org"][0]

    @pytest.mark.parametrize("how", ["group_delete", "group_purge"])
    def test_a_group_that_is_gone(self, api, history, how):
        gone, kept = factories.Group(), factories.Group()
        history.patch(groups=[{"id": gone["id"]}, {"id": kept["id"]}])
        history.patch(groups=[])
        call_action(how, id=gone["id"])
        (message,) = self.refused(api, history, "head~1", full=True)["groups"]
        assert gone["id"] in message

    def test_a_tag_of_a_vocabulary_that_is_gone(self, api, history):
        vocabulary = call_action("vocabulary_create", name=f"topics {history.name}", tags=[])
        topic = call_action("tag_create", name="topic", vocabulary_id=vocabulary["id"])
        history.patch(tags=[{"name": "topic", "vocabulary_id": vocabulary["id"]}])
        history.patch(tags=[])
        call_action("tag_delete", id=topic["id"], vocabulary_id=vocabulary["id"])
        call_action("vocabulary_delete", id=vocabulary["id"])
        assert "tags" in self.refused(api, history, "head~1")

    def test_an_organization_that_the_editor_may_not_use(self, api, history):
        other = factories.Organization()
        history.patch(owner_org=other["id"])
        history.patch(owner_org=history.dataset["owner_org"])
        assert "owner_org" in self.refused(api, history, "head~1", user="editor", full=True)

    def test_a_group_that_the_editor_may_not_use(self, api, history):
        group = factories.Group()
        history.patch(groups=[{"id": group["id"]}])
        history.patch(groups=[])
        self.refused(api, history, "head~1", user="editor", full=True, status=403)

    def test_while_changes_wait(self, api, history, monkeypatch):
        with monkeypatch.context() as patch:
            patch.setattr(MetaStore, "dataset_record", _away)
            call_action("package_patch", id=history.id, title="Waits")
            for action, given in [
                ("dataset_revert", {"revision_ref": "v1"}),
                ("dataset_tag_create", {"name": "v2"}),
            ]:
                self.before = state(history)
                error = api.post("sysadmin", action, dataset=history.name, **given).error
                assert history.name in error["versioning"][0]
                assert "wait" in error["versioning"][0]
                assert "/secret/path" not in str(error)
        self.before = None
        # what waited is recorded first
        assert revert(api, history, "head").result["changed"] is False
        assert history.revisions[-1].info.summary.fields == ("title",)
        self.before = state(history)

    def test_while_a_change_could_not_be_captured(self, api, history, monkeypatch):
        with monkeypatch.context() as patch:
            patch.setattr(snapshot, "take", _broken)
            call_action("package_patch", id=history.id, title="Not captured")
        assert "versioning" in self.refused(api, history, "v1")
        tagged = api.post("editor", "dataset_tag_create", dataset=history.id, name="v2")
        assert "versioning" in tagged.error
        assert sync_dataset(history.id).outcome is Outcome.RECORDED
        self.before = state(history)


def test_the_index_is_right_after_a_refusal(api, history):
    """CKAN 2.12 indexes before it commits."""
    name = history.name
    history.patch(name=f"{name}-new", title="Now")
    factories.Dataset(name=name)
    history.dataset["name"] = f"{name}-new"
    assert revert(api, history, "head~1", full=True).status == 409
    indexed = search.show(history.id)
    assert (indexed["title"], indexed["name"]) == ("Now", f"{name}-new")


def test_a_fault_leaves_nothing_in_the_session(users, history, monkeypatch):
    def fail():
        raise RuntimeError("the database is away")

    monkeypatch.setattr(model.repo, "commit", fail)
    with pytest.raises(RuntimeError):
        tk.get_action("dataset_revert")(
            {"user": users["editor"]["name"]}, {"dataset": history.id, "revision_ref": "v1"}
        )
    model.Session.commit()
    assert history.show()["title"] == "Three"


def test_with_a_relationship(api, history):
    other = factories.Dataset()
    call_action(
        "package_relationship_create", subject=history.id, object=other["id"], type="depends_on"
    )
    before = history.ids, snapshot.show(history.id)
    answer = revert(api, history, "v1")
    if answer.status == 200:
        assert history.show()["title"] == "Two"
        assert history.show()["relationships_as_subject"]
    else:  # CKAN 2.12 can't update such a dataset at all
        assert "relationships" in answer.error["dataset"][0]
        assert (history.ids, snapshot.show(history.id)) == before


def _away(*_args, **_kwargs):
    raise BackendUnavailable("git", "/secret/path is read-only")


def _broken(*_args, **_kwargs):
    raise KeyError("a hook of another plugin")

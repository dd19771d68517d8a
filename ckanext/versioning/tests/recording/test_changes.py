"""Every way in which a dataset can change in CKAN makes exactly one right revision."""

from __future__ import annotations

import io
from uuid import uuid4

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action
from werkzeug.datastructures import FileStorage

from ckanext.versioning.mapping import canonical
from ckanext.versioning.metastore import DatasetNotFound
from ckanext.versioning.recording import listeners
from ckanext.versioning.recording.metastore import get_metastore, metastore_id
from ckanext.versioning.recording.sync import Outcome, sync_dataset
from ckanext.versioning.recording.verify import verify_dataset
from ckanext.versioning.tests.recording.helpers import fresh, history, names_of, pending

pytestmark = pytest.mark.usefixtures("versioning")


class Recorded:
    """Asserts what a change added to a dataset's history."""

    def __init__(self, dataset_id: str) -> None:
        self.dataset_id = dataset_id
        self.before = len(history(dataset_id))

    def added(self, number: int = 1):
        """Return the newest revision, after checking number and content."""
        revisions = history(self.dataset_id)
        assert len(revisions) - self.before == number, [r.info.message for r in revisions]
        assert pending(self.dataset_id) == 0
        recorded = get_metastore().dataset_read(self.dataset_id).document
        assert canonical(recorded) == canonical(fresh(self.dataset_id))
        return revisions[0]


@pytest.fixture
def organization(sysadmin):
    return factories.Organization(user=sysadmin)


@pytest.fixture
def dataset(organization):
    return factories.Dataset(
        owner_org=organization["id"],
        notes="first",
        tags=[{"name": "one"}, {"name": "two"}],
        extras=[{"key": "k1", "value": "v1"}, {"key": "k2", "value": "v2"}],
        resources=[
            {"url": f"http://example.com/{number}.csv", "name": f"r{number}", "format": "CSV"}
            for number in range(3)
        ],
    )


@pytest.fixture
def recorded(dataset):
    return Recorded(dataset["id"])


@pytest.fixture
def as_user(sysadmin):
    return {"user": sysadmin["name"]}


class TestDataset:
    def test_create(self, recorded, dataset):
        (revision,) = history(dataset["id"])
        assert revision.parent is None
        assert revision.info.action == "create"
        recorded.added(0)

    def test_update(self, recorded, dataset):
        call_action("package_update", **{**dataset, "title": "New"})
        revision = recorded.added()
        assert revision.info.action == "update"
        assert revision.info.summary.fields == ("title",)

    def test_patch(self, recorded, dataset):
        call_action("package_patch", id=dataset["id"], notes="patched")
        assert recorded.added().info.summary.fields == ("notes",)

    def test_revise(self, recorded, dataset):
        call_action("package_revise", match={"id": dataset["id"]}, update={"notes": "revised"})
        assert recorded.added().info.summary.fields == ("notes",)

    def test_tags(self, recorded, dataset):
        call_action("package_patch", id=dataset["id"], tags=[{"name": "two"}, {"name": "three"}])
        assert recorded.added().info.summary.fields == ("tags",)

    def test_extras(self, recorded, dataset):
        call_action("package_patch", id=dataset["id"], extras=[{"key": "k1", "value": "v9"}])
        assert recorded.added().info.summary.fields == ("extras",)

    def test_rename_keeps_the_history(self, recorded, dataset):
        call_action("package_patch", id=dataset["id"], name=dataset["name"] + "-renamed")
        assert recorded.added().info.summary.fields == ("name",)

    def test_delete_and_undelete(self, recorded, dataset, as_user):
        call_action("package_delete", context=as_user, id=dataset["id"])
        closing = recorded.added()
        assert closing.info.action == "delete"
        assert closing.info.visibility.state == "deleted"
        call_action("package_patch", context=as_user, id=dataset["id"], state="active")
        assert recorded.added(2).info.action == "restore"

    def test_owner_organization(self, recorded, dataset, sysadmin, as_user):
        other = factories.Organization(user=sysadmin)
        call_action(
            "package_owner_org_update",
            context=as_user,
            id=dataset["id"],
            organization_id=other["id"],
        )
        assert recorded.added().info.summary.fields == ("owner_org",)

    def test_nothing_when_nothing_changed(self, recorded, dataset):
        call_action("package_update", **call_action("package_show", id=dataset["id"]))
        call_action("package_patch", id=dataset["id"], notes="first")
        recorded.added(0)

    def test_nothing_when_a_view_changed(self, recorded, dataset):
        factories.ResourceView(resource_id=dataset["resources"][0]["id"])
        recorded.added(0)


class TestUnusualId:
    """Sysadmins and harvesters may give a dataset an id that is no lower-case UUID."""

    @pytest.mark.parametrize("id_", [str(uuid4()).upper(), f"urn:uuid:{uuid4()}"])
    def test_has_a_history(self, id_, as_user):
        call_action("package_create", context=as_user, id=id_, name=factories.Dataset.stub().name)
        call_action("package_patch", context=as_user, id=id_, notes="new")
        assert pending(id_) == 0
        listed = call_action("dataset_revision_list", dataset=id_)
        assert [revision["action"] for revision in listed] == ["update", "create"]
        assert call_action("package_show_revision", id=id_, revision_ref="head")["id"] == id_
        assert call_action("dataset_tag_create", dataset=id_, name="v1")["name"] == "v1"
        assert sync_dataset(id_).outcome is Outcome.UNCHANGED
        assert verify_dataset(id_) == []
        reverted = call_action("dataset_revert", dataset=id_, revision_ref="head~1")
        assert reverted["changed"]
        call_action("dataset_purge", context=as_user, id=id_)
        assert pending(id_) == 0
        assert not get_metastore().dataset_exists(metastore_id(id_))


class TestPurge:
    def test_erases_the_history(self, dataset, as_user):
        call_action("dataset_purge", context=as_user, id=dataset["id"])
        with pytest.raises(DatasetNotFound):
            history(dataset["id"])
        assert pending(dataset["id"]) == 0

    @pytest.mark.ckan_config("ckanext.versioning.purge", "keep")
    def test_keeps_it_where_configured(self, dataset, as_user):
        call_action("dataset_purge", context=as_user, id=dataset["id"])
        closing, first = history(dataset["id"])
        assert closing.info.action == "purge"
        assert closing.info.visibility.state == "purged"
        assert not closing.info.visibility.public
        assert first.info.action == "create"

    def test_of_a_draft_leaves_nothing(self, as_user):
        draft = factories.Dataset(state="draft")
        call_action("dataset_purge", context=as_user, id=draft["id"])
        assert pending(draft["id"]) == 0
        assert not get_metastore().dataset_exists(draft["id"])


class TestDraft:
    def test_is_recorded_from_activation_on(self, as_user):
        draft = factories.Dataset(state="draft", user=factories.Sysadmin())
        call_action(
            "resource_create", context=as_user, package_id=draft["id"], url="http://e.org/a"
        )
        assert not get_metastore().dataset_exists(draft["id"])
        call_action("package_patch", context=as_user, id=draft["id"], state="active")
        (revision,) = history(draft["id"])
        assert revision.info.action == "create"
        assert len(get_metastore().dataset_read(draft["id"]).document["resources"]) == 1

    def test_is_not_recorded_when_it_is_deleted(self, as_user):
        draft = factories.Dataset(state="draft", user=factories.Sysadmin())
        call_action("package_delete", context=as_user, id=draft["id"])
        assert pending(draft["id"]) == 0
        assert not get_metastore().dataset_exists(draft["id"])


class TestResources:
    def test_create(self, recorded, dataset):
        new = call_action(
            "resource_create", package_id=dataset["id"], url="http://e.org/n.csv", name="new"
        )
        assert names_of(recorded.added().info.summary.added) == [(new["id"], "new")]

    def test_update(self, recorded, dataset):
        resource = dataset["resources"][1]
        call_action("resource_update", **{**resource, "description": "told"})
        (changed,) = recorded.added().info.summary.changed
        assert (changed.id, changed.fields) == (resource["id"], ("description",))

    def test_patch(self, recorded, dataset):
        resource = dataset["resources"][1]
        call_action("resource_patch", id=resource["id"], format="JSON")
        (changed,) = recorded.added().info.summary.changed
        assert (changed.id, changed.fields) == (resource["id"], ("format",))

    def test_delete(self, recorded, dataset):
        resource = dataset["resources"][0]
        call_action("resource_delete", id=resource["id"])
        summary = recorded.added().info.summary
        assert names_of(summary.removed) == [(resource["id"], "r0")]
        assert summary.changed == ()
        assert not summary.reordered

    def test_reorder(self, recorded, dataset):
        order = [resource["id"] for resource in reversed(dataset["resources"])]
        call_action("package_resource_reorder", id=dataset["id"], order=order)
        summary = recorded.added().info.summary
        assert summary.reordered
        assert summary.added + summary.removed + summary.changed == ()

    def test_upload(self, recorded, dataset):
        upload = FileStorage(io.BytesIO(b"a,b\n1,2\n"), "file.csv")
        call_action("resource_create", package_id=dataset["id"], upload=upload)
        recorded.added()
        stored = get_metastore().dataset_read(dataset["id"]).document["resources"][-1]
        assert stored["url"] == "file.csv", "the bare name, whatever the request's address was"


class TestBulk:
    @pytest.mark.parametrize(
        ("action", "private", "state"),
        [
            ("bulk_update_private", True, "active"),
            ("bulk_update_public", False, "active"),
            ("bulk_update_delete", False, "deleted"),
        ],
    )
    def test_each_dataset_once(self, organization, as_user, action, private, state):
        datasets = [
            factories.Dataset(owner_org=organization["id"], private=action == "bulk_update_public")
            for _ in range(2)
        ]
        recordings = [Recorded(dataset["id"]) for dataset in datasets]
        call_action(
            action,
            context=as_user,
            datasets=[dataset["id"] for dataset in datasets],
            org_id=organization["id"],
        )
        for recording in recordings:
            visibility = recording.added().info.visibility
            assert (visibility.private, visibility.state) == (private, state)


class TestOrganization:
    def test_delete(self, recorded, organization, as_user):
        call_action("organization_delete", context=as_user, id=organization["id"])
        assert recorded.added().info.summary.fields == ("owner_org",)

    def test_purge(self, recorded, organization, as_user):
        call_action("organization_purge", context=as_user, id=organization["id"])
        assert recorded.added().info.summary.fields == ("owner_org",)

    def test_a_new_title_is_no_change_of_the_dataset(self, recorded, organization, as_user):
        call_action("organization_patch", context=as_user, id=organization["id"], title="New")
        call_action("package_patch", id=recorded.dataset_id, notes="later")
        assert recorded.added().info.summary.fields == ("notes",)


class TestGroups:
    @pytest.fixture
    def group(self, sysadmin):
        return factories.Group(user=sysadmin)

    @pytest.fixture
    def member(self, recorded, group, as_user):
        call_action("member_create", context=as_user, **self.membership(recorded, group))
        recorded.added(1)

    @staticmethod
    def membership(recorded, group):
        return {
            "id": group["id"],
            "object": recorded.dataset_id,
            "object_type": "package",
            "capacity": "public",
        }

    @pytest.mark.usefixtures("member")
    def test_membership(self, recorded, group, as_user):
        revision = recorded.added(1)
        assert revision.info.summary.fields == ("groups",)
        call_action("member_delete", context=as_user, **self.membership(recorded, group))
        assert recorded.added(2).info.summary.fields == ("groups",)

    def test_created_with_the_dataset(self, recorded, as_user):
        factories.Group(user={"name": as_user["user"]}, packages=[{"id": recorded.dataset_id}])
        recorded.added()

    def test_updated_with_the_dataset(self, recorded, group, as_user):
        call_action(
            "group_update",
            context=as_user,
            id=group["id"],
            name=group["name"],
            packages=[{"id": recorded.dataset_id}],
        )
        recorded.added()

    @pytest.mark.usefixtures("member")
    @pytest.mark.parametrize("action", ["group_delete", "group_purge"])
    def test_gone(self, recorded, group, as_user, action):
        call_action(action, context=as_user, id=group["id"])
        assert recorded.added(2).info.summary.fields == ("groups",)


class TestTags:
    def test_tag_delete(self, recorded, as_user):
        tag = factories.Tag.stub().name
        call_action("package_patch", id=recorded.dataset_id, tags=[{"name": tag}])
        call_action("tag_delete", context=as_user, id=tag)
        assert recorded.added(2).info.summary.fields == ("tags",)

    def test_vocabulary_drops_a_used_tag(self, recorded, as_user):
        vocabulary = factories.Vocabulary(tags=[{"name": "aa"}, {"name": "bb"}])
        call_action(
            "package_patch",
            id=recorded.dataset_id,
            tags=[{"name": "aa", "vocabulary_id": vocabulary["id"]}],
        )
        call_action(
            "vocabulary_update", context=as_user, id=vocabulary["id"], tags=[{"name": "bb"}]
        )
        assert recorded.added(2).info.summary.fields == ("tags",)


class TestRelationships:
    def test_both_datasets_change(self, recorded, organization, as_user):
        other = factories.Dataset(owner_org=organization["id"])
        other_recorded = Recorded(other["id"])
        relationship = {
            "subject": recorded.dataset_id,
            "object": other["id"],
            "type": "depends_on",
        }
        call_action("package_relationship_create", context=as_user, **relationship)
        assert recorded.added().info.summary.fields == ("relationships_as_subject",)
        assert other_recorded.added().info.summary.fields == ("relationships_as_object",)
        call_action("package_relationship_delete", context=as_user, **relationship)
        recorded.added(2)
        other_recorded.added(2)


class TestTransactions:
    def test_rolled_back_is_not_recorded(self, recorded):
        model.Package.get(recorded.dataset_id).title = "Never"
        model.Session.flush()
        model.Session.rollback()
        recorded.added(0)

    def test_refused_by_validation_is_not_recorded(self, recorded, dataset):
        other = factories.Dataset()
        with pytest.raises(tk.ValidationError):
            call_action("package_patch", id=dataset["id"], name=other["name"])
        recorded.added(0)

    def test_a_failing_commit_is_not_recorded(self, recorded):
        other = factories.Dataset()
        model.Package.get(recorded.dataset_id).name = other["name"]
        with pytest.raises(sa.exc.IntegrityError):
            model.Session.commit()
        model.Session.rollback()
        recorded.added(0)

    def test_two_datasets_in_one(self, recorded):
        other = Recorded(factories.Dataset()["id"])
        for dataset_id in (recorded.dataset_id, other.dataset_id):
            model.Package.get(dataset_id).title = "Both"
        model.Session.commit()
        recorded.added()
        other.added()

    def test_savepoints(self, recorded):
        other = Recorded(factories.Dataset()["id"])
        with model.Session.begin_nested():
            model.Package.get(recorded.dataset_id).title = "Kept"
        nested = model.Session.begin_nested()
        model.Package.get(other.dataset_id).title = "Undone"
        model.Session.flush()
        nested.rollback()
        model.Session.commit()
        recorded.added(1)
        other.added(0)

    def test_query_update(self, recorded):
        packages = model.Session.query(model.Package).filter_by(id=recorded.dataset_id)
        packages.update({"title": "By query"})
        model.Session.commit()
        assert recorded.added().info.summary.fields == ("title",)

    def test_bulk_update_by_primary_key(self, recorded, dataset):
        if not tk.check_ckan_version(min_version="2.12"):
            pytest.skip("SQLAlchemy 1.4 of CKAN 2.11 has no such statement")
        other = Recorded(factories.Dataset()["id"])
        model.Session.execute(
            sa.update(model.Package), [{"id": recorded.dataset_id, "title": "In bulk"}]
        )
        touched = set(model.Session.info[listeners.TOUCHED])
        model.Session.commit()
        assert touched == {recorded.dataset_id}
        assert recorded.added().info.summary.fields == ("title",)
        other.added(0)

    def test_several_changes_in_one_transaction_are_one_revision(self, recorded, as_user):
        context = {**as_user, "defer_commit": True, "return_id_only": True}
        for title in ("One", "Two"):
            call_action("package_patch", context=dict(context), id=recorded.dataset_id, title=title)
        model.Session.commit()
        recorded.added(1)

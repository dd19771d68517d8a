"""Sync: what is left over, what went past the hooks, what was there before the plugin."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.versioning.metastore import DatasetNotFound
from ckanext.versioning.recording import sync
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.recording.sync import Outcome, sync_dataset
from ckanext.versioning.recording.tables import head, outbox, state
from ckanext.versioning.recording.verify import verify_dataset
from ckanext.versioning.tests.recording.helpers import history, pending

pytestmark = pytest.mark.usefixtures("versioning")


@pytest.fixture
def dataset():
    return factories.Dataset(title="First")


def past_the_hooks(statement: str, **values):
    """Change the database behind CKAN's back."""
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text(statement), values)


def unknown_to_recording(dataset_id: str):
    """Make a dataset one of the years before the plugin was switched on."""
    get_metastore().dataset_purge(dataset_id)
    with model.meta.engine.begin() as connection:
        for table in (head, outbox, state):
            connection.execute(table.delete().where(table.c.dataset_id == dataset_id))


def test_unchanged(dataset):
    assert sync_dataset(dataset["id"]).outcome is Outcome.UNCHANGED
    assert len(history(dataset["id"])) == 1


def test_a_change_by_raw_sql(dataset):
    past_the_hooks("UPDATE package SET title = 'Raw' WHERE id = :id", id=dataset["id"])
    assert sync_dataset(dataset["id"]).outcome is Outcome.RECORDED
    newest = history(dataset["id"])[0].info
    assert newest.summary.fields == ("title",)
    assert newest.author.id == ""
    assert sync_dataset(dataset["id"]).outcome is Outcome.UNCHANGED


def test_a_dataset_from_before_the_plugin(dataset):
    unknown_to_recording(dataset["id"])
    assert sync_dataset(dataset["id"]).outcome is Outcome.RECORDED
    (first,) = history(dataset["id"])
    assert first.info.action == "create"
    assert first.info.message == sync.FIRST
    call_action("package_patch", id=dataset["id"], title="Second")
    assert len(history(dataset["id"])) == 2


def test_a_dry_run_writes_nothing(dataset):
    past_the_hooks("UPDATE package SET title = 'Raw' WHERE id = :id", id=dataset["id"])
    assert sync_dataset(dataset["id"], dry_run=True).outcome is Outcome.WOULD_RECORD
    assert len(history(dataset["id"])) == 1
    assert pending(dataset["id"]) == 0
    assert sync_dataset(dataset["id"], dry_run=True).outcome is Outcome.WOULD_RECORD


def test_a_draft_has_no_history():
    draft = factories.Dataset(state="draft")
    assert draft["id"] not in sync.dataset_ids()
    assert sync_dataset(draft["id"]).outcome is Outcome.UNCHANGED
    assert not get_metastore().dataset_exists(draft["id"])


def test_a_deleted_dataset_gets_one_when_it_is_restored(dataset):
    call_action("package_delete", id=dataset["id"])
    unknown_to_recording(dataset["id"])
    assert dataset["id"] not in sync.dataset_ids()
    assert sync_dataset(dataset["id"]).outcome is Outcome.UNCHANGED
    call_action("package_patch", id=dataset["id"], state="active")
    assert [revision.info.action for revision in history(dataset["id"])] == ["create"]


class TestPurgedPastTheHooks:
    @pytest.fixture
    def purged(self, dataset):
        past_the_hooks("DELETE FROM package WHERE id = :id", id=dataset["id"])
        return dataset["id"]

    def test_dry_run(self, purged):
        assert sync_dataset(purged, dry_run=True).outcome is Outcome.WOULD_PURGE
        assert len(history(purged)) == 1

    def test_erases(self, purged):
        assert purged in sync.dataset_ids()
        assert sync_dataset(purged).outcome is Outcome.PURGED
        with pytest.raises(DatasetNotFound):
            history(purged)
        assert purged not in sync.dataset_ids()

    @pytest.mark.ckan_config("ckanext.versioning.purge", "keep")
    def test_keeps_where_configured(self, purged):
        assert sync_dataset(purged).outcome is Outcome.PURGED
        assert history(purged)[0].info.visibility.state == "purged"
        assert sync_dataset(purged).outcome is Outcome.UNCHANGED
        assert len(history(purged)) == 2


def test_ids_come_in_pages(dataset, monkeypatch):
    monkeypatch.setattr(sync, "PAGE", 1)
    other = factories.Dataset()
    ids = list(sync.dataset_ids())
    assert ids == sorted(set(ids))
    assert {dataset["id"], other["id"]} <= set(ids)


def test_a_restored_older_backup_is_noticed(dataset):
    """The database knows of a revision that the repository no longer has."""
    call_action("package_patch", id=dataset["id"], title="Second")
    with model.meta.engine.begin() as connection:
        connection.execute(
            head.update().where(head.c.dataset_id == dataset["id"]).values(revision_id="f" * 40)
        )
    (problem,) = verify_dataset(dataset["id"])
    assert "f" * 40 in problem.reason
    call_action("package_patch", id=dataset["id"], title="Third")
    assert pending(dataset["id"]) == 1
    assert sync_dataset(dataset["id"]).outcome is Outcome.FAILED
    assert sync_dataset(dataset["id"], accept_loss=True).outcome is Outcome.UNCHANGED
    assert len(history(dataset["id"])) == 3
    assert verify_dataset(dataset["id"]) == []


class TestBackground:
    pytestmark = pytest.mark.ckan_config("ckanext.versioning.drain", "background")

    def test_a_job_delivers(self, clean_queues):
        from ckan.lib import jobs

        dataset = factories.Dataset()
        assert pending(dataset["id"]) == 1
        assert not get_metastore().dataset_exists(dataset["id"])
        jobs.Worker().work(burst=True)
        assert pending(dataset["id"]) == 0
        assert len(history(dataset["id"])) == 1

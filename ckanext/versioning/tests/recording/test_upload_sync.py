"""Files of a portal that had data before the plugin was there."""

from __future__ import annotations

import pytest
from ckan.tests.helpers import call_action

from ckanext.versioning.files import records
from ckanext.versioning.files.uploaders import live_file
from ckanext.versioning.recording import listeners
from ckanext.versioning.recording.sync import Outcome, sync_dataset
from ckanext.versioning.tests.recording.helpers import history
from ckanext.versioning.tests.recording.uploads import (
    area,
    dataset_with,
    kept,
)

pytestmark = pytest.mark.usefixtures("versioning")


class TestSync:
    @pytest.fixture
    def uncaptured(self, monkeypatch):
        """A dataset from before the plugin was there."""
        with monkeypatch.context() as patch:
            patch.setattr(listeners, "_capture_touched", lambda session: None)
            return dataset_with(b"one", b"other")

    def test_keeps_the_files_of_an_existing_portal(self, uncaptured):
        dataset, _ = uncaptured
        planned = sync_dataset(dataset["id"], dry_run=True)
        assert (planned.outcome, planned.files, planned.size) == (Outcome.WOULD_RECORD, 2, 8)
        assert area("staged") == []
        done = sync_dataset(dataset["id"])
        assert (done.outcome, done.files, done.size) == (Outcome.RECORDED, 2, 8)
        assert kept(dataset["id"]) == [{"file0": b"one", "file1": b"other"}]
        again = sync_dataset(dataset["id"])
        assert (again.outcome, again.files) == (Outcome.UNCHANGED, 0)
        call_action("package_patch", id=dataset["id"], title="Edited")
        assert len(history(dataset["id"])) == 2

    def test_keeps_the_files_of_a_history_without_any(self, uncaptured, monkeypatch):
        dataset, _ = uncaptured
        with monkeypatch.context() as patch:
            patch.setattr(records, "known", lambda *_: {})
            patch.setattr("ckanext.versioning.files.capturing.live_file", lambda resource: None)
            sync_dataset(dataset["id"])
        assert kept(dataset["id"]) == [{}]
        assert sync_dataset(dataset["id"]).outcome is Outcome.RECORDED
        assert kept(dataset["id"])[-1] == {"file0": b"one", "file1": b"other"}

    def test_records_a_file_that_was_replaced_on_disk(self, tmp_path):
        dataset, (resource,) = dataset_with(b"one")
        path = live_file(resource).path
        new = path.with_name("new")
        new.write_bytes(b"by hand")
        new.rename(path)
        assert sync_dataset(dataset["id"]).outcome is Outcome.RECORDED
        assert kept(dataset["id"])[-1] == {"file0": b"by hand"}

    def test_a_no_op_after_an_upload_makes_no_row(self):
        dataset, _ = dataset_with(b"one")
        shown = call_action("package_show", id=dataset["id"])
        call_action("package_update", **shown)
        assert len(history(dataset["id"])) == 2
        assert sync_dataset(dataset["id"]).outcome is Outcome.UNCHANGED

"""Storage that is away, and files that take long: the change stands, the bytes are held."""

from __future__ import annotations

import io
import time
from pathlib import Path

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.lib.jobs import get_queue
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.versioning import config
from ckanext.versioning.files import delivery, folders, staging
from ckanext.versioning.files.uploaders import live_file
from ckanext.versioning.recording import listeners
from ckanext.versioning.recording.drain import drain_dataset
from ckanext.versioning.recording.sync import Outcome, sync_dataset
from ckanext.versioning.tests.recording.helpers import history, pending
from ckanext.versioning.tests.recording.uploads import (
    area,
    dataset_with,
    kept,
    live,
    replace,
)

pytestmark = pytest.mark.usefixtures("versioning")


class TestFaults:
    def test_the_blob_store_is_away(self, ckan_config, monkeypatch, tmp_path):
        place = tmp_path / "blobs"
        place.write_text("not a folder")
        settings = f'{{"type": "file_keeper:fs", "path": "{place}"}}'
        monkeypatch.setitem(ckan_config, "ckanext.versioning.blob_storage", settings)
        dataset, (resource,) = dataset_with(b"one")
        replace(resource, b"two")
        assert pending(dataset["id"]) == 2
        assert len(area("staged")) == 2
        failing = call_action("versioning_status")["failing"]
        (reason,) = [row["error"] for row in failing if row["dataset_id"] == dataset["id"]]
        assert str(place) in reason
        place.unlink()
        assert drain_dataset(dataset["id"])
        assert kept(dataset["id"])[1:] == [{"file0": b"one"}, {"file0": b"two"}]
        assert area("staged") == []

    def test_a_strict_portal_refuses_what_can_not_be_kept(self, ckan_config, monkeypatch, tmp_path):
        _, (resource,) = dataset_with(b"one")
        place = tmp_path / "blobs"
        place.write_text("not a folder")
        settings = f'{{"type": "file_keeper:fs", "path": "{place}"}}'
        monkeypatch.setitem(ckan_config, "ckanext.versioning.blob_storage", settings)
        monkeypatch.setitem(ckan_config, "ckanext.versioning.strict", True)
        with pytest.raises(tk.ValidationError, match="blobs"):
            replace(resource, b"two")
        model.Session.remove()
        assert live(resource, tmp_path) == b"one"
        assert area("staged") == area("undo") == []

    def test_the_staging_area_can_not_be_written(self):
        dataset, (resource,) = dataset_with(b"one")
        place = Path(config.files_path()) / "staged"
        place.rmdir()
        place.write_text("not a folder")
        try:
            replace(resource, b"two")
        finally:
            place.unlink()
        assert call_action("resource_show", id=resource["id"])["size"] == 3
        assert len(history(dataset["id"])) == 2
        failures = call_action("versioning_status")["capture_failures"]
        assert dataset["id"] in [row["dataset_id"] for row in failures]
        assert sync_dataset(dataset["id"]).outcome is Outcome.RECORDED
        assert kept(dataset["id"])[-1] == {"file0": b"two"}

    def test_the_file_is_missing(self):
        dataset, (resource, _) = dataset_with(b"one", b"two")
        live_file(resource).remove()
        call_action("package_patch", id=dataset["id"], title="Edited")
        assert kept(dataset["id"])[-1] == {"file1": b"two"}

    def test_staged_bytes_that_a_power_cut_took(self, monkeypatch):
        dataset, (resource,) = dataset_with(b"one")
        with monkeypatch.context() as patch:
            patch.setattr(listeners, "drain_soon", lambda ids: None)
            replace(resource, b"two")
            (staged,) = area("staged")
            staged.unlink()
            replace(resource, b"three")
        assert not drain_dataset(dataset["id"])
        assert sync_dataset(dataset["id"]).outcome is Outcome.FAILED
        assert sync_dataset(dataset["id"], accept_loss=True).outcome is not Outcome.FAILED
        assert kept(dataset["id"])[1:] == [{"file0": b"one"}, {}, {"file0": b"three"}]

    def test_a_lost_file_that_is_still_live_is_captured_anew(self, monkeypatch):
        dataset, (resource,) = dataset_with(b"one")
        with monkeypatch.context() as patch:
            patch.setattr(listeners, "drain_soon", lambda ids: None)
            replace(resource, b"two")
            (staged,) = area("staged")
            staged.unlink()  # it is a link to the live file
            staged.write_bytes(b"t")
        assert not drain_dataset(dataset["id"])
        assert sync_dataset(dataset["id"], accept_loss=True).outcome is Outcome.RECORDED
        assert kept(dataset["id"])[1:] == [{"file0": b"one"}, {}, {"file0": b"two"}]

    def test_what_dead_processes_left_is_swept(self, monkeypatch):
        dataset, (resource,) = dataset_with(b"one")
        left = staging.path(staging.new_token())
        left.write_bytes(b"left")
        with monkeypatch.context() as patch:
            patch.setattr(listeners, "drain_soon", lambda ids: None)
            replace(resource, b"two")
        with model.meta.engine.connect() as connection:
            assert staging.sweep(connection) == 0
            tomorrow = time.time() + 2 * folders.DAY
            with monkeypatch.context() as patch:
                patch.setattr(folders.time, "time", lambda: tomorrow)
                assert staging.sweep(connection) == 1
        assert not left.exists()
        assert len(area("staged")) == 1
        assert drain_dataset(dataset["id"])

    def test_a_sweep_beside_a_drain(self, monkeypatch):
        staged = staging.path(staging.new_token())
        staged.write_bytes(b"1")
        listed = Path.iterdir

        def drained(folder):
            for file in list(listed(folder)):
                file.unlink()
                yield file

        monkeypatch.setattr(Path, "iterdir", drained)
        with model.meta.engine.connect() as connection:
            assert staging.sweep(connection, age=-1) == 0


class TestLargeFiles:
    """Nobody's request is kept busy with reading a large file."""

    @pytest.fixture
    def large(self, monkeypatch):
        monkeypatch.setattr(delivery, "LARGE", 100)
        get_queue().empty()
        yield b"x" * 101
        get_queue().empty()

    def test_a_job_keeps_it(self, app, large):
        dataset, (resource,) = dataset_with(b"one")
        headers = {"Authorization": factories.SysadminWithToken()["token"]}
        data = {"id": resource["id"], "upload": (io.BytesIO(large), "a.csv")}
        app.post("/api/3/action/resource_patch", data=data, headers=headers).close()
        listed = app.get(
            f"/api/3/action/dataset_revision_list?dataset={dataset['id']}", headers=headers
        )
        assert len(listed.json["result"]) == 2
        assert pending(dataset["id"]) == 1
        (job,) = [job for job in get_queue().jobs if job.meta["title"].endswith("large files")]
        job.perform()
        assert pending(dataset["id"]) == 0
        assert kept(dataset["id"])[-1] == {"file0": large}

    def test_the_command_line_has_the_time(self, large):
        dataset, _ = dataset_with(large)
        assert pending(dataset["id"]) == 0

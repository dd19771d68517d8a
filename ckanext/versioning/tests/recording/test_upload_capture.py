"""What is captured of uploads, what is not, and what it costs."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib.jobs import get_queue
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.versioning import config
from ckanext.versioning.files import delivery, records, staging
from ckanext.versioning.files.storage import get_blob_store
from ckanext.versioning.files.uploaders import live_file
from ckanext.versioning.recording import listeners
from ckanext.versioning.recording.drain import drain_all, drain_dataset
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.recording.sync import Outcome, sync_dataset
from ckanext.versioning.tests.recording.helpers import history, pending
from ckanext.versioning.tests.recording.uploads import (
    area,
    create,
    dataset_with,
    kept,
    replace,
)

pytestmark = pytest.mark.usefixtures("versioning")


def head_files(dataset_id: str):
    return get_metastore().dataset_read(dataset_id, "head").files


class TestWaysToUpload:
    @pytest.fixture
    def headers(self, versioning):
        return {"Authorization": factories.SysadminWithToken()["token"]}

    def test_over_the_api_as_multipart(self, app, headers):
        dataset = factories.Dataset()
        app.post(
            "/api/3/action/resource_create",
            data={
                "package_id": dataset["id"],
                "name": "file",
                "upload": (io.BytesIO(b"one"), "a.csv"),
            },
            headers=headers,
        )
        (resource,) = call_action("package_show", id=dataset["id"])["resources"]
        for action in ("resource_patch", "resource_update"):
            data = {"id": resource["id"], "upload": (io.BytesIO(action.encode()), "b.csv")}
            app.post(f"/api/3/action/{action}", data={**data, "name": "file"}, headers=headers)
        assert kept(dataset["id"])[1:] == [
            {"file": b"one"},
            {"file": b"resource_patch"},
            {"file": b"resource_update"},
        ]
        assert [file.path for file in head_files(dataset["id"])] == ["data/file/b.csv"]

    def test_package_revise(self, app, headers):
        dataset, _ = dataset_with(b"one", b"other")
        app.post(
            "/api/3/action/package_revise",
            data={
                "match__id": dataset["id"],
                "update__resources__0__upload": (io.BytesIO(b"two"), "a.csv"),
            },
            headers=headers,
        )
        assert kept(dataset["id"])[-1] == {"file0": b"two", "file1": b"other"}

    def test_in_the_form(self, app, headers):
        dataset = factories.Dataset()
        form = {"id": "", "url": "", "name": "file", "save": "go-metadata"}
        path = f"/dataset/{dataset['id']}/resource"
        file = (io.BytesIO(b"one"), "a.csv")
        app.post(f"{path}/new", data={**form, "upload": file}, headers=headers)
        (resource,) = call_action("package_show", id=dataset["id"])["resources"]
        shown = {"name": "file", "description": "new", "save": ""}
        url = f"{path}/{resource['id']}/edit"
        nothing = (io.BytesIO(b""), "")  # as a browser sends a field without a file
        app.post(
            url,
            data={**shown, "url": resource["url"], "url_type": "upload", "upload": nothing},
            headers=headers,
        )
        assert kept(dataset["id"])[-2:] == [{"file": b"one"}, {"file": b"one"}]
        app.post(
            url,
            data={**shown, "url": "http://example.com", "clear_upload": "true"},
            headers=headers,
        )
        assert kept(dataset["id"])[-1] == {}

    def test_a_draft_is_captured_when_it_turns_active(self):
        dataset = factories.Dataset(state="draft")
        create(dataset, b"one")
        assert area("staged") == []
        call_action("package_patch", id=dataset["id"], state="active")
        assert kept(dataset["id"]) == [{"prices": b"one"}]

    def test_deleted_and_brought_back(self):
        dataset, (resource,) = dataset_with(b"one")
        call_action("package_delete", id=dataset["id"])
        call_action("package_patch", id=dataset["id"], state="active")
        call_action("resource_delete", id=resource["id"])
        assert kept(dataset["id"])[1:] == [{"file0": b"one"}] * 3 + [{}]

    def test_the_same_bytes_again_are_kept_once(self):
        dataset, (first, _) = dataset_with(b"same", b"same")
        replace(first, b"same")
        assert len({file.sha256 for file in head_files(dataset["id"])}) == 1
        assert kept(dataset["id"])[-1] == {"file0": b"same", "file1": b"same"}


class Opened:
    """The files that this process opens or links."""

    def __init__(self) -> None:
        self.paths: list[str] | None = None
        sys.addaudithook(self._hear)

    def _hear(self, event: str, args: tuple) -> None:
        if self.paths is not None and event in ("open", "os.link"):
            self.paths.append(str(args[0]))


opened = Opened()  # a hook of Python's can't be removed


class TestCost:
    def test_an_edit_of_metadata_reads_no_file(self):
        dataset, (resource, _) = dataset_with(b"one", b"two")
        path = str(live_file(resource).path)
        opened.paths = []
        call_action("package_patch", id=dataset["id"], title="Edited")
        seen, opened.paths = opened.paths, None
        assert seen, "the hook works"
        assert path not in seen
        assert not [item for item in seen if "versioning-files" in item]

    def test_a_dataset_without_uploads_asks_for_none(self):
        dataset = factories.Dataset(resources=[{"url": "http://example.com/a.csv"}])
        statements = []

        def hear(_connection, _cursor, statement, *_):
            statements.append(statement)

        sa.event.listen(model.meta.engine, "before_cursor_execute", hear)
        call_action("package_patch", id=dataset["id"], title="Edited")
        sa.event.remove(model.meta.engine, "before_cursor_execute", hear)
        assert [text for text in statements if "versioning_outbox" in text]
        others = ("versioning_file", "versioning_capture", "versioning_link", "txid")
        assert not [text for text in statements if any(name in text for name in others)]

    def test_the_bytes_are_linked_not_copied(self):
        _, (resource,) = dataset_with(b"one")
        sha256 = hashlib.sha256(b"one").hexdigest()
        blob = get_blob_store().local_path(sha256)
        assert blob.stat().st_nlink >= 1
        replace(resource, data := os.urandom(40))
        blob = get_blob_store().local_path(hashlib.sha256(data).hexdigest())
        assert blob.samefile(live_file(resource).path)

    def test_on_another_file_system_they_are_copied(self, monkeypatch):
        def refuse(*_args, **_kwargs):
            raise OSError(18, "Invalid cross-device link")

        monkeypatch.setattr(os, "link", refuse)
        dataset, (resource,) = dataset_with(b"one")
        replace(resource, data := os.urandom(40))
        assert kept(dataset["id"])[1:] == [{"file0": b"one"}, {"file0": data}]
        blob = get_blob_store().local_path(hashlib.sha256(data).hexdigest())
        assert not blob.samefile(live_file(resource).path)


class TestLimits:
    def test_a_file_that_is_too_large_is_known_but_not_kept(self, ckan_config, monkeypatch):
        monkeypatch.setitem(ckan_config, "ckanext.versioning.max_file_size", 10)
        data = os.urandom(11)
        dataset, _ = dataset_with(data)
        (file,) = head_files(dataset["id"])
        sha256 = hashlib.sha256(data).hexdigest()
        assert (file.sha256, file.size, file.kept) == (sha256, 11, False)
        assert get_blob_store().stat(sha256) is None
        assert area("staged") == []
        call_action("package_patch", id=dataset["id"], title="Edited")
        assert head_files(dataset["id"]) == (file,)

    def test_what_does_not_fit_into_the_quota(self, ckan_config, monkeypatch, tmp_path):
        settings = f'{{"type": "file_keeper:fs", "path": "{tmp_path}/blobs"}}'
        monkeypatch.setitem(ckan_config, "ckanext.versioning.blob_storage", settings)
        monkeypatch.setitem(ckan_config, "ckanext.versioning.file_quota", 100)
        dataset, _ = dataset_with(b"a" * 60, b"b" * 60, b"a" * 60, b"c" * 30)
        assert [file.kept for file in head_files(dataset["id"])] == [True, False, True, True]


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

    def test_what_dead_processes_left_is_swept(self, monkeypatch):
        _, (resource,) = dataset_with(b"one")
        left = staging.path(staging.new_token())
        left.write_bytes(b"left")
        with monkeypatch.context() as patch:
            patch.setattr(listeners, "drain_soon", lambda ids: None)
            replace(resource, b"two")
        with model.meta.engine.connect() as connection:
            assert staging.sweep(connection) == 0
            tomorrow = time.time() + 2 * staging.DAY
            with monkeypatch.context() as patch:
                patch.setattr(staging.time, "time", lambda: tomorrow)
                assert staging.sweep(connection) == 1
        assert not left.exists()
        assert len(area("staged")) == 1
        assert drain_all() == []


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


def test_a_purge_forgets_the_live_files():
    dataset, _ = dataset_with(b"one")
    call_action("dataset_purge", id=dataset["id"])
    with model.meta.engine.begin() as connection:
        assert records.known(connection, dataset["id"]) == {}
    assert pending(dataset["id"]) == 0


def test_what_is_referred_to():
    data = os.urandom(20)
    dataset_with(data)
    with model.meta.engine.begin() as connection:
        assert hashlib.sha256(data).hexdigest() in records.referred(connection)
        records.forget_old(connection)
        assert hashlib.sha256(data).hexdigest() in records.referred(connection)

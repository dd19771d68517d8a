"""gc and verify --files, on uploads as CKAN takes them."""

from __future__ import annotations

import io
import json
import shutil
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action
from werkzeug.datastructures import FileStorage

from ckanext.versioning.files.records import capture, link
from ckanext.versioning.files.storage import get_blob_store
from ckanext.versioning.metastore import CorruptStore
from ckanext.versioning.recording import garbage
from ckanext.versioning.recording.garbage import AgeUnknown, Collected, HistoryMissing, collect
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.recording.tables import head, outbox
from ckanext.versioning.tests.files.kept import File
from ckanext.versioning.tests.files.storages import make_old, s3_server, s3_settings
from ckanext.versioning.tests.metastore.git_tools import damage
from ckanext.versioning.tests.recording.helpers import history

SOON = timedelta(minutes=1)


@dataclass
class Uploads:
    """A dataset with one resource that gets one file after the other."""

    dataset: str
    resource: str

    def upload(self, data: bytes) -> File:
        call_action(
            "resource_patch", id=self.resource, upload=FileStorage(io.BytesIO(data), "prices.csv")
        )
        return File("prices.csv", data)

    def purge(self) -> None:
        call_action("dataset_purge", id=self.dataset)
        self.age()

    def age(self) -> None:
        """Let the uploads be of long ago."""
        execute(
            capture.update()
            .where(capture.c.dataset_id == self.dataset)
            .values(captured_at=datetime.now(timezone.utc) - timedelta(days=2))
        )


def execute(statement) -> None:
    model.Session.remove()
    with model.meta.engine.begin() as connection:
        connection.execute(statement)


def configure(monkeypatch, ckan_config, **settings) -> None:
    for name, value in settings.items():
        monkeypatch.setitem(ckan_config, f"ckanext.versioning.{name}", json.dumps(value))


@pytest.fixture
def portal(versioning, monkeypatch, ckan_config, tmp_path):
    """A portal with nothing recorded: what other tests have left is not looked at."""
    configure(
        monkeypatch,
        ckan_config,
        backend_config={"path": str(tmp_path / "revisions")},
        blob_storage={"type": "file_keeper:fs", "path": str(tmp_path / "blobs")},
    )
    execute(head.delete())
    execute(outbox.delete())
    execute(link.delete())


@pytest.fixture
def s3_portal(portal, monkeypatch, ckan_config):
    with s3_server() as endpoint:
        configure(monkeypatch, ckan_config, blob_storage=s3_settings(endpoint))
        yield


@pytest.fixture
def uploads(portal) -> Uploads:
    return make_uploads()


def make_uploads() -> Uploads:
    dataset = factories.Dataset(resources=[{"name": "prices", "url": "prices.csv"}])
    return Uploads(dataset["id"], dataset["resources"][0]["id"])


def kept() -> set[str]:
    return {blob.sha256 for blob in get_blob_store().iterate()}


def now_gc(**options) -> Collected:
    """Collect whatever is not needed, however new it is."""
    return collect(datetime.now(timezone.utc) + SOON, **options)


def orphan(folder) -> File:
    file = File("x", uuid.uuid4().bytes)
    file.captured(folder)
    return file


class TestGc:
    def test_what_a_purge_leaves(self, uploads):
        old, new = uploads.upload(b"old" * 1000), uploads.upload(b"new")
        assert now_gc() == Collected(0, 0)
        assert kept() == {old.sha256, new.sha256}
        uploads.purge()
        assert now_gc(dry_run=True) == Collected(2, 3003)
        assert kept() == {old.sha256, new.sha256}
        assert now_gc() == Collected(2, 3003)
        assert kept() == set()
        assert now_gc() == Collected(0, 0)

    def test_what_only_revisions_have(self, uploads):
        old, new = uploads.upload(b"old"), uploads.upload(b"new")
        call_action("resource_delete", id=uploads.resource)
        uploads.age()
        assert now_gc() == Collected(0, 0)
        assert kept() == {old.sha256, new.sha256}

    def test_what_another_dataset_has_too(self, uploads):
        other = make_uploads()
        shared, own = uploads.upload(b"shared"), uploads.upload(b"own")
        other.upload(b"shared")
        other.upload(b"something else")
        uploads.purge()
        now_gc()
        assert shared.sha256 in kept()
        assert own.sha256 not in kept()

    def test_what_waits_to_be_recorded(self, portal, tmp_path):
        file = orphan(tmp_path)
        held = {"r": {"name": "x", "size": 16, "sha256": file.sha256, "kept": True}}
        execute(outbox.insert().values(change_id="waits", dataset_id="d", files=json.dumps(held)))
        assert now_gc() == Collected(0, 0)
        execute(outbox.delete())
        assert now_gc() == Collected(1, 16)

    def test_what_was_fetched_from_a_link(self, portal, tmp_path):
        file = orphan(tmp_path)
        execute(link.insert().values(resource_id="r", dataset_id="d", url="x", sha256=file.sha256))
        assert now_gc() == Collected(0, 0)
        execute(link.delete())
        assert now_gc() == Collected(1, 16)

    def test_what_is_on_its_way(self, run, run_json, portal, tmp_path):
        file = orphan(tmp_path)
        assert run_json("gc")["files"] == 0
        assert "Removed 0 files" in run("gc", "--grace", "1")
        run("gc", "--grace", "0", code=2)
        assert kept() == {file.sha256}

    def test_what_is_old(self, run, run_json, s3_portal, tmp_path):
        old, new = orphan(tmp_path), orphan(tmp_path)
        make_old(get_blob_store(), old.sha256)
        assert run_json("gc", "--dry-run") == {"files": 1, "bytes": 16, "torn": 0, "dry_run": True}
        assert kept() == {old.sha256, new.sha256}
        assert "Removed 1 files, 16B" in run("gc")
        assert kept() == {new.sha256}

    def test_what_is_uploaded_again_in_that_moment(self, s3_portal, tmp_path, monkeypatch):
        file = orphan(tmp_path)
        make_old(get_blob_store(), file.sha256)
        unreferred = garbage.unreferred

        def put_again(store, before):
            for blob in unreferred(store, before):
                assert blob.sha256 == file.sha256
                file.captured(tmp_path)
                yield blob

        monkeypatch.setattr(garbage, "unreferred", put_again)
        assert collect(datetime.now(timezone.utc) - SOON) == Collected(0, 0)
        assert kept() == {file.sha256}

    def test_torn_files_of_writers_that_died(self, portal, tmp_path):
        file = orphan(tmp_path)
        (get_blob_store().local_path(file.sha256).parent / ".tmp-1").mkdir()
        assert now_gc(dry_run=True) == Collected(1, 16, torn=1)
        assert now_gc() == Collected(1, 16, torn=1)
        assert now_gc() == Collected(0, 0)

    def test_what_else_is_in_the_bucket(self, portal, monkeypatch, ckan_config, tmp_path):
        with s3_server() as endpoint:
            settings = {**s3_settings(endpoint), "path": ""}
            configure(monkeypatch, ckan_config, blob_storage=settings)
            driver = get_blob_store()._driver
            place = {"Bucket": settings["bucket"], "Key": "resources/abc/def/ghi"}
            driver._client.put_object(**place, Body=b"a live upload")
            orphan(tmp_path)
            assert now_gc() == Collected(1, 16)
            assert driver._client.head_object(**place)["ContentLength"] == 13

    def test_nothing_goes_while_a_history_is_missing(self, run, uploads, tmp_path):
        file = uploads.upload(b"needed")
        lost = orphan(tmp_path)
        shutil.move(tmp_path / "revisions", tmp_path / "elsewhere")
        with pytest.raises(HistoryMissing):
            now_gc()
        assert uploads.dataset in run("gc", code=1)
        assert kept() == {file.sha256, lost.sha256}

    def test_nothing_goes_while_a_revision_is_damaged(self, uploads, tmp_path):
        file = uploads.upload(b"needed")
        uploads.upload(b"newer")
        lost = history(uploads.dataset)[1].id
        place = Path(get_metastore().backend.location(uploads.dataset))
        get_metastore().backend.close()
        damage(place / "objects" / lost[:2] / lost[2:], b"rotten")
        with pytest.raises(CorruptStore):
            now_gc()
        assert file.sha256 in kept()

    def test_nothing_goes_where_age_is_unknown(
        self, run, portal, monkeypatch, ckan_config, tmp_path
    ):
        configure(monkeypatch, ckan_config, blob_storage={"type": "file_keeper:memory"})
        file = orphan(tmp_path)
        with pytest.raises(AgeUnknown):
            now_gc()
        run("gc", code=1)
        assert kept() == {file.sha256}


class TestVerify:
    def test_whole(self, run, run_json, uploads):
        uploads.upload(b"one")
        uploads.upload(b"two")
        assert "1 datasets verified, 0 problems" in run("verify", "--files")
        assert run_json("verify", "--files", "--dataset", uploads.dataset) == []

    def test_missing_and_rotten(self, run, run_json, uploads):
        rotten, missing, whole = (uploads.upload(data) for data in (b"good", b"gone", b"whole"))
        call_action("package_patch", id=uploads.dataset, notes="Another revision with the file")
        path = get_blob_store().local_path(rotten.sha256)
        path.unlink()
        path.write_bytes(b"g00d")
        get_blob_store().delete(missing.sha256)
        assert run_json("verify") == []
        second, first = history(uploads.dataset)[2:4]
        problems = run_json("verify", "--files", code=1)
        assert {(p["sha256"], *p["revisions"]) for p in problems} == {
            (rotten.sha256, first.id),
            (missing.sha256, second.id),
        }
        for problem in problems:
            assert problem["dataset_id"] == uploads.dataset
            assert problem["resource_id"] == uploads.resource
        output = run("verify", "--files", code=1)
        assert f"data/prices/prices.csv of resource {uploads.resource} is missing" in output
        assert "is damaged" in output
        assert first.id[:10] in output
        assert second.id[:10] in output
        assert "2 problems" in output
        assert whole.sha256 not in output

    def test_damage_is_mended_by_the_same_upload(self, run, uploads):
        file = uploads.upload(b"good")
        path = get_blob_store().local_path(file.sha256)
        path.unlink()
        path.write_bytes(b"g00d")
        assert "set aside" in run("verify", "--files", code=1)
        assert path.with_name(f"{path.name}.damaged").read_bytes() == b"g00d"
        uploads.upload(b"other")
        uploads.upload(b"good")
        assert "0 problems" in run("verify", "--files")
        assert [child.name for child in path.parent.iterdir()] == [path.name]

    def test_damage_that_can_not_be_set_aside(self, run, portal, monkeypatch, ckan_config):
        configure(monkeypatch, ckan_config, blob_storage={"type": "file_keeper:memory"})
        uploads = make_uploads()
        file = uploads.upload(b"good")
        bucket = get_blob_store()._driver._storage.settings.bucket
        (key,) = (key for key in bucket if file.sha256 in key)
        bucket[key] = b"g00d"
        assert "can't be set aside" in run("verify", "--files", code=1)

    def test_storage_away(self, run, uploads, tmp_path):
        uploads.upload(b"x")
        shutil.rmtree(tmp_path / "blobs")
        (tmp_path / "blobs").write_text("in the way")
        assert "unavailable" in run("verify", "--files", code=1)

    def test_each_blob_is_read_once(self, uploads):
        from ckanext.versioning.recording.scrub import Scrubber

        uploads.upload(b"one")
        for notes in "abc":
            call_action("package_patch", id=uploads.dataset, notes=notes)
        scrubber = Scrubber(get_blob_store())
        assert scrubber.scrub(uploads.dataset) == []
        assert scrubber.read == 1

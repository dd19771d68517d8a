"""init, sync, status, verify and maintain on the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib.uploader import ResourceUpload
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.versioning.recording import snapshot
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.recording.tables import outbox
from ckanext.versioning.tests.recording.forks import die_after, fork, wait
from ckanext.versioning.tests.recording.helpers import history, pending
from ckanext.versioning.tests.recording.uploads import dataset_with, live, replace


@pytest.fixture
def left_over(dataset):
    """A change that an interrupted process has left in the outbox."""
    from ckanext.versioning.recording import listeners

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listeners, "drain_soon", lambda ids: None)
        call_action("package_patch", id=dataset["id"], title="Third")
    assert pending(dataset["id"]) == 1
    return dataset


@pytest.fixture
def dead_upload(versioning):
    """A resource whose file is of an upload that was killed before it was accepted."""
    _, (resource,) = dataset_with(b"old")

    def upload():
        die_after(ResourceUpload, "upload")
        replace(resource, b"new")

    assert wait(fork(upload)) < 0
    return resource


def raw_title(dataset_id: str, title: str) -> None:
    with model.meta.engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE package SET title = :title WHERE id = :id"),
            {"title": title, "id": dataset_id},
        )


def test_init_is_harmless_to_repeat(run, dataset):
    assert "sync" in run("init")
    assert len(history(dataset["id"])) == 2


class TestSync:
    def test_one_dataset(self, run, dataset):
        raw_title(dataset["id"], "Raw")
        assert "recorded" in run("sync", "--dataset", dataset["name"])
        assert len(history(dataset["id"])) == 3
        assert "unchanged" in run("sync", "--dataset", dataset["name"])

    def test_all(self, run, dataset):
        other = factories.Dataset()
        for dataset_id in (dataset["id"], other["id"]):
            raw_title(dataset_id, "Raw")
        output = run("sync", code=None)
        assert f"{dataset['id']}: recorded" in output
        assert f"{other['id']}: recorded" in output

    def test_dry_run(self, run_json, dataset):
        raw_title(dataset["id"], "Raw")
        (row,) = run_json("sync", "--dataset", dataset["name"], "--dry-run")
        assert row["outcome"] == "would record"
        assert len(history(dataset["id"])) == 2

    def test_dry_run_tells_how_many_bytes_files_take(self, run, run_json):
        from ckanext.versioning.recording import listeners

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(listeners, "_capture_touched", lambda session: None)
            dataset, _ = dataset_with(b"x" * 1234, b"y" * 1000)
        (row,) = run_json("sync", "--dataset", dataset["name"], "--dry-run")
        assert (row["files"], row["bytes"]) == (2, 2234)
        assert "2, of 2,234 bytes" in run("sync", "--dataset", dataset["name"])

    def test_outbox_only(self, run, left_over):
        raw_title(left_over["id"], "Raw")
        run("sync", "--outbox-only", code=None)
        assert pending(left_over["id"]) == 0
        assert len(history(left_over["id"])) == 3, "the raw change is not looked for"

    def test_outbox_only_looks_at_what_could_not_be_noted(self, run, dataset):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(snapshot, "take", _broken)
            call_action("package_patch", id=dataset["id"], title="Third")
        assert len(history(dataset["id"])) == 2
        run("sync", "--outbox-only", code=None)
        assert len(history(dataset["id"])) == 3

    def test_outbox_only_takes_dead_uploads_back(self, run, dead_upload, tmp_path):
        run("sync", "--outbox-only", code=None)
        assert live(dead_upload, tmp_path) == b"old"

    def test_gc_takes_dead_uploads_back(self, run, dead_upload, tmp_path):
        run("gc", "--dry-run", code=None)
        assert live(dead_upload, tmp_path) == b"new"
        run("gc", code=None)
        assert live(dead_upload, tmp_path) == b"old"

    def test_unknown_dataset(self, run):
        assert "no-such-dataset" in run("sync", "--dataset", "no-such-dataset", code=1)


class TestStatus:
    def test_rescued_files(self, run, run_json, dataset):
        _, (resource,) = dataset_with(b"one")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(snapshot, "take", _broken)
            replace(resource, b"two, lost")
        replace(resource, b"three")
        rows = run_json("status", code=None)["rescued"]
        (row,) = [row for row in rows if row["resource_id"] == resource["id"]]
        assert row["size"] == len(b"two, lost")
        assert row["replaced_at"].endswith("Z")
        assert Path(row["path"]).read_bytes() == b"two, lost"
        assert row["path"] in run("status", code=None)
        Path(row["path"]).with_name("notes.txt").touch()
        Path(row["path"]).unlink()
        assert row["path"] not in run("status", code=None)

    def test_waiting(self, run_json, left_over):
        status = run_json("status", code=None)
        assert status["backend"] == "git"
        assert status["pending"] >= 1

    def test_failing(self, run, run_json, left_over):
        with model.meta.engine.begin() as connection:
            connection.execute(
                outbox.update()
                .where(outbox.c.dataset_id == left_over["id"])
                .values(attempts=3, last_error="the disk is full")
            )
        assert "the disk is full" in run("status", code=1)
        rows = run_json("status", code=1)["failing"]
        (row,) = [row for row in rows if row["dataset_id"] == left_over["id"]]
        assert (row["attempts"], row["error"]) == (3, "the disk is full")

    def test_backend_away(self, run, ckan_config, monkeypatch, tmp_path):
        place = tmp_path / "store"
        options = json.dumps({"path": str(place)})
        monkeypatch.setitem(ckan_config, "ckanext.versioning.backend_config", options)
        get_metastore()
        shutil.rmtree(place)
        place.write_text("no folder")
        assert str(place) in run("status", code=1)


class TestVerify:
    def test_good(self, run, dataset):
        output = run("verify", "--dataset", dataset["name"])
        assert "1 datasets verified, 0 problems" in output

    def test_gone(self, run, run_json, dataset):
        shutil.rmtree(get_metastore().backend.location(dataset["id"]))
        assert dataset["id"] in run("verify", "--dataset", dataset["name"], code=1)
        (row,) = run_json("verify", "--dataset", dataset["name"], code=1)
        assert row["dataset_id"] == dataset["id"]

    def test_damaged(self, run, dataset):
        objects = Path(get_metastore().backend.location(dataset["id"]), "objects")
        for file in objects.glob("??/*"):
            file.chmod(0o640)
            file.write_bytes(b"rotten")
        assert dataset["id"] in run("verify", "--dataset", dataset["name"], code=1)


def test_maintain(run, dataset):
    before = [revision.id for revision in history(dataset["id"])]
    assert "1 datasets compacted, 0 failed" in run("maintain", "--dataset", dataset["name"])
    assert [revision.id for revision in history(dataset["id"])] == before
    objects = Path(get_metastore().backend.location(dataset["id"]), "objects")
    assert list(objects.glob("pack/*.pack"))


def _broken(_session, _dataset_id):
    raise KeyError("a hook of another plugin")

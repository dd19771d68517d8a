"""The backend is away, the disk is broken, a hook raises: the change stands and waits."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import subprocess
from pathlib import Path

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.versioning import config
from ckanext.versioning.recording import capture as capture_module
from ckanext.versioning.recording import outbox, snapshot, tables
from ckanext.versioning.recording.drain import drain_all
from ckanext.versioning.recording.errors import TransactionLost
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.recording.sync import Outcome, sync_dataset
from ckanext.versioning.recording.verify import verify_dataset
from ckanext.versioning.tests.recording.helpers import fresh, history, pending

pytestmark = pytest.mark.usefixtures("versioning")


class Disk:
    """The place of the git backend, which can be taken away and given back."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.aside = path.with_name(path.name + ".aside")

    def fail(self) -> None:
        get_metastore().backend.close()
        self.path.rename(self.aside)
        self.path.write_text("not a directory")

    def mend(self) -> None:
        if self.aside.exists():
            self.path.unlink()
            self.aside.rename(self.path)


@pytest.fixture
def disk(versioning):
    disk = Disk(Path(config.backend_options()["path"]))
    yield disk
    disk.mend()


@pytest.fixture
def dataset():
    return factories.Dataset(title="First")


def waiting(dataset_id: str):
    with model.meta.engine.connect() as connection:
        (item,) = outbox.waiting(connection, dataset_id)
    return item


class TestBackendAway:
    def test_the_change_stands_and_waits(self, dataset, disk, caplog):
        disk.fail()
        with caplog.at_level(logging.ERROR):
            call_action("package_patch", id=dataset["id"], title="Second")
        assert call_action("package_show", id=dataset["id"])["title"] == "Second"
        item = waiting(dataset["id"])
        assert (item.changes, item.attempts) == (1, 1)
        assert str(disk.path) in item.error
        assert dataset["id"] in caplog.text
        status = call_action("versioning_status")
        assert status["pending"] >= 1
        (failing,) = [row for row in status["failing"] if row["dataset_id"] == dataset["id"]]
        assert failing["error"] == item.error

    def test_catches_up_in_order_with_the_next_write(self, dataset, disk):
        disk.fail()
        for title in ("Second", "Third"):
            call_action("package_patch", id=dataset["id"], title=title)
        disk.mend()
        call_action("package_patch", id=dataset["id"], title="Fourth")
        titles = [
            get_metastore().dataset_read(dataset["id"], revision.id).document["title"]
            for revision in reversed(history(dataset["id"]))
        ]
        assert titles == ["First", "Second", "Third", "Fourth"]
        times = [revision.info.time for revision in history(dataset["id"])]
        assert times == sorted(times, reverse=True)
        assert pending(dataset["id"]) == 0

    def test_a_revision_has_the_time_of_its_acceptance(self, dataset, disk):
        disk.fail()
        call_action("package_patch", id=dataset["id"], title="Second")
        accepted = waiting(dataset["id"]).since
        disk.mend()
        assert drain_all() == []
        assert history(dataset["id"])[0].info.time == accepted

    def test_another_datasets_write_tries_again_only_after_a_rest(self, dataset, disk):
        disk.fail()
        call_action("package_patch", id=dataset["id"], title="Second")
        disk.mend()
        factories.Dataset()
        assert waiting(dataset["id"]).attempts == 1
        with model.meta.engine.begin() as connection:
            connection.execute(
                tables.outbox.update().values(
                    last_attempt_at=sa.text("clock_timestamp() - interval '61 seconds'")
                )
            )
        factories.Dataset()
        assert pending(dataset["id"]) == 0
        assert len(history(dataset["id"])) == 2

    def test_the_dataset_page_still_works(self, app, dataset, disk):
        disk.fail()
        assert dataset["title"] in app.get(f"/dataset/{dataset['name']}").body


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
class TestDiskFull:
    @pytest.fixture
    def small_disk(self, tmp_path, ckan_config, monkeypatch, versioning):
        mount = tmp_path / "small"
        mount.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(mount)]
        mounted = subprocess.run(command, capture_output=True, text=True)
        if mounted.returncode != 0:
            pytest.skip(f"no disk can be mounted here: {mounted.stderr}")
        monkeypatch.setitem(
            ckan_config, "ckanext.versioning.backend_config", json.dumps({"path": str(mount)})
        )
        yield mount
        get_metastore().backend.close()
        subprocess.run(["umount", "--lazy", str(mount)], check=True)

    def test_waits_and_catches_up(self, small_disk):
        dataset = factories.Dataset(title="First")
        filler = small_disk / "filler"
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(4096)):
                pass
        call_action("package_patch", id=dataset["id"], title="Second")
        call_action("package_patch", id=dataset["id"], title="Third")
        assert waiting(dataset["id"]).changes == 2
        assert len(history(dataset["id"])) == 1
        filler.unlink()
        assert dataset["id"] not in drain_all()
        messages = [revision.info.summary.fields for revision in history(dataset["id"])]
        assert messages[:2] == [("title",), ("title",)]
        assert get_metastore().verify(dataset["id"]) == []


class TestStrict:
    pytestmark = pytest.mark.ckan_config("ckanext.versioning.strict", True)

    def test_refuses_while_the_backend_is_away(self, dataset, disk):
        disk.fail()
        with pytest.raises(tk.ValidationError) as refusal:
            call_action("package_patch", id=dataset["id"], title="Second")
        assert "versioning" in refusal.value.error_dict
        disk.mend()
        assert call_action("package_show", id=dataset["id"])["title"] == "First"
        found = call_action("package_search", fq=f"id:{dataset['id']}")["results"]
        assert [item["title"] for item in found] == ["First"], "the search index is undone too"
        assert len(history(dataset["id"])) == 1

    def test_a_refused_dataset_is_not_found(self, disk):
        disk.fail()
        name = factories.Dataset.stub().name
        with pytest.raises(tk.ValidationError):
            factories.Dataset(name=name)
        assert call_action("package_search", fq=f"name:{name}")["count"] == 0
        with pytest.raises(tk.ObjectNotFound):
            call_action("package_show", id=name)

    def test_accepts_otherwise(self, dataset):
        call_action("package_patch", id=dataset["id"], title="Second")
        assert len(history(dataset["id"])) == 2


class TestCaptureFails:
    def test_too_large_is_said_and_not_recorded(self, dataset, ckan_config, monkeypatch):
        monkeypatch.setitem(ckan_config, "ckanext.versioning.max_snapshot_size", 2000)
        call_action("package_patch", id=dataset["id"], notes="x" * 3000)
        assert call_action("package_show", id=dataset["id"])["notes"] == "x" * 3000
        assert len(history(dataset["id"])) == 1
        with model.meta.engine.connect() as connection:
            error = outbox.captured(connection, dataset["id"]).error
        assert "max_snapshot_size" in error

    def test_sync_records_what_was_missed(self, dataset, monkeypatch):
        with monkeypatch.context() as patch:
            patch.setattr(capture_module.snapshot, "take", _raise_key_error)
            call_action("package_patch", id=dataset["id"], title="Second")
        assert len(history(dataset["id"])) == 1
        assert sync_dataset(dataset["id"]).outcome is Outcome.RECORDED
        assert history(dataset["id"])[0].info.summary.fields == ("title",)
        with model.meta.engine.connect() as connection:
            assert outbox.captured(connection, dataset["id"]).error is None

    def test_a_broken_statement_does_not_break_the_users_transaction(self, dataset, monkeypatch):
        def broken(_session, _dataset_id):
            model.Session.execute(sa.text("SELECT * FROM there_is_no_such_table"))

        with monkeypatch.context() as patch:
            patch.setattr(capture_module.snapshot, "take", broken)
            call_action("package_patch", id=dataset["id"], title="Second")
        assert fresh(dataset["id"])["title"] == "Second"

    def test_missing_tables_are_named(self, dataset, caplog, migrate_db_for):
        migrate_db_for("versioning", "base", forward=False)
        try:
            call_action("package_patch", id=dataset["id"], title="Second")
        finally:
            migrate_db_for("versioning")
        assert fresh(dataset["id"])["title"] == "Second"
        assert "ckan db upgrade -p versioning" in caplog.text


class TestHuge:
    def test_ten_megabytes_in_five_thousand_resources(self, dataset):
        with model.meta.engine.begin() as connection:
            connection.execute(
                sa.text(
                    "INSERT INTO resource (id, package_id, url, name, description, position, state)"
                    " SELECT 'r' || n || :id, :id, 'http://example.com/' || n, 'r' || n,"
                    " repeat('x', 2000), n, 'active' FROM generate_series(0, 4999) n"
                ),
                {"id": dataset["id"]},
            )
        assert sync_dataset(dataset["id"]).outcome is Outcome.RECORDED
        newest = history(dataset["id"])[0].info
        assert len(newest.summary.added) == 5000
        assert len(newest.message) < 1000
        stored = get_metastore().dataset_read(dataset["id"])
        assert len(stored.document["resources"]) == 5000
        assert len(stored.datapackage["resources"]) == 5000


class TestDamagedHistory:
    @pytest.fixture(params=["vanished", "corrupt"])
    def damaged(self, request, dataset):
        place = Path(get_metastore().backend.location(dataset["id"]))
        get_metastore().backend.close()
        if request.param == "vanished":
            shutil.rmtree(place)
        else:
            for file in place.glob("objects/??/*"):
                file.chmod(0o640)
                file.write_bytes(b"rotten")
        return dataset

    def test_ckan_goes_on(self, app, damaged, caplog):
        call_action("package_patch", id=damaged["id"], title="Second")
        assert "Second" in app.get(f"/dataset/{damaged['name']}").body
        assert damaged["id"] in caplog.text
        assert waiting(damaged["id"]).error

    def test_verify_tells(self, damaged):
        (problem, *_) = verify_dataset(damaged["id"])
        assert problem.dataset_id == damaged["id"]


class TestVanishedHistory:
    def test_is_an_error_not_a_fresh_start(self, dataset):
        shutil.rmtree(get_metastore().backend.location(dataset["id"]))
        call_action("package_patch", id=dataset["id"], title="Second")
        assert "lost" in waiting(dataset["id"]).error
        assert sync_dataset(dataset["id"]).outcome is Outcome.FAILED

    def test_may_be_accepted(self, dataset):
        shutil.rmtree(get_metastore().backend.location(dataset["id"]))
        call_action("package_patch", id=dataset["id"], title="Second")
        assert sync_dataset(dataset["id"], accept_loss=True).outcome is Outcome.UNCHANGED
        (revision,) = history(dataset["id"])
        assert revision.info.action == "create"


def _raise_key_error(_session, _dataset_id):
    raise KeyError("a hook of another plugin")


class TestRudeHooks:
    """Other plugins' package_show hooks that meddle with the session."""

    @pytest.fixture
    def rude(self, monkeypatch, dataset):
        show = snapshot.show

        def meddle(method):
            def rude_show(_session, dataset_id):
                getattr(model.Session, method)()
                return show(dataset_id)

            monkeypatch.setattr(snapshot, "take", rude_show)

        return meddle

    def test_a_commit_is_refused_and_the_change_stands(self, dataset, rude, monkeypatch):
        rude("commit")
        call_action("package_patch", id=dataset["id"], title="Second")
        assert fresh(dataset["id"])["title"] == "Second"
        assert len(history(dataset["id"])) == 1
        monkeypatch.undo()
        assert sync_dataset(dataset["id"]).outcome is Outcome.RECORDED

    @pytest.mark.parametrize("method", ["rollback", "remove"])
    def test_a_rollback_is_not_silent(self, dataset, rude, method):
        rude(method)
        title = "Second"  # newer SQLAlchemy refuses the rollback
        try:
            call_action("package_patch", id=dataset["id"], title=title)
        except TransactionLost:
            title = "First"
            model.Session.rollback()
        assert fresh(dataset["id"])["title"] == title

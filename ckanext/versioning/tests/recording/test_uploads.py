"""Each revision has the bytes that its uploads had."""

from __future__ import annotations

import uuid
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import uploader as uploaders
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.versioning.recording import listeners, snapshot
from ckanext.versioning.recording.drain import drain_dataset
from ckanext.versioning.recording.sync import clean_up
from ckanext.versioning.tests.recording.helpers import pending
from ckanext.versioning.tests.recording.uploads import (
    area,
    create,
    dataset_with,
    kept,
    live,
    replace,
    rescued,
    upload,
)

pytestmark = pytest.mark.usefixtures("versioning")


class TestEveryStorage:
    def test_create_replace_and_edit(self, uploads_to):
        dataset, (resource,) = dataset_with(b"one")
        replace(resource, b"two, longer")
        call_action("package_patch", id=dataset["id"], title="Edited")
        assert kept(dataset["id"]) == [
            {},
            {"file0": b"one"},
            {"file0": b"two, longer"},
            {"file0": b"two, longer"},
        ]
        assert area("staged") == area("undo") == []

    def test_three_uploads_before_a_drain(self, uploads_to, monkeypatch):
        dataset, (resource,) = dataset_with(b"one")
        with monkeypatch.context() as patch:
            patch.setattr(listeners, "drain_soon", lambda ids: None)
            for data in (b"two", b"six", b"ten"):  # of one size
                replace(resource, data)
        assert pending(dataset["id"]) == 3
        assert drain_dataset(dataset["id"])
        assert [files.get("file0") for files in kept(dataset["id"])] == [
            None,
            b"one",
            b"two",
            b"six",
            b"ten",
        ]

    def test_several_in_one_update(self, uploads_to):
        dataset, _ = dataset_with(b"a1", b"b1")
        shown = call_action("package_show", id=dataset["id"])
        shown["resources"][0]["upload"] = upload(b"a2")
        shown["resources"][1]["upload"] = upload(b"b2")
        call_action("package_update", **shown)
        assert kept(dataset["id"])[-2:] == [
            {"file0": b"a1", "file1": b"b1"},
            {"file0": b"a2", "file1": b"b2"},
        ]

    def test_a_rolled_back_upload_leaves_the_old_file_live(self, uploads_to, tmp_path):
        dataset, (resource,) = dataset_with(b"old")
        with failing_commit():
            replace(resource, b"new")
        assert live(resource, tmp_path) == b"old"
        call_action("package_patch", id=dataset["id"], title="Edited")
        assert kept(dataset["id"])[1:] == [{"file0": b"old"}, {"file0": b"old"}]
        assert area("staged") == area("undo") == []

    def test_a_rolled_back_create_leaves_no_file(self, uploads_to, tmp_path):
        dataset = factories.Dataset()
        resource = {"id": str(uuid.uuid4())}
        with failing_commit():
            create(dataset, b"new", id=resource["id"])
        assert live(resource, tmp_path) is None
        assert area("staged") == area("undo") == []

    def test_a_rolled_back_removal_brings_the_file_back(self, uploads_to, tmp_path):
        _, (resource,) = dataset_with(b"old")
        with failing_commit():
            call_action(
                "resource_update", id=resource["id"], url="http://example.com", clear_upload="true"
            )
        assert live(resource, tmp_path) == b"old"

    def test_a_file_that_is_replaced_by_a_link(self, uploads_to, tmp_path):
        dataset, (resource,) = dataset_with(b"old")
        call_action(
            "resource_update",
            id=resource["id"],
            name="file0",
            url="http://example.com",
            clear_upload="true",
        )
        assert live(resource, tmp_path) is None
        assert kept(dataset["id"])[1:] == [{"file0": b"old"}, {}]
        assert area("undo") == []

    def test_a_file_that_could_not_be_captured(self, uploads_to, monkeypatch):
        dataset, (resource, other) = dataset_with(b"one", b"other")
        with monkeypatch.context() as patch:
            patch.setattr(snapshot, "take", _broken)
            replace(resource, b"two")
        with failing_commit():
            replace(resource, b"never")
        assert rescued(resource) == []
        replace(resource, b"three")
        replace(resource, b"four")
        replace(other, b"others")
        assert rescued(resource) == [b"two"]
        assert rescued(other) == []
        states = [files["file0"] for files in kept(dataset["id"])[-4:]]
        assert states == [b"one", b"three", b"four", b"four"]


def _broken(*_args):
    raise RuntimeError("another plugin's package_show fails")


@contextmanager
def failing_commit():
    """Something of another plugin's that fails when all is done but the commit."""

    def refuse(session):
        if not session.in_nested_transaction():
            raise RefusedError

    sa.event.listen(model.Session, "before_commit", refuse)
    try:
        with pytest.raises(RefusedError):
            yield
    finally:
        sa.event.remove(model.Session, "before_commit", refuse)
        model.Session.remove()  # as at the end of a request


class RefusedError(Exception):
    pass


class TestSavepoints:
    """A plugin that catches an error rolls back to a savepoint, and then commits the rest."""

    def test_two_writes_of_one_transaction(self, versioning):
        _, (resource,) = dataset_with(b"one")
        write(resource, b"two")
        write(resource, b"three")
        assert rescued(resource) == []
        model.Session.rollback()

    def test_only_what_came_after_it_is_undone(self, versioning, tmp_path):
        _, (first, second) = dataset_with(b"a1", b"b1")
        with model.Session.begin_nested():
            pass
        write(first, b"a2")
        savepoint = model.Session.begin_nested()
        write(second, b"b2")
        savepoint.rollback()
        assert live(first, tmp_path) == b"a2"
        assert live(second, tmp_path) == b"b1"
        with model.Session.begin_nested():
            write(second, b"b3")
        model.Session.rollback()
        assert live(first, tmp_path) == b"a1"
        assert live(second, tmp_path) == b"b1"
        assert area("undo") == []


class TestLostTransactions:
    """Nobody could undo the upload, and the session goes on: the marker says what to do."""

    def test_the_connection_is_lost(self, tmp_path):
        _, (resource,) = dataset_with(b"old")
        model.Session.remove()
        write(resource, b"new")
        model.Session.connection().invalidate()
        model.Session.rollback()
        model.Session.commit()
        clean_up()
        assert live(resource, tmp_path) == b"old"
        assert area("undo") == []

    def test_the_commit_fails(self, tmp_path):
        _, (resource,) = dataset_with(b"old")
        model.Session.remove()
        model.Session.execute(
            sa.text("CREATE TEMP TABLE late (number int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        )
        model.Session.execute(sa.text("INSERT INTO late VALUES (1), (1)"))
        write(resource, b"new")
        with pytest.raises(sa.exc.IntegrityError):
            model.Session.commit()
        model.Session.rollback()
        model.Session.commit()
        clean_up()
        assert live(resource, tmp_path) == b"old"
        assert area("undo") == []


def write(resource, data):
    uploader = uploaders.get_resource_uploader(
        {"upload": upload(data), "url": "", "url_type": "upload"}
    )
    uploader.upload(resource["id"], 10)

"""What is captured of uploads, what is not, and what it costs."""

from __future__ import annotations

import hashlib
import os
import sys

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.versioning.files import records
from ckanext.versioning.files.storage import get_blob_store
from ckanext.versioning.files.uploaders import live_file
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.recording.sync import Outcome, sync_dataset
from ckanext.versioning.tests.recording.helpers import pending
from ckanext.versioning.tests.recording.uploads import (
    area,
    dataset_with,
    kept,
    replace,
)

pytestmark = pytest.mark.usefixtures("versioning")


def head_files(dataset_id: str):
    return get_metastore().dataset_read(dataset_id, "head").files


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
        monkeypatch.setitem(ckan_config, "ckanext.versioning.max_file_size", 11)
        assert sync_dataset(dataset["id"]).outcome is Outcome.RECORDED
        assert kept(dataset["id"])[-1] == {"file0": data}
        assert sync_dataset(dataset["id"]).outcome is Outcome.UNCHANGED

    def test_what_does_not_fit_into_the_quota(self, ckan_config, monkeypatch, tmp_path):
        settings = f'{{"type": "file_keeper:fs", "path": "{tmp_path}/blobs"}}'
        monkeypatch.setitem(ckan_config, "ckanext.versioning.blob_storage", settings)
        monkeypatch.setitem(ckan_config, "ckanext.versioning.file_quota", 100)
        dataset, _ = dataset_with(b"a" * 60, b"b" * 60, b"a" * 60, b"c" * 30)
        assert [file.kept for file in head_files(dataset["id"])] == [True, False, True, True]


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

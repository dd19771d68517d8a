"""Processes that die while they upload, and processes that race: no bytes lost, none mixed up."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest
from ckan import model
from ckan.lib import uploader as uploaders
from ckan.lib.uploader import ResourceUpload
from ckan.tests.helpers import call_action

from ckanext.versioning import config
from ckanext.versioning.files import delivery, folders, records, staging, undo
from ckanext.versioning.files.blobs import BlobStore
from ckanext.versioning.files.folders import DAY, make_folder
from ckanext.versioning.files.live import LocalFile
from ckanext.versioning.metastore import MetaStore
from ckanext.versioning.recording import drain, listeners, outbox
from ckanext.versioning.recording.drain import drain_dataset
from ckanext.versioning.recording.sync import clean_up, sync_dataset
from ckanext.versioning.tests.recording.forks import die_after, die_before, fork, wait
from ckanext.versioning.tests.recording.helpers import history, pending
from ckanext.versioning.tests.recording.uploads import (
    area,
    dataset_with,
    kept,
    live,
    replace,
    rescued,
)

pytestmark = pytest.mark.usefixtures("versioning")

# The upload was never accepted:
REFUSED = {
    "before the file is set aside": lambda: die_before(LocalFile, "set_aside"),
    "after the file is set aside": lambda: die_after(LocalFile, "set_aside"),
    "after the file is written": lambda: die_after(ResourceUpload, "upload"),
    "after the file is staged": lambda: die_after(LocalFile, "keep"),
    "after the row": lambda: die_after(outbox, "append"),
}
# The upload is accepted:
ACCEPTED = {
    "between commit and drain": lambda: die_before(listeners, "drain_soon"),
    "before what was set aside goes": lambda: die_before(undo.Write, "forget"),
    "before the file is hashed": lambda: die_before(delivery, "_digest"),
    "before the blob": lambda: die_before(BlobStore, "put"),
    "after the blob": lambda: die_after(BlobStore, "put"),
    "after the hash is known": lambda: die_after(records, "set_hashed"),
    "after the staged file goes": lambda: die_after(staging, "discard"),
    "after the revision": lambda: die_after(MetaStore, "dataset_record"),
    "before the row goes": lambda: die_before(drain.outbox, "finish"),
}


@pytest.fixture(autouse=True)
def swept(versioning):
    """What the dead have left in the staging area goes, as it would a day later."""
    yield
    with model.meta.engine.connect() as connection:
        staging.sweep(connection, age=-1)


def killed_at(step, work) -> None:
    def die_there():
        step()
        work()

    assert wait(fork(die_there)) == -signal.SIGKILL


@pytest.mark.parametrize("step", REFUSED)
def test_killed_before_the_commit(step, tmp_path):
    dataset, (resource,) = dataset_with(b"old")
    killed_at(REFUSED[step], lambda: replace(resource, b"new"))
    call_action("package_patch", id=dataset["id"], title="Edited")
    assert live(resource, tmp_path) == b"old"
    assert kept(dataset["id"])[1:] == [{"file0": b"old"}, {"file0": b"old"}]
    assert pending(dataset["id"]) == 0
    assert area("undo") == []


@pytest.mark.parametrize("step", ACCEPTED)
def test_killed_after_the_commit(step, tmp_path):
    dataset, (resource,) = dataset_with(b"old")
    killed_at(ACCEPTED[step], lambda: replace(resource, b"new"))
    replace(resource, b"newest")
    expected = [b"old", b"new", b"newest"]
    assert [files["file0"] for files in kept(dataset["id"])[1:]] == expected
    assert live(resource, tmp_path) == b"newest"
    assert pending(dataset["id"]) == 0
    assert area("undo") == []


def test_the_old_file_is_live_again_without_another_edit(tmp_path):
    _, (resource,) = dataset_with(b"old")
    killed_at(REFUSED["after the file is written"], lambda: replace(resource, b"new"))
    assert live(resource, tmp_path) == b"new"
    clean_up()
    assert live(resource, tmp_path) == b"old"


def test_a_later_upload_is_not_taken_back(tmp_path):
    dataset, (resource,) = dataset_with(b"old")
    killed_at(REFUSED["after the file is written"], lambda: replace(resource, b"lost"))
    replace(resource, b"new")
    clean_up()
    assert live(resource, tmp_path) == b"new"
    assert [files["file0"] for files in kept(dataset["id"])[1:]] == [b"old", b"new"]


def test_a_file_that_was_accepted_while_the_plugin_was_off(tmp_path, monkeypatch):
    _, (resource,) = dataset_with(b"old")
    killed_at(REFUSED["after the file is set aside"], lambda: replace(resource, b"never"))
    with monkeypatch.context() as patch:
        plain = uploaders.get_resource_uploader.versioning_wraps
        patch.setattr(uploaders, "get_resource_uploader", plain)
        patch.setattr(listeners, "_capture_touched", lambda session: None)
        replace(resource, b"accepted")
    clean_up()
    assert live(resource, tmp_path) == b"accepted"
    assert area("undo") == []


def test_what_an_undo_replaces_is_kept(tmp_path):
    _, (resource,) = dataset_with(b"old")
    killed_at(REFUSED["after the file is written"], lambda: replace(resource, b"new"))
    clean_up()
    assert live(resource, tmp_path) == b"old"
    assert rescued(resource) == [b"new"]


def test_what_has_no_marker_is_swept(monkeypatch):
    folder = make_folder(Path(config.files_path()) / "undo")
    orphans = [folder / name for name in ("1-a.bytes", "1-b.new", "1-c.bytes~1")]
    needed = [folder / name for name in ("1-d.broken", "1-d.bytes")]
    for file in (*orphans, *needed):
        file.write_bytes(b"left")
    clean_up()
    assert area("undo") == sorted((*orphans, *needed)), "they may be somebody's"
    tomorrow = time.time() + 2 * DAY
    monkeypatch.setattr(folders.time, "time", lambda: tomorrow)
    clean_up()
    assert area("undo") == needed
    for file in needed:
        file.unlink()


def test_a_sweep_leaves_what_a_transaction_needs(tmp_path):
    _, (resource,) = dataset_with(b"old")
    killed_at(REFUSED["after the file is written"], lambda: replace(resource, b"new"))
    undo.sweep(age=-1)
    clean_up()
    assert live(resource, tmp_path) == b"old"


def test_two_processes_and_a_drain_beside(tmp_path):
    dataset, (resource,) = dataset_with(b"first")

    def write(label):
        for number in range(12):
            replace(resource, f"{label} {number}".encode())

    writers = [fork(lambda label=label: write(label)) for label in ("a", "b")]
    drainer = fork(lambda: [drain_dataset(dataset["id"]) for _ in range(200)])
    assert [wait(child) for child in (*writers, drainer)] == [0, 0, 0]
    sync_dataset(dataset["id"])
    recorded = [files["file0"].decode() for files in kept(dataset["id"])[1:]]
    assert len(recorded) == len(set(recorded)) == 25
    for label in ("a", "b"):
        own = [text for text in recorded if text.startswith(label)]
        assert own == [f"{label} {number}" for number in range(12)]
    assert live(resource, tmp_path) == recorded[-1].encode()
    assert len(history(dataset["id"])) == 26
    assert area("staged") == area("undo") == []

"""What operators are told."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from ckan.tests.helpers import call_action

from ckanext.versioning.metastore import BackendUnavailable, Capability, MetaStore
from ckanext.versioning.recording import listeners, outbox, snapshot
from ckanext.versioning.recording.drain import drain_dataset
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.recording.sync import sync_dataset

pytestmark = pytest.mark.usefixtures("versioning")


def status(api, **given):
    return api.get("sysadmin", "versioning_status", **given).result


def test_backend(api):
    told = status(api)
    backend = get_metastore().backend
    assert told["backend"] == backend.type
    assert {Capability[name] for name in told["capabilities"]} == set(backend.capabilities)
    assert (told["available"], told["error"]) == (True, None)
    assert told["drain"] == "inline"


def test_drain_mode(api, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.versioning.drain", "background")
    assert status(api)["drain"] == "background"


def test_backend_away(api, monkeypatch):
    def check(self):
        raise BackendUnavailable("git", "/srv/versioning is read-only")

    monkeypatch.setattr(type(get_metastore().backend), "check", check)
    told = status(api)
    assert told["available"] is False
    assert "/srv/versioning is read-only" in told["error"]


def test_what_waits_and_fails(api, history, monkeypatch):
    def away(*_args, **_kwargs):
        raise BackendUnavailable("git", "disk full")

    before = status(api)["pending"]
    with monkeypatch.context() as patch:
        patch.setattr(MetaStore, "dataset_record", away)
        for title in ("Waits", "Waits, too"):
            call_action("package_patch", id=history.id, title=title)
        told = status(api)
    assert told["pending"] == before + 2
    for rows in (told["waiting"], told["failing"]):
        (row,) = [row for row in rows if row["dataset_id"] == history.id]
        assert row["changes"] == 2
        assert row["attempts"] >= 1
        assert "disk full" in row["error"]
        assert row["since"].endswith("Z")
        assert 0 <= row["lag"] < 600
    drain_dataset(history.id)
    assert status(api)["pending"] == before
    assert history.id not in str(status(api))


def test_what_waits_without_a_fault(api, history, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(listeners, "drain_soon", lambda ids: None)
        call_action("package_patch", id=history.id, title="Waits")
    told = status(api)
    (row,) = [row for row in told["waiting"] if row["dataset_id"] == history.id]
    assert (row["attempts"], row["error"]) == (0, None)
    assert history.id not in str(told["failing"])
    drain_dataset(history.id)


def test_capture_failures(api, history, monkeypatch):
    def broken(*_args):
        raise KeyError("a hook of another plugin")

    with monkeypatch.context() as patch:
        patch.setattr(snapshot, "take", broken)
        call_action("package_patch", id=history.id, title="Not captured")
    (row,) = [r for r in status(api)["capture_failures"] if r["dataset_id"] == history.id]
    assert "a hook of another plugin" in row["error"]
    assert row["failed_at"].endswith("Z")
    sync_dataset(history.id)
    assert history.id not in str(status(api))


def test_lists_are_cut(api, monkeypatch):
    def many(connection):
        now = datetime.now(timezone.utc)
        return [outbox.Waiting(str(n), 3, now, 1, "disk full") for n in range(150)]

    monkeypatch.setattr(outbox, "waiting", many)
    told = status(api)
    assert told["pending"] == 450
    assert len(told["waiting"]) == len(told["failing"]) == 100
    assert len(status(api, limit=2)["waiting"]) == 2

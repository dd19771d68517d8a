"""What operators are told."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from ckan.tests.helpers import call_action

from ckanext.versioning.logic.action import status as status_actions
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


@pytest.fixture
def stuck(api, history, monkeypatch):
    """The dataset's newest change could not be delivered."""

    def away(*_args, **_kwargs):
        raise BackendUnavailable("git", "disk full")

    with monkeypatch.context() as patch:
        patch.setattr(MetaStore, "dataset_record", away)
        call_action("package_patch", id=history.id, title="Stuck")
        assert history.id in str(status(api)["failing"])
    return history


class TestRetry:
    def test_records_what_waits(self, api, stuck):
        told = api.post("sysadmin", "versioning_retry").result
        assert told["recorded"] >= 1
        assert told["failed"] == []
        assert told["left"] == 0
        assert stuck.id not in str(status(api))
        assert len(stuck.ids) == 4

    def test_records_what_could_not_be_noted(self, api, history, monkeypatch):
        def broken(*_args):
            raise KeyError("a hook of another plugin")

        with monkeypatch.context() as patch:
            patch.setattr(snapshot, "take", broken)
            call_action("package_patch", id=history.id, title="Not captured")
        assert api.post("sysadmin", "versioning_retry", dataset=history.id).result == {
            "recorded": 1,
            "failed": [],
            "left": 0,
        }
        assert len(history.ids) == 4

    def test_tells_what_fails_again(self, api, stuck, monkeypatch):
        def away(*_args, **_kwargs):
            raise BackendUnavailable("git", "disk still full")

        with monkeypatch.context() as patch:
            patch.setattr(MetaStore, "dataset_record", away)
            told = api.post("sysadmin", "versioning_retry", dataset=stuck.id).result
        assert told["recorded"] == 0
        (row,) = told["failed"]
        assert row["dataset_id"] == stuck.id
        assert "disk still full" in row["error"]
        drain_dataset(stuck.id)

    def test_one_dataset_only(self, api, stuck):
        told = api.post("sysadmin", "versioning_retry", dataset="another").result
        assert told == {"recorded": 0, "failed": [], "left": 0}
        assert len(stuck.ids) == 3
        drain_dataset(stuck.id)

    def test_a_number_of_datasets(self, api, stuck, monkeypatch):
        ids = [stuck.id, "some", "more"]
        monkeypatch.setattr(status_actions, "unrecorded_ids", lambda: ids)
        told = api.post("sysadmin", "versioning_retry", limit=1).result
        assert told == {"recorded": 1, "failed": [], "left": 2}

    def test_a_backend_that_is_away_is_not_asked(self, api, stuck, monkeypatch):
        def check(self):
            raise BackendUnavailable("git", "/srv/versioning is read-only")

        with monkeypatch.context() as patch:
            patch.setattr(type(get_metastore().backend), "check", check)
            answer = api.post("sysadmin", "versioning_retry")
        assert "/srv/versioning is read-only" in str(answer.error["versioning"])
        drain_dataset(stuck.id)

    @pytest.mark.parametrize("user", ["anonymous", "editor"])
    def test_is_for_sysadmins(self, api, stuck, user):
        assert api.post(user, "versioning_retry").status == 403
        assert len(stuck.ids) == 3
        drain_dataset(stuck.id)

    def test_takes_no_get(self, api, users):
        assert api.get("sysadmin", "versioning_retry").status == 400


def test_lists_are_cut(api, monkeypatch):
    def many(connection):
        now = datetime.now(timezone.utc)
        return [outbox.Waiting(str(n), 3, now, 1, "disk full") for n in range(150)]

    monkeypatch.setattr(outbox, "waiting", many)
    told = status(api)
    assert told["pending"] == 450
    assert len(told["waiting"]) == len(told["failing"]) == 100
    assert len(status(api, limit=2)["waiting"]) == 2

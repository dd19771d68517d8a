"""The blob store of a portal."""

from __future__ import annotations

import json
import signal
import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
from ckan.exceptions import CkanConfigurationException
from ckan.model import meta

from ckanext.versioning.files import blobs, storage
from ckanext.versioning.files.drivers.local import LocalDriver
from ckanext.versioning.recording import startup
from ckanext.versioning.tests.recording.forks import fork, wait

from .storages import source

pytestmark = pytest.mark.usefixtures("versioning")


def test_one_store_per_configuration(monkeypatch, ckan_config, tmp_path):
    usual = storage.get_blob_store()
    assert storage.get_blob_store() is usual
    settings = {"type": "file_keeper:fs", "path": str(tmp_path / "blobs")}
    monkeypatch.setitem(ckan_config, "ckanext.versioning.blob_storage", json.dumps(settings))
    blob = source(tmp_path, b"x")
    storage.get_blob_store().put(*blob)
    assert (tmp_path / "blobs" / blob[1][:2] / blob[1][2:4] / blob[1]).exists()


def test_a_forked_web_server_makes_its_own():
    """Two processes on one connection would get each other's answers."""
    usual = storage.get_blob_store()

    def own():
        signal.alarm(20)  # else a lock that nobody frees would keep it
        assert storage.get_blob_store() is not usual

    with storage._lock:  # as another thread may hold it
        child = fork(own)
    assert wait(child) == 0
    assert storage.get_blob_store() is usual


class TestAtTheStart:
    def test_nothing_is_opened_that_web_servers_would_share(self, monkeypatch):
        monkeypatch.setattr(storage, "_stores", {})
        startup.check()
        assert storage._stores == {}

    def test_wrong_settings_stop_it(self, monkeypatch, ckan_config):
        monkeypatch.setitem(ckan_config, "ckanext.versioning.blob_storage", '{"type": "pigeon"}')
        with pytest.raises(CkanConfigurationException, match="blob_storage"):
            startup.check()


def test_no_two_processes_touch_and_delete_at_once(monkeypatch, tmp_path):
    """What makes an old blob new holds a lock of the database, for all web servers."""
    taken = []

    def touch(self, location):
        with meta.engine.begin() as other:
            number = str(storage._LOCK).partition("(")[2].rstrip(")")
            free = sa.text(f"SELECT pg_try_advisory_xact_lock({number})")
            taken.append(not other.execute(free).scalar())

    monkeypatch.setattr(blobs, "FRESH", timedelta(0))
    monkeypatch.setattr(LocalDriver, "touch", touch)
    blob = source(tmp_path, uuid.uuid4().bytes)
    storage.get_blob_store().put(*blob)
    storage.get_blob_store().put(*blob)
    assert taken == [True]

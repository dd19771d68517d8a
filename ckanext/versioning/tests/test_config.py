"""Settings: defaults that need none, the form of earlier deployments, errors at the start."""

from __future__ import annotations

import json
import os

import pytest
from ckan.exceptions import CkanConfigurationException

from ckanext.versioning import config
from ckanext.versioning.files.storage import get_blob_store
from ckanext.versioning.metastore import Snapshot
from ckanext.versioning.recording.metastore import get_metastore

pytestmark = pytest.mark.usefixtures("with_plugins")

BACKEND_CONFIG = "ckanext.versioning.backend_config"
BLOB_STORAGE = "ckanext.versioning.blob_storage"


def test_defaults(ckan_config):
    assert config.backend_type() == "git"
    expected = os.path.join(ckan_config["ckan.storage_path"], "versioning")
    assert config.backend_options() == {"path": expected}
    assert config.author_email() is False
    assert config.purge() == "erase"
    assert config.strict() is False
    assert config.drain() == "auto"


@pytest.mark.parametrize(
    "written",
    ['{"path": "/var/lib/v", "deep": {"a": null}}', "{'path': '/var/lib/v', 'deep': {'a': None}}"],
    ids=["JSON", "Python"],
)
def test_backend_config_as_earlier_deployments_wrote_it(monkeypatch, ckan_config, written):
    monkeypatch.setitem(ckan_config, BACKEND_CONFIG, written)
    assert config.backend_options() == {"path": "/var/lib/v", "deep": {"a": None}}


@pytest.mark.parametrize("written", ["[1]", "path=/x", "__import__('os').getcwd()", "{'a': open}"])
def test_backend_config_is_never_evaluated(monkeypatch, ckan_config, written):
    monkeypatch.setitem(ckan_config, BACKEND_CONFIG, written)
    with pytest.raises(CkanConfigurationException, match=BACKEND_CONFIG):
        config.backend_options()


def test_without_a_place_the_setting_is_named(monkeypatch, ckan_config):
    monkeypatch.setitem(ckan_config, "ckan.storage_path", "")
    for get in (get_metastore, get_blob_store):
        with pytest.raises(CkanConfigurationException, match=r"ckan\.storage_path"):
            get()


def test_files_lie_beside_those_of_ckan(ckan_config):
    expected = os.path.join(ckan_config["ckan.storage_path"], "versioning-files", "blobs")
    assert config.blob_storage() == {"type": "file_keeper:fs", "path": expected}


@pytest.mark.parametrize(
    "written",
    [
        "[1]",
        '{"path": "/tmp/x"}',
        '{"type": "carrier:pigeon"}',
        '{"type": "file_keeper:s3"}',
        '{"type": "file_keeper:gcs"}',
    ],
)
def test_a_storage_for_files_that_can_not_be_is_named(monkeypatch, ckan_config, written):
    monkeypatch.setitem(ckan_config, BLOB_STORAGE, written)
    with pytest.raises(CkanConfigurationException, match=BLOB_STORAGE):
        get_blob_store()


def test_an_unknown_backend_is_named(monkeypatch, ckan_config):
    monkeypatch.setitem(ckan_config, "ckanext.versioning.backend_type", "carrier-pigeon")
    with pytest.raises(CkanConfigurationException, match="carrier-pigeon"):
        get_metastore()


def test_an_unknown_option_is_named(monkeypatch, ckan_config):
    monkeypatch.setitem(ckan_config, BACKEND_CONFIG, '{"path": "/tmp/v", "colour": "red"}')
    with pytest.raises(CkanConfigurationException, match="colour"):
        get_metastore()


def test_clones_are_told_where_the_files_are(monkeypatch, ckan_config, tmp_path):
    monkeypatch.setitem(ckan_config, BACKEND_CONFIG, json.dumps({"path": str(tmp_path)}))
    monkeypatch.setitem(ckan_config, "ckanext.versioning.lfs_server_url", "https://lfs.example.org")
    store = get_metastore()
    file = {"path": "data/x/x", "bytes": 1, "hash": f"sha256:{'a' * 64}", "kept": True}
    revision = store.dataset_create("x", Snapshot({"resources": [{"name": "x", **file}]}))
    told = store.backend.read("x", revision.id, [".lfsconfig"])[".lfsconfig"]
    assert b'url = "https://lfs.example.org"' in told

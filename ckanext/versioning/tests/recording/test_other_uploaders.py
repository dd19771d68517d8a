"""Uploaders that plugins bring along."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import ckan.plugins as p
import pytest
from ckan.lib.uploader import ResourceUpload

from ckanext.versioning.files import live
from ckanext.versioning.tests.recording.uploads import (
    dataset_with,
    kept,
    replace,
)

pytestmark = pytest.mark.usefixtures("versioning")


class TestOtherUploaders:
    @pytest.fixture
    def use(self, monkeypatch):
        """Let CKAN use an uploader that a plugin offers."""
        iterate = p.PluginImplementations.__iter__

        def use(uploader):
            plugin = SimpleNamespace(get_resource_uploader=uploader)

            def with_plugin(implementations):
                if implementations.interface is p.IUploader:
                    yield plugin
                yield from iterate(implementations)

            monkeypatch.setattr(p.PluginImplementations, "__iter__", with_plugin)

        yield use
        live._finders.cache_clear()

    def test_one_that_edits_files_in_place(self, use):
        use(EditingUpload)
        dataset, (resource,) = dataset_with(b"one")
        replace(resource, b"two")
        assert kept(dataset["id"])[1:] == [{"file0": b"one"}, {"file0": b"two"}]

    def test_one_that_another_package_knows(self, use, monkeypatch, tmp_path):
        def find(uploader, resource):
            if not isinstance(uploader, ElsewhereUpload):
                return None
            return live.LocalFile(str(tmp_path / resource["id"]), replaced=True)

        entry_point = SimpleNamespace(load=lambda: find)
        monkeypatch.setattr(live, "entry_points", lambda group: [entry_point])
        live._finders.cache_clear()
        monkeypatch.setattr(ElsewhereUpload, "folder", tmp_path)
        use(ElsewhereUpload)
        dataset, (resource,) = dataset_with(b"one")
        replace(resource, b"two")
        assert kept(dataset["id"])[1:] == [{"file0": b"one"}, {"file0": b"two"}]

    def test_one_that_nobody_knows_is_told_of(self, use, tmp_path, monkeypatch, caplog):
        monkeypatch.setattr(ElsewhereUpload, "folder", tmp_path)
        use(ElsewhereUpload)
        dataset, (resource,) = dataset_with(b"one")
        assert kept(dataset["id"])[1:] == [{}]
        assert resource["id"] in caplog.text


class EditingUpload(ResourceUpload):
    """Like CKAN's, but it writes over the bytes of the file."""

    def upload(self, id, max_size=10):
        if self.filename:
            path = Path(self.get_path(id))
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("r+b" if path.exists() else "wb") as file:
                file.write(self.upload_file.read())
                file.truncate()


class ElsewhereUpload:
    """An uploader that has nothing of CKAN's own."""

    folder = Path()

    def __init__(self, resource):
        self.file = resource.pop("upload", None)
        self.filename = self.file and self.file.filename
        self.clear = resource.pop("clear_upload", None)
        if self.file:
            resource["url"], resource["url_type"] = self.filename, "upload"

    def upload(self, id, max_size=10):
        if self.file:
            new = self.folder / "new"
            new.write_bytes(self.file.read())
            new.rename(self.folder / id)

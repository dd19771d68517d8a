"""A revision as a ZIP archive."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile

import pytest
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.versioning.files.storage import get_blob_store
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.tests.files.kept import File, record

pytestmark = pytest.mark.usefixtures("versioning")


def make(folder, *files: File):
    dataset = factories.Dataset()
    kept = {
        factories.Resource(
            package_id=dataset["id"], name=file.name, url=file.name, url_type="upload"
        )["id"]: file
        for file in files
    }
    return dataset, record(folder, dataset["id"], kept, notes="1")


def download(app, dataset, ref, **headers):
    url = f"/dataset/{dataset['name']}/revision/{ref}/archive.zip"
    return app.get(url, headers=headers)


def test_a_complete_data_package(app, tmp_path):
    files = [File("prices.csv", b"a,b\n1,2\n"), File("größe.csv", b"x\n1\n"), File("e.csv", b"")]
    dataset, revision = make(tmp_path, *files)
    response = download(app, dataset, "head")
    assert response.headers["Content-Length"] == str(len(response.data))
    assert response.headers["Content-Type"] == "application/zip"
    assert response.headers["Content-Disposition"] == (
        f"attachment; filename={dataset['name']}-{revision.id[:8]}.zip"
    )
    with zipfile.ZipFile(io.BytesIO(response.data)) as content:
        assert content.testzip() is None
        package = json.loads(content.read("datapackage.json"))
        assert set(content.namelist()) == {
            "datapackage.json",
            *(resource["path"] for resource in package["resources"]),
        }
        for resource, file in zip(package["resources"], files, strict=True):
            assert content.read(resource["path"]) == file.data


def test_of_a_version_that_plain_git_named(app, tmp_path):
    dataset, revision = make(tmp_path, File("prices.csv", b"a,b\n1,2\n"))
    get_metastore().backend.tag_create(
        dataset["id"],
        "release/1",
        revision.id,
        description="",
        author=revision.info.author,
        time=revision.info.time,
    )
    response = download(app, dataset, "release/1")
    with zipfile.ZipFile(io.BytesIO(response.data)) as content:
        assert "datapackage.json" in content.namelist()


@pytest.mark.parametrize("name", ["archive.zip", "datapackage.json", "dataset.json"])
def test_a_file_of_that_name_is_not_taken_for_it(app, tmp_path, name):
    file = File(name, b"the file")
    dataset, revision = make(tmp_path, file)
    (resource,) = call_action("package_show", id=dataset["id"])["resources"]
    page = f"/dataset/{dataset['name']}/revision/{revision.id}/resource/{resource['id']}"
    assert app.get(f"{page}/download/{name}").data == file.data


def test_frictionless_says_that_it_is_valid_until_a_byte_changes(app, tmp_path):
    dataset, _ = make(tmp_path, File("prices.csv", b"a,b\n1,2\n"), File("größe.csv", b"x\n1\n"))
    folder = tmp_path / "unzipped"
    with zipfile.ZipFile(io.BytesIO(download(app, dataset, "head").data)) as content:
        content.extractall(folder)
    command = [sys.executable, "-m", "frictionless", "validate", "datapackage.json"]
    valid = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert valid.returncode == 0, valid.stdout
    (changed,) = (path for path in folder.rglob("prices.csv") if path.is_file())
    changed.write_bytes(b"a,b\n1,3\n")
    invalid = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert invalid.returncode == 1


def test_what_is_not_in_it_is_told(app, tmp_path):
    files = [File("kept.csv", b"1"), File("big.csv", b"22", kept=False), File("lost.csv", b"333")]
    dataset, revision = make(tmp_path, *files)
    get_blob_store().delete(files[2].sha256)
    response = download(app, dataset, revision.id)
    with zipfile.ZipFile(io.BytesIO(response.data)) as content:
        assert len(content.namelist()) == 3
        notice = content.read("NOTICE.txt").decode()
    for file, size in ((files[1], "2 B"), (files[2], "3 B")):
        (line,) = [line for line in notice.splitlines() if file.name in line]
        assert size in line
        assert file.sha256 in line
    assert "kept.csv" not in notice


def test_only_if_it_changed(app, tmp_path):
    dataset, _ = make(tmp_path, File("prices.csv", b"1"))
    etag = download(app, dataset, "head").headers["ETag"]
    assert download(app, dataset, "head", **{"If-None-Match": etag}).status_code == 304


def test_nothing_is_read_before_it_is_sent(app, tmp_path, monkeypatch):
    """However large the files are: they go through in parts, one after the other."""
    from ckanext.versioning.files.archive import CHUNK, archive
    from ckanext.versioning.recording.metastore import get_metastore

    dataset, _ = make(tmp_path, File("a.csv", b"a" * 3 * CHUNK), File("b.csv", b"b" * 3 * CHUNK))
    store, opened = get_blob_store(), []
    open_blob = store.open
    monkeypatch.setattr(
        store, "open", lambda *args, **kwargs: opened.append(args) or open_blob(*args, **kwargs)
    )
    content = archive(get_metastore().dataset_read(dataset["id"]), store)
    length, sizes, seen = len(content), [], []
    for part in content:
        sizes.append(len(part))
        seen.append(len(opened))
    assert sum(sizes) == length
    assert max(sizes) <= CHUNK
    assert seen == sorted(seen)
    assert seen[0] == 0
    assert sum(count == 1 for count in seen) >= 3

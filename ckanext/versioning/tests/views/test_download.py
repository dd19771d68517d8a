"""A file of a revision over HTTP: its bytes, its parts, its headers, and who may have it."""

from __future__ import annotations

import io
import json
import logging
import re
import urllib.request
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action
from werkzeug.datastructures import FileStorage

from ckanext.versioning.files.storage import get_blob_store
from ckanext.versioning.tests.files.kept import File, record
from ckanext.versioning.tests.files.storages import s3_server, s3_settings
from ckanext.versioning.views.sending import OPAQUE, harmless_type

DATA = bytes(range(256)) * 40
SETTING = "ckanext.versioning.blob_storage"

pytestmark = pytest.mark.usefixtures("versioning")


@dataclass
class Upload:
    """A dataset whose only resource had two files, one after the other."""

    dataset: dict[str, Any]
    resource: str
    old: str
    new: str

    def url(self, ref: str = "", name: str = "prices.csv") -> str:
        return (
            f"/dataset/{self.dataset['name']}/revision/{ref or self.old}"
            f"/resource/{self.resource}/download/{name}"
        )


@pytest.fixture(scope="module")
def s3_endpoint():
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # one line per request otherwise
    with s3_server() as endpoint:
        yield endpoint


@pytest.fixture
def s3_storage(monkeypatch, ckan_config, s3_endpoint):
    settings = s3_settings(s3_endpoint)
    monkeypatch.setitem(ckan_config, SETTING, json.dumps(settings))
    return settings


@pytest.fixture(params=["local", "s3", "s3 behind CKAN"])
def storage(request, monkeypatch, ckan_config):
    if request.param != "local":
        settings = request.getfixturevalue("s3_storage")
    if request.param == "s3 behind CKAN":
        settings = {**settings, "disabled_capabilities": ["SIGNED"]}
        monkeypatch.setitem(ckan_config, SETTING, json.dumps(settings))
    return request.param


@pytest.fixture(scope="module")
def made_uploads():
    """What is made once for all tests, since making datasets is slow."""
    return {}


@pytest.fixture
def upload(versioning, tmp_path, made_uploads) -> Upload:
    """Has ``DATA`` first, then "new"."""
    old, new = File("prices.csv", DATA), File("prices.csv", b"new")
    if (
        "upload" not in made_uploads
        or model.Package.get(made_uploads["upload"].dataset["id"]) is None
    ):
        made_uploads["upload"] = make_upload(tmp_path, old, new)
    for file in (old, new):
        file.captured(tmp_path)  # in whatever storage is configured now
    return made_uploads["upload"]


def make_upload(folder, old: File, new: File) -> Upload:
    dataset = factories.Dataset(
        resources=[{"url": old.name, "url_type": "upload", "name": old.name}]
    )
    resource = dataset["resources"][0]["id"]
    first = record(folder, dataset["id"], {resource: old}, notes="1")
    second = record(folder, dataset["id"], {resource: new}, notes="2")
    return Upload(dataset, resource, first.id, second.id)


def fetch(app, url: str, status: int = 200, **headers: str) -> Any:
    """GET, and follow a link to the storage as a browser does."""
    response = app.get(url, headers=headers, follow_redirects=False)
    if response.status_code == 302:
        request = urllib.request.Request(response.headers["Location"], headers=headers)
        with urllib.request.urlopen(request) as answer:
            assert answer.status == status
            return answer.read(), answer.headers
    assert response.status_code == status, response.body
    return response.data, response.headers


class TestBytes:
    def test_each_revision_has_its_own(self, app, storage, upload):
        assert fetch(app, upload.url())[0] == DATA
        assert fetch(app, upload.url("head"))[0] == b"new"
        assert fetch(app, upload.url("head~1", name="anything"))[0] == DATA

    def test_a_part(self, app, storage, upload):
        for wanted, expected in (
            ("bytes=0-0", DATA[:1]),
            ("bytes=5000-5009", DATA[5000:5010]),
            ("bytes=10000-", DATA[10000:]),
            ("bytes=-3", DATA[-3:]),
            ("bytes=10239-99999", DATA[-1:]),
        ):
            data, headers = fetch(app, upload.url(), 206, Range=wanted)
            assert data == expected
            assert headers["Content-Length"] == str(len(expected))
            assert headers["Content-Range"].endswith(f"/{len(DATA)}")

    def test_what_was_uploaded(self, app, storage):
        """All the way: CKAN takes a file, then another, and each revision gives its own back."""
        dataset = factories.Dataset(resources=[{"name": "prices", "url": "x"}])
        (resource,) = dataset["resources"]
        files = [uuid.uuid4().bytes * 10_000 for _ in range(3)]
        for data in files:
            upload = FileStorage(io.BytesIO(data), "prices.csv")
            call_action("resource_patch", id=resource["id"], upload=upload)
        call_action("resource_delete", id=resource["id"])
        revisions = call_action("dataset_revision_list", dataset=dataset["id"])[::-1]
        for revision, data in zip(revisions[1:4], files, strict=True):
            shown = call_action(
                "resource_show_revision",
                id=resource["id"],
                dataset=dataset["id"],
                revision_ref=revision["id"],
            )
            assert fetch(app, urlsplit(shown["url"]).path)[0] == data

    def test_several_parts_are_sent_whole(self, app, upload):
        for wanted in ("bytes=0-1,5-6", "lines=1-2", "nonsense"):
            assert fetch(app, upload.url(), Range=wanted)[0] == DATA

    def test_a_part_past_the_end(self, app, upload):
        response = app.get(upload.url(), headers={"Range": f"bytes={len(DATA)}-"}, status=416)
        assert response.headers["Content-Range"] == f"bytes */{len(DATA)}"

    def test_an_empty_file(self, app, storage, tmp_path):
        upload = make_upload(tmp_path, File("none.csv", b""), File("none.csv", b"x"))
        assert fetch(app, upload.url())[0] == b""


class TestHeaders:
    def test_what_is_sent_with_a_file(self, app, upload):
        _, headers = fetch(app, upload.url())
        sha256 = File("", DATA).sha256
        assert headers["ETag"] == f'"{sha256}"'
        assert headers["Content-Length"] == str(len(DATA))
        assert headers["Accept-Ranges"] == "bytes"
        assert headers["Content-Type"] == "text/csv"
        assert headers["Content-Disposition"] == "attachment; filename=prices.csv"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"].startswith("sandbox")
        assert "Last-Modified" not in headers

    def test_no_type_that_browsers_run(self, app, storage, tmp_path):
        upload = make_upload(tmp_path, File("x.html", b"<script>"), File("Größe 1; 2.svg", b"x"))
        for ref, name in (
            (upload.old, "filename=x.html"),
            (upload.new, "filename*=UTF-8''Gr%C3%B6%C3%9Fe%201%3B%202.svg"),
        ):
            _, headers = fetch(app, upload.url(ref))
            assert headers["Content-Type"] == "application/octet-stream"
            assert headers["Content-Disposition"].startswith("attachment; filename")
            if storage != "s3":
                assert headers["Content-Disposition"].endswith(name)

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("x.csv", "text/csv"),
            ("x.PDF", "application/pdf"),
            *((f"x{end}", OPAQUE) for end in ("", ".xml", ".xhtml", ".js", ".csv.gz", ".csv.htm")),
        ],
    )
    def test_types(self, name, expected):
        assert harmless_type(name) == expected

    def test_head(self, app, storage, upload):
        response = app.test_client().head(upload.url())
        assert response.status_code == 200  # a signed link is good for GET only
        assert response.headers["Content-Length"] == str(len(DATA))
        assert response.headers["ETag"] == f'"{File("", DATA).sha256}"'
        assert response.data == b""

    def test_only_if_it_changed(self, app, storage, upload):
        etag = f'"{File("", DATA).sha256}"'
        response = app.get(upload.url(), headers={"If-None-Match": etag}, status=304)
        assert response.data == b""
        assert fetch(app, upload.url("head"), **{"If-None-Match": etag})[0] == b"new"

    def test_a_part_only_if_it_did_not_change(self, app, upload):
        etag = f'"{File("", DATA).sha256}"'
        given = {"Range": "bytes=0-4", "If-Range": etag}
        assert fetch(app, upload.url(), 206, **given)[0] == DATA[:5]
        assert fetch(app, upload.url("head"), 200, **given)[0] == b"new"

    def test_a_link_of_the_storage_is_not_cached(self, app, s3_storage, upload):
        response = app.get(upload.url(), follow_redirects=False)
        assert response.status_code == 302
        assert "no-store" in response.headers["Cache-Control"]
        assert "public" not in response.headers["Cache-Control"]

    def test_the_web_server_sends_it(self, app, upload, monkeypatch):
        monkeypatch.setitem(app.flask_app.config, "USE_X_SENDFILE", True)
        response = app.get(upload.url(), headers={"Range": "bytes=0-4"})
        path = get_blob_store().local_path(File("", DATA).sha256)
        assert response.headers["X-Sendfile"] == str(path)
        assert (response.status_code, response.data) == (200, b"")
        assert response.headers.get("Content-Length", "0") == "0"


class TestAccess:
    @pytest.fixture
    def private(self, tmp_path):
        """Was public once, with the first file, and private ever since."""
        editor = factories.UserWithToken()
        organization = factories.Organization(
            users=[{"name": editor["name"], "capacity": "editor"}]
        )
        dataset = factories.Dataset(owner_org=organization["id"])
        resource = factories.Resource(
            package_id=dataset["id"], url="prices.csv", url_type="upload"
        )["id"]
        files = {resource: File("prices.csv", DATA)}
        first = record(tmp_path, dataset["id"], files, notes="1", private=True)
        second = record(tmp_path, dataset["id"], files, notes="2")
        return Upload(dataset, resource, first.id, second.id), editor["token"]

    def test_a_revision_that_was_private(self, app, private):
        upload, token = private
        for url in (upload.url(upload.old), self._archive(upload, upload.old)):
            app.get(url, status=404)
            response = app.get(url, headers={"Authorization": token})
            assert response.status_code == 200
            assert "private" in response.headers["Cache-Control"]
            assert "public" not in response.headers["Cache-Control"]
        assert app.get(upload.url(upload.new)).data == DATA

    def test_a_dataset_that_is_private(self, app, private):
        upload, token = private
        site = {"user": call_action("get_site_user")["name"]}
        call_action("package_patch", context=site, id=upload.dataset["id"], private=True)
        model.Session.remove()
        for url in (upload.url(upload.new), self._archive(upload, upload.new)):
            response = app.get(url, follow_redirects=False)
            assert response.status_code in (302, 403, 404)
            assert DATA not in response.data
            assert "ETag" not in response.headers
            assert app.get(url, headers={"Authorization": token}).status_code == 200

    def _archive(self, upload, ref):
        return f"/dataset/{upload.dataset['name']}/revision/{ref}/archive.zip"


class TestWithoutFile:
    def test_unknown(self, app, upload):
        name = upload.dataset["name"]
        for url in (
            upload.url("0000000000"),
            upload.url().replace(upload.resource, "other"),
            upload.url().replace(name, "no-such-dataset"),
        ):
            assert app.get(url, status=404)

    def test_nothing_was_captured(self, app, tmp_path):
        dataset = factories.Dataset()
        factories.Resource(package_id=dataset["id"], url="http://example.com/x.csv")
        (resource,) = call_action("package_show", id=dataset["id"])["resources"]
        url = f"/dataset/{dataset['id']}/revision/head/resource/{resource['id']}/download/x"
        assert "no file was kept" in app.get(url, status=404).body

    def test_over_the_limit(self, app, tmp_path):
        upload = make_upload(
            tmp_path, File("big.csv", b"x" * 2_000_000, kept=False), File("big.csv", b"small")
        )
        response = app.get(upload.url(), status=410)
        assert "not kept" in response.body
        assert re.search(r"\(1\.9 MiB\)|\(2 MB\)|\(1\.9 ?MB\)", response.body)
        assert fetch(app, upload.url("head"))[0] == b"small"

    def test_the_store_lost_it(self, app, storage, upload):
        get_blob_store().delete(File("", DATA).sha256)
        if storage == "s3":
            pytest.skip("the storage itself answers")
        assert "the log says why" in app.get(upload.url(), status=503).body

    def test_the_storage_is_away(self, app, upload, monkeypatch, ckan_config, tmp_path):
        settings = {"type": "file_keeper:fs", "path": str(tmp_path / "file" / "x")}
        (tmp_path / "file").write_text("in the way")
        monkeypatch.setitem(ckan_config, SETTING, json.dumps(settings))
        assert "the log says why" in app.get(upload.url(), status=503).body


class TestActions:
    def test_url_and_facts(self, app, storage, upload):
        shown = call_action(
            "resource_show_revision",
            id=upload.resource,
            dataset=upload.dataset["id"],
            revision_ref=upload.old[:10],
        )
        assert shown["url"] == shown["versioning_file"]["url"]
        assert shown["url"].startswith("http://test.ckan.net/dataset/")
        assert f"/revision/{upload.old}/" in shown["url"]  # pinned, also for another reference
        assert fetch(app, urlsplit(shown["url"]).path)[0] == DATA
        assert shown["versioning_file"] == {
            "name": "prices.csv",
            "size": len(DATA),
            "hash": f"sha256:{File('', DATA).sha256}",
            "kept": True,
            "url": shown["url"],
        }
        call_action(
            "dataset_tag_create", dataset=upload.dataset["id"], name=storage.replace(" ", "-")
        )
        for dataset in (
            call_action("package_show_revision", id=upload.dataset["id"], revision_ref="head"),
            call_action("package_show_tag", id=upload.dataset["id"], tag=storage.replace(" ", "-")),
            call_action("dataset_revision_show", dataset=upload.dataset["id"])["dataset"],
        ):
            (resource,) = dataset["resources"]
            assert fetch(app, urlsplit(resource["url"]).path)[0] == b"new"

    def test_without_bytes_the_url_is_the_one_of_today(self, tmp_path):
        dataset = factories.Dataset()
        link, big, old = (
            factories.Resource(package_id=dataset["id"], url=url, url_type=kind)["id"]
            for url, kind in (
                ("http://example.com/x.csv", ""),
                ("big.csv", "upload"),
                ("old.csv", "upload"),
            )
        )
        record(tmp_path, dataset["id"], {big: File("big.csv", b"big", kept=False)}, notes="1")
        shown = {
            resource["id"]: resource
            for resource in call_action(
                "package_show_revision", id=dataset["id"], revision_ref="head"
            )["resources"]
        }
        assert "versioning_file" not in shown[link]
        assert shown[link]["url"] == "http://example.com/x.csv"
        assert shown[old]["versioning_file"] is None
        assert shown[big]["versioning_file"]["kept"] is False
        assert shown[big]["versioning_file"]["url"] is None
        for resource in (big, old):
            assert f"/resource/{resource}/download/" in shown[resource]["url"]
            assert "/revision/" not in shown[resource]["url"]

    def test_a_link_whose_file_was_fetched_stays_a_link(self, app, tmp_path):
        dataset = factories.Dataset()
        url = "http://example.com/x.csv"
        link = factories.Resource(package_id=dataset["id"], url=url)["id"]
        record(tmp_path, dataset["id"], {link: File("x.csv", b"fetched")}, notes="1")
        shown = call_action(
            "resource_show_revision", id=link, dataset=dataset["id"], revision_ref="head"
        )
        assert shown["url"] == url
        assert fetch(app, urlsplit(shown["versioning_file"]["url"]).path)[0] == b"fetched"

    def test_addresses_are_no_difference(self, upload):
        given = {
            "dataset": upload.dataset["id"],
            "revision_ref_1": upload.old,
            "revision_ref_2": upload.new,
        }
        patch = call_action("dataset_revision_diff", **given, diff_type="json-patch")["diff"]
        assert [operation["path"] for operation in patch] == ["/notes"]

"""The ways in which people upload."""

from __future__ import annotations

import io

import pytest
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.tests.recording.uploads import (
    area,
    create,
    dataset_with,
    kept,
    replace,
)

pytestmark = pytest.mark.usefixtures("versioning")


class TestWaysToUpload:
    @pytest.fixture
    def headers(self, versioning):
        return {"Authorization": factories.SysadminWithToken()["token"]}

    def test_over_the_api_as_multipart(self, app, headers):
        dataset = factories.Dataset()
        app.post(
            "/api/3/action/resource_create",
            data={
                "package_id": dataset["id"],
                "name": "file",
                "upload": (io.BytesIO(b"one"), "a.csv"),
            },
            headers=headers,
        )
        (resource,) = call_action("package_show", id=dataset["id"])["resources"]
        for action in ("resource_patch", "resource_update"):
            data = {"id": resource["id"], "upload": (io.BytesIO(action.encode()), "b.csv")}
            app.post(f"/api/3/action/{action}", data={**data, "name": "file"}, headers=headers)
        assert kept(dataset["id"])[1:] == [
            {"file": b"one"},
            {"file": b"resource_patch"},
            {"file": b"resource_update"},
        ]
        assert [
            file.path for file in get_metastore().dataset_read(dataset["id"], "head").files
        ] == ["data/file/b.csv"]

    def test_package_revise(self, app, headers):
        dataset, _ = dataset_with(b"one", b"other")
        app.post(
            "/api/3/action/package_revise",
            data={
                "match__id": dataset["id"],
                "update__resources__0__upload": (io.BytesIO(b"two"), "a.csv"),
            },
            headers=headers,
        )
        assert kept(dataset["id"])[-1] == {"file0": b"two", "file1": b"other"}

    def test_in_the_form(self, app, headers):
        dataset = factories.Dataset()
        form = {"id": "", "url": "", "name": "file", "save": "go-metadata"}
        path = f"/dataset/{dataset['id']}/resource"
        file = (io.BytesIO(b"one"), "a.csv")
        app.post(f"{path}/new", data={**form, "upload": file}, headers=headers)
        (resource,) = call_action("package_show", id=dataset["id"])["resources"]
        shown = {"name": "file", "description": "new", "save": ""}
        url = f"{path}/{resource['id']}/edit"
        nothing = (io.BytesIO(b""), "")  # as a browser sends a field without a file
        app.post(
            url,
            data={**shown, "url": resource["url"], "url_type": "upload", "upload": nothing},
            headers=headers,
        )
        assert kept(dataset["id"])[-2:] == [{"file": b"one"}, {"file": b"one"}]
        app.post(
            url,
            data={**shown, "url": "http://example.com", "clear_upload": "true"},
            headers=headers,
        )
        assert kept(dataset["id"])[-1] == {}

    def test_a_draft_is_captured_when_it_turns_active(self):
        dataset = factories.Dataset(state="draft")
        create(dataset, b"one")
        assert area("staged") == []
        call_action("package_patch", id=dataset["id"], state="active")
        assert kept(dataset["id"]) == [{"prices": b"one"}]

    def test_deleted_and_brought_back(self):
        dataset, (resource,) = dataset_with(b"one")
        call_action("package_delete", id=dataset["id"])
        call_action("package_patch", id=dataset["id"], state="active")
        call_action("resource_delete", id=resource["id"])
        assert kept(dataset["id"])[1:] == [{"file0": b"one"}] * 3 + [{}]

    def test_the_same_bytes_again_are_kept_once(self):
        dataset, (first, _) = dataset_with(b"same", b"same")
        replace(first, b"same")
        assert (
            len({file.sha256 for file in get_metastore().dataset_read(dataset["id"], "head").files})
            == 1
        )
        assert kept(dataset["id"])[-1] == {"file0": b"same", "file1": b"same"}

"""What shared caches may keep: only what anybody would get."""

from __future__ import annotations

import pytest

ENDPOINTS = (
    "history",
    "history.atom",
    "history.json",
    "timegate",
    "timemap",
    "versions",
    "compare/head~1...head",
    "compare/head~1...head/patch.json",
    "compare/head~1...head/unified.diff",
    "revision/head",
    "revision/head/dataset.json",
    "revision/head/datapackage.json",
    "revision/head/archive.zip",
    "revision/missing",
)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_what_an_editor_gets_is_private(site, shared, app, endpoint):
    headers = {"Authorization": site.tokens["editor"]}
    url = f"/dataset/{shared.name}/{endpoint}"
    answer = app.get(url, headers=headers, follow_redirects=False)
    assert answer.status_code == {"timegate": 302, "revision/missing": 404}.get(endpoint, 200)
    assert "private" in answer.headers["Cache-Control"]
    assert "public" not in answer.headers["Cache-Control"]


@pytest.mark.parametrize("endpoint", ["history.json", "revision/head/dataset.json"])
def test_what_anybody_gets_may_be_kept(site, shared, endpoint):
    page = site.get("anonymous", f"/dataset/{shared.name}/{endpoint}")
    assert "public" in page.headers["Cache-Control"]


def test_not_modified_is_private_too(site, shared, app):
    url = f"/dataset/{shared.name}/history.json"
    headers = {"Authorization": site.tokens["editor"]}
    etag = app.get(url, headers=headers).headers["ETag"]
    answer = app.get(url, headers={**headers, "If-None-Match": etag})
    assert answer.status_code == 304
    assert "private" in answer.headers["Cache-Control"]
    assert "public" not in answer.headers["Cache-Control"]

"""What changed from one revision to another."""

from __future__ import annotations

import copy

import pytest

pytestmark = pytest.mark.usefixtures("versioning")


def diff(api, history, first="head~1", **given):
    return api.get(
        "anonymous", "dataset_revision_diff", dataset=history.name, revision_ref_1=first, **given
    )


def apply(patch, document):
    """Apply a JSON Patch (RFC 6902), as plainly as the standard says it."""
    document = copy.deepcopy(document)
    for operation in patch:
        *parts, last = [
            part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:]
        ]
        target = document
        for part in parts:
            target = target[int(part) if isinstance(target, list) else part]
        if isinstance(target, list):
            place = len(target) if last == "-" else int(last)
            if operation["op"] == "add":
                target.insert(place, operation["value"])
            elif operation["op"] == "remove":
                del target[place]
            else:
                target[place] = operation["value"]
        elif operation["op"] == "remove":
            del target[last]
        else:
            assert operation["op"] == "add" or last in target
            target[last] = operation["value"]
        assert operation["op"] in ("add", "remove", "replace")
    return document


def test_fields(api, history):
    answer = diff(api, history).result
    assert answer == {
        "revision_1": history.ids[1],
        "revision_2": history.ids[2],
        "diff_type": "fields",
        "diff": {
            "fields": [{"path": "/title", "op": "change", "from": "Two", "to": "Three"}],
            "resources": {"added": [], "removed": [], "changed": [], "reordered": False},
            "files": [],
        },
    }


def test_backwards(api, history):
    answer = diff(api, history, first="head", revision_ref_2="v1").result
    assert answer["diff"]["fields"] == [
        {"path": "/title", "op": "change", "from": "Three", "to": "Two"}
    ]


def test_resources(api, history):
    (resource,) = history.dataset["resources"]
    history.patch(resources=[{"name": "new", "url": "http://example.com/new"}])
    answer = diff(api, history).result["diff"]
    assert answer["resources"]["removed"] == [{"id": resource["id"], "name": "prices"}]
    assert [item["name"] for item in answer["resources"]["added"]] == ["new"]


def test_json_patch_applies(api, history):
    (resource,) = history.dataset["resources"]
    history.patch(
        title="Four",
        tags=[{"name": "two"}, {"name": "one"}],
        extras=[{"key": "k", "value": "v"}],
        resources=[{"name": "new", "url": "http://example.com/new"}, {**resource, "name": "other"}],
    )
    history.patch(resources=[resource], extras=[])
    shown = [
        api.get("anonymous", "package_show_revision", id=history.id, revision_ref=ref).result
        for ref in history.ids
    ]
    for i, before in enumerate(shown):
        for j, after in enumerate(shown):
            patch = diff(
                api, history, history.ids[i], revision_ref_2=history.ids[j], diff_type="json-patch"
            ).result["diff"]
            assert apply(patch, before) == after
            assert bool(patch) == (i != j)


@pytest.mark.parametrize(
    ("diff_type", "expected"),
    [
        ("unified", ['-  "title": "Two"', '+  "title": "Three"', "--- ", "+++ "]),
        ("context", ['!   "title": "Two"', '!   "title": "Three"']),
        ("html", ["<table", "/title", "Two", "Three"]),
    ],
)
def test_text(api, history, diff_type, expected):
    text = diff(api, history, diff_type=diff_type).result["diff"]
    for part in expected:
        assert part in text
    for revision_id in history.ids[1:]:
        assert revision_id in text
    assert "metadata_modified" not in text


def test_html_is_escaped(api, history):
    history.patch(title="<script>alert(1)</script>")
    assert "<script" not in diff(api, history, diff_type="html").result["diff"]


def test_of_a_revision_with_itself(api, history):
    for diff_type in ("unified", "context"):
        assert diff(api, history, first="head", diff_type=diff_type).result["diff"] == ""
    assert diff(api, history, first="head", diff_type="json-patch").result["diff"] == []


def test_large_revisions_are_not_compared_as_text(api, history, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.versioning.max_diff_size", 1000)
    for diff_type in ("unified", "context", "html"):
        (message,) = diff(api, history, diff_type=diff_type).error["diff_type"]
        assert "1000" in message
        assert "json-patch" in message
    for diff_type in ("fields", "json-patch"):
        assert diff(api, history, diff_type=diff_type).status == 200

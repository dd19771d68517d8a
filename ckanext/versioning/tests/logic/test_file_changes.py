"""What the history and the comparison of revisions say of files that were replaced."""

from __future__ import annotations

import pytest

from ckanext.versioning.tests.files.kept import File, record
from ckanext.versioning.tests.logic.api import make_history

pytestmark = pytest.mark.usefixtures("versioning")

ONE, TWO, THREE = (File("prices.csv", data) for data in (b"1\n", b"22\n", b"333\n"))
LARGE = File("prices.csv", b"4444\n", kept=False)


@pytest.fixture
def history(organization):
    upload = {"name": "prices", "url": "prices.csv", "url_type": "upload"}
    return make_history(organization, resources=[upload])


def facts(file: File, kept: bool = True) -> dict[str, object]:
    return {
        "path": "data/prices/prices.csv" if kept else "prices.csv",
        "bytes": len(file.data),
        "hash": f"sha256:{file.sha256}",
        "kept": kept,
    }


def test_a_replaced_file_is_told(api, history, tmp_path):
    resource = history.dataset["resources"][0]["id"]
    for file in (ONE, TWO, LARGE):
        record(tmp_path, history.id, {resource: file})
    listed = api.get("anonymous", "dataset_revision_list", dataset=history.name).result
    assert [revision["message"] for revision in listed][:3] == [
        "Replace file of prices",
        "Replace file of prices",
        "Add file of prices",
    ]
    changed = [{"id": resource, "name": "prices", "fields": ["file"]}]
    assert [revision["summary"]["resources_changed"] for revision in listed[:3]] == [changed] * 3

    def difference(first, second):
        answer = api.get(
            "anonymous",
            "dataset_revision_diff",
            dataset=history.name,
            revision_ref_1=first,
            revision_ref_2=second,
        )
        assert answer.result["diff"]["fields"] == []
        return answer.result["diff"]["files"]

    told = {"resource": resource, "name": "prices"}
    assert difference("head~2", "head~1") == [
        {**told, "op": "change", "from": facts(ONE), "to": facts(TWO)}
    ]
    assert difference("head~1", "head") == [
        {**told, "op": "change", "from": facts(TWO), "to": facts(LARGE, kept=False)}
    ]
    assert difference("head~3", "head~2") == [{**told, "op": "add", "from": None, "to": facts(ONE)}]


def test_readers_are_told_what_changed_since_the_last_public_revision(api, history, tmp_path):
    resource = history.dataset["resources"][0]["id"]
    record(tmp_path, history.id, {resource: ONE})
    record(tmp_path, history.id, {resource: TWO}, private=True)
    record(tmp_path, history.id, {resource: TWO})
    newest = {
        user: api.get(user, "dataset_revision_show", dataset=history.name).result
        for user in ("anonymous", "editor")
    }
    assert newest["editor"]["summary"]["resources_changed"] == []
    assert newest["anonymous"]["summary"]["resources_changed"] == [
        {"id": resource, "name": "prices", "fields": ["file"]}
    ]
    assert newest["anonymous"]["message"] == "Replace file of prices"

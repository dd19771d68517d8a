"""What changed in the table that a resource's file is, through the API."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from ckanext.versioning.cli import get_commands
from ckanext.versioning.files.storage import get_blob_store
from ckanext.versioning.files.tables import process
from ckanext.versioning.tests.files.kept import File, record

pytest.importorskip("duckdb")
pytestmark = pytest.mark.usefixtures("versioning")

OLD = File("prices.csv", b"id,price\n1,5\n2,7\n")
NEW = File("prices.csv", b"id,price\n1,6\n2,7\n3,8\n")


@pytest.fixture(autouse=True)
def own_slots(monkeypatch, tmp_path):
    """Comparisons that run elsewhere on this machine take none of these places."""
    monkeypatch.setattr(process.tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def resource(history):
    return history.dataset["resources"][0]["id"]


@pytest.fixture
def diff(api, history, resource, tmp_path):
    """Compare two files of the resource; None stands for a revision without one."""

    def run(before, after, user="anonymous", **given):
        refs = [
            record(tmp_path, history.id, {resource: file} if file else {}, notes=str(notes)).id
            for notes, file in enumerate((before, after))
        ]
        names = ("revision_ref_1", "revision_ref_2")
        given = {"resource_id": resource, "diff_type": "tables", **given}
        return api.get(
            user,
            "dataset_revision_diff",
            dataset=history.name,
            **dict(zip(names, refs, strict=True)),
            **given,
        )

    return run


def test_a_table(diff):
    answer = diff(OLD, NEW).result
    assert answer["diff_type"] == "tables"
    difference = answer["diff"]
    assert difference["identical"] is False
    assert difference["format"] == "csv"
    assert difference["rows"]["key"] == ["id"]
    assert difference["rows"]["sample"] == {
        "added": [{"id": "3", "price": "8"}],
        "removed": [],
        "changed": [{"key": {"id": "1"}, "changes": {"price": {"from": "5", "to": "6"}}}],
    }


def test_the_same_bytes_are_not_read(diff, monkeypatch):
    monkeypatch.setattr(process, "compare", None)
    assert diff(OLD, OLD).result["diff"] == {"identical": True}


def test_the_key_of_the_resource(diff, history, resource):
    schema = {"fields": [{"name": "id"}, {"name": "price"}], "primaryKey": "price"}
    history.patch(resources=[{**history.dataset["resources"][0], "schema": schema}])
    difference = diff(OLD, NEW).result["diff"]
    assert difference["rows"]["key"] == ["price"]


def test_a_name_without_an_extension_goes_by_the_format(diff):
    difference = diff(File("old", OLD.data), File("new", NEW.data)).result["diff"]
    assert difference["format"] == "csv"  # as the resource says


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (None, NEW, "has no file of this resource"),
        (OLD, None, "has no file of this resource"),
        (OLD, File("prices.csv", NEW.data, kept=False), "was not kept"),
        (OLD, File("prices.xlsx", b"x"), "Only CSV"),
        (File("a.pdf", b"x"), File("b.xlsx", b"y"), "Only CSV"),
        (OLD, File("prices.csv", b"id,price\n1,\xff\n"), "The newer file is not text in UTF-8"),
        (File("prices.csv", b"id\n1,2\n"), OLD, "The older file is not well formed, near line 2"),
    ],
)
def test_what_cannot_be_compared(diff, before, after, said):
    assert said in diff(before, after).result["diff"]["error"]


def test_rows_that_cannot_be_compared(diff):
    difference = diff(OLD, File("prices.csv", b"other\n1\n")).result["diff"]
    assert [field["name"] for field in difference["schema"]["removed"]] == ["id", "price"]
    assert difference["rows"] == {"error": "The files have no column in common"}


def test_a_large_file_is_not_read(diff, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.versioning.table_diff_max_size", 10)
    monkeypatch.setattr(process, "compare", None)
    error = diff(OLD, NEW).result["diff"]["error"]
    assert error == "Files of more than 10 bytes are not compared"


def test_a_blob_that_is_gone(diff, monkeypatch):
    lost = File("prices.csv", b"id,price\n9,9\n")
    monkeypatch.setattr(File, "captured", _lose(lost))
    assert "can't be read" in diff(OLD, lost).result["diff"]["error"]


def _lose(lost):
    captured = File.captured

    def losing(file, folder):
        facts = captured(file, folder)
        if file == lost:
            get_blob_store().delete(file.sha256)
        return facts

    return losing


def test_without_the_software(diff, monkeypatch):
    monkeypatch.setattr(process, "CHILD", "no_such_module")
    assert diff(OLD, NEW).result["diff"] == {
        "error": "This portal has no software to compare tables"
    }


def test_from_the_command_line(diff, history, resource):
    diff(OLD, NEW)
    arguments = ["diff", history.name, "head~1", "head", "--resource", resource]
    (versioning,) = get_commands()
    printed = CliRunner().invoke(versioning, arguments)
    assert printed.exit_code == 0, printed.output
    assert json.loads(printed.output)["rows"]["added"] == 1


def test_which_resource_must_be_told(diff):
    assert diff(OLD, NEW, resource_id="").error["resource_id"] == ["Missing value"]


def test_an_unknown_resource(diff):
    assert diff(OLD, NEW, resource_id="no-such-resource").status == 404


def test_hidden_revisions_are_hidden(api, history, resource, tmp_path):
    before = record(tmp_path, history.id, {resource: OLD}, notes="1")
    hidden = record(tmp_path, history.id, {resource: NEW}, private=True, notes="2")

    def ask(user):
        return api.get(
            user,
            "dataset_revision_diff",
            dataset=history.name,
            revision_ref_1=before.id,
            revision_ref_2=hidden.id,
            diff_type="tables",
            resource_id=resource,
        )

    assert ask("editor").result["diff"]["rows"]["added"] == 1
    assert ask("anonymous").status == 404

"""When the history can't be read or written: a word to the caller, the rest to the log."""

from __future__ import annotations

import logging

import ckan.plugins.toolkit as tk
import pytest

from ckanext.versioning.logic.errors import HistoryUnavailable, ckan_errors
from ckanext.versioning.metastore import (
    BackendUnavailable,
    Conflict,
    CorruptStore,
    InvalidName,
    InvalidRef,
    InvalidSnapshot,
    NotSupported,
)
from ckanext.versioning.metastore.errors import REASONS
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.tests.logic.api import ACTIONS, READS, parameters

pytestmark = pytest.mark.usefixtures("versioning")

READING = ("head", "revision", "find", "at", "read", "log", "nth", "first", "tag_list", "tag_read")


@pytest.mark.parametrize(
    "fault",
    [BackendUnavailable("git", "/secret/path is gone"), CorruptStore("id", "/secret/path")],
    ids=["away", "corrupt"],
)
@pytest.mark.parametrize("user", ["anonymous", "editor"])
def test_reading_fails(api, history, monkeypatch, caplog, fault, user):
    def fail(*_args, **_kwargs):
        raise fault

    def fail_lazily(*_args, **_kwargs):
        yield from fail()

    backend = type(get_metastore().backend)
    for name in (*READING, "tag_create", "tag_update", "tag_delete"):
        monkeypatch.setattr(backend, name, fail_lazily if name == "log" else fail)
    resource = history.dataset["resources"][0]["id"]
    for action in ACTIONS if user == "editor" else READS:
        caplog.clear()
        with caplog.at_level(logging.ERROR):
            answer = api.post(user, action, **parameters(action, history.name, resource))
        (message,) = answer.error["versioning"]
        assert answer.status == 409
        assert history.name in message
        assert "/secret/path" not in answer.text
        assert "/secret/path" in caplog.text, action


@pytest.mark.parametrize("name", READING)
def test_each_way_of_reading_fails_alike(api, history, monkeypatch, name):
    def fail(*_args, **_kwargs):
        raise BackendUnavailable("git", "/secret/path is gone")

    resource = history.dataset["resources"][0]["id"]
    refs = (
        "head",
        "head~1",
        history.ids[0],
        history.ids[0][:8],
        "v1",
        history.revisions[0].info.time.isoformat(),
    )
    monkeypatch.setattr(type(get_metastore().backend), name, fail)
    for action in READS:
        given = parameters(action, history.name, resource)
        changes = [{"revision_ref": ref} for ref in refs] if "revision_ref" in given else [{}]
        for change in changes:
            answer = api.post("editor", action, **{**given, **change})
            assert answer.status in (200, 409), (action, change, answer.text)


def test_missing_history(api, history):
    get_metastore().dataset_purge(history.id)
    resource = history.dataset["resources"][0]["id"]
    for action in ACTIONS:
        answer = api.post("editor", action, **parameters(action, history.name, resource))
        assert answer.status == 404
        assert history.name in answer.error["message"]
        assert "ckan versioning sync" in answer.error["message"]


def test_missing_tables(api, history, migrate_db_for):
    migrate_db_for("versioning", "base", forward=False)
    try:
        answers = [
            api.post("sysadmin", "versioning_status"),
            api.post("editor", "dataset_revision_list", dataset=history.id),
            api.post("editor", "dataset_tag_create", dataset=history.id, name="v2"),
            api.post("editor", "dataset_revert", dataset=history.id, revision_ref="v1"),
        ]
    finally:
        migrate_db_for("versioning")
    for answer in answers:
        assert "ckan db upgrade -p versioning" in answer.error["versioning"][0]


@pytest.mark.parametrize(
    "fault",
    [
        Conflict("id", expected="a", head="b"),
        NotSupported("git", "tag"),
        InvalidSnapshot("of /secret/path"),
    ],
)
def test_what_else_the_metastore_may_say(fault):
    with pytest.raises(HistoryUnavailable) as raised, ckan_errors("name"):
        raise fault
    (message,) = raised.value.error_dict["versioning"]
    assert "/secret/path" not in message


def test_an_id_that_no_backend_takes_has_no_history():
    with pytest.raises(tk.ObjectNotFound, match="no history yet"), ckan_errors("name"):
        raise InvalidName("dataset id", "Upper", "characters")


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_is_told_in_words(app, code):
    arguments = {"count": 2, "limit": 3, "path": "a", "text": "b", "time": "c"}
    for error in (InvalidName("tag", "x", code, **arguments), InvalidRef("x", code, **arguments)):
        with pytest.raises(tk.ValidationError) as raised, ckan_errors("name", "tag"):
            raise error
        (message,) = raised.value.error_dict["tag"]
        assert '"x"' in message
        assert "{" not in message
        assert "Invalid" not in message


def test_what_is_no_unicode_can_be_told():
    with pytest.raises(tk.ValidationError) as raised, ckan_errors("name", "revision_ref"):
        raise InvalidRef("\ud800", "not_unicode")
    assert "\\ud800" in raised.value.error_dict["revision_ref"][0].encode().decode()

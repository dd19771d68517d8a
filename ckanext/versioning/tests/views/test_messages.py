"""Generated messages in the visitor's language; people's own words as they are."""

from __future__ import annotations

import pytest

from ckanext.versioning.metastore import ChangeSummary, ResourceChange, Visibility, describe
from ckanext.versioning.recording.sync import FIRST
from ckanext.versioning.views.messages import localized

pytestmark = pytest.mark.usefixtures("versioning")

PUBLIC, PRIVATE = Visibility(), Visibility(private=True)


def resources(*names, file=None):
    return tuple(ResourceChange(id=name, name=name, file=file) for name in names)


GENERATED = {
    FIRST: "Beginn des aufgezeichneten Verlaufs",
    describe("create", ChangeSummary()): "Datensatz angelegt",
    describe("delete", ChangeSummary()): "Datensatz gelöscht",
    describe("restore", ChangeSummary()): "Gelöschten Datensatz zurückgeholt",
    describe("purge", ChangeSummary()): "Datensatz endgültig gelöscht",
    describe("update", ChangeSummary()): "Datensatz geändert",
    describe("revert", ChangeSummary()): "Frühere Version wiederhergestellt",
    describe("revert", ChangeSummary(), reverted_to="0123456789abcdef"): (
        "Version 0123456789 wiederhergestellt"
    ),
    describe("update", ChangeSummary(fields=("notes", "title"))): "Geändert: Beschreibung, Titel",
    describe("update", ChangeSummary(fields=("a", "b", "c", "d", "e"))): (
        "Geändert: A, B, C und 2 weitere"
    ),
    describe("update", ChangeSummary(fields=("name",)), name="neu"): "Umbenannt in neu",
    describe("update", ChangeSummary(), before=PUBLIC, after=PRIVATE): "Nicht mehr öffentlich",
    describe("update", ChangeSummary(), before=PRIVATE, after=PUBLIC): "Veröffentlicht",
    describe(
        "update",
        ChangeSummary(
            fields=("title",),
            added=resources("a.csv"),
            removed=resources("b", "c", "d", "e"),
            changed=resources("f.csv", "g.csv"),
            reordered=True,
        ),
    ): (
        "Geändert: Titel; Ressource hinzugefügt: a.csv; Ressourcen entfernt: b, c, d und 1 "
        "weitere; Ressourcen geändert: f.csv and g.csv; Ressourcen umgeordnet"
    ),
    describe("update", ChangeSummary(changed=resources("a.csv", file="change"))): (
        "Datei ersetzt: a.csv"
    ),
}
OWN = [
    "",
    "Preise für Mai ergänzt",
    "Change of the licence",
    "Change the licence, as agreed",
    "Add resource: prices",
    "Change title; and more",
    "<b>Change title</b>",
]


@pytest.mark.parametrize("message", GENERATED)
def test_generated_ones_are_translated(app, message):
    with app.flask_app.test_request_context("/", environ_overrides={"CKAN_LANG": "de"}):
        assert localized(message) == GENERATED[message]


@pytest.mark.parametrize("message", OWN)
def test_own_words_stay(app, message):
    with app.flask_app.test_request_context("/", environ_overrides={"CKAN_LANG": "de"}):
        assert localized(message) == message


@pytest.mark.parametrize("message", [*GENERATED, *OWN])
def test_in_english_all_stay(app, message):
    with app.flask_app.test_request_context("/", environ_overrides={"CKAN_LANG": "en"}):
        assert localized(message) == message


def test_pages_and_feeds_have_them(app, history):
    for page in ("history", "history.atom", f"revision/{history.ids[2]}"):
        body = app.get(f"/de/dataset/{history.name}/{page}").body
        assert "Geändert: Titel" in body
        assert "Change title" not in body

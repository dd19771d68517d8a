"""Pages and forms of datasets with a schema of ckanext-scheming."""

from __future__ import annotations

import pytest

from ckanext.versioning.tests.logic.api import make_history
from ckanext.versioning.tests.views.pages import Site

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "versioning scheming_datasets"),
    pytest.mark.ckan_config(
        "scheming.dataset_schemas", "ckanext.versioning.tests.views:labelled_schema.yaml"
    ),
]


@pytest.fixture
def site(app, users):
    return Site(app, {"editor": users["editor"]["token"]})


@pytest.fixture
def history(organization):
    url = "http://example.com/a.csv"
    history = make_history(organization, title="One", freq="yearly", resources=[{"url": url}])
    (resource,) = history.dataset["resources"]
    history.patch(title="Two", freq="daily", resources=[{**resource, "enc": "UTF-8"}])
    return history


def test_fields_are_called_what_the_schema_calls_them(site, history):
    page = site.get("editor", f"/dataset/{history.name}/compare/head~1...head")
    assert page.row("Headline") == ["One", "Two"]
    assert page.row("Update frequency") == ["yearly", "daily"]
    assert page.row("Character set") == ["empty", "UTF-8"]
    german = site.get("editor", f"/de/dataset/{history.name}/compare/head~1...head")
    assert german.row("Häufigkeit") == ["yearly", "daily"]


def test_both_forms_ask_what_changed(site, history):
    resource = history.dataset["resources"][0]["id"]
    for path in (f"edit/{history.name}", f"{history.name}/resource/{resource}/edit"):
        page = site.get("editor", f"/dataset/{path}")
        assert page.soup.select_one("form input[name=revision_message]")

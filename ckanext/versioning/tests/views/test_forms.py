"""“What did you change?” in CKAN's own forms."""

from __future__ import annotations

from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.versioning.recording.metastore import get_metastore

SCRIPT = "<script>alert('x')</script>"
FIELD = "input[name=revision_message]"


def edit_url(history):
    return f"/dataset/edit/{history.name}"


def resource_url(history):
    (resource,) = history.dataset["resources"]
    return f"/dataset/{history.name}/resource/{resource['id']}/edit"


def fields(page, form):
    """Return what a browser would send of a form."""
    found = {}
    for item in page.soup.select(f"{form} input[name], {form} textarea[name]"):
        if item.get("type") != "file":
            found[item["name"]] = item.get("value", item.text)
    for item in page.soup.select(f"{form} select[name]"):
        chosen = item.select("option[selected]") or item.select("option")[:1]
        found[item["name"]] = chosen[-1]["value"] if chosen else ""
    found["save"] = ""
    return found


class TestDataset:
    def test_the_message_goes_to_the_history_and_nowhere_else(self, site, history):
        page = site.get("editor", edit_url(history))
        assert page.soup.select_one("label[for=field-revision-message]")
        data = {**fields(page, "#dataset-edit"), "title": "Four", "revision_message": "Why not"}
        assert site.post("editor", edit_url(history), **data).status == 200
        made = history.revisions[-1]
        assert (made.info.message, made.info.author.id != "") == ("Why not", True)
        shown = history.show()
        assert shown["title"] == "Four"
        assert "Why not" not in str(shown)

    def test_it_is_remembered_when_something_else_is_wrong(self, site, shared):
        page = site.get("editor", edit_url(shared))
        data = {**fields(page, "#dataset-edit"), "name": "NOT valid", "revision_message": SCRIPT}
        page = site.post("editor", edit_url(shared), **data)
        assert page.soup.select_one(".error-explanation")
        assert page.soup.select_one(FIELD)["value"] == SCRIPT
        assert SCRIPT not in page.html
        assert len(shared.ids) == 3

    def test_it_may_be_blank(self, site, history):
        page = site.get("editor", edit_url(history))
        data = {**fields(page, "#dataset-edit"), "title": "Four"}
        assert data["revision_message"] == ""
        site.post("editor", edit_url(history), **data)
        assert history.revisions[-1].info.message == "Change title"


class TestResource:
    def test_the_message_goes_to_the_history(self, site, history):
        page = site.get("editor", resource_url(history))
        assert page.soup.select_one("label[for=field-revision-message]")
        data = {**fields(page, "#resource-edit"), "name": "p", "revision_message": "Shorter name"}
        assert site.post("editor", resource_url(history), **data).status == 200
        assert history.revisions[-1].info.message == "Shorter name"
        assert "Shorter name" not in str(history.show())

    def test_it_is_remembered_when_something_else_is_wrong(self, site, shared):
        page = site.get("editor", resource_url(shared))
        data = {**fields(page, "#resource-edit"), "size": "large", "revision_message": SCRIPT}
        page = site.post("editor", resource_url(shared), **data)
        assert page.soup.select_one(".error-explanation")
        assert page.soup.select_one(FIELD)["value"] == SCRIPT
        assert SCRIPT not in page.html

    def test_a_new_one(self, site, history):
        url = f"/dataset/{history.name}/resource/new"
        page = site.get("editor", url)
        data = {
            **fields(page, "#resource-edit"),
            "url": "http://example.com/2.csv",
            "revision_message": "More prices",
            "save": "go-dataset-complete",
        }
        site.post("editor", url, **data)
        assert history.revisions[-1].info.message == "More prices"
        assert len(history.show()["resources"]) == 2


class TestStages:
    def test_a_new_dataset_is_not_asked_what_changed(self, site, organization):
        page = site.get("editor", "/dataset/new")
        assert not page.soup.select(FIELD)
        name = f"staged-{organization['name']}"
        data = {**fields(page, "#dataset-edit"), "name": name, "title": "Staged"}
        data["owner_org"] = organization["id"]
        page = site.post("editor", "/dataset/new", **data)
        assert page.soup.select_one("#resource-edit")
        assert not page.soup.select(FIELD)
        data = {**fields(page, "#resource-edit"), "url": "http://example.com", "name": "one"}
        site.post("editor", f"/dataset/{name}/resource/new", **{**data, "save": "go-metadata"})
        model.Session.remove()
        dataset = call_action("package_show", id=name)
        assert dataset["state"] == "active"
        (made,) = get_metastore().revision_list(dataset["id"])
        assert made.info.message == "Create dataset"

    def test_nor_is_a_draft_that_is_edited(self, site, organization):
        dataset = factories.Dataset(
            owner_org=organization["id"], state="draft", resources=[{"url": "http://example.com"}]
        )
        (resource,) = dataset["resources"]
        for path in ("edit/{name}", "{name}/resource/{resource}/edit"):
            url = "/dataset/" + path.format(name=dataset["name"], resource=resource["id"])
            page = site.get("editor", url)
            assert page.status == 200
            assert not page.soup.select(FIELD)

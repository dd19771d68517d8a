"""The pages of versions: list, create, edit, delete."""

from __future__ import annotations

import pytest
from ckan.tests import factories

from ckanext.versioning.logic.dictization import iso
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.tests.views.pages import Site

SCRIPT = "<script>alert('x')</script>"


def url(history, *parts):
    return "/".join([f"/dataset/{history.name}/versions", *parts])


def tags(history):
    return {tag.name: tag for tag in get_metastore().tag_list(history.id)}


class TestList:
    def test_it_shows_each_version(self, site, history):
        store = get_metastore()
        store.tag_create(history.id, "v2", "head", description=SCRIPT)
        page = site.get("anonymous", url(history))
        assert [heading.text for heading in page.content.select("h2")] == ["v2", "v1"]
        assert "The first version" in page.text
        assert SCRIPT in page.text
        assert SCRIPT not in page.html
        assert f"/dataset/{history.name}/compare/{history.ids[1]}...{history.ids[2]}" in page.links
        assert f"/dataset/{history.name}/revision/v1" in page.links

    def test_a_mended_typo_makes_no_newer_version(self, site, history):
        store = get_metastore()
        store.tag_create(history.id, "v2", "head")
        store.tag_update(history.id, "v1", description="Without the typo")
        page = site.get("anonymous", url(history))
        box = site.get("anonymous", f"/dataset/{history.name}").soup.select_one(
            ".versioning-versions"
        )
        assert [heading.text for heading in page.content.select("h2")] == ["v2", "v1"]
        assert f"/dataset/{history.name}/compare/{history.ids[1]}...{history.ids[2]}" in page.links
        assert [link.text for link in box.select("a.versioning-tag")] == ["v2", "v1"]
        for part in (page.content, box):
            times = [time["datetime"] for time in part.select("time")]
            assert times == [iso(history.revisions[n].info.time) for n in (2, 1)]

    def test_a_version_that_plain_git_named(self, site, history):
        made = history.revisions[0]
        get_metastore().backend.tag_create(
            history.id,
            "release/1",
            made.id,
            description="",
            author=made.info.author,
            time=made.info.time,
        )
        links = site.get("editor", url(history)).links
        for link in links:
            if link.startswith(f"/dataset/{history.name}/"):
                assert site.get("editor", link).status == 200, link
        assert f"/dataset/{history.name}/compare/{made.id}...{history.ids[1]}" in links

    @pytest.mark.parametrize(
        ("user", "offered"),
        [("anonymous", False), ("other", False), ("member", False), ("editor", True)],
    )
    def test_only_editors_get_what_only_they_may_do(self, site, shared, user, offered):
        links = " ".join(site.get(user, url(shared)).links)
        for path in ("/versions/new", "/versions/v1/edit", "/versions/v1/delete"):
            assert (path in links) is offered

    def test_a_version_of_what_was_private_is_not_listed(self, site, history):
        get_metastore().tag_create(history.id, "secret", history.patch(private=True))
        history.patch(private=False)
        assert "secret" not in site.get("anonymous", url(history)).html
        assert "secret" in site.get("editor", url(history)).text

    def test_pages_of_them(self, site, history, monkeypatch):
        monkeypatch.setattr("ckanext.versioning.views.tags.PER_PAGE", 2)
        for name in ("v2", "v3", "v4"):
            get_metastore().tag_create(history.id, name, history.patch(title=name))
        first = site.get("anonymous", url(history))
        assert [heading.text for heading in first.content.select("h2")] == ["v4", "v3"]
        assert f"/dataset/{history.name}/compare/{history.ids[3]}...{history.ids[4]}" in first.links
        (link,) = first.content.select("a[rel=next]")
        second = site.get("anonymous", link["href"])
        assert [heading.text for heading in second.content.select("h2")] == ["v2", "v1"]
        assert second.content.select("a[rel=prev]")
        assert not second.content.select("a[rel=next]")

    def test_no_version_yet(self, site, history):
        get_metastore().tag_delete(history.id, "v1")
        assert "No version of this dataset has a name yet" in site.get("editor", url(history)).text


class TestCreate:
    def test_naming_a_revision(self, site, history):
        first = history.ids[0]
        page = site.get("editor", url(history, f"new?ref={first}"))
        assert page.content.select_one("input[name=ref]")["value"] == first
        page = site.post(
            "editor", url(history, "new"), name="v0", description="Before\nall", ref=first
        )
        assert "Version “v0” is named" in page.flashes.text
        assert tags(history)["v0"].revision_id == first
        assert tags(history)["v0"].description == "Before\nall"

    def test_without_a_revision_it_is_the_newest(self, site, history):
        page = site.post("editor", url(history, "new"), name="v3", description="", ref="")
        assert page.status == 200
        assert tags(history)["v3"].revision_id == history.ids[-1]

    def test_a_number_is_suggested_with_reasons(self, site, shared):
        page = site.get("editor", url(shared, "new"))
        assert page.content.select_one("input[name=name]")["value"] == "v1.0.1"
        assert "The description of the dataset changed" in page.text

    def test_one_may_suggest_another(self, site, shared):
        page = site.get("editor", url(shared, "new?name=final"))
        assert page.content.select_one("input[name=name]")["value"] == "final"

    def test_nothing_is_suggested_for_what_came_before(self, site, shared):
        page = site.get("editor", url(shared, f"new?ref={shared.ids[0]}"))
        assert page.content.select_one("input[name=name]")["value"] == ""

    @pytest.mark.parametrize(
        ("name", "complaint"),
        [
            ("", "Missing value"),
            ("v1", "has a tag"),
            (SCRIPT, "can't be used"),
            ("head", "latest version"),
        ],
    )
    def test_what_is_wrong_is_said_beside_the_field(self, site, shared, name, complaint):
        page = site.post("editor", url(shared, "new"), name=name, description="Kept", ref="head")
        assert page.status == 400
        assert complaint in page.content.select_one(".error-block").text
        assert page.content.select_one("input[name=name]")["value"] == name
        assert page.content.select_one("textarea").text.strip() == "Kept"
        assert SCRIPT not in page.html
        assert list(tags(shared)) == ["v1"]

    def test_a_revision_that_is_not_there(self, site, shared):
        assert site.get("editor", url(shared, "new?ref=0123456789")).status == 404
        sent = site.post("editor", url(shared, "new"), name="v9", description="", ref="head~x")
        assert sent.status == 400
        assert "v9" not in tags(shared)


class TestEdit:
    def test_another_name_and_description(self, site, history):
        page = site.get("editor", url(history, "v1", "edit"))
        assert page.content.select_one("input[name=name]")["value"] == "v1"
        assert page.content.select_one("textarea").text.strip() == "The first version"
        page = site.post("editor", url(history, "v1", "edit"), name="v1.0", description="")
        assert "Version “v1.0” is changed" in page.flashes.text
        assert list(tags(history)) == ["v1.0"]
        assert tags(history)["v1.0"].description == ""

    def test_a_blank_name_is_refused(self, site, shared):
        page = site.post("editor", url(shared, "v1", "edit"), name=" ", description="New")
        assert page.status == 400
        assert "Missing value" in page.text
        assert tags(shared)["v1"].description == "The first version"


class TestDelete:
    def test_asking_deletes_nothing(self, site, shared):
        page = site.get("editor", url(shared, "v1", "delete"))
        assert "Delete version v1?" in page.text
        assert list(tags(shared)) == ["v1"]

    def test_deleting(self, site, history):
        page = site.post("editor", url(history, "v1", "delete"))
        assert "Version “v1” is deleted" in page.flashes.text
        assert tags(history) == {}
        assert len(history.ids) == 3


@pytest.mark.parametrize("user", ["anonymous", "other", "member"])
def test_who_may_not_edit_is_refused_on_the_server(site, shared, user):
    forms = {
        url(shared, "new"): {"name": "v9", "description": "", "ref": "head"},
        url(shared, "v1", "edit"): {"name": "v9", "description": ""},
        url(shared, "v1", "delete"): {},
    }
    for path, data in forms.items():
        assert site.get(user, path).status == 403
        assert site.post(user, path, **data).status == 403
    assert list(tags(shared)) == ["v1"]


@pytest.mark.parametrize("end", ["edit", "delete"])
def test_a_version_that_is_not_there(site, shared, end):
    assert site.get("editor", url(shared, "v9", end)).status == 404
    assert site.post("editor", url(shared, "v9", end), name="x", description="").status == 404


def test_a_private_dataset_does_not_exist(site, history):
    history.patch(private=True)
    for path in (url(history), url(history, "new"), url(history, "v1", "edit")):
        assert site.get("other", path).status == 404


@pytest.mark.ckan_config("WTF_CSRF_ENABLED", True)
def test_forms_of_other_sites_are_refused(make_app, history, users):
    factories.Sysadmin(name=f"admin-of-{history.name}", password="long-enough")
    site = Site(make_app().test_client(), {"editor": users["editor"]["token"]})  # one cookie jar
    edit = url(history, "v1", "edit")
    # who calls with a token needs no protection, nor does it unprotect anybody else
    assert site.post("editor", edit, name="v1", description="By token").status == 200
    site.post("nobody", "/user/login", login=f"admin-of-{history.name}", password="long-enough")
    form = site.get("cookie", edit).content.select_one("form[method=post]")
    token = form.select_one("input[name=_csrf_token]")["value"]
    revert = f"/dataset/{history.name}/revert/v1"
    for path in (url(history, "new"), edit, url(history, "v1", "delete"), revert):
        page = site.post("cookie", path, name="v9", description="", ref="head")
        assert (page.status, "CSRF" in page.html) == (400, True), path
    assert tags(history)["v1"].description == "By token"
    site.post("cookie", edit, name="v1", description="By cookie", _csrf_token=token)
    assert tags(history)["v1"].description == "By cookie"

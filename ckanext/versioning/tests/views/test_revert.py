"""Restoring a revision from a page: preview, confirmation, undo."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.versioning.metastore import Snapshot
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.tests.logic.api import as_site, make_history

SCRIPT = "<script>alert('x')</script>"


def url(history, ref="v1"):
    return f"/dataset/{history.name}/revert/{ref}"


def send(site, history, ref="v1", user="editor", **data):
    """Confirm what the preview showed."""
    page = site.get(user, url(history, ref + ("?full=1" if "full" in data else "")))
    head = page.content.select_one("input[name=head]")["value"]
    return site.post(user, url(history, ref), **{"head": head, **data})


class TestPreview:
    def test_what_changes(self, site, shared):
        page = site.get("editor", url(shared))
        assert page.row("Title") == ["Three", "Two"]
        heads = [cell.text for cell in page.content.select("thead th")]
        assert heads == ["Field", "Now", "Restored"]

    def test_looking_changes_nothing(self, site, shared):
        before = shared.ids
        site.get("editor", url(shared))
        assert shared.ids == before

    def test_what_is_left_alone(self, site, history):
        history.patch(private=True)
        page = site.get("editor", url(history))
        assert [item.text for item in page.content.select("#versioning-left-alone ~ ul li")] == [
            "Visibility"
        ]
        full = site.get("editor", url(history) + "?full=1")
        assert full.row("Visibility") == ["Private", "Public"]

    def test_resources_that_come_back(self, site, history):
        history.patch(resources=[])
        page = site.get("editor", url(history))
        assert "+ added: prices CSV" in page.text

    def test_the_newest_may_hold_a_data_package_only(self, site, history):
        store = get_metastore()
        store.dataset_update(history.id, Snapshot({"name": history.name, "resources": []}, None))
        page = send(site, history)
        assert page.status == 200
        assert history.show()["title"] == "Two"
        assert site.get("editor", url(history, "head~1")).status == 404

    def test_nothing_to_restore(self, site, shared):
        page = site.get("editor", url(shared, "head"))
        assert "has this content already" in page.text
        assert not page.content.select("button[type=submit]")


class TestRestoring:
    def test_with_a_reason_and_a_way_back(self, site, history):
        before = history.ids[-1]
        page = send(site, history, message=f"Wrong {SCRIPT}")
        assert page.status == 200
        assert history.show()["title"] == "Two"
        made = history.revisions[-1]
        assert (made.info.action, made.info.message) == ("revert", f"Wrong {SCRIPT}")
        see, undo = (link["href"] for link in page.flashes.select("a[href]"))
        assert see.endswith(f"/dataset/{history.id}/revision/{made.id}")
        assert f"/dataset/{history.id}/revert/{before}" in undo
        assert SCRIPT not in page.html
        preview = site.get("editor", undo)
        assert preview.row("Title") == ["Two", "Three"]
        assert preview.content.select_one("textarea").text.strip() == f"Undo: Wrong {SCRIPT}"
        assert SCRIPT not in preview.html

    def test_undo_brings_all_of_it_back(self, site, history):
        history.patch(notes="Third", resources=[])
        head = history.ids[-1]
        send(site, history)
        send(site, history, head)
        shown = history.show()
        assert (shown["title"], shown["notes"], shown["resources"]) == ("Three", "Third", [])

    def test_undo_takes_back_who_sees_it_as_well(self, site, history):
        history.patch(private=True)
        page = send(site, history, full="1")
        assert history.show()["private"] is False
        _, undo = (link["href"] for link in page.flashes.select("a[href]"))
        preview = site.get("editor", undo)
        assert preview.row("Visibility") == ["Public", "Private"]
        form = preview.content.select_one("form[method=post]")
        data = {field["name"]: field["value"] for field in form.select("input[value]")}
        site.post("editor", form["action"], **data)
        assert history.show()["private"] is True

    @pytest.mark.parametrize("full", [{}, {"full": "1"}])
    def test_a_long_reason_fits_the_cookie(self, site, history, full):
        page = site.get("editor", url(history))
        head = page.content.select_one("input[name=head]")["value"]
        reason = "理" * 1200 + "\nand more"
        page = site.post("editor", url(history), follow=False, head=head, message=reason, **full)
        assert history.revisions[-1].info.message == reason
        cookies = page.headers.getlist("Set-Cookie")
        assert cookies
        assert max(map(len, cookies)) < 2000

    def test_an_undo_repeats_the_beginning_of_the_reason(self, site, history):
        page = send(site, history, message="理" * 21 + "\nand more")
        _, undo = (link["href"] for link in page.flashes.select("a[href]"))
        assert parse_qs(urlsplit(undo).query)["message"] == ["Undo: " + "理" * 20 + "…"]

    def test_it_restores_what_was_shown(self, site, history):
        history.patch(private=True)
        for path in (url(history), url(history) + "?full=1"):
            page = site.get("editor", path)
            addresses = [page.content.select_one("form[method=post]")["action"]]
            addresses += [link for link in page.links if "/revert/" in link]
            assert len(addresses) == 2
            for address in addresses:
                assert urlsplit(address).path == url(history, history.ids[1])

    def test_a_version_that_plain_git_named(self, site, history):
        made = history.revisions[1]
        get_metastore().backend.tag_create(
            history.id,
            "release/1",
            made.id,
            description="",
            author=made.info.author,
            time=made.info.time,
        )
        assert site.get("editor", url(history, "release/1")).row("Title") == ["Three", "Two"]

    def test_where_it_lives_only_when_asked(self, site, history):
        history.patch(private=True)
        send(site, history)
        assert history.show()["private"] is True
        send(site, history, full="1")
        assert history.show()["private"] is False

    def test_what_changed_meanwhile_is_shown_first(self, site, history):
        page = site.get("editor", url(history))
        head = page.content.select_one("input[name=head]")["value"]
        history.patch(title="Four")
        page = site.post("editor", url(history), head=head, message="Kept")
        assert page.status == 409
        assert page.row("Title") == ["Four", "Two"]
        assert page.content.select_one("textarea").text.strip() == "Kept"
        assert "has changed since" in page.flashes.text
        assert history.show()["title"] == "Four"

    def test_what_is_refused_is_said_and_the_reason_kept(self, site, shared):
        page = send(site, shared, message="Wrong\0 prices")
        assert page.status == 400
        assert "NUL" in page.content.select_one(".error-explanation").text
        assert page.content.select_one("textarea").text.strip().startswith("Wrong")
        assert page.row("Title") == ["Three", "Two"]
        assert shared.show()["title"] == "Three"

    def test_an_organization_that_is_gone(self, site, organization, sysadmin):
        history = make_history(factories.Organization(title="Gone"))
        history.patch(owner_org=organization["id"])
        first = history.revisions[0]
        gone = history.dataset["owner_org"]
        call_action("organization_delete", context=as_site(), id=gone)
        page = site.get("sysadmin", url(history, first.id) + "?full=1")
        assert page.status == 409
        assert "This version can't be restored" in page.text
        assert "is deleted" in page.text


class TestRefused:
    @pytest.mark.parametrize("user", ["anonymous", "other", "member"])
    def test_who_may_not_edit(self, site, shared, user):
        before = shared.ids
        assert site.get(user, url(shared)).status == 403
        assert site.post(user, url(shared), head=before[-1]).status == 403
        assert shared.ids == before

    def test_a_private_dataset_does_not_exist(self, site, history):
        history.patch(private=True)
        assert site.get("other", url(history)).status == 404

    def test_what_is_no_revision(self, site, shared):
        assert site.get("editor", url(shared, "v9")).status == 404
        assert site.get("editor", url(shared, "head~x")).status == 400
        assert site.post("editor", url(shared, "0123456789"), head="x").status == 404

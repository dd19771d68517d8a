"""Datasets and resources as they were."""

from __future__ import annotations

import json
from hashlib import sha256

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories
from ckan.tests.helpers import call_action
from flask_babel import force_locale

from ckanext.versioning.metastore import Change, Snapshot, Visibility
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.tests.files.kept import File
from ckanext.versioning.tests.logic.api import History, as_site, make_history
from ckanext.versioning.tests.views.pages import Site
from ckanext.versioning.tests.views.test_download import make_upload

MARKUP = "<script>alert(1)</script>"


def path(history, ref, *more):
    return "/".join(["/dataset", history.name, "revision", ref, *more])


def hrefs(page):
    """Return where the page leads, but for CKAN's header and footer."""
    return [link["href"] for link in page.soup.select("#content a[href]")]


def banner(page):
    return " ".join(page.soup.select_one(".versioning-banner").text.split())


class TestDataset:
    def test_it_is_shown_as_it_was(self, site, shared, users):
        page = site.get("anonymous", path(shared, shared.ids[1]))
        assert page.status == 200
        assert page.soup.h1.text.strip() == "Two"
        assert page.soup.select_one(".notes").text.strip() == "Second"
        assert "version v1" in banner(page)
        assert "has changed since" in banner(page)
        assert shared.ids[1][:8] in banner(page)
        revision = shared.revisions[1]
        assert revision.info.message in banner(page)
        assert page.soup.select_one(".versioning-banner time")["datetime"].startswith(
            revision.info.time.strftime("%Y-%m-%dT%H:%M:%S")
        )

    @pytest.mark.parametrize("ref", ["v1", "head~1", "prefix", "instant"])
    def test_references(self, site, shared, ref):
        second = shared.revisions[1]
        refs = {"prefix": second.id[:7], "instant": second.info.time.isoformat()}
        page = site.get("anonymous", path(shared, refs.get(ref, ref).replace("+", "%2B")))
        assert page.soup.h1.text.strip() == "Two"

    def test_a_tag_with_a_slash(self, site, shared):
        backend, revision = get_metastore().backend, shared.revisions[0]
        # as plain git makes them
        backend.tag_create(
            shared.id,
            "release/1",
            revision.id,
            description="",
            author=revision.info.author,
            time=revision.info.time,
        )
        assert site.get("anonymous", path(shared, "release/1")).soup.h1.text.strip() == "One"
        assert site.get("anonymous", path(shared, "release/1", "dataset.json")).status == 200
        backend.tag_delete(shared.id, "release/1")

    def test_the_latest_is_said_to_be_so(self, site, shared):
        page = site.get("editor", path(shared, "head"))
        assert "It is the latest" in banner(page) or "the latest version" in banner(page)
        assert f"/dataset/{shared.name}/revert/{shared.ids[2]}" not in hrefs(page)
        assert page.soup.select_one(".versioning-banner-latest")

    def test_search_engines_are_led_to_the_dataset(self, site, shared):
        page = site.get("anonymous", path(shared, "v1"))
        canonical = page.soup.select_one("link[rel=canonical]")["href"]
        assert canonical == f"http://test.ckan.net/dataset/{shared.name}"

    def test_where_one_can_go_from_there(self, site, shared):
        first, second, third = shared.ids
        found = hrefs(site.get("anonymous", path(shared, second)))
        assert f"/dataset/{shared.name}" in found
        assert path(shared, first) in found
        assert path(shared, third) in found
        assert f"/dataset/{shared.name}/compare/{second}...head" in found
        assert f"/dataset/{shared.name}/compare/{first}...{second}" in found
        assert f"/dataset/{shared.name}/revert/{second}" not in found
        assert f"/dataset/{shared.name}/versions/new?ref={second}" not in found

    def test_editors_restore_and_name_it(self, site, shared):
        found = hrefs(site.get("editor", path(shared, "v1")))
        assert f"/dataset/{shared.name}/revert/{shared.ids[1]}" in found
        assert f"/dataset/{shared.name}/versions/new?ref={shared.ids[1]}" in found

    def test_nothing_acts_on_the_dataset_of_today(self, site, shared):
        (resource,) = shared.dataset["resources"]
        page = site.get("sysadmin", path(shared, "v1"))
        found = " ".join(hrefs(page))
        for today in ("/edit", "/follow", "/resource/new", "/views", "/groups", "/activity"):
            assert f"/dataset/{shared.name}{today}" not in found
            assert f"/dataset{today}/" not in found
        assert f"/dataset/{shared.name}/resource/" not in found
        assert not page.soup.select("#content form, #content [hx-post], #content .follow_button")
        assert path(shared, shared.ids[1], "resource", resource["id"]) in found

    def test_downloads(self, site, shared):
        page = site.get("anonymous", path(shared, "v1"))
        for name in ("datapackage.json", "dataset.json", "archive.zip"):
            assert path(shared, shared.ids[1], name) in hrefs(page)
        package = json.loads(site.get("anonymous", path(shared, "v1", "datapackage.json")).html)
        assert (package["name"], package["title"]) == (shared.name, "Two")
        answer = site.get("anonymous", path(shared, "v1", "dataset.json"))
        assert json.loads(answer.html)["title"] == "Two"
        assert answer.headers["Content-Type"].startswith("application/json")
        assert "attachment" in answer.headers["Content-Disposition"]

    def test_by_id_and_after_a_rename(self, site, history):
        name = f"{history.name}-renamed"
        history.patch(name=name)
        for dataset in (history.id, name):
            page = site.get("anonymous", f"/dataset/{dataset}/revision/v1")
            assert page.soup.h1.text.strip() == "Two"
            assert f"/dataset/{name}" in hrefs(page)

    def test_values_are_escaped(self, site, history):
        history.patch(title=MARKUP, notes=MARKUP, revision_message=MARKUP)
        (resource,) = history.show()["resources"]
        history.patch(resources=[{**resource, "name": MARKUP, "description": MARKUP}])
        for more in ((), ("resource", resource["id"])):
            page = site.get("editor", path(history, "head", *more))
            assert page.status == 200
            assert MARKUP not in page.html
            assert "alert(1)" in page.html


@pytest.mark.ckan_config("ckan.plugins", "versioning scheming_datasets scheming_nerf_index")
@pytest.mark.ckan_config("scheming.dataset_schemas", "ckanext.versioning.tests:real_schema.yaml")
def test_custom_fields_are_shown_by_their_schema(app, versioning):
    context = as_site()
    dataset = call_action(
        "package_create",
        context=context,
        name=factories.Dataset.stub().name,
        title="One",
        spatial="Berlin",
        contact_points=[{"name": "Ann", "email": "ann@example.org"}],
        resources=[{"name": "prices", "url": "http://example.com/prices.csv", "path": "p.csv"}],
    )
    history = History(dataset)
    history.patch(spatial="Paris", contact_points=[])
    site = Site(app)
    page = site.get("anonymous", path(history, history.ids[0]))
    shown = " ".join(page.soup.select_one(".additional-info").text.split())
    assert "Berlin 1 Ann ann@example.org" in shown  # repeating subfields, as only scheming does
    (resource,) = dataset["resources"]
    page = site.get("anonymous", path(history, history.ids[0], "resource", resource["id"]))
    assert "p.csv" in page.soup.select_one("#content table").text


class TestHidden:
    @pytest.fixture
    def hidden(self, history):
        """The id of a revision from when the dataset was private."""
        history.patch(private=True, title="Secret")
        revision = history.ids[-1]
        history.patch(private=False, title="Shown")
        return revision

    def test_only_editors_see_what_was_private(self, site, history, hidden):
        (resource,) = history.dataset["resources"]
        for more in ((), ("resource", resource["id"]), ("dataset.json",), ("datapackage.json",)):
            page = site.get("anonymous", path(history, hidden, *more))
            assert page.status == 404
            assert "Secret" not in page.html
            assert site.get("editor", path(history, hidden, *more)).status == 200
        assert "it was not public" in banner(site.get("editor", path(history, hidden)))

    @pytest.mark.parametrize("change", [{"private": True}, {"state": "deleted"}])
    def test_hidden_datasets_have_no_past(self, site, history, change):
        history.patch(**change)
        page = site.get("anonymous", path(history, history.ids[0]))
        assert page.status == 404
        assert "One" not in page.html
        assert site.get("editor", path(history, history.ids[0])).status == 200

    def test_where_portals_reveal_private_datasets(self, site, history, monkeypatch, ckan_config):
        monkeypatch.setitem(ckan_config, "ckan.auth.reveal_private_datasets", True)
        history.patch(private=True)
        assert site.get("other", path(history, history.ids[0])).status == 403
        away = site.get("anonymous", path(history, history.ids[0]), follow=False)
        assert away.status == 302
        assert "/user/login" in away.headers["Location"]


class TestMembers:
    """They see the dataset, but nothing of its past that was not public."""

    def test_what_was_public_is_not_the_latest(self, site, organization):
        history = make_history(organization, title="Public one")
        get_metastore().tag_create(history.id, "v1")
        history.patch(private=True, title="Private two")
        page = site.get("member", f"/dataset/{history.name}")
        assert "Private two" in page.soup.select_one(".primary h1").text
        assert not page.soup.select(".primary h1 .versioning-tag, .primary h1 ~ .versioning-tag")
        box = page.soup.select_one(".versioning-versions")
        assert "v1" in box.text
        assert not box.select(".versioning-latest")
        past = site.get("member", f"/dataset/{history.name}/revision/v1")
        assert "It is the latest" not in banner(past)
        assert "The dataset has changed since" in banner(past)
        assert not [link for link in hrefs(past) if link.endswith("...head")]
        listed = site.get("member", f"/dataset/{history.name}/history")
        assert not listed.content.select(".versioning-line .versioning-latest")

    def test_the_latest_is_so_while_the_dataset_is_public(self, site, organization):
        history = make_history(organization)
        get_metastore().tag_create(history.id, "v1")
        for user in ("member", "editor"):
            page = site.get(user, f"/dataset/{history.name}")
            assert page.soup.select(".primary h1 .versioning-tag, .primary h1 ~ .versioning-tag")
            assert page.soup.select(".versioning-versions .versioning-latest")

    def test_nothing_leads_to_a_history_that_never_was_public(self, site, organization):
        history = make_history(organization, private=True)
        for user, count in (("member", 0), ("editor", 1)):
            page = site.get(user, f"/dataset/{history.name}")
            tabs = page.soup.select(f'.page-header a[href="/dataset/{history.name}/history"]')
            assert len(tabs) == count
            assert len(page.soup.select('link[rel="version-history"]')) == count
            assert ("version-history" in page.headers.get("Link", "")) == bool(count)
        page = site.get("member", f"/dataset/{history.name}/history")
        assert page.status == 404
        assert "has no history that you may see" in page.text
        assert "ckan versioning" not in page.html


class TestErrors:
    @pytest.mark.parametrize(
        ("ref", "status"),
        [
            ("0" * 40, 404),
            ("abcdef1234", 404),
            ("v9", 404),
            ("head~99", 404),
            ("1999-01-01", 400),
            ("2999-01-01", 400),
            ("a..b", 400),
            ("%FF", 400),
            ("x" * 300, 400),
        ],
    )
    def test_references_that_name_nothing(self, site, shared, ref, status):
        page = site.get("anonymous", path(shared, ref))
        assert page.status == status
        assert f"/dataset/{shared.name}/history" in page.links
        assert len(page.text) > 40

    def test_an_ambiguous_one(self, site, shared, monkeypatch):
        monkeypatch.setattr(
            type(get_metastore().backend), "find", lambda *args: [shared.ids[0], shared.ids[1]]
        )
        page = site.get("editor", path(shared, "abcdef1"))
        assert page.status == 400
        assert "2 changes start so" in page.text

    def test_a_reason_is_told_in_the_language_of_the_page(self, site, shared, app):
        page = site.get("anonymous", f"/de{path(shared, '9999-01-01')}")
        assert page.status == 400
        with app.flask_app.test_request_context(), force_locale("de"):
            reason = str(tk._("it is in the future"))
            expected = tk._('"{ref}" names no version: {reason}')
        assert expected.format(ref="9999-01-01", reason=reason) in page.text
        assert "Invalid" not in page.text

    def test_no_such_dataset(self, site, shared):
        page = site.get("anonymous", "/dataset/no-such-dataset/revision/head")
        assert page.status == 404
        assert "/history" not in " ".join(page.links)

    def test_a_purged_dataset(self, site, history):
        call_action("dataset_purge", context=as_site(), id=history.id)
        assert site.get("sysadmin", path(history, "head")).status == 404

    def test_one_that_was_not_recorded_from_ckan(self, site, history):
        store = get_metastore()
        document = {"name": history.name, "resources": []}
        store.dataset_update(history.id, Snapshot(document), Change(visibility=Visibility()))
        page = site.get("anonymous", path(history, "head"))
        assert page.status == 404
        assert "data package only" in page.text
        answer = site.get("anonymous", path(history, "head", "datapackage.json"))
        assert json.loads(answer.html)["name"] == history.name


class TestWhatIsGoneToday:
    def test_the_organization(self, site, users):
        editors = [{"name": users["editor"]["name"], "capacity": "admin"}]
        gone, other = (factories.Organization(users=editors) for _ in range(2))
        history = make_history(gone, title="One", resources=[{"name": "prices"}])
        history.patch(owner_org=other["id"], title="Two")
        for action in ("organization_delete", "organization_purge"):
            call_action(action, context=as_site(), id=gone["id"])
            page = site.get("anonymous", path(history, history.ids[0]))
            assert page.status == 200
            assert gone["title"] in page.html

    def test_the_type(self, site, history):
        store = get_metastore()
        document = {**store.dataset_read(history.id).document, "type": "forgotten"}
        package = {"name": history.name, "resources": []}
        store.dataset_update(
            history.id, Snapshot(package, document), Change(visibility=Visibility())
        )
        assert site.get("anonymous", path(history, "head")).status == 200

    def test_a_resource(self, site, history):
        (resource,) = history.dataset["resources"]
        history.patch(resources=[])
        page = site.get("anonymous", path(history, "v1", "resource", resource["id"]))
        assert page.status == 200
        assert "was removed from the dataset since" in page.html
        assert f"/dataset/{history.name}" in hrefs(page)
        assert (
            site.get("anonymous", path(history, "head", "resource", resource["id"])).status == 404
        )


class TestResource:
    @pytest.fixture
    def upload_of_two(self, organization, tmp_path):
        """A resource with two files, one after the other; and the bytes of the first."""
        old = b"year\n1\n"
        files = File("prices.csv", old), File("prices.csv", b"new")
        return make_upload(tmp_path, *files), old

    @pytest.fixture
    def renamed(self, history):
        """The dataset of ``history``, its resource's name and address changed since."""
        (resource,) = history.dataset["resources"]
        new = {**resource, "name": "rates", "url": "http://example.com/rates.csv"}
        history.patch(resources=[new])
        return history

    def test_it_is_shown_as_it_was(self, site, renamed):
        (resource,) = renamed.dataset["resources"]
        page = site.get("sysadmin", path(renamed, "v1", "resource", resource["id"]))
        assert page.soup.select_one("h1").text.strip() == "prices"
        assert "http://example.com/prices.csv" in hrefs(page)
        assert "rates" not in page.soup.select_one("#content").text
        assert "version v1" in banner(page)
        found = " ".join(hrefs(page))
        assert f"/resource/{resource['id']}/edit" not in found
        assert f"/resource/{resource['id']}/views" not in found
        # the way to the one of today, and no other
        today = f"/dataset/{renamed.name}/resource/{resource['id']}"
        assert [link for link in hrefs(page) if link == today] == [today]
        assert page.soup.select_one("link[rel=canonical]")["href"].endswith(renamed.name)

    def test_an_unknown_one(self, site, shared):
        page = site.get("anonymous", path(shared, "v1", "resource", "unknown"))
        assert page.status == 404
        assert "no such resource" in page.text

    def test_the_file_of_that_time_is_offered(self, site, upload_of_two):
        upload, old = upload_of_two
        address = f"/dataset/{upload.dataset['name']}/revision/{upload.old}/resource"
        page = site.get("anonymous", f"{address}/{upload.resource}")
        downloads = {link for link in hrefs(page) if "/download/" in link}
        assert [link.rpartition("/dataset/")[2] for link in downloads] == [
            f"{upload.dataset['id']}/revision/{upload.old}/resource/{upload.resource}"
            "/download/prices.csv"
        ]
        facts = [fact.text for fact in page.soup.select(".versioning-facts dd")]
        assert facts == ["prices.csv", "7 bytes", f"sha256:{sha256(old).hexdigest()}"]
        assert "versioning file" not in page.soup.text.lower()

    def test_an_upload_that_was_not_kept_is_not_offered(self, site, history):
        """What CKAN would serve is the file of today."""
        store = get_metastore()
        document = store.dataset_read(history.id).document
        (resource,) = document["resources"]
        document["resources"] = [{**resource, "url_type": "upload", "url": "prices.csv"}]
        package = {"name": history.name, "resources": []}
        store.dataset_update(
            history.id, Snapshot(package, document), Change(visibility=Visibility())
        )
        for more in ((), ("resource", resource["id"])):
            page = site.get("anonymous", path(history, "head", *more))
            assert page.status == 200
            assert "/download/" not in " ".join(hrefs(page))
        assert "was not kept" in page.html

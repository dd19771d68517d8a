"""The list of a dataset's revisions, and what the dataset's own page says of it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest
from ckan.tests import factories

from ckanext.versioning.metastore import BackendUnavailable, Change, Snapshot, Visibility
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.tests.logic.api import make_history

MARKUP = "<script>alert(1)</script>"


def add(history, title, **change):
    """Record a change that CKAN was not asked for, which is quicker."""
    store = get_metastore()
    document = store.dataset_read(history.id).document
    snapshot = Snapshot({"name": history.name, "resources": []}, {**document, "title": title})
    return store.dataset_update(history.id, snapshot, Change(**change)).id


def listed(page):
    """Return the positions of the revisions on a page, oldest 0."""
    return [line["id"].removeprefix("change-") for line in page.content.select(".versioning-line")]


def short(*ids):
    return [id[:8] for id in ids]


def path(history, **query):
    return f"/dataset/{history.name}/history" + (
        "?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else ""
    )


class TestList:
    def test_a_line(self, site, history, users):
        add(history, "Four", message="Why not")
        page = site.get("anonymous", path(history))
        assert listed(page) == short(*reversed(history.ids))
        newest, _, tagged, first = page.content.select(".versioning-line")
        assert newest.select_one(".versioning-message").text == "Why not"
        assert "Latest" in newest.text
        assert "~Changed: Title" in " ".join(newest.text.split())
        assert newest.time["datetime"].endswith("Z")
        assert tagged.select_one(".versioning-tag").text.strip() == "v1"
        assert f"/dataset/{history.name}/revision/v1" in [a["href"] for a in tagged.select("a")]
        assert "+Added: 1 resource: prices" in " ".join(first.text.split())
        assert "4 changes" in page.text

    def test_days_are_those_of_the_portal(self, site, history, monkeypatch, ckan_config):
        monkeypatch.setitem(ckan_config, "ckan.display_timezone", "Pacific/Auckland")
        late = datetime(2031, 5, 1, 23, tzinfo=timezone.utc)
        add(history, "Four", time=late)
        add(history, "Five", time=late + timedelta(minutes=1))
        days = site.get("anonymous", path(history)).content.select(".versioning-day")
        assert days[0].text == "Friday, May 2, 2031"
        assert len(days) == 2

    def test_what_one_can_do_depends_on_ones_rights(self, site, shared):
        restore = f"/dataset/{shared.name}/revert/{shared.ids[0]}"
        name = f"/dataset/{shared.name}/versions/new?ref={shared.ids[0]}"
        compare = f"/dataset/{shared.name}/compare/{shared.ids[0]}...{shared.ids[1]}"
        reader = site.get("anonymous", path(shared))
        assert compare in reader.links
        assert not {restore, name} & set(reader.links)
        assert {restore, name, compare} <= set(site.get("editor", path(shared)).links)

    def test_nobody_else_sees_what_was_private(self, site, history):
        hidden = add(history, "Hidden", visibility=Visibility(private=True))
        shown = add(history, "Shown", visibility=Visibility())
        assert listed(site.get("anonymous", path(history))) == short(
            shown, *reversed(history.ids[:3])
        )
        page = site.get("editor", path(history))
        assert listed(page)[1] == hidden[:8]
        assert "Not public" in page.content.select(".versioning-line")[1].text

    def test_values_are_escaped(self, site, history):
        add(history, MARKUP, message=MARKUP)
        page = site.get("anonymous", path(history))
        assert MARKUP not in page.html
        assert MARKUP in page.text

    def test_two_are_chosen_to_compare(self, site, shared):
        form = site.get("anonymous", path(shared)).content.select_one("form.versioning-history")
        assert form["action"] == f"/dataset/{shared.name}/compare"
        for column, chosen in (("from", shared.ids[1]), ("to", shared.ids[2])):
            radios = form.select(f"input[name={column}]")
            assert [radio["value"] for radio in radios] == shared.ids[::-1]
            assert [radio["value"] for radio in radios if radio.has_attr("checked")] == [chosen]

    def test_one_revision_alone_is_compared_with_nothing(self, site, organization):
        page = site.get("anonymous", path(make_history(organization)))
        assert len(listed(page)) == 1
        assert not page.content.select("input[type=radio]")


class TestPages:
    def test_older_ones_are_on_the_next_page(self, site, history):
        for number in range(20):
            add(history, f"Title {number}")
        first = site.get("anonymous", path(history))
        (older,) = [link["href"] for link in first.content.select("a[rel=next]")]
        second = site.get("anonymous", older)
        assert listed(first) + listed(second) == short(*reversed(history.ids))
        assert not second.content.select("a[rel=next]")
        assert [a["href"] for a in second.content.select("a[rel=first]")] == [path(history)]

    def test_filters_stay_on_the_next_page(self, site, history):
        for number in range(21):
            add(history, f"Title {number}")
        first = site.get("anonymous", path(history, changed="field:title"))
        (older,) = [link["href"] for link in first.content.select("a[rel=next]")]
        assert parse_qs(urlsplit(older).query)["field"] == ["title"]
        assert len(listed(site.get("anonymous", older))) == len(history.ids) - 20


class TestFilters:
    def test_tagged(self, site, shared):
        page = site.get("anonymous", path(shared, tagged="1"))
        assert listed(page) == short(shared.ids[1])
        assert page.content.select_one("#versioning-tagged").has_attr("checked")

    def test_of_a_field(self, site, shared):
        page = site.get("anonymous", path(shared, changed="field:notes"))
        assert listed(page) == short(shared.ids[1], shared.ids[0])
        chosen = page.content.select_one("#versioning-changed option[selected]")
        assert (chosen["value"], chosen.text) == ("field:notes", "Description")

    def test_of_a_resource(self, site, shared):
        (resource,) = shared.dataset["resources"]
        page = site.get("anonymous", path(shared, changed=f"resource:{resource['id']}"))
        assert listed(page) == short(shared.ids[0])
        assert page.content.select_one("#versioning-changed option[selected]").text == "prices"

    def test_by_date(self, site, history):
        in_june = add(history, "June", time=datetime(2031, 6, 30, 23, 30, tzinfo=timezone.utc))
        in_july = add(history, "July", time=datetime(2031, 7, 1, 0, 0, tzinfo=timezone.utc))
        assert listed(site.get("anonymous", path(history, since="2031-07-01"))) == short(in_july)
        june = path(history, since="2031-06-01", until="2031-06-30")
        assert listed(site.get("anonymous", june)) == short(in_june)

    @pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/Lima"])
    def test_dates_at_the_ends_of_the_calendar(self, site, shared, ckan_config, monkeypatch, zone):
        monkeypatch.setitem(ckan_config, "ckan.display_timezone", zone)
        for given in (
            "since=0001-01-01",
            "until=9999-12-31",
            "since=9999-12-31",
            "until=0001-01-01",
        ):
            page = site.get("anonymous", f"/dataset/{shared.name}/history?{given}")
            assert page.status in (200, 400), given
            if given == "until=9999-12-31":
                assert listed(page) == short(*shared.ids[::-1])

    def test_a_date_is_one_of_the_portal(self, site, history, monkeypatch, ckan_config):
        monkeypatch.setitem(ckan_config, "ckan.display_timezone", "Pacific/Auckland")
        there = add(history, "June", time=datetime(2031, 6, 30, 12, 0, tzinfo=timezone.utc))
        assert listed(site.get("anonymous", path(history, since="2031-07-01"))) == short(there)
        assert there[:8] not in listed(site.get("anonymous", path(history, until="2031-06-30")))

    def test_nothing_found(self, site, shared):
        page = site.get("anonymous", path(shared, since="2031-01-01"))
        assert page.status == 200
        assert "No change is like that" in page.text

    @pytest.mark.parametrize("query", [{"since": "yesterday"}, {"before": "a..b"}])
    def test_what_can_not_be_meant(self, site, shared, query):
        page = site.get("anonymous", path(shared, **query))
        assert page.status == 400
        assert "can't be understood" in page.text

    def test_links_to_feed_and_json_have_the_filters(self, site, shared):
        page = site.get("anonymous", path(shared, changed="field:title"))
        assert f"/dataset/{shared.name}/history.atom?field=title" in page.links
        assert f"/dataset/{shared.name}/history.json?field=title" in page.links


class TestAddresses:
    def test_by_id_and_after_a_rename(self, site, history):
        old = history.name
        history.patch(name=f"{old}-renamed")
        for name in (history.id, f"{old}-renamed"):
            assert len(listed(site.get("anonymous", f"/dataset/{name}/history"))) == 4

    def test_no_such_dataset(self, site, history):
        page = site.get("anonymous", "/dataset/no-such-dataset/history")
        assert page.status == 404
        assert "Not found" in page.text

    @pytest.mark.parametrize("change", [{"private": True}, {"state": "deleted"}])
    def test_hidden_datasets_are_not_there(self, site, history, change):
        history.patch(**change)
        page = site.get("anonymous", path(history))
        assert page.status == 404
        assert "Two" not in page.html
        assert site.get("editor", path(history)).status == 200

    def test_an_unknown_cursor(self, site, shared):
        page = site.get("anonymous", path(shared, before="0" * 40))
        assert page.status == 404
        assert f"/dataset/{shared.name}/history" in page.links

    def test_storage_that_is_away(self, site, shared, monkeypatch):
        def away(*args, **kwargs):
            raise BackendUnavailable("git", "unplugged")

        monkeypatch.setattr(type(get_metastore().backend), "head", away)
        assert site.get("anonymous", path(shared)).status == 503


class TestDatasetPage:
    def test_it_leads_to_the_history(self, site, shared):
        page = site.get("anonymous", f"/dataset/{shared.name}")
        tabs = {a["href"]: a.text.strip() for a in page.soup.select(".page-header a")}
        assert tabs[f"/dataset/{shared.name}/history"] == "History (3)"

    def test_it_names_the_newest_versions(self, site, shared):
        box = site.get("anonymous", f"/dataset/{shared.name}").soup.select_one(
            ".versioning-versions"
        )
        assert [a.text for a in box.select(".versioning-tag")] == ["v1"]
        assert f"/dataset/{shared.name}/versions" in [a["href"] for a in box.select("a")]
        assert f"/dataset/{shared.name}/versions/new" not in [a["href"] for a in box.select("a")]

    def test_editors_may_name_the_current_one(self, site, shared):
        page = site.get("editor", f"/dataset/{shared.name}")
        assert f"/dataset/{shared.name}/versions/new" in page.html

    def test_the_current_version_stands_at_the_title(self, site, history):
        address = f"/dataset/{history.name}"
        title = site.get("anonymous", address).soup.select_one(".primary h1")
        assert title.text.split() == ["Three"]
        get_metastore().tag_create(history.id, "v2")
        title = site.get("anonymous", address).soup.select_one(".primary h1")
        assert title.text.split() == ["Three", "v2"]

    def test_it_does_not_walk_through_the_history(self, site, history, monkeypatch):
        """What was counted before stays counted: the cost is that of the new changes."""
        site.get("anonymous", f"/dataset/{history.name}")
        add(history, "Four")
        newest, walked = set(history.ids[-2:]), set()
        backend = type(get_metastore().backend)
        log = backend.log

        def watched(*args, **kwargs):
            for revision in log(*args, **kwargs):
                walked.add(revision.id)
                yield revision

        monkeypatch.setattr(backend, "log", watched)
        assert "History (4)" in site.get("anonymous", f"/dataset/{history.name}").html
        assert walked == newest

    def test_without_a_history_it_is_as_ever(self, site, history):
        get_metastore().dataset_purge(history.id)
        page = site.get("editor", f"/dataset/{history.name}")
        assert page.status == 200
        assert not page.soup.select(".versioning-versions")

    def test_a_draft_has_no_history_yet(self, site, organization, users):
        draft = factories.Dataset(owner_org=organization["id"], state="draft")
        page = site.get("editor", f"/dataset/{draft['name']}")
        assert "version-history" not in page.headers.get("Link", "") + page.html
        assert page.status == 200
        assert f"/dataset/{draft['name']}/history" not in [
            a["href"] for a in page.soup.select(".page-header a")
        ]

    def test_nor_does_storage_that_is_away_hinder_it(self, site, shared, monkeypatch):
        def away(*args, **kwargs):
            raise BackendUnavailable("git", "unplugged")

        monkeypatch.setattr(type(get_metastore().backend), "head", away)
        page = site.get("anonymous", f"/dataset/{shared.name}")
        assert page.status == 200
        assert page.soup.select_one(".primary h1").text.split() == ["Three"]

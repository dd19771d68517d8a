"""Comparing two revisions on a page."""

from __future__ import annotations

import json
import time

import jsonpatch
import pytest
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.versioning.metastore import BackendUnavailable, MetaStore
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.tests.files.kept import File, record
from ckanext.versioning.tests.logic.api import as_site, make_history

SCRIPT = "<script>alert('x')</script>"
MINUS = "\N{MINUS SIGN}"
SCHEMA = {
    "fields": [{"name": "day", "type": "date"}, {"name": "price", "type": "number"}],
    "primaryKey": "day",
}


@pytest.fixture
def changed(organization, made):
    """A dataset of two revisions with a change of each kind; the tag ``1.0`` names the first.

    Made once: nothing here changes it.
    """
    if "changed" not in made:
        made["changed"] = make_changed(organization)
    return made["changed"]


def make_changed(organization):
    prices = {"name": "prices", "url": "http://example.com/p.csv", "format": "CSV", "size": 2048}
    history = make_history(
        organization,
        title="Gold",
        notes="Monthly prices of gold in London, in US dollars per ounce.",
        license_id="cc-by",
        tags=[{"name": "gold"}, {"name": "london"}],
        extras=[{"key": "Spatial", "value": "World"}],
        resources=[
            {**prices, "schema": SCHEMA, "hash": "sha256:" + "ab" * 32},
            {"name": "readme", "url": "http://example.com/readme.md"},
            {"name": "old", "url": "http://example.com/old.csv", "format": "CSV"},
        ],
    )
    get_metastore().tag_create(history.id, "1.0", "head")
    first, second, _ = history.dataset["resources"]
    fields = [{"name": "day", "type": "datetime"}, {"name": "note", "type": "string"}]
    history.patch(
        title=SCRIPT,
        notes="Daily prices of gold in London, in US dollars per ounce. <b>New</b>",
        license_id="odc-by",
        tags=[{"name": "gold"}, {"name": "daily"}],
        extras=[{"key": "Spatial", "value": "Europe"}, {"key": "Method", "value": SCRIPT}],
        resources=[
            {**second, "name": "README"},
            {**first, "schema": {**SCHEMA, "fields": fields}},
            {"name": SCRIPT, "url": "http://example.com/new.xlsx", "format": "XLSX"},
        ],
    )
    return history


def compare(history, a="head~1", b="head", **end):
    return f"/dataset/{history.name}/compare/{a}...{b}" + "".join(end.values())


class TestMetadata:
    def test_each_field_has_a_readable_label_and_both_sides(self, site, changed):
        page = site.get("editor", compare(changed))
        assert page.status == 200
        assert page.row("Title") == ["Gold", SCRIPT]
        assert page.row("License") == [
            "Creative Commons Attribution",
            "Open Data Commons Attribution License",
        ]
        assert page.row("Spatial") == ["World", "Europe"]
        assert page.row("Method") == ["empty", SCRIPT]

    def test_words_that_changed_in_a_long_text_are_marked(self, site, changed):
        page = site.get("editor", compare(changed)).content
        assert "Monthly" in [item.text for item in page.select(".versioning-from del")]
        added = [item.text for item in page.select(".versioning-to ins")]
        assert "Daily" in added
        assert not any("ounce" in text for text in added)

    def test_members_of_a_list_come_and_go(self, site, changed):
        page = site.get("editor", compare(changed))
        assert page.row("Tags") == [f"removed: {MINUS} london added: + daily"]

    def test_nothing_of_a_dataset_is_markup(self, site, changed):
        page = site.get("editor", compare(changed))
        assert SCRIPT not in page.html
        assert "<b>New" not in page.html

    def test_a_group_and_an_organization_have_names(self, site, organization, sysadmin):
        group = factories.Group(title="Precious metals")
        other = factories.Organization(title="Central bank")
        history = make_history(organization)
        history.patch(groups=[{"id": group["id"]}], owner_org=other["id"])
        page = site.get("sysadmin", compare(history))
        assert page.row("Groups") == ["added: + Precious metals"]
        assert page.row("Organization") == [organization["title"], "Central bank"]

    def test_who_sees_it_is_told_in_words(self, site, history):
        history.patch(private=True)
        assert site.get("editor", compare(history)).row("Visibility") == ["Public", "Private"]

    def test_a_list_of_texts_shows_what_came_and_went(self, site, organization):
        history = make_history(
            organization, resources=[{"url": "http://example.com", "languages": ["de", "en"]}]
        )
        (resource,) = history.dataset["resources"]
        history.patch(resources=[{**resource, "languages": ["fr", "de"]}])
        page = site.get("editor", compare(history))
        assert page.row("Languages") == [f"removed: {MINUS} en added: + fr"]


class TestResources:
    def test_what_happened_to_each(self, site, changed):
        page = site.get("editor", compare(changed))
        listed = [
            " ".join(item.text.split()) for item in page.content.select(".versioning-resources li")
        ]
        assert listed == [f"{MINUS} removed: old CSV", f"+ added: {SCRIPT} XLSX"]
        readme, prices = page.content.select("details.versioning-resource")
        assert [item.text for item in readme.select("h3 del, h3 ins")] == ["readme", "README"]
        assert "renamed" in readme.text
        facts = " ".join(prices.summary.text.split())
        assert "CSV" in facts
        assert "2 KiB" in facts
        assert "abababababab" in facts

    def test_the_table_schema(self, site, changed):
        prices = site.get("editor", compare(changed)).content.select(".versioning-schema")[0]
        told = " ".join(prices.text.split())
        assert "Field added: note string" in told
        assert "Field removed: price number" in told
        assert "day type: date →to datetime" in told

    def test_one_that_moved(self, site, organization):
        names = ["a", "b", "c", "d"]
        history = make_history(
            organization,
            resources=[{"name": name, "url": f"http://example.com/{name}"} for name in names],
        )
        resources = history.dataset["resources"]
        history.patch(resources=[resources[3], *resources[:3]])
        (moved,) = site.get("editor", compare(history)).content.select("details")
        assert "moved from place 4 to 1" in moved.text
        assert "3 unchanged" in site.get("editor", compare(history)).text

    def test_values_that_no_form_lets_through(self, site, organization):
        url = "http://example.com"
        history = make_history(organization, resources=[{"url": url, "name": "a"}])
        (resource,) = history.dataset["resources"]
        odd = {"last_modified": "0001-01-01T00:00:00", "size": 10**12, "hash": "<b>:", "format": ""}
        history.patch(resources=[{**resource, **odd, "schema": "{", "description": "x" * 5000}])
        page = site.get("editor", compare(history))
        assert page.status == 200
        assert page.row("Table schema") == ["empty", "{"]

    def test_three_hundred_are_quick_and_folded(self, site, organization):
        resources = [
            {"name": f"file {n}", "url": f"http://example.com/{n}", "description": "old words"}
            for n in range(300)
        ]
        history = make_history(organization, resources=resources)
        history.patch(
            resources=[
                {**resource, "description": "new words"}
                for resource in history.dataset["resources"]
            ]
        )
        site.get("editor", compare(history))  # templates are compiled once
        started = time.process_time()
        page = site.get("editor", compare(history))
        assert time.process_time() - started < 3
        changed = page.content.select("details")
        assert len(changed) == 300
        assert not any(item.has_attr("open") for item in changed)


class TestFiles:
    @pytest.fixture
    def replaced(self, organization, tmp_path):
        history = make_history(
            organization,
            resources=[{"name": "prices", "url": "http://example.com/p.csv", "format": "CSV"}],
        )
        (resource,) = history.dataset["resources"]
        for price in (b"5", f"6,{SCRIPT}".encode()):
            file = File("p.csv", b"id,price\n1," + price.replace(b",", b" ") + b"\n")
            record(tmp_path, history.id, {resource["id"]: file}, notes=price.decode())
        get_metastore().tag_create(history.id, "1.0", "head~1")
        return history

    def test_a_file_that_was_replaced(self, site, replaced):
        (resource,) = replaced.dataset["resources"]
        page = site.get("anonymous", compare(replaced, "1.0"))
        (changed,) = page.content.select("details.versioning-resource")
        hashes = [item["title"] for item in changed.select("p .versioning-hash")]
        assert len(set(hashes)) == 2
        assert all(item.startswith("sha256:") for item in hashes)
        rows = f"/dataset/{replaced.name}/compare/1.0...head/resource/{resource['id']}"
        assert rows in page.links
        assert "Suggested after 1.0: 1.1" in page.text
        assert "The data of “prices” changed" in page.text

    def test_its_rows(self, site, replaced):
        pytest.importorskip("duckdb")
        (resource,) = replaced.dataset["resources"]
        page = site.get("anonymous", compare(replaced, end=f"/resource/{resource['id']}"))
        assert page.status == 200
        cells = [cell.text for cell in page.content.select(".versioning-sample tbody tr *")]
        assert "5" in cells
        assert f"6 {SCRIPT}" in cells
        assert SCRIPT not in page.html

    def test_why_rows_can_not_be_compared(self, site, replaced):
        (resource,) = replaced.dataset["resources"]
        page = site.get("anonymous", compare(replaced, "head~2", end=f"/resource/{resource['id']}"))
        assert page.status == 200
        assert "has no file of this resource" in page.content.select_one(".versioning-rows").text


class TestVersionNumber:
    def test_the_next_one_with_reasons(self, site, changed):
        page = site.get("editor", compare(changed, "1.0"))
        assert "Suggested after 1.0: 2.0" in page.text
        assert "Incompatible" in page.text
        assert "Resource “old” is gone" in page.text
        assert f"/dataset/{changed.name}/versions/new?" in " ".join(page.links)

    def test_who_may_not_name_it_gets_no_button(self, site, changed):
        page = site.get("anonymous", compare(changed, "1.0"))
        assert "Suggested after 1.0: 2.0" in page.text
        assert "versions/new" not in " ".join(page.links)

    def test_a_new_description_is_editorial(self, site, history):
        get_metastore().tag_create(history.id, "v1.2", "head")
        history.patch(notes="New")
        page = site.get("editor", compare(history, "v1.2"))
        assert "Suggested after v1.2: v1.2.1" in page.text
        assert "Editorial" in page.text

    def test_who_sees_it_does_not_count(self, site, history):
        get_metastore().tag_create(history.id, "1.0", "head")
        history.patch(private=True)
        page = site.get("editor", compare(history, "1.0"))
        assert "Suggested" not in page.text

    def test_the_first_one(self, site, history):
        get_metastore().tag_delete(history.id, "v1")
        page = site.get("editor", compare(history))
        assert "Suggested for the first version: 1.0.0" in page.text


class TestChoosing:
    def test_the_form_goes_to_an_address_to_share(self, site, shared):
        page = site.get(
            "anonymous", f"/dataset/{shared.name}/compare?from=v1&to=head", follow=False
        )
        assert page.status == 302
        assert page.headers["Location"].endswith(f"/dataset/{shared.name}/compare/v1...head")

    def test_without_a_choice_it_is_the_newest_change(self, site, shared):
        page = site.get("anonymous", f"/dataset/{shared.id}/compare", follow=False)
        assert page.headers["Location"].endswith(f"/compare/{shared.ids[-2]}...head")

    def test_the_pickers_show_what_is_compared(self, site, shared):
        page = site.get("anonymous", compare(shared, "v1", shared.ids[0][:7])).content
        chosen = [option["value"] for option in page.select("option[selected]")]
        assert chosen == ["v1", shared.ids[0]]

    def test_one_that_is_too_old_for_the_list_is_in_it(self, site, shared, monkeypatch):
        monkeypatch.setattr("ckanext.versioning.views.compare.PICKED_FROM", 1)
        page = site.get("anonymous", compare(shared, shared.ids[0])).content
        chosen = [option["value"] for option in page.select("option[selected]")]
        assert chosen == [shared.ids[0], shared.ids[-1]]

    def test_both_sides_can_be_swapped(self, site, shared):
        page = site.get("anonymous", compare(shared, "v1", "head"))
        assert f"/dataset/{shared.name}/compare/head...v1" in page.links
        back = site.get("anonymous", compare(shared, "head", "v1"))
        assert back.row("Title") == ["Three", "Two"]
        assert "newer state with an older one" in back.text

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
        page = site.get("anonymous", f"/dataset/{history.name}/compare?from=release/1&to=v1")
        assert (page.status, page.row("Title")) == (200, ["One", "Two"])
        for path in ("patch.json", "unified.diff"):
            address = f"/dataset/{history.name}/compare/release/1...head/{path}"
            assert site.get("anonymous", address).status == 200

    def test_by_id_after_a_rename(self, site, history):
        history.patch(name=f"{history.name}-renamed")
        page = site.get("anonymous", f"/dataset/{history.id}/compare/v1...head~1")
        assert page.row("Title") == ["Two", "Three"]


class TestPrograms:
    def test_the_json_patch_applies(self, site, api, changed):
        page = site.get("editor", compare(changed, end="/patch.json"))
        assert page.headers["Content-Type"] == "application/json-patch+json"
        shown = [
            api.get("editor", "package_show_revision", id=changed.id, revision_ref=ref).result
            for ref in ("head~1", "head")
        ]
        assert jsonpatch.apply_patch(shown[0], json.loads(page.html)) == shown[1]

    def test_the_text(self, site, shared):
        page = site.get("editor", compare(shared, end="/unified.diff"))
        assert page.headers["Content-Type"].startswith("text/x-diff")
        assert '-  "title": "Two"' in page.html
        assert '+  "title": "Three"' in page.html

    def test_no_shared_cache_keeps_them(self, site, shared):
        for end in ("/patch.json", "/unified.diff"):
            page = site.get("editor", compare(shared, end=end))
            assert "private" in page.headers["Cache-Control"]


def test_search_engines_leave_comparisons_alone(site, shared):
    page = site.get("anonymous", compare(shared))
    assert "noindex" in page.soup.select_one("meta[name=robots]")["content"]


class TestErrors:
    def test_a_change_with_itself(self, site, shared):
        page = site.get("anonymous", compare(shared, "head", shared.ids[-1]))
        assert page.status == 200
        assert "nothing to compare" in page.text

    def test_two_with_the_same_content(self, site, history):
        history.patch(title="Two")
        page = site.get("anonymous", compare(history, "v1", "head"))
        assert "no difference" in page.text

    def test_before_the_first(self, site, shared):
        page = site.get("anonymous", f"/dataset/{shared.id}/compare?to={shared.ids[0]}")
        assert page.status == 404
        assert "before the first one" in page.text

    @pytest.mark.parametrize(
        ("a", "b", "status"),
        [("head", "0123456789", 404), ("v9", "head", 404), ("head~x", "head", 400)],
    )
    @pytest.mark.parametrize("end", ["", "/patch.json", "/unified.diff"])
    def test_what_is_no_revision(self, site, shared, a, b, status, end):
        page = site.get("anonymous", compare(shared, a, b, end=end))
        assert page.status == status
        assert shared.name in page.html

    def test_what_is_no_dataset(self, site, users):
        assert site.get("sysadmin", "/dataset/nowhere/compare/a...b").status == 404
        assert site.get("sysadmin", "/dataset/nowhere/compare").status == 404

    @pytest.mark.parametrize("end", ["", "/patch.json", "/unified.diff"])
    def test_what_was_private_stays_so(self, site, history, end):
        hidden = history.patch(private=True, title="Secret")
        history.patch(private=False, title="Public")
        page = site.get("anonymous", compare(history, hidden, "head", end=end))
        assert page.status == 404
        assert "Secret" not in page.html
        assert site.get("editor", compare(history, hidden, "head", end=end)).status == 200

    def test_a_private_dataset_does_not_exist(self, site, history):
        history.patch(private=True)
        page = site.get("anonymous", compare(history))
        assert page.status == 404
        assert "Three" not in page.html

    def test_a_storage_that_is_away(self, site, shared, monkeypatch):
        def away(*_args, **_kwargs):
            raise BackendUnavailable("git", "gone")

        monkeypatch.setattr(MetaStore, "dataset_read", away)
        page = site.get("editor", compare(shared))
        assert page.status == 503
        assert "not available now" in page.text

    def test_an_organization_that_is_gone(self, site, sysadmin):
        organization = factories.Organization(title="Gone")
        history = make_history(organization)
        other = factories.Organization(title="Other")
        history.patch(owner_org=other["id"])
        call_action("organization_purge", context=as_site(), id=organization["id"])
        page = site.get("sysadmin", compare(history))
        assert page.row("Organization") == ["Gone", "Other"]


def test_the_rows_of_a_resource_that_never_was(site, shared):
    page = site.get("anonymous", compare(shared, end="/resource/nowhere"))
    assert page.status == 404


def test_what_is_too_large_as_text_is_there_in_another_form(site, shared, monkeypatch, ckan_config):
    monkeypatch.setitem(ckan_config, "ckanext.versioning.max_diff_size", 10)
    page = site.get("anonymous", f"/dataset/{shared.name}/compare/head~1...head/unified.diff")
    assert page.status == 400
    assert "too large to be compared as text" in page.text
    assert "understood" not in page.text
    assert "max_diff_size" not in page.text

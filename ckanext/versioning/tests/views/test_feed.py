"""The history for feed readers and programs."""

from __future__ import annotations

import json

import pytest
from lxml import etree

from ckanext.versioning.logic.dictization import iso
from ckanext.versioning.tests.logic.api import make_history

pytestmark = pytest.mark.usefixtures("versioning")

ATOM = {"a": "http://www.w3.org/2005/Atom"}
SITE = "http://test.ckan.net"


def atom(app, history, query="", user=None, users=None):
    headers = {"Authorization": users[user]["token"]} if user else {}
    response = app.get(f"/dataset/{history.name}/history.atom{query}", headers=headers)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    return etree.fromstring(response.body.encode())


def find(element, path):
    return element.xpath(path, namespaces=ATOM)


def url_of(history, revision_id):
    return f"{SITE}/dataset/{history.id}/revision/{revision_id}"


class TestAtom:
    def test_has_what_rfc_4287_asks_for(self, app, history):
        feed = atom(app, history)
        for element in [feed, *find(feed, "a:entry")]:
            for name in ("id", "title", "updated"):
                (text,) = find(element, f"a:{name}/text()")
                assert text.strip()
        assert find(feed, "a:author/a:name/text()")
        assert find(feed, "a:link[@rel='self']/@href") == [
            f"{SITE}/dataset/{history.id}/history.atom"
        ]
        ids = find(feed, "//a:id/text()")
        assert len(set(ids)) == len(ids) == 4

    def test_entries_are_the_revisions_newest_first(self, app, history):
        feed = atom(app, history)
        revisions = history.revisions[::-1]
        urls = [url_of(history, revision.id) for revision in revisions]
        assert find(feed, "a:entry/a:id/text()") == urls
        assert find(feed, "a:entry/a:link/@href") == urls
        assert find(feed, "a:entry/a:published/text()") == [
            iso(revision.info.time).replace("Z", "+00:00") for revision in revisions
        ]
        assert find(feed, "a:updated/text()") == find(feed, "a:entry[1]/a:updated/text()")
        assert find(feed, "a:entry[2]/a:title/text()")[0].startswith("v1: Change ")
        assert find(feed, "a:entry[2]/a:category/@term") == ["v1"]

    def test_ids_survive_a_rename(self, app, history):
        before = find(atom(app, history), "//a:id/text()")
        history.dataset = {**history.dataset, "name": f"{history.name}-renamed"}
        history.patch(name=history.name)
        after = find(atom(app, history), "//a:id/text()")
        assert set(before) < set(after)

    def test_ids_are_the_same_in_every_language(self, app, history):
        expected = find(atom(app, history), "//a:id/text()")
        german = app.get(f"/de/dataset/{history.name}/history.atom").body
        assert find(etree.fromstring(german.encode()), "//a:id/text()") == expected

    def test_what_xml_can_not_hold(self, app, history):
        message = "<b>bold</b> & \x0b\x00 \ud7ff \ufffe \U0001f600 ]]>".replace("\x00", "")
        history.patch(title="Strange", revision_message=message)
        feed = atom(app, history)
        assert find(feed, "a:entry[1]/a:content/text()") == [
            "<b>bold</b> & \ufffd \ud7ff \ufffd \U0001f600 ]]>"
        ]
        assert not find(feed, "//a:b")

    def test_pages(self, app, history):
        first = atom(app, history, "?limit=2")
        (older,) = find(first, "a:link[@rel='next']/@href")
        second = etree.fromstring(app.get(older.removeprefix(SITE)).body.encode())
        found = [*find(first, "a:entry/a:id/text()"), *find(second, "a:entry/a:id/text()")]
        assert found == [url_of(history, id) for id in history.ids[::-1]]
        assert not find(second, "a:link[@rel='next']")

    def test_filters(self, app, history):
        feed = atom(app, history, "?tagged=true")
        assert find(feed, "a:entry/a:id/text()") == [url_of(history, history.ids[1])]
        empty = atom(app, history, "?until=2001-01-01")
        assert not find(empty, "a:entry")
        assert find(empty, "a:updated/text()")

    def test_what_it_does_not_know_is_left_out(self, app, history):
        feed = atom(app, history, "?id=x&dataset=y&locale=de&_external=&tagged=1")
        assert find(feed, "a:link[@rel='self']/@href") == [
            f"{SITE}/dataset/{history.id}/history.atom?tagged=1"
        ]

    def test_who_has_it_already_is_told_so(self, app, history):
        path = f"/dataset/{history.name}/history.atom"
        tag = app.get(path).headers["ETag"]
        again = app.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.body) == (304, "")
        history.patch(title="Four")
        assert app.get(path, headers={"If-None-Match": tag}).status_code == 200

    def test_readers_get_the_public_revisions(self, app, users, organization):
        history = make_history(organization, private=True, title="Secret")
        history.patch(private=False, title="Shown")
        shown = atom(app, history)
        assert find(shown, "a:entry/a:id/text()") == [url_of(history, history.ids[1])]
        assert "Secret" not in etree.tostring(shown).decode()
        complete = atom(app, history, user="editor", users=users)
        assert len(find(complete, "a:entry")) == 2


class TestJson:
    def get(self, app, history, query=""):
        return json.loads(app.get(f"/dataset/{history.name}/history.json{query}").body)

    def test_is_the_list_of_the_api(self, app, api, history):
        told = self.get(app, history)
        listed = api.get("anonymous", "dataset_revision_list", dataset=history.id).result
        assert [
            {key: value for key, value in item.items() if key != "url"}
            for item in told["revisions"]
        ] == listed
        assert told["revisions"][0]["url"] == url_of(history, history.ids[-1])
        assert told["dataset"] == {"id": history.id, "name": history.name, "title": "Three"}
        assert told["next"] is None

    def test_pages(self, app, history):
        first = self.get(app, history, "?limit=2&field=title")
        assert "field=title" in first["next"]
        second = json.loads(app.get(first["next"].removeprefix(SITE)).body)
        ids = [item["id"] for item in [*first["revisions"], *second["revisions"]]]
        assert ids == history.ids[::-1]
        assert second["next"] is None


class TestErrors:
    @pytest.mark.parametrize("format", ["atom", "json"])
    def test_in_words(self, app, organization, history, format):
        private = make_history(organization, private=True)
        for path, status in {
            f"/dataset/none/history.{format}": 404,
            f"/dataset/{private.name}/history.{format}": 404,
            f"/dataset/{history.name}/history.{format}?limit=0": 400,
            f"/dataset/{history.name}/history.{format}?limit=x": 400,
            f"/dataset/{history.name}/history.{format}?before=deadbeef": 404,
            f"/dataset/{history.name}/history.{format}?since=yesterday": 400,
        }.items():
            assert app.get(path).status_code == status, path


def test_pages_of_what_is_newer_end_there(app, history):
    for number in range(3):
        history.patch(title=f"More {number}")
    path, pages = f"/dataset/{history.name}/history.json?after={history.ids[1]}&limit=2", []
    while path:
        document = json.loads(app.get(path).body)
        pages.append([revision["id"] for revision in document["revisions"]])
        path = (document["next"] or "").removeprefix(SITE)
    newer = history.ids[:1:-1]
    assert pages == [newer[:2], newer[2:], []]

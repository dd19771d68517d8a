"""Memento (RFC 7089) and the links between versions (RFC 5829)."""

from __future__ import annotations

import re
from datetime import timezone
from urllib.parse import quote

import pytest
from bs4 import BeautifulSoup
from werkzeug.http import http_date, parse_date

from ckanext.versioning.tests.logic.api import make_history
from ckanext.versioning.views import memento

pytestmark = pytest.mark.usefixtures("versioning")

SITE = "http://test.ckan.net"


def links(text):
    """Return the links of a header or a TimeMap: their parameters, in order."""
    found = []
    for url, rest in re.findall(r'<([^>]*)>((?:\s*;\s*\w+="[^"]*")*)', text):
        found.append({"url": url, **dict(re.findall(r'(\w+)="([^"]*)"', rest))})
    return found


def by_rel(text):
    """Return the addresses by relation type."""
    return {
        rel: link["url"] for link in links(text) for rel in link["rel"].split() if rel != "memento"
    }


def url_of(history, number):
    return f"{SITE}/dataset/{history.id}/revision/{history.ids[number]}"


def http(time):
    return http_date(time.astimezone(timezone.utc))


def timegate(app, history, accepted=None):
    headers = {} if accepted is None else {"Accept-Datetime": accepted}
    return app.get(f"/dataset/{history.name}/timegate", headers=headers, follow_redirects=False)


class TestTimeGate:
    def test_goes_to_the_newest_by_default(self, app, history):
        answer = timegate(app, history)
        assert answer.status_code == 302
        assert answer.headers["Location"] == url_of(history, -1)
        assert "accept-datetime" in answer.headers["Vary"].lower()
        assert "Memento-Datetime" not in answer.headers

    def test_goes_to_the_one_of_then(self, app, history):
        times = [revision.info.time for revision in history.revisions]
        # within a second the last one counts: HTTP knows no fractions
        last_in_second = {int(time.timestamp()): number for number, time in enumerate(times)}
        for time in times:
            answer = timegate(app, history, http(time))
            expected = last_in_second[int(time.timestamp())]
            assert answer.headers["Location"] == url_of(history, expected)

    def test_before_the_first_and_after_the_last(self, app, history):
        early = timegate(app, history, "Sun, 06 Nov 1994 08:49:37 GMT")
        assert early.headers["Location"] == url_of(history, 0)
        late = timegate(app, history, "Fri, 31 Dec 2999 23:59:59 GMT")
        assert late.headers["Location"] == url_of(history, -1)

    def test_links_to_the_original_the_timemap_and_mementos(self, app, history):
        answer = timegate(app, history)
        found = by_rel(answer.headers["Link"])
        assert found["original"] == f"{SITE}/dataset/{history.name}"
        assert found["timemap"] == f"{SITE}/dataset/{history.id}/timemap"
        assert found["first"] == url_of(history, 0)
        assert found["prev"] == url_of(history, 1)
        assert found["last"] == url_of(history, 2)
        assert "next" not in found
        for link in links(answer.headers["Link"]):
            if "memento" in link["rel"].split():
                assert parse_date(link["datetime"])

    @pytest.mark.parametrize(
        "accepted",
        [
            "yesterday",
            "",
            "2024-05-31",
            "Fri, 31 May 2024",
            "Fri, 31 Dec 9999 23:59:59 -0500",
            f"Fri, {'9' * 5000} May 2024 08:00:00 GMT",
            f"Fri, 31 May 2024 08:00:00 +{'9' * 12}",
        ],
    )
    def test_what_is_no_date_of_http(self, app, history, accepted):
        assert timegate(app, history, accepted).status_code == 400

    def test_datasets_out_of_sight(self, app, organization):
        private = make_history(organization, private=True)
        assert timegate(app, private).status_code == 404
        assert app.get("/dataset/none/timegate").status_code == 404


class TestTimeMap:
    def get(self, app, path):
        answer = app.get(path.removeprefix(SITE))
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/link-format"
        return links(answer.body)

    def test_lists_all_oldest_first(self, app, history):
        found = self.get(app, f"/dataset/{history.name}/timemap")
        head = {link["rel"]: link for link in found if link["rel"] != "memento"}
        assert head["original"]["url"] == f"{SITE}/dataset/{history.name}"
        assert head["timegate"]["url"] == f"{SITE}/dataset/{history.id}/timegate"
        times = [revision.info.time for revision in history.revisions]
        assert head["self"] == {
            "url": f"{SITE}/dataset/{history.id}/timemap",
            "rel": "self",
            "type": "application/link-format",
            "from": http(times[0]),
            "until": http(times[-1]),
        }
        assert [link for link in found if link["rel"] == "memento"] == [
            {"url": url_of(history, number), "rel": "memento", "datetime": http(time)}
            for number, time in enumerate(times)
        ]

    def test_a_long_history_comes_in_pages(self, app, history, monkeypatch):
        monkeypatch.setattr(memento, "PAGE", 2)
        first = self.get(app, f"/dataset/{history.name}/timemap")
        (older,) = [link for link in first if link["rel"] == "timemap"]
        assert older["until"] == http(history.revisions[0].info.time)
        second = self.get(app, older["url"])
        (newest,) = [link for link in second if link["rel"] == "timemap"]
        assert self.get(app, newest["url"]) == first
        urls = [
            link["url"] for page in (second, first) for link in page if link["rel"] == "memento"
        ]
        assert urls == [url_of(history, number) for number in range(3)]

    def test_readers_get_the_public_revisions(self, app, organization):
        history = make_history(organization, private=True)
        history.patch(private=False)
        found = self.get(app, f"/dataset/{history.name}/timemap")
        urls = [link["url"] for link in found if link["rel"] == "memento"]
        assert urls == [url_of(history, 1)]


class TestPages:
    def test_the_dataset_page_leads_to_its_history(self, app, history):
        answer = app.get(f"/dataset/{history.name}")
        found = by_rel(answer.headers["Link"])
        assert found == {
            "version-history": f"{SITE}/dataset/{history.id}/history",
            "timegate": f"{SITE}/dataset/{history.id}/timegate",
            "timemap": f"{SITE}/dataset/{history.id}/timemap",
            "alternate": f"{SITE}/dataset/{history.id}/history.atom",
        }
        page = BeautifulSoup(answer.body, "html.parser")
        for rel, url in found.items():
            assert page.select(f'head link[rel="{rel}"][href="{url}"]')

    def test_other_pages_have_no_such_header(self, app, history, organization):
        for path in ("/", "/dataset", f"/organization/{organization['name']}"):
            assert "version-history" not in app.get(path).headers.get("Link", "")

    def test_a_revision_page_is_a_memento(self, app, history):
        answer = app.get(f"/dataset/{history.name}/revision/{history.ids[1]}")
        assert "Content-Location" not in answer.headers
        assert answer.headers["Memento-Datetime"] == http(history.revisions[1].info.time)
        found = by_rel(answer.headers["Link"])
        assert found["original"] == found["latest-version"] == f"{SITE}/dataset/{history.name}"
        assert found["version-history"] == f"{SITE}/dataset/{history.id}/history"
        assert found["timegate"] == f"{SITE}/dataset/{history.id}/timegate"
        assert found["predecessor-version"] == found["prev"] == url_of(history, 0)
        assert found["successor-version"] == found["next"] == url_of(history, 2)
        page = BeautifulSoup(answer.body, "html.parser")
        (link,) = page.select('head link[rel="predecessor-version"]')
        assert link["href"] == url_of(history, 0)

    def test_what_changes_is_no_memento_but_says_where_it_is(self, app, history):
        made = history.revisions
        refs = {
            "head": 2,
            "head~1": 1,
            "v1": 1,
            made[1].id[:12]: 1,
            made[0].info.time.isoformat(): 0,
        }
        for ref, number in refs.items():
            answer = app.get(f"/dataset/{history.name}/revision/{quote(ref)}")
            assert answer.status_code == 200
            assert "Memento-Datetime" not in answer.headers
            assert answer.headers["Content-Location"] == url_of(history, number)
            assert by_rel(answer.headers["Link"])["original"]

    def test_hidden_neighbours_are_not_linked(self, app, organization):
        history = make_history(organization, private=True)
        history.patch(private=False)
        answer = app.get(f"/dataset/{history.name}/revision/{history.ids[1]}")
        assert history.ids[0] not in answer.headers["Link"] + answer.body
        found = by_rel(answer.headers["Link"])
        assert found["first"] == found["last"] == url_of(history, 1)

"""Programs of others, over HTTP: a Memento client, and what the citation box offers."""

from __future__ import annotations

import json
import subprocess
from datetime import timedelta
from threading import Thread

import pytest
from bs4 import BeautifulSoup
from ckan.tests.helpers import call_action
from memento_client import MementoClient
from werkzeug.serving import make_server

from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.tests.logic.api import make_history

pytestmark = pytest.mark.usefixtures("versioning")


@pytest.fixture
def server(app, ckan_config, monkeypatch):
    """Return the address of the test application, for clients that need one to connect to."""
    served = make_server("127.0.0.1", 0, app.app, threaded=True)
    address = f"http://127.0.0.1:{served.server_port}"
    monkeypatch.setitem(ckan_config, "ckan.site_url", address)
    thread = Thread(target=served.serve_forever)
    thread.start()
    yield address
    served.shutdown()
    thread.join()
    served.server_close()


def boxes(app, path, headers=None):
    """Return the citation box of a page, its values by label."""
    page = BeautifulSoup(app.get(path, headers=headers or {}).body, "html.parser")
    (box,) = page.select(".versioning-cite")
    for button in box.select("button"):
        assert button["data-module"] == "versioning-copy"
        assert button["data-module-value"] == button.find_previous("code").get_text()
    return {
        term.get_text(): value.code.get_text()
        for term, value in zip(box.select("dt"), box.select("dd"), strict=True)
    }


class TestMementoClient:
    def test_finds_the_dataset_of_then(self, server, history):
        second = history.revisions[1]
        with MementoClient() as client:
            told = client.get_memento_info(
                f"{server}/dataset/{history.name}", second.info.time + timedelta(seconds=1)
            )
        urls = [f"{server}/dataset/{history.id}/revision/{id}" for id in history.ids]
        assert told["original_uri"] == f"{server}/dataset/{history.name}"
        assert told["timegate_uri"] == f"{server}/dataset/{history.id}/timegate"
        mementos = told["mementos"]
        assert mementos["first"]["uri"] == [urls[0]]
        assert mementos["last"]["uri"] == [urls[2]]
        assert mementos["closest"]["http_status_code"] == 200
        closest = urls.index(mementos["closest"]["uri"][0])
        expected = history.revisions[closest].info.time
        assert mementos["closest"]["datetime"] == expected.replace(microsecond=0, tzinfo=None)

    def test_finds_the_first_from_a_memento(self, server, history):
        with MementoClient() as client:
            long_ago = client.convert_to_datetime("Sun, 06 Nov 1994 08:49:37 GMT")
            told = client.get_memento_info(
                f"{server}/dataset/{history.name}/revision/{history.ids[1]}", long_ago
            )
        assert told["original_uri"] == f"{server}/dataset/{history.name}"
        first = f"{server}/dataset/{history.id}/revision/{history.ids[0]}"
        assert told["mementos"]["closest"]["uri"] == [first]


class TestCitation:
    def test_names_who_when_what_which_and_where(self, app, history, organization):
        year = history.revisions[1].info.time.year
        offered = boxes(app, f"/dataset/{history.name}/revision/v1")
        url = f"http://test.ckan.net/dataset/{history.id}/revision/{history.ids[1]}"
        portal = call_action("status_show")["site_title"]
        assert offered["Citation"] == (
            f"{organization['title'].rstrip('.')} ({year}). Two. Version v1. {portal}. "
            f"Dataset. {url}"
        )
        assert offered["Permanent address"] == url

    def test_the_list_of_versions_leads_there(self, app, history):
        page = BeautifulSoup(app.get(f"/dataset/{history.name}/versions").body, "html.parser")
        (link,) = [a for a in page.select("a") if a["href"].endswith("#cite")]
        assert BeautifulSoup(app.get(link["href"]).body, "html.parser").select("#cite")

    def test_without_a_tag(self, app, history):
        id = history.ids[0]
        offered = boxes(app, f"/dataset/{history.name}/revision/{id}")
        date = history.revisions[0].info.time.date()
        assert f". One. State of {date} ({id[:8]}). " in offered["Citation"]
        assert offered["Permanent address"].endswith(f"/dataset/{history.id}/revision/{id}")

    def test_an_author_comes_first_and_html_is_text(self, app, history):
        history.patch(author="<b>Ann\n  Author</b>", title="<script>1</script>")
        offered = boxes(app, f"/dataset/{history.name}/revision/{history.ids[-1]}")
        assert offered["Citation"].startswith("<b>Ann Author</b> (")
        assert "<script>1</script>" in offered["Citation"]

    def test_the_address_survives_a_rename(self, app, history):
        before = boxes(app, f"/dataset/{history.name}/revision/v1")
        history.patch(name=f"{history.name}-renamed")
        for key in ("Permanent address", "API call"):
            path = before[key].removeprefix("http://test.ckan.net")
            assert app.get(path).status_code == 200

    def test_the_address_survives_another_use_of_the_name(self, app, history):
        before = boxes(app, f"/dataset/{history.name}/revision/v1")
        get_metastore().tag_delete(history.id, "v1")
        get_metastore().tag_create(history.id, "v1", history.ids[2])
        path = before["Permanent address"].removeprefix("http://test.ckan.net")
        assert ". Two. " in boxes(app, path)["Citation"]

    def test_what_is_copied_fetches_the_version(self, app, server, history):
        offered = boxes(app, f"/dataset/{history.name}/revision/v1")
        program: dict = {}
        exec(offered["Python"], program)
        assert program["dataset"]["title"] == "Two"
        fetched = subprocess.run(
            offered["curl"], shell=True, capture_output=True, check=True, timeout=60
        )
        assert json.loads(fetched.stdout)["result"] == program["dataset"]

    def test_of_a_private_dataset_it_asks_for_a_token(self, app, server, organization, users):
        history = make_history(organization, private=True, title="Private")
        headers = {"Authorization": users["editor"]["token"]}
        offered = boxes(app, f"/dataset/{history.name}/revision/head", headers)
        for key in ("curl", "Python"):
            assert offered[key].count("YOUR-API-TOKEN") == 1
        program: dict = {}
        exec(offered["Python"].replace("YOUR-API-TOKEN", users["editor"]["token"]), program)
        assert program["dataset"]["title"] == "Private"

"""A revert gives back the bytes of uploads, too."""

from __future__ import annotations

import ckan.plugins as p
import pytest
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.versioning.files.storage import get_blob_store
from ckanext.versioning.files.uploaders import live_file
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.tests.logic.api import History, revert, state
from ckanext.versioning.tests.recording.uploads import area, create, kept, live, replace

pytestmark = pytest.mark.usefixtures("versioning")


@pytest.fixture
def uploads(organization):
    """A dataset with two files; later one is replaced, the other is removed."""
    history = History(factories.Dataset(owner_org=organization["id"]))
    prices, other = create(history.dataset, b"old prices"), create(history.dataset, b"other", "o")
    history.patch(title="Files")
    replace(prices, b"new prices, more of them")
    call_action("resource_delete", id=other["id"])
    history.prices, history.other = prices, other
    return history


class TestBytes:
    def test_the_old_files_are_live_again(self, api, app, uploads, tmp_path):
        result = revert(api, uploads, "head~2").result
        assert result["changed"]
        assert live(uploads.prices, tmp_path) == b"old prices"
        assert live(uploads.other, tmp_path) == b"other"
        shown = uploads.show()["resources"]
        assert [item["id"] for item in shown] == [uploads.prices["id"], uploads.other["id"]]
        assert [item["size"] for item in shown] == [10, 5]
        for item, data in zip(shown, (b"old prices", b"other"), strict=True):
            assert app.get(item["url"]).data == data
        assert kept(uploads.id)[-1] == {"prices": b"old prices", "o": b"other"}
        assert get_metastore().dataset_read(uploads.id, "head").files == (
            get_metastore().dataset_read(uploads.id, result["reverted_to"]).files
        )
        assert area("staged") == area("undo") == []

    def test_a_second_time_changes_nothing(self, api, uploads):
        target = uploads.ids[-3]
        revert(api, uploads, target)
        result = revert(api, uploads, target).result
        assert not result["changed"]

    def test_what_is_unchanged_is_left_alone(self, api, uploads, tmp_path):
        before = uploads.show()["resources"][0]
        uploads.patch(title="Later")
        revert(api, uploads, "head~1")
        after = uploads.show()["resources"][0]
        assert after["last_modified"] == before["last_modified"]

    def test_a_dry_run_lists_the_files(self, api, uploads, tmp_path):
        before = state(uploads)
        result = revert(api, uploads, "head~2", dry_run=True).result
        files = {item["resource"]: item for item in result["diff"]["files"]}
        changed, added = files[uploads.prices["id"]], files[uploads.other["id"]]
        assert (changed["op"], changed["from"]["bytes"], changed["to"]["bytes"]) == (
            "change",
            24,
            10,
        )
        assert (added["op"], added["to"]["bytes"]) == ("add", 5)
        assert state(uploads) == before
        assert live(uploads.prices, tmp_path) == b"new prices, more of them"


class TestRefused:
    def test_a_file_that_was_not_kept(self, api, uploads, ckan_config, monkeypatch, tmp_path):
        monkeypatch.setitem(ckan_config, "ckanext.versioning.max_file_size", 5)
        replace(uploads.prices, b"too large")
        monkeypatch.setitem(ckan_config, "ckanext.versioning.max_file_size", 0)
        assert not revert(api, uploads, "head").result["changed"]  # so it is not needed
        replace(uploads.prices, b"newest")
        error = revert(api, uploads, "head~1").error
        assert "prices" in str(error["resources"])
        assert live(uploads.prices, tmp_path) == b"newest"

    def test_a_blob_that_is_gone(self, api, uploads, tmp_path):
        (file, _) = get_metastore().dataset_read(uploads.id, "head~2").files
        get_blob_store().delete(file.sha256)
        before = state(uploads)
        error = revert(api, uploads, "head~2").error
        assert "prices" in str(error["resources"])
        assert state(uploads) == before
        assert live(uploads.prices, tmp_path) == b"new prices, more of them"

    def test_a_failure_in_the_middle_leaves_everything(
        self, api, uploads, ckan_config, monkeypatch, tmp_path
    ):
        """The first file is written already when the second is refused."""
        large = create(uploads.dataset, b"x" * (1 << 21), "large")
        uploads.patch(title="Large")
        replace(large, b"small")
        replace(uploads.prices, b"newest")
        before = state(uploads)
        monkeypatch.setitem(ckan_config, "ckan.max_resource_size", 0)
        error = revert(api, uploads, "head~2").error
        assert "upload" in str(error)
        assert state(uploads) == before
        assert live(uploads.prices, tmp_path) == b"newest"
        assert live(large, tmp_path) == b"small"


class Listener:
    """Hears what xloader and datapusher listen to."""

    def __init__(self):
        self.heard = []

    def before_resource_show(self, resource):
        return resource

    def after_resource_update(self, _context, resource):
        self.heard.append(("updated", resource["id"], resource["url_type"]))

    def notify(self, resource):
        self.heard.append(("url", resource.id, resource.url_type))

    def __getattr__(self, name):
        return lambda *_: None


def test_other_plugins_see_an_ordinary_upload(api, uploads, monkeypatch):
    listener = Listener()
    iterate = p.PluginImplementations.__iter__

    def with_listener(self):
        yield from iterate(self)
        if self.interface in (p.IResourceController, p.IResourceUrlChange):
            yield listener

    monkeypatch.setattr(p.PluginImplementations, "__iter__", with_listener)
    revert(api, uploads, "head~2")
    assert ("updated", uploads.prices["id"], "upload") in listener.heard
    assert ("updated", uploads.other["id"], "upload") in listener.heard
    assert ("url", uploads.prices["id"], "upload") in listener.heard


def test_a_plugin_that_fails_does_not_undo_a_revert(api, uploads, tmp_path, monkeypatch, caplog):
    iterate = p.PluginImplementations.__iter__

    class Failing(Listener):
        name = "failing"

        def after_resource_update(self, _context, _resource):
            raise RuntimeError("its queue is away")

    def with_failing(self):
        yield from iterate(self)
        if self.interface is p.IResourceController:
            yield Failing()

    monkeypatch.setattr(p.PluginImplementations, "__iter__", with_failing)
    assert revert(api, uploads, "head~2").status == 200
    assert live(uploads.prices, tmp_path) == b"old prices"
    assert "failing" in caplog.text


def test_a_file_that_was_replaced_past_ckan(api, uploads, tmp_path):
    path = live_file({"id": uploads.prices["id"]}).path
    by_hand = path.with_name("by-hand")
    by_hand.write_bytes(b"by hand")
    by_hand.replace(path)
    assert revert(api, uploads, "head").result["changed"]
    assert live(uploads.prices, tmp_path) == b"new prices, more of them"

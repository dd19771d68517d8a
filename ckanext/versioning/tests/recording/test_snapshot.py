"""The stored document is the dataset, exactly, whichever way it was taken."""

from __future__ import annotations

import io
from datetime import datetime

import ckan.plugins as p
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action
from werkzeug.datastructures import FileStorage

from ckanext.versioning.recording import shown, snapshot
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.tests.recording.helpers import fresh, history

pytestmark = pytest.mark.usefixtures("versioning")


class StampingPlugin(p.SingletonPlugin):
    """Another plugin that edits what is shown, depending on who asks."""

    p.implements(p.IPackageController, inherit=True)

    def after_dataset_show(self, context, pkg_dict):
        pkg_dict["stamped_for"] = context.get("user")


def stored(dataset_id: str):
    return get_metastore().dataset_read(dataset_id).document


@pytest.fixture
def dataset(sysadmin):
    """A dataset with everything that depends on how it is shown."""
    organization = factories.Organization(user=sysadmin)
    group = factories.Group(user=sysadmin)
    dataset = factories.Dataset(
        user=sysadmin,
        owner_org=organization["id"],
        groups=[{"id": group["id"]}],
        title="  blanks around ",
        resources=[
            {"url": "no-scheme.example.com/file", "name": "relative"},
            {"url": "", "name": "empty", "own_field": "kept"},
        ],
    )
    call_action(
        "resource_create",
        context={"user": sysadmin["name"]},
        package_id=dataset["id"],
        upload=FileStorage(io.BytesIO(b"a\n1\n"), "file.csv"),
    )
    call_action(
        "package_patch",
        context={"user": sysadmin["name"]},
        id=dataset["id"],
        plugin_data={"other": {"deep": [1, None]}},
    )
    return dataset


def test_is_what_ckan_shows_for_editing(dataset):
    call_action("package_patch", id=dataset["id"], notes="changed")
    assert stored(dataset["id"]) == fresh(dataset["id"])


def test_addresses_are_those_of_the_database(dataset):
    call_action("package_patch", id=dataset["id"], notes="changed")
    urls = {resource["id"]: resource["url"] for resource in stored(dataset["id"])["resources"]}
    package = model.Package.get(dataset["id"])
    assert urls == {resource.id: resource.url for resource in package.resources}
    assert "file.csv" in urls.values(), "not the address of the request"


class TestIgnoredFields:
    """A plugin computes a field whenever the dataset is shown."""

    @pytest.fixture
    def counted(self, monkeypatch, dataset):
        show = snapshot.show
        views = iter(range(1000))
        monkeypatch.setattr(
            snapshot, "take", lambda _session, id_: {**show(id_), "views": next(views)}
        )
        return dataset

    def touch(self, dataset):
        """Write the dataset without changing it."""
        model.Package.get(dataset["id"]).metadata_modified = datetime.now()
        model.Session.commit()
        return len(history(dataset["id"]))

    def test_otherwise_makes_a_revision_at_each_write(self, counted):
        assert self.touch(counted) < self.touch(counted)

    @pytest.mark.ckan_config("ckanext.versioning.ignored_fields", ["views"])
    def test_makes_none_where_configured(self, counted):
        assert self.touch(counted) == self.touch(counted)


@pytest.fixture
def shows(monkeypatch):
    """The ids of the datasets that recording had to show by itself."""
    calls = []
    show = snapshot.show
    monkeypatch.setattr(snapshot, "show", lambda id_: calls.append(id_) or show(id_))
    return calls


class TestReuse:
    pytestmark = pytest.mark.skipif(
        not p.toolkit.check_ckan_version(min_version="2.12"),
        reason="CKAN 2.11 shows a dataset for the index only after the commit",
    )

    def test_of_the_dict_that_ckan_made(self, dataset, shows):
        call_action("package_patch", id=dataset["id"], notes="changed")
        assert shows == []
        assert stored(dataset["id"])["notes"] == "changed"

    def test_not_of_one_that_is_older_than_the_change(self, dataset, shows):
        context = {"defer_commit": True, "user": "", "ignore_auth": True}
        call_action("package_patch", context=context, id=dataset["id"], notes="changed")
        model.Package.get(dataset["id"]).title = "Changed afterwards"
        model.Session.commit()
        assert stored(dataset["id"])["title"] == "Changed afterwards"
        assert shows == [dataset["id"]]

    def test_not_of_one_that_a_savepoint_has_undone(self, dataset, shows):
        title = fresh(dataset["id"])["title"]
        savepoint = model.Session.begin_nested()
        context = {"defer_commit": True, "user": "", "ignore_auth": True}
        call_action("package_patch", context=context, id=dataset["id"], title="Undone")
        savepoint.rollback()
        model.Session.expire_all()
        model.Package.get(dataset["id"]).notes = "kept"
        model.Session.commit()
        assert (stored(dataset["id"])["title"], stored(dataset["id"])["notes"]) == (title, "kept")

    def test_not_of_an_object_that_is_older_than_the_database(self, dataset, shows):
        kept = model.Package.get(dataset["id"])  # as a script does that loops over datasets
        with model.meta.engine.begin() as connection:
            connection.execute(
                sa.text("UPDATE package SET title = 'By another' WHERE id = :id"),
                {"id": dataset["id"]},
            )
        call_action("package_patch", id=kept.id, notes="By the script")
        assert shows == [dataset["id"]]
        now = stored(dataset["id"])
        assert (now["title"], now["notes"]) == ("By another", "By the script")

    def test_not_without_holding_the_datasets_row(self, dataset):
        context = {"use_cache": False, "validate": False}
        shown.remember(context, {"id": dataset["id"]})
        assert shown.take(model.Session, dataset["id"]) is None

    def test_not_of_one_that_another_plugin_edits(self, dataset, shows, monkeypatch):
        plugin = StampingPlugin()
        monkeypatch.setattr(plugin, "name", "stamping", raising=False)
        iterate = p.PluginImplementations.__iter__

        def with_plugin(self):
            yield from iterate(self)
            if self.interface is p.IPackageController:
                yield plugin

        with monkeypatch.context() as patch:
            patch.setattr(p.PluginImplementations, "__iter__", with_plugin)
            user = factories.Sysadmin()["name"]
            before = len(history(dataset["id"]))
            call_action("package_patch", context={"user": user}, id=dataset["id"], notes="changed")
        assert shows == [dataset["id"]]
        assert len(history(dataset["id"])) == before + 1
        assert stored(dataset["id"])["stamped_for"] == "", "nobody's view, not the editor's"

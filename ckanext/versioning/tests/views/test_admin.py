"""The page for sysadmins: what is recorded, what is not, and the button to try again."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from bs4 import BeautifulSoup
from ckan.tests.helpers import call_action

from ckanext.versioning.files import rescue
from ckanext.versioning.metastore import BackendUnavailable, MetaStore
from ckanext.versioning.recording import snapshot
from ckanext.versioning.recording.drain import drain_dataset
from ckanext.versioning.recording.engine import engine
from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.recording.sync import sync_dataset
from ckanext.versioning.recording.tables import outbox, state
from ckanext.versioning.tests.logic.api import make_history

pytestmark = pytest.mark.usefixtures("versioning")

PAGE = "/ckan-admin/versioning"
EVIL = "<script>alert('disk full')</script>"


def away(*_args, **_kwargs):
    raise BackendUnavailable("git", EVIL)


@pytest.fixture(autouse=True)
def nothing_waits(versioning):
    """Forget what other tests have left behind."""
    with engine().begin() as connection:
        connection.execute(outbox.delete())
        connection.execute(state.update().values(error=None, failed_at=None))


@pytest.fixture
def stuck(history, monkeypatch):
    """The dataset's newest change could not be delivered."""
    with monkeypatch.context() as patch:
        patch.setattr(MetaStore, "dataset_record", away)
        call_action("package_patch", id=history.id, title="<b>Stuck</b>")
    yield history
    drain_dataset(history.id)


@pytest.fixture
def page(app, users):
    """Return the page as a user sees it."""

    def get(user="sysadmin", status=200, path=PAGE):
        headers = {"Authorization": users[user]["token"]} if user in users else {}
        response = app.get(path, headers=headers, status=status)
        return BeautifulSoup(response.body, "html.parser")

    return get


def retry(app, users, user="sysadmin", **data):
    headers = {"Authorization": users[user]["token"]} if user in users else {}
    return app.post(f"{PAGE}/retry", data=data, headers=headers, follow_redirects=False)


def row_of(shown, history):
    (found,) = [row for row in shown.select("tr") if history.id in row.get_text()]
    return found


def test_all_is_well(page):
    shown = page()
    assert shown.select_one("h1").get_text() == "Versioning"
    assert "Every accepted change is recorded" in shown.select_one(".alert-success").get_text()
    facts = {row.th.get_text(): row.td.get_text() for row in shown.select(".versioning-facts tr")}
    assert facts["Backend"] == get_metastore().backend.type
    assert facts["Changes that wait"] == "0"
    assert not shown.select('form[action$="/retry"]')


@pytest.mark.parametrize("user", ["anonymous", "editor"])
def test_is_for_sysadmins(app, users, page, user):
    page(user, status=403)
    assert retry(app, users, user).status_code == 403


def test_is_among_the_tabs(page):
    for path in ("/ckan-admin/", "/ckan-admin/config", "/ckan-admin/trash"):
        assert page(path=path).select(f'a[href="{PAGE}"]')


def test_what_waits_is_told_and_escaped(page, stuck):
    shown = page()
    assert "could not be recorded" in shown.select_one(".alert-warning").get_text()
    row = row_of(shown, stuck)
    assert EVIL in row.get_text()
    assert not row.select("script, b")
    assert row.select_one("time")["datetime"].endswith("Z")
    assert row.select_one(f'input[name="dataset"][value="{stuck.id}"]')


def test_the_button_records_one_dataset(app, users, page, stuck):
    answer = retry(app, users, dataset=stuck.id)
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(PAGE)
    assert len(stuck.ids) == 4
    assert stuck.id not in page().get_text()


def test_the_button_records_all(app, users, page, stuck):
    retry(app, users)
    assert len(stuck.ids) == 4
    assert page().select(".alert-success")


def test_what_fails_again_is_told(app, users, page, stuck, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(MetaStore, "dataset_record", away)
        headers = {"Authorization": users["sysadmin"]["token"]}
        told = app.post(f"{PAGE}/retry", data={"dataset": stuck.id}, headers=headers)
    assert "1 dataset could not be recorded" in told.body
    assert row_of(page(), stuck)


def test_the_backend_is_away(app, users, page, stuck, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(type(get_metastore().backend), "check", away)
        shown = page()
        headers = {"Authorization": users["sysadmin"]["token"]}
        told = app.post(f"{PAGE}/retry", headers=headers)
    assert "disk full" in shown.select_one(".alert-danger").get_text()
    assert "&lt;script&gt;alert" in told.body
    assert EVIL not in told.body
    assert len(stuck.ids) == 3


def test_what_could_not_be_noted(app, users, page, history, monkeypatch):
    def broken(*_args):
        raise KeyError("a hook of another plugin")

    with monkeypatch.context() as patch:
        patch.setattr(snapshot, "take", broken)
        call_action("package_patch", id=history.id, title="Not captured")
    assert "a hook of another plugin" in row_of(page(), history).get_text()
    retry(app, users, dataset=history.id)
    assert len(history.ids) == 4
    sync_dataset(history.id)


def test_the_forms_are_protected(page, stuck):
    forms = page().select('form[action$="/retry"]')
    assert len(forms) == 2
    assert all(form.select('input[name="_csrf_token"]') for form in forms)


def test_the_button_takes_no_get(app, users, stuck):
    headers = {"Authorization": users["sysadmin"]["token"]}
    assert app.get(f"{PAGE}/retry", headers=headers).status_code in (404, 405)
    assert len(stuck.ids) == 3


def test_what_failed_comes_first(page, history, organization, monkeypatch):
    waits = make_history(organization)
    with monkeypatch.context() as patch:
        patch.setattr("ckanext.versioning.views.admin.SHOWN", 1)
        patch.setattr(MetaStore, "dataset_record", away)
        call_action("package_patch", id=waits.id, title="Waits")
        call_action("package_patch", id=history.id, title="Fails")
        with engine().begin() as connection:  # as if nobody had tried it yet
            connection.execute(
                outbox.update()
                .where(outbox.c.dataset_id == waits.id)
                .values(last_error=None, attempts=0)
            )
        shown = page()
    rows = shown.select(".versioning-waiting tbody tr")
    assert len(rows) == 1
    assert history.id in rows[0].get_text()
    drain_dataset(history.id)
    drain_dataset(waits.id)


def test_rescued_files_are_told(page, tmp_path, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckan.storage_path", str(tmp_path))
    found = rescue.Rescued("r-1", datetime(2024, 5, 31, 8, tzinfo=timezone.utc))
    found.path.parent.mkdir(parents=True)
    found.path.write_bytes(b"x" * 2048)
    (row,) = page().select(".versioning-rescued tbody tr")
    assert str(found.path) in row.get_text()
    assert "2 KiB" in row.get_text()
    assert row.select_one("time")["datetime"].startswith("2024-05-31T08:00:00")

"""Within a web request, recording waits until the client has its answer, and no reader notices."""

from __future__ import annotations

import flask
import pytest
import sqlalchemy as sa
from ckan.tests import factories
from ckan.tests.helpers import call_action
from werkzeug.test import Client

from ckanext.versioning.recording import drain
from ckanext.versioning.tests.recording.helpers import history, pending

pytestmark = pytest.mark.usefixtures("versioning")


@pytest.fixture
def post(app):
    """Return a function that calls an action by HTTP; its response is not closed."""
    token = factories.APIToken(user=factories.Sysadmin()["name"])["token"]

    def call(action, **parameters):
        response = Client(app.app).post(
            f"/api/action/{action}", json=parameters, headers={"Authorization": token}
        )
        assert response.get_json()["success"]
        return response

    return call


def test_recorded_once_the_client_has_the_answer(post):
    dataset = factories.Dataset()
    with post("package_patch", id=dataset["id"], title="New"):
        assert pending(dataset["id"]) == 1
    assert pending(dataset["id"]) == 0
    assert history(dataset["id"])[0].info.message == "Change title"


def test_whoever_wrote_reads_it_at_once(post):
    dataset = factories.Dataset()
    with post("package_patch", id=dataset["id"], title="New", revision_message="Mine"):
        revisions = post("dataset_revision_list", dataset=dataset["id"]).get_json()["result"]
        assert revisions[0]["message"] == "Mine"


def test_reader_does_not_wait_for_what_has_failed_before(post, monkeypatch):
    dataset = factories.Dataset()
    with monkeypatch.context() as patch:
        patch.setattr(drain, "_deliver", _unavailable)
        call_action("package_patch", id=dataset["id"], title="Waits")
        patch.setattr(drain, "_deliver", _never)
        revisions = post("dataset_revision_list", dataset=dataset["id"]).get_json()["result"]
    assert len(revisions) == 1
    assert pending(dataset["id"]) == 1


def test_recorded_though_there_is_no_answer(app):
    dataset = factories.Dataset()
    with app.flask_app.test_request_context():
        flask.request_started.send(app.flask_app)
        call_action("package_patch", id=dataset["id"], title="New")
        assert pending(dataset["id"]) == 1
    assert pending(dataset["id"]) == 0


def test_failure_after_the_answer_is_logged(post, monkeypatch, caplog):
    dataset = factories.Dataset()
    response = post("package_patch", id=dataset["id"], title="New")
    monkeypatch.setattr(drain, "engine", _unavailable)
    response.close()
    assert dataset["id"] in caplog.text
    monkeypatch.undo()
    assert pending(dataset["id"]) == 1


def _unavailable(*_):
    raise sa.exc.OperationalError("SELECT 1", {}, Exception("gone"))


def _never(*_):
    raise AssertionError("a reader tried to deliver it")

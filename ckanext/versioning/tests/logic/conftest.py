"""Who calls the actions, and what about."""

from __future__ import annotations

import pytest
from ckan import model
from ckan.tests import factories

from ckanext.versioning.recording.metastore import get_metastore
from ckanext.versioning.tests.logic.api import Api, History, make_history


@pytest.fixture(scope="session")
def made():
    """What is made once for all tests, since making users is slow."""
    return {}


@pytest.fixture
def users(versioning, made):
    if "users" not in made or model.User.get(made["users"]["editor"]["id"]) is None:
        made.clear()
        made["users"] = {
            "other": factories.UserWithToken(),
            "member": factories.UserWithToken(),
            "editor": factories.UserWithToken(),
            "sysadmin": factories.SysadminWithToken(),
        }
    return made["users"]


@pytest.fixture
def api(app, users) -> Api:
    return Api(app, {name: user["token"] for name, user in users.items()})


@pytest.fixture
def organization(users, made):
    if "organization" not in made:
        made["organization"] = factories.Organization(
            users=[
                {"name": users["editor"]["name"], "capacity": "editor"},
                {"name": users["member"]["name"], "capacity": "member"},
            ]
        )
    return made["organization"]


@pytest.fixture
def history(organization) -> History:
    """A public dataset of three revisions; the tag ``v1`` names the second."""
    history = make_history(
        organization,
        title="One",
        resources=[{"name": "prices", "url": "http://example.com/prices.csv", "format": "CSV"}],
    )
    second = history.patch(title="Two", notes="Second")
    get_metastore().tag_create(history.id, "v1", second, description="The first version")
    history.patch(title="Three")
    return history

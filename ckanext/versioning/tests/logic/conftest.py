"""Who calls the actions, and what about."""

from __future__ import annotations

import pytest
from ckan import model
from ckan.tests import factories

from ckanext.versioning.tests.logic.api import Api, History, make_three


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
    return make_three(organization)

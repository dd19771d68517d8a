"""Histories and users for the pages: those of the tests of the actions."""

from __future__ import annotations

import pytest

from ckanext.versioning.tests.logic.api import History, make_three
from ckanext.versioning.tests.logic.conftest import (  # noqa: F401
    api,
    history,
    made,
    organization,
    users,
)
from ckanext.versioning.tests.views.pages import Site


@pytest.fixture
def site(users, made, make_app) -> Site:  # noqa: F811
    """CKAN as it is configured for all tests, made once: so its templates are compiled once."""
    if "app" not in made:
        made["app"] = make_app()
    return Site(made["app"], {name: user["token"] for name, user in users.items()})


@pytest.fixture
def shared(organization, made) -> History:  # noqa: F811
    """A dataset like ``history``, for tests that only look at it; made once."""
    if "shared" not in made:
        made["shared"] = make_three(organization)
    return made["shared"]

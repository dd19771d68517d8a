"""Histories and users for the pages: those of the tests of the actions."""

from __future__ import annotations

from ckanext.versioning.tests.logic.conftest import (  # noqa: F401
    api,
    history,
    made,
    organization,
    users,
)

"""Fixtures for the tests that need a real CKAN; the others run where CKAN is not installed."""

from __future__ import annotations

import pytest


@pytest.fixture
def versioning(with_plugins, non_clean_db, migrate_db_for):
    """CKAN with the plugin on, its tables made, data of earlier tests left in place."""
    migrate_db_for("versioning")


@pytest.fixture
def sysadmin(versioning):
    from ckan.tests import factories

    return factories.Sysadmin()

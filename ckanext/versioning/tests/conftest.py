"""Fixtures for the tests that need a real CKAN; the others run where CKAN is not installed."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def versioning_tables(reset_db_once):
    """The plugin's tables, made by its own migration, once a session."""
    from ckan.cli.db import _run_migrations

    return lambda: _run_migrations("versioning")


@pytest.fixture
def versioning(with_plugins, non_clean_db, migrate_db_for):
    """CKAN with the plugin on, its tables made, data of earlier tests left in place."""
    migrate_db_for("versioning")


@pytest.fixture
def sysadmin(versioning):
    from ckan.tests import factories

    return factories.Sysadmin()

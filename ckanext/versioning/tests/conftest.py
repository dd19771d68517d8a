"""Fixtures for the tests that need a real CKAN; the others run where CKAN is not installed."""

from __future__ import annotations

import pytest


@pytest.fixture
def versioning(loaded, non_clean_db, migrate_db_for):
    """CKAN with the plugin on, its tables made, data of earlier tests left in place."""
    migrate_db_for("versioning")


@pytest.fixture
def own_configuration(request) -> bool:
    """Whether the test brings settings or plugins of its own."""
    markers = ("ckan_config", "provide_plugin", "with_plugins")
    return any(request.node.get_closest_marker(name) for name in markers)


@pytest.fixture
def loaded(request, ckan_config, own_configuration):
    """The plugins of the configuration are on, and stay on: turning them on takes CKAN long."""
    from ckan import plugins
    from ckan.plugins.toolkit import aslist

    if own_configuration:
        request.getfixturevalue("with_plugins")
    elif not plugins.plugin_loaded("versioning"):
        plugins.load(*aslist(ckan_config["ckan.plugins"]))


@pytest.fixture(scope="session")
def apps():
    """The applications that were made for tests without a configuration of their own."""
    return {}


@pytest.fixture
def app(loaded, own_configuration, apps, make_app):
    """CKAN's fixture of this name, but made once: that, too, takes CKAN long."""
    if own_configuration:
        return make_app()
    if "app" not in apps:
        apps["app"] = make_app()
    return apps["app"]


@pytest.fixture
def sysadmin(versioning):
    from ckan.tests import factories

    return factories.Sysadmin()

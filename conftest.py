"""Without an ini `pytest` runs the tests that need no CKAN, also where CKAN is installed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no fault: only what a test asserts decides.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")

TESTS = Path(__file__).parent / "ckanext" / "versioning" / "tests"

# CKAN's pytest plugin is always active where CKAN is installed, and gives up without an ini.
CKAN_PLUGINS = ("ckan", "ckan_fixtures")


def _has_ini(config: pytest.Config) -> bool:
    return bool(config.getoption("--ckan-ini", None) or os.environ.get("CKAN_INI"))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if not _has_ini(config):
        for name in CKAN_PLUGINS:
            config.pluginmanager.set_blocked(name)


def pytest_report_header(config: pytest.Config) -> str | None:
    if _has_ini(config):
        return None
    return "no --ckan-ini: only the tests of metastore and mapping, which need no CKAN"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    if _has_ini(config) or TESTS not in collection_path.parents:
        return None
    needs_none = collection_path.relative_to(TESTS).parts[0] in ("metastore", "mapping")
    return None if needs_none else True

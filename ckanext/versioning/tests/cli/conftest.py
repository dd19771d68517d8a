"""Fixtures for the tests of the command line."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def run(versioning):
    """Run ``ckan versioning ...`` within the test's CKAN.

    ``code`` is the exit code to expect; None where datasets of other tests have a say in it.
    """
    from click.testing import CliRunner

    from ckanext.versioning.cli import get_commands

    (group,) = get_commands()

    def invoke(*arguments: str, code: int | None = 0) -> str:
        result = CliRunner().invoke(group, [str(argument) for argument in arguments])
        assert code in (result.exit_code, None), (result.output, result.exception)
        if result.exception is not None:
            assert isinstance(result.exception, SystemExit), result.exception
        return result.output

    return invoke


@pytest.fixture
def run_json(run):
    return lambda *arguments, code=0: json.loads(run(*arguments, "--json", code=code))


@pytest.fixture
def dataset(versioning):
    """A dataset with two revisions: title First, then Second."""
    from ckan.tests import factories
    from ckan.tests.helpers import call_action

    dataset = factories.Dataset(title="First")
    call_action("package_patch", id=dataset["id"], title="Second", revision_message="Better")
    return dataset

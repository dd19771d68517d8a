"""The actions as CKAN's API offers them."""

from __future__ import annotations

import inspect
import re

import ckan.plugins.toolkit as tk
import pytest
from ckan import authz

from ckanext.versioning.logic import action as actions
from ckanext.versioning.logic import auth
from ckanext.versioning.logic.schema import DIFF_TYPES
from ckanext.versioning.tests.logic.api import ACTIONS, READS, WRITES, parameters

pytestmark = pytest.mark.usefixtures("versioning")

OWN = {name for module in actions._MODULES for name in module.__all__}


def test_all_are_there():
    assert {*ACTIONS, "versioning_retry", "versioning_status"} == OWN


@pytest.mark.parametrize("name", sorted(OWN))
def test_each_has_an_auth_function(name):
    assert name in auth.__all__
    assert name in authz.auth_functions_list()


@pytest.mark.parametrize("name", sorted(OWN))
def test_each_is_documented(api, name):
    text = api.get("anonymous", "help_show", name=name).result
    parameters_ = set(re.findall(r":param (\w+):", text))
    assert parameters_ == set(re.findall(r":type (\w+):", text))
    if name != "dataset_tag_delete":
        assert ":returns:" in text
        assert ":rtype:" in text
    given = {*ACTIONS.get(name, {}), *parameters(name, "", "")} if name in ACTIONS else {"limit"}
    assert given <= parameters_
    if name == "dataset_revision_diff":
        assert all(f"``{kind}``" in text for kind in DIFF_TYPES)


@pytest.mark.parametrize("name", sorted(OWN))
def test_every_parameter_of_the_schema_is_documented(name):
    module = next(module for module in actions._MODULES if name in module.__all__)
    function = getattr(module, name)
    (factory,) = re.findall(r"schema\.validated\(schema\.(\w+)\(\)", inspect.getsource(function))
    from ckanext.versioning.logic import schema

    documented = set(re.findall(r":param (\w+):", function.__doc__))
    assert documented == set(getattr(schema, factory)())


@pytest.mark.parametrize("name", [*READS, "versioning_status"])
def test_reads_take_get(api, history, name):
    given = {}
    if name in READS:
        given = parameters(name, history.name, history.dataset["resources"][0]["id"])
    before = history.ids
    by_get = api.get("sysadmin", name, **given).result
    by_post = api.post("sysadmin", name, **given).result
    if name != "versioning_status":
        assert by_get == by_post
    assert history.ids == before


@pytest.mark.parametrize("name", WRITES)
def test_writes_do_not(api, history, name):
    given = parameters(name, history.name, history.dataset["resources"][0]["id"])
    assert api.get("sysadmin", name, **given).status == 400


def test_anonymous_callers_read_in_python(history):
    for name in READS:
        given = parameters(name, history.name, history.dataset["resources"][0]["id"])
        assert tk.get_action(name)({"user": ""}, given) is not None


def test_the_callers_data_is_left_alone(users, history):
    for name in ACTIONS:
        given = parameters(name, history.name, history.dataset["resources"][0]["id"])
        before = dict(given)
        tk.get_action(name)({"user": users["sysadmin"]["name"]}, given)
        assert given == before

"""log, show, diff, tag and revert on the command line."""

from __future__ import annotations

import pytest
from ckan.tests import factories
from ckan.tests.helpers import call_action


def test_log(run, run_json, dataset):
    lines = run("log", dataset["name"]).splitlines()
    assert len(lines) == 2
    assert "Better" in lines[0]
    assert len(run("log", dataset["id"], "--limit", "1").splitlines()) == 1
    assert run_json("log", dataset["name"])[0]["message"] == "Better"


def test_log_of_nothing(run):
    output = run("log", "there-is-no-such-dataset", code=1)
    assert "there-is-no-such-dataset" in output


def test_log_wants_a_sane_limit(run, dataset):
    assert "limit" in run("log", dataset["name"], "--limit", "0", code=1)


def test_show(run_json, dataset):
    shown = run_json("show", dataset["name"], "head~1")
    assert shown["dataset"]["title"] == "First"
    assert shown["datapackage"]["title"] == "First"


def test_show_names_a_bad_ref(run, dataset):
    assert "nothing-of-the-sort" in run("show", dataset["name"], "nothing-of-the-sort", code=1)


def test_diff(run, dataset):
    text = run("diff", dataset["name"], "head~1")
    assert '-  "title": "First",' in text
    assert '+  "title": "Second",' in text
    assert '"op": "replace"' in run("diff", dataset["name"], "head~1", "--type", "json-patch")


def test_tags(run, run_json, dataset):
    run("tag", "create", dataset["name"], "v1.0", "head~1", "-d", "The first")
    (tag,) = run_json("tag", "list", dataset["name"])
    assert (tag["name"], tag["description"]) == ("v1.0", "The first")
    assert run_json("show", dataset["name"], "v1.0")["dataset"]["title"] == "First"
    assert "v1.0" in run("log", dataset["name"])

    run("tag", "update", dataset["name"], "v1.0", "--name", "v1")
    (tag,) = run_json("tag", "list", dataset["name"])
    assert (tag["name"], tag["description"]) == ("v1", "The first")

    run("tag", "delete", dataset["name"], "v1")
    assert run_json("tag", "list", dataset["name"]) == []


@pytest.mark.parametrize("name", ["..", "has space", "deadbeef", "-x"])
def test_a_bad_tag_name(run, dataset, name):
    assert "name" in run("tag", "create", dataset["name"], "--", name, code=1)


def test_revert(run, run_json, dataset):
    user = factories.Sysadmin()
    plan = run_json("revert", dataset["name"], "head~1", "--dry-run")
    assert call_action("package_show", id=dataset["id"])["title"] == "Second"
    assert "Second" in str(plan)
    run("revert", dataset["name"], "head~1", "-m", "Was better", "--user", user["name"])
    assert call_action("package_show", id=dataset["id"])["title"] == "First"
    newest = run_json("log", dataset["name"])[0]
    assert (newest["action"], newest["message"]) == ("revert", "Was better")
    assert newest["author"]["id"] == user["id"]


def test_an_unknown_user_is_wrong_usage(run, dataset):
    output = run("revert", dataset["name"], "head~1", "--user", "nobody-of-this-name", code=2)
    assert "nobody-of-this-name" in output

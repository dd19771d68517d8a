"""A revision's place in the history."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ckan.tests.helpers import call_action

from ckanext.versioning.logic.dictization import iso
from ckanext.versioning.tests.logic.api import make_history

pytestmark = pytest.mark.usefixtures("versioning")


def neighbours(api, history, user="anonymous", **given):
    return api.get(user, "dataset_revision_neighbours", dataset=history.name, **given).result


def places(history, told):
    """Return the numbers of the revisions, oldest first, that were told."""
    ids = history.ids
    return {name: item and ids.index(item["id"]) for name, item in told.items()}


def test_in_the_middle(api, history):
    told = neighbours(api, history, revision_ref="v1")
    assert places(history, told) == {
        "revision": 1,
        "first": 0,
        "previous": 0,
        "next": 2,
        "last": 2,
    }
    assert told["next"]["time"] == iso(history.revisions[2].info.time)


def test_at_the_ends(api, history):
    first = neighbours(api, history, revision_ref=history.ids[0])
    assert first["previous"] is None
    assert places(history, first)["next"] == 1
    last = neighbours(api, history)
    assert last["next"] is None
    assert places(history, last)["revision"] == 2


def test_by_time(api, history):
    times = [revision.info.time for revision in history.revisions]
    moments = {
        times[0] - timedelta(days=1): 0,
        times[1] - timedelta(microseconds=1): 0,
        times[1]: 1,
        times[2] + timedelta(days=1000): 2,
    }
    for moment, number in moments.items():
        told = neighbours(api, history, time=iso(moment))
        assert places(history, told)["revision"] == number


def test_hidden_revisions_are_no_neighbours(api, organization):
    history = make_history(organization, private=True, title="Zero")
    history.patch(private=False, title="One")
    history.patch(private=True)
    history.patch(private=False, title="Three")
    call_action("package_delete", id=history.id)
    history.patch(state="active")
    ids = history.ids
    assert len(ids) == 6
    told = neighbours(api, history, revision_ref=ids[3])
    assert places(history, told) == {
        "revision": 3,
        "first": 1,
        "previous": 1,
        "next": 5,
        "last": 5,
    }
    before = neighbours(api, history, time=iso(history.revisions[0].info.time))
    assert places(history, before)["revision"] == 1
    complete = neighbours(api, history, "editor", revision_ref=ids[3])
    assert places(history, complete) == {
        "revision": 3,
        "first": 0,
        "previous": 2,
        "next": 4,
        "last": 5,
    }


@pytest.mark.parametrize("time", ["yesterday", "head", "2024-13-01", "x" * 10_000])
def test_what_is_no_time(api, history, time):
    answer = api.get("anonymous", "dataset_revision_neighbours", dataset=history.id, time=time)
    assert "time" in answer.error

"""No dataset is too odd: every one has a canonical form and a valid public view."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ckanext.versioning.mapping import canonical, canonical_hash, restorable, to_datapackage

from . import strategies
from .validity import problems

thorough = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def _frozen(value: Any) -> str:
    return repr(value)


@thorough
@given(st.one_of(strategies.objects, strategies.datasets))
def test_every_object_has_a_valid_view(dataset):
    before = copy.deepcopy(dataset)
    package = to_datapackage(dataset)
    assert problems(package) == []
    assert _frozen(dataset) == _frozen(before)
    assert json.dumps(to_datapackage(dataset)) == json.dumps(package)


@thorough
@given(st.sampled_from(strategies.KNOWN), strategies.values)
def test_every_value_under_every_known_key(key, value):
    resource = {"id": "r", "name": "n", "url": "http://example.org/x"}
    extra = {"key": key, "value": value}
    dataset = {"id": "d", "name": "prices", "title": "T"}
    for odd in (
        {**dataset, key: value},
        {**dataset, "resources": [{**resource, key: value}, resource]},
        {**dataset, "extras": [extra]},
        {**dataset, "tags": [{"name": "t", key: value}], "groups": [{"id": "g", key: value}]},
    ):
        assert problems(to_datapackage(odd)) == []


@thorough
@given(strategies.datasets)
@example({"relationships_as_subject": [{"type": "x", "__extras": {"__extras": {"a": 1}}}]})
@example({"groups": [{"id": None, "name": ""}], "extras": {"b": 1, "a": 2}, "tags": ["b", "a"]})
def test_the_canonical_form_is_a_fixed_point(dataset):
    before = _frozen(dataset)
    form = canonical(dataset)
    assert _frozen(canonical(form)) == _frozen(form)
    assert canonical_hash(form) == canonical_hash(dataset)
    assert _frozen(dataset) == before


@thorough
@given(strategies.datasets, strategies.datasets, st.booleans())
def test_every_pair_has_a_restoration(then, now, full):
    before = _frozen((then, now))
    restorable(then, now, full=full)
    assert _frozen((then, now)) == before


def _nested(depth: int, wrap) -> Any:
    value: Any = "bottom"
    for _ in range(depth):
        value = wrap(value)
    return value


@pytest.mark.parametrize("wrap", [lambda x: [x], lambda x: {"en": x}, lambda x: {"a": [x]}])
@pytest.mark.parametrize("key", ["title", "notes", "tags", "keywords", "resources", "x", "sources"])
def test_values_nested_deeper_than_python_recurses(key, wrap):
    deep = _nested(20_000, wrap)
    dataset = {"id": "d", "name": "prices", key: deep}
    assert problems(to_datapackage(dataset)) == []
    assert canonical_hash(dataset) != canonical_hash({**dataset, key: _nested(20_001, wrap)})
    in_resource = {"id": "d", "name": "prices", "resources": [{"url": "x", key: deep}]}
    assert problems(to_datapackage(in_resource)) == []
    canonical_hash(in_resource)


@pytest.mark.parametrize(
    "number", [10**5000, -(10**5000), float("nan"), float("-inf")], ids=list("abcd")
)
def test_numbers_that_json_cannot_write(number):
    dataset = {"id": "d", "title": number, "x": number, "resources": [{"size": number}]}
    package = to_datapackage(dataset)
    assert problems(package) == []
    assert isinstance(package["x"], str)
    assert "bytes" not in package["resources"][0]
    assert canonical_hash(dataset) != canonical_hash(
        {**dataset, "x": number + 1 if isinstance(number, int) else 1}
    )

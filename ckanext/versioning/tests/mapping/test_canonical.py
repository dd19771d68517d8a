"""What counts as content, and what does not."""

from __future__ import annotations

import copy
import random
import time
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.versioning.mapping import canonical, canonical_hash, to_datapackage
from ckanext.versioning.mapping.jsontext import _pieces, compact

from . import strategies
from .shapes import ODD, dataset, resource

DERIVED = {
    "metadata_modified": "2030-01-01T00:00:00",
    "metadata_created": "2030-01-01T00:00:00",
    "num_resources": 99,
    "num_tags": 99,
    "isopen": False,
    "license_title": "CC BY",
    "license_url": "https://example.org/cc-by",
    "tracking_summary": {"total": 7, "recent": 1},
    "organization": {"id": "2c0c8f53-8ac1-4e3e-9a50-1a3c2ddc7b11", "title": "Bureau"},
    "revision_id": "x",
    "revision_timestamp": "x",
}
RESOURCE_DERIVED = {
    "metadata_modified": "2030-01-01T00:00:00",
    "position": 7,
    "package_id": "x",
    "datastore_active": True,
    "tracking_summary": {"total": 7},
    "revision_id": "x",
    "revision_timestamp": "x",
}
#: Whatever else stands in a dataset as CKAN shows it: a user, an admin or a plugin can set it.
SETTABLE = sorted(set(dataset()) - set(DERIVED))
RESOURCE_SETTABLE = sorted(set(resource()) - set(RESOURCE_DERIVED))


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(DERIVED)), strategies.values))
def test_what_ckan_derives_does_not_count(changes):
    changed = {**dataset(), **changes}
    assert canonical_hash(changed) == canonical_hash(dataset())
    assert canonical_hash({**dataset(), **DERIVED}) == canonical_hash(dataset())


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(RESOURCE_DERIVED)), strategies.values))
def test_what_ckan_derives_of_a_resource_does_not_count(changes):
    changed = dataset(resources=[{**resource(1), **changes}, {**resource(2), **RESOURCE_DERIVED}])
    assert canonical_hash(changed) == canonical_hash(dataset())


@pytest.mark.parametrize("key", SETTABLE)
def test_every_other_field_counts(key):
    assert canonical_hash({**dataset(), key: "another"}) != canonical_hash(dataset())


@pytest.mark.parametrize("key", RESOURCE_SETTABLE)
def test_every_other_field_of_a_resource_counts(key):
    changed = dataset(resources=[resource(1, **{key: "another"}), resource(2)])
    assert canonical_hash(changed) != canonical_hash(dataset())


@settings(deadline=None)
@given(st.text().filter(lambda key: key not in DERIVED and key not in dataset()), strategies.text)
def test_unknown_fields_count(key, value):
    assert canonical_hash({**dataset(), key: value}) != canonical_hash(dataset())


@pytest.mark.parametrize("key", ["groups", "tags", "extras", "relationships_as_object"])
def test_the_order_of_what_ckan_keeps_as_a_set_does_not_count(key):
    members = [{"id": n, "key": n, "name": n, "type": n} for n in "cabde"]
    shuffled = random.Random(1).sample(members, 5)
    assert canonical_hash(dataset(**{key: members})) == canonical_hash(dataset(**{key: shuffled}))
    assert canonical_hash(dataset(**{key: members[1:]})) != canonical_hash(
        dataset(**{key: members})
    )


def test_the_order_of_resources_counts():
    one, two = resource(1, position=0), resource(2, position=1)
    turned = [{**two, "position": 0}, {**one, "position": 1}]
    assert canonical_hash(dataset(resources=turned)) != canonical_hash(dataset())


def test_a_group_is_its_id():
    renamed = [{"id": "g2"}, {"id": "g1", "name": "new", "title": "New", "image_display_url": "x"}]
    assert canonical_hash(dataset(groups=renamed)) == canonical_hash(dataset())
    assert canonical(dataset(groups=[{"name": "economy", "title": "x"}]))["groups"] == [
        {"name": "economy"}
    ]


def test_a_tag_is_its_name_in_its_vocabulary():
    tags = [
        {"name": "b", "vocabulary_id": "v", "id": "made again", "display_name": "B"},
        {"name": "a", "vocabulary_id": None, "revision_timestamp": "x"},
    ]
    assert canonical_hash(dataset(tags=tags)) == canonical_hash(dataset())
    free = [{"name": "a"}, {"name": "b"}]
    assert canonical_hash(dataset(tags=free)) != canonical_hash(dataset())
    assert canonical_hash(dataset(tags=["a", "b"])) == canonical_hash(dataset(tags=free))


def test_an_extra_is_its_key_and_value():
    old = [
        {"key": "year", "value": "2020", "id": "x", "state": "active", "revision_id": "y"},
        {"key": "region", "value": "North", "package_id": "z"},
    ]
    assert canonical_hash(dataset(extras=old)) == canonical_hash(dataset())
    as_object = {"year": "2020", "region": "North"}
    assert canonical_hash(dataset(extras=as_object)) == canonical_hash(dataset())
    number = [{"key": "region", "value": "North"}, {"key": "year", "value": 2020}]
    assert canonical_hash(dataset(extras=number)) != canonical_hash(dataset())


def test_a_relationship_is_what_it_says():
    relation = dataset()["relationships_as_subject"][0]
    inner = relation["__extras"]
    again = {**relation, "id": "r9", "state": "active", "__extras": {**inner, "revision_id": "x"}}
    assert canonical_hash(dataset(relationships_as_subject=[again])) == canonical_hash(dataset())
    for changed in ({"type": "depends_on"}, {"comment": "x"}, {"__extras": {}}):
        other = dataset(relationships_as_subject=[{**relation, **changed}])
        assert canonical_hash(other) != canonical_hash(dataset())


def test_without_owner_org_the_organization_counts():
    free = dataset(owner_org=None, organization=None)
    named = dataset(owner_org=None, organization="office")
    assert len({canonical_hash(one) for one in (dataset(), free, named)}) == 3


def test_without_a_licence_id_title_and_url_count():
    without = dataset(license_id=None, license_title="Own", license_url="http://example.org/l")
    other = {**without, "license_title": "Other"}
    assert canonical_hash(without) != canonical_hash(other)


@pytest.mark.parametrize("key", ["notes", "author", "license_id", "version"])
def test_null_blank_and_absent_texts_are_the_same(key):
    null, blank, absent = dataset(**{key: None}), dataset(**{key: ""}), dataset()
    del absent[key]
    assert canonical_hash(null) == canonical_hash(blank) == canonical_hash(absent)
    assert canonical_hash(null) != canonical_hash(dataset())


@pytest.mark.parametrize("key", ["url_type", "size", "name", "last_modified"])
def test_null_blank_and_absent_columns_of_a_resource_are_the_same(key):
    absent = resource()
    del absent[key]
    shapes = (absent, resource(**{key: None}), resource(**{key: ""}))
    assert len({canonical_hash({"resources": [shape]}) for shape in shapes}) == 1


def test_a_resource_that_is_not_active_differs():
    gone = dataset(resources=[resource(1), resource(2, state="deleted")])
    assert canonical_hash(gone) != canonical_hash(dataset())


def test_fields_that_the_caller_names_do_not_count():
    seen = dataset(pageviews=7, resources=[resource(1, pageviews=3), resource(2)])
    assert canonical_hash(seen, ignore={"pageviews"}) == canonical_hash(dataset())
    assert canonical_hash(seen) != canonical_hash(dataset())


@pytest.mark.parametrize("name", ODD)
def test_odd_shapes(name):
    shape = copy.deepcopy(ODD[name])
    form = canonical(shape)
    assert shape == ODD[name]
    assert canonical(form) == form
    assert canonical_hash(dict(reversed(shape.items()))) == canonical_hash(shape)


def test_types_and_odd_text_are_told_apart():
    shapes = [1, True, "1", 1.5, "true", None, [], {}, [1], "\ud800", "\ufffd", "\\ud800"]
    assert len({canonical_hash({"x": shape}) for shape in shapes}) == len(shapes)


def test_a_date_of_a_plugin_hashes_like_the_text_it_becomes():
    when = datetime(2024, 3, 1, 10)
    assert canonical_hash({"x": when}) == canonical_hash({"x": "2024-03-01T10:00:00"})
    assert to_datapackage({"x": when})["x"] == "2024-03-01T10:00:00"


def test_the_hash_stays_what_it_is():
    """Hashes are stored: a change of the form makes every dataset look changed once."""
    expected = "e25e4675e694984a860654a05ff41db47b3cbd9fbe3942047c63466896d356e9"
    assert canonical_hash(dataset()) == expected


@settings(deadline=None)
@given(strategies.values)
def test_both_ways_of_writing_agree(value):
    assert "".join(_pieces(value)) == compact(value)


def test_it_is_quick():
    big = dataset(resources=[resource(number) for number in range(100)])
    started = time.perf_counter()
    for _ in range(20):
        canonical_hash(big)
    # Some 1 ms each; what this catches is a cost that grows faster than the dataset.
    assert (time.perf_counter() - started) / 20 < 0.02

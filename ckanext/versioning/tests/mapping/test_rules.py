"""What the properties of a data package may hold, and what is made of the rest."""

from __future__ import annotations

import pytest

from ckanext.versioning.mapping import rules, to_datapackage
from ckanext.versioning.mapping.resources import resource_names
from ckanext.versioning.mapping.tableschema import table_schema

from .shapes import dataset, resource


def test_a_made_up_name_does_not_take_that_of_another():
    names = ["x-2", "x-2", "x-2-2"]
    assert resource_names([{"name": name} for name in names]) == ["x-2", "x-2-3", "x-2-2"]


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        (rules.size, "12 ", 12),
        (rules.size, 12.0, 12),
        (rules.size, 12.5, None),
        (rules.size, -1, None),
        (rules.size, True, None),
        (rules.size, 2**63, None),
        (rules.created, "2024-02-29T10:00:00.1234567", "2024-02-29T10:00:00.123456Z"),
        (rules.created, "2024-03-01 10:00:00+02:00", "2024-03-01T10:00:00+02:00"),
        (rules.created, "2023-02-29T10:00:00", None),
        (rules.created, "2024-03-01", None),
        (rules.email, "ann@example.org", "ann@example.org"),
        (rules.email, "ann at example", None),
        (rules.email, "ann@example.org, bob@example.org", None),
        (rules.mediatype, "text/csv; charset=utf-8", "text/csv; charset=utf-8"),
        (rules.mediatype, "CSV", None),
        (rules.checksum, "d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e"),
        (rules.checksum, "a" * 40, "sha1:" + "a" * 40),
        (rules.checksum, "sha256:" + "a" * 64, "sha256:" + "a" * 64),
        (rules.checksum, "etag", None),
        (rules.people, [{"title": "A", "role": "boss"}], [{"title": "A"}]),
        (rules.people, [{"name": "A"}, {"role": "author"}, ""], [{"name": "A", "title": "A"}]),
        (rules.people, {"de": "Amt", "fr": "Bureau"}, [{"title": "Amt"}]),
        (rules.text, {"affiliation": "A", "email": "B"}, None),
        (rules.licenses, [{"path": "../x", "title": "T"}], [{"path": "x", "title": "T"}]),
        (rules.licenses, [{"name": "", "title": "()"}, {}], None),
        (table_schema, {"fields": [{"name": "a"}, {"name": "a"}]}, None),
        (
            table_schema,
            {"fields": [{"name": "a"}], "primaryKey": ["b"]},
            {"fields": [{"name": "a"}]},
        ),
        (
            table_schema,
            {"fields": [{"name": "a", "constraints": {"required": True, "minimum": "?"}}]},
            {"fields": [{"name": "a", "constraints": {"required": True}}]},
        ),
    ],
)
def test_rules(rule, value, expected):
    assert rule(value) == expected


FOREIGN = """$schema $frictionless ckan profile profiles type missingValues fields rows data dialect
layout stats hashing scheme compression extrapaths innerpath control"""


@pytest.mark.parametrize("key", FOREIGN.split())
def test_names_with_a_meaning_of_their_own_are_not_passed_on(key):
    package = to_datapackage(dataset(**{key: "odd"}, resources=[resource(**{key: "odd"})]))
    for one in (package, package["resources"][0]):
        assert one["ckan"][key] == "odd"
        assert one.get(key) in (None, "data-package", one["ckan"])


def test_blanks_around_a_value_are_no_difference():
    padded = dataset(title=" Prices ", resources=[resource(url=" prices-1.csv ", size=" 12 ")])
    assert to_datapackage(padded)["ckan"] == {"type": "dataset"}
    assert "ckan" not in to_datapackage(padded)["resources"][0]


def test_a_field_that_the_mapper_would_overwrite():
    twice = [resource(name="x", original_name="mine"), resource(name="x")]
    one, two = to_datapackage(dataset(resources=twice))["resources"]
    assert (one["name"], one["original_name"]) == ("x-1", "mine")
    assert (two["name"], two["title"]) == ("x-2", "x")
    assert "original_name" not in two


def test_a_made_up_path():
    made_up = [resource(url="", name="x.csv"), resource(url="", name="y", format="a format")]
    one, two = to_datapackage(dataset(resources=made_up))["resources"]
    assert (one["path"], two["path"]) == ("x.csv", "y")
    assert one["url_type"] == "upload"

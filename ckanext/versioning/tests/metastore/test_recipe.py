"""What a change means for a version number."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.versioning.metastore.recipe import (
    CODES,
    Level,
    latest,
    level,
    next_version,
    reasons,
)

RESOURCE = {
    "id": "r1",
    "name": "prices",
    "path": "http://example.com/prices.csv",
    "format": "CSV",
    "hash": "sha256:aa",
    "bytes": 10,
    "schema": {
        "fields": [
            {"name": "day", "type": "date", "constraints": {"required": True}},
            {"name": "price", "type": "number", "constraints": {"minimum": 0, "enum": [1, 2]}},
        ],
        "primaryKey": "day",
    },
}
PACKAGE = {"id": "p", "name": "gold", "title": "Gold", "resources": [RESOURCE]}


def codes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [reason.code for reason in reasons(before, after)]


def with_resource(**changes: Any) -> dict[str, Any]:
    return {**PACKAGE, "resources": [{**RESOURCE, **changes}]}


def with_field(number: int, **changes: Any) -> dict[str, Any]:
    fields = list(RESOURCE["schema"]["fields"])
    fields[number] = {**fields[number], **changes}
    return with_schema(fields=fields)


def with_schema(**changes: Any) -> dict[str, Any]:
    return with_resource(schema={**RESOURCE["schema"], **changes})


DAY, PRICE = RESOURCE["schema"]["fields"]
NOTE = {"name": "note", "type": "string"}
SECOND = {"id": "r2", "name": "second", "path": "second.csv"}


@pytest.mark.parametrize(
    ("after", "code"),
    [
        ({**PACKAGE, "name": "silver"}, "package-renamed"),
        ({**PACKAGE, "resources": []}, "resource-removed"),
        (with_resource(name="values"), "resource-renamed"),
        (with_resource(format="XLSX"), "format-changed"),
        (with_resource(schema=None), "schema-removed"),
        (with_schema(fields=[DAY, PRICE, NOTE]), "field-added"),
        (with_schema(fields=[DAY]), "field-removed"),
        (with_schema(fields=[PRICE, DAY]), "fields-reordered"),
        (with_field(1, type="integer"), "field-type-changed"),
        (with_field(0, format="%d/%m/%Y"), "field-type-changed"),
        (with_field(1, constraints={"minimum": 1, "enum": [1, 2]}), "constraint-stricter"),
        (with_field(1, constraints={"minimum": 0, "enum": [1]}), "constraint-stricter"),
        (with_field(1, constraints={"minimum": 0, "unique": True}), "constraint-stricter"),
        (with_schema(primaryKey=["day", "price"]), "key-changed"),
        ({**PACKAGE, "resources": [RESOURCE, SECOND]}, "resource-added"),
        (with_resource(hash="sha256:bb"), "data-changed"),
        (with_resource(hash=None, bytes=11), "data-changed"),
        (with_field(1, constraints={"minimum": -1, "enum": [1, 2]}), "constraint-looser"),
        (with_field(1, constraints={"enum": [1, 2, 3]}), "constraint-looser"),
        (with_field(0, constraints={"required": False}), "constraint-looser"),
        (with_field(0, constraints=None), "constraint-looser"),
        (with_schema(foreignKeys=[{"fields": "day"}]), "reference-changed"),
        ({**PACKAGE, "title": "Gold prices"}, "description-changed"),
        (with_resource(description="Daily"), "description-changed"),
        (with_field(0, title="Day"), "description-changed"),
    ],
)
def test_what_a_change_means(after: dict[str, Any], code: str) -> None:
    assert codes(PACKAGE, after) == [code]
    assert level(reasons(PACKAGE, after)) == CODES[code]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (PACKAGE, PACKAGE),
        (PACKAGE, with_resource(path="https://example.org/moved.csv")),
        (with_resource(last_modified="2024-01-01"), with_resource(last_modified="2025-01-01")),
    ],
    ids=["nothing", "another place", "another time"],
)
def test_what_is_no_change(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert reasons(before, after) == []
    assert level([]) is Level.NONE


def test_a_format_that_was_not_given_is_no_other_format() -> None:
    assert codes(with_resource(format=""), PACKAGE) == ["description-changed"]


def test_a_schema_as_text_counts() -> None:
    after = with_resource(schema='{"fields": [{"name": "day", "type": "date"}]}')
    assert "field-removed" in codes(PACKAGE, after)


@pytest.mark.parametrize("schema", ["{", [], {"fields": [1]}, {"fields": [{}, {}]}, 7])
def test_what_is_no_schema_is_none(schema: Any) -> None:
    assert codes(with_resource(schema=schema), with_resource(schema="none")) == [
        "description-changed"
    ]


def test_the_first_reason_weighs_most() -> None:
    after = {**with_schema(fields=[DAY]), "title": "New"}
    after["resources"].append(SECOND)
    found = reasons(PACKAGE, after)
    assert [reason.level for reason in found] == [Level.MAJOR, Level.MINOR, Level.PATCH]
    assert (found[0].subject, found[0].detail) == ("prices", "price")


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        ("1.2.3", Level.MAJOR, "2.0.0"),
        ("1.2.3", Level.MINOR, "1.3.0"),
        ("1.2.3", Level.PATCH, "1.2.4"),
        ("v1.2", Level.MAJOR, "v2.0"),
        ("v1.2", Level.MINOR, "v1.3"),
        ("v1.2", Level.PATCH, "v1.2.1"),
        ("V3", Level.MINOR, "V3.1"),
        ("3", Level.MAJOR, "4"),
        ("1.2.3", Level.NONE, None),
        ("2024-05", Level.MAJOR, None),
        ("1.02", Level.MAJOR, None),
        ("1.2.3.4", Level.MAJOR, None),
    ],
)
def test_the_next_number(name: str, change: Level, expected: str | None) -> None:
    assert next_version(name, change) == expected


def test_the_latest_number_is_the_highest() -> None:
    assert latest(["v1.9", "final", "v1.10", "v1.2.7"]) == "v1.10"
    assert latest(["final", ""]) is None

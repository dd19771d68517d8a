"""What the public view says of a dataset."""

from __future__ import annotations

import copy
import json

import pytest

from ckanext.versioning.mapping import to_datapackage

from .shapes import ID, ODD, dataset, resource
from .validity import problems


@pytest.mark.parametrize("name", ODD)
def test_odd_shapes_have_a_valid_view(name):
    shape = copy.deepcopy(ODD[name])
    package = to_datapackage(shape)
    assert problems(package) == []
    assert shape == ODD[name]
    assert json.dumps(to_datapackage(shape)) == json.dumps(package)


@pytest.mark.parametrize("name", ODD)
def test_the_order_of_keys_does_not_show(name):
    turned = dict(reversed(ODD[name].items()))
    assert json.dumps(to_datapackage(turned)) == json.dumps(to_datapackage(ODD[name]))


def test_a_plain_dataset():
    package = to_datapackage(dataset())
    del package["groups"], package["relationships_as_object"], package["relationships_as_subject"]
    first, second = package.pop("resources")
    assert package == {
        "profile": "data-package",
        "name": "prices",
        "id": ID,
        "title": "Prices",
        "description": "What things cost.",
        "homepage": "http://example.org/prices",
        "version": "1.0",
        "created": "2024-03-01T09:00:00.000000Z",
        "keywords": ["a", "b"],
        "licenses": [
            {
                "name": "cc-by",
                "title": "Creative Commons Attribution",
                "path": "http://www.opendefinition.org/licenses/cc-by",
            }
        ],
        "contributors": [{"title": "Ann", "role": "author", "email": "ann@example.org"}],
        "creator_user_id": "7d1d3c1e-58a6-4c11-93bd-babc60586cfc",
        "metadata_created": "2024-03-01T09:00:00.000000",
        "metadata_modified": "2024-03-02T10:00:00.000000",
        "owner_org": "2c0c8f53-8ac1-4e3e-9a50-1a3c2ddc7b11",
        "private": False,
        "region": "North",
        "year": "2020",
        "ckan": {"type": "dataset"},
    }
    assert first == {
        "name": "prices-1-csv-",
        "path": "prices-1.csv",
        "title": "Prices 1 (CSV)",
        "description": "Prices by month",
        "format": "CSV",
        "mediatype": "text/csv",
        "bytes": 1200,
        "id": "00000000-0000-4000-8000-000000000001",
        "created": "2024-03-01T10:00:00.000001",
        "last_modified": "2024-03-01T10:00:00.000000",
        "metadata_modified": "2024-03-02T10:00:00.000000",
        "package_id": ID,
        "url_type": "upload",
    }
    assert second["name"] == "prices-2-csv-"


def test_it_shares_nothing_with_the_dataset():
    source = dataset(x={"y": []})
    to_datapackage(source)["x"]["y"].append(1)
    assert source["x"] == {"y": []}


def test_what_only_sysadmins_see_is_not_in_it():
    assert "checker" not in json.dumps(to_datapackage(dataset()))


@pytest.mark.parametrize("text", ["2020", "1.10", "null", "1e5", "true", "007", '"x"', "NaN", ""])
def test_extras_that_look_like_json_scalars_stay_text(text):
    assert to_datapackage(dataset(extras=[{"key": "x", "value": text}]))["x"] == text
    assert to_datapackage(dataset(resources=[resource(x=text)]))["resources"][0]["x"] == text


def test_extras():
    package = to_datapackage(ODD["extras"])
    assert package["title"] == "Prices"
    assert package["a b@"] == "1.10"
    assert package["twice"] == "1"
    assert package["json"] == {"a": [1]}
    assert package["date"] == "[2020-06-01T00:00:00 TO 2020-07-01T23:59:59]"
    assert package["empty"] == ""
    assert package["ckan"]["extras"] == [
        {"key": "title", "value": "other"},
        {"key": "twice", "value": "2", "state": "active"},
        {"value": "no key"},
        "no object",
    ]


@pytest.mark.parametrize("key", ["id", "name", "notes", "url", "resources", "tags", "license_id"])
def test_an_extra_does_not_overwrite_a_core_field(key):
    plain, extra = dataset(extras=[]), {"key": key, "value": "other"}
    package = to_datapackage({**plain, "extras": [extra]})
    assert package["ckan"].pop("extras") == [extra]
    assert package == to_datapackage(plain)


def test_an_extra_does_not_stand_in_for_a_core_field():
    package = to_datapackage({"id": ID, "extras": [{"key": "title", "value": "other"}]})
    assert "title" not in package


def test_an_extra_named_like_a_property_is_used_where_it_fits():
    one = to_datapackage(dataset(extras=[{"key": "image", "value": "http://example.org/i.png"}]))
    assert one["image"] == "http://example.org/i.png"
    two = to_datapackage(dataset(extras=[{"key": "profile", "value": "http://example.org/p"}]))
    assert (two["profile"], two["ckan"]["profile"]) == ("data-package", "http://example.org/p")


def test_objects_by_language():
    package = to_datapackage(ODD["objects by language"])
    assert package["title"] == "Preise"
    assert package["description"] == "Costs"
    assert package["keywords"] == ["Preis"]
    kept = package["ckan"]
    assert kept["title"] == {"de": "Preise", "fr": "Prix"}
    assert kept["notes"] == {"de": "Kosten", "en": "Costs"}
    assert kept["keywords"] == {"de": ["Preis"], "en": ["price"]}
    assert kept["tags"] == [{"name": {"de": "Preis"}}]
    (first,) = package["resources"]
    assert (first["name"], first["title"]) == ("preise", "T")
    assert first["ckan"]["name"] == {"de": "Preise"}


def test_custom_fields_in_the_place_of_properties():
    package = to_datapackage(ODD["collisions"])
    assert package["description"] == "What things cost."
    assert package["keywords"] == ["a", "b"]
    assert package["sources"] == [{"title": "Office"}]
    assert package["created"] == "2024-03-01T09:00:00.000000Z"
    assert package["schema"] == [1]
    assert package["ckan"] == {
        "type": "dataset",
        "keywords": "x, y",
        "description": ["x"],
        "sources": "Office",
        "contributors": {"name": "Ann"},
        "created": "yesterday",
        "homepage": 0,
        "profile": "http://127.0.0.1:9/none.json",
        "licenses": "[]",
        "missingValues": "-",
        "ckan": {"ckan": 1},
    }


def test_keywords_without_tags():
    assert to_datapackage(dataset(tags=[], keywords="x, y,"))["keywords"] == ["x", "y"]
    assert to_datapackage(dataset(tags=[], keywords=["x"]))["keywords"] == ["x"]
    assert "keywords" not in to_datapackage(dataset(tags=[], keywords=","))


def test_custom_fields_in_the_place_of_properties_of_a_resource():
    (first,) = to_datapackage(ODD["resource collisions"])["resources"]
    assert first["path"] == "prices-1.csv"
    assert first["bytes"] == 1200
    assert first["mediatype"] == "text/csv"
    assert first["title"] == "1"
    kept = first["ckan"]
    assert kept["path"] == "../x"
    assert kept["bytes"] == "many"
    assert kept["type"] == "Table"
    assert kept["name"] == "Prices 1 (CSV)"
    assert set(first).isdisjoint({"data", "schema", "profile", "dialect", "type", "stats"})


def test_resources():
    found = to_datapackage(ODD["resources"])["resources"]
    said = [(one["name"], one["path"]) for one in found]
    assert said == [
        ("unnamed-resource-1", "unnamed-resource-1"),
        ("unnamed-resource-2", "unnamed-resource-2"),
        ("a-b-1", "a-b-1.csv"),
        ("a-b-2", "http://example.org/a%20b.csv"),
        ("a-b-3", "C_/data/x.csv"),
        ("unnamed-resource-3", "data/x.csv"),
        ("a-b-1-2", "data.csv"),
        ("a-b-4", "data.csv"),
    ]
    assert [one.get("bytes") for one in found[2:]] == [None, 1200, 1200, None, 1200, 12]
    assert [one["title"] for one in found[2:5]] == ["a/b", "A b", "a-b"]
    assert found[0]["ckan"] == {"url": None}
    assert found[2]["ckan"] == {"size": "1.2 MB", "url": "https: //example.org/x"}
    assert found[4]["ckan"] == {"hash": "0", "mimetype": "CSV", "url": "C:\\data\\x.csv"}
    assert found[5]["ckan"] == {"size": True, "url": "/data/../x.csv"}
    assert to_datapackage(ODD["resources"])["ckan"]["resources"][-2:] == [None, "text"]


def test_names_are_unique_whatever_they_were():
    names = ["x", "x", "x-1", "X", "x-2", "x-2", "", "unnamed-resource-1", "数据", "[1]", "."]
    package = to_datapackage({"resources": [{"name": name, "url": "u"} for name in names]})
    assert problems(package) == []
    assert [one.get("title", one["name"]) for one in package["resources"]][:6] == names[:6]


def test_people():
    package = to_datapackage(ODD["people"])
    assert package["contributors"] == [
        {"title": "ann@example.org", "role": "author", "email": "ann@example.org"},
        {"title": "Bob", "role": "maintainer"},
    ]
    assert package["ckan"]["maintainer"] == {"fr": "Bob"}
    assert package["ckan"]["maintainer_email"] == "bob at example"


def test_licences():
    package = to_datapackage(ODD["licence"])
    assert package["licenses"] == [{"name": "Other-Open", "title": "Other (Open) "}]
    assert package["ckan"]["license_id"] == "Other (Open) "
    assert package["ckan"]["license_url"] == "see website"
    assert "licenses" not in to_datapackage(ODD["no licence"])


def test_a_name_that_ckan_would_not_take():
    package = to_datapackage(dataset(name="Über Preise!"))
    assert package["name"] == "uber-preise-"
    assert package["ckan"]["name"] == "Über Preise!"
    assert to_datapackage({"id": ID})["name"] == ID
    assert "name" not in to_datapackage({})


def test_a_homepage_that_is_no_url():
    package = to_datapackage(dataset(url="City Council"))
    assert "homepage" not in package
    assert package["ckan"]["url"] == "City Council"


def test_a_table_schema():
    schema = {"fields": [{"name": "month", "type": "date"}], "primaryKey": ["month"]}
    for given in (schema, json.dumps(schema)):
        package = to_datapackage(dataset(resources=[resource(schema=given)]))
        assert problems(package) == []
        assert package["resources"][0]["schema"] == schema
    for wrong in ({"fields": [{"name": "x", "type": "text"}]}, {"fields": []}, "month", [schema]):
        package = to_datapackage(dataset(resources=[resource(schema=wrong)]))
        assert problems(package) == []
        assert "schema" not in package["resources"][0]
        assert package["resources"][0]["ckan"]["schema"] == wrong


def test_visits_are_no_part_of_it():
    seen = dataset(tracking_summary={"total": 1})
    seen["resources"][0]["tracking_summary"] = {"total": 1}
    assert to_datapackage(seen) == to_datapackage(dataset())


def test_blank_properties_are_left_out():
    null = dataset(notes=None, version=None, resources=[resource(hash=None, description=None)])
    blank = dataset(notes="", version="", resources=[resource(hash="", description="")])
    assert to_datapackage(blank) == to_datapackage(null)
    assert set(to_datapackage(null)).isdisjoint({"description", "version"})


def test_english_comes_first_then_the_alphabet():
    for texts in ({"fr": "f", "de": "d"}, {"de": "d", "fr": "f"}):
        assert to_datapackage({"title": texts})["title"] == "d"
    for texts in ({"de": "d", "en-GB": "g", "en": "e"}, {"en": " ", "fr": "f", "en-GB": "e"}):
        assert to_datapackage({"title": texts})["title"] == "e"


@pytest.mark.parametrize("text", ["[1e999]", '{"a": "\\ud800"}', "[NaN]", "[" * 3000])
def test_json_text_that_is_not_strict_json_inside(text):
    package = to_datapackage(dataset(extras=[{"key": "x", "value": text}], resources=[{"x": text}]))
    assert problems(package) == []
    assert package["x"] == package["resources"][0]["x"]

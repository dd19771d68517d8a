"""Datasets in the shapes that CKAN gives, full and odd, made by hand."""

from __future__ import annotations

from typing import Any

JSONObject = dict[str, Any]

ID = "0c5362f5-b99e-41db-8256-3d0d7549bf4d"
ORGANIZATION = "2c0c8f53-8ac1-4e3e-9a50-1a3c2ddc7b11"


def resource(number: int = 1, **fields: Any) -> JSONObject:
    """A resource as package_show of CKAN 2.11 and 2.12 gives it."""
    return {
        "cache_last_updated": None,
        "cache_url": None,
        "created": "2024-03-01T10:00:00.000001",
        "datastore_active": False,
        "description": "Prices by month",
        "format": "CSV",
        "hash": "",
        "id": f"00000000-0000-4000-8000-{number:012}",
        "last_modified": "2024-03-01T10:00:00.000000",
        "metadata_modified": "2024-03-02T10:00:00.000000",
        "mimetype": "text/csv",
        "mimetype_inner": None,
        "name": f"Prices {number} (CSV)",
        "package_id": ID,
        "position": number - 1,
        "resource_type": None,
        "size": 1200,
        "state": "active",
        "url": f"prices-{number}.csv",
        "url_type": "upload",
        **fields,
    }


def dataset(**fields: Any) -> JSONObject:
    """A dataset as package_show of CKAN 2.11 and 2.12 gives it, with every part filled."""
    return {
        "author": "Ann",
        "author_email": "ann@example.org",
        "creator_user_id": "7d1d3c1e-58a6-4c11-93bd-babc60586cfc",
        "id": ID,
        "isopen": True,
        "license_id": "cc-by",
        "license_title": "Creative Commons Attribution",
        "license_url": "http://www.opendefinition.org/licenses/cc-by",
        "maintainer": None,
        "maintainer_email": None,
        "metadata_created": "2024-03-01T09:00:00.000000",
        "metadata_modified": "2024-03-02T10:00:00.000000",
        "name": "prices",
        "notes": "What things cost.",
        "num_resources": 2,
        "num_tags": 2,
        "organization": {
            "id": ORGANIZATION,
            "name": "office",
            "title": "Office",
            "state": "active",
        },
        "owner_org": ORGANIZATION,
        "private": False,
        "state": "active",
        "title": "Prices",
        "type": "dataset",
        "url": "http://example.org/prices",
        "version": "1.0",
        "plugin_data": {"checker": {"seen": 1}},
        "extras": [{"key": "region", "value": "North"}, {"key": "year", "value": "2020"}],
        "groups": [
            {"id": "g1", "name": "economy", "title": "Economy", "description": ""},
            {"id": "g2", "name": "trade", "title": "Trade", "description": ""},
        ],
        "resources": [resource(1), resource(2)],
        "tags": [
            {"id": "t1", "name": "a", "display_name": "a", "state": "active"},
            {"id": "t2", "name": "b", "display_name": "b", "state": "active", "vocabulary_id": "v"},
        ],
        "relationships_as_object": [],
        "relationships_as_subject": [
            {
                "id": "r1",
                "type": "child_of",
                "comment": "",
                "__extras": {"object_package_id": "x", "subject_package_id": ID},
            }
        ],
        **fields,
    }


#: Shapes that old CKANs, harvesters and custom schemas give, each with what is odd about it.
ODD: dict[str, JSONObject] = {
    "nothing": {},
    "nulls": dict.fromkeys(dataset()),
    "texts": dict.fromkeys(dataset(), "text"),
    "old REST shape": {
        "id": ID,
        "name": "prices",
        "extras": {"spatial": '{"type": "Point"}', "title": "other"},
        "tags": ["a", "b"],
        "groups": ["economy"],
        "organization": "office",
        "license": "CC-BY",
    },
    "objects by language": dataset(
        title={"de": "Preise", "fr": "Prix"},
        notes={"de": "Kosten", "en": "Costs"},
        keywords={"de": ["Preis"], "en": ["price"]},
        description={"de": "x"},
        tags=[{"name": {"de": "Preis"}}],
        resources=[resource(1, name={"de": "Preise"}, title={"de": "T"}, description={"de": ""})],
    ),
    "collisions": dataset(
        keywords="x, y",
        description=["x"],
        sources="Office",
        schema=[1],
        path=1,
        profile="http://127.0.0.1:9/none.json",
        licenses="[]",
        contributors={"name": "Ann"},
        created="yesterday",
        homepage=0,
        missingValues="-",
        fields=[],
        ckan={"ckan": 1},
    ),
    "resource collisions": dataset(
        resources=[
            resource(
                1,
                path="../x",
                data=[],
                schema="fields",
                profile="tabular-data-resource",
                dialect="x",
                type="Table",
                licenses=[],
                bytes="many",
                stats="x",
                layout="x",
                mediatype="CSV",
                title=1,
            )
        ]
    ),
    "extras": dataset(
        extras=[
            {"key": "title", "value": "other"},
            {"key": "a b@", "value": "1.10"},
            {"key": "twice", "value": "1"},
            {"key": "twice", "value": "2", "state": "active"},
            {"key": "json", "value": '{"a": [1]}'},
            {"key": "date", "value": "[2020-06-01T00:00:00 TO 2020-07-01T23:59:59]"},
            {"key": "empty", "value": ""},
            {"value": "no key"},
            "no object",
        ]
    ),
    "resources": dataset(
        resources=[
            {},
            {"url": "", "name": ""},
            resource(3, name="a/b", url="https: //example.org/x", url_type=None, size="1.2 MB"),
            resource(4, name="A b", url=" http://example.org/a b.csv ", url_type=""),
            resource(5, name="a-b", url="C:\\data\\x.csv", mimetype="CSV", hash="0"),
            resource(6, name=None, url="/data/../x.csv", url_type=None, size=True),
            resource(7, name="a-b-1", url="data.csv"),
            resource(8, name="a-b", url="data.csv", size="12"),
            None,
            "text",
        ]
    ),
    "people": dataset(author=None, maintainer={"fr": "Bob"}, maintainer_email="bob at example"),
    "licence": dataset(license_id="Other (Open) ", license_url="see website", license_title=None),
    "no licence": {"id": ID, "name": "prices", "licenses": []},
    "harvested": dataset(state="Active", organization="office", owner_org=None, num_resources=9),
}

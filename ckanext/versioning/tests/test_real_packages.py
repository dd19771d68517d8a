"""Real datasets through a real CKAN: recorded, shown as data packages, changed and restored."""

from __future__ import annotations

import json
import re
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.versioning.mapping import canonical, restorable, to_datapackage

from .mapping.real import REAL, needs_real
from .mapping.validity import problems

JSONObject = dict[str, Any]

pytestmark = [needs_real, pytest.mark.usefixtures("versioning")]

_FILES = sorted(path.name for path in (REAL / "packages").glob("*.jsonl"))
_TEXTS = frozenset(
    {"title", "notes", "url", "version", "author", "author_email", "maintainer"}
    | {"maintainer_email", "license_id"}
)
_SCHEMA_FIELDS = frozenset(
    {"keywords", "description", "sources", "language", "spatial", "created", "profile"}
)
#: What CKAN sets itself, or what refers to things of the portal it came from.
_NOT_SENT = frozenset(
    {"id", "name", "type", "state", "private", "owner_org", "organization", "groups", "extras"}
    | {"tags", "resources", "metadata_created", "metadata_modified", "num_tags", "isopen"}
    | {"num_resources", "creator_user_id", "license_title", "license_url", "relationships"}
    | {"relationships_as_subject", "relationships_as_object", "revision_id"}
    | {"revision_timestamp", "tracking_summary", "plugin_data"}
)
_RESOURCE_NOT_SENT = frozenset(
    {"id", "package_id", "position", "state", "revision_id", "revision_timestamp", "upload"}
    | {"metadata_modified", "tracking_summary", "datastore_active", "url_type", ""}
)
_ROUNDS = 8


@pytest.fixture
def place(sysadmin):
    """An organization and groups for the datasets to live in."""
    return {
        "user": sysadmin["name"],
        "owner_org": factories.Organization(user=sysadmin)["id"],
        "groups": [{"id": factories.Group(user=sysadmin)["id"]} for _ in range(2)],
    }


@pytest.mark.parametrize("name", _FILES)
def test_round_trip(name, place):
    for number, package in enumerate(_packages(name)):
        dataset = _create(_for_ckan(package), place)
        _goes_there_and_back(dataset, place, full=number < 3)


@pytest.mark.ckan_config("ckan.plugins", "versioning scheming_datasets scheming_nerf_index")
@pytest.mark.ckan_config("scheming.dataset_schemas", "ckanext.versioning.tests:real_schema.yaml")
@pytest.mark.parametrize("name", _FILES[::4])
def test_round_trip_with_a_custom_schema(name, place):
    for package in _packages(name)[:6]:
        sent = _for_ckan(package, fields=_SCHEMA_FIELDS)
        sent["contact_points"] = [{"name": "Ann", "email": "ann@example.org"}, {"name": "Bob"}]
        dataset = _create(sent, place)
        assert dataset["contact_points"][1]["name"] == "Bob"
        _goes_there_and_back(dataset, place, full=True)


def _goes_there_and_back(then: JSONObject, place: JSONObject, *, full: bool) -> None:
    assert problems(to_datapackage(then)) == []
    assert to_datapackage(then)["name"] == then["name"]
    assert canonical(json.loads(json.dumps(then))) == canonical(then)

    now = _change(then, place)
    assert canonical(now) != canonical(then)
    assert problems(to_datapackage(now)) == []

    found = restorable(then, now)
    assert set(found.left_alone) == {"groups", "name", "private"}
    restored = _update(found.dataset, place)
    expected = {**then, **{key: now[key] for key in found.left_alone}}
    assert canonical(restored) == canonical(expected)

    if not full:
        return
    found = restorable(then, restored, full=True)
    assert found.left_alone == ()
    assert canonical(_update(found.dataset, place)) == canonical(then)


def _change(then: JSONObject, place: JSONObject) -> JSONObject:
    """Change whatever can be changed, with nothing of the old content left in most places."""
    resources = [dict(one) for one in reversed(then["resources"][1:])]
    for one in resources[:1]:
        one.update(name="Changed", size=7, url_type="upload", url="changed.csv", hash="abc")
        one.update(last_modified="2020-01-01T00:00:00", cache_url="http://example.org", more="x")
    resources.append({"url": "http://example.org/new.csv", "name": "New"})
    sent = {
        "id": then["id"],
        "name": then["name"] + "-new",
        "title": "Changed",
        "owner_org": then["owner_org"],
        "private": True,
        "groups": place["groups"][:1],
        "tags": [{"name": "changed"}],
        "extras": [{"key": "changed", "value": "2020"}],
        "resources": resources,
    }
    return _update(sent, place)


def _packages(name: str) -> list[JSONObject]:
    with (REAL / "packages" / name).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _context(place: JSONObject) -> JSONObject:
    return {"user": place["user"], "ignore_auth": False}


def _update(sent: JSONObject, place: JSONObject) -> JSONObject:
    call_action("package_update", _context(place), **sent)
    return _show(sent["id"])


def _show(dataset_id: str) -> JSONObject:
    context = {"ignore_auth": True, "use_cache": False, "for_edit": True, "user": ""}
    return call_action("package_show", context, id=dataset_id, include_plugin_data=True)


def _create(sent: JSONObject, place: JSONObject) -> JSONObject:
    """Create the dataset without what this CKAN refuses."""
    sent = {**sent, "owner_org": place["owner_org"], "groups": place["groups"]}
    for _ in range(_ROUNDS):
        try:
            created = call_action("package_create", _context(place), **json.loads(json.dumps(sent)))
        except tk.ValidationError as error:
            _drop(sent, error.error_dict)
        else:
            return _show(created["id"])
    raise AssertionError(sent)


def _drop(sent: JSONObject, errors: JSONObject) -> None:
    if "__junk" in errors:
        # CKAN 2.11 takes no lists of objects in a resource.
        for one in sent["resources"]:
            one.update({key: _text(value) for key, value in one.items() if isinstance(value, list)})
    for key, found in errors.items():
        if isinstance(found, list) and isinstance(sent.get(key), list):
            wrong = [isinstance(one, dict) and bool(one) for one in found]
            if key == "resources":
                for one, bad in zip(sent[key], found, strict=False):
                    for field in bad if isinstance(bad, dict) else ():
                        one.pop(field, None)
            else:
                wrong += [False] * (len(sent[key]) - len(wrong))
                kept = [one for one, bad in zip(sent[key], wrong, strict=False) if not bad]
                sent[key] = kept if any(wrong) else []
        else:
            sent.pop(key, None)


def _for_ckan(package: JSONObject, fields: frozenset[str] = frozenset()) -> JSONObject:
    """The dataset as one would send it to another portal; what that has no field for as extras."""
    sent = {key: _text(package[key]) for key in _TEXTS if package.get(key) is not None}
    sent.update({key: _text(package[key]) for key in fields if package.get(key) is not None})
    if "sources" in sent:
        sent["sources"] = {"said": sent["sources"]}
    sent["name"] = factories.Dataset.stub().name
    sent["tags"] = [{"name": name} for name in sorted(_tags(package))]
    sent["extras"] = _extras(package, {*sent, *_NOT_SENT, *fields})
    sent["resources"] = [
        {key: value for key, value in one.items() if key not in _RESOURCE_NOT_SENT}
        for one in package.get("resources") or []
    ]
    return sent


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _tags(package: JSONObject) -> set[str]:
    found = package.get("tags") or []
    names = {_text(one.get("name") if isinstance(one, dict) else one) for one in found}
    cleaned = {re.sub(r"[^\w.-]+", " ", name).strip()[:100] for name in names}
    return {name for name in cleaned if len(name) > 1}


def _extras(package: JSONObject, taken: set[str]) -> list[JSONObject]:
    listed = package.get("extras") or []
    if isinstance(listed, dict):
        listed = [{"key": key, "value": value} for key, value in listed.items()]
    pairs = [(one["key"], one["value"]) for one in listed]
    pairs += [(key, value) for key, value in package.items() if key != "extras"]
    extras: dict[str, str] = {}
    for key, value in pairs:
        if key and key not in taken and value not in (None, ""):
            extras.setdefault(key, _text(value))
    return [{"key": key, "value": value} for key, value in extras.items()]

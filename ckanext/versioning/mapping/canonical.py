"""What counts as the content of a CKAN dataset.

Two dataset dicts with the same canonical form are the same revision. The form leaves out what CKAN
computes when it shows a dataset, or bumps by itself when it stores one, and puts in a fixed order
what CKAN keeps as a set. Everything else counts: a key that is not known here is content, since a
revision too many is a nuisance and a revision too few is a loss.

The rules come from CKAN 2.11 and 2.12: ``lib/dictization/model_dictize.py`` (what is computed on
the way out), ``lib/dictization/model_save.py`` and ``logic/schema.py`` (what is ignored on the way
in).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from .jsontext import compact, digest

JSONObject = dict[str, Any]

#: Dropped from the dataset. ``metadata_created`` is set once by CKAN and cannot be written; a
#: dataset that was purged and made again under its old id has a new one.
DATASET_DERIVED = frozenset(
    {
        "metadata_created",
        "metadata_modified",
        "num_resources",
        "num_tags",
        "isopen",
        "tracking_summary",
        "revision_id",
        "revision_timestamp",
    }
)

#: Dropped from each resource. ``position`` is its place in the list, ``datastore_active`` tells
#: whether the DataStore holds a table of it: the DataStore sets and clears it by itself.
RESOURCE_DERIVED = frozenset(
    {
        "metadata_modified",
        "position",
        "package_id",
        "datastore_active",
        "tracking_summary",
        "revision_id",
        "revision_timestamp",
    }
)

#: CKAN's own text columns. The form sends blanks where the API left nulls, and an update with null
#: cannot empty all of them: null, blank and absent say the same.
DATASET_TEXTS = frozenset(
    {
        "title",
        "version",
        "url",
        "author",
        "author_email",
        "maintainer",
        "maintainer_email",
        "notes",
        "license_id",
        "license_title",
        "license_url",
    }
)
RESOURCE_TEXTS = frozenset(
    {
        "url",
        "format",
        "description",
        "hash",
        "name",
        "resource_type",
        "mimetype",
        "mimetype_inner",
        "cache_url",
        "url_type",
    }
)
#: CKAN's own columns that an update with null leaves as they are: null and absent say the same.
RESOURCE_VALUES = frozenset({"size", "created", "last_modified", "cache_last_updated"})

_BOOKKEEPING = frozenset({"id", "state", "package_id", "revision_id", "revision_timestamp"})
_TAG_DERIVED = _BOOKKEEPING | {"display_name"}
_LICENSE_DERIVED = ("license_title", "license_url")
_NOTHING: frozenset[str] = frozenset()
_BLANK = (None, "")
_RESOURCE_COLUMNS = RESOURCE_TEXTS | RESOURCE_VALUES


def canonical(dataset: JSONObject, *, ignore: Collection[str] = _NOTHING) -> JSONObject:
    """The dataset without what CKAN derives or bumps by itself.

    :param dataset: a dataset dict as CKAN's ``package_show`` gives it, or any other JSON object.
        It is not changed; the result shares its nested values.
    :param ignore: further top-level keys of the dataset and of its resources that do not count,
        such as those that a plugin computes when a dataset is shown.
    :returns: the canonical form. It is a fixed point: its own canonical form equals it.
    """
    dropped = DATASET_DERIVED.union(ignore)
    form = {
        key: value
        for key, value in dataset.items()
        if key not in dropped and not (key in DATASET_TEXTS and value in _BLANK)
    }
    # CKAN looks title and URL up in its register of licences, which changes without the dataset.
    if form.get("license_id"):
        for key in _LICENSE_DERIVED:
            form.pop(key, None)
    if "organization" in form:
        _reduce_organization(form)
    for key, member in _SETS.items():
        if key in form:
            _reduce_set(form, key, member)
    resources = form.get("resources")
    if isinstance(resources, list):
        dropped = RESOURCE_DERIVED.union(ignore)
        form["resources"] = [_resource(item, dropped) for item in resources]
    return form


def canonical_hash(dataset: JSONObject, *, ignore: Collection[str] = _NOTHING) -> str:
    """A fingerprint of the canonical form.

    :param dataset: see :func:`canonical`.
    :param ignore: see :func:`canonical`.
    :returns: SHA-256 in lower-case hexadecimal over the form as compact JSON with sorted keys,
        in ASCII; the same on every Python.
    """
    return digest(canonical(dataset, ignore=ignore))


def _resource(resource: Any, dropped: frozenset[str]) -> Any:
    if not isinstance(resource, dict):
        return resource
    form = {
        key: value
        for key, value in resource.items()
        if key not in dropped and not (key in _RESOURCE_COLUMNS and value in _BLANK)
    }
    # CKAN shows active resources only and makes every resource active that it stores.
    if form.get("state") == "active":
        del form["state"]
    return form


def _reduce_organization(form: JSONObject) -> None:
    """Keep of the organization only what ``owner_org`` does not say."""
    organization = form.pop("organization")
    if form.get("owner_org") or organization is None:
        return
    form["organization"] = _identity(organization)


def _reduce_set(form: JSONObject, key: str, member: Callable[[Any], Any]) -> None:
    """Put members in a fixed order; an absent, null and empty set are the same."""
    value = form[key]
    if isinstance(value, dict) and key == "extras":
        value = [{"key": name, "value": content} for name, content in value.items()]
    if value is None or value == []:
        del form[key]
    elif isinstance(value, list):
        form[key] = sorted((member(item) for item in value), key=compact)


def _identity(group: Any) -> Any:
    """What tells one group from another: name, title and image are the group's own affair."""
    if isinstance(group, dict):
        for key in ("id", "name"):
            if group.get(key):
                return {key: group[key]}
    return group


def _tag(tag: Any) -> Any:
    """CKAN finds a tag by name and vocabulary; the old REST API has the name alone."""
    if isinstance(tag, str):
        return {"name": tag}
    if not isinstance(tag, dict) or not tag.get("name"):
        return tag
    form = {key: value for key, value in tag.items() if key not in _TAG_DERIVED}
    if form.get("vocabulary_id", "") is None:
        del form["vocabulary_id"]
    return form


def _extra(extra: Any) -> Any:
    if not isinstance(extra, dict) or "key" not in extra:
        return extra
    return {key: value for key, value in extra.items() if key not in _BOOKKEEPING}


def _relationship(relationship: Any) -> Any:
    """``package_show`` puts the ids of the two datasets under ``__extras``."""
    if not isinstance(relationship, dict):
        return relationship
    form = dict(relationship)
    while isinstance(form.get("__extras"), dict):
        form = {**form.pop("__extras"), **form}
    if "type" not in form:
        return relationship
    return {key: value for key, value in form.items() if key not in _BOOKKEEPING}


_SETS: dict[str, Callable[[Any], Any]] = {
    "groups": _identity,
    "tags": _tag,
    "extras": _extra,
    "relationships_as_subject": _relationship,
    "relationships_as_object": _relationship,
}

"""What to send to CKAN so that a dataset gets back the content it once had.

The rules come from CKAN 2.11 and 2.12: ``logic/action/update.py`` (package_update),
``logic/schema.py`` and ``lib/dictization/model_save.py``.
"""

from __future__ import annotations

import copy
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from .canonical import (
    DATASET_DERIVED,
    RESOURCE_DERIVED,
    RESOURCE_TEXTS,
    RESOURCE_VALUES,
    canonical,
)

JSONObject = dict[str, Any]

#: Where the dataset lives, who sees it, and what plugins keep for themselves.
PLACE = frozenset({"name", "owner_org", "private", "state", "groups", "plugin_data"})

#: What package_update ignores, or would break: a relationship belongs to two datasets, and an
#: update with relationships deletes those of the other side.
_NOT_RESTORABLE = frozenset(
    {
        "id",
        "type",
        "creator_user_id",
        "relationships_as_subject",
        "relationships_as_object",
        "organization",
    }
)
_NEVER_SENT = DATASET_DERIVED | _NOT_RESTORABLE | {"license_title", "license_url"}
_RESOURCE_NEVER_SENT = (RESOURCE_DERIVED | {"state"}) - {"datastore_active"}
_BLANKABLE = RESOURCE_TEXTS | RESOURCE_VALUES


@dataclass(frozen=True, slots=True)
class Restoration:
    """What a revert sends and what it does not touch.

    :param dataset: the dict for CKAN's ``package_update``.
    :param left_alone: the fields in which the dataset now differs from what it was then, and will
        differ after the update too; sorted.
    """

    dataset: JSONObject
    left_alone: tuple[str, ...]


def restorable(
    then: JSONObject,
    now: JSONObject,
    *,
    full: bool = False,
    ignore: Collection[str] = frozenset(),
) -> Restoration:
    """The update that gives a dataset the content that it had.

    :param then: the dataset as it was, as recorded (``package_show`` with ``for_edit``).
    :param now: the dataset as it is.
    :param full: whether to restore also where the dataset lives and who sees it: name, owner_org,
        private, state, groups, plugin_data. CKAN then asks for the permissions that these need.
    :param ignore: see :func:`canonical`; these keys stay as they are now.
    :returns: the dict to send, which shares nothing with the input, and what is left alone.
    """
    sent = _pick(then, now, stays=frozenset() if full else PLACE, ignore=frozenset(ignore))
    if "id" in now:
        sent["id"] = now["id"]
    if full and now.get("owner_org") and not then.get("owner_org"):
        # CKAN takes null for "as it is" and blank for "none".
        sent["owner_org"] = ""
    sent["groups"] = [_group(group) for group in _objects(sent.get("groups"))]
    sent["tags"] = [_tag(tag) for tag in _objects(then.get("tags"))]
    sent["extras"] = [
        {"key": extra.get("key"), "value": extra.get("value")}
        for extra in _objects(then.get("extras"))
    ]
    if isinstance(then.get("resources"), list):
        present = _by_id(now.get("resources"))
        sent["resources"] = [
            _resource(item, present.get(_id(item), {}), ignore)
            for item in _objects(then["resources"])
        ]
    kept = _NOT_RESTORABLE if full else _NOT_RESTORABLE | PLACE
    return Restoration(copy.deepcopy(sent), _differing(then, now, kept, ignore))


def _pick(
    then: JSONObject, now: JSONObject, *, stays: frozenset[str], ignore: frozenset[str]
) -> JSONObject:
    stays = stays | ignore
    sent = {key: value for key, value in then.items() if key not in stays}
    sent.update({key: now[key] for key in stays if key in now})
    # Other plugins' data comes with the full restoration only; unsent, CKAN leaves it as it is.
    if "plugin_data" in stays:
        sent.pop("plugin_data", None)
    return {key: value for key, value in sent.items() if key not in _NEVER_SENT}


def _resource(then: JSONObject, now: JSONObject, ignore: Collection[str]) -> JSONObject:
    sent = {key: value for key, value in then.items() if key not in _RESOURCE_NEVER_SENT}
    # Whether the DataStore holds a table is a fact of today, not of then.
    for key in {"datastore_active", *ignore} - _RESOURCE_NEVER_SENT:
        sent.pop(key, None)
        if key in now:
            sent[key] = now[key]
    for key in _BLANKABLE:
        if sent.get(key) is None and now.get(key) is not None and key not in ignore:
            # CKAN takes null for "as it is" and blank for "none".
            sent[key] = ""
    return sent


def _group(group: JSONObject) -> JSONObject:
    return {key: group[key] for key in ("id",) if group.get(key)} or {"name": group.get("name")}


def _tag(tag: JSONObject) -> JSONObject:
    # Without its id: a tag that was deleted and made again has a new one.
    return {key: tag[key] for key in ("name", "vocabulary_id") if tag.get(key) is not None}


def _objects(value: Any) -> list[JSONObject]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _id(item: JSONObject) -> str | None:
    key = item.get("id")
    return key if isinstance(key, str) else None


def _by_id(items: Any) -> dict[str | None, JSONObject]:
    return {_id(item): item for item in _objects(items) if _id(item)}


def _differing(
    then: JSONObject, now: JSONObject, fields: frozenset[str], ignore: Collection[str]
) -> tuple[str, ...]:
    before, after = canonical(then, ignore=ignore), canonical(now, ignore=ignore)
    return tuple(sorted(key for key in fields if before.get(key) != after.get(key)))

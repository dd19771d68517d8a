"""Reuse of the dataset dict that CKAN itself has just made for its search index.

CKAN 2.12 shows a dataset inside the transaction that changes it. Where nobody else edits that dict
and the dataset's row has been locked before it was made, it is the very snapshot that recording
needs; making another one would cost more than all the rest of recording.
"""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

SHOWN = "versioning_shown"  # session.info: dataset id -> JSON of the dict
HELD = "versioning_held"  # session.info: ids of datasets whose row this transaction has locked


def hold(session: Any, dataset_id: str) -> None:
    """Note that the transaction has written, and so locked, the dataset's own row."""
    session.info.setdefault(HELD, set()).add(dataset_id)


def outdate(session: Any, dataset_id: str) -> None:
    """Forget a dict that was made before something of the dataset was written."""
    session.info.get(SHOWN, {}).pop(dataset_id, None)


def forget(session: Any) -> None:
    """Forget all; locks are gone, or what was shown has been undone."""
    session.info.pop(SHOWN, None)
    session.info.pop(HELD, None)


def remember(context: Context, dataset: dict[str, Any]) -> None:
    """Take note of a dict that ``package_show`` has made, if it may serve as a snapshot."""
    session = model.Session
    held = session.info.get(HELD, ())
    if dataset.get("id") in held and _for_the_index(context) and not _edited_by_others():
        try:
            text = json.dumps(dataset)  # at once: others may change the dict later
        except (TypeError, ValueError):  # capture makes its own snapshot, and deals with it
            return
        session.info.setdefault(SHOWN, {})[dataset["id"]] = text


def take(session: Any, dataset_id: str) -> dict[str, Any] | None:
    """Return the snapshot from the remembered dict; None if there is none to rely on."""
    text = session.info.get(SHOWN, {}).get(dataset_id)
    if text is None:
        return None
    row = _row(session, dataset_id)
    if not _was_current(session, dataset_id, row):
        return None
    dataset: dict[str, Any] = json.loads(text)
    for resource in dataset["resources"]:  # as for editing: the index has full addresses
        resource["url"] = row["addresses"][resource["id"]]
    if row["plugin_data"] is not None:
        dataset["plugin_data"] = row["plugin_data"]
    return dataset


def _row(session: Any, dataset_id: str) -> Any:
    """Return the dataset's row as the database has it, with its resources' ``addresses``."""
    packages, resources = model.package_table, model.resource_table
    addresses = (
        sa.select(sa.func.json_object_agg(resources.c.id, resources.c.url))
        .where(resources.c.package_id == dataset_id)
        .scalar_subquery()
    )
    query = sa.select(packages, addresses.label("addresses")).where(packages.c.id == dataset_id)
    return session.execute(query).mappings().one()


def _was_current(session: Any, dataset_id: str, row: Any) -> bool:
    """Whether the object that CKAN showed had what the database has.

    A session may keep an object from before another transaction changed the row.
    """
    mapper = sa.orm.class_mapper(model.Package)
    shown = session.identity_map.get(mapper.identity_key_from_primary_key((dataset_id,)))
    if shown is None:
        return False
    loaded = sa.inspect(shown).dict
    return all(
        attribute.key in loaded and loaded[attribute.key] == row[attribute.columns[0].name]
        for attribute in mapper.column_attrs
    )


def _for_the_index(context: Context) -> bool:
    """Whether the dict comes from the database, validated, by the dataset type's own schema."""
    return (
        tk.check_ckan_version(min_version="2.12")  # 2.11 shows for the index after the commit
        and context.get("use_cache") is False
        and context.get("validate") is False  # that caller validates by itself
        and not any(context.get(key) for key in ("schema", "for_view", "for_edit"))
    )


def _edited_by_others() -> bool:
    """Whether a plugin has a say in what is shown: it might depend on who asks."""
    return any(
        _overrides(plugin, p.IPackageController, "after_dataset_show")
        for plugin in p.PluginImplementations(p.IPackageController)
        if plugin.name != "versioning"
    ) or any(
        _overrides(plugin, p.IResourceController, "before_resource_show")
        for plugin in p.PluginImplementations(p.IResourceController)
    )


def _overrides(plugin: Any, interface: Any, method: str) -> bool:
    return getattr(type(plugin), method, None) is not getattr(interface, method)

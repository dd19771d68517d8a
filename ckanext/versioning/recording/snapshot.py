"""The dataset as CKAN would show it, exact enough to be given back to CKAN."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from .. import config
from . import shown
from .errors import SnapshotTooLarge


def take(session: Any, dataset_id: str) -> dict[str, Any] | None:
    """Return the dataset dict as it is about to be committed; None if it is purged.

    From then on the transaction holds a lock on the dataset's row.
    """
    dataset = shown.take(session, dataset_id)
    if dataset is None and lock(session, dataset_id):
        dataset = show(dataset_id)
    return dataset


def show(dataset_id: str) -> dict[str, Any]:
    """Return the dataset dict as it stands in the current transaction.

    It is shown with the schema of its own type, from the database and not from the search index
    (which may be stale), and as for editing: the address of an uploaded file then does not
    depend on the request and is accepted back.
    """
    context: Context = {
        "ignore_auth": True,
        "use_cache": False,
        "for_edit": True,
        "user": "",
        "auth_user_obj": None,  # otherwise plugin data would depend on who asks
    }
    dataset: dict[str, Any] = tk.get_action("package_show")(
        context, {"id": dataset_id, "include_plugin_data": True}
    )
    return dataset


def dumps(dataset_id: str, dataset: dict[str, Any]) -> str:
    """Return the dataset as JSON text.

    :raises SnapshotTooLarge: if it is larger than the configured limit.
    """
    text = json.dumps(dataset, default=_plain)
    limit = config.max_snapshot_size()
    if len(text) > limit:
        raise SnapshotTooLarge(dataset_id, len(text), limit)
    return text


def lock(session: Any, dataset_id: str) -> bool:
    """Make concurrent writers wait and read the row anew; False if there is none.

    Without both, two transactions that change one dataset each miss what the other did.
    """
    package = session.get(
        model.Package, dataset_id, populate_existing=True, with_for_update={"key_share": True}
    )
    return package is not None


def _plain(value: Any) -> str:
    """Write what plugins put into a dataset dict the way CKAN's own API writes it."""
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no JSON: {value!r}")

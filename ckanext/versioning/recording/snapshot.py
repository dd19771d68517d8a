"""The dataset as CKAN would show it, exact enough to be given back to CKAN."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from .. import config
from . import shown
from .errors import SnapshotTooLarge


def take(session: Any, dataset_id: str) -> dict[str, Any]:
    """Return the dataset dict as it stands in the session's transaction: CKAN's, or our own."""
    return shown.take(session, dataset_id) or show(dataset_id)


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


def _plain(value: Any) -> str:
    """Write what plugins put into a dataset dict the way CKAN's own API writes it."""
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no JSON: {value!r}")

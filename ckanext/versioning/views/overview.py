"""What the dataset's own page says of its history."""

from __future__ import annotations

import logging
from typing import Any

import ckan.plugins.toolkit as tk

from ..logic.errors import HistoryUnavailable

log = logging.getLogger(__name__)


def overview(dataset_id: str) -> dict[str, Any] | None:
    """Return what ``dataset_history_show`` does, once per request; None if there is nothing to say.

    :param dataset_id: the dataset's id.
    """
    known: dict[str, Any] = tk.g.setdefault("versioning_overview", {})
    if dataset_id not in known:
        known[dataset_id] = _found(dataset_id)
    found: dict[str, Any] | None = known[dataset_id]
    return found


def _found(dataset_id: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = tk.get_action("dataset_history_show")({}, {"dataset": dataset_id})
    except tk.ObjectNotFound:
        return None  # it is a draft, or older than the plugin and not synced yet
    except HistoryUnavailable as error:
        # whatever is wrong with its history, the dataset itself can be shown
        log.warning("The page of dataset %s lacks its history: %s", dataset_id, error)
        return None
    return found

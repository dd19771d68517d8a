"""What the dataset's own page says of its history."""

from __future__ import annotations

import logging
from typing import Any

import ckan.plugins.toolkit as tk

from ..logic.errors import HistoryUnavailable

log = logging.getLogger(__name__)


def history_of(dataset_id: str) -> dict[str, Any]:
    """Return what ``dataset_history_show`` does; a page asks it but once.

    :param dataset_id: the dataset's id.
    """
    known: dict[str, Any] = tk.request.environ.setdefault("ckanext.versioning.histories", {})
    if dataset_id not in known:
        known[dataset_id] = tk.get_action("dataset_history_show")({}, {"dataset": dataset_id})
    found: dict[str, Any] = known[dataset_id]
    return found


def has_history(dataset: dict[str, Any]) -> bool:
    """Say whether the visitor has a history to go to; drafts and what never was public have none.

    :param dataset: as ``package_show`` returns it.
    """
    if overview(dataset["id"]) is not None:
        return True
    return dataset["state"] == "active" and not dataset["private"]


def is_of_today(dataset: dict[str, Any], head: dict[str, Any]) -> bool:
    """Say whether the newest revision that the visitor sees is what the dataset is today.

    Whoever may not edit it does not see those from when it was private, such as now.

    :param dataset: as ``package_show`` returns it.
    :param head: as ``dataset_history_show`` returns it.
    """
    private: bool = head["visibility"]["private"]
    return private == dataset["private"]


def overview(dataset_id: str) -> dict[str, Any] | None:
    """Return the same, or None if there is nothing to say.

    :param dataset_id: the dataset's id.
    """
    silent: set[str] = tk.request.environ.setdefault("ckanext.versioning.silent", set())
    if dataset_id in silent:
        return None
    try:
        return history_of(dataset_id)
    except tk.ObjectNotFound:
        pass  # it is a draft, or older than the plugin and not synced yet
    except HistoryUnavailable as error:
        # whatever is wrong with its history, the dataset itself can be shown
        log.warning("The page of dataset %s lacks its history: %s", dataset_id, error)
    silent.add(dataset_id)
    return None

"""Template helpers."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk

from .views.citation import Citation, cite
from .views.links import Link, dataset_links
from .views.messages import localized
from .views.overview import has_history, is_of_today, overview
from .views.summary import Part, summary_parts
from .views.times import local_time

__all__ = [
    "versioning_citation",
    "versioning_dataset_links",
    "versioning_datetime",
    "versioning_has_history",
    "versioning_is_of_today",
    "versioning_message",
    "versioning_overview",
    "versioning_short_hash",
    "versioning_short_id",
    "versioning_size",
    "versioning_summary",
]

SHORT = 8


def versioning_short_id(revision_id: str) -> str:
    """Return the first characters of a revision's id, as people read and copy it.

    :param revision_id: the whole id.
    """
    return revision_id[:SHORT]


def versioning_citation(
    dataset: dict[str, Any], revision: dict[str, Any], version: str | None = None
) -> Citation:
    """Return how to cite a revision and fetch exactly it.

    :param dataset: as it was.
    :param revision: its ``id``, ``time`` and ``tags``.
    :param version: the name of the version that is cited; by default the revision's first, if any.
    """
    return cite(dataset, revision, version)


def versioning_dataset_links(dataset: dict[str, Any]) -> list[Link]:
    """Return where the history of a dataset is, for the head of its page.

    :param dataset: as ``package_show`` returns it.
    """
    return dataset_links(dataset) if has_history(dataset) else []


def versioning_message(message: str) -> str:
    """Return a revision's message, in the visitor's language where the metastore made it.

    :param message: as the action API tells it.
    """
    return localized(message)


def versioning_datetime(time: str) -> datetime:
    """Return a time of the action API in the time zone that the portal shows.

    :param time: in ISO 8601.
    """
    return local_time(time)


def versioning_short_hash(value: str) -> str:
    """Return the first characters of a file's hash, without the name of the algorithm.

    :param value: the whole hash, such as ``sha256:2c26b46b...``.
    """
    return str(value).rpartition(":")[2][:12]


def versioning_size(value: Any) -> str:
    """Return a size in bytes as people read it; empty for what is none.

    :param value: as CKAN has it, a number or its digits.
    """
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,18}", str(value)):
        return ""
    return str(tk.h.localised_filesize(int(value)))


def versioning_summary(revision: dict[str, Any], dataset_type: str) -> list[Part]:
    """Return what a revision changed, in a few words.

    :param revision: as ``dataset_revision_list`` returns it.
    :param dataset_type: the dataset's type.
    """
    return summary_parts(revision, dataset_type)


def versioning_has_history(dataset: dict[str, Any]) -> bool:
    """Say whether the visitor has a history of the dataset to go to.

    :param dataset: as ``package_show`` returns it.
    """
    return has_history(dataset)


def versioning_is_of_today(dataset: dict[str, Any], head: dict[str, Any]) -> bool:
    """Say whether the newest revision that the visitor sees is what the dataset is today.

    :param dataset: as ``package_show`` returns it.
    :param head: as ``versioning_overview`` tells it.
    """
    return is_of_today(dataset, head)


def versioning_overview(dataset_id: str) -> dict[str, Any] | None:
    """Return the number of revisions, the newest one and the newest tags; None without a history.

    :param dataset_id: the dataset's id.
    """
    return overview(dataset_id)

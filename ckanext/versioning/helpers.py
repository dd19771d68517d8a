"""Template helpers."""

from __future__ import annotations

from datetime import datetime

import ckan.plugins.toolkit as tk

__all__ = ["versioning_datetime", "versioning_short_id"]

SHORT = 8


def versioning_short_id(revision_id: str) -> str:
    """Return the first characters of a revision's id, as people read and copy it.

    :param revision_id: the whole id.
    """
    return revision_id[:SHORT]


def versioning_datetime(time: str) -> datetime:
    """Return a time of the action API in the time zone that the portal shows.

    :param time: in ISO 8601.
    """
    moment = datetime.fromisoformat(time.replace("Z", "+00:00"))
    return moment.astimezone(tk.h.get_display_timezone())

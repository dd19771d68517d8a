"""Template helpers."""

from __future__ import annotations

__all__ = ["versioning_short_id"]

SHORT = 8


def versioning_short_id(revision_id: str) -> str:
    """Return the first characters of a revision's id, as people read and copy it.

    :param revision_id: the whole id.
    """
    return revision_id[:SHORT]

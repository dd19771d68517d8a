"""Revisions by the beginning of their id, or by time."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from ...errors import RevisionNotFound
from ...model import Revision
from .handle import ID_LENGTH, Handle
from .objects import COMMIT

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def find(handle: Handle, prefix: str) -> list[str]:
    """Return the ids in the history that start with the prefix, sorted."""
    if len(prefix) > ID_LENGTH:
        return []
    for object_id in handle.objects.loose_like(prefix):
        handle.objects.read_loose(object_id)  # see objects: libgit2 must not meet a damaged one
    try:
        object_id = str(handle.repository.expand_id(prefix))
        kind, _ = handle.objects.read(object_id)
    except KeyError:
        return []
    except ValueError:
        # Several objects start so; which of them are revisions, only the history knows.
        return sorted(object_id for object_id in handle.ids() if object_id.startswith(prefix))
    if kind != COMMIT:
        return []
    try:
        return [handle.require(object_id)]
    except RevisionNotFound:
        return []


def at(handle: Handle, time: datetime) -> Revision:
    """Return the newest revision that is not younger.

    :raises RevisionNotFound: if all are younger.
    """
    limit = (time - _EPOCH) // timedelta(seconds=1)
    for revision_id, seconds in handle.steps():
        # Headers hold whole seconds, and none before 1970: only a doubt needs the closer look.
        if seconds <= max(limit, 0):
            revision = handle.revision(revision_id)
            if revision.info.time <= time:
                return revision
    raise RevisionNotFound(handle.dataset_id, time.isoformat())

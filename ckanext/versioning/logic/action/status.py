"""The action that tells operators how recording is doing."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ... import config
from ...metastore import BackendUnavailable, Capability
from ...recording import outbox
from ...recording.engine import engine
from ...recording.metastore import drains_inline, get_metastore
from ...recording.outbox import Waiting
from .. import schema
from ..dictization import iso
from ..errors import ckan_errors

__all__ = ["versioning_status"]


@tk.side_effect_free
def versioning_status(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what the metastore can do, and which changes it does not have yet.

    You must be a sysadmin.

    :param limit: how many entries each list may have, 1 to 1000 (optional, default: ``100``)
    :type limit: int

    :returns: a dictionary:

        ``backend``
            the type of the backend, such as ``git``
        ``capabilities``
            what it can do besides storing and reading, such as ``PURGE``
        ``available``, ``error``
            whether it could store a revision now; if not, why
        ``drain``
            when accepted changes go to the backend: ``inline``, within the request, or in a
            ``background`` job
        ``pending``
            how many accepted changes wait to be recorded
        ``waiting``
            the datasets that they belong to, the longest waiting first: ``dataset_id``,
            ``changes`` (how many), ``since``, ``lag`` (in seconds), ``attempts``, ``error`` (of
            the last attempt, or ``null``)
        ``failing``
            those of them where an attempt has failed
        ``capture_failures``
            the datasets of which a change could not even be noted: ``dataset_id``, ``error``,
            ``failed_at``. "ckan versioning sync" records them once that is mended.
    :rtype: dictionary
    """
    data = schema.validated(schema.status(), context, data_dict)
    tk.check_access("versioning_status", context, data_dict)
    with ckan_errors(""):
        backend = get_metastore().backend
        try:
            backend.check()
            error = None
        except BackendUnavailable as unavailable:
            error = str(unavailable)
        with engine().connect() as connection:
            waiting = outbox.waiting(connection)
            failures = list(outbox.capture_failures(connection))
    limit = data["limit"]
    now = datetime.now(timezone.utc)
    failing = [item for item in waiting if item.error is not None]
    return {
        "backend": config.backend_type(),
        "capabilities": [
            capability.name for capability in Capability if capability in backend.capabilities
        ],
        "available": error is None,
        "error": error,
        "drain": "inline" if drains_inline() else "background",
        "pending": sum(item.changes for item in waiting),
        "waiting": [_waiting(item, now) for item in waiting[:limit]],
        "failing": [_waiting(item, now) for item in failing[:limit]],
        "capture_failures": [
            {**failure, "failed_at": iso(failure["failed_at"])} for failure in failures[:limit]
        ],
    }


def _waiting(item: Waiting, now: datetime) -> dict[str, Any]:
    return {
        "dataset_id": item.dataset_id,
        "changes": item.changes,
        "since": iso(item.since),
        "lag": max(0.0, (now - item.since).total_seconds()),
        "attempts": item.attempts,
        "error": item.error,
    }

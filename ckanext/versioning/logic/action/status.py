"""The actions that tell operators how recording is doing, and try again what failed."""

from __future__ import annotations

from datetime import datetime, timezone
from itertools import islice
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ... import config
from ...files import rescue
from ...files.rescue import Rescued
from ...metastore import BackendUnavailable, Capability
from ...recording import outbox
from ...recording.engine import engine
from ...recording.metastore import drains_inline, get_metastore
from ...recording.outbox import Waiting
from ...recording.sync import Outcome, sync_dataset, unrecorded_ids
from .. import schema
from ..dictization import iso
from ..errors import HistoryUnavailable, ckan_errors

__all__ = ["versioning_retry", "versioning_status"]


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
        ``rescued``
            files that were replaced though perhaps no revision has them: ``resource_id``,
            ``replaced_at``, ``size`` (in bytes), ``path`` (on the server). They are kept until
            somebody has looked at them and removes them there.
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
        "rescued": [_rescued(item) for item in islice(rescue.rescued(), limit)],
    }


def versioning_retry(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Try again to record the changes that wait, and those that could not even be noted.

    You must be a sysadmin. It is what ``ckan versioning sync --outbox-only`` does, for a number of
    datasets that fits into a web request.

    :param dataset: the id of a dataset in :py:func:`versioning_status`; only this one (optional)
    :type dataset: string
    :param limit: how many datasets to try, 1 to 1000 (optional, default: ``100``)
    :type limit: int

    :returns: a dictionary: ``recorded``, how many of the datasets have nothing waiting any more;
        ``failed``, those that have: ``dataset_id``, ``error``; and ``left``, how many datasets were
        not tried
    :rtype: dictionary
    """
    data = schema.validated(schema.retry(), context, data_dict)
    tk.check_access("versioning_retry", context, data_dict)
    with ckan_errors(""):
        try:
            get_metastore().backend.check()
        except BackendUnavailable as unavailable:
            raise HistoryUnavailable(str(unavailable)) from unavailable
        ids = unrecorded_ids()
        if "dataset" in data:
            ids = [dataset_id for dataset_id in ids if dataset_id == data["dataset"]]
        chosen = ids[: data["limit"]]
        results = [sync_dataset(dataset_id) for dataset_id in chosen]
    failed = [result for result in results if result.outcome is Outcome.FAILED]
    return {
        "recorded": len(results) - len(failed),
        "failed": [{"dataset_id": item.dataset_id, "error": item.reason} for item in failed],
        "left": len(ids) - len(chosen),
    }


def _rescued(item: Rescued) -> dict[str, Any]:
    return {
        "resource_id": item.resource_id,
        "replaced_at": iso(item.time),
        "size": item.path.stat().st_size,
        "path": str(item.path),
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

"""From a dataset that changes in CKAN's transaction to a row in the outbox, in that transaction.

:func:`capture` notes one dataset; ``listeners`` calls it for those that a transaction touched.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from .. import config
from ..files import capturing, delivery, held, records
from ..files.errors import BlobError
from ..files.held import Held
from . import outbox, snapshot
from .actor import Actor
from .content import content_hash
from .errors import CaptureFailed, RecordingError, TransactionLost
from .metastore import get_metastore

log = logging.getLogger(__name__)

Last = Callable[[Connection, str], str | None]
TakeFiles = Callable[[Any, dict[str, Any]], capturing.Taken]


def last_captured(connection: Connection, dataset_id: str) -> str | None:
    """Return the fingerprint of the newest snapshot in the outbox or drained from it."""
    return outbox.captured(connection, dataset_id).hash


def capture(
    session: Any,
    dataset_id: str,
    actor: Actor,
    *,
    last: Last = last_captured,
    take_files: TakeFiles = capturing.take,
) -> bool:
    """Note the dataset in the outbox, if it differs from what was noted last.

    A failure never breaks the caller's transaction: it is undone by a savepoint, logged, and the
    dataset is marked for ``ckan versioning sync``.

    :param session: the session that is about to commit; everything is flushed.
    :param dataset_id: the id of a dataset that may have changed.
    :param actor: who changed it.
    :param last: gives the fingerprint to compare with; None if there is no history.
    :param take_files: gives the files of the dataset.
    :returns: whether a row was written.
    :raises CaptureFailed: instead, if the portal is strict.
    :raises TransactionLost: if another plugin has ended the caller's transaction.
    """
    savepoint = session.connection().begin_nested()
    try:
        written = _capture(session, dataset_id, actor, last, take_files)
    except Exception as error:
        if not savepoint.is_active:
            raise TransactionLost(dataset_id) from error
        savepoint.rollback()
        _failed(session, dataset_id, error)
        return False
    savepoint.commit()
    return written


def _capture(
    session: Any, dataset_id: str, actor: Actor, last: Last, take_files: TakeFiles
) -> bool:
    connection = session.connection()
    dataset = snapshot.take(session, dataset_id)
    known = last(connection, dataset_id)
    if dataset is None:
        return _capture_purge(connection, dataset_id, actor, known)
    if known is None and dataset["state"] != "active":  # a history begins with what was published
        return False
    files = take_files(session, dataset).files
    digests = fingerprints(dataset, files)
    if known not in digests:
        text = snapshot.dumps(dataset_id, dataset)
        _append(connection, dataset_id, text, digests[0], actor, files)
        return True
    captured = outbox.captured(connection, dataset_id)
    if captured.error is not None or captured.hash not in digests:
        outbox.set_captured(connection, dataset_id, digests[0])
    return False


def fingerprints(dataset: dict[str, Any], files: Held) -> tuple[str, str]:
    """Return the fingerprints of a dataset with its files.

    There are two: by the files' tokens, which are known from the capture on, and by their hashes,
    which the drain finds out and the metastore has.
    """
    by_token = {resource_id: files[resource_id].by_token for resource_id in files}
    by_hash = {resource_id: files[resource_id].by_hash for resource_id in files}
    digest = content_hash(dataset, by_token)
    return digest, digest if by_hash == by_token else content_hash(dataset, by_hash)


def _capture_purge(connection: Any, dataset_id: str, actor: Actor, known: str | None) -> bool:
    records.forget_dataset(connection, dataset_id)
    if known is None:
        outbox.forget_captured(connection, dataset_id)
        return False
    _append(connection, dataset_id, None, None, replace(actor, action="purge"), {})
    return True


def _append(
    connection: Any,
    dataset_id: str,
    text: str | None,
    digest: str | None,
    actor: Actor,
    files: Held,
) -> None:
    outbox.append(
        connection,
        dataset_id,
        snapshot=text,
        files=held.dumps(files),
        digest=digest,
        author=actor.author(),
        message=actor.message,
        action=actor.action,
        reverted_to=actor.reverted_to,
    )
    if config.strict():
        _check_deliverable(connection, dataset_id, files)


def _check_deliverable(connection: Any, dataset_id: str, files: Held) -> None:
    """Refuse a change that the backend, or the blob store, could not take now."""
    get_metastore().backend.check()
    if any(file.sha256 is None for file in files.values()):
        delivery.check()
    for waiting in outbox.waiting(connection, dataset_id):
        if waiting.error is not None:
            raise RecordingError(f"an earlier change can't be recorded: {waiting.error}")


def _failed(session: Any, dataset_id: str, error: Exception) -> None:
    reason = _explained(error)
    if config.strict():
        raise CaptureFailed(dataset_id, reason) from error
    log.error(
        "The change to dataset %s is accepted but not yet recorded: %s. "
        "Run `ckan versioning sync` once that is mended.",
        dataset_id,
        reason,
        exc_info=error,
    )
    savepoint = session.connection().begin_nested()
    try:
        outbox.set_capture_failed(session.connection(), dataset_id, reason)
    except sa.exc.SQLAlchemyError:  # the table itself is missing: the log has said so
        savepoint.rollback()
    else:
        savepoint.commit()


def _explained(error: Exception) -> str:
    if isinstance(error, sa.exc.ProgrammingError) and "versioning_" in str(error.orig):
        return "its tables are missing; run `ckan db upgrade -p versioning`"
    if isinstance(error, tk.ValidationError):
        return f"package_show refuses it: {error.error_dict}"
    if isinstance(error, BlobError):
        return str(error)
    return f"{type(error).__name__}: {error}"

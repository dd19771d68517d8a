"""From the outbox to the metastore, in order per dataset, each change once.

A drain may be killed anywhere: the row goes only after the metastore has the revision, and a
revision carries its change id, so that delivering a row twice makes no second revision.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import Enum

import ckan.plugins.toolkit as tk
from sqlalchemy.engine import Connection

from .. import config
from ..files import delivery, held, undo
from ..files.errors import BlobError
from ..mapping import to_datapackage
from ..metastore import (
    Change,
    DatasetNotFound,
    MetaStore,
    MetastoreError,
    Snapshot,
    Visibility,
)
from . import answering, outbox
from .engine import engine
from .metastore import drains_inline, get_metastore, metastore_id
from .outbox import Entry

log = logging.getLogger(__name__)

LEFTOVERS = 5  # datasets that a write drains besides its own: enough to catch up, never slow
HOURS = 60 * 60  # seconds


class _Drained(Enum):
    ALL = "all"
    REFUSED = "refused"  # the metastore or the blob store did not take an entry
    LARGE = "large"  # files that take long are left to a job


def drain_soon(dataset_ids: Iterable[str]) -> None:
    """Drain once the client has its answer, or in a job, as configured.

    Where there is no client, as on the command line, it drains at once. Never raises: CKAN has
    committed.

    :param dataset_ids: the ids of the datasets of which a change was just accepted.
    """
    ids = list(dataset_ids)
    with _logged(ids):
        if not drains_inline():
            tk.enqueue_job(drain_with_leftovers, [ids], title="versioning: record changes")
        elif not answering.defer(_drain_safely, ids):
            drain_with_leftovers(ids)


def _drain_safely(dataset_ids: list[str]) -> None:
    with _logged(dataset_ids):
        drain_with_leftovers(dataset_ids, patient=False)


@contextmanager
def _logged(dataset_ids: list[str]) -> Iterator[None]:
    try:
        yield
    except Exception:  # the caller's change is committed: whatever fails here must not reach him
        log.exception(
            "Recorded changes of datasets %s wait in the outbox; `ckan versioning sync` or the "
            "next change delivers them",
            ", ".join(dataset_ids),
        )


def drain_with_leftovers(dataset_ids: list[str], *, patient: bool = True) -> None:
    """Drain these datasets, then a few that another process left behind.

    :param patient: whether it may take long; otherwise large files are left to a job.
    """
    undo.recover(engine())
    with engine().connect() as connection:
        drained = {id_: _drain(connection, id_, patient) for id_ in dataset_ids}
        if _Drained.REFUSED not in drained.values():  # else the backend is likely away
            with connection.begin():
                leftovers = outbox.ready_ids(connection, LEFTOVERS)
            drained.update({id_: _drain(connection, id_, patient) for id_ in leftovers})
    large = [id_ for id_, result in drained.items() if result is _Drained.LARGE]
    if large:
        tk.enqueue_job(
            drain_with_leftovers,
            [large],
            title="versioning: keep large files",
            rq_kwargs={"timeout": 12 * HOURS},
        )


def drain_dataset(dataset_id: str, *, patient: bool = True) -> bool:
    """Deliver all that waits of one dataset.

    :param patient: whether it may take long.
    :returns: False if an entry still waits: the metastore did not take it, which is noted with the
        reason, or it takes long.
    """
    with engine().connect() as connection:
        return _drain(connection, dataset_id, patient) is _Drained.ALL


def drain_all() -> list[str]:
    """Deliver all that waits; return the ids of the datasets of which entries are left."""
    with engine().connect() as connection:
        waiting = outbox.waiting(connection)
    return [item.dataset_id for item in waiting if not drain_dataset(item.dataset_id)]


def _drain(connection: Connection, dataset_id: str, patient: bool) -> _Drained:
    more = True
    while more:
        with connection.begin():
            entry = outbox.claim(connection, dataset_id)
            if entry is None:
                return _Drained.ALL
            if not patient and delivery.takes_long(held.loads(entry.files)):
                outbox.postpone(connection, entry)
                return _Drained.LARGE
            try:
                revision_id = _deliver(get_metastore(), entry)
            except Exception as error:  # noqa: BLE001 - the entry must stay, with the reason
                _keep(connection, entry, error)
                return _Drained.REFUSED
            outbox.finish(connection, entry, revision_id)
            more = entry.more
    return _Drained.ALL


def _deliver(store: MetaStore, entry: Entry) -> str | None:
    """Give an entry to the metastore; return the id of the head, None if it erased all."""
    if entry.snapshot is None:
        return _deliver_purge(store, entry)
    dataset = json.loads(entry.snapshot)
    visibility = Visibility(
        private=bool(dataset.get("private")), state=dataset.get("state") or "active"
    )
    files = held.described(delivery.deliver(engine(), held.loads(entry.files)))
    return store.dataset_record(
        metastore_id(entry.dataset_id),
        Snapshot(datapackage=to_datapackage(dataset, files), source=dataset),
        _change(entry, visibility),
        expected_head=entry.recorded_head,
    ).id


def _deliver_purge(store: MetaStore, entry: Entry) -> str | None:
    dataset_id = metastore_id(entry.dataset_id)
    if config.purge() == "keep":
        return store.dataset_record(
            dataset_id,
            store.dataset_read(dataset_id),
            _change(entry, Visibility(private=True, state="purged")),
            expected_head=entry.recorded_head,
        ).id
    try:
        store.dataset_purge(dataset_id)
    except DatasetNotFound:  # an earlier try was killed between erasing and removing the row
        log.info("The history of dataset %s is erased already", entry.dataset_id)
    return None


def _change(entry: Entry, visibility: Visibility) -> Change:
    return Change(
        author=entry.author,
        message=entry.message,
        time=entry.accepted_at,
        visibility=visibility,
        action=entry.action,
        reverted_to=entry.reverted_to,
        change_id=entry.change_id,
    )


def _keep(connection: Connection, entry: Entry, error: Exception) -> None:
    expected = isinstance(error, (MetastoreError, BlobError))
    reason = str(error) if expected else repr(error)
    log.error(
        "Change %s of dataset %s is not recorded yet and waits in the outbox: %s",
        entry.change_id,
        entry.dataset_id,
        reason,
        exc_info=not expected,
    )
    outbox.note_failure(connection, entry, reason)

"""Bring the metastore level with CKAN: what is left over, and what went past the hooks.

Also the way to switch versioning on with years of data in place: every dataset gets its first
revision. It may be interrupted anywhere; run again, it goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import sqlalchemy as sa
from ckan import model

from ..files import capturing, delivery, held, records, staging, undo
from ..files.held import HeldFile, hash_identity
from ..metastore import DatasetNotFound, MetastoreError
from . import outbox
from .actor import Actor
from .capture import capture
from .content import content_hash
from .drain import drain_dataset
from .engine import engine
from .errors import RecordingError
from .metastore import get_metastore, metastore_id
from .tables import head, state

PAGE = 500
FIRST = "Start of the recorded history"


class Outcome(Enum):
    """What sync found, or did, for a dataset."""

    UNCHANGED = "unchanged"
    RECORDED = "recorded"
    WOULD_RECORD = "would record"
    PURGED = "purged"
    WOULD_PURGE = "would purge"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Synced:
    """The outcome for one dataset.

    :param reason: why it failed, if it did.
    :param files: how many uploaded files are, or would be, captured for the first time.
    :param size: how many bytes these have.
    """

    dataset_id: str
    outcome: Outcome
    reason: str = ""
    files: int = 0
    size: int = 0


def dataset_ids() -> Iterator[str]:
    """Yield the ids of the datasets that have, or should have, a history; in order."""
    packages = model.package_table
    known = sa.union(
        sa.select(packages.c.id.label("id")).where(packages.c.state == "active"),
        sa.select(state.c.dataset_id),
        sa.select(head.c.dataset_id),
    ).subquery()
    last = ""
    while True:
        query = sa.select(known.c.id).where(known.c.id > last).order_by(known.c.id).limit(PAGE)
        with engine().connect() as connection:
            page = list(connection.execute(query).scalars())
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1]


def uncaptured_ids() -> list[str]:
    """Return the ids of the datasets of which a change could not be noted in the outbox."""
    with engine().connect() as connection:
        return [failure["dataset_id"] for failure in outbox.capture_failures(connection)]


def unrecorded_ids() -> list[str]:
    """Return the ids of all datasets of which a change is not recorded, first what waits."""
    with engine().connect() as connection:
        ids = [item.dataset_id for item in outbox.waiting(connection)]
        ids += [failure["dataset_id"] for failure in outbox.capture_failures(connection)]
    return list(dict.fromkeys(ids))


def clean_up() -> None:
    """Settle what processes that died have left of uploads and captures."""
    undo.recover(engine())
    undo.sweep()
    with engine().begin() as connection:
        staging.sweep(connection)
        records.forget_old(connection)


def sync_dataset(dataset_id: str, *, dry_run: bool = False, accept_loss: bool = False) -> Synced:
    """Deliver what waits of a dataset, then compare it with its head and record a difference.

    :param dataset_id: the dataset's id.
    :param dry_run: only say what would be done.
    :param accept_loss: where the metastore has lost revisions that it once had, go on from what
        it has now, instead of failing.
    """
    try:
        if not dry_run:
            if accept_loss:
                _adopt_head(dataset_id)
                _give_up_lost_files(dataset_id)
            if not drain_dataset(dataset_id):
                return _waiting(dataset_id)
        return _compare(dataset_id, dry_run)
    except (MetastoreError, RecordingError) as error:
        return Synced(dataset_id, Outcome.FAILED, str(error))
    finally:
        model.Session.remove()


def _compare(dataset_id: str, dry_run: bool) -> Synced:
    gone = model.Package.get(dataset_id) is None
    known = _recorded_hash(dataset_id)
    actor = Actor(message=FIRST if known is None else "")
    new: list[HeldFile] = []

    def take_files(session: Any, dataset: dict[str, Any]) -> capturing.Taken:
        take = capturing.survey if dry_run else capturing.take
        taken = take(session, dataset)
        new.extend(taken.new)
        return taken

    written = capture(
        model.Session, dataset_id, actor, last=lambda *_: known, take_files=take_files
    )
    error = outbox.captured(model.Session.connection(), dataset_id).error
    if dry_run:
        model.Session.rollback()
    else:
        model.Session.commit()
    if error is not None:
        return Synced(dataset_id, Outcome.FAILED, error)
    if not written:
        return Synced(dataset_id, Outcome.UNCHANGED)
    if not dry_run and not drain_dataset(dataset_id):
        return _waiting(dataset_id)
    size = sum(file.size for file in new)
    return Synced(dataset_id, _outcome(gone, dry_run), files=len(new), size=size)


def _outcome(gone: bool, dry_run: bool) -> Outcome:
    if gone:
        return Outcome.WOULD_PURGE if dry_run else Outcome.PURGED
    return Outcome.WOULD_RECORD if dry_run else Outcome.RECORDED


def _recorded_hash(dataset_id: str) -> str | None:
    """Return the fingerprint of the head; None without a head, or if the purge closed it."""
    store, stored_id = get_metastore(), metastore_id(dataset_id)
    try:
        revision = store.revision_read(stored_id, "head")
    except DatasetNotFound:
        return None
    if revision.info.visibility.state == "purged":
        return None
    head = store.dataset_read(stored_id, revision.id)
    files = {file.resource: hash_identity(file.sha256, kept=file.kept) for file in head.files}
    return content_hash(head.document, files)


def _adopt_head(dataset_id: str) -> None:
    """Make what the metastore has the recorded head, whatever was recorded before."""
    store, stored_id = get_metastore(), metastore_id(dataset_id)
    with engine().begin() as connection:
        if store.dataset_exists(stored_id):
            revision = store.revision_read(stored_id, "head")
            outbox.set_recorded_head(connection, dataset_id, revision.id)
        else:
            outbox.forget_recorded_head(connection, dataset_id)


def _give_up_lost_files(dataset_id: str) -> None:
    """Record waiting changes without those files that a power cut has taken."""
    with engine().begin() as connection:
        for seq, text in outbox.files(connection, dataset_id):
            files = held.loads(text)
            lost = {id_ for id_, file in files.items() if delivery.is_lost(engine(), file)}
            if not lost:
                continue
            there = {id_: files[id_] for id_ in files if id_ not in lost}
            outbox.set_files(connection, seq, held.dumps(there))
            tokens = [files[id_].by_token for id_ in lost]
            records.forget_tokens(connection, tokens)
            for token in tokens:
                staging.discard(token)


def _waiting(dataset_id: str) -> Synced:
    with engine().connect() as connection:
        reasons = [item.error or "" for item in outbox.waiting(connection, dataset_id)]
    return Synced(dataset_id, Outcome.FAILED, "; ".join(reasons))

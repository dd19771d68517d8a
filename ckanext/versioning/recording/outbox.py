"""The SQL of the outbox. Every function works within the transaction of its connection."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.engine import Connection

from ..metastore import Author
from .tables import head, outbox, state

# Every write of CKAN's runs these. As text they cost a fifth of what building them would.

_APPEND = sa.text("""
    WITH captured AS (
        INSERT INTO versioning_state (dataset_id, hash) VALUES (:dataset_id, :digest)
        ON CONFLICT (dataset_id) DO UPDATE SET hash = :digest, error = NULL, failed_at = NULL
    )
    INSERT INTO versioning_outbox (change_id, dataset_id, snapshot, files, author_id, author_name,
                                   author_email, message, action, reverted_to)
    VALUES (:change_id, :dataset_id, :snapshot, :files, :author_id, :author_name,
            :author_email, :message, :action, :reverted_to)
""")
_APPEND_PURGE = sa.text("""
    WITH forgotten AS (DELETE FROM versioning_state WHERE dataset_id = :dataset_id)
    INSERT INTO versioning_outbox (change_id, dataset_id, author_id, author_name,
                                   author_email, message, action)
    VALUES (:change_id, :dataset_id, :author_id, :author_name, :author_email, :message, :action)
""")
# A lost row removal is harmless, so the end of the claiming transaction need not wait for the disk.
_CLAIM = sa.text("""
    SELECT entry.*, head.revision_id AS recorded_head,
           EXISTS (SELECT 1 FROM versioning_outbox later
                   WHERE later.dataset_id = entry.dataset_id AND later.seq > entry.seq) AS more,
           set_config('synchronous_commit', 'off', true)
    FROM versioning_outbox entry
    LEFT JOIN versioning_head head ON head.dataset_id = entry.dataset_id
    WHERE entry.seq = (SELECT min(seq) FROM versioning_outbox WHERE dataset_id = :dataset_id)
    FOR UPDATE OF entry SKIP LOCKED
""")
_FINISH = sa.text("""
    WITH recorded AS (
        INSERT INTO versioning_head (dataset_id, revision_id) VALUES (:dataset_id, :revision_id)
        ON CONFLICT (dataset_id) DO UPDATE SET revision_id = :revision_id
    )
    DELETE FROM versioning_outbox WHERE seq = :seq
""")
_FINISH_PURGE = sa.text("""
    WITH forgotten AS (DELETE FROM versioning_head WHERE dataset_id = :dataset_id)
    DELETE FROM versioning_outbox WHERE seq = :seq
""")
_READY = sa.text("""
    SELECT dataset_id FROM versioning_outbox entry
    WHERE NOT EXISTS (SELECT 1 FROM versioning_outbox earlier
                      WHERE earlier.dataset_id = entry.dataset_id AND earlier.seq < entry.seq)
      AND (last_attempt_at IS NULL
           OR last_attempt_at + least(attempts, 60) * interval '1 minute' < clock_timestamp())
    ORDER BY seq LIMIT :limit
""")
_NEXT = sa.text(
    "SELECT attempts FROM versioning_outbox WHERE dataset_id = :dataset_id ORDER BY seq LIMIT 1"
)
_CAPTURED = sa.text("SELECT hash, error FROM versioning_state WHERE dataset_id = :dataset_id")


@dataclass(frozen=True, slots=True)
class Entry:
    """An accepted change that waits to be recorded; fields as in ``tables.outbox``.

    ``recorded_head`` is the newest revision that the metastore is known to have; ``more`` says
    that later changes of the dataset wait too.
    """

    seq: int
    change_id: str
    dataset_id: str
    accepted_at: datetime
    snapshot: str | None
    files: str | None
    author: Author
    message: str
    action: str | None
    reverted_to: str | None
    recorded_head: str | None
    more: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits of one dataset: how many changes, since when, and what went wrong last."""

    dataset_id: str
    changes: int
    since: datetime
    attempts: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Captured:
    """The fingerprint of the newest captured snapshot, and why the capture after it failed."""

    hash: str | None = None
    error: str | None = None


def append(
    connection: Connection,
    dataset_id: str,
    *,
    snapshot: str | None,
    files: str | None,
    digest: str | None,
    author: Author,
    message: str,
    action: str | None,
    reverted_to: str | None,
) -> None:
    """Add an accepted change and remember it as the newest captured one, in one round trip.

    :param snapshot: the dataset as JSON text; None for a purge.
    :param files: what was captured of its files, as JSON text; None if there are none.
    :param digest: the fingerprint of snapshot and files; None for a purge.
    """
    values = {
        "change_id": str(uuid.uuid4()),
        "dataset_id": dataset_id,
        "snapshot": snapshot,
        "files": files,
        "digest": digest,
        "author_id": author.id,
        "author_name": author.name,
        "author_email": author.email,
        "message": message,
        "action": action,
        "reverted_to": reverted_to,
    }
    connection.execute(_APPEND_PURGE if digest is None else _APPEND, values)


def claim(connection: Connection, dataset_id: str) -> Entry | None:
    """Return the dataset's oldest entry and lock it; None if there is none or it is taken.

    Whoever holds the oldest entry owns the dataset's queue: order is kept without a lock that
    a CKAN write could wait for.
    """
    row = connection.execute(_CLAIM, {"dataset_id": dataset_id}).first()
    if row is None:
        return None
    return Entry(
        seq=row.seq,
        change_id=row.change_id,
        dataset_id=row.dataset_id,
        accepted_at=row.accepted_at,
        snapshot=row.snapshot,
        files=row.files,
        author=Author(row.author_id, row.author_name, row.author_email),
        message=row.message,
        action=row.action,
        reverted_to=row.reverted_to,
        recorded_head=row.recorded_head,
        more=row.more,
    )


def finish(connection: Connection, entry: Entry, revision_id: str | None) -> None:
    """Take a recorded entry out of the outbox and remember the newest revision.

    :param revision_id: its id; None if the history was erased.
    """
    connection.execute(
        _FINISH_PURGE if revision_id is None else _FINISH,
        {"seq": entry.seq, "dataset_id": entry.dataset_id, "revision_id": revision_id},
    )


def note_failure(connection: Connection, entry: Entry, error: str) -> None:
    """Keep an entry that could not be recorded, with the reason."""
    connection.execute(
        outbox.update()
        .where(outbox.c.seq == entry.seq)
        .values(
            attempts=outbox.c.attempts + 1,
            last_attempt_at=sa.func.clock_timestamp(),
            last_error=error,
        )
    )


def postpone(connection: Connection, entry: Entry) -> None:
    """Let an entry rest that somebody else is going to deliver."""
    connection.execute(
        outbox.update()
        .where(outbox.c.seq == entry.seq)
        .values(attempts=outbox.c.attempts + 1, last_attempt_at=sa.func.clock_timestamp())
    )


def waiting(connection: Connection, dataset_id: str | None = None) -> list[Waiting]:
    """Return the datasets of which changes wait, the longest waiting first."""
    query = (
        sa.select(
            outbox.c.dataset_id,
            sa.func.count().label("changes"),
            sa.func.min(outbox.c.accepted_at).label("since"),
            sa.func.max(outbox.c.attempts).label("attempts"),
            sa.func.max(outbox.c.last_error).label("error"),
        )
        .group_by(outbox.c.dataset_id)
        .order_by(sa.func.min(outbox.c.seq))
    )
    if dataset_id is not None:
        query = query.where(outbox.c.dataset_id == dataset_id)
    return [Waiting(**row) for row in connection.execute(query).mappings()]


def ready_ids(connection: Connection, limit: int) -> list[str]:
    """Return ids of datasets of which a delivery is due, the longest waiting first.

    That is at once for what was never tried, as a killed process leaves it; what has failed rests
    for a minute more after each attempt, up to an hour: it must not slow every write down.
    """
    return list(connection.execute(_READY, {"limit": limit}).scalars())


def has_untried(connection: Connection, dataset_id: str) -> bool:
    """Say whether the oldest change that waits of the dataset was never tried to deliver."""
    attempts: int | None = connection.execute(_NEXT, {"dataset_id": dataset_id}).scalar()
    return attempts == 0


def files(connection: Connection, dataset_id: str) -> list[tuple[int, str]]:
    """Return ``seq`` and ``files`` of the dataset's entries that have files; and lock them."""
    query = (
        sa.select(outbox.c.seq, outbox.c.files)
        .where(outbox.c.dataset_id == dataset_id, outbox.c.files.is_not(None))
        .with_for_update()
    )
    return [(row.seq, row.files) for row in connection.execute(query)]


def set_files(connection: Connection, seq: int, text: str | None) -> None:
    """Change what an entry has of files, as JSON text."""
    connection.execute(outbox.update().where(outbox.c.seq == seq).values(files=text))


def captured(connection: Connection, dataset_id: str) -> Captured:
    """Return what is known of the dataset's newest capture."""
    row = connection.execute(_CAPTURED, {"dataset_id": dataset_id}).first()
    return Captured() if row is None else Captured(row.hash, row.error)


def set_captured(connection: Connection, dataset_id: str, digest: str) -> None:
    """Remember the newest captured snapshot; clears an earlier failure."""
    values = {"hash": digest, "error": None, "failed_at": None}
    connection.execute(_upsert_state(dataset_id, values))


def set_capture_failed(connection: Connection, dataset_id: str, error: str) -> None:
    """Remember that the newest change is not in the outbox: ``sync`` will look."""
    values = {"error": error, "failed_at": sa.func.clock_timestamp()}
    connection.execute(_upsert_state(dataset_id, values))


def forget_captured(connection: Connection, dataset_id: str) -> None:
    """Forget a dataset that was purged."""
    connection.execute(state.delete().where(state.c.dataset_id == dataset_id))


def capture_failures(connection: Connection) -> Iterator[dict[str, Any]]:
    """Yield ``dataset_id``, ``error`` and ``failed_at`` of the changes that were not captured."""
    query = (
        sa.select(state.c.dataset_id, state.c.error, state.c.failed_at)
        .where(state.c.error.is_not(None))
        .order_by(state.c.failed_at)
    )
    for row in connection.execute(query).mappings():
        yield dict(row)


def recorded_head(connection: Connection, dataset_id: str) -> str | None:
    """Return the id of the newest revision that the drain saw the metastore accept."""
    return connection.execute(
        sa.select(head.c.revision_id).where(head.c.dataset_id == dataset_id)
    ).scalar()


def set_recorded_head(connection: Connection, dataset_id: str, revision_id: str) -> None:
    """Remember the newest revision."""
    connection.execute(_upsert_head(dataset_id, revision_id))


def forget_recorded_head(connection: Connection, dataset_id: str) -> None:
    """Forget the newest revision of a dataset whose history was erased."""
    connection.execute(head.delete().where(head.c.dataset_id == dataset_id))


def _upsert_state(dataset_id: str, values: dict[str, Any]) -> Insert:
    statement = insert(state).values(dataset_id=dataset_id, **values)
    return statement.on_conflict_do_update(index_elements=["dataset_id"], set_=values)


def _upsert_head(dataset_id: str, revision_id: str) -> Insert:
    statement = insert(head).values(dataset_id=dataset_id, revision_id=revision_id)
    return statement.on_conflict_do_update(
        index_elements=["dataset_id"], set_={"revision_id": revision_id}
    )

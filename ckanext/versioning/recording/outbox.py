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
    """The canonical hash of the newest captured snapshot, and why the capture after it failed."""

    hash: str | None = None
    error: str | None = None


def append(
    connection: Connection,
    dataset_id: str,
    *,
    snapshot: str | None,
    digest: str | None,
    author: Author,
    message: str,
    action: str | None,
    reverted_to: str | None,
) -> None:
    """Add an accepted change and remember it as the newest captured one, in one round trip.

    :param snapshot: the dataset as JSON text; None for a purge.
    :param digest: the snapshot's canonical hash; None for a purge.
    """
    remember: Insert | sa.Delete
    if digest is None:
        remember = state.delete().where(state.c.dataset_id == dataset_id)
    else:
        remember = _upsert_state(dataset_id, {"hash": digest, "error": None, "failed_at": None})
    connection.execute(
        outbox.insert()
        .values(
            change_id=str(uuid.uuid4()),
            dataset_id=dataset_id,
            snapshot=snapshot,
            author_id=author.id,
            author_name=author.name,
            author_email=author.email,
            message=message,
            action=action,
            reverted_to=reverted_to,
        )
        .add_cte(remember.cte("remember"))
    )


def claim(connection: Connection, dataset_id: str) -> Entry | None:
    """Return the dataset's oldest entry and lock it; None if there is none or it is taken.

    Whoever holds the oldest entry owns the dataset's queue: order is kept without a lock that
    a CKAN write could wait for.
    """
    oldest = (
        sa.select(sa.func.min(outbox.c.seq))
        .where(outbox.c.dataset_id == dataset_id)
        .scalar_subquery()
    )
    later = outbox.alias("later")
    query = (
        sa.select(
            outbox,
            head.c.revision_id.label("recorded_head"),
            sa.exists()
            .where(later.c.dataset_id == dataset_id, later.c.seq > outbox.c.seq)
            .label("more"),
            # a lost row removal is harmless, so the end of this need not wait for the disk
            sa.func.set_config("synchronous_commit", "off", True),
        )
        .select_from(outbox.outerjoin(head, head.c.dataset_id == outbox.c.dataset_id))
        .where(outbox.c.seq == oldest)
        .with_for_update(skip_locked=True, of=outbox)
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    return Entry(
        seq=row["seq"],
        change_id=row["change_id"],
        dataset_id=row["dataset_id"],
        accepted_at=row["accepted_at"],
        snapshot=row["snapshot"],
        author=Author(row["author_id"], row["author_name"], row["author_email"]),
        message=row["message"],
        action=row["action"],
        reverted_to=row["reverted_to"],
        recorded_head=row["recorded_head"],
        more=row["more"],
    )


def finish(connection: Connection, entry: Entry, revision_id: str | None) -> None:
    """Take a recorded entry out of the outbox and remember the newest revision.

    :param revision_id: its id; None if the history was erased.
    """
    remember: Insert | sa.Delete
    if revision_id is None:
        remember = head.delete().where(head.c.dataset_id == entry.dataset_id)
    else:
        remember = _upsert_head(entry.dataset_id, revision_id)
    connection.execute(
        outbox.delete().where(outbox.c.seq == entry.seq).add_cte(remember.cte("remember"))
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
    earlier = outbox.alias("earlier")
    rest = sa.func.least(outbox.c.attempts, 60) * sa.text("interval '1 minute'")
    query = (
        sa.select(outbox.c.dataset_id)
        .where(
            ~sa.exists().where(
                earlier.c.dataset_id == outbox.c.dataset_id, earlier.c.seq < outbox.c.seq
            ),
            sa.or_(
                outbox.c.last_attempt_at.is_(None),
                outbox.c.last_attempt_at + rest < sa.func.clock_timestamp(),
            ),
        )
        .order_by(outbox.c.seq)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def captured(connection: Connection, dataset_id: str) -> Captured:
    """Return what is known of the dataset's newest capture."""
    row = connection.execute(
        sa.select(state.c.hash, state.c.error).where(state.c.dataset_id == dataset_id)
    ).first()
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

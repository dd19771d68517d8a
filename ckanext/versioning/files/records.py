"""What CKAN's database knows of files: tables, and the SQL that works on them.

``versioning_file`` says which bytes the live file of a resource is known to have. It is written
in CKAN's own transactions only. ``versioning_capture`` has what the drain found out of bytes that
were captured: a table of its own, so that neither waits for the other. ``versioning_link`` is
written by the job that fetches links. Functions work within their connection's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from ckan.model.meta import metadata
from sqlalchemy.engine import Connection, Engine

file = sa.Table(
    "versioning_file",
    metadata,
    sa.Column("resource_id", sa.UnicodeText, primary_key=True),
    sa.Column("dataset_id", sa.UnicodeText, nullable=False, index=True),
    # tells whether the live file is still the one that was captured
    sa.Column("signature", sa.UnicodeText, nullable=False),
    sa.Column("token", sa.UnicodeText, nullable=False),
)

capture = sa.Table(
    "versioning_capture",
    metadata,
    sa.Column("token", sa.UnicodeText, primary_key=True),
    sa.Column("dataset_id", sa.UnicodeText, nullable=False),
    sa.Column(
        "captured_at",
        sa.DateTime(timezone=True),
        nullable=False,
        server_default=sa.text("clock_timestamp()"),
    ),
    sa.Column("size", sa.BigInteger, nullable=False),
    # NULL until the bytes are hashed
    sa.Column("sha256", sa.UnicodeText),
    # whether the blob store has them: not if they are over a limit
    sa.Column("kept", sa.Boolean, nullable=False, server_default=sa.true()),
)

link = sa.Table(
    "versioning_link",
    metadata,
    sa.Column("resource_id", sa.UnicodeText, primary_key=True),
    sa.Column("dataset_id", sa.UnicodeText, nullable=False, index=True),
    sa.Column("url", sa.UnicodeText, nullable=False),
    # of the newest answer, for conditional requests
    sa.Column("etag", sa.UnicodeText),
    sa.Column("last_modified", sa.UnicodeText),
    # of the newest bytes that were fetched from that URL; NULL if none ever were
    sa.Column("sha256", sa.UnicodeText),
    sa.Column("size", sa.BigInteger),
    sa.Column("name", sa.UnicodeText),
    sa.Column("fetched_at", sa.DateTime(timezone=True)),
    # why the newest try failed; NULL if it did not
    sa.Column("error", sa.UnicodeText),
)

_LIVE = sa.text("""
    SELECT file.resource_id, file.signature, token, capture.sha256, capture.size, capture.kept
    FROM versioning_file file JOIN versioning_capture capture USING (token)
    WHERE file.dataset_id = :dataset_id
""")
_ACCEPTED = sa.text("""
    SELECT resource.id, resource.url, resource.url_type, resource.last_modified, file.signature,
           state.dataset_id IS NOT NULL AS has_history
    FROM resource
    LEFT JOIN versioning_state state ON state.dataset_id = resource.package_id
    LEFT JOIN versioning_file file ON file.resource_id = resource.id
    WHERE resource.id = :resource_id
""")
_REMEMBER = sa.text("""
    WITH captured AS (
        INSERT INTO versioning_capture (token, dataset_id, size)
        VALUES (:token, :dataset_id, :size)
    )
    INSERT INTO versioning_file (resource_id, dataset_id, signature, token)
    VALUES (:resource_id, :dataset_id, :signature, :token)
    ON CONFLICT (resource_id)
    DO UPDATE SET dataset_id = :dataset_id, signature = :signature, token = :token
""")
_LINKS = sa.text("""
    SELECT resource_id, url, sha256, size, name FROM versioning_link
    WHERE dataset_id = :dataset_id AND sha256 IS NOT NULL
""")
_HASHED = sa.text(
    "UPDATE versioning_capture SET sha256 = :sha256, size = :size, kept = :kept"
    " WHERE token = :token"
)
_REFERRED = sa.text("""
    SELECT sha256 FROM versioning_capture WHERE sha256 IS NOT NULL
    UNION SELECT sha256 FROM versioning_link WHERE sha256 IS NOT NULL
    UNION SELECT item.value ->> 'sha256'
          FROM versioning_outbox, json_each(files::json) item
          WHERE item.value ->> 'sha256' IS NOT NULL
""")
# A capture that nothing refers to any more; a day is longer than any transaction.
_FORGET = sa.text("""
    DELETE FROM versioning_capture capture
    WHERE captured_at < clock_timestamp() - interval '1 day'
      AND NOT EXISTS (SELECT 1 FROM versioning_file file WHERE file.token = capture.token)
      AND NOT EXISTS (SELECT 1 FROM versioning_outbox entry
                      WHERE entry.dataset_id = capture.dataset_id)
""")


@dataclass(frozen=True, slots=True)
class Captured:
    """Bytes that were captured under a token; ``sha256`` is None until they are hashed."""

    token: str
    size: int
    sha256: str | None = None
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """Which bytes the live file has as long as its signature is this one."""

    signature: str
    captured: Captured


@dataclass(frozen=True, slots=True)
class Accepted:
    """A resource as it is committed.

    :param resource: what its uploader needs of its dict.
    :param last_modified: when its file was uploaded, in UTC.
    :param signature: of the file that was captured last; None if none ever was.
    :param has_history: whether its dataset is recorded.
    """

    resource: dict[str, Any]
    last_modified: datetime | None
    signature: str | None
    has_history: bool


@dataclass(frozen=True, slots=True)
class Link:
    """The bytes that were fetched from a resource's URL."""

    url: str
    name: str
    size: int
    sha256: str


def known(connection: Connection, dataset_id: str) -> dict[str, Known]:
    """Return what is known of the live files of a dataset, by resource."""
    rows = connection.execute(_LIVE, {"dataset_id": dataset_id})
    return {
        row.resource_id: Known(row.signature, Captured(row.token, row.size, row.sha256, row.kept))
        for row in rows
    }


def accepted(engine: Engine, resource_id: str) -> Accepted | None:
    """Return a resource as others see it, whatever the caller's transaction has changed."""
    with engine.connect() as connection:
        row = connection.execute(_ACCEPTED, {"resource_id": resource_id}).first()
    if row is None:
        return None
    time: datetime | None = row.last_modified
    resource = {
        "id": row.id,
        "url": row.url,
        "url_type": row.url_type,
        "last_modified": time and time.isoformat(),
    }
    time = time and time.replace(tzinfo=timezone.utc)
    return Accepted(resource, time, row.signature, row.has_history)


def remember(
    connection: Connection, dataset_id: str, resource_id: str, signature: str, captured: Captured
) -> None:
    """Note that the live file of a resource was captured, not yet hashed."""
    values = {
        "resource_id": resource_id,
        "dataset_id": dataset_id,
        "signature": signature,
        "token": captured.token,
        "size": captured.size,
    }
    connection.execute(_REMEMBER, values)


def forget_dataset(connection: Connection, dataset_id: str) -> None:
    """Forget the live files and links of a dataset that is purged."""
    for table in (file, link):
        connection.execute(table.delete().where(table.c.dataset_id == dataset_id))


def forget_tokens(connection: Connection, tokens: Iterable[str]) -> None:
    """Forget captures, so that the live files that they were made of are captured anew."""
    given_up = list(tokens)
    for table in (file, capture):
        connection.execute(table.delete().where(table.c.token.in_(given_up)))


def links(connection: Connection, dataset_id: str) -> dict[str, Link]:
    """Return what was fetched from the links of a dataset, by resource."""
    rows = connection.execute(_LINKS, {"dataset_id": dataset_id})
    return {row.resource_id: Link(row.url, row.name, row.size, row.sha256) for row in rows}


def captured(connection: Connection, token: str) -> Captured | None:
    """Return what is known of captured bytes; None if the token is unknown."""
    query = sa.select(capture).where(capture.c.token == token)
    row = connection.execute(query).first()
    return None if row is None else Captured(row.token, row.size, row.sha256, row.kept)


def set_hashed(connection: Connection, found: Captured) -> None:
    """Note the hash of captured bytes, and whether the blob store has them."""
    values = {
        "token": found.token,
        "sha256": found.sha256,
        "size": found.size,
        "kept": found.kept,
    }
    connection.execute(_HASHED, values)


def unhashed(connection: Connection, tokens: Iterable[str]) -> set[str]:
    """Return those of the tokens whose bytes are waiting to be hashed."""
    query = sa.select(capture.c.token).where(
        capture.c.token.in_(list(tokens)), capture.c.sha256.is_(None)
    )
    return set(connection.execute(query).scalars())


def forget_old(connection: Connection) -> int:
    """Forget captures that neither a live file nor a waiting change needs; return how many."""
    return int(connection.execute(_FORGET).rowcount)


def referred(connection: Connection) -> set[str]:
    """Return the hashes that CKAN's side refers to, beside what revisions do.

    These are the blobs of live files, of fetched links and of changes that wait.
    """
    return set(connection.execute(_REFERRED).scalars())

"""What is known of the links of datasets: the SQL of the table ``versioning_link``."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from .. import records
from .fetching import Fetched, Validators

# Only while the resource has that link: what was fetched from a former one comes too late.
_FETCHED = sa.text("""
    INSERT INTO versioning_link (resource_id, dataset_id, url, etag, last_modified, sha256, size,
                                 name, fetched_at)
    SELECT id, package_id, url, :etag, :last_modified, :sha256, :size, :name, clock_timestamp()
    FROM resource WHERE id = :resource_id AND url = :url
    ON CONFLICT (resource_id) DO UPDATE
    SET dataset_id = excluded.dataset_id, url = :url, etag = :etag, last_modified = :last_modified,
        sha256 = :sha256, size = :size, name = :name, fetched_at = clock_timestamp(), error = NULL
""")
_UNCHANGED = sa.text("""
    UPDATE versioning_link SET fetched_at = clock_timestamp(), error = NULL
    WHERE resource_id = :resource_id AND url = :url
""")
# What an earlier try fetched stays, unless the link leads elsewhere now.
_FAILED = sa.text("""
    INSERT INTO versioning_link AS link (resource_id, dataset_id, url, error)
    SELECT id, package_id, url, :error FROM resource WHERE id = :resource_id AND url = :url
    ON CONFLICT (resource_id) DO UPDATE
    SET dataset_id = excluded.dataset_id, url = :url, error = :error,
        etag = CASE WHEN link.url = :url THEN link.etag END,
        last_modified = CASE WHEN link.url = :url THEN link.last_modified END,
        sha256 = CASE WHEN link.url = :url THEN link.sha256 END,
        size = CASE WHEN link.url = :url THEN link.size END,
        name = CASE WHEN link.url = :url THEN link.name END,
        fetched_at = CASE WHEN link.url = :url THEN link.fetched_at END
""")


@dataclass(frozen=True, slots=True)
class Known:
    """What the newest try to fetch a link gave; ``sha256`` is None if none ever succeeded."""

    url: str
    sha256: str | None
    error: str | None
    validators: Validators


def known(connection: Connection, dataset_id: str) -> dict[str, Known]:
    """Return what is known of the links of a dataset, by resource."""
    table = records.link
    rows = connection.execute(sa.select(table).where(table.c.dataset_id == dataset_id))
    return {
        row.resource_id: Known(
            row.url, row.sha256, row.error, Validators(row.etag, row.last_modified)
        )
        for row in rows
    }


def set_fetched(connection: Connection, resource_id: str, url: str, found: Fetched) -> None:
    """Note what was fetched, and kept, from a link."""
    values = {
        "resource_id": resource_id,
        "url": url,
        "etag": found.validators.etag,
        "last_modified": found.validators.last_modified,
        "sha256": found.sha256,
        "size": found.size,
        "name": found.name,
    }
    connection.execute(_FETCHED, values)


def set_unchanged(connection: Connection, resource_id: str, url: str) -> None:
    """Note that a link still leads to what was fetched before."""
    connection.execute(_UNCHANGED, {"resource_id": resource_id, "url": url})


def set_failed(connection: Connection, resource_id: str, url: str, error: str) -> None:
    """Note that a link could not be fetched, and why."""
    connection.execute(_FAILED, {"resource_id": resource_id, "url": url, "error": error})

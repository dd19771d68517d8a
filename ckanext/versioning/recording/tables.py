"""The tables that recording keeps in CKAN's database.

``versioning_outbox`` holds accepted changes that are not yet in the metastore; it is empty on a
healthy portal. ``versioning_state`` is written in CKAN's own transactions, ``versioning_head`` by
the drain: two tables, so that a slow backend never holds a lock that a CKAN write waits for.
"""

from __future__ import annotations

import sqlalchemy as sa
from ckan.model.meta import metadata

outbox = sa.Table(
    "versioning_outbox",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=True),
    sa.Column("change_id", sa.UnicodeText, nullable=False, unique=True),
    sa.Column("dataset_id", sa.UnicodeText, nullable=False),
    # the database's clock: one for all web servers
    sa.Column(
        "accepted_at",
        sa.DateTime(timezone=True),
        nullable=False,
        server_default=sa.text("clock_timestamp()"),
    ),
    # the dataset as JSON text; NULL says that it was purged
    sa.Column("snapshot", sa.UnicodeText),
    # what was captured of its files, as JSON text by resource; NULL if there are none
    sa.Column("files", sa.UnicodeText),
    sa.Column("author_id", sa.UnicodeText, nullable=False, server_default=""),
    sa.Column("author_name", sa.UnicodeText, nullable=False, server_default=""),
    sa.Column("author_email", sa.UnicodeText),
    sa.Column("message", sa.UnicodeText, nullable=False, server_default=""),
    # NULL lets the metastore tell it from the states before and after
    sa.Column("action", sa.UnicodeText),
    sa.Column("reverted_to", sa.UnicodeText),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("last_attempt_at", sa.DateTime(timezone=True)),
    sa.Column("last_error", sa.UnicodeText),
    sa.Index("versioning_outbox_dataset", "dataset_id", "seq"),
)

state = sa.Table(
    "versioning_state",
    metadata,
    sa.Column("dataset_id", sa.UnicodeText, primary_key=True),
    # of the newest captured snapshot; NULL before the first capture
    sa.Column("hash", sa.UnicodeText),
    # why the newest change could not be captured; NULL if it was
    sa.Column("error", sa.UnicodeText),
    sa.Column("failed_at", sa.DateTime(timezone=True)),
)

head = sa.Table(
    "versioning_head",
    metadata,
    sa.Column("dataset_id", sa.UnicodeText, primary_key=True),
    sa.Column("revision_id", sa.UnicodeText, nullable=False),
)

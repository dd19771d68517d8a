"""Create the outbox

Revision ID: a3c1f09e5b7d
Revises:
Create Date: 2026-11-21
"""

import sqlalchemy as sa
from alembic import op

revision = "a3c1f09e5b7d"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "versioning_outbox",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=True),
        sa.Column("change_id", sa.UnicodeText, nullable=False, unique=True),
        sa.Column("dataset_id", sa.UnicodeText, nullable=False),
        sa.Column(
            "accepted_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("clock_timestamp()"),
        ),
        sa.Column("snapshot", sa.UnicodeText),
        sa.Column("author_id", sa.UnicodeText, nullable=False, server_default=""),
        sa.Column("author_name", sa.UnicodeText, nullable=False, server_default=""),
        sa.Column("author_email", sa.UnicodeText),
        sa.Column("message", sa.UnicodeText, nullable=False, server_default=""),
        sa.Column("action", sa.UnicodeText),
        sa.Column("reverted_to", sa.UnicodeText),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("last_attempt_at", sa.DateTime(timezone=True)),
        sa.Column("last_error", sa.UnicodeText),
    )
    op.create_index("versioning_outbox_dataset", "versioning_outbox", ["dataset_id", "seq"])
    op.create_table(
        "versioning_state",
        sa.Column("dataset_id", sa.UnicodeText, primary_key=True),
        sa.Column("hash", sa.UnicodeText),
        sa.Column("error", sa.UnicodeText),
        sa.Column("failed_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "versioning_head",
        sa.Column("dataset_id", sa.UnicodeText, primary_key=True),
        sa.Column("revision_id", sa.UnicodeText, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("versioning_head")
    op.drop_table("versioning_state")
    op.drop_table("versioning_outbox")

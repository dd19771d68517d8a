"""Create the tables of captured files

Revision ID: b7d20c4e91fa
Revises: a3c1f09e5b7d
Create Date: 2026-11-21
"""

import sqlalchemy as sa
from alembic import op

revision = "b7d20c4e91fa"
down_revision = "a3c1f09e5b7d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("versioning_outbox", sa.Column("files", sa.UnicodeText))
    op.create_table(
        "versioning_file",
        sa.Column("resource_id", sa.UnicodeText, primary_key=True),
        sa.Column("dataset_id", sa.UnicodeText, nullable=False),
        sa.Column("signature", sa.UnicodeText, nullable=False),
        sa.Column("token", sa.UnicodeText, nullable=False),
    )
    op.create_index("ix_versioning_file_dataset_id", "versioning_file", ["dataset_id"])
    op.create_table(
        "versioning_capture",
        sa.Column("token", sa.UnicodeText, primary_key=True),
        sa.Column("dataset_id", sa.UnicodeText, nullable=False),
        sa.Column(
            "captured_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("clock_timestamp()"),
        ),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.UnicodeText),
        sa.Column("kept", sa.Boolean, nullable=False, server_default=sa.true()),
    )
    op.create_table(
        "versioning_link",
        sa.Column("resource_id", sa.UnicodeText, primary_key=True),
        sa.Column("dataset_id", sa.UnicodeText, nullable=False),
        sa.Column("url", sa.UnicodeText, nullable=False),
        sa.Column("etag", sa.UnicodeText),
        sa.Column("last_modified", sa.UnicodeText),
        sa.Column("sha256", sa.UnicodeText),
        sa.Column("size", sa.BigInteger),
        sa.Column("name", sa.UnicodeText),
        sa.Column("fetched_at", sa.DateTime(timezone=True)),
        sa.Column("error", sa.UnicodeText),
    )
    op.create_index("ix_versioning_link_dataset_id", "versioning_link", ["dataset_id"])


def downgrade() -> None:
    op.drop_table("versioning_link")
    op.drop_table("versioning_capture")
    op.drop_table("versioning_file")
    op.drop_column("versioning_outbox", "files")

"""Records and jobs as documents, objects and uploads by name, and the use that is made of each content."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

KEY = sa.String(1024).with_variant(sa.String(1024, collation="C"), "postgresql")


def upgrade() -> None:
    """The tables, each where it is not there yet: the first databases were made without versions."""
    for make in (make_records, make_jobs, make_objects, make_contents):
        make()


def make_records() -> None:
    """What the services keep."""
    op.create_table(
        "records",
        sa.Column("kind", sa.String(64), primary_key=True),
        sa.Column("account_id", sa.String(12), primary_key=True),
        sa.Column("key", KEY, primary_key=True),
        sa.Column("parent", KEY, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_index("records_by_key", "records", ["kind", "key"], if_not_exists=True)
    op.create_index("records_by_parent", "records", ["kind", "parent", "key"], if_not_exists=True)


def make_jobs() -> None:
    """What workers do."""
    op.create_table(
        "jobs",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("job_id", sa.String(64), nullable=False, unique=True),
        sa.Column("account_id", sa.String(12), nullable=False),
        sa.Column("subject", KEY, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("claimed_by", sa.String(128), nullable=False),
        sa.Column("lease_until", sa.Float, nullable=False),
        sa.Column("progress", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_index("jobs_by_status", "jobs", ["status", "lease_until"], if_not_exists=True)
    op.create_index("jobs_by_subject", "jobs", ["subject", "number"], if_not_exists=True)


def make_objects() -> None:
    """What S3 names."""
    op.create_table(
        "objects",
        sa.Column("bucket", sa.String(63), primary_key=True),
        sa.Column("key", KEY, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "uploads",
        sa.Column("upload_id", sa.String(64), primary_key=True),
        sa.Column("bucket", sa.String(63), nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_index("uploads_by_key", "uploads", ["bucket", "key", "upload_id"], if_not_exists=True)
    op.create_table(
        "upload_parts",
        sa.Column("upload_id", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
        if_not_exists=True,
    )


def make_contents() -> None:
    """Which bytes are in use."""
    op.create_table(
        "content_uses",
        sa.Column("content_id", sa.String(64), primary_key=True),
        sa.Column("uses", sa.Integer, nullable=False),
        sa.Column("unused_since", sa.Float),
        if_not_exists=True,
    )
    op.create_index("content_uses_by_end", "content_uses", ["unused_since"], if_not_exists=True)

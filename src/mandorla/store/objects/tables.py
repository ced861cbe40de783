"""The tables of the object store. Keys are compared byte by byte, which is S3's order of UTF-8."""

from sqlalchemy import Column, Float, Index, Integer, String, Table, Text

from mandorla.store.database import METADATA
from mandorla.store.records import KEY

OBJECTS = Table(
    "objects",
    METADATA,
    Column("bucket", String(63), primary_key=True),
    Column("key", KEY, primary_key=True),
    Column("document", Text, nullable=False),
)

UPLOADS = Table(
    "uploads",
    METADATA,
    Column("upload_id", String(64), primary_key=True),
    Column("bucket", String(63), nullable=False),
    Column("key", KEY, nullable=False),
    Column("document", Text, nullable=False),
)
Index("uploads_by_key", UPLOADS.c.bucket, UPLOADS.c.key, UPLOADS.c.upload_id)

UPLOAD_PARTS = Table(
    "upload_parts",
    METADATA,
    Column("upload_id", String(64), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("document", Text, nullable=False),
)

# How many objects and parts name a content. What none names waits some time for its last readers, then it is removed.
CONTENT_USES = Table(
    "content_uses",
    METADATA,
    Column("content_id", String(64), primary_key=True),
    Column("uses", Integer, nullable=False),
    Column("unused_since", Float),
)
Index("content_uses_by_end", CONTENT_USES.c.unused_since)

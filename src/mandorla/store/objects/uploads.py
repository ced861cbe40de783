"""Multipart uploads: parts arrive in any order and number, and become an object in one step, or never."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, or_, select

from mandorla.store.database import decode, encode
from mandorla.store.objects.listing import common_prefix, successor_of
from mandorla.store.objects.stored_object import Upload, UploadedPart
from mandorla.store.objects.tables import UPLOAD_PARTS, UPLOADS
from mandorla.store.objects.uses import hold, release


@dataclass(frozen=True, slots=True)
class Uploads:
    """The uploads as one transaction sees them."""

    connection: Connection

    def begin(self, upload: Upload) -> None:
        """Keep a new upload."""
        row = {"upload_id": upload.upload_id, "bucket": upload.bucket, "key": upload.key, "document": encode(upload)}
        self.connection.execute(insert(UPLOADS).values(**row))

    def find(self, bucket: str, key: str, upload_id: str) -> Upload | None:
        """An upload by its id, which is good for its own bucket and key alone."""
        where = (UPLOADS.c.upload_id == upload_id, UPLOADS.c.bucket == bucket, UPLOADS.c.key == key)
        document = self.connection.execute(select(UPLOADS.c.document).where(*where)).scalar()
        return None if document is None else decode(Upload, document)

    def put_part(self, upload_id: str, part: UploadedPart) -> None:
        """Keep a part. S3: "If you upload a new part using the same part number that was used with a previous part, the
        previously uploaded part is overwritten."."""
        at = (UPLOAD_PARTS.c.upload_id == upload_id, UPLOAD_PARTS.c.number == part.number)
        document = self.connection.execute(select(UPLOAD_PARTS.c.document).where(*at)).scalar()
        hold(self.connection, part.contents)
        if document is not None:
            self.connection.execute(delete(UPLOAD_PARTS).where(*at))
            release(self.connection, decode(UploadedPart, document).contents, now=part.modified_at)
        self.connection.execute(insert(UPLOAD_PARTS).values(upload_id=upload_id, number=part.number, document=encode(part)))

    def parts(self, upload_id: str, *, after: int = 0, limit: int | None = None) -> list[UploadedPart]:
        """An upload's parts by their numbers, from behind a number on."""
        where = (UPLOAD_PARTS.c.upload_id == upload_id, UPLOAD_PARTS.c.number > after)
        query = select(UPLOAD_PARTS.c.document).where(*where).order_by(UPLOAD_PARTS.c.number).limit(limit)
        return [decode(UploadedPart, document) for document in self.connection.execute(query).scalars()]

    def end(self, upload_id: str, *, now: datetime) -> None:
        """Forget an upload and its parts. Those that became an object's are held by it."""
        contents = [content for part in self.parts(upload_id) for content in part.contents]
        self.connection.execute(delete(UPLOAD_PARTS).where(UPLOAD_PARTS.c.upload_id == upload_id))
        self.connection.execute(delete(UPLOADS).where(UPLOADS.c.upload_id == upload_id))
        release(self.connection, contents, now=now)

    def entries(
        self, bucket: str, *, prefix: str = "", after_key: str = "", after_id: str = "", delimiter: str = ""
    ) -> Iterator[Upload | str]:
        """Uploads and common prefixes in the order of keys, of one key by id. Behind a key come other keys, unless an id
        says which uploads of that key are still to come."""
        key, end = UPLOADS.c.key, successor_of(prefix)
        where: list[Any] = [UPLOADS.c.bucket == bucket, key >= prefix]  # Any: conditions are SQLAlchemy's
        where += [key < end] if end is not None else []
        if after_key:
            same_key = and_(key == after_key, UPLOADS.c.upload_id > after_id)
            where.append(or_(key > after_key, same_key) if after_id else key > after_key)
        group = common_prefix(after_key, prefix, delimiter)
        passed = group if group == after_key else ""
        query = select(UPLOADS.c.document).where(*where).order_by(key, UPLOADS.c.upload_id)
        for document in self.connection.execute(query).scalars():
            upload = decode(Upload, document)
            group = common_prefix(upload.key, prefix, delimiter)
            if group and group == passed:
                continue
            passed = group
            yield group or upload

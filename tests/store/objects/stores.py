"""An object store of a test: a folder and a database, and short ways to put and read."""

import os
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from mandorla.store.database import is_worth_another_try, transaction
from mandorla.store.migrating import open_database
from mandorla.store.objects.assembly import NamedPart, assembled
from mandorla.store.objects.contents import ContentFolder, open_content_folder
from mandorla.store.objects.objects import Objects
from mandorla.store.objects.receiving import receive
from mandorla.store.objects.stored_object import StoredObject, Upload, UploadedPart
from mandorla.store.objects.uploads import Uploads

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Store:
    """Bytes and what names them."""

    database: Engine
    contents: ContentFolder

    def reading(self) -> AbstractContextManager[Connection]:
        """A transaction that changes nothing."""
        return transaction(self.database, writes=False)

    def written(self, change: Callable[[Connection], Made]) -> Made:
        """What a change gives, once its transaction is kept; run again when two have met."""
        while True:
            try:
                with transaction(self.database, writes=True) as connection:
                    return change(connection)
            except IntegrityError:
                raise
            except Exception as error:
                if not is_worth_another_try(error):
                    raise

    def put(self, key: str, chunks: Iterable[bytes], *, bucket: str = "b") -> StoredObject:
        """An object, whatever was there before."""
        received = receive(self.contents, chunks)
        stored = StoredObject(bucket=bucket, key=key, contents=(received.content,), etag=received.etag, modified_at=NOW)
        self.written(lambda connection: Objects(connection).put(stored))
        return stored

    def find(self, key: str, *, bucket: str = "b") -> StoredObject | None:
        """The object of a key."""
        with self.reading() as connection:
            return Objects(connection).find(bucket, key)

    def bytes_of(self, key: str, *, bucket: str = "b") -> bytes | None:
        """All bytes of an object."""
        stored = self.find(key, bucket=bucket)
        return None if stored is None else b"".join(self.contents.read(stored.contents))

    def put_part(self, upload: Upload, number: int, body: bytes) -> NamedPart:
        """A part of an upload."""
        received = receive(self.contents, [body])
        part = UploadedPart(number=number, contents=(received.content,), etag=received.etag, modified_at=NOW)
        self.written(lambda connection: Uploads(connection).put_part(upload.upload_id, part))
        return NamedPart(number=number, etag=f'"{received.etag}"')

    def begin(self, key: str, *, bucket: str = "b") -> Upload:
        """A new upload."""
        upload = Upload(upload_id=os.urandom(8).hex(), bucket=bucket, key=key, created_at=NOW)
        self.written(lambda connection: Uploads(connection).begin(upload))
        return upload

    def complete(self, upload: Upload, named: list[NamedPart], *, smallest_part: int = 1) -> StoredObject:
        """The object that an upload becomes."""

        def change(connection: Connection) -> StoredObject:
            uploads = Uploads(connection)
            stored = assembled(upload, uploads.parts(upload.upload_id), named, smallest_part=smallest_part, now=NOW)
            Objects(connection).put(stored)
            uploads.end(upload.upload_id, now=NOW)
            return stored

        return self.written(change)

    def files(self) -> set[str]:
        """The ids of all contents on the disk."""
        return {content_id for ids in self.contents.settled_before(float("inf")) for content_id in ids}


def open_store(folder: Path, database_url: str) -> Store:
    """A store; the same folder and database may be open more than once."""
    return Store(open_database(database_url), open_content_folder(folder))

"""Contents: bytes under a random id that are written once, never changed, and read until nobody names them any more."""

import errno
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

CHUNK_BYTES = 256 * 1024
INCOMING = "incoming"
SHARDS = tuple(f"{number:02x}" for number in range(256))


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes that are settled: so many of those that lie under an id, from a place on."""

    content_id: str
    size: int
    start: int = 0


class Contents(Protocol):
    """A place for bytes. Nothing above asks for more, and nothing asks which one it is."""

    def keep(self, chunks: Iterable[bytes]) -> Content:
        """Settle bytes; when this returns they survive the power's end. What `chunks` raises leaves nothing behind."""
        ...

    def adopt(self, file: Path) -> Content:
        """Settle a file of the caller's, which is gone afterwards."""
        ...

    def read(self, contents: Sequence[Content], *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """A range of contents that follow one another, in chunks. FileNotFoundError at once if the first one is gone."""
        ...

    def lend(self, contents: Sequence[Content], at: Path) -> None:
        """Contents as one file under a path of the caller's, who may read and remove it, but not write to it."""
        ...

    def discard(self, content_id: str) -> None:
        """Forget bytes; it is no fault if they are gone."""
        ...

    def settled_before(self, timestamp: float) -> Iterator[Sequence[str]]:
        """The ids of contents that are at least so old, in groups."""
        ...

    def forget_incoming(self, before: float) -> None:
        """Remove what was begun and not touched since then: its writer is gone."""
        ...


@dataclass(frozen=True, slots=True)
class ContentFolder:
    """Contents as files of a local folder: `ab/cdef…`, and `incoming/…` for what is still being written."""

    folder: Path

    def keep(self, chunks: Iterable[bytes]) -> Content:
        """Write to a temporary file, sync, rename, sync the folder."""
        content_id, size = secrets.token_hex(16), 0
        incoming = self.folder / INCOMING / content_id
        try:
            with open(os.open(incoming, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                    size += len(chunk)
                file.flush()
                os.fsync(file.fileno())
            self.settle(incoming, content_id)
        except BaseException:
            incoming.unlink(missing_ok=True)
            raise
        return Content(content_id, size)

    def adopt(self, file: Path) -> Content:
        """A file on the same disk is renamed; one from elsewhere is copied first."""
        content_id = secrets.token_hex(16)
        incoming = self.folder / INCOMING / content_id
        shutil.move(file, incoming)
        os.utime(incoming)  # its age counts from now on, or it could be taken for a leftover
        with incoming.open("rb") as moved:
            os.fsync(moved.fileno())
            size = os.fstat(moved.fileno()).st_size
        self.settle(incoming, content_id)
        return Content(content_id, size)

    def settle(self, incoming: Path, content_id: str) -> None:
        """Give a whole file its place, for good."""
        path = self.path_of(content_id)
        incoming.rename(path)
        sync_folder(path.parent)

    def read(self, contents: Sequence[Content], *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The file of the first byte is open when this returns, so that nobody's sweep can take it away."""
        pieces = pieces_of(contents, start, length)
        first = self.path_of(pieces[0][0]).open("rb") if pieces else None
        return self.chunks_of(pieces, first)

    def chunks_of(self, pieces: Sequence[tuple[str, int, int]], first: BinaryIO | None) -> Iterator[bytes]:
        """The chunks of pieces, the first of which is open already."""
        for content_id, start, length in pieces:
            with closing(first or self.path_of(content_id).open("rb")) as file:
                first = None
                file.seek(start)
                while length:
                    chunk = file.read(min(CHUNK_BYTES, length))
                    if not chunk:
                        raise OSError(errno.EIO, "a content is shorter than it was when it was settled")
                    length -= len(chunk)
                    yield chunk

    def lend(self, contents: Sequence[Content], at: Path) -> None:
        """A hard link where there is one content on the same disk, which costs nothing; a copy otherwise."""
        if len(contents) == 1 and self.is_whole(contents[0]):
            try:
                os.link(self.path_of(contents[0].content_id), at)
            except OSError as error:
                if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK):
                    raise
            else:
                return
        with at.open("wb") as joined:
            for chunk in self.read(contents):
                joined.write(chunk)

    def is_whole(self, content: Content) -> bool:
        """Whether a content is all that lies under its id."""
        return content.start == 0 and self.path_of(content.content_id).stat().st_size == content.size

    def discard(self, content_id: str) -> None:
        """Whoever has the file open reads on."""
        self.path_of(content_id).unlink(missing_ok=True)

    def settled_before(self, timestamp: float) -> Iterator[Sequence[str]]:
        """Folder by folder."""
        for shard in SHARDS:
            yield [shard + entry.name for entry in old_entries(self.folder / shard, timestamp)]

    def forget_incoming(self, before: float) -> None:
        """Every write renews a file's time, so a slow upload is safe."""
        for entry in old_entries(self.folder / INCOMING, before):
            Path(entry.path).unlink(missing_ok=True)

    def path_of(self, content_id: str) -> Path:
        """Where a content lies. An engine may read it there, and nobody may write."""
        return self.folder / content_id[:2] / content_id[2:]


def content_folder_in(data_folder: Path) -> ContentFolder:
    """Where the contents of a server lie that keeps everything in this folder."""
    return ContentFolder(data_folder / "objects")


def open_content_folder(folder: Path) -> ContentFolder:
    """The folder, made with all its subfolders where they are missing."""
    for name in (INCOMING, *SHARDS):
        (folder / name).mkdir(parents=True, exist_ok=True)
    sync_folder(folder)
    sync_folder(folder.parent)
    return ContentFolder(folder)


def slice_of(contents: Sequence[Content], start: int, length: int) -> tuple[Content, ...]:
    """A range of contents, as contents of the same bytes.

    >>> slice_of((Content("a", 3), Content("b", 2)), 1, 3)
    (Content(content_id='a', size=2, start=1), Content(content_id='b', size=1, start=0))
    """
    return tuple(Content(content_id, size, first) for content_id, first, size in pieces_of(contents, start, length))


def old_entries(folder: Path, before: float) -> list["os.DirEntry[str]"]:
    """The files of a folder that were last written before a time."""
    found: list[os.DirEntry[str]] = []
    if not folder.is_dir():
        return found
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):  # another process has removed it since
                if entry.stat().st_mtime < before:
                    found.append(entry)
    return found


def pieces_of(contents: Sequence[Content], start: int, length: int | None) -> list[tuple[str, int, int]]:
    """A range over contents that follow one another, as id, start and length within each.

    >>> pieces_of((Content("a", 3), Content("b", 2), Content("c", 4, start=7)), 2, 4)
    [('a', 2, 1), ('b', 0, 2), ('c', 7, 1)]
    """
    end = sum(content.size for content in contents) if length is None else start + length
    pieces, passed = [], 0
    for content in contents:
        first, last = max(start - passed, 0), min(end - passed, content.size)
        if first < last:
            pieces.append((content.content_id, content.start + first, last - first))
        passed += content.size
    return pieces


def sync_folder(folder: Path) -> None:
    """A new name is on the disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

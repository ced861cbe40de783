"""Bytes that come in once: settled, counted and summed up while they pass."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mandorla.store.objects.contents import CHUNK_BYTES, Content, Contents
from mandorla.wire.checksums import ALGORITHMS, RunningChecksum

# From digests by algorithm to nothing, or an error if one is not what it should be.
Check = Callable[[Mapping[str, bytes]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Settled bytes and what they sum up to: their ETag, and checksums in base64 under the algorithms' lower-case names."""

    content: Content
    etag: str
    checksums: Mapping[str, str]

    @property
    def size(self) -> int:
        """How many bytes."""
        return self.content.size


def accept(_: Mapping[str, bytes]) -> None:
    """Any sums are right."""


def receive(contents: Contents, chunks: Iterable[bytes], *, algorithms: Iterable[str] = (), check: Check = accept) -> Received:
    """Settle a stream of bytes of any length. What the stream or the check of its sums raises leaves nothing behind."""
    sums = running(algorithms)
    content = contents.keep(passed_through(chunks, sums, check))
    return received(content, sums)


def adopt(contents: Contents, file: Path, *, algorithms: Iterable[str] = ()) -> Received:
    """Settle a local file, which is read once, written never, and gone afterwards."""
    sums = running(algorithms)
    with file.open("rb") as opened:
        for _ in passed_through(iter(lambda: opened.read(CHUNK_BYTES), b""), sums, accept):
            pass
    return received(contents.adopt(file), sums)


def running(algorithms: Iterable[str]) -> dict[str, RunningChecksum]:
    """The sums that are wanted; MD5 always is, for the ETag."""
    return {name: ALGORITHMS[name]() for name in ("md5", *algorithms)}


def passed_through(chunks: Iterable[bytes], sums: Mapping[str, RunningChecksum], check: Check) -> Iterator[bytes]:
    """The same chunks, summed up on their way."""
    for chunk in chunks:
        for checksum in sums.values():
            checksum.update(chunk)
        yield chunk
    check({name: checksum.digest() for name, checksum in sums.items()})


def received(content: Content, sums: Mapping[str, RunningChecksum]) -> Received:
    """What has come in."""
    checksums = {name: b64encode(checksum.digest()).decode() for name, checksum in sums.items()}
    return Received(content=content, etag=sums["md5"].digest().hex(), checksums=checksums)

"""Contents: whole or not there, read by ranges, lent without a copy, removed when nobody names them."""

import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mandorla.store.objects.contents import Content, ContentFolder, open_content_folder, pieces_of
from mandorla.store.objects.objects import Objects
from mandorla.store.objects.receiving import adopt, receive
from mandorla.store.objects.sweeping import clear_leftovers, sweep
from tests.store.objects.stores import NOW, Store


@pytest.fixture
def folder(tmp_path: Path) -> ContentFolder:
    """An empty folder of contents."""
    return open_content_folder(tmp_path / "objects")


def test_bytes_are_summed_up_while_they_come_in(folder: ContentFolder) -> None:
    chunks = [b"abc" * 100_000, b"", b"d"]
    received = receive(folder, chunks, algorithms=["sha256", "crc64nvme"])
    assert received.etag == hashlib.md5(b"".join(chunks)).hexdigest()
    assert set(received.checksums) == {"md5", "sha256", "crc64nvme"}
    assert b"".join(folder.read([received.content])) == b"".join(chunks)


def test_a_stream_that_breaks_leaves_nothing(folder: ContentFolder) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        receive(folder, broken())
    assert [path for path in folder.folder.rglob("*") if path.is_file()] == []


@given(sizes=st.lists(st.integers(0, 7), max_size=5), start=st.integers(0, 30), length=st.none() | st.integers(0, 30))
def test_a_range_over_contents_is_that_over_their_bytes(sizes: list[int], start: int, length: int | None) -> None:
    whole, contents = bytes(range(sum(sizes))), []
    bodies, passed = {}, 0
    for number, size in enumerate(sizes):
        bodies[str(number)] = whole[passed : passed + size]
        contents.append(Content(str(number), size))
        passed += size
    got = b"".join(bodies[name][first : first + count] for name, first, count in pieces_of(contents, start, length))
    assert got == whole[start : None if length is None else start + length]


def test_a_reader_keeps_his_version_while_it_is_replaced_and_removed(store: Store) -> None:
    first = store.put("kept", [b"first " * 100_000], bucket="readers")
    reader = store.contents.read(first.contents)
    begun = next(reader)
    store.put("kept", [b"second"], bucket="readers")
    sweep(store.database, store.contents, now=NOW + timedelta(hours=1))
    assert first.contents[0].content_id not in store.files()
    assert begun + b"".join(reader) == b"first " * 100_000
    assert store.bytes_of("kept", bucket="readers") == b"second"


def test_a_copy_shares_its_bytes_until_the_last_name_is_gone(store: Store) -> None:
    original = store.put("original", [b"shared"], bucket="copies")
    store.written(lambda connection: Objects(connection).put(replace(original, key="copy")))
    [content] = original.contents
    store.written(lambda connection: Objects(connection).remove("copies", "original", now=NOW))
    sweep(store.database, store.contents, now=NOW + timedelta(hours=1))
    assert store.bytes_of("copy", bucket="copies") == b"shared"
    store.written(lambda connection: Objects(connection).remove("copies", "copy", now=NOW))
    sweep(store.database, store.contents, now=NOW + timedelta(minutes=1))
    assert content.content_id in store.files()
    sweep(store.database, store.contents, now=NOW + timedelta(hours=1))
    assert content.content_id not in store.files()


def test_what_nobody_named_is_cleared_when_it_is_old(store: Store) -> None:
    named = store.put("named", [b"named"], bucket="leftovers")
    nameless = receive(store.contents, [b"nameless"]).content
    half = store.contents.folder / "incoming" / "0123"
    half.write_bytes(b"half")
    young = store.contents.folder / "incoming" / "4567"
    young.write_bytes(b"still being written")
    for path in (half, store.contents.path_of(nameless.content_id), store.contents.path_of(named.contents[0].content_id)):
        os.utime(path, (time.time() - 7200, time.time() - 7200))
    assert clear_leftovers(store.database, store.contents, now=datetime.now(UTC)) == 1
    assert nameless.content_id not in store.files()
    assert store.bytes_of("named", bucket="leftovers") == b"named"
    assert (half.exists(), young.exists()) == (False, True)


def test_one_content_is_lent_without_a_copy_and_several_are_joined(folder: ContentFolder, tmp_path: Path) -> None:
    one, two = folder.keep([b"one"]), folder.keep([b"two"])
    folder.lend([one], tmp_path / "one.parquet")
    folder.lend([one, two], tmp_path / "both.csv")
    assert (tmp_path / "one.parquet").stat().st_ino == folder.path_of(one.content_id).stat().st_ino
    assert (tmp_path / "both.csv").read_bytes() == b"onetwo"
    folder.discard(one.content_id)
    assert (tmp_path / "one.parquet").read_bytes() == b"one"


def test_a_local_file_is_adopted_without_being_written_again(folder: ContentFolder, tmp_path: Path) -> None:
    result = tmp_path / "result.csv"
    result.write_bytes(b"a,b\n1,2\n")
    inode = result.stat().st_ino
    adopted = adopt(folder, result)
    assert adopted.etag == hashlib.md5(b"a,b\n1,2\n").hexdigest()
    assert folder.path_of(adopted.content.content_id).stat().st_ino == inode
    assert not result.exists()

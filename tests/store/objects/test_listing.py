"""Pages against a sorted list, for any keys, prefixes, delimiters and page sizes."""

from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event

from mandorla.store.objects.contents import Content
from mandorla.store.objects.listing import common_prefix
from mandorla.store.objects.objects import Objects
from mandorla.store.objects.stored_object import StoredObject
from tests.store.objects.stores import NOW, Store

LETTERS = st.sampled_from(["a", "b", "/", "//", "é", "\ud7ff", "\uffff", "\U00010000", "\U0010ffff", "%", "_"])
WORDS = st.lists(LETTERS, max_size=5).map("".join)
BUCKETS = count()


def reference(keys: set[str], *, prefix: str, after: str, delimiter: str) -> list[str]:
    """All entries from behind a key or common prefix on, from a sorted list."""
    found = []
    for key in sorted(keys, key=str.encode):
        group = common_prefix(key, prefix, delimiter)
        is_passed = group == after if group and group == after else key.encode() <= after.encode()
        entry = group or key
        if key.startswith(prefix) and not is_passed and entry not in found:
            found.append(entry)
    return found


@settings(max_examples=60, deadline=None)
@given(
    keys=st.sets(WORDS.filter(bool), max_size=30),
    prefix=st.just("") | WORDS,
    after=st.just("") | WORDS,
    delimiter=st.sampled_from(["", "/", "b", "//", "\U0010ffff"]),
    limit=st.integers(1, 5),
)
def test_pages_are_the_sorted_list(store: Store, keys: set[str], prefix: str, after: str, delimiter: str, limit: int) -> None:
    bucket = f"bucket-{next(BUCKETS)}"

    def fill_and_list(connection: Connection) -> list[str]:
        objects, seen, last = Objects(connection), [], after
        for key in keys:
            content = Content(f"{bucket}-{len(key)}", 1)
            objects.put(StoredObject(bucket=bucket, key=key, contents=(content,), etag="e", modified_at=NOW))
        while last is not None:
            page = objects.page(bucket, limit=limit, prefix=prefix, after=last, delimiter=delimiter)
            entries = [*(item.key for item in page.items), *page.common_prefixes]
            assert len(entries) <= limit
            assert (page.next_after is None) or len(entries) == limit
            seen += sorted(entries, key=str.encode)
            last = page.next_after
        return seen

    assert store.written(fill_and_list) == reference(keys, prefix=prefix, after=after, delimiter=delimiter)


def test_a_common_prefix_is_jumped_over_and_not_read(store: Store) -> None:
    def fill(connection: Connection) -> None:
        for number in range(300):
            key = f"{number % 3}/{number:04}"
            content = Content(f"jump-{number}", 1)
            Objects(connection).put(StoredObject(bucket="jump", key=key, contents=(content,), etag="e", modified_at=NOW))

    store.written(fill)
    statements: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.extend([statement] if statement.startswith("SELECT objects") else [])

    event.listen(store.database, "before_cursor_execute", listen)
    with store.reading() as connection:
        page = Objects(connection).page("jump", limit=1000, delimiter="/")
    event.remove(store.database, "before_cursor_execute", listen)
    assert page.common_prefixes == ("0/", "1/", "2/")
    assert len(statements) <= 4

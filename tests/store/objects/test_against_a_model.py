"""Any order of puts, copies, removals, uploads and sweeps against a plain dictionary."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import Connection

from mandorla.store.objects.assembly import NamedPart, etag_of_parts
from mandorla.store.objects.objects import Objects
from mandorla.store.objects.stored_object import Upload
from mandorla.store.objects.sweeping import sweep
from mandorla.store.objects.uploads import Uploads
from mandorla.wire.errors import WireError
from tests.store.objects.stores import NOW, Store

BUCKETS = count()
KEYS = st.sampled_from(["a", "a/", "a/b", "b", "é"])
BODIES = st.binary(max_size=6)
SMALLEST_PART = 3


class AgainstModel(RuleBasedStateMachine):
    """The store and what it should hold. The store is a fixture's, so it is set on a subclass."""

    store: Store
    uploads = Bundle("uploads")

    def __init__(self) -> None:
        super().__init__()
        self.bucket = f"model-{next(BUCKETS)}"
        self.model: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = {}

    @rule(key=KEYS, body=st.lists(BODIES, max_size=3))
    def put(self, key: str, body: list[bytes]) -> None:
        self.store.put(key, body, bucket=self.bucket)
        self.model[key] = b"".join(body)

    @rule(source=KEYS, destination=KEYS)
    def copy(self, source: str, destination: str) -> None:
        stored = self.store.find(source, bucket=self.bucket)
        assert (stored is not None) == (source in self.model)
        if stored is not None:
            self.store.written(lambda connection: Objects(connection).put(replace(stored, key=destination)))
            self.model[destination] = self.model[source]

    @rule(key=KEYS)
    def remove(self, key: str) -> None:
        removed = self.store.written(lambda connection: Objects(connection).remove(self.bucket, key, now=NOW))
        assert (removed is not None) == (key in self.model)
        self.model.pop(key, None)

    @rule(target=uploads, key=KEYS)
    def begin(self, key: str) -> Upload:
        upload = self.store.begin(key, bucket=self.bucket)
        self.parts[upload.upload_id] = {}
        return upload

    @rule(upload=uploads, number=st.integers(1, 4), body=BODIES)
    def put_part(self, upload: Upload, number: int, body: bytes) -> None:
        if upload.upload_id in self.parts:
            self.store.put_part(upload, number, body)
            self.parts[upload.upload_id][number] = body

    @rule(upload=uploads, data=st.data())
    def complete(self, upload: Upload, data: st.DataObject) -> None:
        if upload.upload_id not in self.parts:
            return
        with self.store.reading() as connection:
            kept = Uploads(connection).parts(upload.upload_id)
        named = [NamedPart(number=part.number, etag=part.etag) for part in kept if data.draw(st.booleans())]
        bodies = [self.parts[upload.upload_id][part.number] for part in named]
        if not named or any(len(body) < SMALLEST_PART for body in bodies[:-1]):
            with pytest.raises(WireError):
                self.store.complete(upload, named, smallest_part=SMALLEST_PART)
            return
        stored = self.store.complete(upload, named, smallest_part=SMALLEST_PART)
        assert stored.etag == etag_of_parts([part.etag for part in named])
        self.model[upload.key] = b"".join(bodies)
        del self.parts[upload.upload_id]

    @rule(upload=uploads)
    def abort(self, upload: Upload) -> None:
        self.store.written(lambda connection: Uploads(connection).end(upload.upload_id, now=NOW))
        self.parts.pop(upload.upload_id, None)

    @rule()
    def sweep(self) -> None:
        sweep(self.store.database, self.store.contents, now=NOW + timedelta(hours=1))

    @invariant()
    def the_store_holds_what_the_model_holds(self) -> None:
        with self.store.reading() as connection:
            keys = [stored.key for stored in Objects(connection).below(self.bucket, "")]
            waiting = {entry.upload_id for entry in Uploads(connection).entries(self.bucket) if isinstance(entry, Upload)}
        assert keys == sorted(self.model, key=str.encode)
        assert {key: self.store.bytes_of(key, bucket=self.bucket) for key in keys} == self.model
        assert waiting == set(self.parts)

    def teardown(self) -> None:
        """When everything is removed, nothing is left."""

        def remove_all(connection: Connection) -> None:
            for key in self.model:
                Objects(connection).remove(self.bucket, key, now=NOW)
            for upload_id in self.parts:
                Uploads(connection).end(upload_id, now=NOW)

        self.store.written(remove_all)
        while sweep(self.store.database, self.store.contents, now=NOW + timedelta(hours=1)):
            pass
        assert self.store.files() == set()


@pytest.fixture
def machine(store: Store) -> type[AgainstModel]:
    """The machine on a store of this kind of database."""
    return type("AgainstModelOnStore", (AgainstModel,), {"store": store})


def test_the_store_is_a_dictionary_of_bytes(machine: type[AgainstModel]) -> None:
    run_state_machine_as_test(machine, settings=settings(max_examples=25, stateful_step_count=25, deadline=None))

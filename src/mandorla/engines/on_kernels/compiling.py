"""Compile all kernels before the first mapping, so that people see what takes so long, and only once on a machine.

Kernels are compiled for the arguments they are called with; mapping one person to one, then to keep what was read and again
after a change, meets every kernel.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy
import pyarrow
from pyarrow import parquet

from mandorla.domain.rules import RecordMatchingModel, Rule
from mandorla.domain.schema_mapping import AttributeType, InputField, SchemaMapping
from mandorla.engines.mapper import Keeping, MappingTask, SourceTable
from mandorla.engines.on_kernels.fields import take_parts, take_places
from mandorla.engines.on_kernels.page_kernels import plain_texts
from mandorla.engines.on_kernels.scattering import gather_chunks
from mandorla.engines.source_files import opened
from mandorla.match.compile import MatchingModel
from mandorla.normalize.hashing import digest

NUMBER = "2063457890"
# So many files that a change of one is a small one.
FILES = 10


def smallest_tasks(folder: Path) -> Iterator[MappingTask]:
    """Mappings of one person to one, with raw values on both sides and with digests on one."""
    files = [
        (opened(person_file(folder, side, phone)), mapping_of(side, is_hashed=is_hashed))
        for side, phone, is_hashed in (("source", NUMBER, False), ("target", digest(f"1{NUMBER}"), True))
    ]

    def task(model: RecordMatchingModel, signatures: tuple[str, ...], keeping: Keeping | None) -> MappingTask:
        sides = [
            SourceTable(files=(file,) * len(signatures), schema_mapping=schema_mapping, signatures=signatures)
            for file, schema_mapping in files
        ]
        return MappingTask(
            sources=(sides[0],),
            targets=(sides[1],),
            rules=(Rule("email", ("Email",)), Rule("phone", ("Phone",))),
            model=MatchingModel(record_matching_model=model),
            output=folder / f"smallest-mapping{'' if keeping is None else keeping.name}.parquet",
            keeping=keeping,
        )

    yield task(RecordMatchingModel.ONE_SOURCE_TO_ONE_TARGET, ("0",), None)
    kept, signatures = folder / "smallest-kept", tuple(map(str, range(FILES)))
    many_to_one = RecordMatchingModel.MANY_SOURCE_TO_ONE_TARGET
    yield task(many_to_one, signatures, Keeping(folder=kept, name="1"))
    yield task(many_to_one, (*signatures[1:], "new"), Keeping(folder=kept, name="2", previous="1"))


def compile_lookups() -> None:
    """Compile what a mapping of one person does not meet: a dictionary of several rows, and keys that lie in a file."""
    described, nothing = numpy.zeros(6, numpy.int64), numpy.zeros((2, 0), numpy.uint64)
    take_parts(described, nothing, nothing)
    take_places(described, numpy.zeros(1, numpy.int64), numpy.zeros(0, numpy.int64))
    plain_texts(0, 0, numpy.zeros(1, numpy.int32), 0)
    gather_chunks(numpy.zeros(0, numpy.int64), numpy.zeros(0, numpy.int64), 0)


def person_file(folder: Path, side: str, phone: str) -> Path:
    """A table of one person."""
    file = folder / f"smallest-{side}.parquet"
    parquet.write_table(pyarrow.table({"id": [side], "email": ["ann@example.com"], "phone": [phone]}), file)
    return file


def mapping_of(side: str, *, is_hashed: bool) -> SchemaMapping:
    """The schema mapping of that table."""
    fields = (
        InputField(field_name="id", type=AttributeType.UNIQUE_ID),
        InputField(field_name="email", type=AttributeType.EMAIL_ADDRESS, match_key="Email"),
        InputField(field_name="phone", type=AttributeType.PHONE, match_key="Phone", hashed=is_hashed),
    )
    return SchemaMapping(schema_name=side, mapped_input_fields=fields)

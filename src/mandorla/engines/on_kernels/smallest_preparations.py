"""Compile all kernels of a preparation before the first one, once on a machine: preparing a few people meets every kernel."""

from collections.abc import Iterator
from pathlib import Path

from mandorla.domain.limits import DEFAULT_LIMITS
from mandorla.engines.on_kernels.compiling import NUMBER, mapping_of, person_file
from mandorla.engines.preparation_queries import PreparedValue, Writing, WrittenColumn
from mandorla.engines.preparer import PatternCount, PreparationTask
from mandorla.engines.source_files import opened
from mandorla.match.keys import key_fields
from mandorla.normalize import Profile


def smallest_preparations(folder: Path) -> Iterator[PreparationTask]:
    """Preparations of few people: of CSV and of Parquet, to both formats."""
    mapping = mapping_of("person", is_hashed=False)
    listed = folder / "smallest.csv"
    # The last one is for the references; the others have one e-mail, which is written once.
    alike = "".join(f"{number},ann@example.com,{NUMBER}{number}\n" for number in range(4))
    listed.write_text(f"id,email,phone\n{alike}\u3000,{'ann' * 20}@example.com,\n")
    for file, file_format in ((listed, "parquet"), (person_file(folder, "person", NUMBER), "csv")):
        fields = key_fields(mapping, Profile.AMAZON_ADS)
        yield PreparationTask(
            files=(opened(file),),
            attached=None,
            schema_mapping=mapping,
            values=tuple(PreparedValue(source=field, writing=Writing.DIGEST) for field in fields),
            columns=(
                WrittenColumn(name="id", column="unique_id", writing=Writing.PLAIN),
                WrittenColumn(name="email", column="value_0", writing=Writing.DIGEST),
                WrittenColumn(name="phone", column="value_1", writing=Writing.DIGEST),
            ),
            country="US",
            country_value=0,
            counted=PatternCount(columns=("phone",), pattern="", countries=("US",), unless_digits=1),
            limits=DEFAULT_LIMITS,
            output=folder / f"smallest.{file_format}",
            file_format=file_format,
        )

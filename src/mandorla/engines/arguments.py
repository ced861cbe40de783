"""What callers hand in, as values: paths, schema mappings, countries, and an engine by its name."""

import importlib
import os
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from mandorla.domain.errors import InvalidInputError, MandorlaError
from mandorla.domain.schema_mapping import SchemaMapping
from mandorla.domain.schema_payload import schema_mapping_from
from mandorla.engines import ENGINES, MAPPERS, PREPARERS
from mandorla.engines.by_queries import QueryMapper
from mandorla.engines.engine import Engine
from mandorla.engines.json_files import read_json
from mandorla.engines.mapper import Mapper, SourceTable
from mandorla.engines.memory_size import bytes_of
from mandorla.engines.on_kernels.kept_kernels import MAPPING, PREPARING, are_compiled
from mandorla.engines.preparer import Preparer
from mandorla.engines.source_files import SourceFile, refused
from mandorla.normalize.country import REGIONS

Choice = TypeVar("Choice", bound=StrEnum)
Files = str | Path | Sequence[str | Path]
SchemaLike = str | Path | Mapping[str, object] | SchemaMapping
# Below these sizes loading the kernels, or compiling them the first time, takes longer than they save.
BYTES_WORTH_KERNELS = 20_000_000
BYTES_WORTH_COMPILING = 200_000_000


def paths(files: Files) -> list[Path]:
    """The paths that a caller named."""
    return [Path(files)] if isinstance(files, str | Path) else [Path(file) for file in files]


def schema_of(schema: SchemaLike) -> SchemaMapping:
    """A schema mapping from whatever names it."""
    if isinstance(schema, SchemaMapping):
        return schema
    if isinstance(schema, str | Path):
        return schema_mapping_from(read_json(Path(schema)), str(schema))
    return schema_mapping_from(schema)


def region(country: str) -> str:
    """The ISO code of the default country."""
    code = country.strip().upper()
    if code not in REGIONS:
        raise refused("COUNTRY_UNKNOWN", "--country", f"'{country}' is not a two-letter country code", "write US, GB, DE, …")
    return code


def one_of(choices: type[Choice], value: str, option: str) -> Choice:
    """The choice of that name."""
    try:
        return choices(value)
    except ValueError:
        known = ", ".join(choice.value for choice in choices)
        raise refused("OPTION_UNKNOWN", option, f"'{value}' is not known", f"write one of {known}") from None


def written_file(path: str | Path, option: str, inputs: Sequence[SourceFile]) -> Path:
    """Where a file is to be written; InvalidInputError if it cannot be, or if it would take the place of an input."""
    file = Path(path)
    if not file.parent.is_dir():
        raise refused("FOLDER_MISSING", file.parent, "there is no such folder", "make it, or write elsewhere")
    if file.is_dir():
        raise refused("OUTPUT_EXISTS", file, f"{option} names a folder, and must name a file", "name a file in it")
    if file.exists() and any(file.samefile(one.path) for one in inputs):
        raise refused("OUTPUT_EXISTS", file, f"{option} would take the place of an input", "write elsewhere")
    return file


def chosen_engine(name: str) -> Engine:
    """The engine of that name; `auto` is the reference engine, and so is the name of one that only maps ids.

    MANDORLA_MEMORY_LIMIT bounds its memory (default 4GB).
    """
    wanted = "duckdb" if name == "auto" or name in MAPPERS else name
    if wanted not in ENGINES:
        raise engine_unknown(name)
    try:
        make: Callable[..., Engine] = loaded(ENGINES[wanted])
    except ModuleNotFoundError as error:
        raise MandorlaError(f"The engine {name} needs {error.name}: install mandorla[{name}].") from error
    return make(memory_limit=memory_limit())


def chosen_mapper(name: str) -> Mapper:
    """Who maps ids: the mapper or the engine of that name."""
    if name in MAPPERS:
        make: Callable[..., Mapper] = loaded(MAPPERS[name])
        return make(memory_limit=memory_limit())
    return QueryMapper(chosen_engine(name))


def engine_unknown(name: str) -> InvalidInputError:
    """The refusal of an engine that nobody knows."""
    known = ", ".join(("auto", *ENGINES, *MAPPERS))
    return refused("OPTION_UNKNOWN", "--engine", f"'{name}' is not known", f"write one of {known}")


def mapper_for(tables: Sequence[SourceTable], *, explained: bool) -> tuple[str, str]:
    """What `auto` stands for, and why: kernels where they save more time than they cost, the reference engine elsewhere."""
    if explained:
        return "duckdb", "only it keeps the keys that an explanation counts"
    return quickest([file for table in tables for file in table.files], MAPPING)


def chosen_preparer(name: str, engine: Callable[[], Engine]) -> Preparer | None:
    """Who prepares files in one pass, and asks for the engine where it needs one; None if the engine does, step by step."""
    if name not in PREPARERS:
        return None
    make: Callable[..., Preparer] = loaded(PREPARERS[name])
    return make(engine)


def preparer_for(files: Sequence[SourceFile], *, collapsing: bool) -> tuple[str, str]:
    """What `auto` stands for when files are prepared, and why."""
    if collapsing:
        return "duckdb", "only it collapses rows"
    # Of each id kernels keep a hundred bytes at most, which is less than its row has.
    if size_of(files) > bytes_of(memory_limit()):
        return "duckdb", "the kernels keep every id in memory, and the files may hold too many"
    return quickest(files, PREPARING)


def quickest(files: Sequence[SourceFile], work: str) -> tuple[str, str]:
    """Kernels where they save more time than they cost, the reference engine elsewhere; and why."""
    worth = BYTES_WORTH_KERNELS if are_compiled(work) else BYTES_WORTH_COMPILING
    if size_of(files) < worth:
        return "duckdb", f"it is the quickest to begin, and the files are below {worth / 1e6:.0f} MB"
    return "kernels", f"they are the fastest from {worth / 1e6:.0f} MB of files on"


def size_of(files: Sequence[SourceFile]) -> int:
    """The bytes of all files."""
    return sum(file.path.stat().st_size for file in files)


def memory_limit() -> str:
    """How much memory work may take, as text: a number and KB, MB, GB, KiB, MiB or GiB."""
    return os.environ.get("MANDORLA_MEMORY_LIMIT", "4GB")


def loaded(name: str) -> Any:  # Any: whatever has that name
    """What stands under `module:name`, imported where it is asked for."""
    module, _, class_name = name.partition(":")
    return getattr(importlib.import_module(module), class_name)

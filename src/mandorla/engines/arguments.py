"""What callers hand in, as values: paths, schema mappings, countries, and an engine by its name."""

import importlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from mandorla.domain.errors import MandorlaError
from mandorla.domain.schema_mapping import SchemaMapping
from mandorla.domain.schema_payload import schema_mapping_from
from mandorla.engines import ENGINES
from mandorla.engines.engine import Engine
from mandorla.engines.json_files import read_json
from mandorla.engines.source_files import refused
from mandorla.normalize.country import REGIONS

Files = str | Path | Sequence[str | Path]
SchemaLike = str | Path | Mapping[str, object] | SchemaMapping


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


def chosen_engine(name: str) -> Engine:
    """The engine of that name; `auto` is the reference engine. MANDORLA_MEMORY_LIMIT bounds its memory (default 4GB)."""
    known = "duckdb" if name == "auto" else name
    if known not in ENGINES:
        raise MandorlaError(f"There is no engine {name[:20]!r}. Name one of auto, {', '.join(ENGINES)}.")
    module, _, class_name = ENGINES[known].partition(":")
    try:
        loaded = importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise MandorlaError(f"The engine {name} needs {error.name}: install mandorla[{name}].") from error
    make: Callable[..., Engine] = getattr(loaded, class_name)
    return make(memory_limit=os.environ.get("MANDORLA_MEMORY_LIMIT", "4GB"))

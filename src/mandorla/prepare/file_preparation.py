"""`mandorla prepare`: identity files in, data with its schema mapping and Glue table out, and a report of what happened."""

from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path

from mandorla.domain.limits import DEFAULT_LIMITS
from mandorla.domain.preparation import PreparationResult
from mandorla.domain.progress import Report, unheard
from mandorla.engines import PREPARERS
from mandorla.engines.arguments import (
    Files,
    SchemaLike,
    chosen_engine,
    chosen_preparer,
    one_of,
    paths,
    preparer_for,
    region,
    schema_of,
    written_file,
)
from mandorla.engines.engine import Engine
from mandorla.engines.source_files import refused, source_files
from mandorla.normalize import Profile
from mandorla.prepare.headers import mended
from mandorla.prepare.output_folder import appearing
from mandorla.prepare.preparing import prepare_into
from mandorla.prepare.request import Request

FORMATS = ("parquet", "csv")
PREPARING_ENGINES = ("auto", "duckdb", *PREPARERS)


def prepare(
    files: Files,
    *,
    output: str | Path,
    schema: SchemaLike | None = None,
    file_format: str = "parquet",
    hash: bool = False,
    profile: str = Profile.AMAZON_ADS,
    country: str = "US",
    collapse: bool = False,
    engine: str = "auto",
    report: str | Path | None = None,
    progress: Report = unheard,
) -> PreparationResult:
    """Normalize (and hash) identity files into a new folder, ready to upload.

    Files are CSV (gzip too) or Parquet, or folders of them; `schema` is the path of a CreateSchemaMapping body, its content, or
    a value of `mandorla.domain`, and is proposed where it is absent. InvalidInputError carries every finding; then nothing is
    written. `report` moves the HTML page out of the folder. `engine` is auto, duckdb or kernels; they write the same.
    """
    if file_format not in FORMATS:
        raise refused("FORMAT_UNKNOWN", "--format", f"'{file_format}' is not a format", f"write {' or '.join(FORMATS)}")
    if engine not in PREPARING_ENGINES:
        what = f"'{engine}' does not prepare files"
        raise refused("OPTION_UNKNOWN", "--engine", what, f"write one of {', '.join(PREPARING_ENGINES)}")
    opened = tuple(mended(file) for file in source_files(paths(files)))
    name, why = preparer_for(opened, collapsing=collapse) if engine == "auto" else (engine, "")
    request = Request(
        files=opened,
        schema_mapping=None if schema is None else schema_of(schema),
        output=Path(output).resolve(),
        page=written_file(Path(report).resolve(), "--report", opened) if report else None,
        file_format=file_format,
        hashing=hash,
        profile=one_of(Profile, profile, "--profile"),
        country=region(country),
        collapsing=collapse,
        engine=name,
        engine_reason=why,
        limits=DEFAULT_LIMITS,
    )
    with appearing(request.output) as aside, ExitStack() as opened_engines:

        @cache
        def engine_of_steps() -> Engine:
            return opened_engines.enter_context(closing(chosen_engine("auto")))

        return prepare_into(aside, request, engine_of_steps, chosen_preparer(name, engine_of_steps), progress)

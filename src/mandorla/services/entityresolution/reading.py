"""Read tables as their roles: every permission is asked for first, then the objects are lent as files that stay as they are."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mandorla.domain.errors import InvalidInputError, MandorlaError
from mandorla.engines.source_files import SourceFile, opened
from mandorla.jobs.stages import Work
from mandorla.services.entityresolution.id_namespaces import SERVICE
from mandorla.services.entityresolution.people import PeopleTable
from mandorla.services.glue.catalogue import arns_to_read
from mandorla.services.iam.authorization import require_role_may
from mandorla.services.s3.source_objects import SourceObject, bucket_at, objects_under, split_location
from mandorla.store.records import Records


@dataclass(frozen=True, slots=True)
class LentTable:
    """A table's files as they were when the job began, and what tells these bytes from others."""

    files: tuple[Path, ...]  # below the job's scratch folder
    names: tuple[str, ...]
    signature: tuple[str, ...]


def require_readable(work: Work, records: Records, people: PeopleTable) -> None:
    """The role may read the catalogue and the bucket; AccessDeniedError names action, resource and role.

    GUESS: what AWS does when a role lacks rights is not documented; here the job fails before it reads a byte.
    """
    bucket = bucket_at(records, people.table.location)
    _, prefix = split_location(people.table.location)
    wanted = [("glue:GetTable", arn) for arn in arns_to_read(people.table, work.job.region)]
    wanted += [("s3:ListBucket", bucket.arn), ("s3:GetObject", f"{bucket.arn}/{prefix}")]
    for action, resource in wanted:
        require_role_may(
            records,
            people.role_arn,
            action=action,
            resource=resource,
            service=SERVICE,
            source_account=people.table.account_id,
            source_arn=work.job.subject,
            resource_account=bucket.account_id if action.startswith("s3:") else people.table.account_id,
            now=work.clock(),
        )


def lend_table(work: Work, records: Records, people: PeopleTable, folder: Path) -> LentTable:
    """The objects of a table as files in a folder."""
    objects = [*objects_under(records, people.table.location)]
    if not objects:
        where = people.table.location or "no location"
        raise MandorlaError(f"The Glue table {people.table.key} has no data at {where}. Upload it, or correct its location.")
    folder.mkdir(parents=True, exist_ok=True)
    lent = [one.lend(work.contents, folder / file_name(number, one, people)) for number, one in enumerate(objects)]
    files = tuple(file.relative_to(work.scratch) for file in lent)
    names = tuple(name_of(people, one) for one in objects)
    return LentTable(files, names, tuple(signature_of(people, one) for one in objects))


def signatures_of(records: Records, people: PeopleTable) -> list[str]:
    """What tells a table's bytes, as they are now, from others."""
    return [signature_of(people, one) for one in objects_under(records, people.table.location)]


def signature_of(people: PeopleTable, one: SourceObject) -> str:
    """An object's name and ETag."""
    return f"{name_of(people, one)} {one.etag}"


def name_of(people: PeopleTable, one: SourceObject) -> str:
    """An object's name for people."""
    bucket, _ = split_location(people.table.location)
    return f"s3://{bucket}/{one.key}"


def file_name(number: int, one: SourceObject, people: PeopleTable) -> str:
    """A name that says the format, whatever the object's key is."""
    return f"{number}.{people.table.file_format}"


def opened_files(people: PeopleTable, files: tuple[Path, ...], names: tuple[str, ...]) -> Iterator[SourceFile]:
    """The files with their columns; a CSV whose header is not as the catalogue says is refused.

    The guide: "ensure that the header row matches exactly with the column names and are in the same order in the AWS Glue
    table for the mapping to be successful".
    """
    expected = [column.name for column in people.table.columns]
    for path, name in zip(files, names, strict=True):
        try:
            file = opened(path)
        except InvalidInputError as error:
            raise MandorlaError(error.message.replace(str(path), name)) from error
        if file.file_format == "csv" and [*file.columns] != expected:
            raise MandorlaError(header_fault(file, expected, name, people.table.key))
        yield file


def said_of_objects(work: Work, message: str, lent: Iterable[Mapping[str, Any]]) -> str:  # Any: plain JSON
    """A message with the objects' names in place of the lent files' paths."""
    for table in lent:
        for file, name in zip(table["files"], table["names"], strict=True):
            message = message.replace(str(work.scratch / file), name)
    return message


def header_fault(file: SourceFile, expected: list[str], name: str, table: str) -> str:
    """The first difference between a header and the catalogue."""
    pairs = zip(file.columns, expected, strict=False)
    different = next((place for place, (here, there) in enumerate(pairs) if here != there), None)
    if different is None:
        said = f"it has {len(file.columns)} columns, the Glue table {table} has {len(expected)}"
    else:
        said = f"column {different + 1} is {file.columns[different]!r}, in the Glue table {table} it is {expected[different]!r}"
    return f"The header of {name} differs from its Glue columns: {said}. Give both the same names in the same order."

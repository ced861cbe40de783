"""Ask a protected question: lend its tables as the roles of those who brought them, run it in the sandbox, keep the answer."""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mandorla.domain.account import Caller
from mandorla.domain.brought_identity import IdMappingTable
from mandorla.domain.brought_tables import ConfiguredTableAssociation
from mandorla.domain.collaboration import Membership
from mandorla.domain.errors import MandorlaError
from mandorla.engines.catalogue_queries import QueryStoppedError
from mandorla.engines.catalogue_tables import AttachableTable, TableFile
from mandorla.engines.mapping_files import MappingFiles
from mandorla.engines.sandbox import Answer, MappingFile, Output, Question, ask, relation_of
from mandorla.jobs.stages import ClaimLostError, Work
from mandorla.protect.protection import ProtectedSql
from mandorla.services.athena.querying import ending_of, is_stopped, parts_of
from mandorla.services.cleanrooms.configured_tables import glue_table_of
from mandorla.services.cleanrooms.id_mapping_tables import version_of
from mandorla.services.cleanrooms.question_tables import AskedTable
from mandorla.services.cleanrooms.schemas import configured_table_of
from mandorla.services.cleanrooms.standing import SERVICE
from mandorla.services.entityresolution.mapping_store import mappings_folder
from mandorla.services.glue.catalogue import arns_to_read
from mandorla.services.iam.authorization import require_assumable, require_caller_may
from mandorla.services.s3.role_access import require_may_in_bucket
from mandorla.services.s3.source_objects import bucket_at, objects_under
from mandorla.store.objects.objects import Objects
from mandorla.store.objects.receiving import adopt
from mandorla.store.objects.stored_object import Description, StoredObject
from mandorla.store.records import Records

CONTENT_TYPES = {"CSV": "text/csv", "PARQUET": "application/vnd.apache.parquet"}


def answer(
    work: Work,
    protected: ProtectedSql,
    tables: list[AskedTable],
    outputs: tuple[Output, ...],
    spend: Callable[[], int] = lambda: 0,
) -> Answer:
    """Run a protected query, once, into files. ClaimLostError where somebody cancelled it meanwhile.

    `spend` pays for a private answer, once everything is there that it is made of, and gives behind how many users' noise it
    hides a person.
    """
    used = {one.table.engine_relation: one.brought for one in tables if one.table.engine_relation in protected.relations}
    folder = work.scratch / "tables"
    folder.mkdir(exist_ok=True)
    attached, mappings = [], []
    with work.records() as (records, _):
        for number, (relation, brought) in enumerate(used.items()):
            if isinstance(brought, IdMappingTable):
                mappings.append(MappingFile(relation, lent_mapping(work, records, brought, folder, str(number))))
            else:
                attached.append(relation_of(lent_table(work, records, brought, folder / str(number)), relation))
    question = Question(
        sql=protected.sql(),
        swift=protected.swift,
        private=protected.private,
        users_noise_per_query=spend(),
        tables=tuple(attached),
        mappings=tuple(mappings),
        folder=work.scratch,
        outputs=outputs,
    )
    try:
        return ask(question, seconds=work.limits.query_seconds, should_stop=lambda: is_stopped(work))
    except QueryStoppedError:
        raise ClaimLostError from None


def lent_mapping(work: Work, records: Records, table: IdMappingTable, folder: Path, name: str) -> MappingFiles:
    """The mapping that a table has now, as files that stay while the table gets another."""
    version = version_of(records, table)
    if version is None:
        raise MandorlaError(f"The ID mapping table {table.name!r} is not populated.")
    lent = []
    for number, file_name in enumerate(version.file_names):
        at, source = folder / f"{name}_{number}.parquet", mappings_folder(work.data_folder) / file_name
        at.unlink(missing_ok=True)
        try:
            os.link(source, at)
        except OSError:
            shutil.copyfile(source, at)
        lent.append(at)
    return MappingFiles(*lent)


def lent_table(work: Work, records: Records, association: ConfiguredTableAssociation, folder: Path) -> AttachableTable:
    """A table's objects as files, once its role may read the catalogue and each bucket."""
    configured = configured_table_of(records, association)
    glue = glue_table_of(records, configured)
    if glue is None:
        raise MandorlaError(f"The Glue table behind {association.name!r} is gone. Its owner must create it again.")
    role = require_assumable(
        records,
        association.role_arn,
        service=SERVICE,
        source_account=association.account_id,
        source_arn=association.arn,
        now=work.clock(),
    )
    who = Caller(account_id=role.account_id, role_arn=role.arn, session_name="cleanrooms")
    for arn in arns_to_read(glue, work.job.region):
        require_caller_may(
            records, who, action="glue:GetTable", resource=arn, resource_account=glue.account_id, now=work.clock()
        )
    folder.mkdir(exist_ok=True)
    files = []
    for place, (values, location) in enumerate(parts_of(records, glue)):
        bucket = bucket_at(records, location)
        require_may_in_bucket(records, who, bucket, action="s3:ListBucket", now=work.clock())
        for count, source in enumerate(objects_under(records, location)):
            require_may_in_bucket(records, who, bucket, action="s3:GetObject", key=source.key, now=work.clock())
            at = folder / f"{place}_{count}.{ending_of(work, source, glue)}"
            files.append(TableFile(path=source.lend(work.contents, at), values=values))
    return AttachableTable(table=glue, files=tuple(files))


def places_of(membership: Membership, s3_output: Mapping[str, Any] | None) -> tuple[Mapping[str, Any], str]:  # Any: model
    """Where a receiver has its results, and the role to write there as: as asked, else as its membership says."""
    default = membership.settings.get("default_result_configuration") or {}
    output = s3_output or (default.get("output_configuration") or {}).get("s3")
    if output is None:
        raise MandorlaError(
            f"The account {membership.account_id} has nowhere to receive results. "
            "Give its membership a defaultResultConfiguration (UpdateMembership)."
        )
    return output, default.get("role_arn") or ""


def require_writable(records: Records, work: Work, membership: Membership, output: Mapping[str, Any], role_arn: str) -> None:
    """The receiver's own bucket, which its role, or the receiver itself where it names none, may write to."""
    bucket = bucket_at(records, f"s3://{output['bucket']}")
    who = Caller(account_id=membership.account_id)
    if role_arn:
        role = require_assumable(
            records,
            role_arn,
            service=SERVICE,
            source_account=membership.account_id,
            source_arn=membership.arn,
            now=work.clock(),
        )
        who = Caller(account_id=role.account_id, role_arn=role.arn, session_name="cleanrooms")
    prefix = (output.get("key_prefix") or "").strip("/")
    require_may_in_bucket(records, who, bucket, action="s3:PutObject", key=f"{prefix}/result", now=work.clock())


def keep(work: Work, membership: Membership, s3_output: Mapping[str, Any] | None, file: Path, query_id: str) -> str:
    """The answer as an object where the receiver has its results; gives the location of its folder."""
    output, role_arn = places_of(membership, s3_output)
    file_format = output["result_format"]
    folder = "/".join(filter(None, ((output.get("key_prefix") or "").strip("/"), query_id)))
    key = f"{folder}/part-0.{file_format.lower()}"
    stored = settled(work, file, bucket=output["bucket"], key=key, content_type=CONTENT_TYPES[file_format])

    def change(records: Records) -> None:
        require_writable(records, work, membership, output, role_arn)
        Objects(records.connection).put(stored)

    work.changed(change)
    return f"s3://{output['bucket']}/{folder}"


def settled(work: Work, file: Path, *, bucket: str, key: str, content_type: str) -> StoredObject:
    """A copy of a file with its bytes on the disk, to be put into a bucket."""
    given = file.with_name(f"{file.name}.given")
    shutil.copyfile(file, given)
    received = adopt(work.contents, given)
    return StoredObject(
        bucket=bucket,
        key=key,
        contents=(received.content,),
        etag=received.etag,
        modified_at=work.clock(),
        description=Description(headers={"content_type": content_type}),
    )

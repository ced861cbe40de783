"""Where a workflow wants its mapping written: CSV in S3, as a role.

GUESS: the column names of a rule-based ID mapping's file are not published; sourceId and targetId are Clean Rooms' names.
The folders are those of Entity Resolution's other outputs: `{path}/{workflow}/{job}/success/`.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from mandorla.domain.errors import AccessDeniedError
from mandorla.domain.workflows import IdMappingWorkflow
from mandorla.engines.arguments import chosen_engine
from mandorla.engines.mapping_files import write_mapping_csv
from mandorla.jobs.stages import Work
from mandorla.services.entityresolution.id_namespaces import SERVICE
from mandorla.services.iam.authorization import require_role_may
from mandorla.services.s3.source_objects import bucket_at, split_location
from mandorla.store.objects.objects import Objects
from mandorla.store.objects.receiving import adopt
from mandorla.store.objects.stored_object import Description, StoredObject


def destinations(work: Work, workflow: IdMappingWorkflow) -> Iterator[tuple[str, str]]:
    """Each place to write to, and the role to write as: the job's own where it names some, else the workflow's."""
    if work.job.arguments["outputs"]:
        yield from ((one["output_s3_path"], one["role_arn"]) for one in work.job.arguments["outputs"])
        return
    yield from ((one["output_s3_path"], workflow.role_arn or "") for one in workflow.output_source_config)


def write_outputs(work: Work, workflow: IdMappingWorkflow, mapping: Path) -> None:
    """The mapping as CSV at each destination; AccessDeniedError if its role may not write there."""
    for path, role_arn in destinations(work, workflow):
        bucket_name, prefix = split_location(path)
        key = "/".join(filter(None, (prefix.strip("/"), workflow.workflow_name, work.job.job_id, "success", "mapping.csv")))
        with work.records() as (records, _):
            bucket = bucket_at(records, path)
            require_role_may(
                records,
                role_arn,
                action="s3:PutObject",
                resource=f"{bucket.arn}/{key}",
                service=SERVICE,
                source_account=workflow.account_id,
                source_arn=workflow.workflow_arn,
                resource_account=bucket.account_id,
                now=work.clock(),
            )
        if bucket.account_id != workflow.account_id:
            raise AccessDeniedError(f"The bucket {bucket_name} is not account {workflow.account_id}'s.")
        received = adopt(work.contents, written_as_csv(work, mapping))
        stored = StoredObject(
            bucket=bucket_name,
            key=key,
            contents=(received.content,),
            etag=received.etag,
            modified_at=work.clock(),
            description=Description(headers={"content_type": "text/csv"}),
        )
        with work.records(writes=True) as (records, _):
            Objects(records.connection).put(stored)


def written_as_csv(work: Work, mapping: Path) -> Path:
    """A mapping as CSV in the job's folder."""
    path = work.scratch / "mapping.csv"
    with closing(chosen_engine("auto")) as engine:
        write_mapping_csv(engine, mapping, path, {"source_id": "sourceId", "target_id": "targetId", "rule": "ruleName"})
    return path

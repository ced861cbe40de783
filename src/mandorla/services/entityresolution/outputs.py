"""Where workflows want their results: CSV in S3, written as a role.

The folders are those of Entity Resolution's outputs: `{path}/{workflow}/{job}/success/`.
"""

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from mandorla.domain.errors import AccessDeniedError
from mandorla.domain.workflows import IdMappingWorkflow
from mandorla.engines.arguments import chosen_engine
from mandorla.engines.mapping_files import MappingFiles, write_mapping_csv
from mandorla.jobs.stages import Work
from mandorla.services.entityresolution.id_namespaces import SERVICE
from mandorla.services.iam.authorization import require_role_may
from mandorla.services.s3.source_objects import bucket_at, split_location
from mandorla.store.objects.objects import Objects
from mandorla.store.objects.receiving import adopt
from mandorla.store.objects.stored_object import Description, StoredObject

# GUESS: the column names of a rule-based ID mapping's file are not published; sourceId and targetId are Clean Rooms' names.
HEADERS = {"source_id": "sourceId", "target_id": "targetId", "rule": "ruleName"}


@dataclass(frozen=True, slots=True)
class Destination:
    """A place in S3, whose workflow writes there, and the role it writes as."""

    account_id: str
    workflow_arn: str
    path: str
    role_arn: str


def destinations(work: Work, workflow: IdMappingWorkflow) -> Iterator[Destination]:
    """Each place of an ID mapping: the job's own where it names some, else the workflow's."""
    if work.job.arguments["outputs"]:
        places = [(one["output_s3_path"], one["role_arn"]) for one in work.job.arguments["outputs"]]
    else:
        places = [(one["output_s3_path"], workflow.role_arn or "") for one in workflow.output_source_config]
    for path, role_arn in places:
        yield Destination(workflow.account_id, workflow.workflow_arn, path, role_arn)


def write_mapping(work: Work, workflow: IdMappingWorkflow, mapping: MappingFiles) -> None:
    """The mapping as CSV at each destination; AccessDeniedError if its role may not write there."""
    for destination in destinations(work, workflow):
        file = work.scratch / "mapping.csv"
        with closing(chosen_engine("auto")) as engine:
            write_mapping_csv(engine, mapping, file, HEADERS)
        put_output(work, destination, f"{workflow.workflow_name}/{work.job.job_id}/success/mapping.csv", file)


def put_output(work: Work, destination: Destination, place: str, file: Path) -> None:
    """A file as an object below a destination; AccessDeniedError if the role may not write there."""
    bucket_name, prefix = split_location(destination.path)
    key = "/".join(filter(None, (prefix.strip("/"), place)))
    with work.records() as (records, _):
        bucket = bucket_at(records, destination.path)
        require_role_may(
            records,
            destination.role_arn,
            action="s3:PutObject",
            resource=f"{bucket.arn}/{key}",
            service=SERVICE,
            source_account=destination.account_id,
            source_arn=destination.workflow_arn,
            resource_account=bucket.account_id,
            now=work.clock(),
        )
    if bucket.account_id != destination.account_id:
        raise AccessDeniedError(f"The bucket {bucket_name} is not account {destination.account_id}'s.")
    # The object store takes the file for itself; the stage may run again and need its own.
    given = file.with_name(f"{file.name}.given")
    shutil.copyfile(file, given)
    received = adopt(work.contents, given)
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

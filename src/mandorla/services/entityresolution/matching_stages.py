"""The stages of a matching job: lend the tables, match their records, write the results. Each may run twice."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from typing import Any

from mandorla.domain.errors import InvalidInputError, MandorlaError
from mandorla.domain.mapping_terms import rules_of
from mandorla.domain.rules import AttributeMatchingModel
from mandorla.domain.workflows import MatchingWorkflow
from mandorla.engines.arguments import chosen_engine
from mandorla.jobs.matching import MatchingTable, match_records
from mandorla.jobs.stages import Stages, Work
from mandorla.match.compile import MatchingModel
from mandorla.normalize import Profile
from mandorla.services.entityresolution.matching_workflows import MATCHING, fields_of, tables_of
from mandorla.services.entityresolution.outputs import Destination, put_output
from mandorla.services.entityresolution.reading import lend_table, opened_files, require_readable, said_of_objects
from mandorla.store.records import Records

# Any: results are plain JSON.


def workflow_in(work: Work, records: Records) -> MatchingWorkflow:
    """The workflow that the job is a run of."""
    found = records.find(MatchingWorkflow, work.job.account_id, work.job.arguments["workflow_name"])
    if found is None:
        raise MandorlaError("The workflow was deleted before its job could run.")
    return found


def lend_tables(work: Work) -> Mapping[str, Any]:
    """Ask for every permission, then take hold of the bytes as they are now."""
    with work.records() as (records, _):
        tables = tables_of(records, workflow_in(work, records))
        for people in tables:
            require_readable(work, records, people)
        lent = [lend_table(work, records, people, work.scratch / str(number)) for number, people in enumerate(tables)]
    return {"lent": [{"files": [str(file) for file in one.files], "names": one.names} for one in lent]}


def match_people(work: Work) -> Mapping[str, Any]:
    """Group the records into files of the job's own."""
    with work.records() as (records, _):
        workflow = workflow_in(work, records)
        tables = tables_of(records, workflow)
    lent = work.job.results["lent"]
    properties = workflow.resolution_techniques["rule_based_properties"]
    arns = [source["input_source_arn"] for source in workflow.input_source_config]
    wants = [source.get("apply_normalization") is not False for source in workflow.input_source_config]
    model = MatchingModel(
        # GUESS: applyNormalization is the input's; where one of several inputs wants it, the values of all must agree.
        profile=Profile.ENTITY_RESOLUTION if any(wants) else Profile.NONE,
        attribute_matching_model=AttributeMatchingModel(properties["attribute_matching_model"]),
        strict_grouping=True,
    )
    with closing(chosen_engine(work.engine)) as engine:
        try:
            opened = [
                MatchingTable(
                    input_source_arn=arn,
                    files=tuple(opened_files(people, tuple(map(work.scratch.joinpath, one["files"])), tuple(one["names"]))),
                    schema_mapping=people.schema.mapping,
                )
                for arn, people, one in zip(arns, tables, lent, strict=True)
            ]
            metrics = match_records(
                engine,
                opened,
                rules_of(properties["rules"]),
                model,
                fields=list(dict.fromkeys(fields_of(workflow))),
                salt=workflow.workflow_arn,
                folder=work.scratch,
                progress=work.report,
            )
        except InvalidInputError as error:
            raise MandorlaError(said_of_objects(work, error.message, lent)) from error
    return {"counted": asdict(metrics)}


def write_results(work: Work) -> Mapping[str, Any]:
    """Put the files where the workflow wants them: `{path}/{workflow}/{job}/success/` and `…/error/`."""
    with work.records() as (records, _):
        workflow = workflow_in(work, records)
    for output in workflow.output_source_config:
        if not output.get("output_s3_path"):
            continue
        destination = Destination(workflow.account_id, workflow.workflow_arn, output["output_s3_path"], workflow.role_arn)
        for kind in ("success", "error"):
            place = f"{workflow.workflow_name}/{work.job.job_id}/{kind}/{kind}.csv"
            put_output(work, destination, place, work.scratch / f"{kind}.csv")
    counted = dict(work.job.results["counted"])
    return {"metrics": {**counted, "match_ids": counted["match_ids"]}}


JOBS: Mapping[str, Stages] = {MATCHING: (lend_tables, match_people, write_results)}

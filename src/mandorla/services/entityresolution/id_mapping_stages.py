"""The stages of an ID mapping job: lend the tables, match the people, publish the mapping. Each may run twice."""

import json
import os
from collections.abc import Mapping as Results
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mandorla.domain.errors import InvalidInputError, MandorlaError
from mandorla.domain.id_mapping import IdMappingJobMetrics
from mandorla.domain.mapping_terms import AgreedTerms
from mandorla.domain.workflows import IdMappingWorkflow, MappingVersion
from mandorla.engines.arguments import chosen_engine, chosen_mapper, mapper_for
from mandorla.engines.mapper import Keeping, MappingTask, SourceTable
from mandorla.engines.mapping_files import MappingChanges, MappingFiles, changes_between
from mandorla.jobs.id_mapping import metrics_of, run
from mandorla.jobs.id_mapping_deletions import remove_deleted
from mandorla.jobs.stages import Stages, Work
from mandorla.match.compile import MatchingModel
from mandorla.services.entityresolution.id_mapping_workflows import ID_MAPPING, Mapping, mapping_of
from mandorla.services.entityresolution.mapping_store import kept_folder, mapping_files, mappings_folder
from mandorla.services.entityresolution.outputs import write_mapping
from mandorla.services.entityresolution.people import PeopleTable
from mandorla.services.entityresolution.reading import lend_table, opened_files, require_readable, said_of_objects
from mandorla.store.records import Records

# Any: results are plain JSON.


def workflow_in(work: Work, records: Records) -> IdMappingWorkflow:
    """The workflow that the job is a run of."""
    found = records.find(IdMappingWorkflow, work.job.account_id, work.job.arguments["workflow_name"])
    if found is None:
        raise MandorlaError("The workflow was deleted before its job could run.")
    return found


def mapping_in(work: Work, records: Records) -> Mapping:
    """The workflow resolved as it is now."""
    return mapping_of(records, workflow_in(work, records), is_written=bool(work.job.arguments["outputs"]))


def lend_tables(work: Work) -> Results[str, Any]:
    """Ask for every permission, then take hold of the bytes as they are now."""
    lent: dict[str, list[dict[str, Any]]] = {"source": [], "target": []}
    with work.records() as (records, _):
        mapping = mapping_in(work, records)
        for side, tables in (("source", mapping.sources), ("target", mapping.targets)):
            for people in tables:
                require_readable(work, records, people)
            for number, people in enumerate(tables):
                table = lend_table(work, records, people, work.scratch / side / str(number))
                files = [str(file) for file in table.files]
                lent[side].append({"files": files, "names": table.names, "signature": table.signature})
    return {"lent": lent, "terms": signature_of(mapping)}


def signature_of(mapping: Mapping) -> str:
    """Everything but the bytes that a mapping depends on: the same text means the same mapping of the same bytes."""
    schemas = [
        [asdict(field) for field in people.schema.mapped_input_fields] for people in (*mapping.sources, *mapping.targets)
    ]
    return json.dumps([asdict(mapping.terms), schemas], sort_keys=True)


def match_people(work: Work) -> Results[str, Any]:
    """Map ids into a file of the job's own; where nothing changed since the last run, keep what it found.

    "DELETE_ONLY … only deletion requests … were processed": such a run takes out the ids that are marked, and maps nobody.
    """
    with work.records() as (records, _):
        workflow = workflow_in(work, records)
        mapping = mapping_in(work, records)
        version = records.find(MappingVersion, workflow.account_id, workflow.workflow_arn)
    if version is not None and is_unchanged(work, version):
        known = {"inputs": list(version.inputs), "terms": version.terms}
        return {**files_of(version), "made": None, "counted": unchanged_metrics(version), **known}
    sources = source_tables(work, "source", mapping.sources)
    targets = source_tables(work, "target", mapping.targets)
    old = None if version is None else mapping_files(work.data_folder, version)
    try:
        if work.job.arguments["job_type"] == "DELETE_ONLY":
            return deleted_only(work, sources, targets, version, old)
        return mapped_anew(work, mapping, sources, targets, version, old)
    except InvalidInputError as error:
        lent = work.job.results["lent"]
        raise MandorlaError(said_of_objects(work, error.message, [*lent["source"], *lent["target"]])) from error


def deleted_only(
    work: Work,
    sources: list[SourceTable],
    targets: list[SourceTable],
    version: MappingVersion | None,
    old: MappingFiles | None,
) -> Results[str, Any]:
    """Take out what is marked. Bytes and terms that the run before did not know stay unknown to the next one."""
    before, new = 0 if version is None else version.metrics["unique_records_loaded"], new_file(work)
    with closing(chosen_engine("auto")) as engine:
        metrics = remove_deleted(engine, sources, targets, old, unique_before=before, output=new)
    known = {"inputs": [], "terms": ""} if version is None else {"inputs": list(version.inputs), "terms": version.terms}
    return {**whole_file(work), "counted": counted_since(version, metrics, changes_to(old, new)), **known}


def mapped_anew(
    work: Work,
    mapping: Mapping,
    sources: list[SourceTable],
    targets: list[SourceTable],
    version: MappingVersion | None,
    old: MappingFiles | None,
) -> Results[str, Any]:
    """Map everybody, or by what the run before kept only those whom a change can touch."""
    keeping = keeping_of(work, version, old)
    # What is kept is the kernels', and is worth more than their start.
    automatic = "kernels" if keeping.previous else mapper_for([*sources, *targets], explained=False)[0]
    task = MappingTask(
        sources=tuple(sources),
        targets=tuple(targets),
        rules=mapping.terms.rules,
        model=model_of(mapping.terms),
        output=new_file(work),
        keeping=keeping,
    )
    with closing(chosen_mapper(automatic if work.engine == "auto" else work.engine)) as mapper:
        found = run(mapper, task, work.report)
        kept_name = keeping.name if mapper.keeps else ""
    changes = found.changed or changes_to(old, task.output)
    files = whole_file(work)
    if found.changed is not None:
        assert version is not None
        files = {"file_name": version.file_name, "changes_name": files["made"], "made": files["made"]}
    return {
        **files,
        "kept_name": kept_name,
        "counted": counted_since(version, metrics_of(found), changes),
        "inputs": list(inputs_of(work)),
        "terms": work.job.results["terms"],
    }


def keeping_of(work: Work, version: MappingVersion | None, old: MappingFiles | None) -> Keeping:
    """What runs of a workflow keep; a batch run reads everything, whatever is kept."""
    is_known = version is not None and version.kept_name and work.job.arguments["job_type"] != "BATCH"
    return Keeping(
        folder=kept_folder(work.data_folder, work.job.subject),
        name=work.job.job_id,
        previous=version.kept_name if version is not None and is_known else None,
        changes=None if old is None else old.changes,
    )


def new_file(work: Work) -> Path:
    """Where a run writes what it finds."""
    return work.scratch / "mapping.parquet"


def whole_file(work: Work) -> dict[str, Any]:
    """The names of a new whole mapping."""
    name = f"{work.job.job_id}.parquet"
    return {"file_name": name, "changes_name": "", "kept_name": "", "made": name}


def files_of(version: MappingVersion) -> dict[str, Any]:
    """The names of a mapping as it is."""
    return {"file_name": version.file_name, "changes_name": version.changes_name, "kept_name": version.kept_name}


def changes_to(old: MappingFiles | None, new: Path) -> MappingChanges:
    """What changed from one mapping to a whole new one."""
    with closing(chosen_engine("auto")) as engine:
        return changes_between(engine, old, MappingFiles(new))


def counted_since(version: MappingVersion | None, metrics: IdMappingJobMetrics, changes: MappingChanges) -> dict[str, int]:
    """The metrics of a run, what it changed counted against the run before."""
    counted = asdict(metrics) | metrics_of_changes(changes)
    return counted | {"new_unique_records_loaded": new_unique(counted, version)}


def is_unchanged(work: Work, version: MappingVersion) -> bool:
    """Whether an incremental run would read the same bytes by the same terms; a batch run reads them anyway."""
    wants_all = work.job.arguments["job_type"] == "BATCH"
    return not wants_all and version.inputs == inputs_of(work) and version.terms == work.job.results["terms"]


def inputs_of(work: Work) -> tuple[str, ...]:
    """The objects that the job took hold of, by name and ETag."""
    lent = work.job.results["lent"]
    return tuple(f"{side} {one}" for side in ("source", "target") for table in lent[side] for one in table["signature"])


def source_tables(work: Work, side: str, tables: tuple[PeopleTable, ...]) -> list[SourceTable]:
    """The lent tables of a side, opened."""
    found = []
    for people, lent in zip(tables, work.job.results["lent"][side], strict=True):
        files = tuple(work.scratch / file for file in lent["files"])
        opened_ones = tuple(opened_files(people, files, tuple(lent["names"])))
        signatures = tuple(lent["signature"])
        found.append(SourceTable(files=opened_ones, schema_mapping=people.schema.mapping, signatures=signatures))
    return found


def model_of(terms: AgreedTerms) -> MatchingModel:
    """The terms as the matching takes them."""
    return MatchingModel(
        attribute_matching_model=terms.attribute_matching_model, record_matching_model=terms.record_matching_model
    )


def metrics_of_changes(changes: MappingChanges) -> dict[str, int]:
    """The metrics that compare a run with the one before."""
    return {
        "new_mapped_records": changes.new_records,
        "new_mapped_source_records": changes.new_sources,
        "new_mapped_target_records": changes.new_targets,
        "mapped_records_removed": changes.removed_records,
        "mapped_source_records_removed": changes.removed_sources,
        "mapped_target_records_removed": changes.removed_targets,
    }


def new_unique(counted: Results[str, int], version: MappingVersion | None) -> int:
    """The unique records that the run before did not have, as far as the counts tell."""
    before = version.metrics["unique_records_loaded"] if version is not None else 0
    return max(0, counted["unique_records_loaded"] - before)


def unchanged_metrics(version: MappingVersion) -> dict[str, int]:
    """The metrics of a run that read nothing, since nothing had changed: the totals stay, the rest is zero."""
    totals = ("total_mapped_records", "total_mapped_source_records", "total_mapped_target_records", "unique_records_loaded")
    return {name: count if name in totals else 0 for name, count in version.metrics.items()}


def publish(work: Work) -> Results[str, Any]:
    """Put the mapping where readers find it, in one step, and write it where the workflow wants it."""
    results = work.job.results
    folder = mappings_folder(work.data_folder)
    folder.mkdir(parents=True, exist_ok=True)
    if results["made"] and new_file(work).exists():
        settle(new_file(work), folder / results["made"])
    with work.records() as (records, _):
        workflow = workflow_in(work, records)
    version = MappingVersion(
        account_id=workflow.account_id,
        workflow_arn=workflow.workflow_arn,
        job_id=work.job.job_id,
        file_name=results["file_name"],
        changes_name=results["changes_name"],
        kept_name=results["kept_name"],
        inputs=tuple(results["inputs"]),
        terms=results["terms"],
        metrics=results["counted"],
        made_at=work.clock(),
    )
    write_mapping(work, workflow, mapping_files(work.data_folder, version))
    with work.records(writes=True) as (records, _):
        replaced = records.find(MappingVersion, workflow.account_id, workflow.workflow_arn)
        records.put(version)
    for name in () if replaced is None else set(replaced.file_names) - set(version.file_names):
        # Whoever has the old mapping open reads on.
        (folder / name).unlink(missing_ok=True)
    return {"metrics": results["counted"]}


def settle(file: Path, at: Path) -> None:
    """A file at its last place, on the disk before anything names it."""
    with file.open("rb") as written:
        os.fsync(written.fileno())
    os.replace(file, at)
    folder = os.open(at.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


JOBS: Results[str, Stages] = {ID_MAPPING: (lend_tables, match_people, publish)}

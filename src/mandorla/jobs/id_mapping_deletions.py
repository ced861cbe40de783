"""One run that only deletes: what an old mapping is without the ids that are marked as deleted by now. Nobody is matched."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mandorla.domain.id_mapping import IdMappingJobMetrics
from mandorla.engines.by_queries import attach
from mandorla.engines.engine import Engine
from mandorla.engines.mapper import SourceTable
from mandorla.engines.mapping_files import MappingFiles, attach_mapping
from mandorla.match.deletions import DELETED, PRESENT, deleted_rows, no_pairs, pairs_left, pairs_of, present_ids
from mandorla.match.tally import tally_of_mapping

NOTHING = IdMappingJobMetrics(**dict.fromkeys(IdMappingJobMetrics.__dataclass_fields__, 0))


def remove_deleted(
    engine: Engine,
    sources: Sequence[SourceTable],
    targets: Sequence[SourceTable],
    old: MappingFiles | None,
    *,
    unique_before: int,
    output: Path,
) -> IdMappingJobMetrics:
    """Write the old mapping, None for none, without the deleted ids, and count. A broken file is an InvalidInputError.

    GUESS: "uniqueRecordsLoaded" leaves deletes out; of what was loaded before, at most those are left that are not marked.
    """
    deleted = unique = 0
    for side, tables in (("source", sources), ("target", targets)):
        mappings = attach(side, tables, engine).mappings
        deleted += engine.keep(DELETED.format(side), deleted_rows(side, mappings))
        unique += engine.keep(PRESENT.format(side), present_ids(side, mappings))
    if old is None:
        engine.keep("old_mapping", no_pairs())
    else:
        attach_mapping(engine, "old_mapping", old)
    engine.keep("mapping", pairs_left("old_mapping"))
    engine.write(pairs_of("mapping"), output)
    [(mapped, mapped_targets)] = engine.rows(tally_of_mapping())
    return replace(
        NOTHING,
        input_records=deleted,
        total_records_processed=deleted,
        delete_records_processed=deleted,
        total_mapped_records=mapped,
        total_mapped_source_records=mapped,
        total_mapped_target_records=mapped_targets,
        unique_records_loaded=min(unique_before, unique),
    )

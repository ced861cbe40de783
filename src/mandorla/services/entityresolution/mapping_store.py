"""Where mappings lie, and what is kept for the next run; what belongs to no workflow any more is removed from both."""

import hashlib
import shutil
from pathlib import Path

from mandorla.domain.workflows import IdMappingWorkflow, MappingVersion
from mandorla.engines.mapping_files import MappingFiles
from mandorla.jobs.chores import Chore, Round

# A job settles its mapping a moment before the record that names it.
SECONDS_UNTIL_NAMED = 3600


def mappings_folder(data_folder: Path) -> Path:
    """The folder of mappings."""
    return data_folder / "mappings"


def mapping_files(data_folder: Path, version: MappingVersion) -> MappingFiles:
    """The files of a mapping."""
    return MappingFiles(*(mappings_folder(data_folder) / name for name in version.file_names))


def kept_folder(data_folder: Path, workflow_arn: str) -> Path:
    """The folder of what a workflow's runs keep for each other."""
    return data_folder / "kept" / hashlib.sha256(workflow_arn.encode()).hexdigest()[:32]


def forget_deleted_workflows(turn: Round) -> None:
    """Remove mappings that no record names, and what was kept for workflows that are gone."""
    kept, mappings = (list(folder.glob("*")) for folder in (turn.data_folder / "kept", mappings_folder(turn.data_folder)))
    if kept:
        workflows = turn.records.everyones(IdMappingWorkflow)
        needed = {kept_folder(turn.data_folder, workflow.workflow_arn) for workflow in workflows}
        for folder in set(kept) - needed:
            shutil.rmtree(folder, ignore_errors=True)
    old = [file for file in mappings if is_old(file, turn)]
    if old:
        named = {name for version in turn.records.everyones(MappingVersion) for name in version.file_names}
        for file in old:
            if file.name not in named:
                file.unlink(missing_ok=True)


def is_old(file: Path, turn: Round) -> bool:
    """Whether a record would name a file by now, if it were to be named."""
    try:
        return turn.now.timestamp() - file.stat().st_mtime > SECONDS_UNTIL_NAMED
    except FileNotFoundError:
        return False


CHORES: tuple[Chore, ...] = (forget_deleted_workflows,)

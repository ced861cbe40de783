"""A mapping that is refreshed with what was kept is, row by row and count by count, the one of a run over everything."""

import random
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, event, given, settings, strategies
from pyarrow import parquet

from mandorla.domain.limits import Limits
from mandorla.domain.progress import unheard
from mandorla.domain.rules import AttributeMatchingModel, RecordMatchingModel
from mandorla.domain.rules_payload import rules_from
from mandorla.engines.arguments import chosen_mapper, schema_of
from mandorla.engines.mapper import Keeping, MappedIds, MappingTask, SourceTable
from mandorla.engines.mapping_files import MappingChanges, MappingFiles, changes_between
from mandorla.engines.on_duckdb import DuckDBEngine
from mandorla.engines.on_kernels.refreshing import kept_mapper, kept_reading, kept_sides, word_pairs
from mandorla.engines.source_files import opened
from mandorla.match.compile import MatchingModel
from mandorla.normalize import Profile
from tests.depth import deep
from tests.engines.same_mapping import Example, examples, row_of, write_example, write_rows

FILES = ("parquet", "csv", "parquet", "parquet", "parquet", "parquet", "parquet", "parquet")
NOTHING = MappingChanges(new_records=0, new_sources=0, new_targets=0, removed_records=0, removed_sources=0, removed_targets=0)


class Tables:
    """Both sides' files, some of which change from run to run."""

    def __init__(self, example: Example, folder: Path) -> None:
        self.arguments, self.folder, self.example = write_example(replace(example, files=FILES), folder), folder, example
        self.draw = random.Random(example.seed)
        self.versions: dict[Path, int] = dict.fromkeys((*self.arguments["source"], *self.arguments["target"]), 0)
        self.runs = 0
        # So few that some ids have more.
        self.limit = self.draw.choice([2, 25])

    def change(self) -> None:
        """Some files are written anew, or removed, or come: mostly few of them, sometimes many."""
        for side in ("source", "target"):
            files: list[Path] = self.arguments[side]
            for _ in range(self.draw.choice([0, 1, 1, 2, 5])):
                self.runs += 1
                file = self.folder / f"{side}-new-{self.runs}.parquet"
                if files and self.draw.random() < 0.8:
                    place = self.draw.randrange(len(files))
                    file = files[place] if self.draw.random() < 0.5 else files.pop(place)
                if file not in files and self.draw.random() < 0.7:
                    files.insert(self.draw.randrange(len(files) + 1), file)
                self.versions[file] = self.runs
                fields = self.fields(side)
                rows = [row_of(self.draw, fields, side) for _ in range(self.draw.choice([0, 1, 9]))]
                write_rows(file, fields, rows, self.example.text)

    def fields(self, side: str) -> list[str]:
        """The fields of a side in short."""
        return [short(one) for one in schema_fields(self.arguments[f"{side}_schema"])]

    def task(self, output: Path, keeping: Keeping | None) -> MappingTask:
        """What is to be mapped now."""
        sides = [
            SourceTable(
                files=tuple(opened(file) for file in self.arguments[side]),
                schema_mapping=schema_of(self.arguments[f"{side}_schema"]),
                signatures=tuple(f"{file} {self.versions[file]}" for file in self.arguments[side]),
            )
            for side in ("source", "target")
        ]
        model = MatchingModel(
            profile=Profile(self.arguments["profile"]),
            country=self.arguments["country"],
            attribute_matching_model=AttributeMatchingModel(self.arguments["attribute_matching_model"]),
            record_matching_model=RecordMatchingModel(self.arguments["record_matching_model"]),
            limits=replace(Limits(), rows_per_unique_key=self.limit),
        )
        rules = rules_from(self.arguments["rules"])
        return MappingTask(sources=(sides[0],), targets=(sides[1],), rules=rules, model=model, output=output, keeping=keeping)


def schema_fields(path: Path) -> Any:
    """The fields of a schema mapping in a file."""
    return schema_of(path).mapped_input_fields


def short(field: Any) -> str:
    """A field as the tables of tests write it."""
    return f"{field.field_name}:{field.type}:{field.match_key or ''}{':hashed' if field.hashed else ''}"


def mapped(engine: str, task: MappingTask) -> MappedIds:
    """A run on an engine."""
    with closing(chosen_mapper(engine)) as mapper:
        return mapper.map_ids(task, unheard)


def rows_in(path: Path) -> dict[str, tuple[str | None, str | None]]:
    """The rows of a file by source id."""
    table = parquet.read_table(path).to_pylist()
    assert len({row["source_id"] for row in table}) == len(table)
    return {row["source_id"]: (row["target_id"], row["rule"]) for row in table}


def compared(old: Path | None, new: Path) -> MappingChanges:
    """What the reference engine counts between two whole mappings."""
    with closing(DuckDBEngine()) as engine:
        return changes_between(engine, None if old is None else MappingFiles(old), MappingFiles(new))


@given(examples(), strategies.integers(2, 4))
@settings(max_examples=deep(3), deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_a_refresh_is_a_whole_run(example: Example, runs: int) -> None:
    refresh_and_compare(example, runs)


@given(examples(), strategies.integers(3, 5))
@settings(max_examples=deep(5), deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_a_refresh_of_what_often_agrees_is_a_whole_run(example: Example, runs: int) -> None:
    many_to_one = RecordMatchingModel.MANY_SOURCE_TO_ONE_TARGET
    rules = (("Email",), ("Phone",), ("FirstName",))
    refresh_and_compare(replace(example, rules=rules, record_matching_model=many_to_one), runs)


# In tables so small as these a change is a large share of everything, and all of it would be one portion of work.
@patch.object(kept_mapper, "MOST_CHANGED_ROWS", 0.9)
@patch.object(kept_mapper, "MOST_CHANGES", 9)
@patch.object(kept_mapper, "ROWS_AT_ONCE", 7)
@patch.object(kept_reading, "ROWS_OF_A_SHARE", 4)
@patch.object(kept_sides, "WORDS_OF_A_PORTION", 5)
@patch.object(word_pairs, "WORDS_OF_A_PORTION", 5)
def refresh_and_compare(example: Example, runs: int) -> None:
    """Run on what changes from run to run, and hold each run to one of the reference engine over everything."""
    with tempfile.TemporaryDirectory() as name:
        tables = Tables(example, Path(name))
        whole: Path | None = None
        previous: str | None = None
        changes: Path | None = None
        before: Path | None = None
        for number in range(runs):
            keeping = Keeping(folder=Path(name, "kept"), name=f"run-{number}", previous=previous, changes=changes)
            output, wanted_output = Path(name, f"run-{number}.parquet"), Path(name, f"wanted-{number}.parquet")
            found = mapped("kernels", tables.task(output, keeping))
            wanted = mapped("duckdb", tables.task(wanted_output, None))
            rows = rows_in(output)
            if found.changed is None:
                whole, changes = output, None
            else:
                assert whole is not None
                changes = output
                rows = {source: row for source, row in (rows_in(whole) | rows).items() if row[0] is not None}
                assert found.changed == compared(before, wanted_output)
            assert rows == rows_in(wanted_output)
            assert replace(found, changed=None) == wanted
            if number:
                event("whole again" if found.changed is None else "nothing changed" if found.changed == NOTHING else "changed")
            previous, before = keeping.name, wanted_output
            tables.change()

"""What a preparation says of itself once it is done: counts, columns, the result, and the reports beside the data."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mandorla.domain.finding import Finding
from mandorla.domain.limits import Limits
from mandorla.domain.preparation import PreparationCounts, PreparationResult, PreparedColumn, PreparedLocation
from mandorla.engines.engine import RejectedRow
from mandorla.engines.whole_file import whole_file
from mandorla.prepare.advice import findings_of_columns, findings_of_counts, findings_of_locations
from mandorla.prepare.headers import findings_of_headers, findings_of_unmapped
from mandorla.prepare.output_folder import REPORT
from mandorla.prepare.proposed_schema import findings_of_proposal
from mandorla.prepare.rejected_rows import write_rejected_rows
from mandorla.prepare.request import Attached, Request
from mandorla.reports.preparation import preparation_page

PAGE, REJECTED = "report.html", "rejected.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was found and written, however it was done.

    `rows_read` could be read, `prepared` of them have a usable unique id; `without_id` are Arrow batches of the others (file
    number, row, reason). `repeated` says how many ids have one row left, two, three, …, of those that had several; `as_written`
    the same of the rows as they are written. `tallies` are filled and rejected values of each column.
    """

    rows_read: int
    unreadable: tuple[RejectedRow, ...]
    without_id: Iterable[Any]  # Arrow's batches have no types here
    prepared: int
    duplicate_rows: int
    repeated: Mapping[int, int]
    as_written: Mapping[int, int]
    tallies: tuple[tuple[int, int], ...]
    locations: tuple[PreparedLocation, ...]
    keeps: str
    zeros: tuple[Finding, ...]


def told(folder: Path, done: Done, attached: Attached, request: Request) -> PreparationResult:
    """Write what was left out and the reports, and give the result."""
    rejected_rows = write_rejected_rows(folder / REJECTED, done.unreadable, done.without_id, request.files)
    result = result_of(request, attached, done, rejected_rows)
    write_reports(folder, result, request)
    return result


def counts_of(done: Done, limits: Limits) -> PreparationCounts:
    """Rows and unique ids, read and written."""
    single = done.prepared - done.duplicate_rows - sum(rows * ids for rows, ids in done.repeated.items())
    by_rows = {1: single} | {rows: ids + (single if rows == 1 else 0) for rows, ids in done.as_written.items()}
    beyond = {rows - limits.rows_per_unique_key: ids for rows, ids in by_rows.items() if rows > limits.rows_per_unique_key}
    unreadable = len(done.unreadable)
    return PreparationCounts(
        rows_read=done.rows_read + unreadable,
        rows_rejected=done.rows_read - done.prepared + unreadable,
        duplicate_rows=done.duplicate_rows,
        rows_written=done.locations[0].rows,
        unique_ids=single + sum(done.repeated.values()),
        rows_beyond_limit=sum(rows * ids for rows, ids in beyond.items()),
        ids_beyond_limit=sum(beyond.values()),
        keys_by_rows=tuple(sorted((rows, ids) for rows, ids in by_rows.items() if ids)),
    )


def columns_of(attached: Attached, done: Done) -> tuple[PreparedColumn, ...]:
    """How each column is filled, and what normalization rejected of it."""
    confidence = attached.proposed.confidence if attached.proposed else {}
    unique_id = attached.mapping.unique_id
    identifier = PreparedColumn(
        name=unique_id.field_name,
        read_from=(unique_id.field_name,),
        attribute_type=unique_id.type.value,
        match_key=None,
        hashed=False,
        filled=done.prepared,
        rejected=0,
        reject_reason="",
        confidence=confidence.get(unique_id.field_name),
    )
    others = (
        PreparedColumn(
            name=plan.name,
            read_from=plan.value.source.columns,
            attribute_type=plan.field.type.value,
            match_key=plan.field.match_key,
            hashed=plan.field.hashed,
            filled=filled,
            rejected=rejected,
            reject_reason=plan.value.source.normalizer.rejects,
            confidence=confidence.get(plan.name),
        )
        for plan, (filled, rejected) in zip(attached.plans, done.tallies, strict=True)
    )
    return (identifier, *others)


def result_of(
    request: Request, attached: Attached, done: Done, rejected_rows: tuple[tuple[str, int], ...]
) -> PreparationResult:
    """Everything that there is to say."""
    counts, columns = counts_of(done, request.limits), columns_of(attached, done)
    return PreparationResult(
        output=str(request.output),
        report=str(request.page or request.output / PAGE),
        files=tuple(str(file.path) for file in request.files),
        file_format=request.file_format,
        profile=request.profile.value,
        country=request.country,
        hashed=request.hashing,
        collapsed=request.collapsing,
        proposed=attached.proposed is not None,
        engine=request.engine,
        engine_reason=request.engine_reason,
        counts=counts,
        rejected_rows=rejected_rows,
        columns=columns,
        locations=done.locations,
        findings=(
            *findings_of_headers(request.files),
            *findings_of_unmapped(request.files, attached.mapping),
            *(findings_of_proposal(attached.proposed) if attached.proposed else ()),
            *findings_of_counts(counts, request.limits),
            *findings_of_columns(columns),
            *done.zeros,
            *findings_of_locations(len(done.locations), done.keeps, request.limits),
        ),
    )


def write_reports(folder: Path, result: PreparationResult, request: Request) -> None:
    """The report as JSON and as a page; a page that goes elsewhere appears there whole."""
    write_json(folder / REPORT, result.as_json())
    page = preparation_page(result)
    if request.page is None:
        (folder / PAGE).write_text(page, encoding="utf-8")
        return
    with whole_file(request.page) as aside:
        aside.write_text(page, encoding="utf-8")


def write_json(path: Path, document: object) -> None:
    """A JSON file as people read it."""
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

"""Check data files and payloads against the rules, all findings at once.

A payload is told by its members. Of the data files, those that hold none of the columns that identify, and a key, are events;
all others are people.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from mandorla.domain.errors import InvalidInputError
from mandorla.domain.finding import Finding
from mandorla.domain.progress import Report, unheard
from mandorla.domain.schema_mapping import SchemaMapping
from mandorla.engines.arguments import Files, SchemaLike, chosen_engine, paths, region, schema_of
from mandorla.engines.engine import Engine
from mandorla.engines.source_files import SourceFile, listed_files, missing_columns_of, opened_files, unreadable
from mandorla.prepare.rules import event_keys, headers_agree, schema_columns, two_buckets
from mandorla.prepare.rules.data_table import DataTable
from mandorla.prepare.rules.glue_tables import columns_of
from mandorla.prepare.rules.json_text import CURLY, TRUE_OR_FALSE
from mandorla.prepare.rules.payload import CREATE_SCHEMA_MAPPING, Payload, kind_of_payload
from mandorla.prepare.rules.registry import DATA_RULES, PAYLOAD_RULES, TEXT_RULES

PAYLOAD_SUFFIXES = frozenset({".json"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """All findings in the order of the files, and how many files were looked at."""

    findings: tuple[Finding, ...]
    files: int

    @property
    def has_errors(self) -> bool:
        """True if something must be mended; warnings alone do not count."""
        return any(finding.severity == "error" for finding in self.findings)


def check(files: Files, *, schema: SchemaLike | None = None, country: str = "US", report: Report = unheard) -> CheckResult:
    """Check files and folders; with a schema mapping, data is also checked against what it declares.

    The schema mapping may be among the files: a body of CreateSchemaMapping there reads the data too. `country` is that of
    rows which name none, an ISO 3166 code. InvalidInputError only for an argument that cannot be used at all.
    """
    found: list[Finding] = []
    home = region(country)
    listed = listed_files(paths(files), found)
    payload_paths = [file for file in listed if file.suffix.lower() in PAYLOAD_SUFFIXES and file.is_file()]
    data_paths = [file for file in listed if file not in payload_paths]
    payloads: list[Payload] = []
    for path in payload_paths:
        payload = read_payload(path, found)
        if payload is not None:
            payloads.append(payload)
            found += [finding for rule in PAYLOAD_RULES for finding in rule(payload)]
    found += two_buckets.findings(payloads)
    found += schema_columns.findings(payloads)
    mapping = mapping_of(schema, payloads, found)
    data = opened_files(data_paths, found)
    people = [file for file in data if mapping is not None and event_keys.key_of_events(file, mapping) is None]
    found += headers_agree.findings(people)
    found += glue_findings(people or data, payloads)
    with closing(chosen_engine("auto")) as engine:
        found += data_findings(engine, data, mapping, home, report)
    return CheckResult(findings=tuple(found), files=len(listed))


def read_payload(path: Path, found: list[Finding]) -> Payload | None:
    """A payload with its text mended, as far as it can be read; what is wrong with the text is found."""
    try:
        text = path.read_bytes().decode("utf-8-sig", errors="replace")
    except OSError as error:
        found.append(unreadable(path, error))
        return None
    found += [finding for rule in TEXT_RULES for finding in rule(str(path), text)]
    try:
        document = json.loads(TRUE_OR_FALSE.sub("false", CURLY.sub('"', text)))
    except (json.JSONDecodeError, RecursionError):
        return None
    return Payload(path=path, kind=kind_of_payload(document), document=document)


def mapping_of(schema: SchemaLike | None, payloads: Sequence[Payload], found: list[Finding]) -> SchemaMapping | None:
    """The schema mapping to read data with: the one given, or the one among the payloads if there is just one."""
    if schema is not None:
        try:
            return schema_of(schema)
        except InvalidInputError as error:
            found += error.findings
            return None
    given = [payload for payload in payloads if payload.kind == CREATE_SCHEMA_MAPPING]
    try:
        return schema_of(given[0].document) if len(given) == 1 else None
    except InvalidInputError:
        return None  # the payload's own findings say why


def glue_findings(files: Sequence[SourceFile], payloads: Sequence[Payload]) -> Iterator[Finding]:
    """Where one table of the catalogue was given, the files that are not as it says."""
    tables = [(payload, columns) for payload in payloads if (columns := columns_of(payload))]
    if len(tables) == 1:
        [(payload, columns)] = tables
        for file in files:
            yield from headers_agree.differences(file, columns, headers_agree.GLUE, f"in {payload.path.name}")


def data_findings(
    engine: Engine, files: Sequence[SourceFile], mapping: SchemaMapping | None, country: str, report: Report
) -> Iterator[Finding]:
    """What is wrong with the data: people first, then the events that name them."""
    keys = [event_keys.key_of_events(file, mapping) if mapping is not None else None for file in files]
    identities: list[tuple[str, str]] = []
    order = sorted(range(len(files)), key=lambda place: keys[place] is not None)
    for done, place in enumerate(order):
        file, key = files[place], keys[place]
        report(f"checking {file.path.name}", done, len(files))
        missing = missing_columns_of(file, mapping.column_names) if mapping is not None and key is None else []
        yield from missing
        try:
            table = engine.attach(f"checked_{place + 1}", [file], file.columns)
            reading = None if missing or key is not None else mapping
            data = DataTable(engine=engine, file=file, table=table, mapping=reading, country=country)
            yield from (finding for rule in DATA_RULES for finding in rule(data))
            if key is not None:
                yield from event_keys.findings(data, key, identities)
            elif reading is not None:
                identities.append((table.name, reading.unique_id.field_name))
        except InvalidInputError as error:
            yield from error.findings
    report("done", len(files), len(files))

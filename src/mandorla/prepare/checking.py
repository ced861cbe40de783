"""Check data files and payloads against the rules, all findings at once.

A payload is told by its content: mappedInputFields make it a body of CreateSchemaMapping, ruleName a list of rules.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from mandorla.domain.errors import InvalidInputError
from mandorla.domain.finding import Finding
from mandorla.domain.rules_payload import rules_from
from mandorla.domain.schema_mapping import SchemaMapping
from mandorla.domain.schema_payload import schema_mapping_from
from mandorla.engines.arguments import Files, SchemaLike, chosen_engine, paths, schema_of
from mandorla.engines.source_files import data_files, missing_columns_of, opened
from mandorla.prepare.rules import DATA_RULES, TEXT_RULES
from mandorla.prepare.rules.data_table import DataTable
from mandorla.prepare.rules.json_text import CURLY, TRUE_OR_FALSE

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


def check(files: Files, *, schema: SchemaLike | None = None) -> CheckResult:
    """Check files and folders; with a schema mapping, data is also checked against what it declares."""
    found: list[Finding] = []
    listed = [file for path in paths(files) for file in data_files(path)]
    mapping = None
    try:
        mapping = None if schema is None else schema_of(schema)
    except InvalidInputError as error:
        found += error.findings
    for file in listed:
        is_payload = file.suffix.lower() in PAYLOAD_SUFFIXES
        found += payload_findings(file) if is_payload and file.is_file() else data_findings(file, mapping)
    return CheckResult(findings=tuple(found), files=len(listed))


def payload_findings(path: Path) -> Iterator[Finding]:
    """What is wrong with a payload's text, and with its content as far as it can be read."""
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    for rule in TEXT_RULES:
        yield from rule(str(path), text)
    try:
        payload = json.loads(TRUE_OR_FALSE.sub("false", CURLY.sub('"', text)))
    except (json.JSONDecodeError, RecursionError):
        return
    try:
        if isinstance(payload, Mapping) and {"mappedInputFields", "schemaName"} & payload.keys():
            schema_mapping_from(payload, str(path))
        elif isinstance(payload, Sequence) and payload and isinstance(payload[0], Mapping) and "ruleName" in payload[0]:
            rules_from(payload, str(path))
    except InvalidInputError as error:
        yield from error.findings


def data_findings(path: Path, mapping: SchemaMapping | None) -> list[Finding]:
    """What is wrong with a data file; a file that cannot be opened gets its refusal as a finding."""
    try:
        file = opened(path)
        missing = missing_columns_of(file, mapping.column_names) if mapping else []
        with closing(chosen_engine("auto")) as engine:
            table = engine.attach("checked", [file], file.columns)
            data = DataTable(engine=engine, file=file, table=table, mapping=None if missing else mapping)
            return [*missing, *(finding for rule in DATA_RULES for finding in rule(data))]
    except InvalidInputError as error:
        return list(error.findings)

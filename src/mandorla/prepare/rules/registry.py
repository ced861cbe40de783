"""All rules.

Rules for data look at a table that an engine has attached, rules for a file's text at its characters, rules for payloads at a
JSON document. `checking.py` goes through these tables, and asks the rules that look at several files at once: `headers_agree`,
`event_keys`, `schema_columns`, `two_buckets`.
"""

from mandorla.prepare.rules import (
    amc_mapping_tables,
    countries,
    declared_hashes,
    delete_marks,
    duplicate_rows,
    empty_columns,
    glue_tables,
    header_case,
    id_namespaces,
    id_writing,
    identifiers,
    json_text,
    mapped_columns,
    match_keys,
    members,
    placeholders,
    policies,
    postal_zeros,
    regions,
    row_limit,
    shared_match_keys,
    unique_ids,
    unreadable_rows,
    values_of_type,
)

DATA_RULES = (
    header_case.findings,
    unreadable_rows.findings,
    mapped_columns.findings,
    empty_columns.findings,
    unique_ids.findings,
    id_writing.findings,
    row_limit.findings,
    duplicate_rows.findings,
    delete_marks.findings,
    declared_hashes.findings,
    identifiers.findings,
    countries.findings,
    values_of_type.findings,
    postal_zeros.findings,
)
TEXT_RULES = (json_text.findings, placeholders.findings)
PAYLOAD_RULES = (
    members.findings,
    match_keys.findings,
    shared_match_keys.findings,
    id_namespaces.findings,
    amc_mapping_tables.findings,
    policies.findings,
    glue_tables.findings,
    regions.findings,
)

"""Every rule of mandorla check: what it finds, and that it keeps silent of good data and good payloads."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from mandorla.normalize.hashing import digest
from mandorla.prepare.checking import check
from tests.conftest import REPOSITORY

SCHEMA = {
    "schemaName": "customers",
    "mappedInputFields": [
        {"fieldName": "id", "type": "UNIQUE_ID"},
        {"fieldName": "email", "type": "EMAIL_ADDRESS", "matchKey": "Email"},
        {"fieldName": "phone", "type": "PHONE", "matchKey": "Phone"},
        {"fieldName": "zip", "type": "ADDRESS_POSTALCODE", "matchKey": "Postal"},
        {"fieldName": "country", "type": "ADDRESS_COUNTRY", "matchKey": "Country"},
        {"fieldName": "maid", "type": "STRING", "matchKey": "MAID"},
        {"fieldName": "delete", "type": "STRING"},
    ],
}
GOOD = {
    "id": "c-1",
    "email": "ann.lee@example.com",
    "phone": "206-345-7890",
    "zip": "98101",
    "country": "US",
    "maid": "7bd552f4-d6f7-1984-8b32-80e0bfcedd85",
    "delete": "false",
}

# What a column holds in ten rows, and the codes that it must get.
COLUMNS = [
    ("email", ["206-345-7890"] * 10, {"VALUES_REJECTED"}),
    ("email", ["not an address", *["ann@example.com"] * 9], set()),
    ("email", ["not an address"] * 3 + ["ann@example.com"] * 7, {"VALUES_REJECTED"}),
    ("email", [""] * 10, {"COLUMN_EMPTY"}),
    ("phone", ["ann@example.com"] * 10, {"VALUES_REJECTED"}),
    ("phone", ["+44 7911 123456"] * 10, set()),
    ("zip", ["8101"] + ["98101"] * 9, {"POSTAL_ZERO_LOST"}),
    ("zip", ["8101.0"] + ["98101"] * 9, {"POSTAL_ZERO_LOST"}),
    ("zip", ["98101-1234"] * 10, set()),
    ("country", ["", *["us"] * 9], {"COUNTRY_MISSING"}),
    ("country", ["Atlantis", *["Germany"] * 9], {"COUNTRY_UNKNOWN"}),
    ("maid", ["123"] * 10, {"MAID_SHAPE"}),
    ("maid", [digest("7bd552f4-d6f7-1984-8b32-80e0bfcedd85")] * 10, {"IDENTIFIER_HASHED"}),
    ("delete", ["yes", *["true"] * 9], {"DELETE_MARK"}),
    ("delete", ["TRUE", *[""] * 9], set()),
    ("id", [f"c {number}" for number in range(10)], {"UNIQUE_ID_CHARACTERS"}),
    ("id", ["NULL", *(f"c{number}" for number in range(9))], {"UNIQUE_ID_NULL_WORD"}),
    ("id", ["1.0", "1e5", *(f"c{number}" for number in range(8))], {"UNIQUE_ID_NUMBER"}),
    ("id", ["x" * 258, *(f"c{number}" for number in range(9))], {"UNIQUE_ID_LENGTH"}),
    ("id", ["007", "7", *(f"{number}" for number in range(10, 18))], set()),
]


def write_csv(path: Path, rows: list[dict[str, str]]) -> Path:
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_json(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def codes(*paths: Path, **options: Any) -> set[str]:
    return {finding.code for finding in check(list(paths), **options).findings}


@pytest.mark.parametrize(("column", "values", "expected"), COLUMNS)
def test_a_column_gets_what_its_values_deserve(column: str, values: list[str], expected: set[str], tmp_path: Path) -> None:
    rows = [GOOD | {"id": f"c-{place}", column: value} for place, value in enumerate(values)]
    found = check([write_csv(tmp_path / "customers.csv", rows)], schema=SCHEMA).findings
    assert {finding.code for finding in found} - {"COLUMN_EMPTY" if column == "delete" else ""} == expected
    for finding in found:
        shown = str(finding)
        assert not any(value in shown for value in values if len(value) > 4)


def test_rows_that_stand_twice(tmp_path: Path) -> None:
    assert codes(write_csv(tmp_path / "a.csv", [GOOD, GOOD]), schema=SCHEMA) == {"ROWS_DUPLICATE"}


def test_a_schema_mapping_among_the_files_reads_the_data(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "a.csv", [GOOD | {"email": digest("a@example.com")}])
    assert codes(data, write_json(tmp_path / "create-schema-mapping.json", SCHEMA)) == {"HASHED_BUT_DECLARED_RAW"}


def test_more_columns_than_the_guide_allows_and_a_name_that_the_output_keeps(tmp_path: Path) -> None:
    names = ["id", *(f"email_{number}" for number in range(25))]
    fields = [{"fieldName": "id", "type": "UNIQUE_ID"}]
    fields += [{"fieldName": name, "type": "EMAIL_ADDRESS", "matchKey": "Email"} for name in names[1:]]
    schema = {"schemaName": "wide", "mappedInputFields": fields}
    row = {name: f"{name}@example.com" for name in names} | {"id": "1"}
    assert codes(write_csv(tmp_path / "a.csv", [row]), schema=schema) == {"COLUMNS_BEYOND_LIMIT"}
    reserved = {"schemaName": "r", "mappedInputFields": [fields[0], {**fields[1], "fieldName": "source"}]}
    row = {"id": "1", "source": "a@example.com"}
    assert codes(write_csv(tmp_path / "b.csv", [row]), schema=reserved) == {"COLUMN_RESERVED"}


EVENTS = [{"customer_user_id": "c-1", "eventtype": "purchase"}, {"customer_user_id": "c-2", "eventtype": "view"}]


def test_events_name_people_of_the_identity_table(tmp_path: Path) -> None:
    people = write_csv(tmp_path / "people.csv", [GOOD, GOOD | {"id": "c-2"}])
    assert codes(write_csv(tmp_path / "events.csv", EVENTS), people, schema=SCHEMA) == set()
    strangers = [*EVENTS, {"customer_user_id": "C-1", "eventtype": "view"}, {"customer_user_id": "", "eventtype": "view"}]
    found = check([write_csv(tmp_path / "strangers.csv", strangers), people], schema=SCHEMA).findings
    assert [(finding.code, finding.where.partition(", ")[2]) for finding in found] == [
        ("EVENT_KEY_MISSING", "column 'customer_user_id'"),
        ("EVENT_KEY_UNKNOWN", "column 'customer_user_id'"),
    ]
    assert "1 of 4 events name 1 ids" in found[1].what


def test_the_key_of_events_is_a_string(tmp_path: Path) -> None:
    parquet.write_table(pyarrow.table({"customer_user_id": [1, 2], "total": [1.5, 2.5]}), tmp_path / "events.parquet")
    people = write_csv(tmp_path / "people.csv", [GOOD | {"id": "1"}, GOOD | {"id": "2"}])
    assert codes(tmp_path / "events.parquet", people, schema=SCHEMA) == {"EVENT_KEY_TYPE"}


def test_files_of_one_folder_have_one_header(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [GOOD])
    write_csv(tmp_path / "b.csv", [dict(reversed(GOOD.items())) | {"id": "c-2"}])
    assert codes(tmp_path, schema=SCHEMA) == {"HEADERS_DIFFER"}


def glue(columns: list[str], **changes: Any) -> dict[str, Any]:
    """The definition of a CSV table."""
    descriptor = {"Columns": [{"Name": name, "Type": "string"} for name in columns], "Location": "s3://data/customers/"}
    parameters = {"classification": "csv", "skip.header.line.count": "1"}
    return {"Name": "customers", "StorageDescriptor": descriptor | changes, "Parameters": parameters}


def test_the_catalogue_has_the_columns_of_the_file_in_their_order(tmp_path: Path) -> None:
    people = write_csv(tmp_path / "people.csv", [GOOD])
    assert codes(people, write_json(tmp_path / "good.json", glue(list(GOOD))), schema=SCHEMA) == set()
    assert codes(people, write_json(tmp_path / "bad.json", glue(sorted(GOOD))), schema=SCHEMA) == {"GLUE_COLUMNS_DIFFER"}


NAMESPACE = {
    "idNamespaceName": "advertiser",
    "type": "SOURCE",
    "inputSourceConfig": [{"inputSourceARN": "arn:aws:glue:us-east-1:111122223333:table/d/t", "schemaName": "s"}],
    "idMappingWorkflowProperties": [
        {"idMappingType": "RULE_BASED", "ruleBasedProperties": {"ruleDefinitionTypes": ["TARGET"]}}
    ],
    "roleArn": "arn:aws:iam::111122223333:role/reader",
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["entityresolution.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}
READER = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation"],
            "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"],
            "Condition": {"StringEquals": {"s3:ResourceAccount": ["111122223333"]}},
        },
        {"Effect": "Allow", "Action": ["glue:Get*", "glue:BatchGetPartition"], "Resource": "*"},
    ],
}
ASSOCIATION = {
    "name": "advertiser",
    "inputReferenceConfig": {
        "inputReferenceArn": "arn:aws:entityresolution:us-east-1:111122223333:idnamespace/advertiser",
        "manageResourcePolicies": True,
    },
}
MEMBERSHIP = {
    "collaborationIdentifier": "11111111-2222-3333-4444-555555555555",
    "queryLogStatus": "ENABLED",
    "defaultResultConfiguration": {"outputConfiguration": {"s3": {"resultFormat": "CSV", "bucket": "results"}}},
}
STATEMENT = READER["Statement"][0]

PAYLOADS = [
    (SCHEMA, set()),
    (NAMESPACE, set()),
    (TRUST, set()),
    (READER, set()),
    (ASSOCIATION, set()),
    (MEMBERSHIP, set()),
    (glue(["id", "email"]), set()),
    ({"DatabaseName": "d", "TableInput": glue(["id"])}, set()),
    ({key: value for key, value in NAMESPACE.items() if key != "roleArn"}, {"ROLE_MISSING"}),
    (NAMESPACE | {"inputSourceConfig": []}, {"NAMESPACE_WITHOUT_TABLE"}),
    (NAMESPACE | {"inputSourceConfig": NAMESPACE["inputSourceConfig"] * 2}, {"TABLE_TWICE"}),
    (NAMESPACE | {"type": "source"}, {"MEMBER_WRONG"}),
    (NAMESPACE | {"idNamespaceNam": "x"}, {"MEMBER_UNKNOWN"}),
    (
        NAMESPACE
        | {
            "inputSourceConfig": [
                {"inputSourceARN": "arn:aws:glue:eu-west-1:111122223333:table/d/t", "schemaName": "s"},
            ]
        },
        {"REGION"},
    ),
    (
        NAMESPACE
        | {
            "idMappingWorkflowProperties": [
                {"idMappingType": "RULE_BASED", "ruleBasedProperties": {"ruleDefinitionTypes": ["SOURCE"]}}
            ]
        },
        {"RULES_OF_SOURCE"},
    ),
    (ASSOCIATION | {"inputReferenceConfig": {"inputReferenceArn": "arn"}}, {"MEMBER_WRONG"}),
    (TRUST | {"Statement": [TRUST["Statement"][0] | {"Principal": {"Service": "ec2.amazonaws.com"}}]}, {"TRUST_SERVICE"}),
    (TRUST | {"Statement": [TRUST["Statement"][0] | {"Action": "sts:TagSession"}]}, {"TRUST_ACTION"}),
    (TRUST | {"Version": "2024-01-01"}, {"POLICY_SHAPE"}),
    (READER | {"Statement": [STATEMENT]}, {"PERMISSION_MISSING"}),
    (
        READER
        | {
            "Statement": [
                STATEMENT | {"Condition": {"StringEquals": {"s3:ResourceAccount": "1111"}}},
                READER["Statement"][1],
            ]
        },
        {"CONDITION_ACCOUNT"},
    ),
    (glue(["Id", "email"]), {"HEADER_CASE"}),
    (glue(["id", "id"]), {"COLUMN_TWICE"}),
    (glue(["id"], Location="/data"), {"LOCATION"}),
    (glue(["id"]) | {"Parameters": {"classification": "csv"}}, {"HEADER_NOT_SKIPPED"}),
    (glue(["id"]) | {"Parameters": {"classification": "parquet"}}, set()),
    ({"anything": "else"}, set()),
]


@pytest.mark.parametrize(("document", "expected"), PAYLOADS)
def test_a_payload_gets_what_it_deserves(document: Any, expected: set[str], tmp_path: Path) -> None:
    assert codes(write_json(tmp_path / "payload.json", document)) == expected


def test_results_may_not_go_where_data_comes_from(tmp_path: Path) -> None:
    membership = write_json(tmp_path / "membership.json", MEMBERSHIP)
    table = write_json(tmp_path / "table.json", glue(["id"]))
    assert codes(membership, table) == set()
    same = write_json(tmp_path / "same.json", glue(["id"], Location="s3://results/customers/"))
    assert codes(membership, same) == {"ONE_BUCKET"}
    role = json.loads(json.dumps(READER).replace("arn:aws:s3:::data", "arn:aws:s3:::results"))
    assert codes(membership, write_json(tmp_path / "role.json", role)) == {"ONE_BUCKET"}


def test_the_command_prints_a_finding_a_line_and_exits_with_one(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "a.csv", [GOOD | {"email": digest("a@example.com")}])
    schema = write_json(tmp_path / "schema.json", SCHEMA)
    command = [sys.executable, "-m", "mandorla", "check", str(data), "--schema", str(schema)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    [line] = done.stdout.splitlines()
    assert done.returncode == 1
    assert line.startswith(
        f"HASHED_BUT_DECLARED_RAW  {data}, column 'email'  column `email` holds SHA-256 but is declared raw  "
    )


def test_every_code_stands_in_the_reference() -> None:
    reference = (REPOSITORY / "docs" / "reference" / "findings.md").read_text(encoding="utf-8")
    written: set[str] = set()
    for path in (REPOSITORY / "src" / "mandorla" / "prepare" / "rules").glob("*.py"):
        written |= {code for code in re.findall(r'"([A-Z][A-Z_]{4,})"', path.read_text(encoding="utf-8")) if "_" in code}
    written -= {"DELETE", "TARGET", "SOURCE", "UNIQUE_ID"}
    missing = sorted(code for code in written if f"`{code}`" not in reference)
    assert missing == []


EMAILS = {"fieldName": "email", "type": "EMAIL_ADDRESS", "matchKey": "Email"}
UNIQUE_ID = {"fieldName": "id", "type": "UNIQUE_ID"}
NAMESPACE = "arn:aws:entityresolution:us-east-1:111122223333:idnamespace/customers"
TABLE = {"Name": "t", "StorageDescriptor": {"Columns": [{"Name": "id"}, {"Name": "email"}], "Location": "s3://b/t/"}}
# Payloads that belong together, and the codes that they must get.
PAYLOADS = [
    ([{"schemaName": "s", "mappedInputFields": [UNIQUE_ID, {**EMAILS, "matchKey": "Email"}]}], set()),
    (
        [{"schemaName": "s", "mappedInputFields": [UNIQUE_ID, {"fieldName": "email", "type": "EMAIL_ADDRESS"}]}],
        {"MATCH_KEY_MISSING"},
    ),
    ([{"schemaName": "s", "mappedInputFields": [UNIQUE_ID, EMAILS, {"fieldName": "delete", "type": "STRING"}]}], set()),
    (
        [{"schemaName": "s", "mappedInputFields": [UNIQUE_ID, EMAILS, {**EMAILS, "fieldName": "work", "matchKey": "Work"}]}],
        {"MATCH_KEYS_DIFFER"},
    ),
    ([{"schemaName": "s", "mappedInputFields": [UNIQUE_ID, EMAILS, {**EMAILS, "fieldName": "work"}]}], set()),
    ([{"schemaName": "s", "mappedInputFields": [UNIQUE_ID, EMAILS]}, TABLE], set()),
    ([{"schemaName": "s", "mappedInputFields": [UNIQUE_ID, {**EMAILS, "fieldName": "mail"}]}, TABLE], {"COLUMN_NOT_IN_TABLE"}),
    ([{"idMappingTableName": "t", "sourceIdNamespaceArn": NAMESPACE}], set()),
    ([{"sourceIdNamespaceArn": NAMESPACE}], {"MAPPING_TABLE_NAME"}),
    (
        [{"idMappingTableName": "t", "sourceIdNamespaceArn": NAMESPACE.replace("idnamespace", "schemamapping")}],
        {"NOT_A_NAMESPACE"},
    ),
]


@pytest.mark.parametrize(("documents", "expected"), PAYLOADS)
def test_payloads_that_belong_together(documents: list[dict[str, Any]], expected: set[str], tmp_path: Path) -> None:
    assert codes(*(write_json(tmp_path / f"{place}.json", one) for place, one in enumerate(documents))) == expected

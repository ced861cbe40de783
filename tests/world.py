"""What a party sets up before the guide's own steps: a bucket with tables, a catalogue that names them, a role that reads."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.listening import ADVERTISER, PUBLISHER, Listening

SOURCE_CSV = """customerid,email,phone,firstname,lastname,address,zip
1,john@example.com,206-345-7890,john,smith,12 Main Street,98101
2,Sue@Example.com,425-555-0142,sue,jones,34 Oak Ave,98004
3,bob@example.com,503-555-0199,bob,brown,56 Pine Rd,97201
4,nancy@example.com,503-555-0123,nancy,davis,78 Elm Ct,97202
"""
TARGET_CSV = """userid,email,phone,firstname,lastname,address,zip
u-a,JOHN@example.com,,,,,
u-b,,(425) 555-0142,,,,
u-c,,,bob,brown,56 Pine Road,97201
u-d,someone@example.com,,,,,
"""
TYPES = {
    "email": ("EMAIL_ADDRESS", "Email"),
    "phone": ("PHONE", "Phone"),
    "firstname": ("NAME_FIRST", "FirstName"),
    "lastname": ("NAME_LAST", "LastName"),
    "address": ("ADDRESS", "Address"),
    "city": ("ADDRESS_CITY", "City"),
    "state": ("ADDRESS_STATE", "State"),
    "zip": ("ADDRESS_POSTALCODE", "Postal"),
    "country": ("ADDRESS_COUNTRY", "Country"),
}
RULES = [
    {"ruleName": "email", "matchingKeys": ["Email"]},
    {"ruleName": "phone", "matchingKeys": ["Phone"]},
    {"ruleName": "name and address", "matchingKeys": ["FirstName", "LastName", "Address", "Postal"]},
]
MAPPED = {"1": "u-a", "2": "u-b", "3": "u-c"}
TRUST = {"Effect": "Allow", "Principal": {"Service": "entityresolution.amazonaws.com"}, "Action": "sts:AssumeRole"}


def document(*statements: dict[str, Any]) -> str:
    """A policy of statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One side of a collaboration, with things of its own under one prefix."""

    server: Listening
    account_id: str
    name: str
    bucket: str
    role_arn: str

    def client(self, service: str) -> Any:
        """A boto3 client of the party."""
        return self.server.client(service, self.account_id)

    def table_arn(self, table: str) -> str:
        """The ARN of a table of the party's."""
        return f"arn:aws:glue:us-east-1:{self.account_id}:table/{self.name}/{table}"

    def upload(self, table: str, csv: str, file_name: str = "part-0.csv") -> None:
        """A CSV file below a table's location."""
        self.client("s3").put_object(Bucket=self.bucket, Key=f"{table}/{file_name}", Body=csv.encode())

    def add_table(self, table: str, csv: str, *, columns: Sequence[str] | None = None) -> str:
        """A Glue table over an uploaded CSV; gives its ARN."""
        self.upload(table, csv)
        listed = columns or csv.splitlines()[0].split(",")
        self.client("glue").create_table(
            DatabaseName=self.name,
            TableInput={
                "Name": table,
                "StorageDescriptor": {
                    "Columns": [{"Name": column, "Type": "string"} for column in listed],
                    "Location": f"s3://{self.bucket}/{table}/",
                    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde"},
                },
                "Parameters": {"classification": "csv", "skip.header.line.count": "1"},
            },
        )
        return self.table_arn(table)

    def add_schema(self, name: str, csv: str) -> None:
        """A schema mapping for a CSV whose first column is the unique id."""
        unique_id, *columns = csv.splitlines()[0].split(",")
        fields: list[dict[str, Any]] = [{"fieldName": unique_id, "type": "UNIQUE_ID"}]
        for column in columns:
            attribute_type, match_key = TYPES[column]
            fields.append({"fieldName": column, "type": attribute_type, "matchKey": match_key, "hashed": False})
        self.client("entityresolution").create_schema_mapping(schemaName=name, mappedInputFields=fields)

    def add_namespace(self, namespace_type: str, csv: str, **properties: Any) -> str:
        """A namespace over a new table of the same name; gives its ARN."""
        name = f"{self.name}-{namespace_type.lower()}"
        table = self.add_table(namespace_type.lower(), csv)
        self.add_schema(name, csv)
        made = self.client("entityresolution").create_id_namespace(
            idNamespaceName=name,
            type=namespace_type,
            inputSourceConfig=[{"inputSourceARN": table, "schemaName": name}],
            idMappingWorkflowProperties=[{"idMappingType": "RULE_BASED", "ruleBasedProperties": properties}],
            roleArn=self.role_arn,
        )
        return str(made["idNamespaceArn"])

    def add_source(self, csv: str = SOURCE_CSV) -> str:
        """A SOURCE that leaves the rules to the target."""
        return self.add_namespace("SOURCE", csv, ruleDefinitionTypes=["TARGET"])

    def add_target(self, csv: str = TARGET_CSV) -> str:
        """A TARGET with rules, which the advertiser may use."""
        properties = {
            "ruleDefinitionTypes": ["TARGET"],
            "rules": RULES,
            "attributeMatchingModel": "ONE_TO_ONE",
            "recordMatchingModels": ["MANY_SOURCE_TO_ONE_TARGET"],
        }
        return self.add_namespace("TARGET", csv, **properties)

    def share(self, arn: str, *, with_account: str = ADVERTISER) -> None:
        """Let another account use a namespace."""
        actions = ["entityresolution:GetIdNamespace", "entityresolution:UseIdNamespace"]
        self.client("entityresolution").add_policy_statement(
            arn=arn, statementId="share", effect="Allow", action=actions, principal=[with_account]
        )


def new_party(server: Listening, account_id: str = ADVERTISER) -> Party:
    """A party with a bucket, a database and a role that may read both."""
    name = f"{'advertiser' if account_id == ADVERTISER else 'publisher'}_{uuid4().hex[:10]}"
    bucket = name.replace("_", "-")
    server.client("s3", account_id).create_bucket(Bucket=bucket)
    server.client("glue", account_id).create_database(DatabaseInput={"Name": name})
    role_arn = new_role(server, account_id, name, reading(bucket), writing(bucket))
    return Party(server=server, account_id=account_id, name=name, bucket=bucket, role_arn=role_arn)


def two_parties(server: Listening) -> tuple[Party, Party]:
    """An advertiser and a publisher."""
    return new_party(server), new_party(server, PUBLISHER)


def new_role(server: Listening, account_id: str, name: str, *statements: dict[str, Any]) -> str:
    """A role that Entity Resolution and Clean Rooms may work as; gives its ARN."""
    iam = server.client("iam", account_id)
    clean_rooms = {**TRUST, "Principal": {"Service": "cleanrooms.amazonaws.com"}}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(TRUST, clean_rooms))["Role"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
    return str(role["Arn"])


def reading(bucket: str) -> dict[str, Any]:
    """What a role needs to read tables."""
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*", "arn:aws:glue:*:*:*"]
    return {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket", "glue:Get*"], "Resource": resources}


def writing(bucket: str) -> dict[str, Any]:
    """What a role needs to write results."""
    return {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/*"}


def until(ask: Callable[[], dict[str, Any]], ends: Sequence[str] = ("SUCCEEDED", "FAILED"), seconds: float = 60) -> Any:
    """What a job says once it has ended; asked again and again, as a user would."""
    deadline = time.monotonic() + seconds
    while True:
        said = ask()
        if said["status"] in ends:
            return said
        assert time.monotonic() < deadline, said
        time.sleep(0.1)

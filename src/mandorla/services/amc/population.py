"""A population for a publisher that has none yet: people who do not exist, in a TARGET namespace with rules to map by.

A newcomer so has somebody to match against; a real publisher brings its own tables and namespace instead.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mandorla.engines.synthetic_events import IMPRESSION_COLUMNS, write_impressions
from mandorla.engines.synthetic_people import SyntheticPeople
from mandorla.services.call import Call
from mandorla.services.cleanrooms.configured_tables import create_configured_table, create_configured_table_analysis_rule
from mandorla.services.cleanrooms.standing import SERVICE as CLEAN_ROOMS
from mandorla.services.entityresolution.id_namespaces import SERVICE as ENTITY_RESOLUTION
from mandorla.services.entityresolution.id_namespaces import create_id_namespace
from mandorla.services.entityresolution.schema_mappings import create_schema_mapping
from mandorla.services.glue.databases import create_database
from mandorla.services.glue.tables import create_table
from mandorla.services.iam.roles import create_role, put_role_policy
from mandorla.services.s3.buckets import create_bucket
from mandorla.services.s3.objects import put_object
from mandorla.store.objects.receiving import adopt
from mandorla.wire.service_models import load_service_model
from mandorla.wire.shapes import from_wire

DATABASE, ROLE, NAMESPACE = "amc", "amc-reader", "amc-target"


def set_up_population(call: Call, people: SyntheticPeople) -> str:
    """A bucket, tables, a role and a TARGET namespace of the caller's over made-up users; the namespace's ARN.

    The users (`people.target`) are a CSV file; what they saw becomes the table `dsp_impressions`, configured for queries.
    """
    bucket = f"amc-{call.account_id}"
    create_bucket(call, bucket=bucket)
    create_database(call, database_input={"name": DATABASE})
    role_arn = create_reader(call, bucket)
    columns = {field["fieldName"]: "string" for field in people.target_schema_payload["mappedInputFields"]}
    add_table(call, bucket, "users", people.target, columns)
    impressions = people.target.with_name("dsp_impressions.parquet")
    write_impressions(people.target, impressions)
    add_table(call, bucket, "dsp_impressions", impressions, IMPRESSION_COLUMNS)
    configure_table(call, "dsp_impressions", IMPRESSION_COLUMNS)
    schema = ours("CreateSchemaMapping", people.target_schema_payload)
    create_schema_mapping(call, **{**schema, "schema_name": NAMESPACE})
    made = create_id_namespace(
        call,
        id_namespace_name=NAMESPACE,
        type="TARGET",
        description="The people that this server's AMC knows.",
        input_source_config=({"input_source_arn": call.arn("glue", f"table/{DATABASE}/users"), "schema_name": NAMESPACE},),
        id_mapping_workflow_properties=(
            {
                "id_mapping_type": "RULE_BASED",
                "rule_based_properties": {
                    "rules": tuple(
                        {"rule_name": one["ruleName"], "matching_keys": tuple(one["matchingKeys"])}
                        for one in people.rules_payload
                    ),
                    "rule_definition_types": ("TARGET",),
                },
            },
        ),
        role_arn=role_arn,
    )
    return str(made["id_namespace_arn"])


def ours(operation: str, payload: Mapping[str, Any]) -> dict[str, Any]:  # Any: members of the service model
    """A payload under our names."""
    shape = load_service_model("entityresolution").operation_model(operation).input_shape
    return dict(from_wire(shape, dict(payload)))


def create_reader(call: Call, bucket: str) -> str:
    """A role that Entity Resolution and Clean Rooms read the publisher's tables as."""
    trust = {"Effect": "Allow", "Principal": {"Service": [ENTITY_RESOLUTION, CLEAN_ROOMS]}, "Action": "sts:AssumeRole"}
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*", f"arn:aws:glue:*:{call.account_id}:*"]
    reading = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket", "glue:Get*"], "Resource": resources}
    made = create_role(call, role_name=ROLE, assume_role_policy_document=document(trust))
    put_role_policy(call, role_name=ROLE, policy_name="read", policy_document=document(reading))
    return str(made["role"]["arn"])


def document(statement: Mapping[str, Any]) -> str:  # Any: JSON
    """A policy of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def add_table(call: Call, bucket: str, name: str, file: Path, columns: Mapping[str, str]) -> None:
    """A CSV or Parquet file as an object, and the Glue table over it. The file stays."""
    kind = file.suffix.removeprefix(".")
    given = file.with_name(f"{file.name}.given")
    shutil.copyfile(file, given)
    put_object(call, bucket=bucket, key=f"{name}/part-0.{kind}", body=adopt(call.contents, given))
    create_table(
        call,
        database_name=DATABASE,
        table_input={
            "name": name,
            "storage_descriptor": {
                "columns": tuple({"name": column, "type": hive_type} for column, hive_type in columns.items()),
                "location": f"s3://{bucket}/{name}/",
            },
            "parameters": {"classification": kind, **({"skip.header.line.count": "1"} if kind == "csv" else {})},
        },
    )


def configure_table(call: Call, name: str, columns: Mapping[str, str]) -> None:
    """A table that AMC brings to each of its rooms; nobody but AMC may ask about it."""
    made = create_configured_table(
        call,
        name=name,
        table_reference={"glue": {"database_name": DATABASE, "table_name": name}},
        allowed_columns=tuple(columns),
        analysis_method="DIRECT_QUERY",
    )["configured_table"]
    rule = {"allowed_analyses": ("ANY_QUERY",), "allowed_analysis_providers": (call.account_id,)}
    create_configured_table_analysis_rule(
        call,
        configured_table_identifier=made["id"],
        analysis_rule_type="CUSTOM",
        analysis_rule_policy={"v1": {"custom": rule}},
    )

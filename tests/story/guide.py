"""The guide's steps as boto3 calls, in order: what two parties do from an empty account to an answer.

Nothing here knows mandorla but the endpoint in the clients. Waiting is by asking again, as a user would.
"""

import csv
import io
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from tests.world import RULES, SOURCE_CSV, TARGET_CSV, TYPES

# A crawler takes a first line for a header only where some column below is no text, as Glue's documentation has it.
IMPRESSIONS = "user_id,campaign,impressions\nu-a,shoes,3\nu-b,shoes,1\nu-c,hats,2\nu-d,hats,5\n"
PURCHASES = "customer_user_id,product\n1,boots\n1,laces\n2,boots\n3,cap\n4,cap\n"
ASKED = """
    SELECT i.campaign, COUNT(*) AS purchases FROM impressions i
    INNER JOIN mapping m ON i.user_id = m.targetid INNER JOIN purchases p ON p.customer_user_id = m.sourceid
    GROUP BY i.campaign
"""
WORKERS = ("entityresolution.amazonaws.com", "glue.amazonaws.com", "cleanrooms.amazonaws.com")
JOB_ENDS = ("SUCCEEDED", "FAILED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """An account, as boto3 sees it. Its buckets begin with its name."""

    name: str
    account_id: str
    endpoint: str
    access_key_id: str
    secret_access_key: str

    def client(self, service: str) -> Any:
        """A client of a service."""
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.access_key_id,
            aws_secret_access_key=self.secret_access_key,
            config=Config(retries={"max_attempts": 0}),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Where the guide has led: the look at the data, the job's metrics, what the other member sees, and the answer."""

    looked_at: list[list[str]]
    metrics: dict[str, int]
    schemas: list[str]
    answer: list[list[str]]


def play(advertiser: Party, publisher: Party) -> Outcome:
    """The whole guide, once."""
    for party, tables in (
        (advertiser, {"customers": SOURCE_CSV, "purchases": PURCHASES}),
        (publisher, {"users": TARGET_CSV, "impressions": IMPRESSIONS}),
    ):
        set_up_role(party)
        upload_and_crawl(party, tables)
    looked_at = look(advertiser, "customers")
    source = add_namespace(advertiser, "SOURCE", "customers", SOURCE_CSV, ruleDefinitionTypes=["TARGET"])
    target = add_namespace(publisher, "TARGET", "users", TARGET_CSV, ruleDefinitionTypes=["TARGET"], rules=RULES)
    collaboration_id, ours, theirs = come_together(advertiser, publisher)
    associate(advertiser, ours, source)
    associate(publisher, theirs, target)
    metrics = populate(advertiser, ours, source, target)
    listed = publisher.client("cleanrooms").list_schemas(collaborationIdentifier=collaboration_id)["schemaSummaries"]
    configure(advertiser, ours, "purchases", PURCHASES, asker=advertiser.account_id)
    configure(publisher, theirs, "impressions", IMPRESSIONS, asker=advertiser.account_id)
    answer = ask(advertiser, ours, ASKED)
    return Outcome(looked_at=looked_at, metrics=metrics, schemas=[one["name"] for one in listed], answer=answer)


def until(ask_again: Callable[[], str], ends: tuple[str, ...]) -> str:
    """A status once it is one of the ends."""
    deadline = time.monotonic() + 120
    while (status := ask_again()) not in ends:
        assert time.monotonic() < deadline, status
        time.sleep(0.1)
    return status


def role_of(party: Party) -> str:
    """The ARN of the party's role."""
    return f"arn:aws:iam::{party.account_id}:role/reader"


def table_of(party: Party, table: str) -> str:
    """The ARN of a table of the party's."""
    return f"arn:aws:glue:us-east-1:{party.account_id}:table/identity/{table}"


def set_up_role(party: Party) -> None:
    """Setup tasks: a role that the services may take, and that reads the party's own data and catalogue."""
    iam = party.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": list(WORKERS)}, "Action": "sts:AssumeRole"}
    bucket = f"arn:aws:s3:::{party.name}-data"
    own_data = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation"],
        "Resource": [bucket, f"{bucket}/*"],
        "Condition": {"StringEquals": {"s3:ResourceAccount": [party.account_id]}},
    }
    catalogue = {
        "Effect": "Allow",
        "Action": ["glue:Get*", "glue:BatchGetPartition", "glue:CreateTable", "glue:UpdateTable"],
        "Resource": [f"arn:aws:glue:us-east-1:{party.account_id}:*"],
    }
    policy = iam.create_policy(PolicyName="read", PolicyDocument=policy_of(own_data, catalogue))["Policy"]
    iam.create_role(RoleName="reader", AssumeRolePolicyDocument=policy_of(trust))
    iam.attach_role_policy(RoleName="reader", PolicyArn=policy["Arn"])


def policy_of(*statements: Any) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def upload_and_crawl(party: Party, tables: dict[str, str]) -> None:
    """Steps 1 and 2: the data into S3, and a crawler that writes it into the catalogue."""
    s3, glue = party.client("s3"), party.client("glue")
    s3.create_bucket(Bucket=f"{party.name}-data")
    for name, text in tables.items():
        s3.put_object(Bucket=f"{party.name}-data", Key=f"data/{name}/{name}.csv", Body=text.encode())
    glue.create_database(DatabaseInput={"Name": "identity"})
    targets = {"S3Targets": [{"Path": f"s3://{party.name}-data/data/"}]}
    glue.create_crawler(Name="crawler", Role=role_of(party), DatabaseName="identity", Targets=targets)
    glue.start_crawler(Name="crawler")
    until(lambda: str(glue.get_crawler(Name="crawler")["Crawler"]["State"]), ("READY",))
    found = {table["Name"] for table in glue.get_tables(DatabaseName="identity")["TableList"]}
    assert found == set(tables), glue.get_crawler(Name="crawler")["Crawler"]["LastCrawl"]


def look(party: Party, table: str) -> list[list[str]]:
    """The guide's look at the data with Athena; the rows with their header."""
    athena = party.client("athena")
    party.client("s3").create_bucket(Bucket=f"{party.name}-athena")
    query_id = athena.start_query_execution(
        QueryString=f'SELECT * FROM "identity"."{table}" LIMIT 10',
        ResultConfiguration={"OutputLocation": f"s3://{party.name}-athena/"},
    )["QueryExecutionId"]

    def status() -> str:
        return str(athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]["State"])

    assert until(status, JOB_ENDS) == "SUCCEEDED"
    rows = athena.get_query_results(QueryExecutionId=query_id)["ResultSet"]["Rows"]
    return [[cell.get("VarCharValue", "") for cell in row["Data"]] for row in rows]


def add_namespace(party: Party, kind: str, table: str, text: str, **properties: Any) -> str:
    """Steps 3 and 4: the schema mapping, and the namespace over the table; gives its ARN."""
    resolution = party.client("entityresolution")
    unique_id, *columns = text.splitlines()[0].split(",")
    fields: list[dict[str, Any]] = [{"fieldName": unique_id, "type": "UNIQUE_ID"}]
    for name in columns:
        attribute_type, match_key = TYPES[name]
        fields.append({"fieldName": name, "type": attribute_type, "matchKey": match_key, "hashed": False})
    resolution.create_schema_mapping(schemaName=f"{table}-schema", mappedInputFields=fields)
    made = resolution.create_id_namespace(
        idNamespaceName=f"{table}-people",
        type=kind,
        inputSourceConfig=[{"inputSourceARN": table_of(party, table), "schemaName": f"{table}-schema"}],
        idMappingWorkflowProperties=[{"idMappingType": "RULE_BASED", "ruleBasedProperties": properties}],
        roleArn=role_of(party),
    )
    return str(made["idNamespaceArn"])


def come_together(advertiser: Party, publisher: Party) -> tuple[str, str, str]:
    """The collaboration: the publisher invites, both come in. Its id, and the memberships of advertiser and publisher."""
    invited = {"accountId": advertiser.account_id, "displayName": "advertiser"}
    made = publisher.client("cleanrooms").create_collaboration(
        name="together",
        description="Who knows whom",
        creatorDisplayName="publisher",
        creatorMemberAbilities=[],
        members=[{**invited, "memberAbilities": ["CAN_QUERY", "CAN_RECEIVE_RESULTS"]}],
        queryLogStatus="ENABLED",
    )["collaboration"]
    joined = [
        party.client("cleanrooms").create_membership(collaborationIdentifier=made["id"], queryLogStatus="ENABLED")
        for party in (advertiser, publisher)
    ]
    return made["id"], joined[0]["membership"]["id"], joined[1]["membership"]["id"]


def associate(party: Party, membership_id: str, namespace_arn: str) -> None:
    """Step 5: the namespace into the collaboration."""
    party.client("cleanrooms").create_id_namespace_association(
        membershipIdentifier=membership_id,
        name=f"{party.name}-people",
        inputReferenceConfig={"inputReferenceArn": namespace_arn, "manageResourcePolicies": True},
    )


def populate(party: Party, membership_id: str, source: str, target: str) -> dict[str, int]:
    """The workflow, the table and its job until it has succeeded; the job's metrics."""
    resolution, rooms = party.client("entityresolution"), party.client("cleanrooms")
    rules = {
        "ruleDefinitionType": "TARGET",
        "attributeMatchingModel": "MANY_TO_MANY",
        "recordMatchingModel": "MANY_SOURCE_TO_ONE_TARGET",
    }
    workflow = resolution.create_id_mapping_workflow(
        workflowName="customers-to-users",
        inputSourceConfig=[{"inputSourceARN": source, "type": "SOURCE"}, {"inputSourceARN": target, "type": "TARGET"}],
        idMappingTechniques={"idMappingType": "RULE_BASED", "ruleBasedProperties": rules},
    )
    table = rooms.create_id_mapping_table(
        membershipIdentifier=membership_id,
        name="mapping",
        inputReferenceConfig={"inputReferenceArn": workflow["workflowArn"], "manageResourcePolicies": True},
    )["idMappingTable"]
    started = rooms.populate_id_mapping_table(membershipIdentifier=membership_id, idMappingTableIdentifier=table["id"])
    job = {"workflowName": "customers-to-users", "jobId": started["idMappingJobId"].replace("-", "")}
    assert until(lambda: str(resolution.get_id_mapping_job(**job)["status"]), JOB_ENDS) == "SUCCEEDED"
    metrics: dict[str, int] = resolution.get_id_mapping_job(**job)["metrics"]
    return metrics


def configure(party: Party, membership_id: str, table: str, text: str, *, asker: str) -> None:
    """A table to ask about: configured, with a rule that lets one account ask, under its name in the collaboration."""
    rooms = party.client("cleanrooms")
    made = rooms.create_configured_table(
        name=table,
        tableReference={"glue": {"databaseName": "identity", "tableName": table}},
        allowedColumns=text.splitlines()[0].split(","),
        analysisMethod="DIRECT_QUERY",
    )["configuredTable"]
    rooms.create_configured_table_analysis_rule(
        configuredTableIdentifier=made["id"],
        analysisRuleType="CUSTOM",
        analysisRulePolicy={"v1": {"custom": {"allowedAnalyses": ["ANY_QUERY"], "allowedAnalysisProviders": [asker]}}},
    )
    rooms.create_configured_table_association(
        name=table, membershipIdentifier=membership_id, configuredTableIdentifier=made["id"], roleArn=role_of(party)
    )


def ask(party: Party, membership_id: str, sql: str) -> list[list[str]]:
    """A protected query to its end; its answer's rows, read from the asker's own bucket."""
    rooms, s3 = party.client("cleanrooms"), party.client("s3")
    s3.create_bucket(Bucket=f"{party.name}-results")
    query_id = rooms.start_protected_query(
        type="SQL",
        membershipIdentifier=membership_id,
        sqlParameters={"queryString": sql},
        resultConfiguration={
            "outputConfiguration": {"s3": {"resultFormat": "CSV", "bucket": f"{party.name}-results", "keyPrefix": "q"}}
        },
    )["protectedQuery"]["id"]

    def query() -> Any:
        found = rooms.get_protected_query(membershipIdentifier=membership_id, protectedQueryIdentifier=query_id)
        return found["protectedQuery"]

    assert until(lambda: str(query()["status"]), ("SUCCESS", "FAILED")) == "SUCCESS", query()
    bucket, _, folder = query()["result"]["output"]["s3"]["location"].removeprefix("s3://").partition("/")
    body = s3.get_object(Bucket=bucket, Key=f"{folder}/part-0.csv")["Body"].read().decode()
    _, *rows = csv.reader(io.StringIO(body))
    return sorted(rows)

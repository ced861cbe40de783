"""The guide from its first step to a populated mapping table and beyond, as commands of the stock `aws`.

Two accounts, one server. The advertiser prepares a role, uploads and crawls its identity data, looks at it, describes it,
wraps it in a SOURCE namespace and brings it to a collaboration; the publisher brings its TARGET. A workflow maps one to the
other into a table, and a protected query is asked through it. The payloads are the guide's, mended where they are broken.
"""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest

from tests.story.guide import ASKED, IMPRESSIONS, PURCHASES
from tests.story.serving import Program, Shell, serving
from tests.world import RULES, SOURCE_CSV, TARGET_CSV, TYPES

ADVERTISER, PUBLISHER = "111122223333", "444455556666"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "AssumeRolePolicy",
            "Effect": "Allow",
            "Principal": {"Service": ["entityresolution.amazonaws.com", "glue.amazonaws.com", "cleanrooms.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The server."""
    with serving(tmp_path_factory.mktemp("story") / "data") as running:
        yield running


def permissions(bucket: str, account_id: str) -> Any:
    """The guide's role permissions, and what a crawler needs beside them."""
    own = {"StringEquals": {"s3:ResourceAccount": [account_id]}}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Sid": "S3InputPermissions",
                "Action": ["s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation"],
                "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
                "Condition": own,
            },
            {
                "Effect": "Allow",
                "Sid": "GluePermissions",
                "Action": ["glue:Get*", "glue:BatchGetPartition", "glue:CreateTable", "glue:UpdateTable"],
                "Resource": [f"arn:aws:glue:us-east-1:{account_id}:*"],
            },
        ],
    }


def set_up_role(party: Shell, bucket: str) -> str:
    """Setup tasks: the pass role; gives its ARN."""
    made = party.aws(
        "iam", "create-policy", "--policy-name", "read",
        "--policy-document", party.file("permissions.json", permissions(bucket, party.account_id)),
    )  # fmt: skip
    role = party.aws(
        "iam", "create-role", "--role-name", "reader",
        "--assume-role-policy-document", party.file("trust.json", TRUST),
    )["Role"]  # fmt: skip
    party.aws("iam", "attach-role-policy", "--role-name", "reader", "--policy-arn", made["Policy"]["Arn"])
    return str(role["Arn"])


def upload_and_crawl(party: Shell, bucket: str, tables: dict[str, str], role_arn: str) -> None:
    """Steps 1 and 2: the data into S3, and a crawler that writes it into the catalogue."""
    party.aws("s3", "mb", f"s3://{bucket}")
    for name, text in tables.items():
        party.aws("s3", "cp", party.file(f"{name}.csv", text).removeprefix("file://"), f"s3://{bucket}/data/{name}/")
    party.aws("glue", "create-database", "--database-input", "Name=identity")
    targets = party.file("targets.json", {"S3Targets": [{"Path": f"s3://{bucket}/data/"}]})
    party.aws(
        "glue", "create-crawler", "--name", "crawler", "--role", role_arn, "--database-name", "identity",
        "--targets", targets,
    )  # fmt: skip
    party.aws("glue", "start-crawler", "--name", "crawler")
    crawled = party.until("glue", "get-crawler", "--name", "crawler", at="Crawler.State", ends=("READY",))
    assert crawled["Crawler"]["LastCrawl"]["Status"] == "SUCCEEDED", crawled
    found = party.aws("glue", "get-tables", "--database-name", "identity")["TableList"]
    assert sorted(table["Name"] for table in found) == sorted(tables)


def look(party: Shell, bucket: str, table: str) -> list[list[str]]:
    """The guide's look at the data with Athena; the rows with their header."""
    party.aws("s3", "mb", f"s3://{bucket}-athena")
    started = party.aws(
        "athena", "start-query-execution", "--query-string", f'SELECT * FROM "identity"."{table}" limit 10',
        "--result-configuration", f"OutputLocation=s3://{bucket}-athena/",
    )  # fmt: skip
    query = ("--query-execution-id", started["QueryExecutionId"])
    ended = party.until("athena", "get-query-execution", *query, at="QueryExecution.Status.State", ends=("SUCCEEDED", "FAILED"))
    assert ended["QueryExecution"]["Status"]["State"] == "SUCCEEDED", ended
    rows = party.aws("athena", "get-query-results", *query)["ResultSet"]["Rows"]
    return [[cell.get("VarCharValue", "") for cell in row["Data"]] for row in rows]


def add_namespace(party: Shell, kind: str, table: str, text: str, role_arn: str, **properties: Any) -> str:
    """Steps 3 and 4: the schema mapping, and the namespace over the table; gives its ARN."""
    unique_id, *columns = text.splitlines()[0].split(",")
    fields: list[dict[str, Any]] = [{"fieldName": unique_id, "type": "UNIQUE_ID"}]
    fields += [{"fieldName": name, "type": TYPES[name][0], "matchKey": TYPES[name][1], "hashed": False} for name in columns]
    schema = {"schemaName": f"{kind.lower()}-schema", "mappedInputFields": fields}
    party.aws("entityresolution", "create-schema-mapping", "--cli-input-json", party.file("schema.json", schema))
    namespace = {
        "idNamespaceName": f"{kind.lower()}-people",
        "type": kind,
        "inputSourceConfig": [
            {
                "inputSourceARN": f"arn:aws:glue:us-east-1:{party.account_id}:table/identity/{table}",
                "schemaName": schema["schemaName"],
            }
        ],
        "idMappingWorkflowProperties": [{"idMappingType": "RULE_BASED", "ruleBasedProperties": properties}],
        "roleArn": role_arn,
    }
    made = party.aws("entityresolution", "create-id-namespace", "--cli-input-json", party.file("namespace.json", namespace))
    return str(made["idNamespaceArn"])


def associate(party: Shell, membership_id: str, name: str, namespace_arn: str) -> None:
    """Step 5: the namespace into the collaboration."""
    reference = {"inputReferenceArn": namespace_arn, "manageResourcePolicies": True}
    party.aws(
        "cleanrooms", "create-id-namespace-association", "--membership-identifier", membership_id, "--name", name,
        "--input-reference-config", party.file("reference.json", reference),
    )  # fmt: skip


def configure(party: Shell, membership_id: str, table: str, text: str, role_arn: str) -> None:
    """A table to ask about: configured, with a rule, under its name in the collaboration."""
    reference = {"glue": {"databaseName": "identity", "tableName": table}}
    made = party.aws(
        "cleanrooms", "create-configured-table", "--name", table, "--analysis-method", "DIRECT_QUERY",
        "--table-reference", party.file("table.json", reference),
        "--allowed-columns", *text.splitlines()[0].split(","),
    )["configuredTable"]  # fmt: skip
    rule = {"v1": {"custom": {"allowedAnalyses": ["ANY_QUERY"], "allowedAnalysisProviders": [ADVERTISER]}}}
    party.aws(
        "cleanrooms", "create-configured-table-analysis-rule", "--configured-table-identifier", made["id"],
        "--analysis-rule-type", "CUSTOM", "--analysis-rule-policy", party.file("rule.json", rule),
    )  # fmt: skip
    party.aws(
        "cleanrooms", "create-configured-table-association", "--name", table, "--membership-identifier", membership_id,
        "--configured-table-identifier", made["id"], "--role-arn", role_arn,
    )  # fmt: skip


def come_together(advertiser: Shell, publisher: Shell) -> tuple[str, str, str]:
    """The collaboration: the publisher invites, both come in. Its id, and the memberships of advertiser and publisher."""
    member = {
        "accountId": ADVERTISER,
        "displayName": "advertiser",
        "memberAbilities": ["CAN_QUERY", "CAN_RECEIVE_RESULTS"],
    }
    made = publisher.aws(
        "cleanrooms", "create-collaboration", "--name", "together", "--creator-display-name", "publisher",
        "--members", publisher.file("members.json", [member]), "--creator-member-abilities", "[]",
        "--query-log-status", "ENABLED",
    )["collaboration"]  # fmt: skip
    [invited] = advertiser.aws("cleanrooms", "list-collaborations", "--member-status", "INVITED")["collaborationList"]
    assert invited["id"] == made["id"]
    joined = [
        party.aws("cleanrooms", "create-membership", "--collaboration-identifier", made["id"], "--query-log-status", "ENABLED")[
            "membership"
        ]["id"]
        for party in (advertiser, publisher)
    ]
    return made["id"], joined[0], joined[1]


def test_the_guide(program: Program) -> None:
    advertiser, publisher = program.party("advertiser", ADVERTISER), program.party("publisher", PUBLISHER)
    roles = {party.name: set_up_role(party, f"{party.name}-data") for party in (advertiser, publisher)}
    upload_and_crawl(advertiser, "advertiser-data", {"customers": SOURCE_CSV, "purchases": PURCHASES}, roles["advertiser"])
    upload_and_crawl(publisher, "publisher-data", {"users": TARGET_CSV, "impressions": IMPRESSIONS}, roles["publisher"])
    header, *rows = look(advertiser, "advertiser-data", "customers")
    assert (header, len(rows)) == (SOURCE_CSV.splitlines()[0].split(","), 4)

    source = add_namespace(advertiser, "SOURCE", "customers", SOURCE_CSV, roles["advertiser"], ruleDefinitionTypes=["TARGET"])
    target = add_namespace(
        publisher, "TARGET", "users", TARGET_CSV, roles["publisher"], ruleDefinitionTypes=["TARGET"], rules=RULES
    )
    collaboration_id, ours, theirs = come_together(advertiser, publisher)
    associate(advertiser, ours, "our people", source)
    associate(publisher, theirs, "their people", target)
    seen = advertiser.aws(
        "cleanrooms", "list-collaboration-id-namespace-associations", "--collaboration-identifier", collaboration_id
    )["collaborationIdNamespaceAssociationSummaries"]
    theirs_arn = next(one for one in seen if one["creatorAccountId"] == PUBLISHER)["inputReferenceConfig"]["inputReferenceArn"]

    table_id = populate(advertiser, ours, source, theirs_arn)
    schemas = publisher.aws("cleanrooms", "list-schemas", "--collaboration-identifier", collaboration_id)
    assert [one["name"] for one in schemas["schemaSummaries"]] == ["mapping"]
    ask_and_read(advertiser, publisher, ours, theirs, roles)

    place = ("--membership-identifier", ours, "--id-mapping-table-identifier", table_id)
    advertiser.aws("cleanrooms", "delete-id-mapping-table", *place)
    assert "ResourceNotFoundException" in advertiser.refused("cleanrooms", "get-id-mapping-table", *place)


def populate(party: Shell, membership_id: str, source: str, target: str) -> str:
    """The workflow, the table and its job until it has succeeded; the table's id."""
    workflow = {
        "workflowName": "customers-to-users",
        "inputSourceConfig": [
            {"inputSourceARN": source, "type": "SOURCE"},
            {"inputSourceARN": target, "type": "TARGET"},
        ],
        "idMappingTechniques": {
            "idMappingType": "RULE_BASED",
            "ruleBasedProperties": {
                "ruleDefinitionType": "TARGET",
                "attributeMatchingModel": "MANY_TO_MANY",
                "recordMatchingModel": "MANY_SOURCE_TO_ONE_TARGET",
            },
        },
    }
    made = party.aws(
        "entityresolution", "create-id-mapping-workflow", "--cli-input-json", party.file("workflow.json", workflow)
    )
    reference = {"inputReferenceArn": made["workflowArn"], "manageResourcePolicies": True}
    table = party.aws(
        "cleanrooms", "create-id-mapping-table", "--membership-identifier", membership_id, "--name", "mapping",
        "--input-reference-config", party.file("table-reference.json", reference),
    )["idMappingTable"]  # fmt: skip
    started = party.aws(
        "cleanrooms", "populate-id-mapping-table", "--membership-identifier", membership_id,
        "--id-mapping-table-identifier", table["id"],
    )  # fmt: skip
    job = party.until(
        "entityresolution", "get-id-mapping-job", "--workflow-name", "customers-to-users",
        "--job-id", started["idMappingJobId"].replace("-", ""), at="status", ends=("SUCCEEDED", "FAILED"),
    )  # fmt: skip
    assert job["status"] == "SUCCEEDED", job
    assert (job["metrics"]["inputRecords"], job["metrics"]["totalMappedSourceRecords"]) == (8, 3)
    return str(table["id"])


def ask_and_read(advertiser: Shell, publisher: Shell, ours: str, theirs: str, roles: dict[str, str]) -> None:
    """A question through the mapping table, and its answer in the advertiser's bucket; another question is refused."""
    configure(advertiser, ours, "purchases", PURCHASES, roles["advertiser"])
    configure(publisher, theirs, "impressions", IMPRESSIONS, roles["publisher"])
    advertiser.aws("s3", "mb", "s3://advertiser-results")
    output = {"outputConfiguration": {"s3": {"resultFormat": "CSV", "bucket": "advertiser-results", "keyPrefix": "q"}}}

    def question(sql: str) -> tuple[str, ...]:
        return (
            "cleanrooms", "start-protected-query", "--type", "SQL", "--membership-identifier", ours,
            "--sql-parameters", advertiser.file("sql.json", {"queryString": sql}),
            "--result-configuration", advertiser.file("output.json", output),
        )  # fmt: skip

    started = advertiser.aws(*question(ASKED))["protectedQuery"]
    place = ("--membership-identifier", ours, "--protected-query-identifier", started["id"])
    ended = advertiser.until(
        "cleanrooms", "get-protected-query", *place, at="protectedQuery.status", ends=("SUCCESS", "FAILED")
    )["protectedQuery"]
    assert ended["status"] == "SUCCESS", ended
    location = ended["result"]["output"]["s3"]["location"]
    body = advertiser.aws("s3", "cp", f"{location}/part-0.csv", "-")
    _, *rows = csv.reader(io.StringIO(body))
    assert sorted(rows) == [["hats", "1"], ["shoes", "3"]]
    said = advertiser.refused(*question("SELECT sourceid, targetid FROM mapping"))
    assert "ValidationException" in said

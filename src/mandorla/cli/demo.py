"""mandorla demo: the guide from files to answers, two accounts and a server, on people who do not exist."""

import csv
import io
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Annotated, Any

import typer
from rich.table import Table

from mandorla.cli.amc import call_as
from mandorla.cli.demo_room import Amc, Aws, amc_of, waited_for
from mandorla.cli.match_tables import print_result
from mandorla.cli.output import console, progress
from mandorla.domain.account import Account
from mandorla.domain.errors import MandorlaError
from mandorla.engines.synthetic_events import PURCHASE_COLUMNS, write_purchases
from mandorla.engines.synthetic_people import SyntheticPeople, write_people
from mandorla.jobs.file_matching import match
from mandorla.prepare.file_preparation import prepare
from mandorla.server.listening import serving
from mandorla.server.parts import Parts, open_parts
from mandorla.server.settings import Settings
from mandorla.services.amc.login import UNITED_STATES, client_secret_of, create_client, refresh_token_of
from mandorla.services.amc.population import set_up_population
from mandorla.services.amc.publisher import choose_publisher
from mandorla.store.accounts import create_account, derive_secret
from mandorla.store.database import transaction
from mandorla.store.records import Records

ROWS, SEED = 20_000, 7
DATA, RESULTS = "customer-data", "customer-results"
GOING_ON = ("QUEUED", "RUNNING", "PENDING")
QUERIES = {
    "Reach and purchases by campaign": """
        SELECT i.campaign, COUNT(DISTINCT i.user_id) AS reach, SUM(p.productquantity) AS units
        FROM dsp_impressions i INNER JOIN purchases p ON i.user_id = p.user_id
        WHERE p.eventtype = 'purchase' GROUP BY i.campaign""",
    "People whom both know, by state": """
        SELECT i.state, COUNT(DISTINCT i.user_id) AS people
        FROM dsp_impressions i INNER JOIN purchases p ON i.user_id = p.user_id GROUP BY i.state""",
    "Who they are": "SELECT user_id, COUNT(1) AS purchases FROM purchases GROUP BY user_id",
}

# Any: documents of the APIs.

HELP = """The guide from files to answers on made-up people: an advertiser with 20,000 customers, a publisher with 20,000 users.

Example: mandorla demo --data demo-output --keep
"""


def command(
    data: Annotated[Path | None, typer.Option(help="Where the demo works; a temporary folder if not given.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the server up at the end, until Ctrl-C.")] = False,
) -> None:
    """Run the demo and print what it did."""
    with tempfile.TemporaryDirectory(prefix="mandorla-demo-") as temporary:
        folder = data or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        run(folder, keep=keep)


command.__doc__ = HELP


def run(folder: Path, *, keep: bool) -> None:
    """Files, a server, and the steps of the guide through its APIs."""
    if (folder / "server").exists():
        raise MandorlaError(f"{folder} holds a demo already. Name another folder with --data, or remove it.")
    say(f"1. Made-up people: {ROWS:,} customers of an advertiser, {ROWS:,} users of a publisher (seed {SEED}).")
    people = write_people(folder / "people", source_rows=ROWS, target_rows=ROWS, seed=SEED, file_format="csv")
    write_purchases(people.source, folder / "purchases.csv", seed=SEED)
    parts = open_parts(Settings(data=folder / "server"))
    with transaction(parts.database, writes=True) as connection:
        publisher, _ = create_account(Records(connection), name="amc", account_id=None, now=parts.clock())
        choose_publisher(Records(connection), publisher.account_id)
        set_up_population(call_as(parts, connection, publisher), people)
    with server_of(parts) as endpoint:
        say(f"2. A server on {endpoint} and two accounts: {publisher.account_id} is AMC, the publisher.")
        aws, amc, account = customer_of(parts, endpoint)
        say(f"   {account.account_id} is the advertiser, with a client for AMC.")
        steps(folder, people, aws, amc)
        if keep:
            say(f"The server stays up on {endpoint}, its data is in {folder / 'server'}. End it with Ctrl-C.")
            wait_for_interrupt()


def say(text: str) -> None:
    """A line for people."""
    console().print(text, markup=False, soft_wrap=True)


@contextmanager
def server_of(parts: Parts) -> Iterator[str]:
    """A server with its worker on a free port, until the block ends; gives its address."""
    with serving(parts, port=0, log=parts.settings.data_folder / "worker.log") as port:
        yield f"http://{parts.settings.host}:{port}"


def customer_of(parts: Parts, endpoint: str) -> tuple[Aws, Amc, Account]:
    """The advertiser's account, as clients of both kinds of API."""
    with transaction(parts.database, writes=True) as connection:
        records = Records(connection)
        account, key = create_account(records, name="advertiser", account_id=None, now=parts.clock())
        client, ads = create_client(
            records,
            account_id=account.account_id,
            name="advertiser",
            amc_account_id=None,
            marketplace_id=UNITED_STATES,
            now=parts.clock(),
        )
    aws = Aws(endpoint, key.access_key_id, derive_secret(parts.server_key, key.access_key_id))
    amc = amc_of(
        endpoint,
        client_id=client.client_id,
        client_secret=client_secret_of(parts.server_key, client.client_id),
        refresh_token=refresh_token_of(parts.server_key, client.client_id),
    )
    headers = {
        "Amazon-Advertising-API-AdvertiserId": ads.amc_account_id,
        "Amazon-Advertising-API-MarketplaceId": ads.marketplace_id,
    }
    return aws, Amc(endpoint, {**amc.headers, **headers}), account


def steps(folder: Path, people: SyntheticPeople, aws: Aws, amc: Amc) -> None:
    """The guide's steps, each said before it is done."""
    say("3. prepare --hash: the customers are normalized and hashed; a schema mapping and a Glue table are written beside.")
    with progress(shown=True) as report:
        prepared = prepare(people.source, schema=people.source_schema, output=folder / "prepared", hash=True, progress=report)
    [location] = prepared.locations
    say("   Rehearsed offline with `mandorla match`, the rules find:")
    with progress(shown=True) as report:
        rehearsed = match(
            location.data,
            location.schema_payload,
            people.target,
            people.target_schema,
            people.rules,
            folder / "mapping.parquet",
            progress=report,
        )
    print_result(rehearsed, explained=False)
    say("4. Upload to S3, catalogue in Glue, and a crawler that finds the purchases' columns.")
    role_arn = upload(aws, Path(location.data), Path(location.glue_table), folder / "purchases.csv")
    say(f"   A look with Athena: {first_line(look(aws))}")
    say("5. An AMC instance with a collaboration; the advertiser accepts, and brings a SOURCE namespace and its purchases.")
    instance_id, membership_id = room_of(aws, amc)
    namespace_arn = bring_identity(aws, membership_id, Path(location.schema_payload), location.table_name, role_arn)
    bring_purchases(aws, membership_id, role_arn)
    say("6. An ID mapping table: customers are mapped to the publisher's users by the publisher's rules, in order.")
    show_metrics(map_people(amc, instance_id, namespace_arn), rehearsed.source.unique_records)
    for title, sql in QUERIES.items():
        ask(aws, amc, instance_id, title, sql)


def upload(aws: Aws, identity: Path, glue_table: Path, purchases: Path) -> str:
    """Buckets, files, the catalogue and a role that reads them; the role's ARN."""
    s3, glue, iam = aws.client("s3"), aws.client("glue"), aws.client("iam")
    for bucket in (DATA, RESULTS):
        s3.create_bucket(Bucket=bucket)
    for file in sorted(identity.iterdir()) if identity.is_dir() else [identity]:
        s3.put_object(Bucket=DATA, Key=f"identity/{file.name}", Body=file.read_bytes())
    s3.put_object(Bucket=DATA, Key="purchases/part-0.csv", Body=purchases.read_bytes())
    trust = statement(
        {
            "Effect": "Allow",
            "Principal": {"Service": [f"{name}.amazonaws.com" for name in ("glue", "entityresolution", "cleanrooms")]},
            "Action": "sts:AssumeRole",
        }
    )
    role_arn = str(iam.create_role(RoleName="reader", AssumeRolePolicyDocument=trust)["Role"]["Arn"])
    actions = ["s3:GetObject", "s3:ListBucket", "glue:Get*", "glue:CreateTable", "glue:UpdateTable"]
    allowed = statement({"Effect": "Allow", "Action": actions, "Resource": "*"})
    iam.put_role_policy(RoleName="reader", PolicyName="read", PolicyDocument=allowed)
    glue.create_database(DatabaseInput={"Name": "customers"})
    table = json.loads(glue_table.read_text(encoding="utf-8"))
    table["StorageDescriptor"]["Location"] = f"s3://{DATA}/identity/"
    glue.create_table(DatabaseName="customers", TableInput=table)
    target = {"S3Targets": [{"Path": f"s3://{DATA}/purchases/"}]}
    glue.create_crawler(Name="purchases", Role=role_arn, DatabaseName="customers", Targets=target)
    glue.start_crawler(Name="purchases")
    waited_for(lambda: glue.get_crawler(Name="purchases")["Crawler"], at="State", going_on=("RUNNING", "STOPPING"))
    return role_arn


def statement(content: Mapping[str, Any]) -> str:
    """A policy of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [content]})


def look(aws: Aws) -> list[list[str]]:
    """The first rows of the purchases, with their header."""
    athena = aws.client("athena")
    started = athena.start_query_execution(
        QueryString='SELECT * FROM "customers"."purchases" LIMIT 10',
        ResultConfiguration={"OutputLocation": f"s3://{RESULTS}/athena/"},
    )
    name = {"QueryExecutionId": started["QueryExecutionId"]}
    waited_for(
        lambda: athena.get_query_execution(**name)["QueryExecution"]["Status"], at="State", going_on=("QUEUED", "RUNNING")
    )
    rows = athena.get_query_results(**name)["ResultSet"]["Rows"]
    return [[cell.get("VarCharValue", "") for cell in row["Data"]] for row in rows]


def first_line(rows: list[list[str]]) -> str:
    """How many rows there are, and their columns."""
    return f"{len(rows) - 1} rows of {', '.join(rows[0])}"


def room_of(aws: Aws, amc: Amc) -> tuple[str, str]:
    """An instance whose collaboration the advertiser has accepted; the ids of instance and membership."""
    made = amc.call("POST", "/amc/instances", {"instanceName": "demo", "acrBacked": True})["instance"]
    collaboration = amc.call("GET", f"/amc/instances/{made['instanceId']}/collaboration")["collaboration"]
    output = {"s3": {"resultFormat": "CSV", "bucket": RESULTS, "keyPrefix": "amc"}}
    joined = aws.client("cleanrooms").create_membership(
        collaborationIdentifier=collaboration["id"],
        queryLogStatus="ENABLED",
        defaultResultConfiguration={"outputConfiguration": output},
    )["membership"]
    return made["instanceId"], joined["id"]


def bring_identity(aws: Aws, membership_id: str, schema: Path, table_name: str, role_arn: str) -> str:
    """Schema mapping, SOURCE namespace and association; the namespace's ARN."""
    resolution = aws.client("entityresolution")
    payload = json.loads(schema.read_text(encoding="utf-8"))
    resolution.create_schema_mapping(**payload)
    account_id = aws.client("sts").get_caller_identity()["Account"]
    table = f"arn:aws:glue:us-east-1:{account_id}:table/customers/{table_name}"
    namespace = resolution.create_id_namespace(
        idNamespaceName="customers",
        type="SOURCE",
        inputSourceConfig=[{"inputSourceARN": table, "schemaName": payload["schemaName"]}],
        idMappingWorkflowProperties=[
            {"idMappingType": "RULE_BASED", "ruleBasedProperties": {"ruleDefinitionTypes": ["TARGET"]}}
        ],
        roleArn=role_arn,
    )
    aws.client("cleanrooms").create_id_namespace_association(
        membershipIdentifier=membership_id,
        name="customers",
        inputReferenceConfig={"inputReferenceArn": namespace["idNamespaceArn"], "manageResourcePolicies": True},
    )
    return str(namespace["idNamespaceArn"])


def bring_purchases(aws: Aws, membership_id: str, role_arn: str) -> None:
    """The purchases as an event table that AMC may query."""
    rooms = aws.client("cleanrooms")
    table = rooms.create_configured_table(
        name="purchases",
        tableReference={"glue": {"databaseName": "customers", "tableName": "purchases"}},
        allowedColumns=list(PURCHASE_COLUMNS),
        analysisMethod="DIRECT_QUERY",
    )["configuredTable"]
    # AMC's accounts as its guide prints them; on this server they mean the publisher's.
    rule = {"allowedAnalyses": ["ANY_QUERY"], "allowedAnalysisProviders": ["657425294073", "813176346477"]}
    rooms.create_configured_table_analysis_rule(
        configuredTableIdentifier=table["id"], analysisRuleType="CUSTOM", analysisRulePolicy={"v1": {"custom": rule}}
    )
    rooms.create_configured_table_association(
        membershipIdentifier=membership_id, name="purchases", configuredTableIdentifier=table["id"], roleArn=role_arn
    )


def map_people(amc: Amc, instance_id: str, namespace_arn: str) -> Mapping[str, Any]:
    """The mapping table's first job at its end, and a refresh that comes too early."""
    path = f"/amc/instances/{instance_id}/collaboration/idmappingtables"
    made = amc.call("POST", path, {"idMappingTableName": "customers", "sourceIdNamespaceArn": namespace_arn})
    job = f"{path}/{made['idMappingTable']['id']}/jobs/{made['idMappingWorkflowJobId']}"
    ended = waited_for(lambda: amc.call("GET", job)["idMappingJob"], at="status", going_on=GOING_ON)
    if ended["status"] != "SUCCEEDED":
        raise MandorlaError(f"The ID mapping job failed: {ended.get('errorDetails')}")
    try:
        amc.call("POST", f"{path}/{made['idMappingTable']['id']}/refresh")
    except MandorlaError as error:
        say(f"   A refresh now is refused: {error.message}")
    return ended


def show_metrics(job: Mapping[str, Any], customers: int) -> None:
    """The job's metrics, and what they come to."""
    metrics = job["metrics"]
    table = Table()
    table.add_column("metric")
    table.add_column("count", justify="right")
    for name, count in metrics.items():
        table.add_row(name, f"{count:,}")
    console().print(table)
    mapped = metrics["totalMappedSourceRecords"]
    say(f"   {mapped:,} of {customers:,} customers ({mapped / customers:.1%}) are mapped to a user of the publisher's.")


def ask(aws: Aws, amc: Amc, instance_id: str, title: str, sql: str) -> None:
    """A question through AMC, and its answer or why there is none."""
    path = f"/amc/reporting/{instance_id}/workflowExecutions"
    made = amc.call("POST", path, {"workflow": {"sqlQuery": sql}, "timeWindowType": "ALL"})
    one = f"{path}/{made['workflowExecutionId']}"
    ended = waited_for(lambda: amc.call("GET", one), at="status", going_on=GOING_ON)
    if ended["status"] != "SUCCEEDED":
        say(f"7. {title}: refused. {ended['statusReason']}")
        return
    bucket, _, folder = ended["outputS3URI"].removeprefix("s3://").partition("/")
    body = aws.client("s3").get_object(Bucket=bucket, Key=f"{folder}/part-0.csv")["Body"].read().decode()
    header, *rows = csv.reader(io.StringIO(body))
    say(f"7. {title}: {len(rows)} rows. Groups of fewer people than the thresholds ask for are left out.")
    table = Table()
    for name in header:
        table.add_column(name, justify="right" if name not in ("campaign", "state") else "left")
    for row in sorted(rows, key=lambda cells: -int(float(cells[1])))[:10]:
        table.add_row(*row)
    console().print(table)


def wait_for_interrupt() -> None:
    """Until Ctrl-C."""
    try:
        Event().wait()
    except KeyboardInterrupt:
        return

"""The calls of public clients, each step held to what it says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.listening import ADVERTISER, PUBLISHER, Listening, listening
from tests.wire_cases import play, read_case
from tests.world import new_role, reading, writing

# What the cases take for granted: tables of the advertiser's catalogue by their columns, and roles.
TABLES = {
    ("identity_db", "sampleidentity"): (
        "customerid firstname lastname email phone address city state zip country maid liverampid experianid merkleid"
    ),
    ("entity_resolution_db", "jsongluetable"): "id name email",
    ("entity_resolution_db", "csvgluetable"): "id name email phone",
    ("tf_db", "tf_table"): "my_column_1 my_column_2 my_column_3 my_column_4",
    ("events_db", "sampleevent"): "customer_user_id eventtime eventtype productid productquantity totalcost",
}
ROLES = ("source-namespace-role", "er-role", "event-table-role")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Iterator[Listening]:
    """A server with what the cases take for granted, on each kind of database."""
    with listening(tmp_path_factory.mktemp("server"), database=database_url) as running:
        running.client("s3").create_bucket(Bucket="cases")
        glue = running.client("glue")
        for database in sorted({database for database, _ in TABLES}):
            glue.create_database(DatabaseInput={"Name": database})
        for (database, table), columns in TABLES.items():
            listed = [{"Name": column, "Type": "string"} for column in columns.split()]
            descriptor = {"Columns": listed, "Location": f"s3://cases/{table}/"}
            parameters = {"classification": "csv", "skip.header.line.count": "1"}
            table_input = {"Name": table, "StorageDescriptor": descriptor, "Parameters": parameters}
            glue.create_table(DatabaseName=database, TableInput=table_input)
        for role in ROLES:
            new_role(running, ADVERTISER, role, reading("cases"), writing("cases"))
        yield running


def collaboration_of(server: Listening) -> dict[str, Any]:
    """A collaboration that the advertiser has accepted."""
    amc, advertiser = server.client("cleanrooms", PUBLISHER), server.client("cleanrooms")
    made = amc.create_collaboration(
        name="instance",
        creatorDisplayName="AMC",
        creatorMemberAbilities=["CAN_QUERY"],
        queryLogStatus="DISABLED",
        members=[{"accountId": ADVERTISER, "displayName": "advertiser", "memberAbilities": ["CAN_RECEIVE_RESULTS"]}],
    )["collaboration"]
    amc.create_membership(collaborationIdentifier=made["id"], queryLogStatus="DISABLED")
    joined = advertiser.create_membership(collaborationIdentifier=made["id"], queryLogStatus="DISABLED")
    return {"collaborationId": made["id"], "membershipId": joined["membership"]["id"]}


@pytest.mark.parametrize(
    "name",
    [
        "guide_er_and_clean_rooms",
        "guide_payload_defects",
        "aws_sdk_er_basics",
        "terraform_collaboration",
        "terraform_configured_table",
        "amc_event_table",
    ],
)
def test_every_step_gets_what_it_expects(cases: Path, server: Listening, name: str) -> None:
    play(server, read_case(cases / "wire" / f"{name}.json"), **collaboration_of(server))

"""Tables to ask about, and questions that wait for their answers."""

import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.listening import ADVERTISER, Listening

OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """An account with a bucket and a database of the same name; `athena` may be a client that works as a role."""

    server: Listening
    name: str
    account_id: str
    athena: Any

    def client(self, service: str) -> Any:
        """A client of the account's own."""
        return self.server.client(service, self.account_id)

    def add_table(
        self,
        table: str,
        body: str | bytes,
        columns: dict[str, str],
        *,
        parameters: dict[str, str] | None = None,
        **members: Any,
    ) -> None:
        """A table over one object."""
        data = body.encode() if isinstance(body, str) else body
        self.client("s3").put_object(Bucket=self.name, Key=f"{table}/part-0", Body=data)
        descriptor = {
            "Columns": [{"Name": name, "Type": kind} for name, kind in columns.items()],
            "Location": f"s3://{self.name}/{table}/",
            "SerdeInfo": {"SerializationLibrary": OPEN_CSV},
            **members.pop("StorageDescriptor", {}),
        }
        given = {"classification": "csv", "skip.header.line.count": "1"} if parameters is None else parameters
        self.client("glue").create_table(
            DatabaseName=self.name,
            TableInput={"Name": table, "StorageDescriptor": descriptor, "Parameters": given, **members},
        )

    def start(self, sql: str, **members: Any) -> str:
        """Begin a query; gives its id."""
        given = {
            "QueryExecutionContext": {"Database": self.name},
            "ResultConfiguration": {"OutputLocation": f"s3://{self.name}/results/"},
            **members,
        }
        return str(self.athena.start_query_execution(QueryString=sql, **given)["QueryExecutionId"])

    def ended(self, query_id: str) -> dict[str, Any]:
        """The query when it has ended."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = self.athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
            if found["Status"]["State"] not in ("QUEUED", "RUNNING"):
                return dict(found)
            time.sleep(0.02)
        raise AssertionError("The query did not end.")

    def ask(self, sql: str, **members: Any) -> list[list[str | None]]:
        """The rows of a query that must succeed, the header first."""
        query_id = self.start(sql, **members)
        status = self.ended(query_id)["Status"]
        assert status["State"] == "SUCCEEDED", status
        return rows_of(self.athena.get_query_results(QueryExecutionId=query_id))

    def failure(self, sql: str, **members: Any) -> str:
        """Why a query failed, or was refused."""
        try:
            query_id = self.start(sql, **members)
        except self.athena.exceptions.InvalidRequestException as error:
            return str(error)
        status = self.ended(query_id)["Status"]
        assert status["State"] == "FAILED", status
        return str(status["StateChangeReason"])


def rows_of(results: dict[str, Any]) -> list[list[str | None]]:
    """The rows of a page."""
    return [[datum.get("VarCharValue") for datum in row["Data"]] for row in results["ResultSet"]["Rows"]]


def new_asker(server: Listening, account_id: str = ADVERTISER) -> Asker:
    """An account's place that no other test uses."""
    name = f"asker-{uuid4().hex[:16]}"
    server.client("s3", account_id).create_bucket(Bucket=name)
    server.client("glue", account_id).create_database(DatabaseInput={"Name": name})
    return Asker(server=server, name=name, account_id=account_id, athena=server.client("athena", account_id))

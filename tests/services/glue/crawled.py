"""Buckets with files, roles that crawl them, and crawls that are over."""

import gzip
import io
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pyarrow
from pyarrow import parquet

from tests.listening import ADVERTISER, Listening

TRUST = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
ALLOWED = ({"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject", "glue:*"], "Resource": "*"},)


def document(*statements: Mapping[str, Any]) -> str:
    """A policy of statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": [*statements]})


def in_parquet(**columns: Any) -> bytes:
    """A Parquet file of columns."""
    stream = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), stream)
    return stream.getvalue()


def in_gzip(text: str) -> bytes:
    """A gzip file of a text."""
    return gzip.compress(text.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A bucket and a database of the same name, and a role that may crawl there."""

    server: Listening
    name: str
    role: str
    account_id: str = ADVERTISER

    @property
    def glue(self) -> Any:
        """The owner's client for the catalogue."""
        return self.server.client("glue", self.account_id)

    def upload(self, files: Mapping[str, str | bytes]) -> None:
        """Objects by key."""
        s3 = self.server.client("s3", self.account_id)
        for key, body in files.items():
            s3.put_object(Bucket=self.name, Key=key, Body=body.encode() if isinstance(body, str) else body)

    def create(self, path: str = "", **members: Any) -> str:
        """A crawler of a folder; gives its name."""
        name = f"crawler-{uuid4().hex[:12]}"
        target = {"Path": f"s3://{self.name}/{path}", **members.pop("Target", {})}
        self.glue.create_crawler(
            **{"Name": name, "Role": self.role, "DatabaseName": self.name, "Targets": {"S3Targets": [target]}, **members}
        )
        return name

    def run(self, crawler: str) -> dict[str, Any]:
        """A crawl; gives how it ended."""
        self.glue.start_crawler(Name=crawler)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = self.glue.get_crawler(Name=crawler)["Crawler"]
            if found["State"] == "READY":
                return dict(found["LastCrawl"])
            time.sleep(0.05)
        raise AssertionError("The crawl did not end.")

    def crawl(self, path: str = "", **members: Any) -> dict[str, Any]:
        """A new crawler's crawl, which must succeed; gives the tables by name."""
        ended = self.run(self.create(path, **members))
        assert ended["Status"] == "SUCCEEDED", ended
        return self.tables()

    def tables(self) -> dict[str, Any]:
        """The database's tables by name."""
        return {table["Name"]: table for table in self.glue.get_tables(DatabaseName=self.name)["TableList"]}


def new_place(server: Listening, *, statements: Any = ALLOWED, trust: Any = TRUST, account_id: str = ADVERTISER) -> Place:
    """A place that no other test uses."""
    name = f"place-{uuid4().hex[:16]}"
    server.client("s3", account_id).create_bucket(Bucket=name)
    iam = server.client("iam", account_id)
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(*statements))
    return Place(server=server, name=name, role=role, account_id=account_id)


def columns_of(table: Mapping[str, Any]) -> dict[str, str]:
    """The columns of a table: types by name."""
    return {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}

"""Crawlers through boto3 over real HTTP, with a worker that does their work."""

import datetime
import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.listening import PUBLISHER, Listening, listening
from tests.services.glue.crawled import ALLOWED, TRUST, Place, columns_of, in_gzip, in_parquet, new_place

LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
SUCCEEDED, FAILED = "SUCCEEDED", "FAILED"

# A file, the columns that are found in it, and some of the table's parameters.
FILES: list[tuple[str, str | bytes, dict[str, str], dict[str, str]]] = [
    (
        "header",
        "Id,Email,Spent\n1,a@example.com,2.5\n2,b@example.com,\n",
        {"id": "bigint", "email": "string", "spent": "double"},
        {"delimiter": ",", "skip.header.line.count": "1", "areColumnsQuoted": "false", "recordCount": "2"},
    ),
    (
        "no header, for all is text",
        "name,email\nann,a@example.com\nbob,b@example.com\n",
        {"col0": "string", "col1": "string"},
        {"skip.header.line.count": "", "recordCount": "3"},
    ),
    (
        "no header, for a number stands first",
        "1,a\n2,b\n",
        {"col0": "bigint", "col1": "string"},
        {"skip.header.line.count": ""},
    ),
    (
        "semicolons",
        "id;name;zip\n1;a,b;98101\n2;c;98102\n",
        {"id": "bigint", "name": "string", "zip": "bigint"},
        {"delimiter": ";"},
    ),
    ("a plus makes a text", "id,phone\n1,+12065550100\n", {"id": "bigint", "phone": "string"}, {}),
    ("tabs", "id\tname\n1\ta\n", {"id": "bigint", "name": "string"}, {"delimiter": "\t"}),
    ("pipes", "id|name\n1|a\n", {"id": "bigint", "name": "string"}, {"delimiter": "|"}),
    ("windows", "\ufeffid,name\r\n1,a\r\n", {"id": "bigint", "name": "string"}, {"recordCount": "1"}),
    ("the same name twice", "id,name,id\n1,a,2\n", {"id": "bigint", "name": "string", "id_2": "bigint"}, {}),
    (
        "quotes",
        'id,name\n1,"Lee, Ann"\n2,"two\nlines"\n',
        {"id": "bigint", "name": "string"},
        {"areColumnsQuoted": "true", "recordCount": "2"},
    ),
    (
        "gzip",
        in_gzip("id,name\n1,a\n2,b\n"),
        {"id": "bigint", "name": "string"},
        {"compressionType": "gzip", "recordCount": "2", "classification": "csv"},
    ),
    (
        "parquet",
        in_parquet(
            ID=[1, 2],
            email=["a", None],
            born=[datetime.date(2000, 1, 1), None],
            seen=[datetime.datetime(2026, 1, 1), None],
            tags=[["x"], []],
            place=[{"city": "x", "zip": 1}, None],
            is_new=[True, False],
            spent=[1.5, None],
        ),
        {
            "id": "bigint",
            "email": "string",
            "born": "date",
            "seen": "timestamp",
            "tags": "array<string>",
            "place": "struct<city:string,zip:bigint>",
            "is_new": "boolean",
            "spent": "double",
        },
        {"classification": "parquet", "recordCount": "2", "delimiter": ""},
    ),
]


@pytest.mark.parametrize(("body", "columns", "parameters"), [pytest.param(*rest, id=name) for name, *rest in FILES])
def test_a_file_s_columns_and_types_are_found(
    server: Listening, body: str | bytes, columns: dict[str, str], parameters: dict[str, str]
) -> None:
    place = new_place(server)
    place.upload({"people/part-0": body})
    [table] = place.crawl("people/").values()
    assert columns_of(table) == columns
    assert {name: table["Parameters"].get(name, "") for name in parameters} == parameters
    assert table["StorageDescriptor"]["Location"] == f"s3://{place.name}/people/"
    assert (table["Name"], table["TableType"], table["PartitionKeys"]) == ("people", "EXTERNAL_TABLE", [])
    if table["Parameters"]["classification"] == "csv":
        serde = table["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"]
        assert serde == (OPEN_CSV if parameters.get("areColumnsQuoted") == "true" else LAZY)


A, B = "id,name\n1,a\n2,b\n", "id,price\n1,2.5\n"
WIDE = in_parquet(id=[1], name=["a"], price=[2.5], day=["x"])

# Objects, where the crawler looks, and the tables: their names, where they lie, their partition keys and values.
LAYOUTS: list[tuple[str, dict[str, str | bytes], str, dict[str, tuple[str, list[str], list[list[str]]]]]] = [
    ("many files, one table", {"d/1.csv": A, "d/2.csv": A}, "d/", {"d": ("d/", [], [])}),
    ("without a slash at its end", {"d/1.csv": A, "dd/2.csv": B}, "d", {"d": ("d/", [], [])}),
    ("one object", {"d/My File.csv": A, "d/2.csv": A}, "d/My File.csv", {"my_file_csv": ("d/My File.csv", [], [])}),
    ("two tables", {"d/Cust-1/1.csv": A, "d/buy/1.csv": B}, "d/", {"cust_1": ("d/Cust-1/", [], []), "buy": ("d/buy/", [], [])}),
    ("one folder alone is a table", {"d/people/1.csv": A}, "d/", {"people": ("d/people/", [], [])}),
    ("a table a file", {"d/a.csv": A, "d/b.csv": B}, "d/", {"a_csv": ("d/a.csv", [], []), "b_csv": ("d/b.csv", [], [])}),
    (
        "named partitions",
        {"d/year=2024/month=1/a.csv": A, "d/year=2024/month=2/a.csv": A, "d/year=2025/month=1/a.csv": A},
        "d/",
        {"d": ("d/", ["year", "month"], [["2024", "1"], ["2024", "2"], ["2025", "1"]])},
    ),
    ("one named partition", {"d/year=2024/a.parquet": WIDE}, "d/", {"d": ("d/", ["year"], [["2024"]])}),
    ("unnamed partitions", {"d/x/a.csv": A, "d/y/a.csv": A}, "d/", {"d": ("d/", ["partition_0"], [["x"], ["y"]])}),
    (
        "a partition key that is a column too",
        {"d/name=x/a.csv": A, "d/name=y/a.csv": A},
        "d/",
        {"d": ("d/", ["partition_0"], [["x"], ["y"]])},
    ),
    ("what is hidden is passed over", {"d/_SUCCESS": "x", "d/.tmp/a.csv": B, "d/a.csv": A}, "d/", {"d": ("d/", [], [])}),
    (
        "different formats",
        {"d/c/a.csv": A, "d/p/a.parquet": WIDE},
        "d/",
        {"c": ("d/c/", [], []), "p": ("d/p/", [], [])},
    ),
    ("a folder in a folder", {"d/a.csv": A, "d/more/b.csv": A}, "d/", {"d": ("d/", [], [])}),
]


@pytest.mark.parametrize(("objects", "path", "expected"), [pytest.param(*rest, id=name) for name, *rest in LAYOUTS])
def test_folders_become_tables_and_partitions(
    server: Listening, objects: dict[str, str | bytes], path: str, expected: dict[str, Any]
) -> None:
    place = new_place(server)
    place.upload(objects)
    tables = place.crawl(path)
    found = {}
    for name, table in tables.items():
        partitions = place.glue.get_partitions(DatabaseName=place.name, TableName=name)["Partitions"]
        location = table["StorageDescriptor"]["Location"].removeprefix(f"s3://{place.name}/")
        found[name] = (location, [key["Name"] for key in table["PartitionKeys"]], [one["Values"] for one in partitions])
    assert found == expected


BIG = "id,name,city\n" + "".join(f"{number},somebody,é{number % 7}\n" for number in range(150_000))


@pytest.mark.parametrize("body", [BIG.encode(), in_gzip(BIG)], ids=["plain", "gzip"])
def test_a_large_file_is_known_by_its_beginning(server: Listening, body: bytes) -> None:
    place = new_place(server)
    place.upload({"d/a.csv": body})
    [table] = place.crawl("d/").values()
    assert columns_of(table) == {"id": "bigint", "name": "string", "city": "string"}
    assert 120_000 < int(table["Parameters"]["recordCount"]) < 180_000


def test_a_bucket_is_a_target_and_names_have_the_prefix(server: Listening) -> None:
    place = new_place(server)
    place.upload({"a.csv": A})
    assert [*place.crawl("", TablePrefix="Raw-")] == [f"raw_{place.name.replace('-', '_')}"]


def test_a_taken_name_gets_a_longer_one(server: Listening) -> None:
    place = new_place(server)
    place.upload({"x/d/1.csv": A, "y/d/1.csv": B})
    tables = place.crawl("")
    assert {columns_of(table)["id"] for table in tables.values()} == {"bigint"}
    assert [name[:2] for name in sorted(tables)] == ["d", "d_"]


def test_exclusions_and_samples(server: Listening) -> None:
    place = new_place(server)
    place.upload({"d/a.csv": A, "d/b.csv": B, "d/c.json": "{}", "d/old/x.csv": B})
    tables = place.crawl("d/", Target={"Exclusions": ["**.json", "old/**", "[bx].csv"]})
    assert [*tables] == ["d"]
    assert tables["d"]["Parameters"]["objectCount"] == "1"
    place.upload({"e/a.csv": A, "e/b.csv": B})
    assert place.crawl("e/", Target={"SampleSize": 1})["e"]["Parameters"]["objectCount"] == "2"


def test_what_is_no_table_is_passed_over_and_said(server: Listening) -> None:
    place = new_place(server)
    place.upload(
        {"d/one.csv": "email\nsecret@example.com\n", "d/x.bin": b"\0\1\2" * 50, "d/u.csv": "id,name\n1,ä\n".encode("latin-1")}
    )
    ended = place.run(place.create("d/"))
    assert ended["Status"] == SUCCEEDED
    assert ended["ErrorMessage"].startswith("3 files were passed over")
    assert place.tables() == {}


def test_changes_are_written_as_the_policy_says(server: Listening) -> None:
    place = new_place(server)
    place.upload({"d/a.csv": A, "e/a.csv": A, "f/x=1/a.csv": A})
    keeps = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
    folders = {"S3Targets": [{"Path": f"s3://{place.name}/{name}/"} for name in "def"]}
    follows, stays = place.create(Targets=folders), place.create("d/", TablePrefix="s_", SchemaChangePolicy=keeps)
    assert {place.run(crawler)["Status"] for crawler in (follows, stays)} == {SUCCEEDED}
    before = place.tables()
    assert place.run(follows)["Status"] == SUCCEEDED
    assert {name: table["VersionId"] for name, table in place.tables().items()} == dict.fromkeys(before, "0")
    s3 = server.client("s3")
    s3.delete_object(Bucket=place.name, Key="e/a.csv")
    place.upload({"d/a.csv": "id,name,zip\n1,a,2\n", "f/x=2/a.csv": A})
    assert {place.run(crawler)["Status"] for crawler in (follows, stays)} == {SUCCEEDED}
    tables = place.tables()
    assert [*columns_of(tables["d"])] == ["id", "name", "zip"]
    assert [*columns_of(tables["s_d"])] == ["id", "name"]
    assert "DEPRECATED_BY_CRAWLER" in tables["e"]["Parameters"]
    assert len(place.glue.get_partitions(DatabaseName=place.name, TableName="f")["Partitions"]) == 2
    removes = {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DELETE_FROM_DATABASE"}
    place.glue.update_crawler(Name=follows, SchemaChangePolicy=removes)
    s3.delete_object(Bucket=place.name, Key="f/x=1/a.csv")
    place.run(follows)
    assert sorted(place.tables()) == ["d", "f", "s_d"]
    assert len(place.glue.get_partitions(DatabaseName=place.name, TableName="f")["Partitions"]) == 1
    [metrics] = place.glue.get_crawler_metrics(CrawlerNameList=[follows])["CrawlerMetricsList"]
    assert (metrics["TablesCreated"], metrics["TablesDeleted"]) == (0, 1)


LIST = {"Effect": "Allow", "Action": ["s3:ListBucket", "glue:*"], "Resource": "*"}
READ = {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": "*"}
DENIED = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*/d/secret.csv"}
LACKING = [
    pytest.param((), r"s3:ListBucket on resource: arn:aws:s3:::place-", id="list"),
    pytest.param((LIST,), r"s3:GetObject on resource: arn:aws:s3:::place-[^/]*/d/a.csv", id="get"),
    pytest.param((*ALLOWED, DENIED), r"s3:GetObject on resource: arn:aws:s3:::place-[^/]*/d/secret.csv", id="denied"),
    pytest.param((READ,), r"glue:CreateDatabase on resource: arn:aws:glue:us-east-1:111122223333:catalog", id="catalogue"),
]


@pytest.mark.parametrize(("statements", "words"), LACKING)
def test_a_crawl_does_no_more_than_its_role_may(server: Listening, statements: Any, words: str) -> None:
    place = new_place(server, statements=statements or ({**DENIED, "Action": "s3:PutObject"},))
    place.upload({"d/a.csv": A, "d/secret.csv": A})
    ended = place.run(place.create("d/"))
    assert ended["Status"] == FAILED
    assert re.search(words, ended["ErrorMessage"])
    assert place.role in ended["ErrorMessage"]
    with pytest.raises(place.glue.exceptions.EntityNotFoundException):
        place.tables()


def test_anothers_bucket_needs_its_policy(server: Listening) -> None:
    ours, theirs = new_place(server), new_place(server, account_id=PUBLISHER)
    theirs.upload({"d/a.csv": A})
    target = {"S3Targets": [{"Path": f"s3://{theirs.name}/d/"}]}
    crawler = ours.create(Targets=target)
    ended = ours.run(crawler)
    assert (ended["Status"], "s3:ListBucket" in ended["ErrorMessage"]) == (FAILED, True)
    allowed = {
        "Effect": "Allow",
        "Principal": {"AWS": ours.role},
        "Action": ["s3:ListBucket", "s3:GetObject"],
        "Resource": [f"arn:aws:s3:::{theirs.name}", f"arn:aws:s3:::{theirs.name}/*"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    server.client("s3", PUBLISHER).put_bucket_policy(Bucket=theirs.name, Policy=policy)
    assert ours.run(crawler)["Status"] == SUCCEEDED
    assert [*ours.tables()] == ["d"]


NOT_TRUSTED = {**TRUST, "Principal": {"Service": "entityresolution.amazonaws.com"}}
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"Role": "nobody"}, "does not exist"),
    ({"Role": "arn:aws:iam::444455556666:role/x"}, "does not exist"),
    ({"Targets": {}}, "only S3"),
    ({"Targets": {"JdbcTargets": [{"ConnectionName": "c", "Path": "p"}]}}, "only S3"),
    ({"Targets": {"S3Targets": [{"Path": "https://example.com/"}]}}, "s3://bucket/folder"),
    ({"Targets": {"S3Targets": [{"Path": "s3://b/", "SampleSize": 250}]}}, "between 1 and 249"),
    ({"Targets": {"S3Targets": [{"Path": "s3://b/", "ConnectionName": "c"}]}}, "connections"),
    ({"Schedule": "cron(0 1 * * ? *)"}, "schedule"),
    ({"Classifiers": ["mine"]}, "classifiers"),
    ({"Configuration": "{"}, "JSON"),
    ({"Configuration": '{"Version":1.0,"Grouping":{"TableGroupingPolicy":"CombineCompatibleSchemas"}}'}, "Configuration"),
    ({"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVENT_MODE"}}, "recrawl_policy"),
]


@pytest.mark.parametrize(("members", "words"), REFUSED)
def test_what_cannot_be_is_refused(server: Listening, members: dict[str, Any], words: str) -> None:
    place = new_place(server)
    with pytest.raises(place.glue.exceptions.InvalidInputException, match=words):
        place.create(**members)


def test_a_role_must_trust_glue(server: Listening) -> None:
    place = new_place(server, trust=NOT_TRUSTED)
    with pytest.raises(place.glue.exceptions.InvalidInputException, match="TrustPolicy"):
        place.create("d/")


def test_a_crawler_is_kept_shown_changed_and_forgotten(server: Listening) -> None:
    place = new_place(server)
    name = place.create("d/", Description="first", Tags={"team": "x"}, TablePrefix="p_")
    shown = place.glue.get_crawler(Name=name)["Crawler"]
    assert (shown["State"], shown["Role"], shown["DatabaseName"], shown["Version"]) == ("READY", place.name, place.name, 1)
    assert shown["Targets"]["S3Targets"] == [{"Path": f"s3://{place.name}/d/"}]
    assert "LastCrawl" not in shown
    place.glue.update_crawler(Name=name, Description="second")
    shown = place.glue.get_crawler(Name=name)["Crawler"]
    assert (shown["Description"], shown["TablePrefix"], shown["Version"]) == ("second", "p_", 2)
    assert place.glue.list_crawlers(Tags={"team": "x"})["CrawlerNames"] == [name]
    assert name in [one["Name"] for one in place.glue.get_crawlers()["Crawlers"]]
    listed = place.glue.batch_get_crawlers(CrawlerNames=[name, "none"])
    assert ([one["Name"] for one in listed["Crawlers"]], listed["CrawlersNotFound"]) == ([name], ["none"])
    with pytest.raises(place.glue.exceptions.AlreadyExistsException):
        place.create("d/", Name=name)
    stranger = server.client("glue", PUBLISHER)
    for operation in ("get_crawler", "start_crawler", "delete_crawler"):
        with pytest.raises(stranger.exceptions.EntityNotFoundException):
            getattr(stranger, operation)(Name=name)
    with pytest.raises(place.glue.exceptions.CrawlerNotRunningException):
        place.glue.stop_crawler(Name=name)
    place.glue.delete_crawler(Name=name)
    with pytest.raises(place.glue.exceptions.EntityNotFoundException):
        place.glue.get_crawler(Name=name)


def test_a_missing_bucket_fails_the_crawl(server: Listening) -> None:
    place = new_place(server)
    ended = place.run(place.create(Targets={"S3Targets": [{"Path": "s3://no-such-bucket-here/x/"}]}))
    assert (ended["Status"], "does not exist" in ended["ErrorMessage"]) == (FAILED, True)


def test_a_crawler_that_runs_is_left_alone_until_it_is_stopped(tmp_path_factory: pytest.TempPathFactory) -> None:
    with listening(tmp_path_factory.mktemp("idle"), with_worker=False) as idle:
        place: Place = new_place(idle)
        name = place.create("d/")
        place.glue.start_crawler(Name=name)
        assert place.glue.get_crawler(Name=name)["Crawler"]["State"] == "RUNNING"
        for change in (place.glue.start_crawler, place.glue.update_crawler, place.glue.delete_crawler):
            with pytest.raises(ClientError, match="CrawlerRunningException"):
                change(Name=name)
        place.glue.stop_crawler(Name=name)
        shown = place.glue.get_crawler(Name=name)["Crawler"]
        assert (shown["State"], shown["LastCrawl"]["Status"]) == ("READY", "CANCELLED")

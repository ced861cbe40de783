"""Queries through boto3 over real HTTP, with a worker that does their work."""

import datetime
import gzip
import io
import json
import re
from decimal import Decimal
from typing import Any

import boto3
import pyarrow
import pytest
from botocore.exceptions import ClientError
from pyarrow import parquet

from tests.listening import PUBLISHER, Listening, listening
from tests.services.athena.asking import Asker, new_asker, rows_of
from tests.services.glue.crawled import in_parquet, new_place

CUSTOMERS = 'id,email,spent\n1,ann@example.com,2.5\n2,"Lee, ""Bob""",\n3,,7\n'
COLUMNS = {"id": "bigint", "email": "string", "spent": "double"}


@pytest.fixture(scope="module")
def asker(server: Listening) -> Asker:
    """An account with a table of customers, and one of days."""
    made = new_asker(server)
    made.add_table("customers", CUSTOMERS, COLUMNS)
    made.add_table("days", "id,day\n1,2026-01-02\n", {"id": "bigint", "day": "date"})
    return made


ROWS = [["id", "email", "spent"], ["1", "ann@example.com", "2.5"], ["2", 'Lee, "Bob"', None], ["3", "", "7.0"]]
QUERIES: list[tuple[str, list[list[str | None]]]] = [
    ('SELECT * FROM "{database}"."customers" limit 10;', [[*row] for row in ROWS]),
    ('SELECT * FROM "AwsDataCatalog"."{database}"."customers"', [[*row] for row in ROWS]),
    ("select * from customers", [[*row] for row in ROWS]),
    ("SELECT ID, Customers.EMAIL FROM Customers WHERE id = 1", [["id", "email"], ["1", "ann@example.com"]]),
    ("SELECT count(*), max(spent) AS most, id / 2 FROM customers WHERE id = 3 GROUP BY id",
     [["_col0", "most", "_col2"], ["1", "7.0", "1"]]),
    ("WITH c AS (SELECT id FROM customers) SELECT sum(id) AS s FROM c", [["s"], ["6"]]),
    ("SELECT c.id, d.day FROM customers c JOIN days d ON c.id = d.id", [["id", "day"], ["1", "2026-01-02"]]),
    ("SELECT id FROM customers WHERE email = 'x' OR id > 2 ORDER BY id DESC", [["id"], ["3"]]),
    ("SELECT id FROM customers UNION ALL SELECT 9 ORDER BY 1 DESC LIMIT 2", [["id"], ["9"], ["3"]]),
    ("SELECT x FROM UNNEST(ARRAY[1, 2]) AS t(x)", [["x"], ["1"], ["2"]]),
    ("SELECT c.id, t.x FROM customers c CROSS JOIN UNNEST(split(c.email, '@')) AS t(x) WHERE c.id = 1 ORDER BY x",
     [["id", "x"], ["1", "ann"], ["1", "example.com"]]),
    ("VALUES (1, 'a')", [["_col0", "_col1"], ["1", "a"]]),
    ("SELECT true, NULL, 1.5, ARRAY[1, NULL], MAP(ARRAY['a'], ARRAY[1])",
     [["_col0", "_col1", "_col2", "_col3", "_col4"], ["true", None, "1.5", "[1, null]", "{a=1}"]]),
    ("SELECT to_hex(sha256(to_utf8('a')))", [["_col0"], ["CA978112CA1BBDCAFAC231B39A23DC4DA786EFF8147C4E72B9807785AFEE48BB"]]),
    ("SELECT lower(email) FROM customers WHERE regexp_like(email, '^ann')", [["_col0"], ["ann@example.com"]]),
    ("SELECT date_diff('day', DATE '2026-01-01', day) AS n FROM days", [["n"], ["1"]]),
    ("SELECT timestamp '2026-01-02 03:04:05'", [["_col0"], ["2026-01-02 03:04:05.000"]]),
    ("SELECT try_cast(email AS bigint) AS n FROM customers WHERE id = 1", [["n"], [None]]),
    ("SELECT id, row_number() OVER (ORDER BY id DESC) AS place FROM customers ORDER BY id LIMIT 1",
     [["id", "place"], ["1", "3"]]),
    ("SELECT * FROM customers WHERE id IN (SELECT id FROM days)", [ROWS[0], ROWS[1]]),
    ("SELECT approx_distinct(id), count_if(spent > 1), arbitrary(1), array_join(array_agg(id ORDER BY id), '-') FROM customers",
     [["_col0", "_col1", "_col2", "_col3"], ["3", "2", "1", "1-2-3"]]),
    ("SELECT id, id FROM days", [["id", "id"], ["1", "1"]]),
    ("SHOW TABLES", [["customers"], ["days"]]),
    ('show tables in "{database}";', [["customers"], ["days"]]),
    ("DESCRIBE `{database}`.days", [[f"{'id':<20}\t{'bigint':<20}\t{'':<20}"], [f"{'day':<20}\t{'date':<20}\t{'':<20}"]]),
    ("DESCRIBE days", [[f"{'id':<20}\t{'bigint':<20}\t{'':<20}"], [f"{'day':<20}\t{'date':<20}\t{'':<20}"]]),
    ("SHOW COLUMNS IN customers", [["id"], ["email"], ["spent"]]),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "rows"), QUERIES)
def test_a_query_is_answered(asker: Asker, sql: str, rows: list[list[str | None]]) -> None:
    assert asker.ask(sql.format(database=asker.name)) == rows


TABLE_FUNCTIONS = ("read_csv('{path}')", "read_text('{path}')", "read_parquet('{path}')", "glob('/*')", "duckdb_settings()")
NASTY: list[tuple[str, str]] = [
    *((f"SELECT * FROM {function}", "FUNCTION_NOT_FOUND|SYNTAX_ERROR") for function in TABLE_FUNCTIONS),
    *((f"SELECT * FROM customers, {function} AS x", "FUNCTION_NOT_FOUND|SYNTAX_ERROR") for function in TABLE_FUNCTIONS),
    ("SELECT * FROM customers CROSS JOIN LATERAL read_csv('/etc/passwd') AS x", "FUNCTION_NOT_FOUND|SYNTAX_ERROR"),
    ("SELECT * FROM TABLE(read_csv('/etc/passwd'))", "FUNCTION_NOT_FOUND|SYNTAX_ERROR"),
    ("SELECT * FROM '/etc/passwd'", "TABLE_NOT_FOUND"),
    ('SELECT * FROM "/etc/passwd"', "TABLE_NOT_FOUND"),
    ('SELECT * FROM "https://example.com/x.csv"', "TABLE_NOT_FOUND"),
    ("SELECT * FROM sqlite_master", "TABLE_NOT_FOUND"),
    ("SELECT * FROM duckdb_settings", "TABLE_NOT_FOUND"),
    ("SELECT * FROM information_schema.tables", "SCHEMA_NOT_FOUND"),
    ("SELECT * FROM pg_catalog.pg_tables", "SCHEMA_NOT_FOUND"),
    ("SELECT * FROM memory.main.customers", "CATALOG_NOT_FOUND"),
    ("WITH x AS (SELECT 1) SELECT * FROM x, duckdb_settings", "TABLE_NOT_FOUND"),
    ("SELECT (SELECT max(name) FROM duckdb_settings)", "TABLE_NOT_FOUND"),
    ("SELECT id FROM customers WHERE EXISTS (SELECT 1 FROM pg_class)", "TABLE_NOT_FOUND"),
    ("WITH pg_tables AS (SELECT * FROM pg_tables) SELECT * FROM pg_tables", "TABLE_NOT_FOUND"),
    ("WITH RECURSIVE pg_tables AS (SELECT * FROM pg_tables) SELECT * FROM pg_tables", "TABLE_NOT_FOUND"),
    ("SELECT * FROM (WITH pg_tables AS (SELECT 1) SELECT * FROM pg_tables) AS x, pg_tables", "TABLE_NOT_FOUND"),
    ("WITH pg_tables AS (SELECT 1 AS x) SELECT * FROM pg_tables", "the engine's own"),
    ("SELECT transform(ARRAY[1], x -> (SELECT max(tablename) FROM pg_tables))", "TABLE_NOT_FOUND"),
    ("SELECT id FROM customers ORDER BY (SELECT 1 FROM pg_tables)", "TABLE_NOT_FOUND"),
    ("SELECT * FROM (customers CROSS JOIN pg_tables)", "TABLE_NOT_FOUND"),
    ("SELECT 1 UNION (TABLE pg_tables)", "TABLE_NOT_FOUND"),
    ("FROM pg_tables", "not supported"),
    ('SELECT "$file" FROM customers', "COLUMN_NOT_FOUND"),
    ("SELECT getenv('HOME')", "FUNCTION_NOT_FOUND"),
    ("SELECT current_setting('temp_directory')", "FUNCTION_NOT_FOUND"),
    ("SELECT sha512(to_utf8('a'))", "NOT_SUPPORTED"),
    ("SELECT current_user", "FUNCTION_NOT_FOUND"),
    ("SELECT COLUMNS(*) FROM customers", "FUNCTION_NOT_FOUND"),
    ("SELECT 1; DROP TABLE customers", "one SQL statement"),
    ("SELECT 1; SELECT 2", "one SQL statement"),
    ("DROP TABLE customers", "not supported"),
    ("CREATE TABLE x AS SELECT 1", "not supported"),
    ("INSERT INTO customers SELECT 1, 'a', 2", "not supported"),
    ("DELETE FROM customers", "not supported"),
    ("UPDATE customers SET id = 1", "not supported"),
    ("WITH x AS (SELECT 1) INSERT INTO customers SELECT * FROM x", "not supported"),
    ("COPY customers TO '/tmp/x'", "not supported"),
    ("UNLOAD (SELECT 1) TO 's3://x/' WITH (format = 'CSV')", "not supported"),
    ("ATTACH '/tmp/x.db'", "not supported"),
    ("INSTALL httpfs", "not supported"),
    ("SET memory_limit = '1TB'", "not supported"),
    ("PRAGMA database_list", "not supported"),
    ("CALL pragma_version()", "not supported"),
    ("MSCK REPAIR TABLE customers", "not supported"),
    ("EXPLAIN SELECT 1", "not supported"),
    ("SELECT 1 INTO x", "not supported"),
    ("SELECT * FROM customers WHERE id = ?", "parameters"),
    ("SELECT @x", "not supported|SYNTAX_ERROR"),
    ("SELEC 1", "not supported"),
    ("SELECT FROM WHERE", "SYNTAX_ERROR|not supported"),
    ("SELECT 'open", "SYNTAX_ERROR"),
    ("-- nothing", "empty"),
    (f"SELECT {'(' * 3000}1{')' * 3000}", "SYNTAX_ERROR|NOT_SUPPORTED"),
    (f"SELECT {'1 + ' * 20_000}1", "words and signs"),
    (f"SELECT {'1 + ' * 5_000}1", "SYNTAX_ERROR|NOT_SUPPORTED"),
    ("SELECT nobody FROM customers", "COLUMN_NOT_FOUND: Column 'nobody'"),
    ("SELECT * FROM nobody", "TABLE_NOT_FOUND: Table 'nobody'"),
    ("SELECT CAST(email AS bigint) FROM customers", "INVALID_CAST_ARGUMENT"),
    ("SHOW TABLES IN nobody", "SCHEMA_NOT_FOUND"),
    ("DESCRIBE nobody", "TABLE_NOT_FOUND"),
]


@pytest.mark.parametrize(("sql", "words"), NASTY)
def test_what_is_no_question_about_ones_own_tables_is_refused(asker: Asker, sql: str, words: str) -> None:
    message = asker.failure(sql.replace("{path}", "/etc/passwd"))
    assert re.search(words, message)


VALUES = [
    'SELECT * FROM customers WHERE email = "ann@example.com"',
    "SELECT CAST('ann@example.com' AS bigint) FROM customers",
    "SELECT CAST(email AS bigint) FROM customers",
    "SELECT date 'ann@example.com'",
    'SELECT "ann@example.com"(1)',
    "SELECT * FROM customers WHERE email = 'ann@example.com' AND",
    "SELECT 'ann@example.com",
    'SELECT * FROM "ann@example.com"',
    'SELECT * FROM "ann@example.com".x',
]


@pytest.mark.parametrize("sql", VALUES)
def test_no_value_stands_in_an_error(asker: Asker, sql: str) -> None:
    assert "ann@" not in asker.failure(sql)


def test_a_crawled_table_is_asked_as_the_guide_does(server: Listening) -> None:
    place = new_place(server)
    place.upload(
        {
            "people/day=1/a.csv": 'customerid,email\n1,"Ann, Lee"\n2,b@example.com\n',
            "people/day=2/a.csv": 'customerid,email\n3,"c@example.com"\n',
            "events/a.parquet": in_parquet(customerid=["1"], clicks=[7]),
        }
    )
    assert sorted(place.crawl("")) == ["events", "people"]
    asker = Asker(server=server, name=place.name, account_id=place.account_id, athena=server.client("athena"))
    header, *rows = asker.ask(f'SELECT * FROM "{place.name}"."people" limit 10;')
    assert header == ["customerid", "email", "day"]
    assert sorted(rows) == [["1", "Ann, Lee", "1"], ["2", "b@example.com", "1"], ["3", "c@example.com", "2"]]
    assert asker.ask("SELECT * FROM events") == [["customerid", "clicks"], ["1", "7"]]


def test_anothers_tables_are_not_there(server: Listening, asker: Asker) -> None:
    other = new_asker(server, PUBLISHER)
    assert "SCHEMA_NOT_FOUND" in other.failure(f'SELECT * FROM "{asker.name}"."customers"')
    assert other.failure("SELECT * FROM customers").startswith("TABLE_NOT_FOUND")
    query_id = asker.start("SELECT 1")
    asker.ended(query_id)
    for operation in ("get_query_execution", "get_query_results", "stop_query_execution"):
        with pytest.raises(other.athena.exceptions.InvalidRequestException, match="not found"):
            getattr(other.athena, operation)(QueryExecutionId=query_id)
    # A table over another's bucket gives nothing either: the caller may not read there.
    location = {"StorageDescriptor": {"Location": f"s3://{asker.name}/customers/"}}
    other.add_table("borrowed", "id\n1\n", COLUMNS, **location)
    assert "s3:ListBucket" in other.failure("SELECT * FROM borrowed")
    with pytest.raises(other.athena.exceptions.InvalidRequestException, match="must be a bucket of account"):
        other.start("SELECT 1", ResultConfiguration={"OutputLocation": f"s3://{asker.name}/x/"})


PARQUET = pyarrow.table(
    {
        "id": [1, None],
        "born": [datetime.date(2000, 1, 2), None],
        "seen": [datetime.datetime(2026, 1, 2, 3, 4, 5, 678000), None],
        "money": pyarrow.array([Decimal("1.50"), None], pyarrow.decimal128(10, 2)),
        "tags": [["a", "b"], []],
        "place": [{"city": "x", "zip": 1}, None],
        "is_new": [True, False],
        "share": pyarrow.array([0.5, None], pyarrow.float32()),
        "huge": [1e10, -0.00001],
    }
)
PARQUET_TYPES = {
    "id": "bigint", "born": "date", "seen": "timestamp", "money": "decimal(10,2)", "tags": "array<string>",
    "place": "struct<city:string,zip:bigint>", "is_new": "boolean", "share": "float", "huge": "double", "absent": "string",
}  # fmt: skip


def test_parquet_has_its_types(asker: Asker) -> None:
    stream = io.BytesIO()
    parquet.write_table(PARQUET, stream)
    asker.add_table("typed", stream.getvalue(), PARQUET_TYPES, parameters={"classification": "parquet"})
    query_id = asker.start("SELECT * FROM typed")
    asker.ended(query_id)
    results = asker.athena.get_query_results(QueryExecutionId=query_id)
    columns = results["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    types = ["bigint", "date", "timestamp", "decimal", "array", "row", "boolean", "float", "double", "varchar"]
    assert [column["Type"] for column in columns] == types
    assert (columns[3]["Precision"], columns[3]["Scale"]) == (10, 2)
    assert rows_of(results)[1:] == [
        ["1", "2000-01-02", "2026-01-02 03:04:05.678", "1.50", "[a, b]", "{city=x, zip=1}", "true", "0.5", "1.0E10", None],
        [None, None, None, None, "[]", None, "false", None, "-1.0E-5", None],
    ]
    assert asker.ask("SELECT place.city AS c, tags[1] AS t FROM typed WHERE id = 1") == [["c", "t"], ["x", "a"]]


# How a table's bytes are read: serde, its parameters, the table's, and the rows of two columns, `id bigint` and `name string`.
LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
READINGS: list[tuple[str | bytes, dict[str, Any], dict[str, str], list[list[str | None]]]] = [
    (
        "1;a\n2;b;c\n3\n",
        {"SerializationLibrary": LAZY, "Parameters": {"field.delim": ";"}},
        {},
        [["1", "a"], ["2", "b"], ["3", None]],
    ),
    ('1,"a"\n', {"SerializationLibrary": LAZY, "Parameters": {"field.delim": ","}}, {}, [["1", '"a"']]),
    ("x,\\N\n", {"SerializationLibrary": LAZY, "Parameters": {"field.delim": ","}}, {}, [[None, None]]),
    (
        gzip.compress(b"id\tname\n1\ta\n", mtime=0),
        {"SerializationLibrary": LAZY, "Parameters": {"field.delim": "\\t"}},
        {"skip.header.line.count": "1"},
        [["1", "a"]],
    ),
    ('1|"a|b"\n', {"Parameters": {"separatorChar": "|"}}, {}, [["1", "a|b"]]),
    ('h\nh\n1,"two\nlines"\n', {}, {"skip.header.line.count": "2"}, [["1", "two\nlines"]]),
    ("1,'a,b'\n", {"Parameters": {"quoteChar": "'"}}, {}, [["1", "a,b"]]),
]  # fmt: skip


@pytest.mark.parametrize(("body", "serde", "parameters", "rows"), READINGS)
def test_files_are_read_as_the_table_says(
    server: Listening, body: str | bytes, serde: dict[str, Any], parameters: dict[str, str], rows: list[list[str | None]]
) -> None:
    asker = new_asker(server)
    serde_info = {"SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde", **serde}
    columns = {"id": "bigint", "name": "string"}
    asker.add_table("t", body, columns, parameters=parameters, StorageDescriptor={"SerdeInfo": serde_info})
    assert asker.ask("SELECT * FROM t")[1:] == rows


@pytest.mark.parametrize(
    ("parameters", "members"),
    [
        ({"classification": "json"}, {}),
        ({}, {"StorageDescriptor": {"SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"}}}),
        ({}, {"TableType": "VIRTUAL_VIEW", "ViewOriginalText": "/* Presto View: x */"}),
    ],
)
def test_other_formats_are_not_taken_for_csv(server: Listening, parameters: dict[str, str], members: dict[str, Any]) -> None:
    asker = new_asker(server)
    asker.add_table("t", "{}\n", COLUMNS, parameters=parameters, **members)
    assert asker.failure("SELECT * FROM t").startswith("HIVE_UNSUPPORTED_FORMAT")


def test_partitions_are_columns(server: Listening) -> None:
    asker = new_asker(server)
    keys = [{"Name": "year", "Type": "int"}]
    asker.add_table("parted", "", COLUMNS, PartitionKeys=keys)
    assert asker.ask("SELECT * FROM parted") == [["id", "email", "spent", "year"]]
    for year in ("2024", "2025"):
        location = f"parted/year={year}/"
        asker.client("s3").put_object(Bucket=asker.name, Key=f"{location}a.csv", Body=f"id\n{year[-1]},x,1\n".encode())
        descriptor = {"Location": f"s3://{asker.name}/{location}"}
        given = {"Values": [year], "StorageDescriptor": descriptor}
        asker.client("glue").create_partition(DatabaseName=asker.name, TableName="parted", PartitionInput=given)
    assert asker.ask("SELECT id, year FROM parted WHERE year >= 2024 ORDER BY 1") == [
        ["id", "year"],
        ["4", "2024"],
        ["5", "2025"],
    ]
    assert "# Partition Information" in str(asker.ask("DESCRIBE parted"))


def test_a_result_lies_in_the_bucket_and_comes_in_pages(asker: Asker) -> None:
    query_id = asker.start("SELECT id, email FROM customers ORDER BY id")
    found = asker.ended(query_id)
    location = f"s3://{asker.name}/results/{query_id}.csv"
    assert found["ResultConfiguration"]["OutputLocation"] == location
    assert (found["StatementType"], found["WorkGroup"], found["Query"][:6]) == ("DML", "primary", "SELECT")
    assert found["Statistics"]["DataScannedInBytes"] == len(CUSTOMERS.encode())
    s3 = asker.client("s3")
    body = s3.get_object(Bucket=asker.name, Key=f"results/{query_id}.csv")["Body"].read().decode()
    assert body == '"id","email"\n"1","ann@example.com"\n"2","Lee, ""Bob"""\n"3",""\n'
    pages = asker.athena.get_paginator("get_query_results").paginate(
        QueryExecutionId=query_id, PaginationConfig={"PageSize": 3}
    )
    listed = [rows_of(page) for page in pages]
    assert [len(page) for page in listed] == [3, 1]
    assert listed[-1][-1] == ["3", ""]
    with pytest.raises(asker.athena.exceptions.InvalidRequestException, match="first page"):
        asker.athena.get_query_results(QueryExecutionId=query_id, NextToken="none")
    s3.put_object(Bucket=asker.name, Key=f"results/{query_id}.csv", Body=b"other")
    with pytest.raises(asker.athena.exceptions.InvalidRequestException, match="Could not find results"):
        asker.athena.get_query_results(QueryExecutionId=query_id)


def test_many_rows_come_in_pages_of_a_thousand(asker: Asker) -> None:
    query_id = asker.start("SELECT x, 'ä,\"' AS y FROM UNNEST(sequence(1, 40000)) AS t(x)")
    asker.ended(query_id)
    pages = [rows_of(page) for page in asker.athena.get_paginator("get_query_results").paginate(QueryExecutionId=query_id)]
    rows = [row for page in pages for row in page]
    assert (len(pages), len(pages[0]), len(rows)) == (41, 1000, 40001)
    assert rows[1:] == [[str(number), 'ä,"'] for number in range(1, 40001)]


def test_parameters_fill_question_marks(asker: Asker) -> None:
    sql = "SELECT id FROM customers WHERE email = ? AND id < ?"
    assert asker.ask(sql, ExecutionParameters=["'ann@example.com'", "2"]) == [["id"], ["1"]]
    for given in (["1"], ["1; DROP TABLE x", "1"], ["(SELECT 1)", "1"], ["id", "1"]):
        with pytest.raises(asker.athena.exceptions.InvalidRequestException):
            asker.start(sql, ExecutionParameters=given)


def test_the_same_token_is_the_same_query(asker: Asker) -> None:
    token = f"{asker.name}-0123456789-0123456789"
    first, again = (asker.start("SELECT 1", ClientRequestToken=token) for _ in range(2))
    assert first == again
    with pytest.raises(asker.athena.exceptions.InvalidRequestException, match="Idempotent"):
        asker.start("SELECT 2", ClientRequestToken=token)


def test_queries_are_listed_the_latest_first(server: Listening) -> None:
    asker = new_asker(server, PUBLISHER)
    started = [asker.start(f"SELECT {number}") for number in range(3)]
    pages = asker.athena.get_paginator("list_query_executions").paginate(PaginationConfig={"PageSize": 2})
    assert [query_id for page in pages for query_id in page["QueryExecutionIds"]][:3] == started[::-1]
    found = asker.athena.batch_get_query_execution(QueryExecutionIds=[started[0], "none"])
    assert [one["QueryExecutionId"] for one in found["QueryExecutions"]] == started[:1]
    assert [one["QueryExecutionId"] for one in found["UnprocessedQueryExecutionIds"]] == ["none"]


def test_a_role_asks_no_more_than_it_may(server: Listening, asker: Asker) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": asker.account_id}, "Action": "sts:AssumeRole"}
    iam, name = asker.client("iam"), asker.name
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    allowed = [
        ("athena:*", "*"),
        ("s3:PutObject", f"arn:aws:s3:::{name}/results/*"),
        ("glue:GetTable", "*"),
        ("s3:ListBucket", "*"),
    ]
    lacking = ("s3:GetObject", f"arn:aws:s3:::{name}/*")
    given = server.client("sts").assume_role(RoleArn=made["Role"]["Arn"], RoleSessionName="asker")["Credentials"]
    athena = boto3.client(
        "athena",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    role = Asker(server=server, name=name, account_id=asker.account_id, athena=athena)
    for count in range(1, len(allowed) + 2):
        listed = [{"Effect": "Allow", "Action": action, "Resource": on} for action, on in (*allowed, lacking)[:count]]
        policy = json.dumps({"Version": "2012-10-17", "Statement": listed})
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
        if count <= len(allowed):
            try:
                message = role.failure("SELECT * FROM customers")
            except ClientError as error:
                message = str(error)
            assert (*allowed, lacking)[count][0] in message
    assert len(role.ask("SELECT * FROM customers")) == 4


def test_a_work_group_says_where_results_go(server: Listening) -> None:
    asker = new_asker(server, PUBLISHER)
    with pytest.raises(asker.athena.exceptions.InvalidRequestException, match="No output location"):
        asker.start("SELECT 1", ResultConfiguration={})
    updates = {"ResultConfigurationUpdates": {"OutputLocation": f"s3://{asker.name}/default"}}
    asker.athena.update_work_group(WorkGroup="primary", ConfigurationUpdates=updates)
    group = asker.athena.get_work_group(WorkGroup="primary")["WorkGroup"]
    assert group["Configuration"]["ResultConfiguration"]["OutputLocation"] == f"s3://{asker.name}/default"
    assert [one["Name"] for one in asker.athena.list_work_groups()["WorkGroups"]] == ["primary"]
    query_id = asker.start("SELECT 1", ResultConfiguration={})
    assert asker.ended(query_id)["ResultConfiguration"]["OutputLocation"] == f"s3://{asker.name}/default/{query_id}.csv"
    removed = {"ResultConfigurationUpdates": {"RemoveOutputLocation": True}}
    asker.athena.update_work_group(WorkGroup="primary", ConfigurationUpdates=removed)
    with pytest.raises(asker.athena.exceptions.InvalidRequestException):
        asker.athena.get_work_group(WorkGroup="other")


def test_the_catalogue_is_shown(asker: Asker) -> None:
    athena = asker.athena
    [catalogue] = athena.list_data_catalogs()["DataCatalogsSummary"]
    name = catalogue["CatalogName"]
    assert (name, athena.get_data_catalog(Name=name)["DataCatalog"]["Type"]) == ("AwsDataCatalog", "GLUE")
    assert asker.name in [one["Name"] for one in athena.list_databases(CatalogName=name)["DatabaseList"]]
    assert athena.get_database(CatalogName=name, DatabaseName=asker.name)["Database"]["Name"] == asker.name
    place = {"CatalogName": name, "DatabaseName": asker.name}
    assert "customers" in [one["Name"] for one in athena.list_table_metadata(**place)["TableMetadataList"]]
    table = athena.get_table_metadata(**place, TableName="Customers")["TableMetadata"]
    assert [(column["Name"], column["Type"]) for column in table["Columns"]] == [*COLUMNS.items()]
    with pytest.raises(athena.exceptions.MetadataException):
        athena.get_table_metadata(**place, TableName="none")


def test_a_query_can_be_stopped(tmp_path_factory: pytest.TempPathFactory, asker: Asker) -> None:
    # This one would run for hours, and its worker is free again soon.
    cross = ", ".join(f"UNNEST(sequence(1, 100000)) AS t{number}(x{number})" for number in range(4))
    query_id = asker.start(f"SELECT count(*) FROM {cross} WHERE x0 * x1 + x2 = x3")
    while asker.athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]["State"] == "QUEUED":
        pass
    with pytest.raises(asker.athena.exceptions.InvalidRequestException, match="not yet finished"):
        asker.athena.get_query_results(QueryExecutionId=query_id)
    asker.athena.stop_query_execution(QueryExecutionId=query_id)
    status = asker.ended(query_id)["Status"]
    assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Query cancelled by user")
    assert asker.ask("SELECT 1") == [["_col0"], ["1"]]
    assert not (asker.server.parts.settings.data_folder / "scratch" / query_id).exists()
    with listening(tmp_path_factory.mktemp("idle"), with_worker=False) as idle:
        waiting = new_asker(idle)
        query_id = waiting.start("SELECT 1")
        assert waiting.athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]["State"] == "QUEUED"
        waiting.athena.stop_query_execution(QueryExecutionId=query_id)
        assert waiting.ended(query_id)["Status"]["State"] == "CANCELLED"

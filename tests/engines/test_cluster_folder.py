"""The folder between a cluster and us in an object store: mandorla's own S3, reached as Sail and PyArrow reach any other."""

from contextlib import closing
from pathlib import Path

import pytest
from sqlglot import exp

import mandorla
from mandorla.domain.errors import MandorlaError
from mandorla.engines.cluster_folder import ClusterFolder
from mandorla.engines.on_spark import SparkEngine
from tests.listening import listening
from tests.match.tables import mapping_of, schema, write

FIELDS = ("id:UNIQUE_ID", "email:EMAIL_ADDRESS:Email")


def test_a_mapping_through_an_object_store(sail_remote: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "s.csv", FIELDS, [["s1", "Ann@Example.com"], ["s2", "bob@example.com"], ["s3", ""]])
    write(tmp_path / "t.csv", FIELDS, [["t1", "ann@example.com"], ["t2", "eve@example.com"]])
    with listening(tmp_path / "server", with_worker=False) as store:
        s3 = store.client("s3")
        s3.create_bucket(Bucket="between")
        settings = {**store.environment(), "AWS_ALLOW_HTTP": "true", "AWS_ENDPOINT": store.endpoint, "AWS_REGION": "us-east-1"}
        settings |= {"MANDORLA_SPARK_REMOTE": sail_remote, "MANDORLA_SPARK_FOLDER": "s3://between/work"}
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        rules = [{"ruleName": "email", "matchingKeys": ["Email"]}]
        files = (tmp_path / "s.csv", schema(FIELDS), tmp_path / "t.csv", schema(FIELDS))
        mandorla.match(*files, rules, tmp_path / "map.parquet", engine="spark")
        assert mapping_of(tmp_path / "map.parquet") == [("s1", "t1", "email")]

        def keys() -> list[str]:
            return [one["Key"] for one in s3.list_objects_v2(Bucket="between").get("Contents", ()) if one["Size"]]

        assert keys() == [], "what was kept is gone"
        with closing(SparkEngine()) as engine:
            assert engine.keep("ones", exp.select(exp.alias_(exp.Literal.number(1), "one"))) == 1
            assert [key.rpartition(".")[2] for key in keys()] == ["parquet"]


def test_a_store_that_nobody_knows_is_refused() -> None:
    with pytest.raises(MandorlaError, match="MANDORLA_SPARK_FOLDER"):
        ClusterFolder("gopher://bucket/work")

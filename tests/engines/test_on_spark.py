"""The same tables from Spark and from Sail as from the reference engine: hostile values, random tables, every linking case."""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from itertools import cycle, product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import Table, parquet
from sqlglot import exp

import mandorla
from mandorla.domain.errors import MandorlaError
from mandorla.domain.id_mapping import IdMappingResult
from mandorla.domain.rules import AttributeMatchingModel, RecordMatchingModel
from mandorla.engines.arguments import chosen_engine
from mandorla.engines.engine import Engine
from mandorla.engines.on_spark import SparkEngine, without_order
from mandorla.engines.source_files import opened
from mandorla.jobs.matching import MatchingTable, match_records
from mandorla.match.compile import MatchingModel
from mandorla.match.group_files import OutputField
from mandorla.normalize import ALL_NORMALIZERS, Profile
from mandorla.normalize.normalizer import RowCountry
from tests.clusters import Cluster, free_port
from tests.engines.by_command import plain_environment
from tests.engines.random_people import FIELDS, RULES, write_people
from tests.match.tables import mapping_of, schema, write
from tests.match.test_groups import COLUMNS, MAPPING
from tests.match.test_groups import RULES as GROUP_RULES
from tests.match.test_linking_cases import PROFILES, Case, all_cases
from tests.match.test_rules import CASES
from tests.normalize.test_properties import COUNTRIES, VALUES

# On a cluster every step is a job of seconds: the default run gives it one test, and Sail one thing of several;
# `-m large` gives everything to both.
CLUSTERS = ["sail_remote", pytest.param("spark_cluster", marks=[pytest.mark.large])]
OPTIONS = list(product(Profile, AttributeMatchingModel, RecordMatchingModel))


@pytest.fixture(params=CLUSTERS)
def remote(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The engine called spark finds its cluster: Sail, then Spark itself."""
    place = request.getfixturevalue(request.param)
    monkeypatch.setenv("MANDORLA_SPARK_REMOTE", place if isinstance(place, str) else place.remote)
    return str(request.param)


@pytest.fixture
def engine(remote: str) -> Iterator[Engine]:
    """An engine on the cluster."""
    with closing(SparkEngine()) as opened:
        yield opened


def on_each(things: Mapping[str, object], *, one_of: int = 1) -> pytest.MarkDecorator:
    """Each thing on Sail, but in the default run only one of so many, and in the large run on Spark."""
    on_sail = [
        pytest.param("sail_remote", thing, id=f"sail-{name}", marks=[pytest.mark.large] if number % one_of else [])
        for number, (name, thing) in enumerate(things.items())
    ]
    on_spark = [
        pytest.param("spark_cluster", thing, id=f"spark-{name}", marks=[pytest.mark.large]) for name, thing in things.items()
    ]
    return pytest.mark.parametrize(("remote", "given"), [*on_sail, *on_spark], indirect=["remote"])


def same_from_both(
    folder: Path,
    source: object,
    source_schema: object,
    target: object,
    target_schema: object,
    rules: object,
    *,
    explain: bool = True,
    **options: object,
) -> IdMappingResult:
    """What Spark says of a mapping, once it and its rows are found to be the reference engine's."""
    said, rows = [], []
    for name in ("duckdb", "spark"):
        output = folder / f"{name}.parquet"
        given = (source, source_schema, target, target_schema, rules, output)
        result = mandorla.match(*given, engine=name, explain=explain, **options)
        said.append(replace(result, engine="", output=""))
        rows.append(mapping_of(output))
    assert rows[1] == rows[0]
    assert said[1] == said[0]
    return said[1]


@on_each({f"{case.folder.name}-{case.profile}": case for case in all_cases()}, one_of=4)
def test_a_linking_case_gives_the_same_mapping(remote: str, given: Case, tmp_path: Path) -> None:
    files = (given.folder / "source.csv", given.schema("source"), given.folder / "target.csv", given.schema("target"))
    same_from_both(tmp_path, *files, given.rules(), profile=PROFILES[given.profile], country=given.document["country"])


@on_each(dict(CASES), one_of=3)
def test_a_worked_example_gives_what_is_expected(remote: str, given: tuple[Any, ...], tmp_path: Path) -> None:
    source_fields, source, target_fields, target, rules, options, expected = given
    write(tmp_path / "source.csv", source_fields, source)
    write(tmp_path / "target.csv", target_fields, target)
    files = (tmp_path / "source.csv", schema(source_fields), tmp_path / "target.csv", schema(target_fields))
    mandorla.match(*files, rules, tmp_path / "map.parquet", engine="spark", **options)
    assert mapping_of(tmp_path / "map.parquet") == expected


@on_each({"-".join(options): options for options in OPTIONS}, one_of=4)
def test_random_people_give_the_same_mapping(remote: str, given: tuple[str, str, str], tmp_path: Path) -> None:
    seed = OPTIONS.index(given)
    profile, attribute_matching_model, record_matching_model = given
    source, target = write_people(Random(seed), tmp_path)
    options = {"attribute_matching_model": attribute_matching_model, "record_matching_model": record_matching_model}
    result = same_from_both(tmp_path, source, schema(FIELDS), target, schema(FIELDS), RULES, profile=profile, **options)
    assert result.metrics.total_mapped_records > 10
    assert result.source.rows_beyond_limit > 0


@given(values=st.lists(VALUES, min_size=60, max_size=60), country=st.sampled_from(COUNTRIES))
@settings(max_examples=2, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_reference_agrees_with_the_expression(engine: Engine, values: list[str], country: str) -> None:
    rows = [(value.replace("\0", ""), one) for value, one in zip(values, cycle([country, "US", "DE", "GB"]), strict=False)]
    wanted = [tuple(normalizer.reference(*row) for normalizer in ALL_NORMALIZERS.values()) for row in rows]
    literals = [
        exp.Tuple(expressions=[exp.Literal.number(number), exp.Literal.string(value), exp.Literal.string(land)])
        for number, (value, land) in enumerate(rows)
    ]
    names = [exp.to_identifier(name) for name in ("n", "value", "country")]
    table = exp.Values(expressions=literals, alias=exp.TableAlias(this="v", columns=names))
    countries = RowCountry(exp.column("country"), frozenset(land for _, land in rows))
    computed = [one.expression(exp.column("value"), countries) for one in ALL_NORMALIZERS.values()]
    columns = [exp.alias_(one, f"column_{number}") for number, one in enumerate(computed)]
    found = engine.rows(exp.select("n", *columns).from_(table).order_by("n"))
    for name, has, wants in zip(
        ALL_NORMALIZERS, zip(*(row[1:] for row in found), strict=True), zip(*wanted, strict=True), strict=True
    ):
        assert has == wants, name


@on_each({"groups": tuple(AttributeMatchingModel)})
def test_records_are_grouped_alike(remote: str, given: tuple[AttributeMatchingModel, ...], tmp_path: Path) -> None:
    random = Random(11)
    values = [[f"{prefix}{random.randrange(40)}" if random.random() < 0.7 else "" for prefix in "ppn"] for _ in range(90)]
    rows = [[f"r{number}", *row] for number, row in enumerate(values)]
    write(tmp_path / "people.csv", COLUMNS, [*rows, ["r1", "p1", "", "n1"], ["", "p2", "", "n2"]])
    table = MatchingTable(input_source_arn="arn:t", files=(opened(tmp_path / "people.csv"),), schema_mapping=MAPPING)
    fields = [OutputField("mobile"), OutputField("name", hashed=True)]
    for model in given:
        written = []
        for name in ("duckdb", "spark"):
            (tmp_path / name).mkdir(exist_ok=True)
            matching = MatchingModel(profile=Profile.NONE, attribute_matching_model=model)
            with closing(chosen_engine(name)) as engine:
                where = {"salt": "w", "folder": tmp_path / name}
                metrics = match_records(engine, [table], GROUP_RULES, matching, fields=fields, **where)
            errors = sorted((tmp_path / name / "error.csv").read_text().splitlines())
            written.append((metrics, (tmp_path / name / "success.csv").read_text(), errors))
        assert written[1] == written[0]
        assert written[0][0].match_ids < 80


def test_files_of_every_kind_are_read_alike(remote: str, tmp_path: Path) -> None:
    """Bad lines with their reasons, gzip, Parquet that a cluster reads where it lies, or does not, a path of signs."""
    fields = ("id:UNIQUE_ID", "email:EMAIL_ADDRESS:Email", "code:STRING:Code")
    (tmp_path / "bad.csv").write_text("id,email,code\nb1,a@example.com,1\nb2,b@example.com\nb3,c@example.com,3,4\n")
    with gzip.open(tmp_path / "packed.csv", "wt") as stream:
        stream.write("id,email,code\np1,d@example.com,5\np1,x@example.com,5\n")
    ids = [f"r{number // 30}" for number in range(90)]
    mails = [f"m{number}@example.com" for number in range(90)]
    plain = Table.from_pydict({"id": ids, "email": mails, "code": list(range(90))})
    parquet.write_table(plain, tmp_path / "plain.parquet", row_group_size=7)
    (tmp_path / "odd [1]").mkdir()
    parquet.write_table(plain.slice(0, 5), tmp_path / "odd [1]" / "_part *.parquet")
    other = Table.from_pydict({"id": [1.5, 1e20, None], "email": mails[:3], "code": [True, False, None]})
    parquet.write_table(other, tmp_path / "other.parquet")
    names = ("bad.csv", "packed.csv", "plain.parquet", "odd [1]/_part *.parquet", "other.parquet")
    files = [tmp_path / name for name in names]
    rules = [{"ruleName": "mail", "matchingKeys": ["Email"]}, {"ruleName": "code", "matchingKeys": ["Code"]}]
    result = same_from_both(tmp_path, files, schema(fields), [files[2], files[4]], schema(fields), rules)
    assert (result.source.unreadable_records, result.source.rows_beyond_limit) == (2, 20)


def test_a_written_file_is_sorted_by_columns_that_it_does_not_show(engine: Engine, tmp_path: Path) -> None:
    rows = [exp.Tuple(expressions=[exp.Literal.number(n), exp.Literal.string(f"v{n}")]) for n in (3, 11, 2)]
    names = [exp.to_identifier(name) for name in ("n", "value")]
    table = exp.Values(expressions=rows, alias=exp.TableAlias(this="v", columns=names))
    query = exp.select(exp.alias_(exp.column("value"), "Value", quoted=True)).from_(table).order_by("n")
    assert engine.write(query, tmp_path / "out.csv", "csv") == 3
    assert (tmp_path / "out.csv").read_text() == "Value\nv2\nv3\nv11\n"
    assert [row for batch in engine.batches(query) for row in batch.column(0).to_pylist()] == ["v2", "v3", "v11"]
    before = (tmp_path / "out.csv").read_bytes()
    with pytest.raises(MandorlaError, match="The Spark cluster did not finish a step"):
        engine.write(exp.select("a").from_("nowhere"), tmp_path / "out.csv", "csv")
    assert (tmp_path / "out.csv").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_what_a_cluster_says_of_a_value_is_not_repeated(engine: Engine) -> None:
    asked = exp.select(exp.cast(exp.Literal.string("ann@example.com"), "INT"))
    with pytest.raises(MandorlaError, match="The Spark cluster did not finish a step") as refused:
        engine.rows(asked)
    assert "ann" not in refused.value.message
    assert refused.value.__suppress_context__


def test_what_is_kept_is_gone_after_the_end(sail_remote: str, tmp_path: Path) -> None:
    with closing(
        SparkEngine(environment={"MANDORLA_SPARK_REMOTE": sail_remote, "MANDORLA_SPARK_FOLDER": str(tmp_path)})
    ) as engine:
        assert engine.keep("one", exp.select(exp.alias_(exp.Literal.number(1), "place"))) == 1
        assert engine.keep("none", exp.select("place").from_("one").where(exp.false())) == 0
        engine.remove("one", "none")
        assert engine.rows(exp.select("place").from_("one")) == [(1,)]
        engine.remove("one", "one")
        assert engine.rows(exp.select("place").from_("one")) == []
        assert list(tmp_path.iterdir()) != []
    assert list(tmp_path.iterdir()) == []


def test_a_cluster_that_does_not_answer_is_named_at_once() -> None:
    with pytest.raises(
        MandorlaError, match=rf"No Spark Connect server answers at 127\.0\.0\.1:{(port := free_port())}: .*MANDORLA_SPARK"
    ):
        SparkEngine(environment={"MANDORLA_SPARK_REMOTE": f"sc://127.0.0.1:{port}/;token=secret"})


def test_two_workers_give_the_same_mapping(spark_cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANDORLA_SPARK_REMOTE", spark_cluster.remote)
    source, target = write_people(Random(0), tmp_path)
    # Explaining takes further jobs: it is asked of Sail, and of the cluster in the large run.
    same_from_both(tmp_path, source, schema(FIELDS), target, schema(FIELDS), RULES, explain=False)


@pytest.mark.large
def test_the_command_works_as_the_driver_of_a_classic_master(spark_cluster: Cluster, tmp_path: Path) -> None:
    fields = ("id:UNIQUE_ID", "email:EMAIL_ADDRESS:Email")
    write(tmp_path / "s.csv", fields, [["s1", "Ann@Example.com"], ["s2", "bob@example.com"]])
    write(tmp_path / "t.csv", fields, [["t1", "ann@example.com"], ["t2", "eve@example.com"]])
    (tmp_path / "schema.json").write_text(json.dumps(schema(fields)))
    (tmp_path / "rules.json").write_text('[{"ruleName": "email", "matchingKeys": ["Email"]}]')
    options = {"source": "s.csv", "source-schema": "schema.json", "target": "t.csv", "target-schema": "schema.json"}
    options |= {"rules": "rules.json", "output": "map.parquet", "engine": "spark"}
    command = [
        sys.executable,
        "-m",
        "mandorla",
        "match",
        *(word for name, value in options.items() for word in (f"--{name}", value)),
    ]
    environment = {**plain_environment(), **spark_cluster.environment, "MANDORLA_SPARK_REMOTE": spark_cluster.master}
    done = subprocess.run([*command, "--json"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["engine"] == "spark"
    assert mapping_of(tmp_path / "map.parquet") == [("s1", "t1", "email")]


def test_order_is_told_apart_from_rows() -> None:
    unsorted, order = without_order(exp.select("a").from_("t").order_by("b", exp.column("c").desc()))
    assert unsorted.sql("spark") == "SELECT a, b AS order_0, c AS order_1 FROM t"
    assert [one.sql("duckdb") for one in order] == ["order_0 NULLS FIRST", "order_1 DESC"]

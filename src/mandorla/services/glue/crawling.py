"""The stages of a crawl: look at the files as the crawler's role, then write all tables at once. Each may run twice."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mandorla.domain.account import Caller
from mandorla.domain.bucket import Bucket
from mandorla.domain.crawler import Crawler, CrawlerTarget
from mandorla.domain.errors import MandorlaError
from mandorla.engines.inferred_schema import SAMPLE_BYTES, InferredSchema, inferred_csv, inferred_parquet
from mandorla.engines.source_files import PARQUET_MAGIC
from mandorla.jobs.stages import Stages, Work
from mandorla.services.glue.crawled_tables import definition_of_found, partitions_of_found
from mandorla.services.glue.found_in_catalogue import write_tables
from mandorla.services.glue.table_layout import FoundFile, FoundTable, table_name, tables_below
from mandorla.services.iam.authorization import require_assumable
from mandorla.services.s3.role_access import require_may_in_bucket
from mandorla.services.s3.source_objects import SourceObject, bucket_at, objects_under, split_location
from mandorla.store.records import Records

CRAWL = "glue-crawl"
SERVICE = "glue.amazonaws.com"

# Whether the role may do an action with the bucket, or with the object of a key; AccessDeniedError if not.
Asked = Callable[[str, str], None]


def crawler_of(work: Work, records: Records) -> Crawler:
    """The crawler that the job is a run of."""
    crawler = records.find(Crawler, work.job.account_id, work.job.arguments["crawler_name"])
    if crawler is None:
        raise MandorlaError("The crawler was deleted before its crawl could run.")
    return crawler


def look(work: Work) -> Mapping[str, Any]:
    """What lies below the targets: the tables as they are to be written, and how many files were passed over."""
    tables: list[dict[str, Any]] = []
    passed_over = 0
    with work.records() as (records, _):
        crawler = crawler_of(work, records)
        for target in crawler.targets:
            bucket = bucket_at(records, target.path)
            asked = asked_as_role(work, records, crawler, bucket)
            asked("s3:ListBucket", "")
            objects = [one for one in objects_under(records, target.path) if not is_excluded(one.key, target)]
            found = list(found_files(work, target, objects, asked))
            passed_over += len(objects) - len(found)
            tables += [written_form(table, bucket, crawler) for table in tables_below(prefix_of(target, objects), found)]
    return {"tables": tables, "passed_over": words_of_passed_over(passed_over)}


def asked_as_role(work: Work, records: Records, crawler: Crawler, bucket: Bucket) -> Asked:
    """The question whether the crawler's role may do something with a bucket."""
    role = require_assumable(
        records,
        crawler.role_arn,
        service=SERVICE,
        source_account=crawler.account_id,
        source_arn=crawler.arn,
        now=work.clock(),
    )
    who = Caller(account_id=role.account_id, role_arn=role.arn, session_name="AWS-Crawler")

    def asked(action: str, key: str) -> None:
        require_may_in_bucket(records, who, bucket, action=action, key=key, now=work.clock())

    return asked


def prefix_of(target: CrawlerTarget, objects: Sequence[SourceObject]) -> str:
    """The target's folder with a slash at its end, or the one object's key that it is."""
    _, prefix = split_location(target.path)
    is_folder = not prefix or prefix.endswith("/") or [one.key for one in objects] != [prefix]
    return f"{prefix.rstrip('/')}/" if prefix and is_folder else prefix


def is_excluded(key: str, target: CrawlerTarget) -> bool:
    """Whether one of the target's exclusions, relative to its path, says so.

    >>> target = CrawlerTarget(path="s3://b/data/", exclusions=("**.json", "old/*"))
    >>> [is_excluded(key, target) for key in ("data/x/a.json", "data/old/a.csv", "data/old/x/a.csv")]
    [True, True, False]
    """
    _, prefix = split_location(target.path)
    name = key.removeprefix(prefix).lstrip("/")
    return any(re.fullmatch(pattern_of_glob(glob.lstrip("/")), name) for glob in target.exclusions)


def pattern_of_glob(glob: str) -> str:
    """A glob as a regular expression: `*` stays within a folder, `**` crosses them, `{a,b}` is a choice.

    >>> pattern_of_glob("a/*.{csv,txt}")
    'a/[^/]*\\\\.(?:csv|txt)'
    """
    spelled = {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")", ",": "|" if "{" in glob else ","}
    return "".join(
        f"[{'^' if piece[1] == '!' else ''}{re.escape(piece[1:-1].lstrip('!')).replace(chr(92) + '-', '-')}]"
        if len(piece) > 2
        else spelled.get(piece, re.escape(piece))
        for piece in re.findall(r"\*\*|\[[^\]/]+\]|.", glob)
    )


def found_files(work: Work, target: CrawlerTarget, objects: Sequence[SourceObject], asked: Asked) -> Iterator[FoundFile]:
    """The objects that are CSV or Parquet, with their schemas. Beyond the sample, files are like those of their folder."""
    seen: dict[str, list[InferredSchema | None]] = {}
    for number, source in enumerate(objects):
        work.report("files looked at", number, len(objects))
        of_folder = seen.setdefault(source.key.rpartition("/")[0], [])
        if target.sample_size and len(of_folder) >= target.sample_size:
            like = of_folder[0]
            schema = replace(like, record_count=0) if like is not None else None
        else:
            asked("s3:GetObject", source.key)
            schema = schema_of(work, source)
            of_folder.append(schema)
        if schema is not None:
            yield FoundFile(key=source.key, size=source.size, schema=schema)


def schema_of(work: Work, source: SourceObject) -> InferredSchema | None:
    """An object's format and columns, from its first bytes, or from its footer if it is Parquet."""
    start = b"".join(work.contents.read(source.stored.contents, start=0, length=min(source.size, SAMPLE_BYTES)))
    if not start.startswith(PARQUET_MAGIC):
        return inferred_csv(start, size=source.size)
    at = source.lend(work.contents, work.scratch / "looked_at.parquet")
    try:
        return inferred_parquet(at)
    finally:
        at.unlink(missing_ok=True)


def written_form(table: FoundTable, bucket: Bucket, crawler: Crawler) -> dict[str, Any]:
    """A table as plain JSON, as the second stage writes it."""
    return {
        "name": table_name(table.prefix, bucket.name, crawler.table_prefix),
        "definition": definition_of_found(table, bucket.name, crawler.name),
        "partitions": partitions_of_found(table, bucket.name, crawler.name),
    }


def words_of_passed_over(count: int) -> str:
    """What is said of files that are no table.

    >>> words_of_passed_over(0), words_of_passed_over(2)[:24]
    ('', '2 files were passed over')
    """
    if not count:
        return ""
    subject = "1 file was" if count == 1 else f"{count} files were"
    return f"{subject} passed over: neither Parquet nor UTF-8 CSV with at least two columns and two rows."


def write(work: Work) -> Mapping[str, Any]:
    """Write what was found into the catalogue, all of it or nothing."""
    return write_tables(work, crawler_of, work.job.results["tables"])


JOBS: Mapping[str, Stages] = {CRAWL: (look, write)}

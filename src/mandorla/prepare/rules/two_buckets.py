"""The guide: "Ensure that the S3 bucket for receiving the query results is a different location from the S3 bucket that
contains the data that you bring into the collaboration."
"""

from collections.abc import Iterator, Sequence

from mandorla.domain.finding import Finding
from mandorla.prepare.rules.glue_tables import table_of
from mandorla.prepare.rules.payload import CREATE_MEMBERSHIP, POLICY, START_PROTECTED_QUERY, Json, Payload, listed, statements

CODE = "ONE_BUCKET"

# Where results go, by kind of payload.
RESULTS: dict[str, tuple[str, ...]] = {
    CREATE_MEMBERSHIP: ("defaultResultConfiguration", "outputConfiguration", "s3", "bucket"),
    START_PROTECTED_QUERY: ("resultConfiguration", "outputConfiguration", "s3", "bucket"),
}


def findings(payloads: Sequence[Payload]) -> Iterator[Finding]:
    """Buckets that hold data and receive results, over all payloads that were given together."""
    holding = {bucket: payload for payload in payloads for bucket in buckets_of_data(payload)}
    for payload in payloads:
        bucket = at(payload.document, RESULTS[payload.kind]) if payload.kind in RESULTS else None
        if isinstance(bucket, str) and bucket in holding:
            what = f"results would go to the bucket '{bucket}', which {holding[bucket].path.name} brings in as data"
            mend = "receive results in a bucket of its own"
            yield Finding(code=CODE, where=payload.where(".".join(RESULTS[payload.kind])), what=what, mend=mend)


def buckets_of_data(payload: Payload) -> Iterator[str]:
    """The buckets that a payload brings data in from: a table's location, or what a role may read."""
    table = table_of(payload) if isinstance(payload.document, dict) else None
    location = at(table, ("StorageDescriptor", "Location"))
    if isinstance(location, str) and location.startswith("s3://"):
        yield location.removeprefix("s3://").partition("/")[0]
    if payload.kind == "CreateCrawler":
        for target in at(payload.document, ("Targets", "S3Targets")) or []:
            yield str(target.get("Path", "")).removeprefix("s3://").partition("/")[0]
    if payload.kind == POLICY:
        for statement in statements(payload.document):
            if "s3:GetObject" in listed(statement.get("Action")):
                yield from {arn.removeprefix("arn:aws:s3:::").partition("/")[0] for arn in listed(statement.get("Resource"))}


def at(document: Json, path: Sequence[str]) -> Json:
    """What stands at a path of members; None if the path ends early."""
    for member in path:
        document = document.get(member) if isinstance(document, dict) else None
    return document

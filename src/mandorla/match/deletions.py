"""What a run that only deletes asks: which ids are marked, which are there still, and what that leaves of a mapping."""

from collections.abc import Sequence

from sqlglot import exp

from mandorla.domain.schema_mapping import SchemaMapping
from mandorla.match.records import is_deleted
from mandorla.normalize import plain_text
from mandorla.normalize.normalizer import only

COLUMNS = ("source_id", "target_id", "rule")
DELETED, PRESENT = "deleted_{}", "present_{}"


def deleted_rows(side: str, mappings: Sequence[SchemaMapping]) -> exp.Query:
    """The unique id of each record of a side that its DELETE column marks: unique_id."""
    return ids_of(side, mappings, are_deleted=True)


def present_ids(side: str, mappings: Sequence[SchemaMapping]) -> exp.Query:
    """The different unique ids of the records of a side that are not marked: unique_id."""
    every = ids_of(side, mappings, are_deleted=False)
    is_given = exp.NEQ(this=exp.column("unique_id"), expression=exp.Literal.string(""))
    return exp.select("unique_id").distinct().from_(every.subquery("every")).where(is_given)


def ids_of(side: str, mappings: Sequence[SchemaMapping], *, are_deleted: bool) -> exp.Query:
    """The ids of the marked records, or of the others, one row a record."""
    parts: list[exp.Query] = []
    for number, mapping in enumerate(mappings, start=1):
        unique_id = plain_text.TRIMMED.expression(exp.column(mapping.unique_id.field_name, quoted=True), only(""))
        mark = is_deleted(mapping) or exp.false()
        is_wanted = mark if are_deleted else exp.Not(this=mark)
        parts.append(exp.select(exp.alias_(unique_id, "unique_id")).from_(f"{side}_{number}").where(is_wanted))
    return parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)


def no_pairs() -> exp.Query:
    """A mapping of nobody."""
    columns = [exp.alias_(exp.cast(exp.Null(), "TEXT"), name) for name in COLUMNS]
    return exp.select(*columns).where(exp.false())


def pairs_of(mapping: str) -> exp.Query:
    """The rows of a mapping, in the order that every mapping has."""
    return exp.select(*COLUMNS).from_(mapping).order_by("source_id")


def pairs_left(old: str) -> exp.Query:
    """The rows of a mapping of which neither id was deleted."""
    kept = [exp.Not(this=exp.Exists(this=deletion_of(side, old))) for side in ("source", "target")]
    return exp.select(*COLUMNS).from_(old).where(*kept)


def deletion_of(side: str, old: str) -> exp.Query:
    """A row if a side's id in a row of the mapping was deleted."""
    deleted = DELETED.format(side)
    is_same = exp.EQ(this=exp.column("unique_id", deleted), expression=exp.column(f"{side}_id", old))
    return exp.select(exp.Literal.number(1)).from_(deleted).where(is_same)

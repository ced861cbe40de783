"""A whole schema mapping proposed for attached files, or a refusal that says what to write by hand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mandorla.domain.finding import Finding
from mandorla.domain.schema_mapping import AttributeType, InputField, SchemaMapping
from mandorla.engines.engine import Engine
from mandorla.engines.preparation_queries import first_rows, tally_of_column
from mandorla.engines.source_files import refused
from mandorla.prepare.proposal import (
    LEAST_CONFIDENCE,
    NAME_ALONE,
    SAMPLE_ROWS,
    ProposedField,
    id_candidates,
    id_confidence,
    proposed_field,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedSchema:
    """A schema mapping with a confidence for each of its columns, and the columns that were too doubtful to map."""

    mapping: SchemaMapping
    confidence: Mapping[str, float]
    doubtful: tuple[ProposedField, ...]


def proposed_schema(engine: Engine, columns: Sequence[str], *, schema_name: str, where: str) -> ProposedSchema:
    """The mapping that names and values suggest, in the order of the columns; InvalidInputError if there is no unique id."""
    sample = list(zip(*engine.rows(first_rows(columns, SAMPLE_ROWS)), strict=True)) or [()] * len(columns)
    proposed = {column: proposed_field(column, values) for column, values in zip(columns, sample, strict=True)}
    unique_id = proposed_id(engine, columns, [column for column in columns if proposed[column] is None])
    if unique_id is None:
        what = "no column looks like a unique id: none is called so, and none is filled with a different value in every row"
        raise refused("UNIQUE_ID_MISSING", where, what, "add such a column, or say which one it is with --schema")
    found = [unique_id if column == unique_id.field.field_name else proposed[column] for column in columns]
    sure = [one for one in found if one and (one is unique_id or one.confidence >= LEAST_CONFIDENCE)]
    if len(sure) < 2:
        what = "no column besides the unique id looks like something that identifies people"
        raise refused("NOTHING_TO_MATCH", where, what, "say what the columns hold with --schema")
    return ProposedSchema(
        mapping=SchemaMapping(schema_name=schema_name, mapped_input_fields=tuple(one.field for one in sure)),
        confidence={one.field.field_name: one.confidence for one in sure},
        doubtful=tuple(one for one in found if one and one not in sure),
    )


def proposed_id(engine: Engine, columns: Sequence[str], free: Sequence[str]) -> ProposedField | None:
    """The column that names a row: by its name, else a column that nothing else claims and whose values all differ."""
    for candidates, by_name in ((id_candidates(columns), True), (free, False)):
        rated = [(id_confidence(*engine.rows(tally_of_column(one))[0], by_name=by_name), one) for one in candidates[:5]]
        # The likeliest name (or the leftmost column) counts before unlikelier ones whose values differ more: several rows of
        # one customer_id are a customer's, and order_id is nobody.
        good_enough = [pair for pair in rated if pair[0] >= (NAME_ALONE if by_name else LEAST_CONFIDENCE)]
        confidence, column = (good_enough or rated or [(0.0, "")])[0]
        if confidence >= LEAST_CONFIDENCE:
            return ProposedField(field=InputField(field_name=column, type=AttributeType.UNIQUE_ID), confidence=confidence)
    return None


def findings_of_proposal(proposed: ProposedSchema) -> Iterator[Finding]:
    """How sure the proposal is, where it is not very sure."""
    for field in proposed.mapping.mapped_input_fields:
        if proposed.confidence[field.field_name] < 0.75:
            yield Finding(
                code="PROPOSAL_DOUBTFUL",
                where=f"column '{field.field_name}'",
                what=f"taken for {field.type.value}, {proposed.confidence[field.field_name]:.0%} sure",
                mend="look at create-schema-mapping.json; mend it and give it with --schema if it is something else",
                severity="warning",
            )
    for one in proposed.doubtful:
        yield Finding(
            code="PROPOSAL_DOUBTFUL",
            where=f"column '{one.field.field_name}'",
            what=f"it is called like {one.field.type.value}, but its values do not look so; it is left out",
            mend="map it with --schema if it is that after all",
            severity="warning",
        )

"""What an ID mapping says of itself: its job's metrics under Entity Resolution's names, and why its match rate is so."""

from dataclasses import dataclass, fields

from mandorla.domain.model_names import model_name
from mandorla.domain.rules import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class SideCounts:
    """The records of one side. Rows that no reader could split into fields are among those not processed.

    `rows_beyond_limit` counts rows beyond the first 25 of their unique id; `ids_beyond_limit` the ids that have such rows.
    """

    input_records: int
    unreadable_records: int
    records_without_id: int
    rows_beyond_limit: int
    ids_beyond_limit: int
    delete_records: int
    unique_records: int

    @property
    def records_not_processed(self) -> int:
        """Records that take no part."""
        return self.unreadable_records + self.records_without_id + self.rows_beyond_limit

    @property
    def records_processed(self) -> int:
        """Records that take part, deletions included."""
        return self.input_records - self.records_not_processed


@dataclass(frozen=True, slots=True, kw_only=True)
class IdMappingJobMetrics:
    """The fifteen metrics of Entity Resolution's service model (IdMappingJobMetrics), each counting both sides' records."""

    input_records: int
    total_records_processed: int
    records_not_processed: int
    delete_records_processed: int
    total_mapped_records: int
    total_mapped_source_records: int
    total_mapped_target_records: int
    unique_records_loaded: int
    new_mapped_records: int
    new_mapped_source_records: int
    new_mapped_target_records: int
    new_unique_records_loaded: int
    mapped_records_removed: int
    mapped_source_records_removed: int
    mapped_target_records_removed: int

    def as_json(self) -> dict[str, int]:
        """The metrics under the names of the wire."""
        return {model_name(field.name): getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOutcome:
    """What a rule brought. `mapped_sources` counts source ids whose first matching rule it is.

    The candidates count all that agree on the rule, before earlier rules and ties take their part; None unless explained.
    """

    rule: Rule
    mapped_sources: int
    skipped_because: str | None = None
    candidate_pairs: int | None = None
    candidate_sources: int | None = None
    candidate_targets: int | None = None
    junk_keys: tuple["JunkKey", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JunkKey:
    """A value that many share, such as a shop's own e-mail address. It is never shown: `example_*` says where one stands."""

    sources: int
    targets: int
    example_source_place: str
    example_target_place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFill:
    """How one field of a match key is filled: records that hold anything, and those whose value normalization rejects."""

    side: str
    match_key: str
    columns: tuple[str, ...]
    hashed: bool
    records: int
    filled: int
    rejected: int
    reject_reason: str

    @property
    def fill_rate(self) -> float:
        """The share of records with a usable value, from 0 to 1."""
        return (self.filled - self.rejected) / self.records if self.records else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class IdMappingResult:
    """An ID mapping as written to `output`: one row a mapped source, with source_id, target_id and rule.

    `engine_reason` says why that engine was taken, where nobody asked for one.
    """

    output: str
    profile: str
    engine: str
    attribute_matching_model: str
    record_matching_model: str
    metrics: IdMappingJobMetrics
    source: SideCounts
    target: SideCounts
    rules: tuple[RuleOutcome, ...]
    fields: tuple[FieldFill, ...] = ()
    warnings: tuple[str, ...] = ()
    engine_reason: str = ""

    @property
    def match_rate(self) -> float:
        """Mapped source ids by all source ids, from 0 to 1."""
        return self.metrics.total_mapped_source_records / self.source.unique_records if self.source.unique_records else 0.0

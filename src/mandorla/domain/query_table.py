"""A table as a query sees it: its columns, how sensitive they are, who owns it and which analysis rule it stands under."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mandorla.domain.analysis_rules import AnalysisRule, CollaborationRule


class Sensitivity(StrEnum):
    """How many users an output value needs behind it, and what a query may do with it (AMC's six levels)."""

    NONE = "NONE"
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    VERY_HIGH = "VERY_HIGH"
    INTERNAL = "INTERNAL"


@dataclass(frozen=True, slots=True)
class QueryColumn:
    """A column that a query may name. Its type is written as the catalogue writes it: `string`, `bigint`, …"""

    name: str
    data_type: str = "string"
    sensitivity: Sensitivity = Sensitivity.LOW


@dataclass(frozen=True, slots=True, kw_only=True)
class EventKey:
    """How an advertiser's event table gets its `user_id`: its key column, and the one ID mapping table of the instance."""

    key_column: str = "customer_user_id"
    mapping_relation: str
    source_column: str = "sourceid"
    target_column: str = "targetid"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryTable:
    """A table of a collaboration. `relation` is the name under which the engine has it; `columns` are all that may be read.

    `user_column` names the user behind a row, where there is one; `time_column` is what AMC's time window bounds.
    `joins_with` is of an ID mapping table: for each of its columns, the account whose tables hold those ids.
    """

    name: str
    columns: tuple[QueryColumn, ...]
    relation: str = ""
    owner: str = ""
    analysis_rule: AnalysisRule | None = None
    collaboration_rule: CollaborationRule | None = None
    user_column: str | None = None
    time_column: str | None = None
    event_key: EventKey | None = None
    rows_are_sensitive: bool = False
    joins_with: Mapping[str, str] = field(default_factory=dict)

    @property
    def engine_relation(self) -> str:
        """The engine's name of the table."""
        return self.relation or self.name

    def column(self, name: str) -> QueryColumn | None:
        """The column of that name, which is in lower case."""
        return next((column for column in self.columns if column.name == name), None)


# The levels that the guides of Amazon Ads give, or show in examples, to columns of AMC's own tables. GUESS: a column that
# stands nowhere is LOW; the data source pages of AMC's console would settle it.
AMC_SENSITIVITIES: Mapping[str, Sensitivity] = {
    **dict.fromkeys(("user_id", "conversion_id", "ip_address", "request_tag"), Sensitivity.VERY_HIGH),
    **dict.fromkeys(("postal_code", "city_name"), Sensitivity.HIGH),
    **dict.fromkeys(
        ("event_dt", "event_dt_utc", "impression_dt", "impression_dt_utc", "click_dt", "click_dt_utc"), Sensitivity.MEDIUM
    ),
    **dict.fromkeys(("traffic_event_dt", "traffic_event_dt_utc", "conversion_event_dt", "bid_price"), Sensitivity.MEDIUM),
    **dict.fromkeys(("conversion_event_dt_utc",), Sensitivity.MEDIUM),
    **dict.fromkeys(("impressions", "clicks", "views", "conversions", "purchases", "total_purchases"), Sensitivity.NONE),
    **dict.fromkeys(("total_cost", "supply_cost", "product_sales", "total_product_sales", "units_sold"), Sensitivity.NONE),
}
EVENT_TIME_COLUMNS = ("impression_dt_utc", "click_dt_utc", "event_dt_utc", "impression_dt", "click_dt", "event_dt")


def amazon_table(name: str, columns: Mapping[str, str], *, relation: str = "") -> QueryTable:
    """A table of AMC's own (columns and their types) with the levels above; its user is `user_id`, if it has one.

    >>> amazon_table("dsp_clicks", {"user_id": "string", "clicks": "bigint"}).columns[1].sensitivity.value
    'NONE'
    """
    return QueryTable(
        name=name,
        relation=relation,
        columns=tuple(
            QueryColumn(column, data_type, AMC_SENSITIVITIES.get(column, Sensitivity.LOW))
            for column, data_type in columns.items()
        ),
        user_column="user_id" if "user_id" in columns else None,
        time_column=next((column for column in EVENT_TIME_COLUMNS if column in columns), None),
    )


def event_table(
    name: str, columns: Mapping[str, str], event_key: EventKey, *, relation: str = "", owner: str = ""
) -> QueryTable:
    """An advertiser's event table as AMC shows it: its own columns and an added `user_id`.

    AMC treats uploaded data like HIGH: its rows need 100 users. Its columns are MEDIUM here, which needs as many but may be
    compared with literals, since the guide itself compares an event table's time with a parameter. Its key is VERY_HIGH.
    """
    levels = {event_key.key_column: Sensitivity.VERY_HIGH}
    own = (QueryColumn(column, kind, levels.get(column, Sensitivity.MEDIUM)) for column, kind in columns.items())
    return QueryTable(
        name=name,
        relation=relation,
        owner=owner,
        columns=(
            *(column for column in own if column.name != "user_id"),
            QueryColumn("user_id", "string", Sensitivity.VERY_HIGH),
        ),
        user_column="user_id",
        event_key=event_key,
        rows_are_sensitive=True,
    )

"""Random small rooms, and random questions that AMC's grammar allows, each with what an unprotected database would say of it.

A question is made of parts, so that a judge who knows nothing of the code under test can ask the same without protection: which
users stand behind each row, and what a single person adds to it.
"""

from dataclasses import dataclass

import duckdb
from hypothesis import strategies as st

from mandorla.domain.protected_query import AmcQuestion, UserThresholds
from mandorla.domain.query_table import EventKey, QueryTable, amazon_table, event_table

USERS = tuple(f"u{number}" for number in range(14))
LOW, HIGH = 3, 5
THRESHOLDS = UserThresholds(none=1, low=LOW, medium=HIGH, high=HIGH)
QUESTION = AmcQuestion(thresholds=THRESHOLDS)
VIEWS = {
    "user_id": "string",
    "campaign": "string",
    "device": "string",
    "postal_code": "string",
    "impressions": "bigint",
    "total_cost": "double",
}
CLICKS = {"user_id": "string", "campaign": "string", "clicks": "bigint"}
EVENTS = {"customer_user_id": "string", "kind": "string", "quantity": "bigint"}
TABLES: tuple[QueryTable, ...] = (
    amazon_table("seen", VIEWS),
    amazon_table("clicked", CLICKS),
    event_table("bought", EVENTS, EventKey(mapping_relation="mapping")),
)
# How many users a value of a column needs, as the guides have it; the judge's own table.
NEEDS = {"campaign": LOW, "device": LOW, "postal_code": HIGH, "kind": HIGH, "total": 1, "times": 1}


@dataclass(frozen=True, slots=True)
class Room:
    """The rows of a room: those of the tables, and which key the advertiser has for a user."""

    seen: tuple[tuple[str, str, str, str, int, float], ...]
    clicked: tuple[tuple[str, str, int], ...]
    bought: tuple[tuple[str, str, int], ...]
    mapping: tuple[tuple[str, str], ...]

    def without(self, user: str) -> "Room":
        """The room as if a person had never been there."""
        keys = {key for key, mapped in self.mapping if mapped == user}
        return Room(
            tuple(row for row in self.seen if row[0] != user),
            tuple(row for row in self.clicked if row[0] != user),
            tuple(row for row in self.bought if row[0] not in keys),
            tuple(row for row in self.mapping if row[1] != user),
        )

    def open(self) -> duckdb.DuckDBPyConnection:
        """The room as a database; `bought_by` is the event table with its user, for the judge."""
        connection = duckdb.connect()
        connection.execute(
            """
            CREATE TABLE seen (user_id VARCHAR, campaign VARCHAR, device VARCHAR, postal_code VARCHAR, impressions BIGINT,
                total_cost DOUBLE);
            CREATE TABLE clicked (user_id VARCHAR, campaign VARCHAR, clicks BIGINT);
            CREATE TABLE bought (customer_user_id VARCHAR, kind VARCHAR, quantity BIGINT);
            CREATE TABLE mapping (sourceid VARCHAR, targetid VARCHAR);
            CREATE VIEW bought_by AS SELECT b.*, m.targetid AS user_id FROM bought b
                LEFT JOIN mapping m ON b.customer_user_id = m.sourceid;
            """
        )
        for name, rows in (
            ("seen", self.seen),
            ("clicked", self.clicked),
            ("bought", self.bought),
            ("mapping", self.mapping),
        ):
            if rows:
                marks = ", ".join("?" for _ in rows[0])
                connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
        return connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A number of the answer: as it is asked for, what one row adds to it at most, and how many users it needs by itself.

    `adds` None says that the number is no sum: it may change by anything that lies between other people's values. `users`
    counts those who add something; nothing is asked of them where it is empty.
    """

    asked: str
    adds: str | None
    users: str = ""
    needs: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question in its parts. `judged` is the same FROM and WHERE for a database without protection."""

    dimensions: tuple[str, ...]
    metrics: tuple[Metric, ...]
    before: str = ""
    source: str
    judged_before: str = ""
    judged: str
    user: str
    having: str = ""
    needs: int = 1

    def sql(self) -> str:
        """What is asked."""
        numbers = [f"{metric.asked} AS m{place}" for place, metric in enumerate(self.metrics)]
        return " ".join(
            [self.before, "SELECT", ", ".join([*self.named(), *numbers]), self.source, self.grouped(), self.having]
        ).strip()

    def whole(self) -> str:
        """The same without protection, with the users behind each row, and those who add to each number."""
        numbers = [f"{metric.asked} AS m{place}" for place, metric in enumerate(self.metrics)]
        users = [f"COUNT(DISTINCT {self.user}) AS users"]
        users += [f"{metric.users or '0'} AS users{place}" for place, metric in enumerate(self.metrics)]
        listed = ", ".join([*self.named(), *numbers, *users])
        return f"{self.judged_before} SELECT {listed} {self.judged} {self.grouped()}"

    def of_person(self, user: str) -> str:
        """What one person adds to each number of each row."""
        numbers = [f"{metric.adds or 'NULL'} AS m{place}" for place, metric in enumerate(self.metrics)]
        joiner = "AND" if " WHERE " in self.judged else "WHERE"
        listed = ", ".join([*self.named(), *numbers])
        return f"{self.judged_before} SELECT {listed} {self.judged} {joiner} {self.user} = '{user}' {self.grouped()}"

    def named(self) -> list[str]:
        """The dimensions with names of their own."""
        return [f"{dimension} AS d{place}" for place, dimension in enumerate(self.dimensions)]

    def grouped(self) -> str:
        """GROUP BY, where there is something to group by."""
        return f"GROUP BY {', '.join(self.dimensions)}" if self.dimensions else ""


def rooms() -> st.SearchStrategy[Room]:
    """Rooms in which some groups are small."""
    user, campaign = st.sampled_from(USERS), st.sampled_from(["c1", "c2", "c3"])
    seen = st.tuples(
        user,
        campaign,
        st.sampled_from(["tv", "phone"]),
        st.sampled_from(["p1", "p2", "p3"]),
        st.integers(0, 4),
        st.sampled_from([0.0, 0.25, 1.5, 3.0]),
    )
    clicked = st.tuples(user, campaign, st.integers(0, 3))
    bought = st.tuples(
        st.sampled_from([f"k{number}" for number in range(16)]), st.sampled_from(["cart", "order"]), st.integers(0, 5)
    )
    mapping = tuple((f"k{number}", user) for number, user in enumerate(USERS))
    return st.builds(
        Room,
        st.lists(seen, min_size=10, max_size=60).map(tuple),
        st.lists(clicked, max_size=30).map(tuple),
        st.lists(bought, max_size=40).map(tuple),
        st.just(mapping),
    )


PREDICATES = {
    "seen": (("campaign = 'c1'", LOW), ("device <> 'tv'", LOW), ("campaign IN ('c1', 'c2')", LOW), ("impressions > 1", 1)),
    "clicked": (("campaign <> 'c3'", LOW), ("clicks > 0", 1)),
    "bought": (("kind = 'order'", HIGH), ("quantity >= 2", HIGH)),
}
DIMENSIONS = {"seen": ("campaign", "device", "postal_code"), "clicked": ("campaign",), "bought": ("kind",)}
AMOUNTS = {"seen": ("impressions", "total_cost"), "clicked": ("clicks",), "bought": ("quantity",)}
JUDGED = {"seen": "seen", "clicked": "clicked", "bought": "bought_by"}


def metrics_over(table: str, alias: str) -> st.SearchStrategy[Metric]:
    """Numbers over the rows of a table."""
    user = f"{alias}.user_id"
    found = [
        Metric(asked="COUNT(1)", adds="COUNT(1)"),
        Metric(asked=f"COUNT(DISTINCT {user})", adds=f"COUNT(DISTINCT {user})"),
    ]
    for amount in AMOUNTS[table]:
        column = f"{alias}.{amount}"
        found += [
            Metric(asked=f"SUM({column})", adds=f"SUM(ABS({column}))"),
            Metric(asked=f"COUNT({column})", adds=f"COUNT({column})"),
            Metric(asked=f"AVG({column})", adds=None),
        ]
        if table == "seen":
            chosen = f"CASE WHEN {alias}.campaign = 'c1' THEN {column} ELSE 0 END"
            users = f"COUNT(DISTINCT CASE WHEN {chosen} <> 0 THEN {user} END)"
            found.append(Metric(asked=f"SUM({chosen})", adds=f"SUM(ABS({chosen}))", users=users, needs=LOW))
    return st.sampled_from(found)


def own_need(table: str) -> int:
    """The users that a row over a table needs whatever its columns are."""
    return HIGH if table == "bought" else 1


@st.composite
def plain(draw: st.DrawFn) -> Asked:
    """One table, grouped and filtered."""
    table = draw(st.sampled_from(list(DIMENSIONS)))
    dimensions = draw(st.lists(st.sampled_from(DIMENSIONS[table]), unique=True, max_size=2))
    conditions = draw(st.lists(st.sampled_from(PREDICATES[table]), unique=True, max_size=2))
    where = f" WHERE {' AND '.join(text for text, _ in conditions)}" if conditions else ""
    having = draw(st.sampled_from(["", "HAVING COUNT(DISTINCT t.user_id) > 3", "HAVING COUNT(1) > 4"])) if dimensions else ""
    return Asked(
        dimensions=tuple(f"t.{name}" for name in dimensions),
        metrics=tuple(draw(st.lists(metrics_over(table, "t"), min_size=1, max_size=3))),
        source=f"FROM {table} t{where}",
        judged=f"FROM {JUDGED[table]} t{where}",
        user="t.user_id",
        having=having,
        needs=max([own_need(table), *(NEEDS[name] for name in dimensions), *(need for _, need in conditions)]),
    )


@st.composite
def joined(draw: st.DrawFn) -> Asked:
    """Two tables over the same users."""
    other = draw(st.sampled_from(["clicked", "bought"]))
    dimension = draw(st.sampled_from([None, *DIMENSIONS["seen"]]))
    condition = draw(st.sampled_from([("", 1), *((f" WHERE o.{text}", need) for text, need in PREDICATES[other])]))
    metrics = st.one_of(metrics_over("seen", "s"), metrics_over(other, "o"))

    def over(table: str) -> str:
        return f"FROM seen s INNER JOIN {table} o ON s.user_id = o.user_id{condition[0]}"

    return Asked(
        dimensions=(f"s.{dimension}",) if dimension else (),
        metrics=tuple(draw(st.lists(metrics, min_size=1, max_size=2))),
        source=over(other),
        judged=over(JUDGED[other]),
        user="s.user_id",
        needs=max(own_need(other), NEEDS[dimension] if dimension else 1, condition[1]),
    )


@st.composite
def by_frequency(draw: st.DrawFn) -> Asked:
    """How often people were reached: a number for each user first, then users for each number."""
    table = draw(st.sampled_from(["seen", "clicked"]))
    amount = AMOUNTS[table][0]
    condition = draw(st.sampled_from([("", 1), *((f" WHERE {text}", need) for text, need in PREDICATES[table])]))
    per_user = (
        f"WITH per AS (SELECT user_id, COUNT(1) AS times, SUM({amount}) AS total FROM {table}{condition[0]} GROUP BY user_id)"
    )
    dimension = draw(st.sampled_from(["times", "total"]))
    metrics = (
        Metric(asked="COUNT(DISTINCT per.user_id)", adds="COUNT(DISTINCT per.user_id)"),
        Metric(asked="COUNT(1)", adds="COUNT(1)"),
        Metric(asked="SUM(per.total)", adds="SUM(ABS(per.total))"),
    )
    return Asked(
        dimensions=(f"per.{dimension}",),
        metrics=tuple(draw(st.lists(st.sampled_from(metrics), min_size=1, max_size=2))),
        before=per_user,
        source="FROM per",
        judged_before=per_user,
        judged="FROM per",
        user="per.user_id",
        needs=condition[1],
    )


@st.composite
def together(draw: st.DrawFn) -> Asked:
    """Two tables, one under the other."""
    dimension = draw(st.sampled_from([None, "campaign"]))

    def both() -> str:
        parts = (
            "SELECT user_id, campaign, impressions AS n FROM seen UNION ALL SELECT user_id, campaign, clicks AS n FROM clicked"
        )
        return f"WITH t AS ({parts})"

    metrics = (
        Metric(asked="COUNT(1)", adds="COUNT(1)"),
        Metric(asked="COUNT(DISTINCT t.user_id)", adds="COUNT(DISTINCT t.user_id)"),
        Metric(asked="SUM(t.n)", adds="SUM(ABS(t.n))"),
    )
    return Asked(
        dimensions=(f"t.{dimension}",) if dimension else (),
        metrics=tuple(draw(st.lists(st.sampled_from(metrics), min_size=1, max_size=2))),
        before=both(),
        source="FROM t",
        judged_before=both(),
        judged="FROM t",
        user="t.user_id",
        needs=LOW if dimension else 1,
    )


def questions() -> st.SearchStrategy[Asked]:
    """Every shape."""
    return st.one_of(plain(), joined(), by_frequency(), together())

"""The last word about each row: how many users stand behind it, whether they are enough, and what becomes of it if not.

Amazon Ads guide, create workflow: REMOVE_ROWS drops the row; with `filteredMetricsDiscriminatorColumn` the values that need
more users become NULL and the rows are aggregated again with SUM.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from mandorla.domain.protected_query import AmcQuestion, PrivacyFiltering
from mandorla.protect.needs import Needs
from mandorla.protect.rewrites.bound_contributors import UNDECIDED
from mandorla.protect.rewrites.count_users import UserPath

ROWS, USERS, UNDECIDED_ROW = "protected_rows", "protected_users", "protected_undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedQuery:
    """A query with its users counted: the names of its own columns, what they need, and which of them are metrics.

    `metrics` has for each metric the aggregate that puts two of its values together, None where there is none. With
    `is_bounded` the contributors of metrics are bounds, and a row that they leave undecided stays, with a column that says so.
    """

    tree: exp.Query
    columns: tuple[str, ...]
    paths: Sequence[UserPath]
    needs: Needs
    metrics: Mapping[str, str | None]
    zero_counts: bool = False
    is_bounded: bool = False


def apply_thresholds(counted: CountedQuery, question: AmcQuestion | None) -> exp.Query:
    """The result's rows as they may be shown, with the columns that an AMC workflow asked to be added."""
    order, limit = counted.tree.args.get("order"), counted.tree.args.get("limit")
    counted.tree.set("order", None)
    counted.tree.set("limit", None)
    rows = _counted_rows(counted)
    if question is not None and removes_values(question):
        result = _without_values(rows, counted, question)
    else:
        result = _without_rows(rows, counted, question)
    if order:
        result.set("order", exp.Order(expressions=[_by_name(one, counted.columns) for one in order.expressions]))
    if limit:
        result.set("limit", limit)
    return result


def removes_values(question: AmcQuestion) -> bool:
    """Whether values rather than rows are removed: asked for directly, or by naming the discriminator column."""
    return (
        question.privacy_filtering is PrivacyFiltering.REMOVE_VALUES
        or question.filtered_metrics_discriminator_column is not None
    )


def _counted_rows(counted: CountedQuery) -> exp.Select:
    """The query's rows with one number of users: the least of its paths that has any, since every path must be large enough."""
    inner = counted.tree
    with_ = inner.args.get("with_")
    inner.set("with_", None)
    select = exp.select(
        exp.alias_(_users(counted.paths, zero_counts=counted.zero_counts), USERS, quoted=True), "protected_counted.*"
    )
    if counted.is_bounded:
        select = select.select(exp.alias_(_is_undecided(counted), UNDECIDED_ROW, quoted=True))
    select = select.from_(_named(inner, "protected_counted"))
    if with_:
        select.set("with_", with_)
    return select


def _is_undecided(counted: CountedQuery) -> exp.Expr:
    """Whether the users behind a row are enough, and some metric's contributors may be or not."""
    rows = [path for path in counted.paths if path.metric_of is None]
    enough = exp.GTE(this=_users(rows, zero_counts=counted.zero_counts), expression=exp.Literal.number(counted.needs.most))
    bounds = [_count(path) for path in counted.paths if path.metric_of is not None]
    undecided = exp.or_(*(exp.EQ(this=bound, expression=exp.Literal.number(UNDECIDED)) for bound in bounds))
    return exp.and_(enough, undecided)


def _users(paths: Sequence[UserPath], *, zero_counts: bool) -> exp.Expr:
    zero = exp.Literal.number(0)
    counts: list[exp.Expr] = [
        _count(path) if zero_counts else exp.Nullif(this=_count(path), expression=zero.copy()) for path in paths
    ]
    if not counts:
        return exp.Null()
    least = counts[0] if len(counts) == 1 else exp.Anonymous(this="LEAST", expressions=counts)
    return exp.Coalesce(this=least, expressions=[exp.Literal.number(0)])


def _count(path: UserPath) -> exp.Column:
    return exp.column(path.users.name, "protected_counted", quoted=True)


def _without_rows(rows: exp.Select, counted: CountedQuery, question: AmcQuestion | None) -> exp.Select:
    columns: list[exp.Expr] = [exp.column(name, ROWS, quoted=True) for name in counted.columns]
    if question is not None and question.distinct_user_count_column:
        columns.append(exp.alias_(exp.column(USERS, ROWS, quoted=True), question.distinct_user_count_column, quoted=True))
    if question is not None and question.filtered_reason_column:
        columns.append(exp.alias_(exp.cast(exp.Null(), "TEXT"), question.filtered_reason_column, quoted=True))
    if counted.is_bounded:
        undecided = exp.column(UNDECIDED_ROW, ROWS, quoted=True)
        shown = exp.or_(_enough(counted.needs.most), undecided)
        return exp.select(*columns, undecided.copy()).from_(_named(rows, ROWS)).where(shown)
    result = exp.select(*columns).from_(_named(rows, ROWS))
    return result.where(_enough(counted.needs.most)) if counted.paths else result


def _without_values(rows: exp.Select, counted: CountedQuery, question: AmcQuestion) -> exp.Select:
    needs = counted.needs
    shown: list[exp.Expr] = []
    for name in counted.columns:
        column = exp.column(name, ROWS, quoted=True)
        need = needs.of_columns[name]
        value = exp.case().when(_enough(need), column) if counted.paths and need > needs.of_rows else column
        shown.append(exp.alias_(value, name, quoted=True))
    is_filtered = exp.Not(this=_enough(needs.most)) if counted.paths else exp.false()
    shown += [
        exp.column(USERS, ROWS, quoted=True),
        exp.alias_(is_filtered, "protected_filtered", quoted=True),
        exp.alias_(_reason(counted), "protected_reason", quoted=True),
    ]
    for path in counted.paths:
        rows.append("expressions", exp.alias_(_count(path), f"protected_count_{path.users.name}", quoted=True))
    hidden = exp.select(*shown).from_(_named(rows, ROWS))
    if counted.paths:
        hidden = hidden.where(_enough(needs.of_rows))
    return _again(hidden, counted, question)


def _again(hidden: exp.Select, counted: CountedQuery, question: AmcQuestion) -> exp.Select:
    """The rows aggregated again: those whose remaining dimensions agree become one."""
    at = {name: exp.column(name, "protected_hidden", quoted=True) for name in counted.columns}
    result = [exp.alias_(_put_together(column, counted, name), name, quoted=True) for name, column in at.items()]
    keys: list[exp.Expr] = [column.copy() for name, column in at.items() if name not in counted.metrics]
    filtered = exp.column("protected_filtered", "protected_hidden", quoted=True)
    if question.distinct_user_count_column:
        users = exp.Sum(this=exp.column(USERS, "protected_hidden", quoted=True))
        result.append(exp.alias_(users, question.distinct_user_count_column, quoted=True))
    if question.filtered_metrics_discriminator_column:
        result.append(exp.alias_(filtered, question.filtered_metrics_discriminator_column, quoted=True))
    if question.filtered_reason_column:
        reason = exp.Min(this=exp.column("protected_reason", "protected_hidden", quoted=True))
        result.append(exp.alias_(reason, question.filtered_reason_column, quoted=True))
    return exp.select(*result).from_(_named(hidden, "protected_hidden")).group_by(*keys, filtered.copy())


def _put_together(column: exp.Expr, counted: CountedQuery, name: str) -> exp.Expr:
    if name not in counted.metrics:
        return column
    function = counted.metrics[name]
    if function is not None:
        return exp.func(function, column)
    # GUESS: the guide says SUM, which is no answer for an average. Where rows have become one, such a value is NULL.
    alone = exp.EQ(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1))
    return exp.case().when(alone, exp.Min(this=column))


def _reason(counted: CountedQuery) -> exp.Expr:
    """Which path had too few users: `97 'dsp_impressions' users < 100 required`, with `(path i of n)` if there are several."""
    required = counted.needs.most
    rows = [path for path in counted.paths if path.metric_of is None]
    reason: exp.Expr = exp.cast(exp.Null(), "TEXT")
    for path in reversed(counted.paths):
        kind = "users" if path.metric_of is None else "effective users"
        place = next((number for number, row in enumerate(rows, 1) if row.table == path.table), 1)
        of = f" (path {place} of {len(rows)})" if len(rows) > 1 else ""
        count = exp.column(f"protected_count_{path.users.name}", ROWS, quoted=True)
        too_few = exp.and_(
            exp.GT(this=count.copy(), expression=exp.Literal.number(0)),
            exp.LT(this=count.copy(), expression=exp.Literal.number(required)),
        )
        text = exp.Concat(
            expressions=[
                exp.cast(count.copy(), "TEXT"),
                exp.Literal.string(f" '{path.table}'{of} {kind} < {required} required"),
            ]
        )
        reason = exp.case().when(too_few, text).else_(reason)
    return reason


def _enough(need: int) -> exp.Expr:
    return exp.GTE(this=exp.column(USERS, ROWS, quoted=True), expression=exp.Literal.number(need))


def _by_name(ordered: exp.Expr, columns: Sequence[str]) -> exp.Expr:
    """ORDER BY over the shown rows: a number stays, an output's name stays, so nothing but shown values can order them."""
    ordered = ordered.copy()
    if isinstance(ordered.this, exp.Column):
        ordered.set("this", exp.column(ordered.this.name, quoted=True))
    return ordered


def _named(query: exp.Query, alias: str) -> exp.Subquery:
    return exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))

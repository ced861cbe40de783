"""SQL and the tables' rules to protected SQL, or to all refusals at once: the ordered tables of checks and rewrites.

`ProtectedSql` is made here and nowhere else; an engine takes nothing else that a member has asked.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

from sqlglot import exp

from mandorla.domain.analysis_rules import AggregationRule
from mandorla.domain.private_query import PrivateQuery
from mandorla.domain.protected_query import AmcQuestion, CleanRoomsQuestion, Question, SqlDialect
from mandorla.domain.query_table import QueryTable, Sensitivity
from mandorla.protect.checks.aggregated_result import aggregated_result, is_group_aggregate
from mandorla.protect.checks.aggregation_form import aggregation_form
from mandorla.protect.checks.allowed_analysis import allowed_analysis
from mandorla.protect.checks.amc_dialect import amc_dialect
from mandorla.protect.checks.audience_form import USER, audience_columns, audience_users, counted, listed
from mandorla.protect.checks.custom_controls import aggregate_expressions, comparison_controls, disallowed_output_columns
from mandorla.protect.checks.grouped_columns import grouped_columns
from mandorla.protect.checks.join_columns import join_columns
from mandorla.protect.checks.list_form import list_form
from mandorla.protect.checks.listed_syntax import listed_syntax
from mandorla.protect.checks.literal_comparisons import literal_comparisons
from mandorla.protect.checks.mapping_table_joins import mapping_table_columns, mapping_table_joins
from mandorla.protect.checks.picked_values import GUARDED, picked_values
from mandorla.protect.checks.private_form import private_form
from mandorla.protect.checks.traceable_users import traceable_users
from mandorla.protect.checks.user_columns import user_columns
from mandorla.protect.lineage import Lineage, walk
from mandorla.protect.names import BoundQuery, bind, outputs, ragged_values, unknown_tables
from mandorla.protect.needs import additive_function, needs_of
from mandorla.protect.parameters import fill_parameters
from mandorla.protect.parsing import read_query, too_long_a_chain
from mandorla.protect.refusal import Refusal, RefusedError
from mandorla.protect.rewrites.apply_thresholds import CountedQuery, apply_thresholds, removes_values
from mandorla.protect.rewrites.bound_contributors import bound_contributors
from mandorla.protect.rewrites.contributions import GUARDED_AGGREGATES, GUARDED_SUM, PICKED_VALUE
from mandorla.protect.rewrites.count_users import count_users
from mandorla.protect.rewrites.expand_tables import expand_tables
from mandorla.protect.rewrites.group_by_user import group_by_user
from mandorla.protect.rewrites.group_distinct import group_distinct
from mandorla.protect.rewrites.join_memberships import join_memberships
from mandorla.protect.rewrites.quiet_errors import quiet_errors
from mandorla.protect.rewrites.require_distinct_values import require_distinct_values
from mandorla.protect.rewrites.require_overlap import require_overlap
from mandorla.protect.rewrites.spell_functions import spell_functions
from mandorla.protect.rewrites.split_private import split_private
from mandorla.protect.time_windows import place_extensions
from mandorla.protect.user_level import private_tables

Check = Callable[[BoundQuery, Lineage], Iterator[Refusal]]

# What holds for every question; what holds in AMC, or in Clean Rooms; and what holds wherever users are counted.
CHECKS: tuple[Check, ...] = (grouped_columns, mapping_table_joins, mapping_table_columns)
CONTROLS: tuple[Check, ...] = (disallowed_output_columns, comparison_controls, aggregate_expressions)
CHECKS_OF: Mapping[type[Question], tuple[Check, ...]] = {
    AmcQuestion: (literal_comparisons, *CONTROLS),
    CleanRoomsQuestion: (allowed_analysis, join_columns, aggregation_form, list_form, *CONTROLS, private_form),
}
CHECKS_WHERE_USERS_COUNT: tuple[Check, ...] = (aggregated_result, user_columns, picked_values, traceable_users)

_NO_PARAMETERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ProtectedSql:
    """A query that may run as it is. `columns` are those of its result, `relations` the engine's tables that it reads.

    `swift`, where there is one, gives the same rows for less work, and one more column: where that is true of any row, the
    answer has to come from the text.

    Where there is a `private` half, the text reads no table: it makes the answer of the noisy numbers that the engine finds for
    that half.
    """

    text: str
    columns: tuple[str, ...]
    relations: tuple[str, ...]
    swift: str | None = None
    private: PrivateQuery | None = None

    def sql(self) -> str:
        """The text for DuckDB, without the analyst's comments."""
        return self.text


@dataclass(frozen=True, slots=True)
class ProtectedAudience:
    """An audience that may be made. `size` counts its users, with no row where they, or those of a part, are too few; `users`
    are their ids, each once, which nobody but the owner of those ids may see."""

    size: ProtectedSql
    users: ProtectedSql


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be protected: a fresh tree each time it is read, since checks and rewrites change it."""

    read: Callable[[], exp.Query]
    tables: Sequence[QueryTable]
    question: Question
    parameters: Mapping[str, str]


def protect(
    query: str, tables: Sequence[QueryTable], *, question: Question, parameters: Mapping[str, str] = _NO_PARAMETERS
) -> ProtectedSql:
    """The query made safe to run under the tables' rules. RefusedError carries every refusal, so that it is mended once.

    `tables` are all that the collaboration shows to the one who asks; `question` says by whom and how it is asked.
    """
    with _readable():
        return _protect(Asked(partial(read_query, query, question.dialect), tables, question, parameters))


def protect_audience(
    query: str, tables: Sequence[QueryTable], *, question: AmcQuestion, parameters: Mapping[str, str] = _NO_PARAMETERS
) -> ProtectedAudience:
    """The query of an audience made safe to run. RefusedError carries every refusal, those of its form before all others."""
    with _readable():
        require_audience(query)
        asked = Asked(lambda: counted(read_query(query, question.dialect)), tables, question, parameters)
        size = _protect(asked, audience_users)
        bound = _bound(asked)
        users = _written(listed(join_memberships(require_overlap(bound))), bound)
        return ProtectedAudience(size, ProtectedSql(users, (USER,), _relations(bound)))


def require_audience(query: str) -> None:
    """RefusedError for a text that is no audience's query whatever the tables are."""
    with _readable():
        refusals = list(audience_columns(read_query(query, SqlDialect.AMC)))
        if refusals:
            raise RefusedError(refusals)


def tables_named(query: str, dialect: SqlDialect) -> set[str]:
    """The names in lower case that a query reads rows from, of tables and of its own parts. RefusedError if it is no query."""
    with _readable():
        return {table.name for table in read_query(query, dialect).find_all(exp.Table)}


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except RecursionError as error:
        raise too_long_a_chain() from error


def _protect(asked: Asked, *more: Check) -> ProtectedSql:
    bound, question = _bound(asked), asked.question
    lineage = Lineage(bound)
    checks = (*CHECKS, *CHECKS_OF[type(question)], *(CHECKS_WHERE_USERS_COUNT if bound.counts_users else ()), *more)
    refusals = [refusal for check in checks for refusal in check(bound, lineage)]
    if isinstance(question, AmcQuestion):
        refusals += _taken_names(bound, question)
        refusals += amc_dialect(asked.read())
    if refusals:
        raise RefusedError(refusals)
    if private_tables(bound):
        return _private(bound)
    swift = _bound(asked)
    return replace(_protected(bound, lineage), swift=_swift(swift, Lineage(swift)))


def _bound(asked: Asked) -> BoundQuery:
    tree, question, parameters = asked.read(), asked.question, asked.parameters
    tables = {table.name.lower(): table for table in asked.tables}
    refusals = list(listed_syntax(tree, question.dialect))
    refusals += place_extensions(tree, tables)
    refusals += fill_parameters(tree, question, parameters)
    refusals += unknown_tables(tree, tables)
    refusals += ragged_values(tree)
    if isinstance(question, AmcQuestion) and refusals:
        refusals += amc_dialect(tree)
    if refusals:
        raise RefusedError(refusals)
    bound = bind(tree, tables, question)
    unlisted = list(listed_syntax(bound.tree, question.dialect))
    if unlisted:
        raise RefusedError(unlisted)
    return bound


def _taken_names(query: BoundQuery, question: AmcQuestion) -> list[Refusal]:
    """The columns that a workflow adds must not have the name of one that it has."""
    added = (
        question.distinct_user_count_column,
        question.filtered_metrics_discriminator_column,
        question.filtered_reason_column,
    )
    names = [*outputs(query.root), *(name.lower() for name in added if name)]
    return [
        Refusal("added_columns", f"The workflow adds a column '{name}', and the result has one of that name. Choose another.")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]


def _protected(query: BoundQuery, lineage: Lineage) -> ProtectedSql:
    tree = require_overlap(query)
    if any(isinstance(table.analysis_rule, AggregationRule) for table in query.used_tables()):
        tree = require_distinct_values(query)
    if query.counts_users:
        counted, question = _counted(query, lineage), _filtering(query)
        tree = apply_thresholds(replace(counted, tree=group_by_user(counted.tree, query.tables)), question)
    return ProtectedSql(_written(tree, query), tuple(tree.named_selects), _relations(query))


def _private(query: BoundQuery) -> ProtectedSql:
    require_overlap(query)
    split = split_private(query)
    private = PrivateQuery(rows=_written(split.rows, query), keys=split.keys, values=split.values, aggregates=split.aggregates)
    text = str(quiet_errors(spell_functions(split.answer)).sql("duckdb", comments=False))
    return ProtectedSql(text, tuple(split.answer.named_selects), _relations(query), private=private)


def _swift(query: BoundQuery, lineage: Lineage) -> str | None:
    """The text that bounds contributors in place of counting them; None where their numbers are shown, or nothing is saved."""
    question = _filtering(query)
    shows_numbers = question is not None and (
        removes_values(question) or question.distinct_user_count_column or question.filtered_reason_column
    )
    has_other_rule = any(isinstance(table.analysis_rule, AggregationRule) for table in query.used_tables())
    if not query.counts_users or shows_numbers or has_other_rule or query.tree.args.get("limit"):
        return None
    require_overlap(query)
    counted = _counted(query, lineage)
    metrics = [path.users.name for path in counted.paths if path.metric_of is not None]
    if len(metrics) in (0, len(counted.paths)):
        return None
    if not bound_contributors(counted.tree, metrics, counted.needs.most, query.tables):
        return None
    return _written(apply_thresholds(replace(counted, is_bounded=True), question), query)


def _written(tree: exp.Query, query: BoundQuery) -> str:
    return str(expand_tables(quiet_errors(spell_functions(tree)), query).sql("duckdb", comments=False))


def _filtering(query: BoundQuery) -> AmcQuestion | None:
    return query.question if isinstance(query.question, AmcQuestion) else None


def _counted(query: BoundQuery, lineage: Lineage) -> CountedQuery:
    columns = tuple(outputs(query.root))
    needs = needs_of(query, lineage)
    root = query.root
    while root.set_operation_scopes:
        root = root.set_operation_scopes[0]
    metrics = {
        name: additive_function(select, root)
        for (name, origin), select in zip(lineage.outputs(query.root).items(), root.expression.selects, strict=True)
        if origin.has_aggregate
    }
    _mark_aggregates(query, lineage)
    users = {name: column for name, table in query.tables.items() if (column := query.user_column(table))}
    tree, paths = count_users(group_distinct(join_memberships(query.tree)), users)
    question = _filtering(query)
    zero_counts = question is not None and question.thresholds.zero_needs_users
    return CountedQuery(tree=tree, columns=columns, paths=paths, needs=needs, metrics=metrics, zero_counts=zero_counts)


def _mark_aggregates(query: BoundQuery, lineage: Lineage) -> None:
    for scope in query.scopes:
        for node in walk(scope):
            if isinstance(node, GUARDED_AGGREGATES) and lineage.at_level(lineage.of(node, scope).shown, *GUARDED):
                node.meta[GUARDED_SUM] = True
            if isinstance(node, exp.Min | exp.Max) and is_group_aggregate(node):
                picked = lineage.of(node.this, scope)
                node.meta[PICKED_VALUE] = picked.has_aggregate or bool(lineage.at_level(picked.shown, Sensitivity.LOW))


def _relations(query: BoundQuery) -> tuple[str, ...]:
    used = query.used_tables()
    mapped = [table.event_key.mapping_relation for table in used if table.event_key]
    return tuple(sorted({*(table.engine_relation for table in used), *mapped}))

"""Every name of a query tied to what it means: tables of the room, parts of the query, columns. After this, no name is
loose.

sqlglot resolves; what it has resolved is checked again here against the tables' own columns, scope by scope.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope

from mandorla.domain.analysis_rules import CustomRule, IdMappingTableRule
from mandorla.domain.protected_query import AmcQuestion, Question
from mandorla.domain.query_table import QueryTable
from mandorla.protect.grammar import PARSERS
from mandorla.protect.refusal import Refusal, RefusedError

# Where EXTEND_TIME_WINDOW stood: the two durations, kept with the table that took its place.
EXTENSION = "protected_time_extension"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundQuery:
    """A query whose names are all resolved, with the tables it may read and what was asked besides the SQL."""

    tree: exp.Query
    scopes: tuple[Scope, ...]
    tables: Mapping[str, QueryTable]
    question: Question

    @property
    def root(self) -> Scope:
        """The scope of the whole query: its columns are the result's."""
        return self.scopes[-1]

    @property
    def counts_users(self) -> bool:
        """Whether rows of the result need users behind them: always in AMC, in Clean Rooms where a rule has a threshold."""
        return isinstance(self.question, AmcQuestion) or any(self.user_column(table) for table in self.used_tables())

    def user_column(self, table: QueryTable) -> str | None:
        """The column whose distinct values are a table's users, if they are to be counted."""
        if isinstance(self.question, AmcQuestion):
            return table.user_column
        rule = table.analysis_rule
        threshold = rule.aggregation_threshold if isinstance(rule, CustomRule) else None
        return threshold.identity_column if threshold else None

    def used_tables(self) -> list[QueryTable]:
        """The tables that the query reads, each once, in the order of their names."""
        return [self.tables[name] for name in sorted({source.name for _, _, source in self.sources()})]

    def sources(self) -> Iterator[tuple[Scope, str, exp.Table]]:
        """Each place where a table of the room is read: the scope, the table's name in it, and the node."""
        for scope in self.scopes:
            for alias, source in scope.sources.items():
                if isinstance(source, exp.Table):
                    yield scope, alias, source


def ragged_values(tree: exp.Query) -> Iterator[Refusal]:
    """A refusal for VALUES whose rows have different numbers of values."""
    for values in tree.find_all(exp.Values):
        if len({len(row.expressions) if isinstance(row, exp.Tuple) else 1 for row in values.expressions}) > 1:
            yield Refusal("names", "The rows of VALUES must have the same number of values.")


def unknown_tables(tree: exp.Query, tables: Mapping[str, QueryTable]) -> Iterator[Refusal]:
    """A refusal for every table that is not of the room, and for every name in WITH that hides another."""
    named: set[str] = set()
    for cte in tree.find_all(exp.CTE):
        if cte.alias in tables:
            yield Refusal("names", f"WITH '{cte.alias}' hides the table of that name. Choose another name.")
        if cte.alias in named:
            yield Refusal("names", f"WITH defines '{cte.alias}' twice. Give each part a name of its own.")
        named.add(cte.alias)
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and table.name not in tables and table.name not in named:
            near = get_close_matches(table.name, tables, 1)
            hint = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(sorted(tables)) or 'none'}."
            yield Refusal("names", f"'{table.name}' is not a table of this collaboration. {hint}")


def bind(tree: exp.Query, tables: Mapping[str, QueryTable], question: Question) -> BoundQuery:
    """The query with its names resolved. RefusedError names every column that is not there and every ambiguous one."""
    schema = {name: {column.name: "unknown" for column in table.columns} for name, table in tables.items()}
    try:
        bound = qualify(
            _mapping_names(_values_as_selects(tree.copy()), tables),
            schema=schema,
            dialect=PARSERS[question.dialect],
            identify=True,
            validate_qualify_columns=False,
            canonicalize_table_aliases=False,
        )
        scopes = tuple(traverse_scope(bound))
    except SqlglotError as error:
        raise RefusedError([Refusal("names", f"A name cannot be resolved: {str(error).splitlines()[0]}")]) from error
    except RecursionError as error:
        raise RefusedError([Refusal("names", "The query is nested too deeply. Use WITH to give its parts names.")]) from error
    query = BoundQuery(tree=bound, scopes=scopes, tables=tables, question=question)
    refusals = [refusal for scope in scopes for refusal in _loose_names(scope, tables)]
    refusals += _unreached(query)
    if refusals:
        raise RefusedError(refusals)
    return query


def outputs(scope: Scope) -> list[str]:
    """The names of a scope's columns, in their order."""
    return [name.lower() for name in scope.expression.named_selects]


def _loose_names(scope: Scope, tables: Mapping[str, QueryTable]) -> Iterator[Refusal]:
    names = outputs(scope)
    if any(len(outputs(branch)) != len(names) for branch in scope.set_operation_scopes):
        yield Refusal("names", "The parts of a UNION must have the same number of columns.")
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Refusal("names", f"Two columns are called '{name}'. Give each a name of its own with AS.")
    if any(isinstance(select, exp.Star) or select.is_star for select in scope.expression.selects):
        yield Refusal("names", "A star (*) stands where its columns are not known. Write the columns.")
    for column in scope.columns:
        source = scope.sources.get(column.table)
        if not column.table:
            yield Refusal("names", _unknown_column(column.name, scope, tables))
        elif source is None or column.table not in scope.selected_sources:
            yield Refusal("names", f"{column.table}.{column.name} belongs to an outer query. Join the tables instead.")
        elif column.name not in _columns_of(source, tables):
            yield Refusal("names", f"There is no column '{column.name}' in '{column.table}'.")


def _unknown_column(name: str, scope: Scope, tables: Mapping[str, QueryTable]) -> str:
    known = [column for source, _ in ((s, n) for n, s in scope.sources.items()) for column in _columns_of(source, tables)]
    if known.count(name) > 1:
        return f"The column '{name}' is in several tables. Write the table's name before it."
    near = get_close_matches(name, known, 1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return f"There is no column '{name}' in the tables of the query.{hint}"


def _columns_of(source: exp.Expr | Scope, tables: Mapping[str, QueryTable]) -> list[str]:
    if isinstance(source, Scope):
        return outputs(source)
    return [column.name for column in tables[source.name].columns]


def _unreached(query: BoundQuery) -> list[Refusal]:
    """Whatever the scopes do not reach would escape the checks, so nothing of it may be there."""
    reached = {id(node) for _, _, node in query.sources()}
    known = {cte.alias for cte in query.tree.find_all(exp.CTE)}
    loose = [table for table in query.tree.find_all(exp.Table) if id(table) not in reached and table.name not in known]
    covered = {id(column) for scope in query.scopes for column in scope.columns}
    stray = [column for column in query.tree.find_all(exp.Column) if id(column) not in covered and not _names_output(column)]
    return [Refusal("names", f"'{node.name}' stands where it cannot be resolved.") for node in (*loose, *stray)]


def _names_output(column: exp.Column) -> bool:
    """Whether a column in ORDER BY is an output of its own query, by its alias."""
    query = column.find_ancestor(exp.Query)
    ordered = isinstance(column.parent, exp.Ordered) and column.find_ancestor(exp.Window, exp.Query) is query
    return not column.table and ordered and query is not None and column.name in query.named_selects


def _mapping_names(tree: exp.Query, tables: Mapping[str, QueryTable]) -> exp.Query:
    """The ids of a mapping table under the table's own names: the pages of AWS write `sourceId` and `source_id` of the same
    column."""
    mappings = {
        node.alias_or_name: {column.name.replace("_", ""): column.name for column in tables[node.name].columns}
        for node in tree.find_all(exp.Table)
        if node.name in tables and isinstance(tables[node.name].analysis_rule, IdMappingTableRule)
    }
    others = {
        column.name
        for table in tables.values()
        if not isinstance(table.analysis_rule, IdMappingTableRule)
        for column in table.columns
    }
    for column in tree.find_all(exp.Column) if mappings else ():
        plain = column.name.replace("_", "")
        spellings = (
            [mappings[column.table]] if column.table in mappings else list(mappings.values()) if not column.table else []
        )
        known = [names[plain] for names in spellings if plain in names]
        if known and (column.table or column.name not in others):
            column.this.set("this", known[0])
    return tree


def _values_as_selects(tree: exp.Query) -> exp.Query:
    """VALUES as a union of SELECTs with named columns: then lists of literals are like any other part."""
    for values in list(tree.find_all(exp.Values)):
        alias = values.args.get("alias") or (
            values.parent.args.get("alias") if isinstance(values.parent, exp.Subquery) else None
        )
        names = [column.name for column in alias.columns] if alias else []
        rows = [row.expressions if isinstance(row, exp.Tuple) else [row] for row in values.expressions]
        selects = [
            exp.select(*(exp.alias_(cell.copy(), names[i] if i < len(names) else f"col{i + 1}") for i, cell in enumerate(row)))
            for row in rows
        ]
        union: exp.Query = selects[0]
        for select in selects[1:]:
            union = exp.union(union, select, distinct=False, copy=False)
        plain = exp.TableAlias(this=alias.this) if alias else None
        if isinstance(values.parent, exp.Subquery):
            values.parent.set("alias", plain)
            values.replace(union)
        else:
            values.replace(exp.Subquery(this=union, alias=plain))
    return tree

"""An ID mapping table is joined on its inner side, by equality of one of its two columns with another table's id.

Clean Rooms user guide, analysis-rules-id-mapping-table: `table INNER JOIN imt`, `table LEFT JOIN imt`, `imt RIGHT JOIN
table`; `imt LEFT JOIN table` and `table RIGHT JOIN imt` are refused. Other joins "may occur elsewhere but cannot satisfy
the overlap".
"""

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from mandorla.domain.analysis_rules import IdMappingTableRule
from mandorla.protect.lineage import Lineage, conjuncts, tables_of
from mandorla.protect.names import BoundQuery
from mandorla.protect.refusal import Refusal

# Where the mapping table stands in a join, and the join's side.
ALLOWED = {("left", ""), ("left", "RIGHT"), ("right", ""), ("right", "LEFT")}


def mapping_table_joins(query: BoundQuery, lineage: Lineage) -> Iterator[Refusal]:
    """A refusal for each mapping table that is not joined so."""
    for scope, alias, source in query.sources():
        if isinstance(query.tables[source.name].analysis_rule, IdMappingTableRule) and alias in scope.selected_sources:
            yield from _joins_of(alias, source.name, scope, lineage)


def mapping_table_columns(query: BoundQuery, lineage: Lineage) -> Iterator[Refusal]:
    """A refusal for each column of a mapping table outside a join condition, unless its side is open as a dimension.

    Clean Rooms user guide, edit-id-namespace-association: `allowUseAsDimensionColumn` opens a side's column to any clause.
    """
    for scope, alias, source in query.sources():
        rule = query.tables[source.name].analysis_rule
        if not isinstance(rule, IdMappingTableRule):
            continue
        in_joins = {
            id(column)
            for join in scope.expression.args.get("joins") or ()
            for column in (join.args.get("on") or join).find_all(exp.Column)
        }
        for column in scope.columns:
            if column.table == alias and id(column) not in in_joins and column.name not in rule.dimension_columns:
                yield Refusal(
                    "mapping_table_columns",
                    f"'{column.name}' of the ID mapping table '{source.name}' may stand only in a join condition. "
                    "Its owner can allow it as a dimension column.",
                )


def _joins_of(alias: str, name: str, scope: Scope, lineage: Lineage) -> Iterator[Refusal]:
    is_joined = False
    for join in scope.expression.args.get("joins") or ():
        condition = join.args.get("on")
        joins_it = join.this.alias_or_name == alias
        touches = condition is not None and any(column.table == alias for column in condition.find_all(exp.Column))
        if joins_it and not touches:
            yield _no(name)
            return
        if not touches:
            continue
        is_joined = True
        if ("right" if joins_it else "left", join.side) not in ALLOWED or not _is_equality(condition, alias, scope, lineage):
            yield _no(name)
            return
    if not is_joined:
        yield _no(name)


def _is_equality(condition: exp.Expr, alias: str, scope: Scope, lineage: Lineage) -> bool:
    """Whether each part of a condition that names the mapping table is an equality with a column of another kind of table.

    The other side is a table's column as it stands: a list of guessed ids would find out who is mapped and who is not.
    """
    for part in conjuncts(condition):
        if not any(column.table == alias for column in part.find_all(exp.Column)):
            continue
        sides = [part.this.unnest(), part.expression.unnest()] if isinstance(part, exp.EQ) else []
        if len(sides) != 2 or not all(isinstance(side, exp.Column) for side in sides):
            return False
        own, other = sides if sides[0].table == alias else sides[::-1]
        mapping = lineage.query.tables[scope.sources[alias].name]
        origin = lineage.of(other, scope)
        if not origin.is_bare or origin.has_literal or own.name not in getattr(mapping.analysis_rule, "join_columns", ()):
            return False
        for table in tables_of(origin.shown, lineage.query):
            owner = mapping.joins_with.get(own.name, table.owner)
            if isinstance(table.analysis_rule, IdMappingTableRule) or table.owner != owner:
                return False
    return True


def _no(name: str) -> Refusal:
    return Refusal(
        "mapping_table_joins",
        f"The ID mapping table '{name}' must be joined with a table on its inner side, by = on its ids: "
        f"table [INNER | LEFT] JOIN {name} ON …, or {name} [INNER | RIGHT] JOIN table ON ….",
    )

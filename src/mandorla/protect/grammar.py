"""What an analyst may write, as tables: the parts of a SELECT, the operators and the functions. The rest is refused by
name.

A function is listed by an example call; the parser itself says which nodes of its tree the example makes, in each dialect.
"""

from dataclasses import dataclass
from functools import cache

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from mandorla.domain.protected_query import SqlDialect

# Which of sqlglot's dialects reads a question. AMC's SQL quotes names with double quotes, as Redshift's does.
PARSERS = {SqlDialect.AMC: "redshift", SqlDialect.SPARK: "spark", SqlDialect.REDSHIFT: "redshift"}

# The structure of a query: a node of the tree, and those of its parts that may be there. A part that is not named is refused.
STRUCTURE: dict[type[exp.Expr], frozenset[str]] = {
    exp.Select: frozenset({"with_", "expressions", "distinct", "from_", "joins", "where", "group", "having", "order", "limit"}),
    exp.Union: frozenset({"with_", "this", "expression", "distinct", "order", "limit"}),
    exp.Except: frozenset({"with_", "this", "expression", "distinct", "order", "limit"}),
    exp.Intersect: frozenset({"with_", "this", "expression", "distinct", "order", "limit"}),
    exp.With: frozenset({"expressions"}),
    exp.CTE: frozenset({"this", "alias"}),
    exp.From: frozenset({"this"}),
    exp.Join: frozenset({"this", "on", "using", "side", "kind"}),
    exp.Subquery: frozenset({"this", "alias"}),
    exp.Table: frozenset({"this", "alias"}),
    exp.TableAlias: frozenset({"this", "columns"}),
    exp.Where: frozenset({"this"}),
    exp.Group: frozenset({"expressions"}),
    exp.Having: frozenset({"this"}),
    exp.Order: frozenset({"expressions"}),
    exp.Ordered: frozenset({"this", "desc", "nulls_first"}),
    exp.Limit: frozenset({"expression"}),
    exp.Distinct: frozenset({"expressions"}),
    exp.Values: frozenset({"expressions", "alias"}),
    exp.Tuple: frozenset({"expressions"}),
    exp.Alias: frozenset({"this", "alias"}),
    exp.Column: frozenset({"this", "table"}),
    exp.Identifier: frozenset({"this", "quoted"}),
    exp.Star: frozenset(),
    exp.Literal: frozenset({"this", "is_string"}),
    exp.Boolean: frozenset({"this"}),
    exp.Null: frozenset(),
    exp.Paren: frozenset({"this"}),
    exp.Case: frozenset({"this", "ifs", "default"}),
    exp.If: frozenset({"this", "true", "false"}),
    exp.In: frozenset({"this", "expressions", "query"}),
    exp.Between: frozenset({"this", "low", "high"}),
    exp.Cast: frozenset({"this", "to"}),
    exp.TryCast: frozenset({"this", "to", "safe", "requires_string"}),
    exp.DataType: frozenset({"this", "expressions", "nested"}),
    exp.DataTypeParam: frozenset({"this"}),
    exp.Interval: frozenset({"this", "unit"}),
    exp.Var: frozenset({"this"}),
    exp.Window: frozenset({"this", "partition_by", "order", "spec", "over"}),
    exp.WindowSpec: frozenset({"kind", "start", "start_side", "end", "end_side"}),
    exp.Filter: frozenset({"this", "expression"}),
    exp.Placeholder: frozenset({"this"}),
}
OPERATORS: dict[type[exp.Expr], str] = {
    exp.And: "AND", exp.Or: "OR", exp.Not: "NOT", exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<",
    exp.LTE: "<=", exp.Is: "IS", exp.Like: "LIKE", exp.ILike: "ILIKE", exp.SimilarTo: "SIMILAR TO", exp.Escape: "ESCAPE",
    exp.NullSafeEQ: "IS NOT DISTINCT FROM", exp.NullSafeNEQ: "IS DISTINCT FROM", exp.Neg: "-", exp.Add: "+", exp.Sub: "-",
    exp.Mul: "*", exp.Div: "/", exp.Mod: "%", exp.DPipe: "||", exp.Array: "ARRAY[…]",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FunctionGroup:
    """Functions of one use, each by an example call; `where` says what may be said about all of them."""

    title: str
    where: str
    examples: tuple[str, ...]


SCALARS = FunctionGroup(
    "Scalar functions",
    "anywhere",
    (
        "ABS(a)", "CEIL(a)", "CEILING(a)", "FLOOR(a)", "ROUND(a, 1)", "TRUNC(a)", "SIGN(a)", "SQRT(a)", "LN(a)", "LOG(a)",
        "LOG10(a)", "EXP(a)", "POWER(a, 2)", "MOD(a, 2)", "GREATEST(a, b)", "LEAST(a, b)", "COALESCE(a, b)", "NVL(a, b)",
        "NVL2(a, b, c)", "NULLIF(a, b)", "IF(a, b, c)", "UPPER(a)", "LOWER(a)", "TRIM(a)", "LTRIM(a)", "RTRIM(a)",
        "SUBSTRING(a, 1, 2)", "LEFT(a, 2)", "RIGHT(a, 2)", "CONCAT(a, b)", "LENGTH(a)", "CHAR_LENGTH(a)",
        "REPLACE(a, 'x', 'y')", "SPLIT_PART(a, 'x', 1)", "POSITION('x' IN a)", "STRPOS(a, 'x')", "REGEXP_LIKE(a, 'x')",
        "CAST(a AS INTEGER)", "TRY_CAST(a AS INTEGER)", "CONVERT(INTEGER, a)", "DATE_TRUNC('day', a)", "EXTRACT(YEAR FROM a)",
        "DATE_PART('hour', a)", "YEAR(a)", "MONTH(a)", "DAY(a)", "HOUR(a)", "DATEADD(day, 1, a)", "DATEDIFF(day, a, b)",
        "DATE(a)", "LAST_DAY(a)", "CURRENT_DATE", "TO_CHAR(a, 'YYYY-MM-DD')", "TO_DATE(a, 'YYYY-MM-DD')",
        "TO_TIMESTAMP(a, 'YYYY-MM-DD')", "TO_NUMBER(a, '99')", "INITCAP(a)",
    ),
)  # fmt: skip
AGGREGATES = FunctionGroup(
    "Aggregate functions",
    "over groups; where users are counted, MIN, MAX and sums over DISTINCT values of a MEDIUM or HIGH column only per user, "
    "and MIN and MAX of a LOW column, or of a group's total, only where enough users have that very value",
    (
        "COUNT(a)", "COUNT(DISTINCT a)", "SUM(a)", "SUM(DISTINCT a)", "AVG(a)", "MIN(a)", "MAX(a)", "STDDEV(a)",
        "STDDEV_SAMP(a)", "STDDEV_POP(a)", "VARIANCE(a)", "VAR_SAMP(a)", "VAR_POP(a)", "APPROX_COUNT_DISTINCT(a)",
    ),
)  # fmt: skip
WINDOWS = FunctionGroup(
    "Window functions",
    "`OVER (PARTITION BY … ORDER BY …)`; where users are counted, the partition names the user",
    (
        "ROW_NUMBER() OVER (ORDER BY a)", "RANK() OVER (ORDER BY a)", "DENSE_RANK() OVER (ORDER BY a)",
        "LAG(a) OVER (ORDER BY a)", "LEAD(a) OVER (ORDER BY a)", "FIRST_VALUE(a) OVER (ORDER BY a)",
        "LAST_VALUE(a) OVER (ORDER BY a)",
    ),
)  # fmt: skip
FUNCTION_GROUPS = (SCALARS, AGGREGATES, WINDOWS)

# AMC's own functions, and how DuckDB writes them. GUESS: SECONDS_BETWEEN(a, b) counts from a to b, as its use with a traffic
# time and a conversion time suggests; MINUTES_, HOURS_ and DAYS_BETWEEN follow it.
AMC_FUNCTIONS: dict[str, str] = {
    "SECONDS_BETWEEN": "DATE_DIFF('second', CAST({0} AS TIMESTAMP), CAST({1} AS TIMESTAMP))",
    "MINUTES_BETWEEN": "DATE_DIFF('minute', CAST({0} AS TIMESTAMP), CAST({1} AS TIMESTAMP))",
    "HOURS_BETWEEN": "DATE_DIFF('hour', CAST({0} AS TIMESTAMP), CAST({1} AS TIMESTAMP))",
    "DAYS_BETWEEN": "DATE_DIFF('day', CAST({0} AS TIMESTAMP), CAST({1} AS TIMESTAMP))",
    "CONVERT_TIME_ZONE_FROM_UTC": "TIMEZONE({1}, TIMEZONE('UTC', CAST({0} AS TIMESTAMP)))",
    "CONTAINED_IN": "LIST_CONTAINS({1}, {0})",
}
PARAMETER_FUNCTIONS = ("CUSTOM_PARAMETER", "BUILT_IN_PARAMETER", "EXTEND_TIME_WINDOW")
ANONYMOUS_SPELLINGS: dict[str, str] = {"DATE_PART": "DATE_PART({0}, {1})", **AMC_FUNCTIONS}


@cache
def function_nodes(dialect: SqlDialect) -> frozenset[type[exp.Expr]]:
    """The kinds of node that the examples make in a dialect, structure and operators aside."""
    found: set[type[exp.Expr]] = set()
    for group in FUNCTION_GROUPS:
        for example in group.examples:
            try:
                found |= {type(node) for node in parse_one(f"SELECT {example}", read=PARSERS[dialect]).selects[0].walk()}
            except SqlglotError:  # the dialect has no such function
                continue
    return frozenset(found - STRUCTURE.keys() - OPERATORS.keys() - {exp.Anonymous})


def is_listed(node: exp.Expr, dialect: SqlDialect) -> bool:
    """Whether a node of the tree is one that the tables above name."""
    if isinstance(node, exp.Anonymous):
        return node.name.upper() in _anonymous(dialect)
    return type(node) in STRUCTURE or type(node) in OPERATORS or type(node) in function_nodes(dialect)


def listed_names(dialect: SqlDialect) -> list[str]:
    """The names of all functions that a query of the dialect may call, sorted: for hints and for the reference."""
    plain = [example.split("(")[0] for group in FUNCTION_GROUPS for example in group.examples]
    return sorted({*plain, *_anonymous(dialect)})


def _anonymous(dialect: SqlDialect) -> set[str]:
    return {"DATE_PART", *AMC_FUNCTIONS, *PARAMETER_FUNCTIONS} if dialect is SqlDialect.AMC else {"DATE_PART"}

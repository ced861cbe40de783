"""What a normalizer is: the meaning in Python, the same work as an expression for the engines, and why it says no.

The reference is the definition. The expression does common values without leaving the engine and hands every other value to
the reference, which the engine offers as a function (`Normalizer.function_name`), so both always agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from mandorla.normalize.sql_trees import exp


@dataclass(frozen=True, slots=True)
class RowCountry:
    """In which country each row is read: a column of ISO 3166 codes, and the codes that stand in it.

    Knowing the codes matters for speed: an engine computes what it is given for every country, met or not.
    """

    column: exp.Expression
    codes: frozenset[str]

    def expression(self) -> exp.Expression:
        """The code itself where there is only one."""
        return exp.Literal.string(next(iter(self.codes))) if len(self.codes) == 1 else self.column.copy()


def only(code: str) -> RowCountry:
    """One country for all rows; "" for none."""
    return RowCountry(exp.Literal.string(code), frozenset({code}))


Reference = Callable[[str, str], str | None]
Expression: TypeAlias = "Callable[[exp.Expression, RowCountry], exp.Expression]"
OfColumn: TypeAlias = "Callable[[exp.Expression], exp.Expression]"

PRINTABLE_ASCII = "^[ -~]*$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalizer:
    """`reference(value, country)` gives the match key value, or None where the value identifies nobody.

    `country` is an ISO 3166 code in upper case. `swift(column, country)` is right wherever `swift_when(column, country)`
    is true; without `swift_when` it is right wherever it is not NULL. `usual` is what most values look like: a pattern
    whose first group, as `of_usual` writes it, is the result. `rejects` is the reason shown for a value that gives None.
    """

    function_name: str
    reference: Reference
    swift: Expression
    rejects: str
    swift_when: Expression | None = None
    usual: str | None = None
    of_usual: OfColumn | None = None

    def expression(self, column: exp.Expression, country: RowCountry) -> exp.Expression:
        """What an engine computes: the usual form's value, else the swift expression where it is right, else the reference;
        NULL of NULL.
        """
        unusual = self.swift_expression(column, country)
        if self.usual is None:
            return unusual
        inside = found(column, self.usual, group=1)
        is_usual = exp.NEQ(this=inside, expression=exp.Literal.string(""))
        written = self.of_usual(inside) if self.of_usual is not None else inside.copy()
        return exp.Case().when(is_usual, written).else_(unusual)

    def swift_expression(self, column: exp.Expression, country: RowCountry) -> exp.Expression:
        """The swift expression where it is right, else the reference.

        The swift expression stands outside of any CASE, over a guarded column: engines are several times faster at
        expressions that run over whole vectors.
        """
        by_reference = exp.Anonymous(this=self.function_name, expressions=[column.copy(), country.expression()])
        guarded = column
        undecided: exp.Expression = exp.Not(this=exp.Is(this=column.copy(), expression=exp.Null()))
        if self.swift_when is not None:
            is_right = self.swift_when(column, country)
            guarded = exp.Paren(this=exp.Case().when(is_right, column.copy()))
            undecided = exp.Not(this=is_right.copy())
        asked = exp.Case().when(undecided, by_reference)
        return exp.Coalesce(this=self.swift(guarded, country), expressions=[asked])


def is_ascii(column: exp.Expression, _country: exp.Expression) -> exp.Expression:
    """True of ASCII, where every engine's lower() and upper() agree with Python's: as many bytes as characters."""
    bits = exp.Mul(this=exp.Literal.number(8), expression=exp.Length(this=column.copy()))
    return exp.EQ(this=exp.BitLength(this=column.copy()), expression=bits)


def is_printable(column: exp.Expression, _country: exp.Expression) -> exp.Expression:
    """True of printable ASCII, where the only white space is the space."""
    return matches(column, PRINTABLE_ASCII)


def matches(column: exp.Expression, pattern: str) -> exp.Expression:
    """True where the regular expression is found in the value."""
    return exp.RegexpLike(this=column.copy(), expression=exp.Literal.string(pattern))


def found(column: exp.Expression, pattern: str, group: int = 0) -> exp.Expression:
    """The part of the value that matches the regular expression, or that its group matches; the empty string if none does."""
    return exp.RegexpExtract(this=column.copy(), expression=exp.Literal.string(pattern), group=exp.Literal.number(group))


def without(column: exp.Expression, pattern: str) -> exp.Expression:
    """The value with every match of the regular expression taken out."""
    return exp.RegexpReplace(
        this=column.copy(),
        expression=exp.Literal.string(pattern),
        replacement=exp.Literal.string(""),
        modifiers=exp.Literal.string("g"),  # DuckDB needs it; sqlglot leaves it out for Spark, which always replaces all
    )


def lower(column: exp.Expression) -> exp.Expression:
    """The value in lower case."""
    return exp.Lower(this=column.copy())


def upper(column: exp.Expression) -> exp.Expression:
    """The value in upper case."""
    return exp.Upper(this=column.copy())


def or_null(column: exp.Expression) -> exp.Expression:
    """NULL instead of the empty string: what is empty matches nothing."""
    return exp.Nullif(this=column, expression=exp.Literal.string(""))


def by_country(
    column: exp.Expression,
    country: RowCountry,
    cases: Mapping[str, OfColumn],
    otherwise: OfColumn,
) -> exp.Expression:
    """What the row's country makes of the column; where one country holds for the whole table, that case alone.

    Each case runs over a column that is NULL in other countries' rows, and the first result that is not NULL counts: no CASE
    stands around the cases (see `Normalizer.expression`).
    """
    if len(country.codes) == 1:
        [code] = country.codes
        return cases.get(code, otherwise)(column)
    met = {code: case for code, case in cases.items() if code in country.codes}
    results = []
    for code, case in met.items():
        is_here = exp.EQ(this=country.expression(), expression=exp.Literal.string(code))
        results.append(case(exp.Paren(this=exp.Case().when(is_here, column.copy()))))
    if met.keys() != country.codes:
        elsewhere = exp.Not(this=country.expression().isin(*(exp.Literal.string(code) for code in met)))
        results.append(otherwise(exp.Paren(this=exp.Case().when(elsewhere, column.copy())) if met else column))
    return exp.Coalesce(this=results[0], expressions=results[1:])


def entry_of(column: exp.Expression, table: dict[str, str]) -> exp.Expression:
    """The value's entry in a table, or NULL."""
    words = exp.Map(
        keys=exp.Array(expressions=[exp.Literal.string(word) for word in table]),
        values=exp.Array(expressions=[exp.Literal.string(entry) for entry in table.values()]),
    )
    return exp.Bracket(this=words, expressions=[column.copy()])


def looked_up(column: exp.Expression, table: dict[str, str]) -> exp.Expression:
    """The value's entry in a table, or the value itself."""
    return exp.Coalesce(this=entry_of(column, table), expressions=[column.copy()])

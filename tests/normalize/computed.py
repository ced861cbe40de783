"""What an engine's expression makes of values, to be compared with the Python reference."""

from collections.abc import Sequence

from sqlglot import exp

from mandorla.engines import Engine
from mandorla.normalize.normalizer import Normalizer, RowCountry, only


def computed(engine: Engine, normalizer: Normalizer, values: Sequence[str], country: str) -> list[str | None]:
    """The expression's results for values of one country, in their order."""
    rows = [exp.Tuple(expressions=[exp.Literal.number(n), exp.Literal.string(value)]) for n, value in enumerate(values)]
    table = exp.Values(
        expressions=rows, alias=exp.TableAlias(this="v", columns=[exp.to_identifier("n"), exp.to_identifier("value")])
    )
    result = normalizer.expression(exp.column("value"), only(country))
    return [row[0] for row in engine.rows(exp.select(result, "n").from_(table).order_by("n"))]


def computed_by_row(engine: Engine, normalizer: Normalizer, values: Sequence[tuple[str, str]]) -> list[str | None]:
    """The expression's results for pairs of value and country, as in a table with a country column."""
    rows = [
        exp.Tuple(expressions=[exp.Literal.number(n), exp.Literal.string(value), exp.Literal.string(country)])
        for n, (value, country) in enumerate(values)
    ]
    names = [exp.to_identifier(name) for name in ("n", "value", "country")]
    table = exp.Values(expressions=rows, alias=exp.TableAlias(this="v", columns=names))
    countries = RowCountry(exp.column("country"), frozenset(country for _, country in values))
    result = normalizer.expression(exp.column("value"), countries)
    return [row[0] for row in engine.rows(exp.select(result, "n").from_(table).order_by("n"))]

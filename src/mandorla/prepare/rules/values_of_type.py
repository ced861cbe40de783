"""The guide: "The input type will be used to determine the normalization rules to be applied to the field."

A column whose values its type's normalization refuses holds something else, or its rows are at home in another country.
"""

from collections.abc import Iterator

from mandorla.domain.finding import Finding
from mandorla.domain.limits import DEFAULT_LIMITS
from mandorla.engines.column_statistics import column_counts
from mandorla.match.explain import fill_of
from mandorla.match.keys import key_fields
from mandorla.match.plan import KeyTable
from mandorla.match.records import Countries, countries_in, keys_of
from mandorla.normalize import Profile
from mandorla.prepare.rules.data_table import DataTable

CODE = "VALUES_REJECTED"
WORTH_SAYING, WRONG_TYPE = 0.1, 0.9


def findings(data: DataTable) -> Iterator[Finding]:
    """One finding a column of which normalization refuses more than a few values."""
    if data.mapping is None:
        return
    fields = tuple(field for field in key_fields(data.mapping, Profile.AMAZON_ADS) if not field.hashed)
    if not fields:
        return
    [side, number] = data.table.name.rsplit("_", 1)
    met = frozenset(code for (code,) in data.engine.rows(countries_in(side, int(number), data.mapping, data.country)))
    countries = Countries(data.country, met or frozenset({data.country}))
    table = KeyTable(name=f"{data.table.name}_values", fields=fields, combinations=())
    query = keys_of(side, int(number), data.mapping, table, countries=countries, limits=DEFAULT_LIMITS, explain=True)
    data.engine.define(table.name, query)
    [(_, *counts)] = data.engine.rows(fill_of(table))
    digests = column_counts(data.engine, data.table.name, [field.columns[0] for field in fields])
    for field, filled, usable, count in zip(fields, counts[::2], counts[1::2], digests, strict=True):
        rejected = filled - usable
        is_digest = count.filled and count.digests * 2 > count.filled  # another rule says so
        if filled and rejected > WORTH_SAYING * filled and not is_digest:
            yield Finding(
                code=CODE,
                where=data.where("' + '".join(field.columns)),
                what=f"{rejected:,} of {filled:,} values are refused: {field.normalizer.rejects}",
                mend="check the column's type, and the country of its rows (a country column, or --country)",
                severity="error" if rejected > WRONG_TYPE * filled else "warning",
            )

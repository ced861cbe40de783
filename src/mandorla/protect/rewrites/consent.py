"""Which rows of an event table a person has consented to. Amazon Ads guide, data preparation: consent columns are text;
only GRANTED is positive; no consent column, or all of them null in a row, means consent; country decides first, then TCF,
GPP, Amazon's own."""

from sqlglot import exp

from mandorla.domain.query_table import QueryTable

SIGNALS = ("tcf", "gpp", "amz_user_data_consent")
CONSENT_COLUMNS = ("country", *SIGNALS, "amz_ad_storage_consent")
TEXT_TYPES = ("string", "varchar", "char", "text")
# GUESS: the page says "country needs no check" and names none. Those of the European Economic Area, the United Kingdom and
# Switzerland need one here, as their laws ask for consent.
COUNTRIES_WITH_CONSENT = (
    "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT", "LU", "MT", "NL",
    "PL", "PT",
    "RO", "SK", "SI", "ES", "SE", "IS", "LI", "NO", "GB", "UK", "CH",
)  # fmt: skip


def consent_condition(table: QueryTable, alias: str) -> exp.Expr | None:
    """The condition that a consented row fulfils, or None for a table without a consent column.

    GUESS: `country` alone is no consent column; event tables have it for other ends.
    """
    present = [name for name in CONSENT_COLUMNS if (column := table.column(name)) and _is_text(column.data_type)]
    if not set(present) & {*SIGNALS, "amz_ad_storage_consent"}:
        return None
    at = {name: exp.column(name, alias, quoted=True) for name in present}
    nothing_said = exp.and_(*(_is_null(column) for column in at.values()))
    ways: list[exp.Expr] = [nothing_said, _signals(at)]
    if "country" in at:
        country = exp.Upper(this=exp.Trim(this=at["country"].copy()))
        free = exp.Not(this=exp.In(this=country, expressions=[exp.Literal.string(code) for code in COUNTRIES_WITH_CONSENT]))
        ways.append(exp.and_(exp.Not(this=_is_null(at["country"])), free))
    return exp.or_(*ways)


def _signals(at: dict[str, exp.Column]) -> exp.Expr:
    case = exp.Case(ifs=[])
    for name in SIGNALS:
        if name not in at:
            continue
        granted: exp.Expr = exp.EQ(this=at[name].copy(), expression=exp.Literal.string("GRANTED"))
        if name == "amz_user_data_consent" and "amz_ad_storage_consent" in at:
            storage = exp.Coalesce(this=at["amz_ad_storage_consent"].copy(), expressions=[exp.Literal.string("GRANTED")])
            granted = exp.and_(granted, exp.EQ(this=storage, expression=exp.Literal.string("GRANTED")))
        case = case.when(exp.Not(this=_is_null(at[name])), granted)
    return case.else_(exp.false()) if case.args["ifs"] else exp.false()


def _is_null(column: exp.Expr) -> exp.Expr:
    return exp.Is(this=column.copy(), expression=exp.Null())


def _is_text(data_type: str) -> bool:
    return data_type.lower().split("(")[0] in TEXT_TYPES

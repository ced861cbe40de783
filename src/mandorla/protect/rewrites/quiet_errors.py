"""No value may make a query fail: an error says its value, and even without words it says that the value is there."""

from sqlglot import exp

# Whatever fails on some values and not on others. Division by zero is made NULL first: some engines give infinity.
FAILING = (
    exp.Add, exp.Sub, exp.Mul, exp.Mod, exp.Neg, exp.Ln, exp.Log, exp.Sqrt, exp.Pow, exp.Exp, exp.StrToDate, exp.StrToTime,
    exp.TimeToStr, exp.ToNumber, exp.TsOrDsAdd, exp.TsOrDsDiff, exp.TimestampAdd, exp.DateDiff, exp.Abs, exp.RegexpLike,
    exp.Substring, exp.TsOrDsToDate, exp.Date, exp.Anonymous, exp.TimestampTrunc, exp.Extract, exp.LastDay, exp.SimilarTo,
    exp.Round, exp.Ceil, exp.Floor, exp.Trunc, exp.SplitPart, exp.Left, exp.Right,
)  # fmt: skip
POSITIVE, NOT_NEGATIVE = (exp.Ln, exp.Log), (exp.Sqrt,)


def quiet_errors(tree: exp.Query) -> exp.Query:
    """The query with TRY_CAST for CAST, and NULL wherever a value does not fit a function."""
    for cast in list(tree.find_all(exp.Cast)):
        if type(cast) is exp.Cast and not isinstance(cast.this, exp.Literal | exp.Null):
            cast.replace(exp.TryCast(this=cast.this, to=cast.args["to"]))
    for division in list(tree.find_all(exp.Div, exp.Mod)):
        if not isinstance(division.expression, exp.Literal):
            divisor = exp.Nullif(this=exp.paren(division.expression.copy()), expression=exp.Literal.number(0))
            division.set("expression", divisor)
    for node in list(tree.find_all(*POSITIVE, *NOT_NEGATIVE)):
        part = "expression" if isinstance(node, exp.Log) and node.args.get("expression") else "this"
        value = node.args[part]
        fits = (exp.GT if isinstance(node, POSITIVE) else exp.GTE)(this=value.copy(), expression=exp.Literal.number(0))
        node.set(part, exp.case().when(fits, value.copy()))
    for node in list(tree.find_all(*FAILING)):
        if (
            not _is_tried(node)
            and not node.find(exp.AggFunc, exp.Window, exp.Query)
            and node.find(exp.Column)
            and not _is_ours(node)
        ):
            node.replace(exp.Anonymous(this="TRY", expressions=[node.copy()]))
    return tree


def _is_tried(node: exp.Expr) -> bool:
    parent = node.parent
    while parent is not None and not isinstance(parent, exp.Query):
        if isinstance(parent, exp.Anonymous) and parent.name == "TRY":
            return True
        parent = parent.parent
    return False


def _is_ours(node: exp.Expr) -> bool:
    """The functions over lists of users, which cannot fail and may stand over an aggregate."""
    return isinstance(node, exp.Anonymous) and node.name in ("LIST", "LIST_DISTINCT", "FLATTEN", "LEN", "LEAST", "ROW", "TRY")

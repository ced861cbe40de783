"""AMC's own functions in the words of the engine."""

from sqlglot import exp, parse_one

from mandorla.protect.grammar import ANONYMOUS_SPELLINGS


def spell_functions(tree: exp.Query) -> exp.Query:
    """The query without functions that only AMC has. The grammar gives the spelling; the arguments are put in as trees."""
    for node in reversed(list(tree.find_all(exp.Anonymous))):
        spelling = ANONYMOUS_SPELLINGS.get(node.name.upper())
        if spelling is None:
            continue
        arguments = node.expressions
        pattern = parse_one(spelling.replace("{0}", "protected_0").replace("{1}", "protected_1"), read="duckdb")
        places = {f"protected_{number}": argument for number, argument in enumerate(arguments)}
        node.replace(pattern.transform(lambda part, at: at[part.name].copy() if _is_place(part, at) else part, places))
    return tree


def _is_place(part: exp.Expr, places: dict[str, exp.Expr]) -> bool:
    return isinstance(part, exp.Column) and part.name in places

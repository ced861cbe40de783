"""Which columns the output has once rows are collapsed: each as it was, then the second values of all, the third, …"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mandorla.domain.schema_mapping import InputField
from mandorla.engines.collapse_queries import wide_column
from mandorla.engines.preparation_queries import WrittenColumn
from mandorla.prepare.columns import ColumnPlan, stem_and_family


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputColumn:
    """A column of the output: its field, and the column of the engine's table that holds it.

    `block` is its bundle's number and which of a person's bundles it is part of, from 1: columns of one block belong together.
    """

    field: InputField
    written: WrittenColumn
    block: tuple[int, int]
    family: int


def bundles_of(plans: Sequence[ColumnPlan]) -> list[tuple[int, ...]]:
    """The columns, by their numbers, that belong together; each bundle stands where its first column does.

    >>> bundles_of([])
    []
    """
    bundles: dict[tuple[str, int], list[int]] = {}
    for number, plan in enumerate(plans):
        bundles.setdefault((plan.bundle, plan.family), []).append(number)
    return [tuple(numbers) for numbers in bundles.values()]


def plain_columns(plans: Sequence[ColumnPlan]) -> tuple[OutputColumn, ...]:
    """The columns of a table that is not collapsed."""
    return tuple(
        output_column(plans[number], plans[number].name, f"value_{number}", block=(place, 1), family=plans[number].family)
        for number, place in sorted((number, place) for place, bundle in enumerate(bundles_of(plans)) for number in bundle)
    )


def wide_columns(
    plans: Sequence[ColumnPlan], bundles: Sequence[tuple[int, ...]], counts: Sequence[int]
) -> tuple[OutputColumn, ...]:
    """The columns of a collapsed table: each as it was, then the second values of all, the third, …"""
    place_of = {number: place for place, bundle in enumerate(bundles) for number in bundle}
    columns = [
        output_column(plan, plan.name, wide_column(number, 1), block=(place_of[number], 1), family=plan.family)
        for number, plan in enumerate(plans)
    ]
    taken = {plan.name for plan in plans}
    next_family = dict.fromkeys(bundles, 2)
    for nth in range(2, max(counts, default=1) + 1):
        for bundle, count in zip(bundles, counts, strict=True):
            if nth > count:
                continue
            stems = [stem_and_family(plans[number].name)[0] for number in bundle]
            family = next_family[bundle]
            while any(f"{stem}_{family}" in taken for stem in stems):
                family += 1
            next_family[bundle] = family + 1
            for stem, number in zip(stems, bundle, strict=True):
                name = f"{stem}_{family}"
                taken.add(name)
                block = (place_of[number], nth)
                columns.append(output_column(plans[number], name, wide_column(number, nth), block=block, family=family))
    return tuple(columns)


def output_column(plan: ColumnPlan, name: str, column: str, *, block: tuple[int, int], family: int) -> OutputColumn:
    """A column under a name."""
    return OutputColumn(
        field=replace(plan.field, field_name=name),
        written=WrittenColumn(name=name, column=column, writing=plan.value.writing),
        block=block,
        family=family,
    )

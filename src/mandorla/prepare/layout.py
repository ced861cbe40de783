"""Which columns the output has once rows are collapsed, and which of them go to which location.

A schema mapping takes 24 identity columns and the unique id. Where there are more, the columns are dealt out to several
locations: family by family (`name_2`, `address_2`, `city_2` together), and no bundle is torn apart unless it alone is too wide.
A rule can only agree on columns of one location, so the first name, address, … stand again in every later location that has
no further ones of their own: name and `address_17` can still agree together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mandorla.domain.schema_mapping import InputField
from mandorla.engines.collapse_queries import wide_column
from mandorla.engines.preparation_queries import WrittenColumn
from mandorla.prepare.columns import ColumnPlan, stem_and_family


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputColumn:
    """A column of the output: its field, and the column of the engine's table that holds it."""

    field: InputField
    written: WrittenColumn
    bundle: str
    family: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """The columns of one location; `own` are those that no earlier one has."""

    columns: tuple[OutputColumn, ...]
    own: tuple[OutputColumn, ...]


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
    return tuple(output_column(plan, plan.name, f"value_{number}", family=plan.family) for number, plan in enumerate(plans))


def wide_columns(
    plans: Sequence[ColumnPlan], bundles: Sequence[tuple[int, ...]], counts: Sequence[int]
) -> tuple[OutputColumn, ...]:
    """The columns of a collapsed table: each as it was, then the second values of all, the third, …"""
    columns = [output_column(plan, plan.name, wide_column(number, 1), family=plan.family) for number, plan in enumerate(plans)]
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
                columns.append(output_column(plans[number], name, wide_column(number, nth), family=family))
    return tuple(columns)


def output_column(plan: ColumnPlan, name: str, column: str, *, family: int) -> OutputColumn:
    """A column under a name."""
    return OutputColumn(
        field=replace(plan.field, field_name=name),
        written=WrittenColumn(name=name, column=column, writing=plan.value.writing),
        bundle=plan.bundle,
        family=family,
    )


def locations_of(columns: Sequence[OutputColumn], most: int) -> tuple[Location, ...]:
    """The columns in as few locations as hold them, at most so many identity columns in each."""
    if len(columns) <= most:
        return (Location(columns=tuple(columns), own=()),)
    blocks = [part for block in blocks_of(columns) for part in cut(block, most)]
    first = [block for block in blocks if block[0].family == blocks[0][0].family]
    repeatable = first if sum(map(len, first)) <= most else []
    locations: list[Location] = []
    while blocks:
        location, blocks = next_location(blocks, repeatable if locations else [], most)
        locations.append(location)
    return (replace(locations[0], own=()), *locations[1:])


def blocks_of(columns: Sequence[OutputColumn]) -> list[tuple[OutputColumn, ...]]:
    """Bundles of columns, family by family."""
    blocks: dict[tuple[int, str], list[OutputColumn]] = {}
    for column in columns:
        blocks.setdefault((column.family, column.bundle), []).append(column)
    return [tuple(blocks[key]) for key in sorted(blocks, key=lambda key: key[0])]


def cut(block: tuple[OutputColumn, ...], most: int) -> list[tuple[OutputColumn, ...]]:
    """A block that is too wide for a location, in pieces."""
    return [block[start : start + most] for start in range(0, len(block), most)]


def next_location(
    blocks: list[tuple[OutputColumn, ...]], repeatable: Sequence[tuple[OutputColumn, ...]], most: int
) -> tuple[Location, list[tuple[OutputColumn, ...]]]:
    """A location with as many blocks as fit beside the first ones of the other bundles, and the blocks that are left."""
    own: list[tuple[OutputColumn, ...]] = []
    if wanted(blocks[:1], repeatable) > most:
        repeatable = []
    while blocks[len(own) :] and wanted(blocks[: len(own) + 1], repeatable) <= most:
        own.append(blocks[len(own)])
    repeated = [column for block in again(own, repeatable) for column in block]
    mine = tuple(column for block in own for column in block)
    return Location(columns=(*repeated, *mine), own=mine), blocks[len(own) :]


def again(
    own: Sequence[tuple[OutputColumn, ...]], repeatable: Sequence[tuple[OutputColumn, ...]]
) -> list[tuple[OutputColumn, ...]]:
    """The first blocks of the bundles that have no block of their own here."""
    mine = {block[0].bundle for block in own}
    return [block for block in repeatable if block[0].bundle not in mine]


def wanted(own: Sequence[tuple[OutputColumn, ...]], repeatable: Sequence[tuple[OutputColumn, ...]]) -> int:
    """How many columns a location of these blocks has."""
    return sum(map(len, (*own, *again(own, repeatable))))

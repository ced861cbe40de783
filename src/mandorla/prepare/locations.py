"""Which columns go to which location, where a schema mapping cannot take them all.

A mapping takes 24 identity columns beside the unique id, and matching compares row with row: what is to agree together must
stand in one location. Columns that belong together (the parts of an address) are a *block*; blocks of the same match keys are
alternatives, of which a rule needs only one. So alternatives are dealt out, and every location has some of each kind: then
whatever the whole row would match, one of its parts matches too. Where that takes more locations than a namespace has tables,
less is kept together, and the preparation says so.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from math import ceil

from mandorla.domain.limits import Limits
from mandorla.domain.schema_mapping import AttributeType
from mandorla.prepare.layout import OutputColumn

Columns = tuple[OutputColumn, ...]
# Blocks by their names (`OutputColumn.block`) that have to stand together.
Together = tuple[tuple[int, int], ...]

ONE = ""
EVERY_COMBINATION = "each has some columns of every match key, so every rule finds what it would find in one wide row"
EVERY_ROW = "what stood in one row stands in one location; a rule over values of different rows may find less"
EVERY_PAIR = "any two match keys stand together in a location; a rule over more of them may find less"
EACH_COLUMN = "a rule whose match keys stand in different locations finds nobody"
# Above so many blocks the pairs are too many to be kept.
MOST_BLOCKS_IN_PAIRS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """The columns of one location, and which rows it has.

    `needed` are the ways in which a row can say something that no earlier location says: in one of them, every group of columns
    holds something. Without any, all rows are there.
    """

    columns: Columns
    needed: tuple[tuple[Columns, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dealt:
    """The locations, and a sentence on what can still agree together."""

    locations: tuple[Location, ...]
    keeps: str


@dataclass(slots=True, kw_only=True)
class Bin:
    """A location in the making."""

    blocks: dict[Columns, None] = field(default_factory=dict)
    needed: dict[tuple[Columns, ...], None] = field(default_factory=dict)


def dealt(columns: Sequence[OutputColumn], limits: Limits, rows_together: Callable[[], Iterable[Together]]) -> Dealt:
    """The columns in locations. `rows_together` says what stood in one row; it is asked only if combinations are too many."""
    room = limits.columns_per_schema_mapping - 1
    if fit_one_location(columns, limits):
        return Dealt(locations=(Location(columns=tuple(columns)),), keeps=ONE)
    blocks = blocks_of(columns, room)
    everywhere = [block for block in blocks if is_for_every_row(block)]
    loose = [block for block in blocks if not keys_of(block) and block not in everywhere]
    keyed = [block for block in blocks if keys_of(block)]
    found = dealt_blocks(keyed, room - width(everywhere), limits.tables_per_id_namespace, rows_together)
    locations = with_loose(found.locations, loose, room - width(everywhere))
    order = {column: place for place, column in enumerate(columns)}
    whole = (replace(one, columns=tuple(sorted((*one.columns, *flat(everywhere)), key=order.__getitem__))) for one in locations)
    return replace(found, locations=tuple(whole))


def fit_one_location(columns: Sequence[OutputColumn], limits: Limits) -> bool:
    """True of columns that one schema mapping takes beside the unique id."""
    return len(columns) < limits.columns_per_schema_mapping


def dealt_blocks(blocks: Sequence[Columns], room: int, most: int, rows_together: Callable[[], Iterable[Together]]) -> Dealt:
    """Blocks in locations: as much kept together as the number of locations allows."""
    kinds = kinds_of(blocks)
    sizes = chunk_sizes(kinds, room, most)
    if sizes:
        return Dealt(locations=tuple(every_combination(kinds, grown(sizes, kinds, room))), keeps=EVERY_COMBINATION)
    by_name = {block[0].block: block for block in blocks}
    first_row = [block for block in blocks if block[0].block[1] == 1]
    if width(first_row) <= room:
        rows = sorted(rows_together(), key=lambda row: (max((nth for _, nth in row), default=1), row))
        together = [first_row, *([by_name[name] for name in row] for row in rows), *([block] for block in blocks)]
        return Dealt(locations=packed(together, kinds, room), keeps=EVERY_ROW)
    if len(blocks) <= MOST_BLOCKS_IN_PAIRS:
        pairs = [pair for pair in combinations(blocks, 2) if keys_of(pair[0]) != keys_of(pair[1])]
        locations = packed([*pairs, *([block] for block in blocks)], kinds, room)
        if len(locations) <= most:
            return Dealt(locations=locations, keeps=EVERY_PAIR)
    return Dealt(locations=packed([[block] for block in blocks], kinds, room), keeps=EACH_COLUMN)


def blocks_of(columns: Sequence[OutputColumn], room: int) -> list[Columns]:
    """The columns by their blocks, the first ones of all bundles before the second ones; too wide a block is cut."""
    blocks: dict[tuple[int, int], list[OutputColumn]] = {}
    for column in columns:
        blocks.setdefault(column.block, []).append(column)
    whole = sorted(map(tuple, blocks.values()), key=lambda block: (block[0].family, block[0].block[1]))
    return [block[start : start + room] for block in whole for start in range(0, len(block), room)]


def keys_of(block: Columns) -> frozenset[str]:
    """The match keys under which a block can agree."""
    return frozenset(column.field.match_key for column in block if column.field.match_key)


def is_for_every_row(block: Columns) -> bool:
    """True of columns that say how a row is read or whether it counts at all, wherever parts of it stand."""
    return not keys_of(block) and all(
        column.field.type is AttributeType.ADDRESS_COUNTRY or column.field.field_name == "delete" for column in block
    )


def kinds_of(blocks: Sequence[Columns]) -> list[list[Columns]]:
    """The blocks by their match keys: those of one list are alternatives."""
    kinds: dict[frozenset[str], list[Columns]] = {}
    for block in blocks:
        kinds.setdefault(keys_of(block), []).append(block)
    return list(kinds.values())


def width(blocks: Iterable[Columns]) -> int:
    """How many columns some blocks have."""
    return sum(map(len, blocks))


def flat(blocks: Iterable[Columns]) -> Columns:
    """The columns of some blocks."""
    return tuple(column for block in blocks for column in block)


def widest(kind: Sequence[Columns]) -> int:
    """The columns of a kind's widest block."""
    return max(map(len, kind))


def chunk_sizes(kinds: Sequence[Sequence[Columns]], room: int, most: int) -> tuple[int, ...]:
    """How many blocks of each kind a location takes, so that all combinations of chunks are the fewest locations.

    Nothing if there is no way, or if it takes more locations than `most`.
    """
    best: tuple[int, tuple[int, ...]] = (most + 1, ())

    def choose(sizes: tuple[int, ...], left: int, locations: int) -> None:
        nonlocal best
        if left < 0 or locations >= best[0]:
            return
        if len(sizes) == len(kinds):
            best = (locations, sizes)
            return
        kind = kinds[len(sizes)]
        for size in sorted({ceil(len(kind) / chunks) for chunks in range(1, min(len(kind), most) + 1)}, reverse=True):
            choose((*sizes, size), left - size * widest(kind), locations * ceil(len(kind) / size))

    choose((), room, 1)
    return best[1]


def grown(sizes: Sequence[int], kinds: Sequence[Sequence[Columns]], room: int) -> list[int]:
    """The sizes with the room that is left given to the kinds that are dealt out, so that earlier locations are full."""
    grown_sizes = list(sizes)
    left = room - sum(size * widest(kind) for size, kind in zip(sizes, kinds, strict=True))
    for place, kind in enumerate(kinds):
        if grown_sizes[place] < len(kind):
            more = min(left // widest(kind), len(kind) - grown_sizes[place])
            grown_sizes[place] += more
            left -= more * widest(kind)
    return grown_sizes


def every_combination(kinds: Sequence[Sequence[Columns]], sizes: Sequence[int]) -> Iterator[Location]:
    """A location for each combination of chunks, one chunk a kind."""
    chunked = [
        [flat(kind[start : start + size]) for start in range(0, len(kind), size)]
        for kind, size in zip(kinds, sizes, strict=True)
    ]
    for numbers in product(*(range(len(chunks)) for chunks in chunked)):
        chosen = [chunks[number] for chunks, number in zip(chunked, numbers, strict=True)]
        # What a row has in first chunks only, an earlier location says as well.
        later = tuple(chunk for chunk, number in zip(chosen, numbers, strict=True) if number)
        yield Location(columns=flat(chosen), needed=(later,) if later else ())


def packed(together: Iterable[Sequence[Columns]], kinds: Sequence[Sequence[Columns]], room: int) -> tuple[Location, ...]:
    """Locations in which all that has to stand together does; room that is left gets the first block of other kinds."""
    bins: list[Bin] = []
    for blocks in together:
        place = next((place for place, one in enumerate(bins) if width({**one.blocks, **dict.fromkeys(blocks)}) <= room), None)
        if place is None:
            place = len(bins)
            bins.append(Bin())
        bins[place].blocks.update(dict.fromkeys(blocks))
        bins[place].needed[tuple(blocks)] = None
    for one in bins:
        for kind in kinds:
            if not any(block in one.blocks for block in kind) and width(one.blocks) + len(kind[0]) <= room:
                one.blocks[kind[0]] = None
    first, *others = bins
    later = (Location(columns=flat(one.blocks), needed=tuple(one.needed)) for one in others)
    return (Location(columns=flat(first.blocks)), *later)


def with_loose(locations: Sequence[Location], loose: Sequence[Columns], room: int) -> tuple[Location, ...]:
    """The locations with columns that no match key compares: each wherever there is room, with every row that fills it."""
    dealt_out = list(locations)
    for block in loose:
        place = next((place for place, one in enumerate(dealt_out) if len(one.columns) + len(block) <= room), None)
        if place is None:
            dealt_out.append(Location(columns=block, needed=((block,),)))
            continue
        one = dealt_out[place]
        needed = (*one.needed, (block,)) if one.needed else ()
        dealt_out[place] = replace(one, columns=(*one.columns, *block), needed=needed)
    return tuple(dealt_out)

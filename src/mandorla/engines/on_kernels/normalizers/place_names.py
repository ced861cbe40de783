"""ADDRESS_STATE and ADDRESS_COUNTRY: letters kept, and a name that is known becomes its code."""

from mandorla.engines.on_kernels.compiled import part
from mandorla.engines.on_kernels.normalizers.characters import kept
from mandorla.engines.on_kernels.normalizers.lookups import copy_entry, directory_entry, find_word
from mandorla.engines.on_kernels.normalizers.numbering import (
    ADS_COUNTRY,
    COUNTRIES,
    ENTITY_COUNTRY,
    OTHER_COUNTRY,
)
from mandorla.engines.on_kernels.normalizers.tables import REGIONS, Block, word_table
from mandorla.normalize import country, state
from mandorla.normalize.region_codes import CODE_OF_NAME

# Behind the countries' own entries in the directory stand the tables that hold for all of them.
ENTITY_REGIONS, ADS_COUNTRIES, ENTITY_COUNTRIES = range(OTHER_COUNTRY + 1, OTHER_COUNTRY + 4)


def add_place_names(block: Block) -> None:
    """Lay out each country's names of regions, and the names of countries."""
    for number, code in enumerate(COUNTRIES):
        if code in CODE_OF_NAME:
            names = {name.lower(): entry.lower() for name, entry in CODE_OF_NAME[code].items()}
            block.set(REGIONS, number, block.add(word_table(names)))
    country_names = country.LIBRARY_NAMES | country.OTHER_NAMES
    tables = {
        ENTITY_REGIONS: (state.entity_resolution, state.ENTITY_RESOLUTION_CODES),
        ADS_COUNTRIES: (country.amazon_ads, country_names),
        ENTITY_COUNTRIES: (country.entity_resolution, country_names),
    }
    for entry, (reference, names) in tables.items():
        codes = {name: reference(name, "") or "" for name in names}
        block.set(REGIONS, entry, block.add(word_table(codes)))


@part
def ads_state(text: int, length: int, country: int, out: int, fold: int, block: int) -> int:
    """As `mandorla.normalize.state.amazon_ads`: a name's code, else its first two letters."""
    count = kept(text, length, out, fold)
    table = directory_entry(block, REGIONS, country)
    if table != 0 and count > 0:
        slot = find_word(block + table, out, count)
        if slot != 0:
            return copy_entry(block + table, slot, out)
    return min(count, 2)


@part
def named_place(text: int, length: int, out: int, fold: int, table: int) -> int:
    """A name's code, else the name: Entity Resolution's states, and both rules for countries."""
    count = kept(text, length, out, fold)
    if count > 0:
        slot = find_word(table, out, count)
        if slot != 0:
            return copy_entry(table, slot, out)
    return count


@part
def place_table(number: int, block: int) -> int:
    """The names that a normalizer knows in every country."""
    entry = ENTITY_REGIONS
    if number == ADS_COUNTRY:
        entry = ADS_COUNTRIES
    elif number == ENTITY_COUNTRY:
        entry = ENTITY_COUNTRIES
    return block + directory_entry(block, REGIONS, entry)

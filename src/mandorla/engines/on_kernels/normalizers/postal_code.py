"""ADDRESS_POSTALCODE: digits up to a country's number of them, or Canada's and Britain's letters and digits."""

import numpy as np
from numba import types

from mandorla.engines.on_kernels.compiled import part
from mandorla.engines.on_kernels.memory import load_byte, store_byte
from mandorla.engines.on_kernels.normalizers.blocks import HIGH, block_at, decimals, store_kept
from mandorla.engines.on_kernels.normalizers.characters import kept
from mandorla.engines.on_kernels.normalizers.lookups import directory_entry
from mandorla.engines.on_kernels.normalizers.numbering import OTHER_COUNTRY, UNDECIDED, country_number
from mandorla.engines.on_kernels.normalizers.tables import POSTAL_SHAPES, Block
from mandorla.normalize.postal_code import OTHER_COUNTRIES, SHAPES, PostalShape

CANADIAN, BRITISH = 101, 102
# The shapes of letters and digits that kernels know, as the reference writes them.
KNOWN_SHAPES = {
    SHAPES["CA"]: CANADIAN,
    SHAPES["GB"]: BRITISH,
}
DASH = 45
LETTER, DIGIT = 1, 2
CLASS = np.array(
    [LETTER if chr(code).isalpha() else DIGIT if chr(code).isdigit() else 0 for code in range(128)] + [0] * 128, dtype=np.uint8
)


def add_postal_shapes(block: Block) -> None:
    """Write the shape of each country's codes into the directory."""
    for number in range(OTHER_COUNTRY + 1):
        block.set(POSTAL_SHAPES, number, shape_number(OTHER_COUNTRIES))
    for code, shape in SHAPES.items():
        block.set(POSTAL_SHAPES, country_number(code), shape_number(shape))


def shape_number(shape: PostalShape) -> int:
    """So many digits, or a shape of letters and digits; 0 for one that only the reference knows.

    >>> shape_number(OTHER_COUNTRIES), shape_number(SHAPES["GB"]) == BRITISH
    (5, True)
    """
    of_digits = PostalShape("[^0-9]+", shape.length, f"^[0-9]{{{shape.length}}}$")
    return shape.length if shape == of_digits else KNOWN_SHAPES.get(shape, 0)


@part
def first_of_class(text: int, length: int, out: int, classes: int, most: int) -> int:
    """The first characters that are letters or digits, in their case; their number."""
    end = text + length
    written = out
    while text < end and written - out < most:
        byte = load_byte(text)
        store_byte(written, byte)
        written += types.int64((CLASS[byte] & classes) != 0)
        text += 1
    return written - out


@part
def classes_of(text: int, length: int) -> int:
    """The classes of up to seven characters, two bits each, the first the highest."""
    classes = 0
    for place in range(length):
        classes = classes << 2 | types.int64(CLASS[load_byte(text + place)])
    return classes


@part
def ads_postal_code(text: int, length: int, country: int, out: int, block: int) -> int:
    """As `mandorla.normalize.postal_code.amazon_ads`, for every text: the rule looks at ASCII only."""
    shape = directory_entry(block, POSTAL_SHAPES, country)
    if shape == CANADIAN:
        count = first_of_class(text, length, out, LETTER | DIGIT, 6)
        return 6 if count == 6 and classes_of(out, 6) == 0b01_10_01_10_01_10 else 0
    if shape == BRITISH:
        count = first_of_class(text, length, out, LETTER | DIGIT, 7)
        return count if is_british(out, count) else 0
    if shape == 0:
        return UNDECIDED
    return shape if first_digits(text, length, out, shape) >= shape else 0


@part
def first_digits(text: int, length: int, out: int, most: int) -> int:
    """The first digits of a text, as many as are wanted or some more; their number."""
    written = out
    for place in range(0, length, 8):
        block = block_at(text, place, length)
        if block & HIGH:
            return written - out + first_of_class(text + place, length - place, written, DIGIT, most - (written - out))
        written = store_kept(written, block, decimals(block))
        if written - out >= most:
            break
    return written - out


@part
def is_british(code: int, length: int) -> bool:
    """A letter or two, a district, and behind it two letters, of a code without its space."""
    classes = classes_of(code, length)
    if length == 5:
        return classes == 0b01_10_10_01_01
    if length == 6:
        return classes == 0b01_01_10_10_01_01 or classes == 0b01_10_10_10_01_01 or classes == 0b01_10_01_10_01_01
    return length == 7 and (classes == 0b01_01_10_10_10_01_01 or classes == 0b01_01_10_01_10_01_01)


@part
def entity_postal_code(text: int, length: int, out: int, fold: int) -> int:
    """As `mandorla.normalize.postal_code.entity_resolution`: what stands before the first dash."""
    place = 0
    while place < length and load_byte(text + place) != DASH:
        place += 1
    return kept(text, place, out, fold)

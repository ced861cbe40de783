"""PHONE and its parts: libphonenumber's reading of digits with punctuation, and at most a plus before them."""

import numpy as np
from numba import types

from mandorla.engines.on_kernels.compiled import part
from mandorla.engines.on_kernels.memory import eight_bytes, load_byte, load_word, store_byte
from mandorla.engines.on_kernels.normalizers.blocks import (
    HIGH,
    between,
    beyond,
    block_at,
    decimals,
    passes,
    reaches,
    store_eight,
    store_kept,
)
from mandorla.engines.on_kernels.normalizers.characters import kept
from mandorla.engines.on_kernels.normalizers.digit_automata import ACCEPTS, ROW
from mandorla.engines.on_kernels.normalizers.lookups import directory_entry, low_bytes
from mandorla.engines.on_kernels.normalizers.numbering import UNDECIDED, country_number
from mandorla.engines.on_kernels.normalizers.phone_tables import (
    BEGINNINGS,
    CALLING_CODE_LENGTH,
    CALLING_CODE_TEXT,
    DIALS_ABROAD,
    GENERAL_SHAPE,
    IS_AMERICAN,
    IS_NATIONAL_FIRST,
    MAIN_COUNTRY,
    MOST_DIGITS,
    OWN_SHAPE,
    POSSIBLE_LENGTHS,
    STRIPPED_LENGTHS,
    STRIPS_MORE,
    TOO_LONG_LENGTHS,
    TRUNK,
)
from mandorla.engines.on_kernels.normalizers.tables import CALLING_CODES, ENTITY_PREFIXES, PHONES

ZERO, ONE, TWO, PLUS = 48, 49, 50, 43
# The punctuation that is told apart: space, brackets, dash, dot and slash.
FROM_SPACE, BEHIND_SPACE = reaches(" "), passes(" ")
FROM_BRACKET, BEHIND_BRACKET = reaches("("), passes(")")
FROM_DASH, BEHIND_SLASH = reaches("-"), passes("/")
IS_PUNCTUATION = np.array([chr(code) in " ().-/" for code in range(256)], dtype=np.uint8)
# The digits stand so far behind the beginning of the room, for the calling code to come before them.
GAP = 8
# Below this, libphonenumber looks at more than the digits; above, it refuses a text for its length alone.
FEWEST_DIGITS, LONGEST_TEXT = 4, 250
LEAST_NATIONAL, MOST_NATIONAL = 2, 17
UNITED_STATES, NO_COUNTRY = country_number("US"), country_number("")


@part
def number_of(table: int, place: int) -> int:
    """A number of a country's table."""
    return types.int64(load_word(table + place))


@part
def fits(shape: int, digits: int, count: int) -> bool:
    """True if the digits have a shape."""
    state = types.int64(load_byte(shape))
    for place in range(count):
        if state == 0:
            return False
        state = types.int64(load_byte(shape + ROW + ROW * state + types.int64(load_byte(digits + place)) - ZERO))
    return load_byte(shape + ROW + ROW * state + ACCEPTS) == 1


@part
def is_among(lengths: int, length: int) -> bool:
    """True if a set of lengths holds one."""
    return (lengths >> length) & 1 == 1


@part
def beginning_of(block: int, table: int, digits: int) -> int:
    """What the first three digits may mean in a country."""
    first = 100 * types.int64(load_byte(digits)) + 10 * types.int64(load_byte(digits + 1)) + types.int64(load_byte(digits + 2))
    return types.int64(load_byte(block + number_of(table, BEGINNINGS) + first - 111 * ZERO))


@part
def trunk_length(block: int, table: int, digits: int, count: int) -> int:
    """How many digits libphonenumber would take away as a trunk prefix."""
    if count == 0:
        return 0
    if count < 3 or beginning_of(block, table, digits) & STRIPS_MORE:
        return UNDECIDED
    if types.int64(load_byte(digits)) - ZERO != number_of(table, TRUNK):
        return 0
    shape = block + number_of(table, OWN_SHAPE)
    return 0 if fits(shape, digits, count) and not fits(shape, digits + 1, count - 1) else 1


@part
def e164(block: int, table: int, digits: int, count: int, out: int) -> int:
    """A national number behind its calling code, if it is one of the country's; the end of libphonenumber's `parse`."""
    if count < LEAST_NATIONAL:
        return 0
    stripped = trunk_length(block, table, digits, count)
    if stripped < 0:
        return UNDECIDED
    if stripped > 0 and not is_among(number_of(table, STRIPPED_LENGTHS), count - stripped):
        stripped = 0
    digits, count = digits + stripped, count - stripped
    main = block + number_of(table, MAIN_COUNTRY)
    if count < LEAST_NATIONAL or count > MOST_NATIONAL or not is_among(number_of(main, POSSIBLE_LENGTHS), count):
        return 0
    if not fits(block + number_of(main, GENERAL_SHAPE), digits, count):
        return 0
    return behind_calling_code(main, digits, count, out)


@part
def behind_calling_code(table: int, digits: int, count: int, out: int) -> int:
    """Write a country's calling code and up to 24 digits, which stand further behind in the same room."""
    first, second, third = eight_bytes(digits), eight_bytes(digits + 8), eight_bytes(digits + 16)
    store_eight(out, load_word(table + CALLING_CODE_TEXT))
    begin = out + number_of(table, CALLING_CODE_LENGTH)
    store_eight(begin, first)
    store_eight(begin + 8, second)
    store_eight(begin + 16, third)
    return begin - out + count


@part
def begins_with_code(table: int, digits: int, count: int) -> bool:
    """True of digits that begin with the country's calling code."""
    code_length = number_of(table, CALLING_CODE_LENGTH)
    return count >= code_length and low_bytes(digits, code_length) == load_word(table + CALLING_CODE_TEXT)


@part
def national(block: int, table: int, digits: int, count: int, out: int) -> int:
    """The digits read as dialled in the country."""
    if beginning_of(block, table, digits) & DIALS_ABROAD:
        return UNDECIDED
    if begins_with_code(table, digits, count):
        code_length = number_of(table, CALLING_CODE_LENGTH)
        rest, rest_count = digits + code_length, count - code_length
        stripped = trunk_length(block, table, rest, rest_count)
        if stripped < 0:
            return UNDECIDED
        rest, rest_count = rest + stripped, rest_count - stripped
        shape = block + number_of(table, OWN_SHAPE)
        is_better = not fits(shape, digits, count) and fits(shape, rest, rest_count)
        if is_better or is_among(number_of(table, TOO_LONG_LENGTHS), count):
            return e164(block, block + number_of(table, MAIN_COUNTRY), rest, rest_count, out)
    return e164(block, table, digits, count, out)


@part
def international(block: int, digits: int, count: int, out: int) -> int:
    """The digits read as if a plus stood before them."""
    first = 100 * types.int64(load_byte(digits)) + 10 * types.int64(load_byte(digits + 1)) + types.int64(load_byte(digits + 2))
    codes = block + directory_entry(block, CALLING_CODES, 0)
    distance = types.int64(load_word(codes + 8 * (first - 111 * ZERO)))
    if distance == 0:
        return UNDECIDED
    code_length = number_of(block + distance, CALLING_CODE_LENGTH)
    return e164(block, block + distance, digits + code_length, count - code_length, out)


@part
def digits_of(text: int, length: int, out: int) -> int:
    """The digits of a text that holds nothing but digits and punctuation; their number."""
    written = out
    for place in range(0, length, 8):
        block = block_at(text, place, length)
        marks = decimals(block)
        gaps = between(block, FROM_SPACE, BEHIND_SPACE) | between(block, FROM_BRACKET, BEHIND_BRACKET)
        gaps |= between(block, FROM_DASH, BEHIND_SLASH) | marks
        if gaps | beyond(length - place) != HIGH or block & HIGH:
            return UNDECIDED
        written = store_kept(written, block, marks)
    return written - out


@part
def ads_phone(text: int, length: int, country: int, out: int, block: int) -> int:
    """As `mandorla.normalize.phone_number.amazon_ads`, for digits and common punctuation."""
    end = text + length
    while text < end and IS_PUNCTUATION[load_byte(text)]:
        text += 1
    has_plus = text < end and load_byte(text) == PLUS
    text += types.int64(has_plus)
    digits = out + GAP
    count = digits_of(text, end - text, digits)
    if count < 0 or length > LONGEST_TEXT or count > MOST_DIGITS:
        return UNDECIDED
    if count < FEWEST_DIGITS:
        return 0 if count == 0 and not has_plus else UNDECIDED
    distance = directory_entry(block, PHONES, country)
    if distance != 0 and number_of(block + distance, IS_AMERICAN) == 1:
        if count == 10 and not has_plus and load_byte(digits) >= TWO:
            return behind_calling_code(block + distance, digits, 10, out)
        if count == 11 and load_byte(digits) == ONE and load_byte(digits + 1) >= TWO:
            return behind_calling_code(block + distance, digits + 1, 10, out)
    if has_plus:
        return international(block, digits, count, out)
    if distance == 0:
        return UNDECIDED
    return plain(block, block + distance, digits, count, out)


@part
def plain(block: int, table: int, digits: int, count: int, out: int) -> int:
    """A number without a plus: its country's E.164 already, or a national one."""
    is_national_first = number_of(table, IS_NATIONAL_FIRST) == 1 and count <= 10
    if is_national_first or not begins_with_code(table, digits, count):
        found = national(block, table, digits, count, out)
        if found != 0 or not begins_with_code(table, digits, count):
            return found
        return international(block, digits, count, out)
    found = international(block, digits, count, out)
    return found if found != 0 else national(block, table, digits, count, out)


@part
def entity_phone(text: int, length: int, country: int, out: int, fold: int, block: int) -> int:
    """As `mandorla.normalize.phone_number.entity_resolution`; American numbers of ten digits only."""
    digits = out + GAP
    count = kept(text, length, digits, fold)
    if count <= 0:
        return count
    if country in (UNITED_STATES, NO_COUNTRY):
        return american(digits, count, country, out)
    significant = digits
    while significant < digits + count and load_byte(significant) == ZERO:
        significant += 1
    if significant == digits + count:
        significant = digits
    return behind_prefix(directory_entry(block, ENTITY_PREFIXES, country), significant, digits + count - significant, out)


@part
def american(digits: int, count: int, country: int, out: int) -> int:
    """A number of ten digits that libphonenumber leaves as it is, valid or not; behind its 1 where the row says America."""
    is_behind_one = count == 11 and load_byte(digits) == ONE and country == UNITED_STATES
    first = digits + types.int64(is_behind_one)
    if (count != 10 and not is_behind_one) or load_byte(first) < TWO:
        return UNDECIDED
    prefix_length = types.int64(country == UNITED_STATES)
    store_byte(out, types.uint8(ONE))
    for place in range(10):
        store_byte(out + prefix_length + place, load_byte(first + place))
    return prefix_length + 10


@part
def behind_prefix(prefix: int, digits: int, count: int, out: int) -> int:
    """The digits, behind a prefix (its length, then its bytes) that they lack; they stand further behind in the same room."""
    prefix_length = prefix & 255
    has_prefix = count >= prefix_length
    for place in range(prefix_length):
        byte = (prefix >> (8 * place + 8)) & 255
        store_byte(out + place, types.uint8(byte))
        has_prefix = has_prefix and types.int64(load_byte(digits + place)) == byte
    begin = out if has_prefix else out + prefix_length
    for place in range(count):
        store_byte(begin + place, load_byte(digits + place))
    return begin - out + count

"""The values of one key field, row by row, as 128 bits each: read, joined, normalized and hashed without a Python object.

What a kernel cannot decide exactly for a value, the normalizer's reference decides, for that value alone.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy
import pyarrow
from numba import types

from mandorla.engines.on_kernels.columns import COLUMN_BYTES, NULL, column_of, column_of_indices, index_at, index_of, text_of
from mandorla.engines.on_kernels.compiled import inlined, kernel, part
from mandorla.engines.on_kernels.memory import (
    address_of,
    byte_swapped,
    copy_bytes,
    eight_bytes,
    load_byte,
    load_word,
    store_byte,
)
from mandorla.engines.on_kernels.normalizers import NUMBERS, UNDECIDED, WORDS, country_number, normalized
from mandorla.engines.on_kernels.normalizers.characters import MAY_BEGIN_SPACE
from mandorla.engines.on_kernels.seeded_hash import hash128, hash_of_text, hash_pair, words_of_seed
from mandorla.engines.on_kernels.sha256 import BLOCK_BYTES, DIGEST_BYTES, SHORT_TEXT, digest_blocks, write_block
from mandorla.match.keys import KeyField
from mandorla.normalize.hashing import DIGEST, EMPTY_DIGEST, digest

# Any: Arrow's and numpy's arrays, whose element types Numba sees.
LONGEST_TEXT = 1 << 15
BATCHED_BLOCKS = 64
# Room for a joined text and a normalized one, then for the blocks and digests of those that are hashed together. The one
# who calls a kernel keeps it: within one, Numba gives memory back as soon as no array names it.
TEXT_ROOM_BYTES = 3 * LONGEST_TEXT + BLOCK_BYTES
ROOM_BYTES = TEXT_ROOM_BYTES + (BATCHED_BLOCKS + 1) * (BLOCK_BYTES + DIGEST_BYTES)
SPACE = types.uint8(ord(" "))
# The length of a value that the reference has to join.
FOR_REFERENCE = -2


def first_half(digits: str) -> Any:
    """The first half of a digest as two words, from its hex digits."""
    return numpy.frombuffer(bytes.fromhex(digits)[:16], dtype=">u8").astype(numpy.uint64)


# It identifies nobody.
NOTHING_DIGESTED = first_half(EMPTY_DIGEST)


@dataclass(frozen=True, slots=True)
class RowCountries:
    """In which country each row of a batch is read: the codes that occur, and which of them each row has.

    `places` has one element if one code holds for all rows.
    """

    codes: tuple[str, ...]
    places: Any


@inlined
def raw_text(columns: int, count: int, row: int, room: int) -> tuple[int, int]:
    """The value of a field in a row: its one column's text, or the texts of several that hold anything, a space between.

    So many columns are described at an address.
    """
    if count == 1:
        return text_of(columns, row)
    total = types.int64(0)
    for number in range(count):
        text, length = text_of(columns + COLUMN_BYTES * number, row)
        total = append_part(text, length, room, total)
        if total == FOR_REFERENCE:
            return types.int64(0), types.int64(FOR_REFERENCE)
    return room, total if total > 0 else NULL


@part
def append_part(text: int, length: int, room: int, total: int) -> int:
    """Append what stands in a part of a value, without the spaces around it; the length of the value then.

    FOR_REFERENCE for what is too long, and where white space outside of ASCII may stand at an end.
    """
    while length > 0 and load_byte(text) == SPACE:
        text, length = text + 1, length - 1
    while length > 0 and load_byte(text + length - 1) == SPACE:
        length -= 1
    if length <= 0:
        return types.int64(total)
    if total + length + 1 > LONGEST_TEXT or has_wide_end(text, length):
        return types.int64(FOR_REFERENCE)
    if total > 0:
        store_byte(room + total, SPACE)
        total += 1
    copy_bytes(text, room + total, length)
    return types.int64(total + length)


@part
def has_wide_end(text: int, length: int) -> bool:
    """True if the first or the last character of a text may be white space outside of ASCII."""
    if MAY_BEGIN_SPACE[load_byte(text)]:
        return True
    lead = text + length - 1
    while lead > text and (load_byte(lead) & types.uint8(0xC0)) == types.uint8(0x80):
        lead -= 1
    return MAY_BEGIN_SPACE[load_byte(lead)] != 0


@kernel
def take_parts(indices: Any, of_values: Any, parts: Any) -> None:
    """Give each row what stands for the value in the dictionary that its index names; a row without one has nothing."""
    at, values, second = address_of(indices), address_of(of_values), 8 * of_values.shape[1]
    for row in range(parts.shape[1]):
        place = index_of(at, row)
        parts[0, row] = load_word(values + 8 * place) if place != NULL else types.uint64(0)
        parts[1, row] = load_word(values + second + 8 * place) if place != NULL else types.uint64(0)


@kernel
def take_places(indices: Any, of_values: Any, places: Any) -> None:
    """Give each row the number of the value that its index names; the first is for rows without one."""
    for row in range(places.size):
        places[row] = of_values[index_at(indices, row) + 1]


@kernel
def parts_of_values(
    columns: Any,
    rule: Any,
    countries: Any,
    words: Any,
    seed: Any,
    in_digests: bool,
    room: int,
    first: Any,
    second: Any,
    asked: Any,
) -> int:
    """What stands for each row's normalized value; the number of rows that are for the reference, which stand in `asked`.

    That is the value's hash, or that of the first half of its SHA-256: one kernel does both, because every kernel that
    normalizes holds all normalizers, and they take long to compile. `rule` is the normalizer's number, then the kernels'
    number of each country that occurs; `room` has `ROOM_BYTES` bytes.
    """
    blocks = room + TEXT_ROOM_BYTES
    digests = blocks + (BATCHED_BLOCKS + 1) * BLOCK_BYTES
    rows = numpy.empty(BATCHED_BLOCKS, numpy.int64)
    secret = words_of_seed(seed)
    undecided = waiting = 0
    # By its address: a loop that names an array counts who does, at every row.
    at_columns, at_words = address_of(columns), address_of(words)
    for row in range(first.size):
        text, length = raw_text(at_columns, columns.shape[0], row, room)
        first[row] = 0
        if length == NULL:
            continue
        country = rule[1 + (countries[row] if countries.size > 1 else countries[0])]
        written = UNDECIDED
        if 0 <= length <= LONGEST_TEXT:
            written = normalized(rule[0], text, length, country, room + LONGEST_TEXT, at_words)
        if written == UNDECIDED or (in_digests and written > SHORT_TEXT):
            asked[undecided] = row
            undecided += 1
        elif written > 0 and not in_digests:
            first[row], second[row] = hash128(room + LONGEST_TEXT, written, secret)
        elif written > 0:
            write_block(room + LONGEST_TEXT, written, blocks + waiting * BLOCK_BYTES)
            rows[waiting] = row
            waiting += 1
            if waiting == BATCHED_BLOCKS:
                take_digests(blocks, waiting, digests, rows, secret, first, second)
                waiting = 0
    take_digests(blocks, waiting, digests, rows, secret, first, second)
    return undecided


@kernel
def take_digests(blocks: int, count: int, digests: int, rows: Any, secret: Any, first: Any, second: Any) -> None:
    """Digest the waiting blocks, and give each row what stands for its digest."""
    digest_blocks(blocks, count, digests)
    for place in range(count):
        at = digests + place * DIGEST_BYTES
        upper, lower = byte_swapped(eight_bytes(at)), byte_swapped(eight_bytes(at + 8))
        first[rows[place]], second[rows[place]] = hash_pair(upper, lower, secret)


@kernel
def parts_in_hex(columns: Any, nothing: Any, seed: Any, first: Any, second: Any, asked: Any) -> int:
    """What stands for each row's digest, where nothing but its 64 hex digits stands there; otherwise as `parts_of_values`."""
    undecided, at_columns, secret = 0, address_of(columns), words_of_seed(seed)
    for row in range(first.size):
        text, length = text_of(at_columns, row)
        first[row] = 0
        if length == NULL:
            continue
        fault = types.uint64(length != 64)
        words = types.uint64(0), types.uint64(0)
        if length == 64:
            for place in range(32, 64):
                fault |= hex_digit(load_byte(text + place)) >> types.uint64(4)
            upper, upper_fault = sixteen_digits(text)
            lower, lower_fault = sixteen_digits(text + 16)
            fault |= upper_fault | lower_fault
            words = upper, lower
        if fault != 0:
            asked[undecided] = row
            undecided += 1
        elif words[0] != nothing[0] or words[1] != nothing[1]:
            first[row], second[row] = hash_pair(words[0], words[1], secret)
    return undecided


@kernel
def sixteen_digits(text: int) -> tuple[int, int]:
    """The number that sixteen hex digits write, and whether one of them is none."""
    value = fault = types.uint64(0)
    for place in range(16):
        digit = hex_digit(load_byte(text + place))
        fault |= digit >> types.uint64(4)
        value = (value << types.uint64(4)) | (digit & types.uint64(15))
    return value, fault


@kernel
def hex_digit(byte: int) -> int:
    """The value of a hex digit in either case, 16 of anything else."""
    digit = types.uint64(byte) - types.uint64(ord("0"))
    letter = (types.uint64(byte) | types.uint64(0x20)) - types.uint64(ord("a"))
    return digit if digit < 10 else (letter + types.uint64(10) if letter < 6 else types.uint64(16))


def read_parts(field: KeyField, arrays: Sequence[pyarrow.Array], countries: RowCountries, seed: Any, parts: Any) -> None:
    """Write what stands for the values of a field in a batch: two words a row, of which a first of zero says that the value
    identifies nobody. `arrays` are the columns that the field reads, in its order; `parts` has two rows of words.
    """
    if len(arrays) == 1 and is_worth_a_lookup(arrays[0]) and countries.places.size == 1:
        dictionary = arrays[0].dictionary
        of_values = numpy.zeros((2, len(dictionary)), numpy.uint64)
        read_parts(field, [dictionary], countries, seed, of_values)
        take_parts(column_of_indices(arrays[0]).described, of_values, parts)
        return
    plain = [one.dictionary_decode() if pyarrow.types.is_dictionary(one.type) else one for one in arrays]
    columns = [column_of(one) for one in plain]
    matrix = numpy.stack([column.described for column in columns])
    asked = numpy.empty(parts.shape[1], numpy.int64)
    rule = numpy.array([NUMBERS.get(field.normalizer.function_name, 0), *map(country_number, countries.codes)], numpy.int64)
    room = numpy.empty(ROOM_BYTES, numpy.uint8)
    answers = parts[0], parts[1], asked
    if field.hashed:
        count = parts_in_hex(matrix, NOTHING_DIGESTED, seed, *answers)
    else:
        at = room.ctypes.data
        count = parts_of_values(matrix, rule, countries.places, WORDS, seed, field.in_digests, at, *answers)
    ask_reference(field, plain, asked[:count], countries, seed, parts)
    del columns  # Until here the addresses in the matrix had to hold.


def is_worth_a_lookup(array: pyarrow.Array) -> bool:
    """Whether an array has fewer different values than rows, each of them listed once."""
    return pyarrow.types.is_dictionary(array.type) and len(array.dictionary) < len(array)


def ask_reference(
    field: KeyField, arrays: Sequence[pyarrow.Array], rows: Any, countries: RowCountries, seed: Any, parts: Any
) -> None:
    """Let the normalizer's reference decide the rows that kernels could not."""
    if not rows.size:
        return
    known: dict[tuple[str, str], tuple[int, int]] = {}
    for row in rows.tolist():
        value = joined([array[row].as_py() for array in arrays]) or ""
        country = countries.codes[int(countries.places[row if countries.places.size > 1 else 0])]
        if (value, country) not in known:
            known[value, country] = words_of(field, field.normalizer.reference(value, country), seed)
        parts[:, row] = known[value, country]


def joined(texts: Sequence[str | None]) -> str | None:
    """The value of a column, as `KeyField.raw` has engines make it.

    >>> joined(["Ann "]), joined([" Ann ", None, "Lee"]), joined([" ", None])
    ('Ann ', 'Ann Lee', None)
    """
    if len(texts) == 1:
        return texts[0]
    return " ".join(filter(None, (stripped(text or "") for text in texts))) or None


def stripped(text: str) -> str:
    """A text without spaces around it, as engines trim: every separator of Unicode's that is a space, and no other white space.

    >>> stripped(" a "), stripped("\N{NO-BREAK SPACE}")
    ('a', '')
    """
    first, end = 0, len(text)
    while first < end and unicodedata.category(text[first]) == "Zs":
        first += 1
    while end > first and unicodedata.category(text[end - 1]) == "Zs":
        end -= 1
    return text[first:end]


def words_of(field: KeyField, value: str | None, seed: Any) -> tuple[int, int]:
    """What stands for a value that the reference normalized."""
    if value is None:
        return 0, 0
    if field.hashed or field.in_digests:
        digits = value if field.hashed else digest(value)
        assert DIGEST.fullmatch(digits)
        upper, lower = first_half(digits)
        first, second = hash_pair(upper, lower, seed)
    else:
        text = numpy.frombuffer(value.encode(), numpy.uint8)
        first, second = hash_of_text(text.ctypes.data, text.size, seed)
    return int(first), int(second)

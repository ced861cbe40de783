"""The values of a column as they are written: normalized, hashed, spelled; and what tells equal rows from different ones.

What a kernel cannot decide exactly for a value, the normalizer's reference decides, for that value alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.columns import NULL
from mandorla.engines.on_kernels.compiled import kernel, part
from mandorla.engines.on_kernels.fields import (
    BATCHED_BLOCKS,
    FOR_REFERENCE,
    LONGEST_TEXT,
    ROOM_BYTES,
    SPACE,
    TEXT_ROOM_BYTES,
    append_part,
    joined,
    stripped,
)
from mandorla.engines.on_kernels.hex_digits import HEX_BYTES, bare_digest, write_hex
from mandorla.engines.on_kernels.memory import (
    compare_bytes,
    copy_bytes,
    load_byte,
    multiply_fold,
    store_byte,
)
from mandorla.engines.on_kernels.normalizers import NUMBERS, UNDECIDED, WORDS, country_number, normalized
from mandorla.engines.on_kernels.normalizers.numbering import ADS_PHONE
from mandorla.engines.on_kernels.seeded_hash import hash128
from mandorla.engines.on_kernels.sha256 import BLOCK_BYTES, SHORT_TEXT, digest_blocks, write_block
from mandorla.engines.on_kernels.texts import Texts, text_in
from mandorla.engines.preparation_queries import PreparedValue, Writing
from mandorla.normalize import phone_number
from mandorla.normalize.hashing import digest

# Any: numpy's arrays, whose element types Numba sees.
WRITINGS = {Writing.PLAIN: 0, Writing.DIGEST: 1, Writing.PHONE: 2}
AS_DIGEST, AS_PHONE = WRITINGS[Writing.DIGEST], WRITINGS[Writing.PHONE]
# Stands for the normalizer of columns that bring digests along.
BARE_DIGEST = -2
PLUS = types.uint8(ord("+"))
# In the room: the joined text, the normalized one, a phone read again; then blocks and digests, as in `fields`.
AGAIN = 3 * LONGEST_TEXT
ROOM_OF_VALUES = ROOM_BYTES + 1024
FILLED, REJECTED = range(2)


@dataclass(frozen=True, slots=True)
class Regions:
    """In which country each row of a batch is read (`read`), and in which its written values are read again (`again`).

    Both are numbers of `codes`, one a row.
    """

    codes: tuple[str, ...]
    read: Any
    again: Any


@dataclass(slots=True)
class Written:
    """A column of written values: where they lie, how many rows have one, and how many lost theirs."""

    starts: Any
    sizes: Any
    tally: Any
    kept: list[Any] = field(default_factory=list)


@part
def value_text(starts: Any, sizes: Any, columns: Any, row: int, room: int) -> tuple[int, int]:
    """The value of a row: its one column's text, or the texts of several that hold anything, a space between."""
    if columns.size == 1:
        return starts[columns[0], row], types.int64(sizes[columns[0], row])
    total = types.int64(0)
    for place in range(columns.size):
        total = append_part(starts[columns[place], row], types.int64(sizes[columns[place], row]), room, total)
        if total == FOR_REFERENCE:
            return types.int64(0), types.int64(FOR_REFERENCE)
    return room, types.int64(total if total > 0 else NULL)


@part
def filling(text: int, length: int) -> int:
    """1 if something stands in a text, 0 if it is all spaces, UNDECIDED if it holds what may be spaces outside of ASCII."""
    for place in range(length):
        byte = load_byte(text + place)
        if byte >= 128:
            return UNDECIDED
        if byte != SPACE:
            return 1
    return 0


@part
def chained(row_hash: int, first: int, second: int, seed: Any) -> int:
    """What tells rows apart, with one value more; both words are zero where the row has none."""
    return multiply_fold(row_hash ^ first, second ^ seed[5])


@kernel
def write_values(
    starts: Any,
    sizes: Any,
    columns: Any,
    usable: Any,
    rule: Any,
    read: Any,
    again: Any,
    words: Any,
    seed: Any,
    room: int,
    out: int,
    written_starts: Any,
    written_sizes: Any,
    row_hashes: Any,
    tally: Any,
    asked: Any,
) -> int:
    """Write each row's value from `out` on, where there is room for all; the number of rows that are for the reference.

    `rule` is the normalizer's number and the number of the writing, then the kernels' number of each country that occurs.
    """
    value = room + LONGEST_TEXT
    blocks = room + TEXT_ROOM_BYTES
    waiting = undecided = 0
    for row in range(usable.size):
        written_sizes[row] = NULL
        if not usable[row]:
            continue
        text, length = value_text(starts, sizes, columns, row, room)
        count, signs = types.int64(0), types.int64(0)
        if length != NULL:
            count, signs = decided(rule, text, length, rule[2 + read[row]], rule[2 + again[row]], room, words)
        if count == UNDECIDED:
            asked[undecided] = row
            undecided += 1
            continue
        first, second = types.uint64(0), types.uint64(0)
        if count == 0:
            tally[REJECTED] += length != NULL and filling(text, length) == 1
        else:
            first, second = hash128(value, count, seed)
            tally[FILLED] += 1
            written_starts[row] = out
            if rule[1] == AS_DIGEST:
                written_sizes[row] = HEX_BYTES
                write_block(value, count, blocks + waiting * BLOCK_BYTES)
                waiting += 1
            else:
                # A sign that is not wanted is written over.
                store_byte(out, PLUS)
                copy_bytes(value, out + signs, count)
                written_sizes[row] = signs + count
            out += types.int64(written_sizes[row])
        row_hashes[row] = chained(row_hashes[row], first, second, seed)
        if waiting == BATCHED_BLOCKS:
            write_digests(blocks, waiting, out)
            waiting = 0
    write_digests(blocks, waiting, out)
    return undecided


@part
def decided(rule: Any, text: int, length: int, country: int, again: int, room: int, words: Any) -> tuple[int, int]:
    """Normalize a text into the room: its length then, 0 where nothing is left, UNDECIDED; and the plus signs before it."""
    value = room + LONGEST_TEXT
    if length < 0 or length > LONGEST_TEXT:
        return types.int64(UNDECIDED), types.int64(0)
    if rule[0] == BARE_DIGEST:
        count = types.int64(bare_digest(text, length, value))
    else:
        count = types.int64(normalized(rule[0], text, length, country, value, words))
    if (count == 0 and filling(text, length) == UNDECIDED) or (rule[1] == AS_DIGEST and count > SHORT_TEXT):
        return types.int64(UNDECIDED), types.int64(0)
    signs = types.int64(0)
    if rule[1] == AS_PHONE and count > 0:
        signs = types.int64(plus_signs(value, count, again, room, words))
        if signs == UNDECIDED:
            return types.int64(UNDECIDED), types.int64(0)
    return count, signs


@part
def write_digests(blocks: int, count: int, end: int) -> None:
    """Write the digests of the waiting blocks in hex, up to where their room ends."""
    digests = blocks + (BATCHED_BLOCKS + 1) * BLOCK_BYTES
    digest_blocks(blocks, count, digests)
    write_hex(digests, count, end - count * HEX_BYTES)


@part
def plus_signs(value: int, count: int, country: int, room: int, words: Any) -> int:
    """How many plus signs a normalized phone needs to be read the same again, as `phone_number.readable` says."""
    again = room + AGAIN
    if count > 64:
        return UNDECIDED
    repeated = normalized(ADS_PHONE, value, count, country, again, words)
    if repeated == UNDECIDED:
        return UNDECIDED
    return 0 if compare_bytes(value, count, again, repeated) == 0 else 1


@kernel
def chain_asked(rows: Any, starts: Any, sizes: Any, seed: Any, row_hashes: Any) -> None:
    """Chain the normalized values that the reference gave to their rows' hashes."""
    for place in range(rows.size):
        first, second = types.uint64(0), types.uint64(0)
        if sizes[place] != NULL:
            first, second = hash128(starts[place], sizes[place], seed)
        row_hashes[rows[place]] = chained(row_hashes[rows[place]], first, second, seed)


@kernel
def room_needed(starts: Any, sizes: Any, columns: Any, usable: Any, is_digest: bool) -> int:
    """The bytes that the written values of a column may take, and those that kernels write behind the last one."""
    total = 64
    for row in range(usable.size):
        if usable[row]:
            length = 0
            for place in range(columns.size):
                length += max(0, types.int64(sizes[columns[place], row])) + 1
            total += HEX_BYTES if is_digest else 2 * length + 64
    return total


class ValueColumn:
    """One column of the output: reads its value of each batch's texts, in any thread."""

    def __init__(self, value: PreparedValue, places: Sequence[int], seed: Any) -> None:
        source = value.source
        number = BARE_DIGEST if source.hashed else NUMBERS[source.normalizer.function_name]
        self._numbers = [number, WRITINGS[value.writing]]
        self._places = numpy.array(places, numpy.int64)
        self._value, self._seed = value, seed

    def write(self, texts: Texts, usable: Any, regions: Regions, row_hashes: Any) -> Written:
        """The values of a batch as they are written; `row_hashes` learns of each row's."""
        rule = numpy.array([*self._numbers, *map(country_number, regions.codes)], numpy.int64)
        is_digest = self._value.writing is Writing.DIGEST
        out = numpy.empty(room_needed(texts.starts, texts.sizes, self._places, usable, is_digest), numpy.uint8)
        room = numpy.empty(ROOM_OF_VALUES, numpy.uint8)
        asked = numpy.empty(texts.rows, numpy.int64)
        written = Written(
            numpy.empty(texts.rows, numpy.int64), numpy.empty(texts.rows, numpy.int32), numpy.zeros(2, numpy.int64), [out]
        )
        count = write_values(
            texts.starts,
            texts.sizes,
            self._places,
            usable,
            rule,
            regions.read,
            regions.again,
            WORDS,
            self._seed,
            room.ctypes.data,
            out.ctypes.data,
            written.starts,
            written.sizes,
            row_hashes,
            written.tally,
            asked,
        )
        if count:
            self.ask_reference(texts, asked[:count], regions, written, row_hashes)
        return written

    def ask_reference(self, texts: Texts, rows: Any, regions: Regions, written: Written, row_hashes: Any) -> None:
        """Let the normalizer's reference decide the rows that kernels could not."""
        answer = cache(self.answer)
        answers = [
            answer(
                joined([text_in(texts, place, row) for place in self._places.tolist()]),
                regions.codes[regions.read[row]],
                regions.codes[regions.again[row]],
            )
            for row in rows.tolist()
        ]
        plain = Laid([normalized_value for normalized_value, _, _ in answers])
        chain_asked(rows, plain.starts, plain.sizes, self._seed, row_hashes)
        spelled = Laid([text for _, text, _ in answers])
        written.starts[rows], written.sizes[rows] = spelled.starts, spelled.sizes
        written.kept.append(spelled)
        written.tally[FILLED] += sum(text is not None for _, text, _ in answers)
        written.tally[REJECTED] += sum(is_rejected for _, _, is_rejected in answers)

    def answer(self, value: str | None, country: str, again: str) -> tuple[str | None, str | None, bool]:
        """The normalized value, how it is written, and whether normalization left nothing of something."""
        if value is None:
            return None, None, False
        found = self._value.source.normalizer.reference(value, country)
        if found is None:
            return None, None, stripped(value) != ""
        return found, SPELLINGS[self._value.writing](found, again), False


class Laid:
    """Python's texts in memory, where kernels find them."""

    def __init__(self, texts: Sequence[str | None]) -> None:
        encoded = [None if text is None else text.encode() for text in texts]
        # Kernels read whole words; the last text has some bytes behind it.
        self._text = numpy.frombuffer(b"".join(one or b"" for one in encoded) + bytes(16), numpy.uint8)
        self.sizes = numpy.array([NULL if one is None else len(one) for one in encoded], numpy.int32)
        ends = numpy.cumsum(numpy.maximum(self.sizes, 0), dtype=numpy.int64)
        self.starts = self._text.ctypes.data + ends - numpy.maximum(self.sizes, 0)


SPELLINGS = {
    Writing.PLAIN: lambda value, _country: value,
    Writing.DIGEST: lambda value, _country: digest(value),
    Writing.PHONE: phone_number.readable,
}

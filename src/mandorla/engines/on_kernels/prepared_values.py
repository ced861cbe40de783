"""The values of a column as they are written: normalized, hashed, spelled; and what tells equal rows from different ones.

What a kernel cannot decide exactly for a value, the normalizer's reference decides, for that value alone.
"""

from collections.abc import Callable, Sequence
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
from mandorla.engines.on_kernels.hex_digits import bare_digest
from mandorla.engines.on_kernels.memory import (
    compare_bytes,
    copy_bytes,
    load_byte,
    load_word,
    multiply_fold,
    store_byte,
    store_word,
)
from mandorla.engines.on_kernels.normalizers import NUMBERS, UNDECIDED, WORDS, country_number, normalized
from mandorla.engines.on_kernels.normalizers.numbering import ADS_PHONE
from mandorla.engines.on_kernels.repeated_values import (
    FIRST,
    OUTCOME,
    RESULT_BYTES,
    SECOND,
    SIZE,
    START,
    Repeated,
    no_known_texts,
    place_of,
)
from mandorla.engines.on_kernels.seeded_hash import hash128, words_of_seed
from mandorla.engines.on_kernels.sha256 import BLOCK_BYTES, DIGEST_BYTES, SHORT_TEXT, digest_blocks, write_block
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
# In the room: the joined text, the normalized one, a phone read again; then blocks, as in `fields`.
AGAIN = 3 * LONGEST_TEXT
ROOM_OF_VALUES = ROOM_BYTES + 1024
# What a row counts for; UNDECIDED where the reference says so.
FILLED, REJECTED, EMPTY = range(3)


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
    """A column of written values: where they lie, how many rows have one, and how many lost theirs.

    Digests lie there as bytes. Who writes them for others spells their digits.
    """

    starts: Any
    sizes: Any
    tally: Any
    kept: list[Any] = field(default_factory=list)
    is_digest: bool = False
    repeated: Repeated | None = None


@part
def joined_text(starts: Any, sizes: Any, columns: Any, row: int, room: int) -> tuple[int, int]:
    """The value of a row of several columns: the texts that hold anything, a space between."""
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
def chained(row_hash: int, first: int, second: int, secret: Any) -> int:
    """What tells rows apart, with one value more; both words are zero where the row has none."""
    return multiply_fold(row_hash ^ first, second ^ secret[5])


@kernel
def write_values(
    starts: Any, sizes: Any, columns: Any, usable: Any, rule: Any, read: Any, again: Any, words: Any, seed: Any, room: int,
    out: int, slots: int, results: int, about: int, numbers: Any, written_starts: Any, written_sizes: Any, row_hashes: Any,
    tally: Any, asked: Any,
) -> int:  # fmt: skip
    """Write each row's value from `out` on, where there is room for all; the number of rows that are for the reference.

    `rule` is the normalizer's number and the number of the writing, then the kernels' number of each country that occurs.
    `slots`, `results`, `about` and `numbers` are what is known of texts. What digests tell of rows is chained later.
    """
    normalizer, writing, tables, secret = rule[0], rule[1], words.ctypes.data, words_of_seed(seed)
    blocks, waiting, undecided = room + TEXT_ROOM_BYTES, 0, 0
    for row in range(usable.size):
        written_sizes[row], numbers[row] = NULL, NULL
        if not usable[row]:
            continue
        text, length = starts[columns[0], row], types.int64(sizes[columns[0], row])
        if columns.size > 1:
            text, length = joined_text(starts, sizes, columns, row, room)
        region = types.uint64(read[row]) << types.uint64(32) | types.uint64(again[row])
        place, is_known = place_of(text, length, region, secret, slots, about)
        numbers[row], result = place - 1, results + RESULT_BYTES * place
        if not is_known:
            countries = rule[2 + read[row]], rule[2 + again[row]]
            waiting += decide(normalizer, writing, text, length, countries, secret, room, tables, out, blocks, waiting, result)
            out += max(0, word_of(result, SIZE))
        outcome = word_of(result, OUTCOME)
        if outcome == UNDECIDED:
            asked[undecided] = row
            undecided += 1
            continue
        tally[outcome] += 1
        written_starts[row], written_sizes[row] = word_of(result, START), word_of(result, SIZE)
        if normalizer != BARE_DIGEST and writing != AS_DIGEST:
            row_hashes[row] = chained(row_hashes[row], load_word(result + 8 * FIRST), load_word(result + 8 * SECOND), secret)
        if waiting == BATCHED_BLOCKS:
            digest_blocks(blocks, waiting, out - waiting * DIGEST_BYTES)
            waiting = 0
    digest_blocks(blocks, waiting, out - waiting * DIGEST_BYTES)
    return undecided


@part
def decide(
    normalizer: int, writing: int, text: int, length: int, countries: Any, secret: Any, room: int, tables: int, out: int,
    blocks: int, waiting: int, result: int,
) -> int:  # fmt: skip
    """Decide what becomes of a text, and say so in `result`: it is written to `out`, or a block more waits to be digested."""
    value = room + LONGEST_TEXT
    note(result, EMPTY, types.int64(0), types.int64(NULL))
    first, second = types.uint64(0), types.uint64(0)
    is_digested = 0
    if length != NULL:
        count, signs = decided(normalizer, writing, text, length, countries, room, tables)
        if count == UNDECIDED:
            note(result, UNDECIDED, types.int64(0), types.int64(NULL))
        elif count == 0:
            note(result, REJECTED if filling(text, length) == 1 else EMPTY, types.int64(0), types.int64(NULL))
        elif normalizer == BARE_DIGEST:
            copy_bytes(value, out, count)
            note(result, FILLED, out, count)
        elif writing == AS_DIGEST:
            write_block(value, count, blocks + waiting * BLOCK_BYTES)
            note(result, FILLED, out, types.int64(DIGEST_BYTES))
            is_digested = 1
        else:
            first, second = hash128(value, count, secret)
            # A sign that is not wanted is written over.
            store_byte(out, PLUS)
            copy_bytes(value, out + signs, count)
            note(result, FILLED, out, count + signs)
    store_word(result + 8 * FIRST, first)
    store_word(result + 8 * SECOND, second)
    return is_digested


@part
def note(result: int, outcome: int, start: int, size: int) -> None:
    """Write down what becomes of a text."""
    store_word(result + 8 * OUTCOME, types.uint64(outcome))
    store_word(result + 8 * START, types.uint64(start))
    store_word(result + 8 * SIZE, types.uint64(size))


@part
def word_of(result: int, word: int) -> int:
    """A number that was written down."""
    return types.int64(load_word(result + 8 * word))


@part
def decided(normalizer: int, writing: int, text: int, length: int, countries: Any, room: int, tables: int) -> tuple[int, int]:
    """Normalize a text into the room: its length then, 0 where nothing is left, UNDECIDED; and the plus signs before it."""
    value = room + LONGEST_TEXT
    if length < 0 or length > LONGEST_TEXT:
        return types.int64(UNDECIDED), types.int64(0)
    if normalizer == BARE_DIGEST:
        count = types.int64(bare_digest(text, length, value))
    else:
        count = types.int64(normalized(normalizer, text, length, countries[0], value, tables))
    if (count == 0 and filling(text, length) == UNDECIDED) or (writing == AS_DIGEST and count > SHORT_TEXT):
        return types.int64(UNDECIDED), types.int64(0)
    signs = types.int64(0)
    if writing == AS_PHONE and count > 0:
        signs = types.int64(plus_signs(value, count, countries[1], room, tables))
        if signs == UNDECIDED:
            return types.int64(UNDECIDED), types.int64(0)
    return count, signs


@part
def plus_signs(value: int, count: int, country: int, room: int, tables: int) -> int:
    """How many plus signs a normalized phone needs to be read the same again, as `phone_number.readable` says."""
    again = room + AGAIN
    if count > 64:
        return UNDECIDED
    repeated = normalized(ADS_PHONE, value, count, country, again, tables)
    if repeated == UNDECIDED:
        return UNDECIDED
    return 0 if compare_bytes(value, count, again, repeated) == 0 else 1


@kernel
def chain_asked(rows: Any, starts: Any, sizes: Any, seed: Any, row_hashes: Any) -> None:
    """Chain the normalized values that the reference gave to their rows' hashes."""
    secret = words_of_seed(seed)
    for place in range(rows.size):
        first, second = types.uint64(0), types.uint64(0)
        if sizes[place] != NULL:
            first, second = hash128(starts[place], sizes[place], secret)
        row_hashes[rows[place]] = chained(row_hashes[rows[place]], first, second, secret)


@kernel
def chain_digests(starts: Any, sizes: Any, seed: Any, row_hashes: Any) -> None:
    """Chain the first half of each row's digest, which tells values apart as well as any hash, to its row's hash."""
    secret = words_of_seed(seed)
    for row in range(sizes.size):
        first, second = types.uint64(0), types.uint64(0)
        if sizes[row] != NULL:
            first, second = load_word(starts[row]), load_word(starts[row] + 8)
        row_hashes[row] = chained(row_hashes[row], first, second, secret)


@kernel
def room_needed(starts: Any, sizes: Any, columns: Any, usable: Any, is_digest: bool) -> int:
    """The bytes that the written values of a column may take, and those that kernels write behind the last one."""
    if is_digest:
        return (usable.size + 2) * DIGEST_BYTES
    total = 64
    for row in range(usable.size):
        if usable[row]:
            for place in range(columns.size):
                total += 2 * (max(0, types.int64(sizes[columns[place], row])) + 1)
            total += 64
    return total


class ValueColumn:
    """One column of the output: reads its value of each batch's texts, in any thread."""

    def __init__(self, value: PreparedValue, places: Sequence[int], seed: Any) -> None:
        source = value.source
        number = BARE_DIGEST if source.hashed else NUMBERS[source.normalizer.function_name]
        self._numbers = [number, WRITINGS[value.writing]]
        self._places = numpy.array(places, numpy.int64)
        self._value, self._seed = value, seed
        self._is_digest = source.hashed or value.writing is Writing.DIGEST

    def write(self, texts: Texts, usable: Any, regions: Regions, row_hashes: Any) -> Written:
        """The values of a batch as they are written; `row_hashes` learns of each row's."""
        rule = numpy.array([*self._numbers, *map(country_number, regions.codes)], numpy.int64)
        out = numpy.empty(room_needed(texts.starts, texts.sizes, self._places, usable, self._is_digest), numpy.uint8)
        room = numpy.empty(ROOM_OF_VALUES, numpy.uint8)
        asked = numpy.empty(texts.rows, numpy.int64)
        starts, sizes = numpy.empty(texts.rows, numpy.int64), numpy.empty(texts.rows, numpy.int32)
        written = Written(starts, sizes, numpy.zeros(3, numpy.int64), [out], self._is_digest)
        known = no_known_texts(texts.rows)
        count = write_values(
            texts.starts, texts.sizes, self._places, usable, rule, regions.read, regions.again, WORDS, self._seed,
            room.ctypes.data, out.ctypes.data, known.slots.ctypes.data, known.results.ctypes.data,
            known.about.ctypes.data, known.numbers, starts, sizes,
            row_hashes, written.tally, asked,
        )  # fmt: skip
        if count:
            self.ask_reference(texts, asked[:count], regions, written, row_hashes)
            known.learn(asked[:count], starts, sizes)
        if self._is_digest:
            chain_digests(starts, sizes, self._seed, row_hashes)
        written.repeated = known.repeated()
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
        if not self._is_digest:
            plain = Laid([None if value is None else value.encode() for value, _, _ in answers])
            chain_asked(rows, plain.starts, plain.sizes, self._seed, row_hashes)
        spelled = Laid([content for _, content, _ in answers])
        written.starts[rows], written.sizes[rows] = spelled.starts, spelled.sizes
        written.kept.append(spelled)
        written.tally[FILLED] += sum(content is not None for _, content, _ in answers)
        written.tally[REJECTED] += sum(is_rejected for _, _, is_rejected in answers)

    def answer(self, value: str | None, country: str, again: str) -> tuple[str | None, bytes | None, bool]:
        """The normalized value, how it is written, and whether normalization left nothing of something."""
        if value is None:
            return None, None, False
        found = self._value.source.normalizer.reference(value, country)
        if found is None:
            return None, None, stripped(value) != ""
        spelled = bytes.fromhex(found) if self._value.source.hashed else SPELLINGS[self._value.writing](found, again)
        return found, spelled, False


class Laid:
    """Python's texts in memory, where kernels find them."""

    def __init__(self, texts: Sequence[bytes | None]) -> None:
        # Kernels read whole words; the last text has some bytes behind it.
        self._text = numpy.frombuffer(b"".join(text or b"" for text in texts) + bytes(16), numpy.uint8)
        self.sizes = numpy.array([NULL if text is None else len(text) for text in texts], numpy.int32)
        ends = numpy.cumsum(numpy.maximum(self.sizes, 0), dtype=numpy.int64)
        self.starts = self._text.ctypes.data + ends - numpy.maximum(self.sizes, 0)


SPELLINGS: dict[Writing, Callable[[str, str], bytes]] = {
    Writing.PLAIN: lambda value, _country: value.encode(),
    Writing.DIGEST: lambda value, _country: bytes.fromhex(digest(value)),
    Writing.PHONE: lambda value, country: phone_number.readable(value, country).encode(),
}

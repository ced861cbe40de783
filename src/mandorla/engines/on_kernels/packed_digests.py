"""Digests as a page of Parquet has them, 64 hex digits each behind its length, in a zstd frame that no compressor writes.

What stands in such a page is known before anyone looks: digits that are all as likely, and between them the same four bytes.
So the frame needs no compressor. It says what one would find out, in the words of RFC 8878:

    frame header   a window of 128 KB, how long the page is
    raw block      the levels, and the first value's length
    first block    one value: its digits, then the length of the next one, copied from 68 bytes before
    other blocks   up to 1,920 values: digits, and the same copy again behind each

A compressed block is literals and sequences. The literals are the digits, by a Huffman table of sixteen symbols as long as each
other: the code of a digit is the number that it writes, in four bits. Their stream is read from its end, which a bit marks. So
a digest is packed as its 32 bytes, the last one first, and a stream holds its values from the last one to the first. There are
four streams of a quarter of the digits, which decoders read at once. The table stands in the first block.

A sequence is so many literals, then a copy. All of a block are alike: 64 literals, four bytes from 68 before. Where all are,
the codes of their three numbers are said once (RLE), and what is left of a sequence are its extra bits, all zero: six of "64
literals", none of "four bytes" and none of "as far as before". Only the first one has to say how far that is.
"""

from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.columns import NULL
from mandorla.engines.on_kernels.compiled import kernel, part
from mandorla.engines.on_kernels.hex_digits import HEX_BYTES
from mandorla.engines.on_kernels.memory import byte_swapped, copy_bytes, load_word, store_byte, store_word
from mandorla.engines.on_kernels.sha256 import DIGEST_BYTES

# Any: numpy's arrays, whose element types Numba sees.
LENGTH = HEX_BYTES.to_bytes(4, "little")
VALUE_BYTES = len(LENGTH) + HEX_BYTES
# Blocks are of 128 KB at most once they are read. This many values are less, and their streams of equal length.
MOST_VALUES = 1920
# Magic number; a content size of four bytes follows a window of 2^(10+7) bytes.
FRAME = (0xFD2FB528).to_bytes(4, "little") + bytes([0b10 << 6, 7 << 3])
RAW, COMPRESSED = 0, 2
LAST = 1
# Literals with a table of their own, or with that of the block before.
OWN_TABLE, SAME_TABLE = 2, 3
FOUR_STREAMS = 3
LITERALS_HEADER_BYTES, JUMP_TABLE_BYTES = 5, 6
# The numbers of literals, and how far and how much is copied, are all given by one code each.
ONE_CODE_EACH = 0b01_01_01_00
# From 64 on, six extra bits; from 64 on, six extra bits, less three; four bytes; as far as before.
CODE_OF_64_LITERALS, EXTRA_BITS, CODE_FROM_64, CODE_OF_4_BYTES, CODE_OF_REPEATED = 25, 6, 6, 1, 0
FIRST_EXTRA = (VALUE_BYTES + 3 - 64) << EXTRA_BITS | 1 << 2 * EXTRA_BITS
SEQUENCES_OF_ONE_BYTE = 128
# What stands in a block besides values, at most, and besides blocks and levels.
ROOM_OF_BLOCK = 128


def huffman_table() -> Any:
    """The weights of all symbols up to the last one, which is implied: 1 for a hex digit, 0 for any other.

    >>> bytes(huffman_table()[:1]).hex(), bytes(huffman_table()[-27:]).hex()
    ('e5', '111111111100000000000000000000000000000000000000011111')
    """
    weights = [int(chr(symbol) in "0123456789abcdef") for symbol in range(ord("f"))]
    pairs = zip(weights[::2], weights[1::2], strict=True)
    return numpy.array([127 + len(weights), *(first << 4 | second for first, second in pairs)], numpy.uint8)


TABLE = huffman_table()


def room_of_frame(level_bytes: int, values: int) -> int:
    """The bytes that a frame may take: besides 32 for each value, not one for its copy."""
    return level_bytes + (DIGEST_BYTES + 1) * values + (values // MOST_VALUES + 4) * ROOM_OF_BLOCK


@part
def store_bytes(out: int, word: int, count: int) -> int:
    """Write the low bytes of a word, the lowest first; where the next ones go."""
    for place in range(count):
        store_byte(out + place, types.uint8((word >> (8 * place)) & 255))
    return out + count


@part
def block_header(out: int, kind: int, size: int, last: int) -> int:
    """A block of so many bytes follows."""
    return store_bytes(out, size << 3 | kind << 1 | last, 3)


@kernel
def packed_digests(levels: int, level_bytes: int, starts: Any, sizes: Any, values: int, out: int) -> int:
    """Write the frame of levels and of the digests that lie at `starts` where `sizes` has one, so many `values`; its bytes."""
    place = out
    for byte in FRAME:
        place = store_bytes(place, byte, 1)
    place = store_bytes(place, level_bytes + VALUE_BYTES * values, 4)
    place = block_header(place, RAW, level_bytes + (len(LENGTH) if values else 0), LAST if values == 0 else 0)
    copy_bytes(levels, place, level_bytes)
    place += level_bytes
    if values:
        place = store_bytes(place, HEX_BYTES, len(LENGTH))
    row = done = 0
    while done < values:
        count = min(values - done, MOST_VALUES if done else 1)
        header = place
        place, row = write_literals(place + 3, starts, sizes, row, count, done == 0)
        is_last = done + count == values
        # Behind the very last value no length follows.
        place = write_sequences(place, count - is_last, done == 0)
        block_header(header, COMPRESSED, place - header - 3, LAST if is_last else 0)
        done += count
    return place - out


@part
def write_literals(out: int, starts: Any, sizes: Any, row: int, count: int, has_table: bool) -> tuple[int, int]:
    """Write the digits of so many values from a row on; where the sequences go, and the row behind the last value."""
    quarter = DIGEST_BYTES // 4 * count
    stream = quarter + 1
    place = out + LITERALS_HEADER_BYTES
    if has_table:
        for byte in TABLE:
            place = store_bytes(place, types.int64(byte), 1)
    size = place - out - LITERALS_HEADER_BYTES + JUMP_TABLE_BYTES + 4 * stream
    about = (OWN_TABLE if has_table else SAME_TABLE) | FOUR_STREAMS << 2 | HEX_BYTES * count << 4 | size << 22
    store_bytes(out, about, LITERALS_HEADER_BYTES)
    for _ in range(3):
        place = store_bytes(place, stream, 2)
    end = place + quarter
    to_be_written = quarter
    done = 0
    while done < count:
        digest = starts[row]
        if sizes[row] != NULL:
            for word in range(0, DIGEST_BYTES, 8):
                to_be_written -= 8
                store_word(place + to_be_written, byte_swapped(load_word(digest + word)))
                if to_be_written == 0:
                    store_byte(end, types.uint8(1))
                    place, end, to_be_written = place + stream, end + stream, quarter
            done += 1
        row += 1
    return place, row


@part
def write_sequences(out: int, count: int, is_first: bool) -> int:
    """Write so many sequences, which are all alike; where they end."""
    if count < SEQUENCES_OF_ONE_BYTE:
        out = store_bytes(out, count, 1)
    else:
        out = store_bytes(out, SEQUENCES_OF_ONE_BYTE + (count >> 8) | (count & 255) << 8, 2)
    if count == 0:
        return out
    out = store_bytes(out, ONE_CODE_EACH, 1)
    out = store_bytes(out, CODE_OF_64_LITERALS, 1)
    out = store_bytes(out, CODE_FROM_64 if is_first else CODE_OF_REPEATED, 1)
    out = store_bytes(out, CODE_OF_4_BYTES, 1)
    if is_first:
        return store_bytes(out, FIRST_EXTRA, 2)
    bits = EXTRA_BITS * count
    for place in range(0, bits >> 3, 8):
        store_word(out + place, types.uint64(0))
    return store_bytes(out + (bits >> 3), 1 << (bits & 7), 1)

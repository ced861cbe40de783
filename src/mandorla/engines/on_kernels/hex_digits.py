"""Digests as 64 hex digits: written from bytes, and read where a column brings them along."""

import numpy
from numba import types

from mandorla.engines.on_kernels.compiled import part
from mandorla.engines.on_kernels.fields import sixteen_digits
from mandorla.engines.on_kernels.memory import (
    IS_LITTLE,
    byte_swapped,
    compare_bytes,
    load_four,
    store_word,
)
from mandorla.engines.on_kernels.normalizers import UNDECIDED
from mandorla.engines.on_kernels.sha256 import DIGEST_BYTES
from mandorla.normalize.hashing import EMPTY_DIGEST

HEX_BYTES = 2 * DIGEST_BYTES
LETTERS_FROM_9 = ord("a") - ord("9") - 1
EMPTY_BYTES = numpy.frombuffer(bytes.fromhex(EMPTY_DIGEST), numpy.uint8)


@part
def bare_digest(text: int, length: int, out: int) -> int:
    """As `mandorla.normalize.hashing.hashed`, where nothing but 64 hex digits stands in the value; the digest's bytes."""
    if length != HEX_BYTES:
        return UNDECIDED
    fault = types.uint64(0)
    for place in range(0, HEX_BYTES, 16):
        number, is_none = sixteen_digits(text + place)
        fault |= is_none
        store_word(out + (place >> 1), byte_swapped(number) if IS_LITTLE else number)
    if fault != types.uint64(0):
        return UNDECIDED
    return 0 if compare_bytes(out, DIGEST_BYTES, EMPTY_BYTES.ctypes.data, DIGEST_BYTES) == 0 else DIGEST_BYTES


@part
def spread_digits(four: int) -> int:
    """The eight hex digits of four bytes, the first the lowest, as the bytes of a word, the first the lowest."""
    word = types.uint64(four)
    word = (word | word << types.uint64(16)) & types.uint64(0x0000FFFF0000FFFF)
    word = (word | word << types.uint64(8)) & types.uint64(0x00FF00FF00FF00FF)
    word = (word >> types.uint64(4) | word << types.uint64(8)) & types.uint64(0x0F0F0F0F0F0F0F0F)
    is_letter = (word + types.uint64(0x0606060606060606)) >> types.uint64(4) & types.uint64(0x0101010101010101)
    return word + types.uint64(0x3030303030303030) + is_letter * types.uint64(LETTERS_FROM_9)


@part
def write_hex(digests: int, count: int, out: int) -> None:
    """Write digests in lower-case hex, one behind the other."""
    for place in range(0, count * DIGEST_BYTES, 4):
        four = types.uint64(load_four(digests + place))
        if not IS_LITTLE:
            four = byte_swapped(four) >> types.uint64(32)
        digits = spread_digits(four)
        store_word(out + 2 * place, digits if IS_LITTLE else byte_swapped(digits))

"""Eight bytes of a text at a time: which of them are of a kind, as the high bits of a word, and those that stay, packed.

Bytes of a block beyond the text are 0, which no kind holds. Kinds are told right only of blocks without a high bit: of ASCII.
"""

import sys
from typing import Any

import numpy as np
from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
from numba import types
from numba.core import cgutils, config
from numba.extending import intrinsic

from mandorla.engines.on_kernels.compiled import part
from mandorla.engines.on_kernels.memory import (
    IS_LITTLE,
    byte_swapped,
    eight_bytes,
    some_bytes,
    store_word,
)

# Any: words, which compiled code mixes with whole numbers, and types of compilation contexts, which Numba does not publish.


def everywhere(byte: int) -> Any:
    """A word of eight equal bytes."""
    return np.uint64(byte * 0x0101010101010101)


HIGH = everywhere(0x80)
WORD: Any = np.uint64
ONE, SEVEN, EIGHT, FULL_BYTE = WORD(1), WORD(7), WORD(8), WORD(255)
# By so much a mark is shifted to the bit that makes a capital letter a small one.
CASE = WORD(2)


def reaches(character: str) -> Any:
    """What lifts the bytes from this character on to their high bit."""
    return everywhere(0x80 - ord(character))


def passes(character: str) -> Any:
    """What lifts the bytes behind this character to their high bit."""
    return everywhere(0x7F - ord(character))


FROM_A, BEHIND_Z = reaches("A"), passes("Z")
FROM_SMALL_A, BEHIND_SMALL_Z = reaches("a"), passes("z")
FROM_0, BEHIND_9 = reaches("0"), passes("9")

# Whether the processor moves chosen bits of a word together in one step; compiled code is cached by processor.
CAN_PACK = sys.maxsize > 2**32 and not config.CPU_NAME and get_host_cpu_features().get("bmi2", False)


@intrinsic
def packed(_typing: Any, word: Any, _chosen: Any) -> Any:
    """The chosen bits of a word, moved together at its lowest end."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(64)
        kind = ir.FunctionType(wide, [wide, wide])
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.bmi.pext.64"), arguments)

    return types.uint64(types.uint64, types.uint64), generate


def word_function(name: str) -> Any:
    """The intrinsic of LLVM that counts bits of a word."""

    @intrinsic
    def counted(_typing: Any, word: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            wide = ir.IntType(64)
            of_zero = [ir.Constant(ir.IntType(1), 0)] if name == "cttz" else []
            kind = ir.FunctionType(wide, [wide, *(constant.type for constant in of_zero)])
            function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.i64")
            return builder.call(function, [*arguments, *of_zero])

        return types.int64(types.uint64), generate

    return counted


trailing_zeros, bits_set = word_function("cttz"), word_function("ctpop")


@part
def block_at(text: int, place: int, length: int) -> int:
    """Up to eight bytes of a text from a place on, the first the lowest; nothing outside of the text is read."""
    left = length - place
    if left >= 8:
        return eight_bytes(text + place)
    if IS_LITTLE and length >= 8 and left > 0:
        return eight_bytes(text + length - 8) >> types.uint64(8 * (8 - left))
    return some_bytes(text + place, left)


@part
def store_eight(address: int, block: int) -> None:
    """Write a block, the lowest byte first."""
    store_word(address, block if IS_LITTLE else byte_swapped(block))


@part
def between(block: int, reach: int, behind: int) -> int:
    """The high bits of the bytes from one character to another."""
    return (block + reach) & ~(block + behind) & HIGH


@part
def beyond(left: int) -> int:
    """The high bits of a block's bytes beyond the text, of which so many bytes are left."""
    return types.uint64(0) if left >= 8 else types.uint64(HIGH) << types.uint64(8 * left)


@part
def capitals(block: int) -> int:
    """The high bits of capital letters; `block | capitals(block) >> CASE` is in lower case."""
    return between(block, FROM_A, BEHIND_Z)


@part
def letters(block: int) -> int:
    """The high bits of letters in either case."""
    return between(block | HIGH >> CASE, FROM_SMALL_A, BEHIND_SMALL_Z)


@part
def decimals(block: int) -> int:
    """The high bits of digits."""
    return between(block, FROM_0, BEHIND_9)


@part
def store_kept(out: int, block: int, marks: int) -> int:
    """Write the marked bytes of a block one after the other, and whatever behind them up to eight; where they end."""
    filled = (marks >> SEVEN) * FULL_BYTE
    store_eight(out, packed(block, filled) if CAN_PACK else packed_slowly(block, filled))
    return out + bits_set(marks)


@part
def packed_slowly(block: int, filled: int) -> int:
    """The bytes of a block that are filled, moved together at its lowest end."""
    left = types.uint64(block & filled)
    if filled & (filled + ONE) == 0:
        return left
    kept_bytes = types.uint64(0)
    shift = types.uint64(0)
    for _ in range(8):
        kept_bytes |= (left & FULL_BYTE) << shift
        shift += types.uint64(filled) & EIGHT
        left >>= EIGHT
        filled >>= EIGHT
    return kept_bytes

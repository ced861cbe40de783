"""A text of up to 64 bytes at once: in lower case, and which of its bytes are of a kind, as the bits of a word.

Most texts are that short and plain. All else is for `blocks.py`, eight bytes at a time.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from mandorla.engines.on_kernels.byte_masks import BLOCK, VECTOR, as_bits, loaded
from mandorla.engines.on_kernels.compiled import part

# Any: types of compilation contexts, which Numba does not publish.
PAGE_BYTES = 4096
NOTHING, ONE_BIT, EVERYTHING = np.uint64(0), np.uint64(1), np.uint64(2**64 - 1)


@part
def is_at_hand(text: int, length: int) -> bool:
    """Whether 64 bytes can be read where a text begins: a page of memory is readable to its end, and a text ends within."""
    return 0 < length <= BLOCK and text & (PAGE_BYTES - 1) <= PAGE_BYTES - BLOCK


@part
def within(length: int) -> int:
    """The bits of a text's own bytes; it has some."""
    return EVERYTHING >> types.uint64(BLOCK - length)


def everywhere(byte: int) -> ir.Constant:
    """A vector of equal bytes."""
    return ir.Constant(VECTOR, [byte] * BLOCK)


def among(*ranges: str) -> Any:
    """The intrinsic that tells which bytes at an address are in one of some ranges: each a character, or the first and last."""

    @intrinsic
    def found(_typing: Any, address: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return as_bits(builder, in_ranges(builder, loaded(builder, arguments[0]), ranges))

        return types.uint64(types.int64), generate

    return found


def in_ranges(builder: Any, vector: Any, ranges: Sequence[str]) -> Any:
    """Which bytes of a vector are in one of some ranges."""
    found = ir.Constant(ir.VectorType(ir.IntType(1), BLOCK), [0] * BLOCK)
    for one in ranges:
        first, last = ord(one[0]), ord(one[-1])
        distance = builder.sub(vector, everywhere(first))
        found = builder.or_(found, builder.icmp_unsigned("<=", distance, everywhere(last - first)))
    return found


@intrinsic
def store_in_lower_case(_typing: Any, address: Any, out: Any) -> Any:
    """Write the 64 bytes at an address with small letters for capital ones."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        vector = loaded(builder, arguments[0])
        small = builder.or_(vector, everywhere(0x20))
        vector = builder.select(in_ranges(builder, vector, ["AZ"]), small, vector)
        builder.store(vector, builder.inttoptr(arguments[1], VECTOR.as_pointer())).align = 1
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate

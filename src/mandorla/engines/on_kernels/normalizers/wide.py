"""A text of up to 64 bytes at once: in lower case, and which of its bytes are of a kind, as the bits of a word.

Most texts are that short and plain. All else is for `blocks.py`, eight bytes at a time.
"""

from collections.abc import Sequence
from functools import partial, reduce
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from mandorla.engines.on_kernels.byte_masks import BLOCK, VECTOR, as_bits, loaded
from mandorla.engines.on_kernels.compiled import part
from mandorla.engines.on_kernels.normalizers.blocks import trailing_zeros

# Any: types of compilation contexts, which Numba does not publish.
PAGE_BYTES = 4096
NOTHING, EVERYTHING = np.uint64(0), np.uint64(2**64 - 1)


@part
def is_at_hand(text: int, length: int) -> bool:
    """Whether 64 bytes can be read where a text begins: a page of memory is readable to its end, and a text ends within."""
    return 0 < length <= BLOCK and text & (PAGE_BYTES - 1) <= PAGE_BYTES - BLOCK


@part
def is_twice_at_hand(text: int) -> bool:
    """Whether 64 bytes can be read wherever in the first 64 one begins, and behind these."""
    return text & (PAGE_BYTES - 1) <= PAGE_BYTES - 2 * BLOCK


@part
def within(length: int) -> int:
    """The bits of a text's own bytes; it has some."""
    return EVERYTHING >> types.uint64(BLOCK - length)


@part
def lowest(bits: int) -> int:
    """The lowest bit alone."""
    return bits & (~bits + types.uint64(1))


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
    """Which bytes of a vector are in one of some ranges.

    They are compared once, by how far they are from the nearest range: several vectors of truths LLVM would take apart, byte by
    byte, where the processor has none.
    """
    nearest = reduce(
        partial(of_bytes, builder, "umin"), (distances(builder, vector, *map(ord, one[:1] + one[-1:])) for one in ranges)
    )
    return builder.icmp_unsigned("==", nearest, everywhere(0))


def distances(builder: Any, vector: Any, first: int, last: int) -> Any:
    """How far bytes are from a range, in some measure: 0 for those in it."""
    return of_bytes(builder, "usub.sat", builder.sub(vector, everywhere(first)), everywhere(last - first))


def of_bytes(builder: Any, name: str, left: Any, right: Any) -> Any:
    """One of LLVM's functions of two vectors of bytes."""
    kind = ir.FunctionType(VECTOR, [VECTOR, VECTOR])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.v{BLOCK}i8"), [left, right])


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


@part
def close_gaps(text: int, gaps: int, out: int) -> None:
    """Of a text that stands in lower case at `out` leave out some bytes: what stands behind each is written over it."""
    closed = 0
    while gaps != NOTHING:
        place = types.int64(trailing_zeros(gaps))
        store_in_lower_case(text + place + 1, out + place - closed)
        closed += 1
        gaps &= gaps - types.uint64(1)

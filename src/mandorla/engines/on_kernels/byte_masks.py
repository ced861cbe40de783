"""Sixty-four bytes at a time: which of them are one byte, as the bits of a word, the first the lowest on every machine."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from mandorla.engines.on_kernels.compiled import part
from mandorla.engines.on_kernels.memory import IS_LITTLE

# Any: types of compilation contexts, which Numba does not publish.
BLOCK = 64
VECTOR = ir.VectorType(ir.IntType(8), BLOCK)


def as_bits(builder: Any, chosen: Any) -> Any:
    """A vector of truths as the bits of a word."""
    word = builder.bitcast(chosen, ir.IntType(BLOCK))
    if IS_LITTLE:
        return word
    kind = ir.FunctionType(word.type, [word.type])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, f"llvm.bitreverse.i{BLOCK}"), [word])


def loaded(builder: Any, address: Any) -> Any:
    """The bytes at an address."""
    vector = builder.load(builder.inttoptr(address, VECTOR.as_pointer()))
    vector.align = 1
    return vector


@intrinsic
def bytes_equal(_typing: Any, address: Any, byte: Any) -> Any:
    """The bytes that equal a given one."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        wanted = ir.Constant(VECTOR, ir.Undefined)
        for place in range(BLOCK):
            wanted = builder.insert_element(wanted, arguments[1], ir.Constant(ir.IntType(32), place))
        return as_bits(builder, builder.icmp_unsigned("==", loaded(builder, arguments[0]), wanted))

    return types.uint64(types.int64, types.uint8), generate


@intrinsic
def bytes_beyond_ascii(_typing: Any, address: Any) -> Any:
    """The bytes with a high bit."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        nothing = ir.Constant(VECTOR, [0] * BLOCK)
        return as_bits(builder, builder.icmp_signed("<", loaded(builder, arguments[0]), nothing))

    return types.uint64(types.int64), generate


@part
def between_pairs(bits: int) -> int:
    """Each bit as the parity of those up to it: set from the first of two bits to before the second."""
    for distance in (1, 2, 4, 8, 16, 32):
        bits ^= bits << types.uint64(distance)
    return bits

"""Bytes at addresses: what kernels read of Arrow's buffers, and how two threads write one number.

An address is the position of a byte in memory, as an int64. Words are read as the machine stores them; `first_eight` reads
eight bytes so that comparing the numbers compares the texts, whatever the byte order of the machine is.
"""

import sys
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from mandorla.engines.on_kernels.compiled import kernel, part

# Any: Numba's own types of compilation contexts, which it does not publish.
IS_LITTLE = sys.byteorder == "little"
WORDS = {8: types.uint8, 16: types.uint16, 32: types.uint32, 64: types.uint64}


def loading(bits: int) -> Any:
    """The intrinsic that reads a word of so many bits."""

    @intrinsic
    def load(_typing: Any, address: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            pointer = builder.inttoptr(arguments[0], ir.IntType(bits).as_pointer())
            word = builder.load(pointer)
            word.align = 1
            return word

        return WORDS[bits](types.int64), generate

    return load


def storing(bits: int) -> Any:
    """The intrinsic that writes a word of so many bits."""

    @intrinsic
    def store(_typing: Any, address: Any, word: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            pointer = builder.inttoptr(arguments[0], ir.IntType(bits).as_pointer())
            builder.store(arguments[1], pointer).align = 1
            return context.get_dummy_value()

        return types.void(types.int64, WORDS[bits]), generate

    return store


load_byte, load_four, load_word = loading(8), loading(32), loading(64)
store_byte, store_two, store_four, store_word = storing(8), storing(16), storing(32), storing(64)


@intrinsic
def swap_if(_typing: Any, address: Any, expected: Any, wanted: Any) -> Any:
    """Write `wanted` where `expected` stands, in one step among threads; what stood there."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
        done = builder.cmpxchg(pointer, arguments[1], arguments[2], "acq_rel", "acquire")
        return builder.extract_value(done, 0)

    return types.uint64(types.int64, types.uint64, types.uint64), generate


def prefetching(to_write: int) -> Any:
    """The intrinsic that has the memory at an address brought near; nothing happens if there is none."""

    @intrinsic
    def prefetch(_typing: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            near, number = ir.IntType(8).as_pointer(), ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [near, number, number, number])
            function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
            how = (ir.Constant(number, one) for one in (to_write, 3, 1))
            builder.call(function, [builder.inttoptr(arguments[0], near), *how])
            return context.get_dummy_value()

        return types.void(types.int64), generate

    return prefetch


prefetch, prefetch_to_write = prefetching(0), prefetching(1)


@intrinsic
def multiply_fold(_typing: Any, left: Any, right: Any) -> Any:
    """The two halves of a 128-bit product, as one word by XOR: the step of `hash128`."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(builder.zext(arguments[0], wide), builder.zext(arguments[1], wide))
        low = builder.trunc(product, ir.IntType(64))
        high = builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))
        return builder.xor(low, high)

    return types.uint64(types.uint64, types.uint64), generate


@intrinsic
def shifted_pair(_typing: Any, low: Any, high: Any, bits: Any) -> Any:
    """Two words as one of 128 bits, shifted down by less than all of these: the lower and the upper half of what is left."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide, word = ir.IntType(128), ir.IntType(64)
        lower, upper, by = (builder.zext(argument, wide) for argument in arguments)
        whole = builder.lshr(builder.or_(lower, builder.shl(upper, ir.Constant(wide, 64))), by)
        halves = [builder.trunc(half, word) for half in (whole, builder.lshr(whole, ir.Constant(wide, 64)))]
        return context.make_tuple(builder, signature.return_type, halves)

    return types.UniTuple(types.uint64, 2)(types.uint64, types.uint64, types.uint64), generate


@intrinsic
def byte_swapped(_typing: Any, word: Any) -> Any:
    """A word with its bytes in the other order."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(64), [ir.IntType(64)])
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, "llvm.bswap.i64"), arguments)

    return types.uint64(types.uint64), generate


@part
def address_of(array: Any) -> int:
    """Where an array's elements begin; NumPy's own number for it, without a sign, turns sums with others into floats."""
    return types.int64(array.ctypes.data)


@part
def hold(_array: Any) -> None:
    """Keep a kernel's own array until here: without a name for it, Numba gives its memory back, whoever has the address."""


@kernel
def some_bytes(address: int, length: int) -> int:
    """Up to seven bytes as the low bytes of a word, the first the lowest, on every machine."""
    if not IS_LITTLE:
        word = types.uint64(0)
        for place in range(length):
            word |= types.uint64(load_byte(address + place)) << types.uint64(8 * place)
        return word
    # Words that overlap, not a loop: the compiler would make long vectors of it.
    if length >= 4:
        last = types.uint64(load_four(address + length - 4))
        return types.uint64(load_four(address)) | last << types.uint64(8 * (length - 4))
    if length <= 0:
        return types.uint64(0)
    middle = length >> 1
    word = types.uint64(load_byte(address)) | types.uint64(load_byte(address + middle)) << types.uint64(8 * middle)
    return word | types.uint64(load_byte(address + length - 1)) << types.uint64(8 * (length - 1))


@kernel
def eight_bytes(address: int) -> int:
    """Eight bytes as a word, the first the lowest, on every machine."""
    word = load_word(address)
    return word if IS_LITTLE else byte_swapped(word)


@kernel
def copy_bytes(source: int, destination: int, length: int) -> None:
    """Copy a text to a place that does not overlap it, or is its own."""
    if length >= 8:
        for place in range(0, length - 8, 8):
            store_word(destination + place, load_word(source + place))
        store_word(destination + length - 8, load_word(source + length - 8))
    elif length >= 4:
        last = load_four(source + length - 4)
        store_four(destination, load_four(source))
        store_four(destination + length - 4, last)
    else:
        for place in range(length):
            store_byte(destination + place, load_byte(source + place))


@kernel
def compare_bytes(left: int, left_length: int, right: int, right_length: int) -> int:
    """Below zero, zero or above zero as the left text stands before, at or after the right one, byte by byte."""
    shorter = min(left_length, right_length)
    place = 0
    while place + 8 <= shorter:
        if load_word(left + place) != load_word(right + place):
            return 1 if byte_swapped(eight_bytes(left + place)) > byte_swapped(eight_bytes(right + place)) else -1
        place += 8
    while place < shorter:
        difference = types.int64(load_byte(left + place)) - types.int64(load_byte(right + place))
        if difference != 0:
            return difference
        place += 1
    return left_length - right_length

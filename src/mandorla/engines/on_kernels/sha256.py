"""SHA-256 (FIPS 180-4) of one block, emitted as the processor's instructions.

It runs on the processor's own instructions for it where there are any, two blocks at a time, and else in eight lanes of plain
vector code, which LLVM spells for any processor. Both give the same bytes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import llvmlite.binding
import numba
import numpy
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from mandorla.engines.on_kernels.compiled import kernel
from mandorla.engines.on_kernels.memory import address_of, byte_swapped, copy_bytes, some_bytes, store_byte, store_word

# Any: the values that LLVM's builder makes and takes, which have no types here.
# Cube roots of the first 64 primes and square roots of the first 8, as FIPS 180-4 lists them.
PRIMES = [number for number in range(2, 312) if all(number % divisor for divisor in range(2, number))]


def root_bits(number: int, power: int) -> int:
    """The first 32 bits behind the point of a number's root.

    >>> hex(root_bits(2, 2)), hex(root_bits(2, 3))
    ('0x6a09e667', '0x428a2f98')
    """
    wanted = number << (32 * power)
    low, high = 0, 1 << 40
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**power <= wanted else (low, middle)
    return low & 0xFFFFFFFF


ROUND_WORDS = [root_bits(prime, 3) for prime in PRIMES]
START = [root_bits(prime, 2) for prime in PRIMES[:8]]


def has_sha_instructions() -> bool:
    """Whether the processor that Numba compiles for has instructions for SHA-256: this one, unless a plain one is wanted."""
    if numba.config.CPU_FEATURES is not None:
        return "+sha" in numba.config.CPU_FEATURES.split(",")
    return numba.config.CPU_NAME != "generic" and bool(llvmlite.binding.get_host_cpu_features().get("sha"))


HAS_SHA_INSTRUCTIONS = has_sha_instructions()
BLOCK_BYTES = 64
DIGEST_BYTES = 32
# The longest text that fits one block beside its end mark and its length.
SHORT_TEXT = 55
LANES = 8


@dataclass(frozen=True, slots=True)
class Vectors:
    """Writes operations on vectors of 32-bit words."""

    builder: Any
    width: int

    @property
    def kind(self) -> Any:
        """The type of a vector."""
        return ir.VectorType(ir.IntType(32), self.width)

    def words(self, values: Sequence[int]) -> Any:
        """A vector of these words."""
        return ir.Constant(self.kind, list(values))

    def instruction(self, name: str, operands: int) -> Callable[..., Any]:
        """One of LLVM's own functions from vectors to a vector."""
        function_kind = ir.FunctionType(self.kind, [self.kind] * operands)
        function = cgutils.get_or_insert_function(self.builder.module, function_kind, name)
        return lambda *values: self.builder.call(function, values)

    def at(self, address: Any, place: int) -> Any:
        """Where the vector of a place behind an address is."""
        pointer = self.builder.inttoptr(address, self.kind.as_pointer())
        return self.builder.gep(pointer, [ir.Constant(ir.IntType(32), place)])

    def load(self, address: Any, place: int) -> Any:
        """The vector of a place behind an address."""
        loaded = self.builder.load(self.at(address, place))
        loaded.align = 4
        return loaded

    def store(self, value: Any, address: Any, place: int) -> None:
        """Write the vector of a place behind an address."""
        self.builder.store(value, self.at(address, place)).align = 4

    def total(self, *values: Any) -> Any:
        """The sum."""
        return reduce(self.builder.add, values)

    def xor(self, *values: Any) -> Any:
        """The exclusive or."""
        return reduce(self.builder.xor, values)

    def rotated(self, value: Any, *by: int) -> Any:
        """The exclusive or of a value rotated right by each of these numbers of bits."""
        rotation = self.instruction(f"llvm.fshr.v{self.width}i32", 3)
        return self.xor(*(rotation(value, value, self.words([bits] * self.width)) for bits in by))


def emitted_pair(vectors: Vectors, blocks: Any, digests: Any) -> None:
    """The digests of two blocks, by x86's SHA instructions: their states are held as the words F E B A and H G D C."""
    swapped = vectors.instruction("llvm.bswap.v4i32", 1)
    start = [vectors.words([START[place] for place in half]) for half in ((5, 4, 1, 0), (7, 6, 3, 2))]
    messages = [[swapped(vectors.load(blocks, 4 * message + part)) for part in range(4)] for message in range(2)]
    states = [tuple(start) for _ in messages]
    for turn in range(16):
        for message, window in enumerate(messages):
            states[message] = four_rounds(vectors, states[message], window, turn)
    for message, state in enumerate(states):
        ends = [vectors.total(*both) for both in zip(state, start, strict=True)]
        for half, order in enumerate(((3, 2, 7, 6), (1, 0, 5, 4))):
            words = vectors.builder.shuffle_vector(*ends, vectors.words(order))
            vectors.store(swapped(words), digests, 2 * message + half)


def four_rounds(vectors: Vectors, state: tuple[Any, ...], window: list[Any], turn: int) -> tuple[Any, ...]:
    """Four rounds more of one block; `window` holds the last sixteen words of its schedule, four by four."""
    rounds = vectors.instruction("llvm.x86.sha256rnds2", 3)
    shuffled = vectors.builder.shuffle_vector
    if turn >= 4:
        one, two, three, four = (window[(turn + ahead) % 4] for ahead in range(4))
        mixed = vectors.total(
            vectors.instruction("llvm.x86.sha256msg1", 2)(one, two), shuffled(three, four, vectors.words([1, 2, 3, 4]))
        )
        window[turn % 4] = vectors.instruction("llvm.x86.sha256msg2", 2)(mixed, four)
    added = vectors.total(window[turn % 4], vectors.words(ROUND_WORDS[4 * turn : 4 * turn + 4]))
    upper, lower = state
    lower = rounds(lower, upper, added)
    return rounds(upper, lower, shuffled(added, added, vectors.words([2, 3, 2, 3]))), lower


def emitted_lanes(vectors: Vectors, blocks: Any, digests: Any) -> None:
    """The digests of as many blocks as a vector has words; of blocks and digests the first words lie together, and so on."""
    window = [vectors.load(blocks, place) for place in range(16)]
    start = [vectors.words([word] * vectors.width) for word in START]
    state = start
    for turn, round_word in enumerate(ROUND_WORDS):
        if turn >= 16:
            window[turn % 16] = scheduled(vectors, window, turn)
        state = one_round(vectors, state, vectors.total(window[turn % 16], vectors.words([round_word] * vectors.width)))
    for place, ends in enumerate(zip(state, start, strict=True)):
        vectors.store(vectors.total(*ends), digests, place)


def scheduled(vectors: Vectors, window: list[Any], turn: int) -> Any:
    """The next word of a block's schedule."""
    early, late = window[(turn - 15) % 16], window[(turn - 2) % 16]
    shifted = [vectors.builder.lshr(word, vectors.words([bits] * vectors.width)) for word, bits in ((early, 3), (late, 10))]
    first = vectors.xor(vectors.rotated(early, 7, 18), shifted[0])
    second = vectors.xor(vectors.rotated(late, 17, 19), shifted[1])
    return vectors.total(window[turn % 16], first, window[(turn - 7) % 16], second)


def one_round(vectors: Vectors, state: list[Any], added: Any) -> list[Any]:
    """One round: eight words from eight."""
    both = vectors.builder.and_
    a, b, c, d, e, f, g, h = state
    choice = vectors.xor(g, both(e, vectors.xor(f, g)))
    majority = vectors.xor(both(vectors.xor(a, b), c), both(a, b))
    first = vectors.total(h, vectors.rotated(e, 6, 11, 25), choice, added)
    second = vectors.total(vectors.rotated(a, 2, 13, 22), majority)
    return [vectors.total(first, second), a, b, c, vectors.total(d, first), e, f, g]


def intrinsic_of(emit: Callable[[Vectors, Any, Any], None], width: int) -> Any:
    """A function from the address of blocks to the address of their digests, for kernels."""

    @intrinsic
    def emitted(_typing: Any, blocks: Any, digests: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            emit(Vectors(builder, width), *arguments)
            return context.get_dummy_value()

        return types.void(types.int64, types.int64), generate

    return emitted


digest_pair, digest_lanes = intrinsic_of(emitted_pair, 4), intrinsic_of(emitted_lanes, LANES)


@kernel
def write_block(text: int, length: int, block: int) -> None:
    """A short text as the one block that SHA-256 sees: the text, a one bit, zeros, the number of bits."""
    for place in range(0, BLOCK_BYTES, 8):
        store_word(block + place, types.uint64(0))
    copy_bytes(text, block, length)
    store_byte(block + length, types.uint8(0x80))
    store_byte(block + 62, types.uint8(length >> 5))
    store_byte(block + 63, types.uint8((length << 3) & 0xFF))


@kernel
def digest_by_instructions(blocks: int, count: int, digests: int) -> None:
    """The SHA-256 of each block; there is room for one more block and digest than `count` says."""
    for place in range(0, count, 2):
        digest_pair(blocks + place * BLOCK_BYTES, digests + place * DIGEST_BYTES)


@kernel
def digest_by_lanes(blocks: int, count: int, digests: int) -> None:
    """The SHA-256 of each block, `LANES` at a time."""
    words = numpy.zeros(16 * LANES, numpy.uint32)
    results = numpy.zeros(8 * LANES, numpy.uint32)
    for first in range(0, count, LANES):
        lanes = min(LANES, count - first)
        for lane in range(lanes):
            for word in range(16):
                four = some_bytes(blocks + (first + lane) * BLOCK_BYTES + 4 * word, 4)
                words[word * LANES + lane] = byte_swapped(four) >> types.uint64(32)
        digest_lanes(address_of(words), address_of(results))
        for lane in range(lanes):
            for word in range(8):
                value = results[word * LANES + lane]
                for byte in range(4):
                    place = digests + (first + lane) * DIGEST_BYTES + 4 * word + byte
                    store_byte(place, types.uint8((value >> types.uint32(24 - 8 * byte)) & types.uint32(0xFF)))


digest_blocks = digest_by_instructions if HAS_SHA_INSTRUCTIONS else digest_by_lanes

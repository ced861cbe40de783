"""What stands for a text in keys when no side brings digests: 128 bits of a hash whose seed nobody outside knows."""

import secrets
from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.compiled import kernel, part
from mandorla.engines.on_kernels.memory import eight_bytes, multiply_fold, some_bytes

# Any: numpy's arrays, whose element types Numba sees.


def seeds() -> Any:
    """Secret words for `hash128`, drawn anew for each mapping."""
    return numpy.frombuffer(secrets.token_bytes(6 * 8), dtype=numpy.uint64)


@part
def words_of_seed(seed: Any) -> Any:
    """The words of a seed as values: of an array a loop would read them again for each text."""
    return seed[0], seed[1], seed[2], seed[3], seed[4], seed[5]


@kernel
def hash128(text: int, length: int, seed: Any) -> tuple[int, int]:
    """128 bits of a text: two sums of folded products, each with secret words of its own."""
    low, high = seed[0] ^ types.uint64(length), seed[1]
    place = 0
    while place + 16 <= length:
        first, second = eight_bytes(text + place), eight_bytes(text + place + 8)
        low, high = step128(low, high, first, second, seed)
        place += 16
    rest = length - place
    if rest >= 8:
        low, high = step128(low, high, eight_bytes(text + place), some_bytes(text + place + 8, rest - 8), seed)
    elif rest > 0:
        low, high = step128(low, high, some_bytes(text + place, rest), types.uint64(0), seed)
    return ended128(low, high, seed)


@kernel
def step128(low: int, high: int, first: int, second: int, seed: Any) -> tuple[int, int]:
    """Sixteen more bytes."""
    return multiply_fold(first ^ seed[2], second ^ low), multiply_fold(second ^ seed[3], first ^ high)


@kernel
def ended128(low: int, high: int, seed: Any) -> tuple[int, int]:
    """The last step, in which either half of the sum reaches either half of the result."""
    return there(multiply_fold(low ^ seed[4], high ^ seed[5])), multiply_fold(high ^ seed[4], low ^ seed[3])


@kernel
def there(word: int) -> int:
    """A first word that is not zero: zero says that nothing is there."""
    return word if word != types.uint64(0) else types.uint64(1)

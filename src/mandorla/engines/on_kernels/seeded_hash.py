"""What stands for a text in keys, or for its digest when a side brings digests: 128 bits of a hash by a secret seed."""

import secrets
from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.compiled import inlined, kernel, part
from mandorla.engines.on_kernels.memory import eight_bytes, multiply_fold, shifted_pair, some_bytes

# Any: numpy's arrays, whose element types Numba sees.
# The golden ratio's first 64 bits: whatever is multiplied by an odd number can be told apart as before.
ODD = 0x9E3779B97F4A7C15


def seeds() -> Any:
    """Secret words for `hash128`, drawn anew for each mapping."""
    return numpy.frombuffer(secrets.token_bytes(6 * 8), dtype=numpy.uint64)


@part
def words_of_seed(seed: Any) -> Any:
    """The words of a seed as values: of an array a loop would read them again for each text."""
    return seed[0], seed[1], seed[2], seed[3], seed[4], seed[5]


@part
def salted(words: Any, salt: int) -> Any:
    """The words for keys that shall meet only those of the same salt, whose bits reach all of the first word."""
    return words[0] ^ (types.uint64(salt) * types.uint64(ODD)), words[1], words[2], words[3], words[4], words[5]


@inlined
def hash128(text: int, length: int, seed: Any) -> tuple[int, int]:
    """128 bits of a text: two sums of folded products, each with secret words of its own; `seed` is an array or its words."""
    low, high = seed[0] ^ types.uint64(length), seed[1]
    place = 0
    while place + 16 <= length:
        first, second = eight_bytes(text + place), eight_bytes(text + place + 8)
        low, high = step128(low, high, first, second, seed)
        place += 16
    rest = length - place
    if rest > 0:
        first, second = last_bytes(text, length, rest)
        low, high = step128(low, high, first, second, seed)
    return ended128(low, high, seed)


@kernel
def hash_of_text(text: int, length: int, seed: Any) -> tuple[int, int]:
    """The same for who is not compiled."""
    return hash128(text, length, words_of_seed(seed))


@kernel
def hash_pair(first: int, second: int, seed: Any) -> tuple[int, int]:
    """128 bits of two words, the first half of a digest: whoever brings digests of their own choice cannot choose these."""
    low, high = step128(seed[0], seed[1], first, second, seed)
    return ended128(low, high, seed)


@part
def last_bytes(text: int, length: int, rest: int) -> tuple[int, int]:
    """The last one to fifteen bytes of a text as two words, the first byte the lowest."""
    if length >= 16:
        # Without a branch on the length, which no processor could foretell.
        return shifted_pair(eight_bytes(text + length - 16), eight_bytes(text + length - 8), types.uint64(8 * (16 - rest)))
    if rest >= 8:
        # The text is shorter than sixteen bytes: this is all of it.
        upper = eight_bytes(text + length - 8)
        return eight_bytes(text), (upper >> types.uint64(1)) >> types.uint64(8 * (16 - rest) - 1)
    return some_bytes(text, rest), types.uint64(0)


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

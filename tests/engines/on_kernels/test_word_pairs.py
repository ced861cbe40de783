"""Pairs of words are found where a set of Python's finds them, whatever portions of memory they are looked for in."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import patch

import numpy
from hypothesis import given, settings, strategies

from mandorla.engines.on_kernels.keys import RULE_SHIFT
from mandorla.engines.on_kernels.refreshing import word_pairs as module
from mandorla.engines.on_kernels.refreshing.word_pairs import NOWHERE, found_in_parallel, stretches_of, word_pairs

# More than a kernel looks through at once.
MANY = 10_000


def words_of(pairs: list[tuple[int, int]]) -> Any:
    """Pairs as an array of first halves and one of second halves."""
    return numpy.array(pairs, numpy.uint64).reshape(len(pairs), 2).T.copy()


def drawn(draw: random.Random, count: int) -> list[tuple[int, int]]:
    """Pairs of which many agree in one half; a first half of zero is none."""
    return [(draw.choice([0, draw.randrange(1, 40), draw.randrange(2**64)]), draw.randrange(3)) for _ in range(count)]


@given(strategies.randoms(use_true_random=False), strategies.sampled_from([0, 1, 30, MANY]), strategies.integers(1, MANY))
@settings(max_examples=20, deadline=None)
def test_pairs_are_found_where_they_stand(draw: random.Random, count: int, portion: int) -> None:
    wanted, others = drawn(draw, 50), drawn(draw, count)
    pairs = word_pairs([words_of(wanted[:20]), words_of(wanted[20:])])
    numbers = {pair: number for number, pair in enumerate(dict.fromkeys(pair for pair in wanted if pair[0]))}
    assert pairs.count == len(numbers)
    assert pairs.numbers_of(words_of(others)).tolist() == [numbers.get(pair, NOWHERE) for pair in others]
    words = words_of(others)
    with ThreadPoolExecutor(2) as pool, patch.object(module, "WORDS_OF_A_PORTION", max(portion, count // 50, 1)):
        rows, found = found_in_parallel(pool, pairs, stretches_of(words))
    assert list(zip(rows.tolist(), found.tolist(), strict=True)) == [
        (row, numbers[pair]) for row, pair in enumerate(others) if pair in numbers
    ]


def test_a_value_says_whose_row_it_is() -> None:
    words, values = words_of([(7, 1), (8, 1), (7, 2), (7, 1)]), numpy.array([4, 4, 5, 9], numpy.uint64)
    values |= numpy.uint64(3 << RULE_SHIFT)
    stretch = numpy.array([(words[0].ctypes.data, words[1].ctypes.data, 4, 100, values.ctypes.data)], numpy.int64)
    rows, numbers = word_pairs([words_of([(7, 1)])]).found_in(stretch)
    assert (rows.tolist(), numbers.tolist()) == ([104, 109], [0, 0])

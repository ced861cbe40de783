"""Work in several threads, and what it gives as it comes or in its turn."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

NUMBERS_AT_ONCE = 8


def in_parallel(pool: ThreadPoolExecutor, work: Callable[[Item], Answer], items: Iterable[Item]) -> Iterator[Answer]:
    """The answers as they come, in no order; an error ends the work that has not begun."""
    submitted = [pool.submit(work, item) for item in items]
    try:
        for one in as_completed(submitted):
            yield one.result()
    finally:
        for one in submitted:
            one.cancel()


def in_turn(pool: ThreadPoolExecutor, work: Callable[[Item], Answer], items: Iterable[Item], *, ahead: int) -> Iterator[Answer]:
    """The answers in the order of the items, so many of which are in work or done and not yet asked for."""
    waiting: deque[Future[Answer]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for one in waiting:
            one.cancel()


def stretches(count: int, length: int = NUMBERS_AT_ONCE) -> Sequence[range]:
    """The first so many numbers in portions: handing single ones to threads takes longer than some of them take.

    >>> stretches(10)
    [range(0, 8), range(8, 10)]
    """
    return [range(first, min(first + length, count)) for first in range(0, count, length)]

"""How long work says how far it is: what it is doing, how many steps are done, of how many."""

from collections.abc import Callable

Report = Callable[[str, int, int], None]


def unheard(_doing: str, _done: int, _total: int) -> None:
    """For callers who do not listen."""

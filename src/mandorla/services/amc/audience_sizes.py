"""What an advertiser sees of an audience's size: about how many, so that two audiences do not tell one person from another.

The decision stands in `docs/decisions/0012-sizes-of-audiences-are-coarse.md`.
"""

import hmac
from hashlib import sha256
from math import floor, log
from pathlib import Path

# In parts of the least size of an audience: how far a size strays, and to what it is rounded.
STRAY, STEP = 40, 20


def shown_size(size: int, least: int, *, server_key: bytes, users: Path) -> int:
    """The size of the audience in a file, astray by what follows from its users, in steps, and never below the least."""
    step = max(least // STEP, 1)
    scale = least // STRAY
    astray = size + (stray_of(server_key, users, scale) if scale else 0)
    return max(step * round(astray / step), least)


def stray_of(server_key: bytes, users: Path, scale: int) -> int:
    """A number around zero, far ones ever rarer, as differential privacy's geometric mechanism draws it.

    It follows from the server's key and from who is in the audience: asking again, or otherwise, for the same users gives the
    same number, and one user more or less gives another.
    """
    drawn = hmac.new(server_key, b"amc audience size", sha256)
    with users.open("rb") as opened:
        for chunk in iter(lambda: opened.read(1 << 20), b""):
            drawn.update(chunk)
    halves = drawn.digest()[:7], drawn.digest()[7:14]
    up, down = (steps_of(int.from_bytes(half, "big") / 2**56, scale) for half in halves)
    return up - down


def steps_of(fraction: float, scale: int) -> int:
    """How many steps a walk takes that ends at each with the same chance.

    >>> [steps_of(fraction, 50) for fraction in (0.0, 0.5, 0.99)]
    [0, 34, 230]
    """
    return floor(log(1 - fraction) * -scale)

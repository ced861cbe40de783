"""Two circles that overlap as much as two parties' people do: their areas and the almond they share are true to scale."""

from dataclasses import dataclass
from math import acos, pi, sqrt

from mandorla.reports.blocks import Overlap, count, percent

WIDTH, HEIGHT, LARGEST = 760, 210, 84
MIDDLE = 92
STEPS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnCircle:
    """A circle as the picture has it, and what is said beside it."""

    center: float
    radius: float
    figure: str
    words: str
    at: float
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnOverlap:
    """The picture; `almond` is the path of what both have, empty where they share nobody."""

    width: int
    height: int
    middle: int
    circles: tuple[DrawnCircle, DrawnCircle]
    almond: str
    almond_at: float
    figure: str
    words: str


def drawn_overlap(overlap: Overlap) -> DrawnOverlap:
    """Where everything of an overlap stands."""
    most = max(overlap.left, overlap.right, 1)
    left, right = (LARGEST * sqrt(people / most) for people in (overlap.left, overlap.right))
    apart = distance(left, right, pi * LARGEST**2 * overlap.both / most)
    span = left + apart + right
    first = (WIDTH - span) / 2 + left
    second = first + apart
    sides = (
        DrawnCircle(
            center=round(first, 1), radius=round(left, 1), figure=count(overlap.left), words=overlap.left_words,
            at=round(first - left - 18, 1), anchor="end",
        ),
        DrawnCircle(
            center=round(second, 1), radius=round(right, 1), figure=count(overlap.right), words=overlap.right_words,
            at=round(second + right + 18, 1), anchor="start",
        ),
    )  # fmt: skip
    return DrawnOverlap(
        width=WIDTH,
        height=HEIGHT,
        middle=MIDDLE,
        circles=sides,
        almond=almond(first, left, second, right) if overlap.both else "",
        almond_at=round((second - right + first + left) / 2, 1),
        figure=f"{count(overlap.both)} ({percent(overlap.both, overlap.left)})",
        words=overlap.both_words,
    )


def distance(left: float, right: float, shared: float) -> float:
    """How far apart the middles of two circles are that share an area, by halving.

    >>> distance(2, 1, 0), round(distance(2, 2, 4 * pi), 6), round(distance(2, 1, 100), 6)
    (3.0, 0.0, 1.0)
    """
    near, far = float(abs(left - right)), float(left + right)
    if shared <= 0:
        return far
    for _ in range(STEPS):
        half = (near + far) / 2
        near, far = (half, far) if shared_area(left, right, half) > shared else (near, half)
    return near


def shared_area(left: float, right: float, apart: float) -> float:
    """The area that two circles share.

    >>> round(shared_area(1, 1, 0.0001), 2), round(shared_area(1, 1, 2), 2)
    (3.14, 0.0)
    """
    smaller = min(left, right)
    if apart <= abs(left - right):
        return pi * smaller**2
    along = (apart**2 + left**2 - right**2) / (2 * apart)
    rest = apart - along
    chord = sqrt(max(left**2 - along**2, 0))
    slices = left**2 * acos(bounded(along / left)) + right**2 * acos(bounded(rest / right))
    return slices - apart * chord


def bounded(cosine: float) -> float:
    """A cosine that rounding has not carried beyond one."""
    return max(-1.0, min(1.0, cosine))


def almond(first: float, left: float, second: float, right: float) -> str:
    """The path around what two circles share."""
    apart = second - first
    if apart <= abs(left - right):
        center, radius = (first, left) if left < right else (second, right)
        start, end = f"{center - radius:.1f} {MIDDLE}", f"{center + radius:.1f} {MIDDLE}"
        return f"M{start}A{radius:.1f} {radius:.1f} 0 0 1 {end}A{radius:.1f} {radius:.1f} 0 0 1 {start}Z"
    along = (apart**2 + left**2 - right**2) / (2 * apart)
    chord = sqrt(max(left**2 - along**2, 0))
    across = first + along
    is_large_left, is_large_right = int(along < 0), int(along > apart)
    return (
        f"M{across:.1f} {MIDDLE - chord:.1f}"
        f"A{left:.1f} {left:.1f} 0 {is_large_left} 1 {across:.1f} {MIDDLE + chord:.1f}"
        f"A{right:.1f} {right:.1f} 0 {is_large_right} 1 {across:.1f} {MIDDLE - chord:.1f}Z"
    )

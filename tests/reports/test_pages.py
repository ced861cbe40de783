"""Pages need nothing but themselves, escape what they are given, and draw what the numbers say."""

import re
from html.parser import HTMLParser

import pytest

from mandorla.reports.blocks import Bar, BarChart, Note, Notes, Page, Section, Segment, Table, Tile, Tiles
from mandorla.reports.page import drawn, html

BLOCKS = (
    Tiles((Tile(number="1", label="<b>rows</b>"),)),
    BarChart(
        bars=(Bar(label="a" * 40, figure="1", segments=(Segment(value=1, tone="good", title='"quoted"'),)),),
        full=2,
        description="bars",
    ),
    Table(headings=("column", "values"), rows=(("<script>alert(1)</script>", "2"),), numbers=frozenset({"values"})),
    Notes((Note(tone="warning", where="a & b", what="c", mend="d"),)),
)
PAGE = Page(title="Title", subtitle="of <it>", sections=(Section(title="One", about="", blocks=BLOCKS),))


class Tags(HTMLParser):
    """Every start tag of a page with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attributes)))


def tags_of(text: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(text)
    return parser.seen


def test_a_page_needs_no_script_and_no_outside_address() -> None:
    text = html(PAGE)
    tags = tags_of(text)
    assert {"script", "link", "img", "iframe", "object"}.isdisjoint(tag for tag, _ in tags)
    assert all({"src", "href"}.isdisjoint(attributes) for _, attributes in tags)
    assert not re.search(r"url\(|@import|https?://", text)


def test_everything_that_is_given_is_escaped() -> None:
    text = html(PAGE)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "&lt;b&gt;rows&lt;/b&gt;" in text
    assert "a &amp; b" in text
    assert ("title", {}) in tags_of(text)


# The values of a bar's segments, the value that fills the width, and the widths that are drawn as shares of it.
BARS = [
    ((50, 25), 100, (0.5, 0.25)),
    ((0, 100), 100, (1.0,)),
    ((), 0, ()),
]


@pytest.mark.parametrize(("values", "full", "shares"), BARS)
def test_bars_are_as_long_as_their_values(values: tuple[int, ...], full: int, shares: tuple[float, ...]) -> None:
    segments = tuple(Segment(value=value, tone="good", title="") for value in values)
    picture = drawn(BarChart(bars=(Bar(label="x", segments=segments, figure=""),), full=full, description=""))
    [bar] = picture.bars
    assert [round(segment.width / picture.bar_width, 2) for segment in bar.segments] == list(shares)
    for before, after in zip(bar.segments, bar.segments[1:], strict=False):
        assert after.left == pytest.approx(before.left + before.width)


def test_what_is_there_is_seen_however_small() -> None:
    chart = BarChart(
        bars=(Bar(label="x", segments=(Segment(value=1, tone="bad", title=""),), figure=""),), full=10**9, description=""
    )
    assert drawn(chart).bars[0].segments[0].width == 1.0

"""A page as one HTML document. Every text is escaped; lengths and places of bars are computed here, the template only draws."""

from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from mandorla.reports.blocks import BarChart, Page, Tone
from mandorla.reports.overlap import drawn_overlap

# The chart's own measures; the picture scales with the page.
WIDTH, LABEL_WIDTH, FIGURE_WIDTH, BAR_HEIGHT, BAR_STEP = 760, 190, 150, 16, 28
LONGEST_LABEL = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnSegment:
    """A piece of a bar as the picture has it."""

    left: float
    width: float
    tone: Tone
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnBar:
    """A bar as the picture has it."""

    top: int
    label: str
    full_label: str
    figure: str
    segments: tuple[DrawnSegment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnChart:
    """A chart as the picture has it."""

    width: int
    height: int
    bar_left: int
    bar_width: int
    bar_height: int
    bars: tuple[DrawnBar, ...]


def html(page: Page) -> str:
    """The document."""
    environment = Environment(
        loader=PackageLoader("mandorla.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(page=page, drawn=drawn, drawn_overlap=drawn_overlap)


def drawn(chart: BarChart) -> DrawnChart:
    """Where everything of a chart stands."""
    return DrawnChart(
        width=WIDTH,
        height=len(chart.bars) * BAR_STEP,
        bar_left=LABEL_WIDTH,
        bar_width=WIDTH - LABEL_WIDTH - FIGURE_WIDTH,
        bar_height=BAR_HEIGHT,
        bars=tuple(drawn_bars(chart)),
    )


def drawn_bars(chart: BarChart) -> Iterator[DrawnBar]:
    """The bars under one another; a piece that is there at all is at least a pixel wide."""
    unit = (WIDTH - LABEL_WIDTH - FIGURE_WIDTH) / chart.full if chart.full else 0.0
    for number, bar in enumerate(chart.bars):
        left = float(LABEL_WIDTH)
        segments = []
        for segment in bar.segments:
            if segment.value <= 0:
                continue
            width = max(segment.value * unit, 1.0)
            segments.append(DrawnSegment(left=round(left, 1), width=round(width, 1), tone=segment.tone, title=segment.title))
            left += width
        label = bar.label if len(bar.label) <= LONGEST_LABEL else bar.label[: LONGEST_LABEL - 1] + "…"
        yield DrawnBar(top=number * BAR_STEP, label=label, full_label=bar.label, figure=bar.figure, segments=tuple(segments))

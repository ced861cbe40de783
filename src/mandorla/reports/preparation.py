"""The page of a preparation: what came through, how the columns are filled, what was refused and why, and what to do next."""

from shlex import quote

from mandorla.domain.preparation import PreparationResult, PreparedColumn, PreparedLocation
from mandorla.reports.blocks import (
    Bar,
    BarChart,
    Note,
    Notes,
    Page,
    Section,
    Segment,
    Step,
    Steps,
    Table,
    Tile,
    Tiles,
    count,
    percent,
    thinned,
)
from mandorla.reports.page import html

MOST_FINDINGS = 40
MOST_COMMANDS = 3
# Ids by their rows, in classes: the guide's limit lies between 25 and 26.
ROW_CLASSES = ((1, 1), (2, 2), (3, 5), (6, 10), (11, 25), (26, 100), (101, None))


def preparation_page(result: PreparationResult) -> str:
    """The whole report as one HTML document."""
    sections = (
        Section(title="", about="", blocks=(tiles(result),)),
        what_to_do_next(result),
        fill_rates(result),
        rejected_values(result),
        rejected_rows(result),
        ids_by_rows(result),
        columns_and_types(result),
        notes(result),
    )
    names = ", ".join(result.files[:3]) + (f" and {len(result.files) - 3} more files" if len(result.files) > 3 else "")
    done = "normalized and hashed" if result.hashed else "normalized"
    return html(
        Page(
            title="Prepared identity data",
            subtitle=f"{names}: {done} by the profile {result.profile}, default country {result.country}",
            sections=tuple(section for section in sections if section is not None),
        )
    )


def tiles(result: PreparationResult) -> Tiles:
    """What one wants to know first."""
    counts = result.counts
    values = sum(column.rejected for column in result.columns)
    cells = sum(column.filled + column.rejected for column in result.columns)
    return Tiles(
        (
            Tile(number=count(counts.rows_read), label="rows read"),
            Tile(number=count(counts.rows_written), label="rows written", note=written_where(result), tone="good"),
            Tile(number=count(counts.unique_ids), label="unique ids"),
            Tile(
                number=count(counts.rows_rejected),
                label="rows rejected",
                note=percent(counts.rows_rejected, counts.rows_read) + " of all",
                tone="bad" if counts.rows_rejected else "muted",
            ),
            Tile(
                number=count(counts.duplicate_rows),
                label="duplicate rows",
                note="written once",
                tone="warning" if counts.duplicate_rows else "muted",
            ),
            Tile(
                number=count(values),
                label="values rejected",
                note=percent(values, cells) + " of all values",
                tone="warning" if values else "muted",
            ),
        )
    )


def written_where(result: PreparationResult) -> str:
    """Into how many locations, in which format."""
    locations = len(result.locations)
    return f"{result.file_format}, {locations} location{'s' if locations > 1 else ''}"


def what_to_do_next(result: PreparationResult) -> Section:
    """The guide's next steps, with this preparation's own names in the commands."""
    steps = []
    if result.proposed:
        steps.append(
            Step(
                title="Look at the proposed schema mapping.",
                why="No schema was given; the table of columns below says what each was taken for, and how surely. "
                "Mend the file where it is wrong and prepare again with --schema.",
            )
        )
    if result.counts.rows_beyond_limit:
        steps.append(
            Step(
                title="Prepare again with --collapse.",
                why=f"{ids(result.counts.ids_beyond_limit)} more than 25 rows; "
                f"{count(result.counts.rows_beyond_limit)} rows would be ignored by matching.",
            )
        )
    steps += [upload(location) for location in result.locations[:MOST_COMMANDS]]
    if len(result.locations) > MOST_COMMANDS:
        steps.append(Step(title=f"Do the same with the other {len(result.locations) - MOST_COMMANDS} locations."))
    return Section(title="What to do next", about="", blocks=(Steps(tuple(steps)),))


def ids(number: int) -> str:
    """How many ids have something.

    >>> ids(1), ids(1200)
    ('1 id has', '1,200 ids have')
    """
    return "1 id has" if number == 1 else f"{count(number)} ids have"


def upload(location: PreparedLocation) -> Step:
    """One location's way to Entity Resolution; the guide's commands, with this preparation's own names."""
    commands = (
        f"aws s3 cp --recursive {quote(location.data.rpartition('/')[0])} s3://{{{{bucket}}}}/{location.table_name}/",
        "aws glue create-table --region us-east-1 --database-name {{database}}"
        f" --table-input {quote('file://' + location.glue_table)}",
        "aws entityresolution create-schema-mapping --region us-east-1"
        f" --cli-input-json {quote('file://' + location.schema_payload)}",
    )
    return Step(
        title=f"Upload and describe {location.table_name}.",
        why="Put your own names for {{bucket}} (in glue-table.json too) and {{database}}.",
        command="\n".join(commands),
    )


def fill_rates(result: PreparationResult) -> Section:
    """How full each column is; only what is filled can match."""
    rows = result.counts.rows_read - result.counts.rows_rejected
    bars = tuple(fill_bar(column, rows) for column in result.columns)
    chart = BarChart(
        bars=bars,
        full=rows,
        description="Filled, rejected and empty values of each column: " + "; ".join(f"{b.label} {b.figure}" for b in bars),
        legend=(("good", "usable"), ("bad", "rejected by normalization"), ("muted", "empty")),
    )
    about = f"How many of the {count(rows)} rows with a unique id have a usable value. What is empty matches nothing."
    return Section(title="Fill rates", about=about, blocks=(chart,))


def fill_bar(column: PreparedColumn, rows: int) -> Bar:
    """One column's bar."""
    return Bar(
        label=column.name,
        figure=percent(column.filled, rows),
        segments=(
            Segment(value=column.filled, tone="good", title=f"{count(column.filled)} usable"),
            Segment(value=column.rejected, tone="bad", title=f"{count(column.rejected)} rejected: {column.reject_reason}"),
        ),
    )


def rejected_values(result: PreparationResult) -> Section | None:
    """Which values normalization refused, and why."""
    refused = sorted((column for column in result.columns if column.rejected), key=lambda one: -one.rejected)
    if not refused:
        return None
    rows = tuple(
        (one.name, count(one.rejected), percent(one.rejected, one.filled + one.rejected), one.reject_reason) for one in refused
    )
    table = Table(
        headings=("column", "values", "of the filled ones", "why"),
        rows=rows,
        numbers=frozenset({"values", "of the filled ones"}),
    )
    about = "They are empty in the output; their rows are written."
    return Section(title="Rejected values", about=about, blocks=(table,))


def rejected_rows(result: PreparationResult) -> Section | None:
    """Which rows were left out, and why."""
    if not result.rejected_rows:
        return None
    rows = tuple((reason, count(number)) for reason, number in result.rejected_rows)
    table = Table(headings=("why", "rows"), rows=rows, numbers=frozenset({"rows"}))
    about = "They are not in the output; rejected.csv beside it names the file and the line or row of each."
    return Section(title="Rejected rows", about=about, blocks=(table,))


def ids_by_rows(result: PreparationResult) -> Section:
    """How many rows the unique ids have in the output."""
    bars = []
    for fewest, most in ROW_CLASSES:
        number = sum(ids for rows, ids in result.counts.keys_by_rows if fewest <= rows <= (most or rows))
        if number:
            figure = f"{count(number)} id{'s' if number > 1 else ''}"
            is_beyond = fewest > 25
            label = f"{fewest} rows or more" if most is None else f"{fewest} to {most} rows"
            label = label if fewest != most else f"{fewest} row{'s' if fewest > 1 else ''}"
            segment = Segment(value=number, tone="bad" if is_beyond else "plain", title=figure)
            bars.append(Bar(label=label, segments=(segment,), figure=figure))
    chart = BarChart(
        bars=tuple(bars),
        full=max((bar.segments[0].value for bar in bars), default=0),
        description="Unique ids by their number of rows: " + "; ".join(f"{bar.label}: {bar.figure}" for bar in bars),
    )
    about = "Matching considers the first 25 rows of a unique id and ignores the others."
    return Section(title="Rows of a unique id, as written", about=about, blocks=(chart,))


def columns_and_types(result: PreparationResult) -> Section:
    """What each column holds, by the schema mapping that was written."""
    sure = ("sure",) if result.proposed else ()
    unique_id = result.locations[0].schema_mapping.unique_id
    rows = []
    for column in result.columns:
        confidence = "" if column.confidence is None else f"{column.confidence:.0%}"
        row = (column.name, column.attribute_type, column.match_key or "–", "hashed" if column.hashed else "in clear")
        rows.append(row + ((confidence,) if result.proposed else ()))
    extra = max(len(location.columns) for location in result.locations) - len(result.columns)
    widest = f" The widest location has {extra + len(result.columns)} columns." if extra > 0 and result.collapsed else ""
    about = f"The unique id is {unique_id.field_name}; it is written as it stands, without white space around it.{widest}"
    headings = ("column", "type", "match key", "written", *sure)
    table = Table(headings=headings, rows=tuple(rows), numbers=frozenset(sure))
    return Section(title="Columns and types", about=about, blocks=(table, *locations(result)))


def locations(result: PreparationResult) -> tuple[Table, ...]:
    """Where the data lies, if it is in several places."""
    if len(result.locations) == 1:
        return ()
    rows = [(one.data, count(one.rows), count(len(one.columns))) for one in result.locations]
    numbers = frozenset({"rows", "columns"})
    return (Table(headings=("location", "rows", "columns"), rows=thinned(rows, 50, "other locations"), numbers=numbers),)


def notes(result: PreparationResult) -> Section | None:
    """The findings."""
    if not result.findings:
        return None
    listed = tuple(
        Note(tone="warning", where=one.where, what=one.what, mend=one.mend) for one in result.findings[:MOST_FINDINGS]
    )
    more = len(result.findings) - MOST_FINDINGS
    about = f"The first {MOST_FINDINGS}; report.json has {count(more)} more." if more > 0 else ""
    return Section(title="Worth knowing", about=about, blocks=(Notes(listed),))

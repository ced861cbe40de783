"""The report of an ID mapping: how many were mapped, by which rule, and why not more."""

from mandorla.domain.id_mapping import FieldFill, IdMappingResult, RuleOutcome
from mandorla.reports.blocks import (
    Bar,
    BarChart,
    Note,
    Notes,
    Overlap,
    Page,
    Section,
    Segment,
    Table,
    Tile,
    Tiles,
    count,
    percent,
)
from mandorla.reports.page import html


def matching_page(result: IdMappingResult) -> str:
    """The whole report as one HTML document; it holds counts and places, never a person's value."""
    sections = (
        Section(title="", about="", blocks=(tiles(result),)),
        overlap(result),
        rules(result),
        candidates(result),
        fill_rates(result),
        warnings(result),
    )
    return html(
        Page(
            title="ID mapping",
            subtitle=f"profile {result.profile}, {result.attribute_matching_model}, {result.record_matching_model}",
            sections=tuple(section for section in sections if section is not None),
        )
    )


def tiles(result: IdMappingResult) -> Tiles:
    """What one wants to know first."""
    mapped, known = result.metrics.total_mapped_source_records, result.source.unique_records
    return Tiles(
        (
            Tile(number=percent(mapped, known), label="of the source ids", note="are mapped", tone="good"),
            Tile(number=count(mapped), label="mapped source ids", note=f"of {count(known)}"),
            Tile(
                number=count(result.metrics.total_mapped_target_records),
                label="target ids",
                note=f"that they map to, of {count(result.target.unique_records)}",
            ),
            Tile(
                number=count(result.metrics.records_not_processed),
                label="took no part",
                note="records, unreadable or without id",
                tone="warning" if result.metrics.records_not_processed else "muted",
            ),
        )
    )


def overlap(result: IdMappingResult) -> Section:
    """The almond: both sides and whom both know."""
    picture = Overlap(
        left=result.source.unique_records,
        right=result.target.unique_records,
        both=result.metrics.total_mapped_source_records,
        left_words="source ids",
        right_words="target ids",
        both_words="source ids have a target",
    )
    about = "Areas are true to scale: what the circles share are the mapped source ids."
    return Section(title="Whom both know", about=about, blocks=(picture,))


def rules(result: IdMappingResult) -> Section:
    """What each rule brought, in order, and whom none found."""
    known = result.source.unique_records
    left = max(known - sum(outcome.mapped_sources for outcome in result.rules), 0)
    nobody = Bar(
        label="no rule",
        figure=f"{count(left)} ({percent(left, known)})",
        segments=(Segment(value=left, tone="muted", title="source ids that no rule matched"),),
    )
    bars = (*(rule_bar(outcome, known) for outcome in result.rules), nobody)
    chart = BarChart(
        bars=bars,
        full=max(known, 1),
        description="Source ids mapped by each rule: " + "; ".join(f"{bar.label} {bar.figure}" for bar in bars),
    )
    about = "Source ids by the first rule that matched them; a later rule gets only what earlier ones left."
    return Section(title="Mapped by rule", about=about, blocks=(chart,))


def rule_bar(outcome: RuleOutcome, known: int) -> Bar:
    """One rule's bar."""
    mapped = outcome.mapped_sources
    title = outcome.skipped_because or " and ".join(outcome.rule.matching_keys)
    return Bar(
        label=outcome.rule.rule_name,
        figure=f"{count(mapped)} ({percent(mapped, known)})",
        segments=(Segment(value=mapped, tone="good", title=title),),
    )


def candidates(result: IdMappingResult) -> Section | None:
    """All that agree on each rule, before earlier rules took their part."""
    rows = tuple(
        (
            outcome.rule.rule_name,
            count(outcome.candidate_pairs or 0),
            count(outcome.candidate_sources or 0),
            count(outcome.candidate_targets or 0),
        )
        for outcome in result.rules
        if outcome.candidate_pairs is not None
    )
    if not rows:
        return None
    headings = ("rule", "pairs", "source ids", "target ids")
    about = "All that agree on a rule, whether or not an earlier rule matched them first."
    table = Table(headings=headings, rows=rows, numbers=frozenset(headings[1:]))
    return Section(title="Candidates", about=about, blocks=(table,))


def fill_rates(result: IdMappingResult) -> Section | None:
    """How the match keys are filled on both sides; only what is usable can match."""
    if not result.fields:
        return None
    # The two sides of a match key stand under one another, so that one sees which of them is the emptier.
    order = list(dict.fromkeys(fill.match_key for fill in result.fields))
    bars = tuple(fill_bar(fill) for fill in sorted(result.fields, key=lambda fill: order.index(fill.match_key)))
    chart = BarChart(
        bars=bars,
        full=1.0,
        description="Usable values of each field: " + "; ".join(f"{bar.label} {bar.figure}" for bar in bars),
        legend=(("good", "usable"), ("bad", "rejected by normalization"), ("muted", "empty")),
    )
    about = "The share of records with a usable value; what is empty or rejected matches nothing."
    return Section(title="Match keys", about=about, blocks=(chart,))


def fill_bar(fill: FieldFill) -> Bar:
    """One field's bar, as shares of its side's records."""
    records = fill.records or 1
    return Bar(
        label=f"{fill.side}: {', '.join(fill.columns)}",
        figure=percent(fill.filled - fill.rejected, fill.records),
        segments=(
            Segment(value=(fill.filled - fill.rejected) / records, tone="good", title="usable"),
            Segment(value=fill.rejected / records, tone="bad", title=f"{count(fill.rejected)} rejected: {fill.reject_reason}"),
        ),
    )


def warnings(result: IdMappingResult) -> Section | None:
    """What was skipped or cut, and values that too many share, named by the place of a row."""
    notes = [Note(tone="warning", where="the mapping", what=warning) for warning in result.warnings]
    notes += [
        Note(
            tone="warning",
            where=f"rule {outcome.rule.rule_name}",
            what=f"one value joins {count(key.sources)} source ids with {count(key.targets)} target ids",
            mend=f"look at {key.example_source_place} and {key.example_target_place}",
        )
        for outcome in result.rules
        for key in outcome.junk_keys
    ]
    if not notes:
        return None
    return Section(title="To look at", about="What was skipped or cut, and what too many share.", blocks=(Notes(tuple(notes)),))

"""What came of a mapping, as tables for people."""

from rich.table import Table

from mandorla.cli.output import console
from mandorla.domain.id_mapping import IdMappingResult


def print_result(result: IdMappingResult, *, explained: bool) -> None:
    """Tables for people."""
    out = console()
    table = Table(title=f"{result.match_rate:.1%} of {result.source.unique_records:,} source ids are mapped")
    table.add_column("rule")
    table.add_column("match keys")
    table.add_column("mapped sources", justify="right")
    candidates = ("candidate pairs", "candidate sources", "candidate targets") if explained else ()
    for name in candidates:
        table.add_column(name, justify="right")
    for outcome in result.rules:
        counts = (outcome.candidate_pairs, outcome.candidate_sources, outcome.candidate_targets)
        table.add_row(
            outcome.rule.rule_name,
            " and ".join(outcome.rule.matching_keys),
            f"{outcome.mapped_sources:,}",
            *(f"{count:,}" for count in counts if count is not None),
        )
    out.print(table)
    if explained:
        print_fills(result)
    for warning in result.warnings:
        out.print(f"[yellow]![/] {warning}")
    reason = f": {result.engine_reason}" if result.engine_reason else ""
    out.print(f"Engine: {result.engine}{reason}", markup=False)
    out.print(f"Written: {result.output}", markup=False)


def print_fills(result: IdMappingResult) -> None:
    """How the match keys are filled, and which values too many share."""
    out = console()
    table = Table(title="Match keys")
    for name in ("side", "match key", "columns"):
        table.add_column(name)
    for name in ("usable", "filled", "rejected"):
        table.add_column(name, justify="right")
    table.add_column("why rejected")
    for fill in result.fields:
        table.add_row(
            fill.side,
            fill.match_key,
            ", ".join(fill.columns) + (" (hashed)" if fill.hashed else ""),
            f"{fill.fill_rate:.1%}",
            f"{fill.filled:,}",
            f"{fill.rejected:,}",
            fill.reject_reason if fill.rejected else "",
        )
    out.print(table)
    for outcome in result.rules:
        for key in outcome.junk_keys:
            out.print(
                f"[yellow]![/] Rule '{outcome.rule.rule_name}': one value joins {key.sources:,} source ids with "
                f"{key.targets:,} target ids; look at {key.example_source_place} and {key.example_target_place}."
            )

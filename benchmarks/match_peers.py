"""Our match beside what else one could use: one run, the same generated data, each contender in a process of its own."""

import argparse
import importlib.metadata
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from comparison import Agreement, agreement, precision_and_recall
from generated import HERE, SEED, generated
from measured import Run, machine_facts, mandorla_match, measure

OURS = "mandorla match"
ALTERNATE_UP_TO_ROWS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """`starts_from` says what the measured time begins with; all end with a mapping in a Parquet file, sorted by source id."""

    name: str
    starts_from: str
    command: Callable[[Path, Path], list[str]]


def script(name: str, *arguments: str) -> Callable[[Path, Path], list[str]]:
    """The command that runs a contender's script."""
    return lambda folder, output: [sys.executable, str(HERE / "contenders" / name), *arguments, str(folder), str(output)]


def ours(engine: str) -> Callable[[Path, Path], list[str]]:
    """Our command on an engine."""
    return lambda folder, output: [*mandorla_match(folder, output), "--engine", engine]


CONTENDERS = {
    "kernels": Contender(name=OURS, starts_from="raw Parquet, the whole command, on kernels", command=ours("kernels")),
    "duckdb": Contender(name="mandorla match, on DuckDB", starts_from="raw Parquet, the whole command", command=ours("duckdb")),
    "naive": Contender(
        name="DuckDB, naive SQL",
        starts_from="raw Parquet: regular expressions, hex, a join a rule",
        command=script("naive_sql.py"),
    ),
    "best": Contender(
        name="DuckDB, best SQL we know",
        starts_from="raw Parquet: no regular expressions, 64-bit keys, one join",
        command=script("best_sql.py"),
    ),
    "splink": Contender(
        name="Splink, deterministic link",
        starts_from="raw Parquet: the naive SQL normalizes, Splink links, SQL reduces",
        command=script("splink_link.py"),
    ),
    "sail": Contender(
        name="Sail, naive SQL, one join",
        starts_from="raw Parquet: regular expressions, hex; memory is that of the client alone",
        command=script("spark_sql.py", "sail"),
    ),
    "spark": Contender(
        name="PySpark local[2], the same SQL",
        starts_from="raw Parquet: regular expressions, hex; memory is that of the client alone",
        command=script("spark_sql.py", "spark"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What came of a contender: the run with the middle time, and its mapping beside the one of reference."""

    contender: Contender
    run: Run
    agreement: Agreement | None


def main() -> None:
    """Generate, run, print."""
    options = arguments().parse_args()
    repeat = options.repeat or (3 if options.rows <= ALTERNATE_UP_TO_ROWS else 1)
    names = list(CONTENDERS) if options.contenders is None else options.contenders.split(",")
    contenders = [CONTENDERS[name] for name in names]
    facts = machine_facts()
    folder = generated(options.rows, options.seed).folder
    compile_kernels()
    read_once(folder)
    runs = run_in_turn(contenders, folder, repeat=repeat, timeout_seconds=options.timeout)
    lines = lines_of(contenders, runs, folder)
    report = "\n".join(
        [
            *heading(options.rows, options.seed, repeat, facts),
            "",
            *table(lines, 2 * options.rows),
            "",
            *remarks(lines, folder),
            *(kernel_remarks(folder, options.rows, options.timeout) if "kernels" in names else []),
        ]
    )
    sys.stdout.write(report + "\n")
    if options.markdown:
        options.markdown.write_text(report + "\n", encoding="utf-8")


def arguments() -> argparse.ArgumentParser:
    """What can be asked for."""
    parser = argparse.ArgumentParser(prog="benchmarks/run", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of either table (1,000,000)")
    parser.add_argument("--repeat", type=int, help="runs of each contender (3 up to a million rows, else 1)")
    parser.add_argument("--contenders", help=f"some of {','.join(CONTENDERS)}, separated by commas (all)")
    parser.add_argument("--timeout", type=float, default=1800, help="seconds after which a run is stopped (1800)")
    parser.add_argument("--seed", type=int, default=SEED, help=f"of the generated data ({SEED})")
    parser.add_argument("--markdown", type=Path, help="write the report to a file too")
    return parser


def compile_kernels() -> None:
    """So that no run pays for what a machine does once."""
    folder = generated(1_000).folder
    measure(ours("kernels")(folder, folder / "mapping.parquet"), timeout_seconds=600)


def read_once(folder: Path) -> None:
    """So that no contender pays for the first reading from disk."""
    for name in ("source.parquet", "target.parquet"):
        with (folder / name).open("rb") as stream:
            while stream.read(1 << 24):
                pass


def mapping_file(folder: Path, contender: Contender) -> Path:
    """Where a contender writes."""
    return folder / f"mapping-of-{contender.name.lower().replace(' ', '-').replace(',', '')}.parquet"


def run_in_turn(contenders: Sequence[Contender], folder: Path, *, repeat: int, timeout_seconds: float) -> dict[str, list[Run]]:
    """Every contender once, then again in the other order, so that what else the machine does hits all alike."""
    runs: dict[str, list[Run]] = {contender.name: [] for contender in contenders}
    for turn in range(repeat):
        for contender in contenders if turn % 2 == 0 else reversed(contenders):
            if any(run.failure for run in runs[contender.name]):
                continue
            output = mapping_file(folder, contender)
            output.unlink(missing_ok=True)
            run = measure(contender.command(folder, output), timeout_seconds=timeout_seconds)
            sys.stderr.write(f"{contender.name}, run {turn + 1}: {run.failure or f'{run.wall_seconds:.2f} s'}\n")
            runs[contender.name].append(run)
    return runs


def lines_of(contenders: Sequence[Contender], runs: dict[str, list[Run]], folder: Path) -> list[Line]:
    """The middle run of each contender; mappings are compared with the first contender's that has one."""
    done = [contender for contender in contenders if not any(run.failure for run in runs[contender.name])]
    reference = mapping_file(folder, done[0]) if done else None
    lines = []
    for contender in contenders:
        of_contender = runs[contender.name]
        failed = [run for run in of_contender if run.failure]
        middle = statistics.median_low(run.wall_seconds for run in of_contender)
        run = failed[0] if failed else next(run for run in of_contender if run.wall_seconds == middle)
        agrees = None if failed or reference is None else agreement(mapping_file(folder, contender), reference)
        lines.append(Line(contender=contender, run=run, agreement=agrees))
    return lines


def kernel_remarks(folder: Path, rows: int, timeout_seconds: float) -> list[str]:
    """What each stage of the kernels takes beside the machine's limits; and how they fare warm, if that takes not too long."""
    scripts = [HERE / "kernel_stages.py", *([HERE / "contenders" / "warm.py"] if rows <= ALTERNATE_UP_TO_ROWS else [])]
    found = []
    for script in scripts:
        command = [sys.executable, str(script), str(folder), str(folder / "mapping.parquet")]
        run = measure(command, timeout_seconds=timeout_seconds)
        found += run.document.get("remarks", [f"{script.name}: {run.failure}"])
    return ["", *found]


def heading(rows: int, seed: int, repeat: int, facts: dict[str, str]) -> list[str]:
    """What was run, where, with what."""
    installed = {one.name: one.version for one in importlib.metadata.distributions()}
    versions = {name: installed[name] for name in ("mandorla", "duckdb", "pyarrow", "splink") if name in installed}
    return [
        f"{rows:,} source rows x {rows:,} target rows (seed {seed}), raw Parquet to mapping Parquet;"
        f" median of {repeat} run{'s' if repeat > 1 else ''} in alternating order, start of the process included.",
        "",
        "; ".join(f"{name}: {value}" for name, value in facts.items()),
        "",
        "; ".join(f"{name} {version}" for name, version in versions.items()),
    ]


def table(lines: Sequence[Line], records: int) -> list[str]:
    """The lines as a Markdown table, which reads well on a screen too."""
    ours = next((line.run for line in lines if line.contender.name == OURS and not line.run.failure), None)
    cells = [
        ["contender", "starts from", "wall s", "x ours", "peak RSS GB", "records/s", "mapped sources", "rows that differ"],
        *(cells_of(line, records, ours) for line in lines),
    ]
    widths = [max(len(row[place]) for row in cells) for place in range(len(cells[0]))]
    padded = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells]
    rule = "|" + "|".join("-" * (width + 1) + (":" if place > 1 else "-") for place, width in enumerate(widths)) + "|"
    return [padded[0], rule, *padded[1:]]


def cells_of(line: Line, records: int, ours: Run | None) -> list[str]:
    """One line of the table."""
    run, names = line.run, [line.contender.name, line.contender.starts_from]
    if run.failure:
        return [*names, run.failure, "", f"{run.peak_bytes / 1e9:.2f}", "", "", ""]
    assert line.agreement is not None
    return [
        *names,
        f"{run.wall_seconds:.2f}",
        f"{run.wall_seconds / ours.wall_seconds:.2f}" if ours else "",
        f"{run.peak_bytes / 1e9:.2f}",
        f"{records / run.wall_seconds:,.0f}",
        f"{line.agreement.mapped_sources:,}",
        f"{line.agreement.differing_rows:,}",
    ]


def remarks(lines: Sequence[Line], folder: Path) -> list[str]:
    """The stages of those who tell them, and how good the mapping is."""
    remarks = []
    for line in lines:
        stages = line.run.document.get("stages", {})
        if stages:
            remarks.append(f"- {line.contender.name}: " + ", ".join(f"{name} {taken:.2f} s" for name, taken in stages.items()))
    done = [line for line in lines if not line.run.failure]
    if done:
        first = done[0].contender
        precision, recall = precision_and_recall(mapping_file(folder, first), folder / "truth.parquet")
        remarks.append(f"- Rows that differ are counted against {first.name}: in target id or rule, or mapped by one alone.")
        remarks.append(
            f"- Against the truth the mapping of {first.name} has precision {precision:.4f} and recall {recall:.4f}."
        )
    return remarks


if __name__ == "__main__":
    main()

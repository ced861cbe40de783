"""The data of the benchmarks: generated once, kept under benchmarks/data, made anew when the generator changes."""

import argparse
import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENGINES = HERE.parent / "src" / "mandorla" / "engines"
SEED = 7


@dataclass(frozen=True, slots=True)
class Generated:
    """A folder of generated files."""

    folder: Path

    def file(self, name: str) -> str:
        """The path of one of its files."""
        return str(self.folder / name)


def generated(rows: int, seed: int = SEED, file_format: str = "parquet") -> Generated:
    """The folder with both tables, generated if it is not there.

    Another process writes it, because the memory of this one would count as that of the contenders it starts.
    """
    sources = sorted(ENGINES.glob("synthetic_*.py"))
    version = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:8]
    kind = "" if file_format == "parquet" else f"{file_format}-"
    folder = HERE / "data" / f"{rows}-rows-{kind}seed-{seed}-{version}"
    if not (folder / "rules.json").is_file():
        arguments = ["--rows", str(rows), "--seed", str(seed), "--folder", str(folder), "--format", file_format]
        subprocess.run([sys.executable, str(Path(__file__).resolve()), *arguments], check=True)
    return Generated(folder)


def main() -> None:
    """Generate into a folder."""
    # Only here, so that a benchmark that only asks for the folder stays small.
    from mandorla.engines.synthetic_people import write_people  # noqa: PLC0415

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--format", default="parquet", choices=("parquet", "csv"))
    options = parser.parse_args()
    write_people(
        options.folder, source_rows=options.rows, target_rows=options.rows, seed=options.seed, file_format=options.format
    )


if __name__ == "__main__":
    main()

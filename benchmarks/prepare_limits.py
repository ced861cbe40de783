"""Parts of a preparation alone, in processor seconds, as JSON: reading the CSV file (a file's path), and so many hashes."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy

from mandorla.engines.on_kernels.plain_csv import plain_csv
from mandorla.engines.on_kernels.sha256 import BLOCK_BYTES, DIGEST_BYTES, digest_blocks
from mandorla.engines.source_files import opened

BLOCKS = 1 << 10


def main() -> None:
    """Measure each part once it is warm."""
    path, hashes = Path(sys.argv[1]), int(sys.argv[2])
    parts: dict[str, Callable[[], object]] = {
        "reading CSV": lambda: read(path),
        "reading CSV by DuckDB": lambda: read_by_duckdb(path),
        "SHA-256": lambda: hash_blocks(hashes),
    }
    hash_blocks(1)
    found = {}
    for name, work in parts.items():
        started = time.process_time()
        work()
        found[name] = round(time.process_time() - started, 3)
    print(json.dumps(found))


def read(path: Path) -> None:
    """Find every value of a file."""
    file = opened(path)
    plain = plain_csv(file, file.columns)
    assert plain is not None
    for begin in plain.pieces():
        plain.read(begin)


def read_by_duckdb(path: Path) -> None:
    """Every value of a file as Arrow's text."""
    for _ in duckdb.read_csv(str(path), all_varchar=True, parallel=True).to_arrow_reader(100_000):
        pass


def hash_blocks(hashes: int) -> None:
    """So many hashes of one block, of so many blocks at once that nothing but hashing takes time."""
    blocks, digests = (
        numpy.zeros((BLOCKS + 1) * BLOCK_BYTES, numpy.uint8),
        numpy.zeros((BLOCKS + 1) * DIGEST_BYTES, numpy.uint8),
    )
    at_blocks, at_digests = blocks.ctypes.data, digests.ctypes.data
    for _ in range(hashes // BLOCKS + 1):
        digest_blocks(at_blocks, BLOCKS, at_digests)


if __name__ == "__main__":
    main()

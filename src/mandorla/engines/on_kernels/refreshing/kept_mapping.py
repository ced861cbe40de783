"""What is kept between two runs of one mapping: the files that were read, whom each source id is mapped to, and the totals.

A run never changes what an earlier one kept. It writes beside it, and a manifest under its own name; so whoever decides which
run counts, decides with the manifest's name, and what no manifest of a counting run names is removed by the next run.
"""

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy

from mandorla.engines.on_kernels.refreshing.kept_files import FileFacts

# Any: numpy's arrays, whose element types Numba sees; what a manifest says is plain JSON.
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
SOURCES, TARGETS, RULES = slice(0, 2), slice(2, 4), 4
WORDS_PER_PAIR = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Of all ids of a side: how many there are, how many have more rows than the limit, and these rows."""

    unique: int
    crowded: int
    surplus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMapping:
    """What a run left. `pairs` and `changes` are arrays of five words a pair: the hashes of both ids, and the rule's number,
    zero where a source id is mapped no longer; `changes` come before `pairs`. `whole` is the run that wrote the pairs.
    """

    fingerprint: str
    seed: Any
    files: tuple[FileFacts, ...]
    totals: Mapping[str, Totals]
    mapped_by_rule: Mapping[int, int]
    mapped_targets: int
    pairs: Any
    changes: Any
    whole: str


def no_pairs() -> Any:
    """No pair of ids."""
    return numpy.zeros((WORDS_PER_PAIR, 0), numpy.uint64)


def kept_mapping(folder: Path, name: str, fingerprint: str) -> KeptMapping | None:
    """What the run of that name left; None if nothing is there, or if it was made by other terms.

    What is kept is not forced to the disk. A system that was started anew may have lost some of it, so it is not used then.
    """
    try:
        said = json.loads((folder / manifest_name(name)).read_text())
    except FileNotFoundError:
        return None
    if said["fingerprint"] != fingerprint or said["boot_id"] != boot_id():
        return None
    return KeptMapping(
        fingerprint=fingerprint,
        seed=numpy.array([int(word) for word in said["seed"]], numpy.uint64),
        files=tuple(FileFacts(**facts) for facts in said["files"]),
        totals={side: Totals(**totals) for side, totals in said["totals"].items()},
        mapped_by_rule={int(rule): count for rule, count in said["mapped_by_rule"].items()},
        mapped_targets=said["mapped_targets"],
        pairs=pairs_in(folder / said["pairs"]),
        changes=pairs_in(folder / said["changes"]) if said["changes"] else no_pairs(),
        whole=said["whole"],
    )


def keep(folder: Path, name: str, kept: KeptMapping) -> None:
    """Leave what the run of that name found."""
    if kept.whole == name:
        numpy.save(folder / pairs_name(name), kept.pairs)
    has_changes = kept.changes.shape[1] > 0
    if has_changes:
        numpy.save(folder / changes_name(name), kept.changes)
    said = {
        "fingerprint": kept.fingerprint,
        "boot_id": boot_id(),
        "seed": [str(word) for word in kept.seed.tolist()],
        "files": [told(facts) for facts in kept.files],
        "totals": {side: told(totals) for side, totals in kept.totals.items()},
        "mapped_by_rule": kept.mapped_by_rule,
        "mapped_targets": kept.mapped_targets,
        "whole": kept.whole,
        "pairs": pairs_name(kept.whole),
        "changes": changes_name(name) if has_changes else None,
    }
    aside = folder / f".{name}.part"
    aside.touch(mode=0o600)
    aside.write_text(json.dumps(said))
    os.replace(aside, folder / manifest_name(name))


def told(values: FileFacts | Totals) -> dict[str, Any]:
    """Plain values by their names; a run may know thousands of files, and `asdict` would copy each of their values."""
    return {name: getattr(values, name) for name in values.__slots__}


def remove_all_but(folder: Path, name: str | None) -> None:
    """Remove what runs left that do not count: all but what the manifest of that name names."""
    needed: set[str] = set()
    if name is not None and (folder / manifest_name(name)).exists():
        said = json.loads((folder / manifest_name(name)).read_text())
        needed = {manifest_name(name), said["pairs"], said["changes"], *(facts["name"] for facts in said["files"])}
    remove(entry for entry in folder.iterdir() if entry.name not in needed)


def remove(entries: Iterable[Path]) -> None:
    """Remove files and folders."""
    for entry in entries:
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def pairs_in(path: Path) -> Any:
    """An array of pairs, for kernels."""
    loaded = numpy.load(path, mmap_mode="c", allow_pickle=False)
    return numpy.asarray(loaded)


def boot_id() -> str:
    """What tells this start of this system from others; a system that does not say keeps nothing that could be used."""
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return f"process {os.getpid()}"


def manifest_name(name: str) -> str:
    """The file that says what a run left."""
    return f"{name}.json"


def pairs_name(name: str) -> str:
    """The file of a run's whole mapping."""
    return f"{name}.pairs.npy"


def changes_name(name: str) -> str:
    """The file of what a run changed."""
    return f"{name}.changes.npy"

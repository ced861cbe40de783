"""Which folders below a crawler's target are tables, and which are partitions of one."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from hashlib import md5

from mandorla.engines.inferred_schema import InferredSchema, is_similar, merged


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file that a crawler understood: its key, its size, its schema."""

    key: str
    size: int
    schema: InferredSchema


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTable:
    """Files that make a table: the folder, or the one file, that holds them, and the names of the folders between.

    `levels` say how each level of folders below is called: `year` for `year=2024/`, and nothing for a name without a key.
    """

    prefix: str
    files: tuple[FoundFile, ...]
    levels: tuple[str, ...] = ()

    @property
    def schema(self) -> InferredSchema:
        """The schema of all its files together."""
        return reduce(merged, (file.schema for file in self.files))

    @property
    def partition_keys(self) -> tuple[str, ...]:
        """The levels' names. Glue: "the crawler uses … default names like partition_0, partition_1"."""
        return tuple(name or f"partition_{number}" for number, name in enumerate(self.levels))

    def partitions(self) -> dict[tuple[str, ...], list[FoundFile]]:
        """The files by the values of their folders."""
        by_values: dict[tuple[str, ...], list[FoundFile]] = {}
        for file in self.files:
            folders = file.key.removeprefix(self.prefix).split("/")[: len(self.levels)]
            values = tuple(folder.partition("=")[2] if "=" in folder else folder for folder in folders)
            by_values.setdefault(values, []).append(file)
        return by_values

    def prefix_of(self, file: FoundFile) -> str:
        """The folder of the partition that a file is in."""
        folders = file.key.removeprefix(self.prefix).split("/")[: len(self.levels)]
        return self.prefix + "".join(f"{folder}/" for folder in folders)


@dataclass(slots=True)
class Folder:
    """A folder with its files and subfolders, while the tree is put together."""

    prefix: str
    files: list[FoundFile] = field(default_factory=list)
    folders: dict[str, "Folder"] = field(default_factory=dict)


def tables_below(prefix: str, files: Iterable[FoundFile]) -> tuple[FoundTable, ...]:
    """The tables of a target. A prefix without a slash at its end is one file's key."""
    root = Folder(prefix)
    for file in files:
        *names, _ = file.key.removeprefix(prefix).split("/")
        folder = root
        for name in names:
            folder = folder.folders.setdefault(name, Folder(f"{folder.prefix}{name}/"))
        folder.files.append(file)
    return tuple(tables_of(root))


def tables_of(folder: Folder) -> Iterator[FoundTable]:
    """The tables in a folder, from the lowest folders up.

    Glue developer guide: "When the majority of schemas at a folder level are similar, the crawler creates partitions of a table
    instead of separate tables." One folder alone is no majority of anything unless its name says that it is a partition.
    """
    below = [list(tables_of(inner)) for _, inner in sorted(folder.folders.items())]
    if not folder.folders:
        yield from tables_of_files(folder)
        return
    if not folder.files and (joined := joined_partitions(folder, below)) is not None:
        yield joined
        return
    inner = [table for tables in below for table in tables]
    if folder.files and all_similar([*folder.files, *(file for table in inner for file in table.files)]):
        yield FoundTable(prefix=folder.prefix, files=(*folder.files, *(file for table in inner for file in table.files)))
        return
    # Beside subfolders with other tables the folder is no place of a table: who read it would read theirs too.
    yield from (FoundTable(prefix=file.key, files=(file,)) for file in folder.files)
    yield from inner


def tables_of_files(folder: Folder) -> Iterator[FoundTable]:
    """A folder's files as one table, or each as its own where they differ."""
    if folder.files and all_similar(folder.files):
        yield FoundTable(prefix=folder.prefix, files=tuple(folder.files))
        return
    yield from (FoundTable(prefix=file.key, files=(file,)) for file in folder.files)


def all_similar(files: Sequence[FoundFile]) -> bool:
    """Whether the files may make one table."""
    return all(is_similar(files[0].schema, file.schema) for file in files[1:])


def joined_partitions(folder: Folder, below: Sequence[Sequence[FoundTable]]) -> FoundTable | None:
    """The one table whose partitions the subfolders are; None if they are not."""
    folders = [inner for _, inner in sorted(folder.folders.items())]
    pairs = [(inner, tables) for inner, tables in zip(folders, below, strict=True) if tables]
    tables = [table for _, found in pairs for table in found]
    if not pairs or any(len(found) != 1 or found[0].prefix != inner.prefix for inner, found in pairs):
        return None
    names = [inner.prefix.rstrip("/").rpartition("/")[2] for inner, _ in pairs]
    keys = {name.partition("=")[0].lower() if "=" in name else "" for name in names}
    is_alone = len(pairs) == 1 and keys == {""}
    if len(keys) != 1 or is_alone or len({table.levels for table in tables}) != 1:
        return None
    if not all_similar([table.files[0] for table in tables]):
        return None
    files = tuple(file for table in tables for file in table.files)
    return replace(tables[0], prefix=folder.prefix, files=files, levels=(*keys, *tables[0].levels))


def table_name(prefix: str, bucket: str, table_prefix: str) -> str:
    """A table's name: its folder's, its file's, or the bucket's, in lower case, other characters as underscores.

    >>> table_name("data/My Customers.2026/", "b", "raw_"), table_name("", "my-bucket", "")
    ('raw_my_customers_2026', 'my_bucket')
    """
    last = prefix.rstrip("/").rpartition("/")[2] or bucket
    return re.sub(r"[^a-z0-9_]", "_", f"{table_prefix}{last}".lower())[:255]


def other_name(name: str, location: str) -> str:
    """The name of a table whose own is taken. "If duplicate table names are encountered, the crawler adds a hash string suffix
    to the name."."""
    return f"{name[:222]}_{md5(location.encode(), usedforsecurity=False).hexdigest()}"

"""A folder that a cluster and we both see: where files wait for its workers, and where they lay down what they computed.

It is a folder of this machine where the file system is shared (or the cluster stands here), else one of an object store.
"""

import shutil
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

import pyarrow
from pyarrow import dataset, fs, parquet

from mandorla.domain.errors import MandorlaError

# Hadoop writes s3a where everybody else, and PyArrow, writes s3.
SCHEMES_OF_HADOOP = {"s3a": "s3", "s3n": "s3"}


class ClusterFolder:
    """A fresh folder inside `place`, which is a path or a URI, and which `close` removes.

    With "" the cluster stands on this machine and sees all of its files; the folder is then among the temporary ones.
    """

    def __init__(self, place: str) -> None:
        name = f"mandorla-{uuid4().hex}"
        self._own = Path(mkdtemp(prefix="mandorla-"))
        scheme, separator, rest = place.partition("://")
        self._is_remote = bool(separator) and scheme != "file"
        if self._is_remote:
            self.uri = f"{place.partition('?')[0].rstrip('/')}/{name}"
            self._system, path = file_system(f"{SCHEMES_OF_HADOOP.get(scheme, scheme)}://{rest}")
            self._path = f"{path.rstrip('/')}/{name}"
        else:
            root = Path(rest if separator else place).absolute() if place else self._own
            self._shared = root if place else Path("/")
            self._system, self._path, self.uri = fs.LocalFileSystem(), str(root / name), f"file://{root / name}"
            self._system.create_dir(self._path)

    def place_of(self, name: str) -> str:
        """What the cluster calls a file or a folder of this name."""
        return f"{self.uri}/{name}"

    def taken(self, file: Path, name: str) -> str:
        """What the cluster calls a file of this machine; one that it does not see is copied for it under that name."""
        if not self._is_remote and file.absolute().is_relative_to(self._shared):
            return f"file://{file.absolute()}"
        copied(fs.LocalFileSystem(), str(file), self._system, f"{self._path}/{name}")
        return self.place_of(name)

    def aside(self, name: str) -> Path:
        """Where to write a file of this machine before the cluster takes it: where the cluster sees it, if that can be."""
        return (self._own if self._is_remote else Path(self._path)) / name

    def row_count(self, name: str) -> int:
        """How many rows lie in a folder of Parquet files; their footers say so."""
        files = self._files_in(name)
        return int(dataset.dataset(files, filesystem=self._system, format="parquet").count_rows())

    def is_empty(self, name: str) -> bool:
        """True of a folder that holds no Parquet file, or does not exist."""
        return not self._files_in(name)

    def lay_down(self, name: str, table: pyarrow.Table) -> None:
        """A table as the one file of a folder."""
        self._system.create_dir(f"{self._path}/{name}")
        parquet.write_table(table, f"{self._path}/{name}/part.parquet", filesystem=self._system)

    def brought(self, name: str) -> list[Path]:
        """The Parquet files of a folder, on this machine."""
        files = self._files_in(name)
        if not self._is_remote:
            return [Path(file) for file in files]
        here = self._own / f"brought-{name}"
        here.mkdir()
        for file in files:
            copied(self._system, file, fs.LocalFileSystem(), str(here / file.rpartition("/")[2]))
        return sorted(here.iterdir())

    def _files_in(self, name: str) -> list[str]:
        """Spark leaves marks and sums beside the data, whose names end otherwise."""
        found = self._system.get_file_info(fs.FileSelector(f"{self._path}/{name}", allow_not_found=True))
        return sorted(one.path for one in found if one.is_file and one.base_name.endswith(".parquet"))

    def close(self) -> None:
        """Remove the folder, and what was set aside."""
        try:
            self._system.delete_dir(self._path)
        except FileNotFoundError:
            pass  # nothing was ever written into the object store
        finally:
            shutil.rmtree(self._own, ignore_errors=True)


def file_system(uri: str) -> tuple[fs.FileSystem, str]:
    """PyArrow's view of an object store; credentials are where its library looks for them, such as AWS_ACCESS_KEY_ID."""
    try:
        found: tuple[fs.FileSystem, str] = fs.FileSystem.from_uri(uri)
    except (OSError, ValueError) as error:
        raise MandorlaError(
            f"MANDORLA_SPARK_FOLDER names no object store that can be opened: {type(error).__name__}."
        ) from error
    return found


def copied(source: fs.FileSystem, file: str, destination: fs.FileSystem, path: str) -> None:
    """Copy one file from one place to another."""
    fs.copy_files(file, path, source_filesystem=source, destination_filesystem=destination)

"""The programs that people use: the `aws` command, Arrow's file system and obstore, against the server itself."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import obstore
import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq
import pytest
from obstore.store import S3Store

from tests.listening import ADVERTISER, PUBLISHER, Listening
from tests.services.s3.places import new_bucket

AWS = Path(sys.executable).parent / "aws"


def aws(server: Listening, *arguments: str, account_id: str = ADVERTISER) -> subprocess.CompletedProcess[str]:
    """The aws command's own account of what it did."""
    environment = {**os.environ, **server.environment(account_id)}
    return subprocess.run([AWS, *arguments], env=environment, capture_output=True, text=True, timeout=120, check=False)


def told(server: Listening, *arguments: str) -> str:
    """What the aws command says when all is well."""
    done = aws(server, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_aws_command_moves_files(server: Listening, tmp_path: Path) -> None:
    name, large = new_bucket(server) + "-cli", os.urandom(20_000_000)
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.csv").write_text("a,b\n1,2\n")
    (folder / "sub" / "ü b.bin").write_bytes(large)
    assert told(server, "s3", "mb", f"s3://{name}") == f"make_bucket: {name}\n"
    assert told(server, "s3", "sync", str(folder), f"s3://{name}/in/").count("upload:") == 2
    assert told(server, "s3", "sync", str(folder), f"s3://{name}/in/") == ""
    assert "in/sub/ü b.bin" in told(server, "s3", "ls", "--recursive", f"s3://{name}")
    assert "PRE in/" in told(server, "s3", "ls", f"s3://{name}")
    told(server, "s3", "mv", "--recursive", f"s3://{name}/in/", f"s3://{name}/out/")
    told(server, "s3", "cp", f"s3://{name}/out/sub/ü b.bin", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == large
    url = told(server, "s3", "presign", f"s3://{name}/out/a.csv").strip()
    with urlopen(url) as answer:
        assert answer.read() == b"a,b\n1,2\n"
    assert aws(server, "s3", "cp", f"s3://{name}/out/a.csv", "-", account_id=PUBLISHER).returncode == 1
    assert "BucketNotEmpty" in aws(server, "s3", "rb", f"s3://{name}").stderr
    told(server, "s3", "rm", f"s3://{name}/out/a.csv")
    assert told(server, "s3", "rb", "--force", f"s3://{name}").endswith(f"remove_bucket: {name}\n")


def test_the_aws_command_speaks_of_objects(server: Listening, tmp_path: Path) -> None:
    name = new_bucket(server)
    body = tmp_path / "body"
    body.write_bytes(b"12345")
    for algorithm in ("CRC32", "SHA256"):
        put = ("--bucket", name, "--key", "k", "--body", str(body), "--checksum-algorithm", algorithm)
        assert "ETag" in told(server, "s3api", "put-object", *put)
    told(server, "s3api", "get-object", "--bucket", name, "--key", "k", "--range", "bytes=1-2", str(tmp_path / "got"))
    assert (tmp_path / "got").read_bytes() == b"23"
    assert '"KeyCount": 1' in told(server, "s3api", "list-objects-v2", "--bucket", name, "--no-paginate")
    absent = aws(server, "s3api", "head-object", "--bucket", name, "--key", "absent")
    assert "Not Found" in absent.stderr


@pytest.fixture
def file_system(server: Listening) -> pyarrow.fs.S3FileSystem:
    """Arrow's file system, as the advertiser."""
    key_id, secret = server.keys[ADVERTISER]
    place = {"endpoint_override": f"127.0.0.1:{server.port}", "scheme": "http", "region": "us-east-1"}
    return pyarrow.fs.S3FileSystem(access_key=key_id, secret_key=secret, allow_bucket_creation=True, **place)


def test_arrow_writes_and_reads_tables(server: Listening, file_system: pyarrow.fs.S3FileSystem) -> None:
    bucket = new_bucket(server)
    table = pa.table({"id": range(300_000), "email": [f"{number}@example.com" for number in range(300_000)]})
    pq.write_table(table, f"{bucket}/people/part-0.parquet", filesystem=file_system, compression="none")
    pq.write_table(table.slice(0, 10), f"{bucket}/people/sub/part-1.parquet", filesystem=file_system)
    assert pq.read_table(f"{bucket}/people/part-0.parquet", filesystem=file_system).equals(table)
    assert pq.read_table(f"{bucket}/people", filesystem=file_system, columns=["id"]).num_rows == 300_010
    listed = file_system.get_file_info(pyarrow.fs.FileSelector(f"{bucket}/people", recursive=True))
    assert [info.path for info in listed if info.is_file] == [
        f"{bucket}/people/part-0.parquet",
        f"{bucket}/people/sub/part-1.parquet",
    ]
    file_system.move(f"{bucket}/people/sub/part-1.parquet", f"{bucket}/moved.parquet")
    file_system.delete_dir(f"{bucket}/people")
    assert [info.path for info in file_system.get_file_info(pyarrow.fs.FileSelector(bucket))] == [f"{bucket}/moved.parquet"]


def test_arrow_makes_and_removes_buckets(server: Listening, file_system: pyarrow.fs.S3FileSystem) -> None:
    file_system.create_dir("made-by-arrow")
    file_system.create_dir("made-by-arrow/folder")
    assert file_system.get_file_info("made-by-arrow/folder").type == pyarrow.fs.FileType.Directory
    file_system.delete_dir_contents("made-by-arrow")
    server.client("s3").delete_bucket(Bucket="made-by-arrow")


def test_obstore_puts_gets_lists_and_deletes(server: Listening) -> None:
    key_id, secret = server.keys[ADVERTISER]
    store = S3Store(
        new_bucket(server),
        endpoint=server.endpoint,
        access_key_id=key_id,
        secret_access_key=secret,
        region="us-east-1",
        client_options={"allow_http": True},
    )
    body = os.urandom(12_000_000)
    obstore.put(store, "folder/large", body, chunk_size=5 * 1024 * 1024)
    obstore.put(store, "small", b"1")
    assert bytes(obstore.get(store, "folder/large").bytes()) == body
    assert bytes(obstore.get_range(store, "folder/large", start=10, length=7)) == body[10:17]
    with pytest.raises(obstore.exceptions.AlreadyExistsError):
        obstore.put(store, "small", b"2", mode="create")
    obstore.copy(store, "small", "copy")
    assert sorted(item["path"] for page in obstore.list(store) for item in page) == ["copy", "folder/large", "small"]
    obstore.delete(store, ["copy", "folder/large", "small"])
    assert [item for page in obstore.list(store) for item in page] == []

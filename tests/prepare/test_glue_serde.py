"""The Glue table over CSV gives back what was written, by the library that reads such tables: Hive's own OpenCSVSerde."""

import json
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.prepare.prepared import prepared

READER = """
import java.nio.file.*; import java.util.*;
import org.apache.hadoop.conf.Configuration; import org.apache.hadoop.hive.serde2.OpenCSVSerde;
import org.apache.hadoop.io.Text;
public class Reader { public static void main(String[] args) throws Exception {
  Properties table = new Properties();
  for (String line : Files.readAllLines(Path.of(args[0]))) {
    String[] pair = line.split("=", 2); table.setProperty(pair[0], pair[1]); }
  OpenCSVSerde serde = new OpenCSVSerde(); serde.initialize(new Configuration(), table);
  for (String line : Files.readAllLines(Path.of(args[1])))
    System.out.println("row " + String.join("\\u0002", (List<String>) serde.deserialize(new Text(line))));
} }
"""
VALUES = ["a\\b", "C:\\dir\\", "\\n", 'say "x"', 'back\\"slash', "comma, too", "\\\\", ""]


def test_hives_own_reader_gives_the_values_back(tmp_path: Path) -> None:
    spark = find_spec("pyspark")
    if shutil.which("java") is None or spark is None or not spark.submodule_search_locations:
        pytest.skip("no Java, or no Hive library, which PySpark brings")
    rows = [[str(number), value, "end"] for number, value in enumerate(VALUES)]
    result = prepared(tmp_path, ("id:UNIQUE_ID", "note:STRING:Note", "last:STRING:Last"), rows, profile="none")
    descriptor = json.loads(Path(result.locations[0].glue_table).read_text())["StorageDescriptor"]
    properties = descriptor["SerdeInfo"]["Parameters"] | {
        "columns": ",".join(column["Name"] for column in descriptor["Columns"]),
        "columns.types": ":".join(column["Type"] for column in descriptor["Columns"]),
    }
    (tmp_path / "table").write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
    (tmp_path / "Reader.java").write_text(READER)
    jars = Path(spark.submodule_search_locations[0]) / "jars" / "*"
    opened = ["--add-opens", "java.base/java.net=ALL-UNNAMED"]
    command = [
        "java",
        *opened,
        "-cp",
        str(jars),
        str(tmp_path / "Reader.java"),
        str(tmp_path / "table"),
        result.locations[0].data,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    read = [line.removeprefix("row ").split("\x02") for line in done.stdout.splitlines() if line.startswith("row ")]
    assert read[1:] == rows, done.stderr

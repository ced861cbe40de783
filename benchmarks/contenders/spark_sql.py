"""The naive SQL in Spark's dialect, on Spark with two local cores or on Sail: regular expressions, hex digests, a join a rule.

The rule of SQL that DuckDB runs is written once, in `naive_normalization`; here it is only spelled as Spark spells it.
"""

import argparse
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow
from naive_normalization import SHORT_WORDS
from pyarrow import parquet
from stages import Stages


def address_expression() -> str:
    """One replacement inside the other, then everything together."""
    expression = "lower(address)"
    for word, short in SHORT_WORDS:
        pattern = rf"\\b{word}\\b" if word.isalpha() else word
        expression = f"regexp_replace({expression}, '{pattern}', '{short}')"
    return rf"regexp_replace({expression}, '[\\s,]+', '')"


def digits(column: str) -> str:
    """Nothing but the digits."""
    return f"regexp_replace({column}, '[^0-9]', '')"


def written_phone(column: str) -> str:
    """An American number behind its 1."""
    return f"CASE WHEN {digits(column)} RLIKE '^1?[2-9][0-9]{{9}}$' THEN concat('1', right({digits(column)}, 10)) END"


COLUMNS = f"""
    sha2(regexp_replace(lower(firstname), '[^a-z0-9]', ''), 256) AS firstname,
    sha2(regexp_replace(lower(lastname), '[^a-z0-9]', ''), 256) AS lastname,
    sha2(regexp_replace(lower(email), '[^a-z0-9_.@-]', ''), 256) AS email,
    sha2(regexp_replace(lower(email_2), '[^a-z0-9_.@-]', ''), 256) AS email_2,
    sha2({written_phone("phone")}, 256) AS phone,
    sha2({written_phone("phone_2")}, 256) AS phone_2,
    sha2({address_expression()}, 256) AS address,
    sha2(CASE WHEN {digits("zip")} RLIKE '^[0-9]{{5}}' THEN left({digits("zip")}, 5) END, 256) AS zip,
    lower(trim(maid)) AS maid
"""

# Every rule's keys in one column; a target key keeps its smallest id, so that a key of thousands joins no pairs.
KEYS = """
SELECT person_id, 1 AS priority, email AS key FROM {table} WHERE email IS NOT NULL
UNION ALL SELECT person_id, 1, email_2 FROM {table} WHERE email_2 IS NOT NULL
UNION ALL SELECT person_id, 2, phone FROM {table} WHERE phone IS NOT NULL
UNION ALL SELECT person_id, 2, phone_2 FROM {table} WHERE phone_2 IS NOT NULL
UNION ALL SELECT person_id, 3, concat(firstname, lastname, address, zip) FROM {table}
    WHERE firstname IS NOT NULL AND lastname IS NOT NULL AND address IS NOT NULL AND zip IS NOT NULL
UNION ALL SELECT person_id, 4, maid FROM {table} WHERE maid IS NOT NULL
"""

MAPPING = """
SELECT source_id, first.target_id AS target_id,
    element_at(array('email', 'phone', 'name and address', 'maid'), first.priority) AS rule
FROM (
    SELECT s.person_id AS source_id, min(struct(s.priority, t.target_id)) AS first
    FROM source_keys s
    JOIN (SELECT priority, key, min(person_id) AS target_id FROM target_keys GROUP BY priority, key) t
        ON s.priority = t.priority AND s.key = t.key
    GROUP BY s.person_id
)
ORDER BY source_id
"""


def main() -> None:
    """Raw Parquet to mapping Parquet."""
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", choices=["spark", "sail"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    stages = Stages()
    with stages.stage("start"):
        session, server = SESSIONS[options.engine]()
    try:
        with stages.stage("normalize, join, first rule wins, write"):
            run(session, options.folder, options.output)
    finally:
        session.stop()
        if server is not None:
            server.terminate()
            server.wait()
    stages.print()


def run(session: Any, folder: Path, output: Path) -> None:
    """The mapping, as one file."""
    for name, column, file in (("source_keys", "customerid", "source"), ("target_keys", "userid", "target")):
        session.read.parquet(str(folder / f"{file}.parquet")).createOrReplaceTempView(file)
        session.sql(f"SELECT {column} AS person_id, {COLUMNS} FROM {file}").createOrReplaceTempView(f"{file}_digests")
        session.sql(KEYS.format(table=f"{file}_digests")).createOrReplaceTempView(name)
    parts = output.with_suffix(".parts")
    session.sql(MAPPING).coalesce(1).write.mode("overwrite").parquet(str(parts))
    # Sail writes several files, whatever it is told; their names say their order.
    tables = [parquet.read_table(part) for part in sorted(parts.glob("*.parquet"))]
    parquet.write_table(pyarrow.concat_tables(tables), output, compression="zstd", compression_level=1)
    shutil.rmtree(parts)


def on_spark() -> tuple[Any, None]:
    """A Spark session in this process, on two cores."""
    from pyspark.sql import SparkSession  # noqa: PLC0415  # each contender loads its own engine

    builder = SparkSession.builder.master("local[2]").config("spark.driver.memory", "12g")
    builder = builder.config("spark.sql.shuffle.partitions", "8").config("spark.ui.enabled", "false")
    return builder.config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1").getOrCreate(), None


def on_sail() -> tuple[Any, subprocess.Popen[bytes]]:
    """A Sail server of one's own."""
    from pyspark.sql import SparkSession  # noqa: PLC0415  # each contender loads its own engine

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sail = str(Path(sys.executable).with_name("sail"))
    server = subprocess.Popen([sail, "spark", "server", "--ip", "127.0.0.1", "--port", str(port)], stdout=subprocess.DEVNULL)
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    return SparkSession.builder.remote(f"sc://127.0.0.1:{port}").getOrCreate(), server


SESSIONS = {"spark": on_spark, "sail": on_sail}

if __name__ == "__main__":
    main()

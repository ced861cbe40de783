"""Two tables of people who do not exist, an advertiser's customers and a publisher's users, as untidy as people write.

`write_people` writes them in bounded memory, whatever their size: chunk by chunk numbers are drawn from the seed, DuckDB makes
text of them, and the chunks are written in their order, so the number of threads changes nothing.
"""

import json
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow
from pyarrow import csv, parquet

from mandorla.engines.source_files import FileFormat
from mandorla.engines.synthetic_draws import Population, drawn_pairs, drawn_rows
from mandorla.engines.synthetic_payloads import RULES, Payload, schema_payload

# A chunk is one row group of the Parquet file.
CHUNK_ROWS = 131_072
# Of a hundred rows so many show somebody for the first time, and of a hundred customers so many are users too.
PEOPLE_PERCENT = 87
OVERLAP_PERCENT = 60

SOURCE_FILLED = {
    "firstname": 94,
    "lastname": 96,
    "email": 80,
    "email_2": 25,
    "phone": 65,
    "phone_2": 15,
    "address": 60,
    "city": 85,
    "state": 85,
    "maid": 40,
}
TARGET_FILLED = SOURCE_FILLED | {"email": 85, "phone": 70, "maid": 45}

# What is drawn for the rows from one number to before another.
Draw = Callable[[int, int], pyarrow.RecordBatch]

MACROS = """
CREATE MACRO hex16(word) AS lpad(lower(hex(word)), 16, '0');
CREATE MACRO customer_id(person) AS 'C' || lpad(person::VARCHAR, 10, '0');
CREATE MACRO user_id(word) AS 'U' || hex16(word);

CREATE MACRO written_phone(area, exchange, line, style) AS CASE style
    WHEN 0 THEN '(' || area || ') ' || exchange || '-' || lpad(line::VARCHAR, 4, '0')
    WHEN 1 THEN area || '-' || exchange || '-' || lpad(line::VARCHAR, 4, '0')
    WHEN 2 THEN area || '.' || exchange || '.' || lpad(line::VARCHAR, 4, '0')
    WHEN 3 THEN '+1 ' || area || ' ' || exchange || ' ' || lpad(line::VARCHAR, 4, '0')
    WHEN 4 THEN '1' || area || exchange || lpad(line::VARCHAR, 4, '0')
    WHEN 5 THEN area || exchange || lpad(line::VARCHAR, 4, '0')
    ELSE '+1' || area || exchange || lpad(line::VARCHAR, 4, '0')
END;
"""

# What all columns are made of, step by step, from the registered table `drawn`.
STEPS = """
WITH identified AS (
    SELECT *,
        mail_first || CASE WHEN mail_dotted THEN '.' ELSE '' END || mail_last || person AS user_1,
        mail_first[1] || mail_last || person AS user_2,
        zip_prefix || lpad(zip_rest::VARCHAR, 2, '0') AS zip_five,
        left(hex16(maid_high), 8) || '-' || substr(hex16(maid_high), 9, 4) || '-' || right(hex16(maid_high), 4)
            || '-' || left(hex16(maid_low), 4) || '-' || right(hex16(maid_low), 12) AS plain_maid
    FROM drawn
),
addressed AS (
    SELECT *,
        CASE WHEN emails_swapped THEN user_2 ELSE user_1 END AS mail_user,
        CASE WHEN emails_swapped THEN domain_2 ELSE domain_1 END AS mail_host,
        CASE WHEN emails_swapped THEN user_1 || '@' || domain_1 ELSE user_2 || '@' || domain_2 END AS plain_email_2
    FROM identified
),
mailed AS (
    SELECT *,
        CASE WHEN extra_dot AND mail_host = 'gmail.com' THEN mail_user[1] || '.' || mail_user[2:] ELSE mail_user END
            || CASE WHEN tagged THEN '+news@' ELSE '@' END || mail_host AS plain_email
    FROM addressed
)
"""

# Every value as its row writes it. The id comes first, so this goes on with a comma.
COLUMNS = """,
    CASE WHEN has_firstname THEN CASE first_name_style
        WHEN 0 THEN upper(first_name)
        WHEN 1 THEN lower(first_name)
        WHEN 2 THEN '  ' || first_name
        WHEN 3 THEN first_name || ' '
        ELSE first_name
    END END AS firstname,
    CASE WHEN has_lastname THEN CASE last_name_style
        WHEN 0 THEN upper(last_name)
        WHEN 1 THEN lower(last_name)
        WHEN 2 THEN last_name || ' '
        ELSE last_name
    END END AS lastname,
    CASE WHEN email_is_junk THEN 'noreply@example.com' WHEN has_email THEN CASE email_style
        WHEN 0 THEN upper(plain_email)
        WHEN 1 THEN ' ' || plain_email
        WHEN 2 THEN plain_email || '  '
        WHEN 3 THEN upper(plain_email[1]) || plain_email[2:]
        ELSE plain_email
    END END AS email,
    CASE WHEN has_email_2 THEN CASE email_2_style WHEN 0 THEN upper(plain_email_2) ELSE plain_email_2 END END AS email_2,
    CASE WHEN has_phone THEN CASE
        WHEN phone_is_invalid THEN exchange_1 || '-' || lpad(line_1::VARCHAR, 4, '0')
        ELSE written_phone(area_1, exchange_1, line_1, phone_1_style)
    END END AS phone,
    CASE WHEN has_phone_2 THEN written_phone(area_2, exchange_2, line_2, phone_2_style) END AS phone_2,
    CASE WHEN has_address THEN
        house_number || CASE WHEN extra_space THEN '  ' ELSE ' ' END
        || CASE WHEN NOT has_direction THEN '' WHEN direction_is_short THEN direction_short || ' ' ELSE direction || ' ' END
        || street || ' '
        || CASE street_type_style
            WHEN 0 THEN street_type_short
            WHEN 1 THEN street_type_short || '.'
            WHEN 2 THEN upper(street_type)
            ELSE street_type
        END
        || CASE WHEN NOT has_apartment THEN '' ELSE CASE apartment_style
            WHEN 0 THEN ' Apt '
            WHEN 1 THEN ' Apartment '
            ELSE ', #'
        END || apartment END
    END AS address,
    CASE WHEN has_city THEN CASE WHEN city_is_upper THEN upper(city_name) ELSE city_name END END AS city,
    CASE WHEN has_state THEN CASE WHEN state_is_lower THEN lower(state_code) ELSE state_code END END AS state,
    CASE WHEN has_address THEN CASE
        WHEN zip_is_invalid THEN left(zip_five, 4)
        WHEN has_zip_four THEN zip_five || '-' || lpad(zip_four::VARCHAR, 4, '0')
        ELSE zip_five
    END END AS zip,
    CASE country_style WHEN 0 THEN 'USA' WHEN 1 THEN NULL ELSE 'US' END AS country,
    CASE WHEN has_maid THEN CASE WHEN maid_is_upper THEN upper(plain_maid) ELSE plain_maid END END AS maid
FROM mailed
"""

SOURCE_TEXT = STEPS + "SELECT customer_id(person) AS customerid" + COLUMNS
TARGET_TEXT = STEPS + "SELECT user_id(target_word) AS userid" + COLUMNS
TRUTH_TEXT = "SELECT customer_id(person) AS source_id, user_id(target_word) AS target_id FROM drawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticPeople:
    """The written tables, what is true of them (source_id, target_id), and payloads that fit, as values and as files."""

    source: Path
    target: Path
    truth: Path
    source_schema: Path
    target_schema: Path
    rules: Path
    source_schema_payload: Payload
    target_schema_payload: Payload
    rules_payload: tuple[Payload, ...]


def write_people(
    folder: Path,
    *,
    source_rows: int,
    target_rows: int,
    seed: int = 7,
    file_format: FileFormat = "parquet",
    threads: int | None = None,
) -> SyntheticPeople:
    """Write both tables, the truth and the payloads into a folder. Of the source's people 60 in 100 are in the target too."""
    folder.mkdir(parents=True, exist_ok=True)
    source, target = populations(source_rows, target_rows)
    people = SyntheticPeople(
        source=folder / f"source.{file_format}",
        target=folder / f"target.{file_format}",
        truth=folder / f"truth.{file_format}",
        source_schema=folder / "source-schema.json",
        target_schema=folder / "target-schema.json",
        rules=folder / "rules.json",
        source_schema_payload=schema_payload("customers", "customerid"),
        target_schema_payload=schema_payload("users", "userid"),
        rules_payload=RULES,
    )
    files: tuple[tuple[Path, int, str, Draw], ...] = (
        (people.source, source.rows, SOURCE_TEXT, lambda start, stop: drawn_rows(source, "source", seed, start, stop)),
        (people.target, target.rows, TARGET_TEXT, lambda start, stop: drawn_rows(target, "target", seed, start, stop)),
        (
            people.truth,
            max(0, min(source.people, target.first_person + target.people) - target.first_person),
            TRUTH_TEXT,
            lambda start, stop: drawn_pairs(target, seed, start, stop),
        ),
    )
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(MACROS)
        for path, rows, text, draw in files:
            write_in_order(path, written_chunks(connection, rows, text, draw, threads or os.cpu_count() or 1), file_format)
    for path, payload in (
        (people.source_schema, people.source_schema_payload),
        (people.target_schema, people.target_schema_payload),
        (people.rules, people.rules_payload),
    ):
        path.write_text(json.dumps(payload, indent=2) + "\n", encoding="utf-8")
    return people


def populations(source_rows: int, target_rows: int) -> tuple[Population, Population]:
    """The source's people are numbered from 0; the target's begin where the last 60 in 100 of them do."""
    source_people, target_people = (max(1, rows * PEOPLE_PERCENT // 100) for rows in (source_rows, target_rows))
    first_in_both = source_people - source_people * OVERLAP_PERCENT // 100
    return (
        Population(rows=source_rows, people=source_people, first_person=0, filled=SOURCE_FILLED),
        Population(rows=target_rows, people=target_people, first_person=first_in_both, filled=TARGET_FILLED),
    )


def written_chunks(
    connection: duckdb.DuckDBPyConnection, rows: int, text: str, draw: Draw, threads: int
) -> Iterator[pyarrow.Table]:
    """The rows of a table as text, chunk after chunk; at least one, so that an empty table has its columns."""

    def written(start: int) -> pyarrow.Table:
        with connection.cursor() as cursor:
            cursor.register("drawn", draw(start, min(start + CHUNK_ROWS, rows)))
            return cursor.sql(text).to_arrow_table()

    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[pyarrow.Table]] = deque()
        for start in range(0, max(rows, 1), CHUNK_ROWS):
            waiting.append(pool.submit(written, start))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def write_in_order(path: Path, chunks: Iterator[pyarrow.Table], file_format: FileFormat) -> None:
    """Write chunks beside the path, then rename: the file appears whole or not at all."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    first = next(chunks)
    try:
        with WRITERS[file_format](aside, first.schema) as writer:
            writer.write_table(first)
            for chunk in chunks:
                writer.write_table(chunk)
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def parquet_writer(path: Path, schema: pyarrow.Schema) -> parquet.ParquetWriter:
    """A Parquet file, compressed with zstd."""
    return parquet.ParquetWriter(path, schema, compression="zstd")


def csv_writer(path: Path, schema: pyarrow.Schema) -> csv.CSVWriter:
    """A CSV file with a header, quoted where needed."""
    return csv.CSVWriter(path, schema, write_options=csv.WriteOptions(quoting_style="needed"))


WRITERS = {"parquet": parquet_writer, "csv": csv_writer}

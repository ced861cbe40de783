"""The fastest SQL for DuckDB that we know: no regular expressions, keys of 64 bits of SHA-256, all rules in one join.

It is right on the generated data, whose characters it knows; other data would need the regular expressions again.
"""

from pathlib import Path

import duckdb
from naive_normalization import SHORT_WORDS
from stages import Stages, folders


def address_expression() -> str:
    """Words between spaces replaced, one after the other, then the spaces taken out."""
    expression = "' ' || translate(lower(address), ',', ' ') || ' '"
    for word, short in SHORT_WORDS:
        found, written = (f" {word} ", f" {short} ") if word.isalpha() else (word, short)
        expression = f"replace({expression}, '{found}', '{written}')"
    return f"replace({expression}, ' ', '')"


MACROS = """
CREATE MACRO key_of(value) AS ('0x' || left(sha256(value), 16))::UBIGINT;
CREATE MACRO written_name(name) AS translate(lower(name), ' -''éë', '');
CREATE MACRO written_email(email) AS translate(lower(email), ' +', '');
CREATE MACRO written_zip(zip) AS CASE WHEN length(zip) >= 5 THEN left(zip, 5) END;
CREATE MACRO bare(phone) AS translate(phone, ' ()-.+', '');
CREATE MACRO written_phone(phone) AS CASE length(bare(phone)) WHEN 10 THEN '1' || bare(phone) WHEN 11 THEN bare(phone) END;
"""

COLUMNS = f"""
    key_of(written_email(email)) AS email,
    key_of(written_email(email_2)) AS email_2,
    key_of(written_phone(phone)) AS phone,
    key_of(written_phone(phone_2)) AS phone_2,
    key_of(written_name(firstname) || '|' || written_name(lastname) || '|' || {address_expression()} || '|' || written_zip(zip))
        AS name_and_address,
    key_of(lower(maid)) AS maid
"""

# A key for each rule of each row, all rules in one column; a target key keeps its smallest id.
MAPPING = """
COPY (
    WITH target_keys AS (
        SELECT priority, key, min(person_id) AS target_id FROM (
            SELECT person_id, 1 AS priority, email AS key FROM users
            UNION ALL SELECT person_id, 1, email_2 FROM users
            UNION ALL SELECT person_id, 2, phone FROM users
            UNION ALL SELECT person_id, 2, phone_2 FROM users
            UNION ALL SELECT person_id, 3, name_and_address FROM users
            UNION ALL SELECT person_id, 4, maid FROM users
        )
        WHERE key IS NOT NULL
        GROUP BY priority, key
    ),
    source_keys AS (
        SELECT * FROM (
            SELECT person_id, 1 AS priority, email AS key FROM customers
            UNION ALL SELECT person_id, 1, email_2 FROM customers
            UNION ALL SELECT person_id, 2, phone FROM customers
            UNION ALL SELECT person_id, 2, phone_2 FROM customers
            UNION ALL SELECT person_id, 3, name_and_address FROM customers
            UNION ALL SELECT person_id, 4, maid FROM customers
        )
        WHERE key IS NOT NULL
    ),
    firsts AS (
        SELECT person_id AS source_id, min({'priority': priority, 'target_id': target_id}) AS first
        FROM source_keys JOIN target_keys USING (priority, key)
        GROUP BY person_id
    )
    SELECT source_id, first.target_id, ['email', 'phone', 'name and address', 'maid'][first.priority] AS rule
    FROM firsts
    ORDER BY source_id
) TO $file (FORMAT parquet, COMPRESSION zstd)
"""

CUSTOMERS = f"CREATE TABLE customers AS SELECT customerid AS person_id, {COLUMNS} FROM read_parquet($file)"
USERS = f"CREATE TABLE users AS SELECT userid AS person_id, {COLUMNS} FROM read_parquet($file)"


def main() -> None:
    """Raw Parquet to mapping Parquet."""
    folder, output = folders()
    stages = Stages()
    map_people(folder, output, stages)
    stages.print()


def map_people(folder: Path, output: Path, stages: Stages) -> None:
    """The whole way, in a database of its own."""
    with duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(MACROS)
        with stages.stage("normalize"):
            connection.execute(CUSTOMERS, {"file": str(folder / "source.parquet")})
            connection.execute(USERS, {"file": str(folder / "target.parquet")})
        with stages.stage("join, first rule wins, write"):
            connection.execute(MAPPING, {"file": str(output)})


if __name__ == "__main__":
    main()

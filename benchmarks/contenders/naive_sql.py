"""The SQL that a user would write in DuckDB: normalize with regular expressions, hash, join by rule and by pair of columns."""

import duckdb
from naive_normalization import normalize_both
from stages import Stages, folders

PAIRS = """
CREATE TABLE pairs AS
SELECT customers.person_id AS source_id, users.person_id AS target_id, 1 AS priority, 'email' AS rule
FROM customers JOIN users ON customers.email = users.email
UNION ALL
SELECT customers.person_id, users.person_id, 1, 'email' FROM customers JOIN users ON customers.email = users.email_2
UNION ALL
SELECT customers.person_id, users.person_id, 1, 'email' FROM customers JOIN users ON customers.email_2 = users.email
UNION ALL
SELECT customers.person_id, users.person_id, 1, 'email' FROM customers JOIN users ON customers.email_2 = users.email_2
UNION ALL
SELECT customers.person_id, users.person_id, 2, 'phone' FROM customers JOIN users ON customers.phone = users.phone
UNION ALL
SELECT customers.person_id, users.person_id, 2, 'phone' FROM customers JOIN users ON customers.phone = users.phone_2
UNION ALL
SELECT customers.person_id, users.person_id, 2, 'phone' FROM customers JOIN users ON customers.phone_2 = users.phone
UNION ALL
SELECT customers.person_id, users.person_id, 2, 'phone' FROM customers JOIN users ON customers.phone_2 = users.phone_2
UNION ALL
SELECT customers.person_id, users.person_id, 3, 'name and address' FROM customers JOIN users
ON customers.firstname = users.firstname AND customers.lastname = users.lastname
    AND customers.address = users.address AND customers.zip = users.zip
UNION ALL
SELECT customers.person_id, users.person_id, 4, 'maid' FROM customers JOIN users ON customers.maid = users.maid
"""

# The first rule wins, then the smallest target id.
MAPPING = """
COPY (
    SELECT source_id, unnest(min({'priority': priority, 'target_id': target_id, 'rule': rule}))
    FROM pairs
    GROUP BY source_id
    ORDER BY source_id
) TO $file (FORMAT parquet, COMPRESSION zstd)
"""


def main() -> None:
    """Raw Parquet to mapping Parquet."""
    folder, output = folders()
    stages = Stages()
    with duckdb.connect() as connection:
        with stages.stage("normalize"):
            normalize_both(connection, str(folder / "source.parquet"), str(folder / "target.parquet"))
        with stages.stage("join"):
            connection.execute(PAIRS)
        with stages.stage("first rule wins, write"):
            connection.execute(MAPPING, {"file": str(output)})
    stages.print()


if __name__ == "__main__":
    main()

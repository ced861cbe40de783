"""The Amazon Ads rules as a user would write them in SQL: regular expressions everywhere, and SHA-256 in hex.

Only as much of the rules as the generated data need; `mandorla` does all of them.
"""

import duckdb

SHORT_WORDS = (
    ("street", "st"),
    ("avenue", "ave"),
    ("road", "rd"),
    ("drive", "dr"),
    ("lane", "ln"),
    ("court", "ct"),
    ("place", "pl"),
    ("highway", "hwy"),
    ("terrace", "ter"),
    ("parkway", "pkwy"),
    ("apartment", "apt"),
    ("north", "n"),
    ("south", "s"),
    ("east", "e"),
    ("west", "w"),
    ("#", "number"),
)


def address_expression() -> str:
    """One replacement inside the other, then everything together."""
    expression = "lower(address)"
    for word, short in SHORT_WORDS:
        pattern = rf"\b{word}\b" if word.isalpha() else word
        expression = f"regexp_replace({expression}, '{pattern}', '{short}', 'g')"
    return rf"regexp_replace({expression}, '[\s,]+', '', 'g')"


COLUMNS = f"""
    sha256(regexp_replace(lower(firstname), '[^a-z0-9]', '', 'g')) AS firstname,
    sha256(regexp_replace(lower(lastname), '[^a-z0-9]', '', 'g')) AS lastname,
    sha256(regexp_replace(lower(email), '[^a-z0-9_.@-]', '', 'g')) AS email,
    sha256(regexp_replace(lower(email_2), '[^a-z0-9_.@-]', '', 'g')) AS email_2,
    sha256(written_phone(phone)) AS phone,
    sha256(written_phone(phone_2)) AS phone_2,
    sha256({address_expression()}) AS address,
    sha256(written_zip(zip)) AS zip,
    lower(trim(maid)) AS maid
"""

MACROS = """
CREATE MACRO written_phone(phone) AS CASE
    WHEN regexp_matches(regexp_replace(phone, '[^0-9]', '', 'g'), '^1?[2-9][0-9]{9}$')
    THEN '1' || right(regexp_replace(phone, '[^0-9]', '', 'g'), 10)
END;
CREATE MACRO written_zip(zip) AS CASE
    WHEN regexp_matches(regexp_replace(zip, '[^0-9]', '', 'g'), '^[0-9]{5}')
    THEN left(regexp_replace(zip, '[^0-9]', '', 'g'), 5)
END;
"""

CUSTOMERS = f"CREATE TABLE customers AS SELECT customerid AS person_id, {COLUMNS} FROM read_parquet($file)"
USERS = f"CREATE TABLE users AS SELECT userid AS person_id, {COLUMNS} FROM read_parquet($file)"


def normalize_both(connection: duckdb.DuckDBPyConnection, source: str, target: str) -> None:
    """Make the tables customers and users of digests, one row for each row of the files."""
    connection.execute(MACROS)
    connection.execute(CUSTOMERS, {"file": source})
    connection.execute(USERS, {"file": target})

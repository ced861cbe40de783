"""What people who do not exist saw and bought: impressions of the publisher's users, purchases of the advertiser's customers.

Everything follows from the ids and a seed by way of hashes, so the same people always do the same.
"""

from pathlib import Path

import duckdb

IMPRESSION_COLUMNS = {
    "user_id": "string",
    "advertiser": "string",
    "campaign": "string",
    "device_type": "string",
    "state": "string",
    "impression_dt": "timestamp",
    "impressions": "bigint",
    "total_cost": "double",
}
PURCHASE_COLUMNS = {
    "customer_user_id": "string",
    "eventtime": "timestamp",
    "eventtype": "string",
    "productid": "bigint",
    "productquantity": "bigint",
    "totalcost": "double",
}

# Two to four impressions a user, over the last days of a year; half of the customers bought once or twice.
IMPRESSIONS = """
SELECT userid AS user_id,
       ['Acme', 'Brand'][1 + (h // 7 % 2)::INT] AS advertiser,
       ['spring', 'summer', 'autumn', 'winter'][1 + (h // 11 % 4)::INT] AS campaign,
       ['phone', 'tv', 'tablet'][1 + (h // 13 % 3)::INT] AS device_type,
       upper(state) AS state,
       TIMESTAMP '2026-01-01' + to_minutes((h // 17 % 400000)::INT) AS impression_dt,
       (1 + h // 19 % 3)::BIGINT AS impressions,
       round((1 + h // 23 % 900) / 100, 2)::DOUBLE AS total_cost
FROM (SELECT userid, state, hash(userid, n, {seed}) AS h
      FROM read_csv({people}, all_varchar = true), range(4) AS t(n)
      WHERE n < 2 + hash(userid, {seed}) % 3 AND userid IS NOT NULL)
ORDER BY user_id, impression_dt
"""
PURCHASES = """
SELECT customerid AS customer_user_id,
       TIMESTAMP '2026-01-01' + to_minutes((h // 17 % 400000)::INT) AS eventtime,
       ['purchase', 'purchase', 'addtocart'][1 + (h // 7 % 3)::INT] AS eventtype,
       (100 + h // 11 % 20)::BIGINT AS productid,
       (1 + h // 13 % 4)::BIGINT AS productquantity,
       round((500 + h // 19 % 9500) / 100, 2)::DOUBLE AS totalcost
FROM (SELECT DISTINCT customerid, n, hash(customerid, n, {seed}) AS h
      FROM read_csv({people}, all_varchar = true), range(2) AS t(n)
      WHERE hash(customerid, {seed}) % 2 = 0 AND customerid IS NOT NULL)
ORDER BY customer_user_id, eventtime
"""


def write_impressions(people: Path, output: Path, *, seed: int = 7) -> None:
    """The impressions of a CSV of users (userid, state, …), as Parquet."""
    write(IMPRESSIONS, people, output, "FORMAT parquet, COMPRESSION zstd", seed)


def write_purchases(people: Path, output: Path, *, seed: int = 7) -> None:
    """The purchases of a CSV of customers (customerid, …), as CSV with a header."""
    write(PURCHASES, people, output, "FORMAT csv, HEADER true", seed)


def write(query: str, people: Path, output: Path, options: str, seed: int) -> None:
    """A query's rows beside the output, then renamed: the file appears whole or not at all."""
    aside = output.with_name(f".{output.name}.part")
    text = query.format(people=quoted(people), seed=int(seed))
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"COPY ({text}) TO {quoted(aside)} ({options})")
    aside.replace(output)


def quoted(path: Path) -> str:
    """A path as a literal of SQL."""
    return "'" + str(path).replace("'", "''") + "'"

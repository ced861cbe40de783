"""Splink's deterministic link of the two tables, which the naive SQL has normalized first; its pairs reduced to a mapping.

Splink reads no raw values and maps no ids: it links records. So the same SQL as the naive contender's goes before, and the
first rule wins after it. Clusters, which Splink would make next, are not asked for.
"""

import duckdb
import splink
from naive_normalization import normalize_both
from splink.blocking_rule_library import CustomRule
from stages import Stages, folders

# The rules in order, each pair of columns a blocking rule of its own; Splink leaves out the pairs of earlier ones.
BLOCKING_RULES = (
    ("email", "l.email = r.email"),
    ("email", "l.email = r.email_2"),
    ("email", "l.email_2 = r.email"),
    ("email", "l.email_2 = r.email_2"),
    ("phone", "l.phone = r.phone"),
    ("phone", "l.phone = r.phone_2"),
    ("phone", "l.phone_2 = r.phone"),
    ("phone", "l.phone_2 = r.phone_2"),
    (
        "name and address",
        "l.firstname = r.firstname AND l.lastname = r.lastname AND l.address = r.address AND l.zip = r.zip",
    ),
    ("maid", "l.maid = r.maid"),
)

# Splink needs an id for each row, and takes the table whose name comes first as the left one.
NUMBERED = """
CREATE VIEW numbered_customers AS SELECT rowid AS row_id, * FROM customers;
CREATE VIEW numbered_users AS SELECT rowid AS row_id, * FROM users;
"""

MAPPING = """
COPY (
    SELECT source_id, first.target_id, $rules[first.place] AS rule
    FROM (
        SELECT person_id_l AS source_id, min({'place': list_position($rules, rule), 'target_id': person_id_r}) AS first
        FROM (SELECT person_id_l, person_id_r, $rule_of_match_key[match_key::INTEGER + 1] AS rule FROM pairs)
        GROUP BY person_id_l
    )
    ORDER BY source_id
) TO $file (FORMAT parquet, COMPRESSION zstd)
"""


def linked(connection: duckdb.DuckDBPyConnection) -> str:
    """The name of the table of pairs that Splink links."""
    api = splink.DuckDBAPI(connection)
    tables = [
        api.register("numbered_customers", dataset_display_name="customers"),
        api.register("numbered_users", dataset_display_name="users"),
    ]
    settings = splink.SettingsCreator(
        link_type="link_only",
        unique_id_column_name="row_id",
        blocking_rules_to_generate_predictions=[CustomRule(condition) for _, condition in BLOCKING_RULES],
        additional_columns_to_retain=["person_id"],
    )
    return str(splink.Linker(tables, settings, log_level=None).inference.deterministic_link().physical_name)


def main() -> None:
    """Raw Parquet to mapping Parquet."""
    folder, output = folders()
    stages = Stages()
    with duckdb.connect() as connection:
        with stages.stage("normalize"):
            normalize_both(connection, str(folder / "source.parquet"), str(folder / "target.parquet"))
        with stages.stage("link"):
            connection.execute(NUMBERED)
            connection.table(linked(connection)).create_view("pairs")
        with stages.stage("reduce to a mapping, write"):
            rule_of_match_key = [rule for rule, _ in BLOCKING_RULES]
            rules = list(dict.fromkeys(rule_of_match_key))
            parameters = {"rules": rules, "rule_of_match_key": rule_of_match_key, "file": str(output)}
            connection.execute(MAPPING, parameters)
    stages.print()


if __name__ == "__main__":
    main()

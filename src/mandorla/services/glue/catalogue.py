"""What other services ask of the catalogue: is there such a table, and what is its ARN."""

from mandorla.domain.arn import Arn
from mandorla.domain.glue_table import GlueTable
from mandorla.store.records import Records


def find_table(records: Records, account_id: str, database_name: str, table_name: str) -> GlueTable | None:
    """A table of an account's catalogue; names are in lower case there, whoever writes them how."""
    return records.find(GlueTable, account_id, f"{database_name.lower()}/{table_name.lower()}")


def arns_to_read(table: GlueTable, region: str) -> tuple[str, ...]:
    """What a role must be allowed glue:GetTable on: the catalogue, the database and the table itself."""
    names = ("catalog", f"database/{table.database_name}", f"table/{table.key}")
    return tuple(str(Arn(service="glue", region=region, account_id=table.account_id, resource=name)) for name in names)

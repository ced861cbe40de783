"""The tables of a collaboration as a question sees them: columns, owners, rules, and under which name they are read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mandorla.domain.analysis_rule_payload import analysis_rule_of
from mandorla.domain.analysis_rules import CollaborationRule
from mandorla.domain.brought_identity import IdMappingTable, IdNamespaceAssociation
from mandorla.domain.brought_tables import ConfiguredTableAssociation
from mandorla.domain.query_table import QueryColumn, QueryTable
from mandorla.services.cleanrooms.analysis_rules import policy_of_type
from mandorla.services.cleanrooms.id_mapping_tables import version_of
from mandorla.services.cleanrooms.readiness import is_ready, readiness_of_table
from mandorla.services.cleanrooms.refusals import InvalidQueryError
from mandorla.services.cleanrooms.schemas import MAPPING_COLUMNS, Brought, columns_of, configured_table_of, mapping_rule
from mandorla.services.cleanrooms.schemas import tables_in as brought_tables_in
from mandorla.store.records import Records


@dataclass(frozen=True, slots=True)
class AskedTable:
    """A table as a question sees it, and what was brought."""

    table: QueryTable
    brought: Brought


def asked_tables(records: Records, collaboration_id: str) -> Iterator[AskedTable]:
    """Every table of a collaboration."""
    for brought in brought_tables_in(records, collaboration_id):
        if isinstance(brought, IdMappingTable):
            yield AskedTable(mapping_table(records, brought), brought)
        else:
            yield AskedTable(configured_table(records, brought), brought)


def mapping_table(records: Records, table: IdMappingTable) -> QueryTable:
    """An ID mapping table; each of its columns joins with the tables of the account whose ids it holds."""
    sides = zip(MAPPING_COLUMNS, (table.source_association_id, table.target_association_id), strict=True)
    found = {column: records.find_anywhere(IdNamespaceAssociation, one) for column, one in sides}
    return QueryTable(
        name=table.name.lower(),
        columns=tuple(QueryColumn(name) for name in MAPPING_COLUMNS),
        owner=table.account_id,
        analysis_rule=analysis_rule_of(mapping_rule(records, table)),
        joins_with={column: one.account_id for column, one in found.items() if one is not None},
    )


def configured_table(records: Records, association: ConfiguredTableAssociation) -> QueryTable:
    """A configured table with its own rule and the collaboration's."""
    table = configured_table_of(records, association)
    rule = table.analysis_rule
    own = association.collaboration_rules.get(rule.type) if rule is not None else None
    return QueryTable(
        name=association.name.lower(),
        columns=tuple(QueryColumn(name, hive_type) for name, hive_type in columns_of(records, table)),
        owner=association.account_id,
        analysis_rule=analysis_rule_of(rule.policy) if rule is not None else None,
        collaboration_rule=collaboration_rule(policy_of_type(own.type, own.policy)) if own is not None else None,
    )


def collaboration_rule(policy: Mapping[str, Any]) -> CollaborationRule | None:  # Any: members of the service model
    """The collaboration's rule, where it says who may receive results."""
    receivers = policy.get("allowed_result_receivers")
    return CollaborationRule(allowed_result_receivers=tuple(receivers)) if receivers else None


def require_ready(records: Records, used: list[AskedTable]) -> None:
    """InvalidQueryError names every table that cannot be queried yet, with the reasons that its schema shows."""
    faults = []
    for one in used:
        if isinstance(one.brought, IdMappingTable):
            if version_of(records, one.brought) is None:
                faults.append(f"The ID mapping table {one.table.name!r} is not populated.")
            continue
        details = readiness_of_table(records, one.brought, configured_table_of(records, one.brought))
        if not is_ready(details):
            said = "; ".join(reason["message"] for reason in details[0]["reasons"] or ())
            faults.append(f"The table {one.table.name!r} is not ready: {said}")
    if faults:
        raise InvalidQueryError(" ".join(faults))

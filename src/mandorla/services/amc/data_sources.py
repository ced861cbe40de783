"""Data sources: the publisher's tables with the sensitivity of each column, and the customer's event tables.

An event table appears with an added `user_id`, resolved through the instance's one ID mapping table that can be queried.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mandorla.domain.amc import AmcInstance
from mandorla.domain.analysis_rule_payload import analysis_rule_of
from mandorla.domain.brought_identity import IdMappingTable
from mandorla.domain.brought_tables import ConfiguredTable, ConfiguredTableAssociation
from mandorla.domain.collaboration import Collaboration
from mandorla.domain.errors import MandorlaError, NotFoundError
from mandorla.domain.query_table import EventKey, QueryTable, Sensitivity, amazon_table, event_table
from mandorla.services.amc.instances import find_instance, page_size
from mandorla.services.amc.publisher import PUBLISHED_ACCOUNTS
from mandorla.services.call import Call, Operations
from mandorla.services.cleanrooms.analysis_rules import policy_of_type
from mandorla.services.cleanrooms.id_mapping_tables import version_of
from mandorla.services.cleanrooms.question_tables import AskedTable
from mandorla.services.cleanrooms.readiness import is_ready, readiness_of_table
from mandorla.services.cleanrooms.schemas import MAPPING_COLUMNS, columns_of, configured_table_of
from mandorla.services.cleanrooms.standing import brought_to
from mandorla.services.paging import paged
from mandorla.store.records import Records

KEY_COLUMN = "customer_user_id"


@dataclass(frozen=True, slots=True)
class Sources:
    """What an instance can ask: tables, the mapping behind the event tables, and why a table cannot be asked."""

    tables: tuple[AskedTable, ...]
    mapping: AskedTable | None
    closed: Mapping[str, str]


def sources_of(records: Records, instance: AmcInstance) -> Sources:
    """The data sources of an instance, as they are now."""
    collaboration = records.find_anywhere(Collaboration, instance.collaboration_id)
    if collaboration is None:
        return Sources((), None, {})
    populated = [one for one in brought_to(records, IdMappingTable, collaboration.id) if version_of(records, one) is not None]
    mapping = AskedTable(QueryTable(name="$mapping", columns=()), populated[0]) if len(populated) == 1 else None
    tables: list[AskedTable] = []
    closed: dict[str, str] = {}
    for association in brought_to(records, ConfiguredTableAssociation, collaboration.id):
        name = association.name.lower()
        configured = configured_table_of(records, association)
        columns = dict(columns_of(records, configured))
        if asks_for_noise(configured):
            closed[name] = "its rule asks for differential privacy, which AMC's SQL does not have. Ask Clean Rooms itself."
            continue
        if association.account_id == collaboration.account_id:
            tables.append(AskedTable(amazon_table(name, columns), association))
            continue
        reason = reason_against(records, association, collaboration.account_id, len(populated), KEY_COLUMN in columns)
        reason = reason or reason_against_receiver(association, instance.aws_account_id)
        if reason:
            closed[name] = reason
        else:
            source, target = MAPPING_COLUMNS
            key = EventKey(mapping_relation="$mapping", source_column=source, target_column=target)
            table = event_table(name, columns, key, owner=association.account_id)
            rule = configured_table_of(records, association).analysis_rule
            assert rule is not None, "a table without a rule is closed"
            tables.append(AskedTable(replace(table, analysis_rule=analysis_rule_of(rule.policy)), association))
    return Sources(tuple(tables), mapping, closed)


def asks_for_noise(table: ConfiguredTable) -> bool:
    """Whether a table may only be asked under differential privacy."""
    rule = table.analysis_rule
    return rule is not None and bool(policy_of_type(rule.type, rule.policy).get("differential_privacy"))


def reason_against(
    records: Records, association: ConfiguredTableAssociation, publisher: str, mappings: int, has_key: bool
) -> str:
    """Why a customer's table cannot be asked; empty if it can."""
    table = configured_table_of(records, association)
    details = readiness_of_table(records, association, table)
    if not is_ready(details):
        return "; ".join(one["message"] for one in details[0]["reasons"] or ())
    rule = table.analysis_rule
    assert rule is not None, "a ready table has a rule"
    policy = policy_of_type(rule.type, rule.policy)
    providers = set(policy.get("allowed_analysis_providers") or ())
    if rule.type != "CUSTOM" or not providers & {publisher, *PUBLISHED_ACCOUNTS}:
        return f"Its rule does not allow queries of AMC. Name {publisher} in allowedAnalysisProviders of a CUSTOM rule."
    if not has_key:
        return f"It has no column {KEY_COLUMN}, by which its rows are mapped to users."
    if mappings != 1:
        said = "no ID mapping table of the instance is populated" if not mappings else "several ID mapping tables are"
        return f"Its users cannot be resolved: {said}; exactly one must be."
    return ""


def reason_against_receiver(association: ConfiguredTableAssociation, customer: str) -> str:
    """Why the customer may not receive what is made of a table; empty if it may."""
    rule = association.collaboration_rules.get("CUSTOM")
    allowed = policy_of_type("CUSTOM", rule.policy).get("allowed_result_receivers") if rule is not None else None
    if not allowed or customer in allowed:
        return ""
    return f"The collaboration's rule of it does not have {customer} in allowedResultReceivers, who receives AMC's results."


def list_data_sources(call: Call, *, instance_id, next_token=None, limit=None) -> Any:
    """The data sources of an instance by name."""
    instance = find_instance(call, instance_id)
    every = sorted(sources_of(call.records, instance).tables, key=lambda one: one.table.name)
    page, token = paged(
        lambda after, size: [one for one in every if one.table.name > after][:size],
        token=next_token,
        max_results=page_size(limit),
        key_of=lambda one: one.table.name,
        largest=100,
    )
    return {"data_sources": [shown(instance, one) for one in page], "next_token": token}


def get_data_source(call: Call, *, instance_id, data_source_id) -> Any:
    """One data source; NotFoundError says of a table that is there why it cannot be asked."""
    instance = find_instance(call, instance_id)
    sources = sources_of(call.records, instance)
    for one in sources.tables:
        if one.table.name == data_source_id.lower():
            return {"data_source": shown(instance, one)}
    reason = sources.closed.get(data_source_id.lower(), "")
    raise NotFoundError(f"The data source {data_source_id[:128]!r} was not found. {reason}".strip())


def shown(instance: AmcInstance, one: AskedTable) -> dict[str, Any]:
    """A data source as AMC answers."""
    is_event = one.table.event_key is not None
    return {
        "data_source_id": one.table.name,
        "description": one.brought.description or "",
        "owner": "CUSTOMER" if is_event else "AMAZON",
        "provider": "ADVERTISER_DATA_UPLOAD" if is_event else "AMAZON",
        "columns": [
            {
                "name": column.name,
                "column_type": "METRIC" if column.sensitivity is Sensitivity.NONE else "DIMENSION",
                "data_type": column.data_type.upper(),
                "description": "",
                "sensitivity": column.sensitivity.value,
            }
            for column in one.table.columns
        ],
        "output_channels": [{"channel": {"type": "ACR"}, "output_available": bool(instance.collaboration_id)}],
    }


def require_open(sources: Sources, query: str) -> None:
    """MandorlaError for a table that the query names and that cannot be asked yet, with the reason."""
    lowered = query.lower()
    said = [f"The table {name!r} cannot be queried: {reason}" for name, reason in sources.closed.items() if name in lowered]
    if said:
        raise MandorlaError(" ".join(said))


OPERATIONS: Operations = {"ListDataSources": list_data_sources, "GetDataSource": get_data_source}

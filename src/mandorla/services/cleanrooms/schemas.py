"""Schemas: the tables of a collaboration as every member sees them, whoever brought them, and the rules over them."""

from collections.abc import Iterator, Mapping
from typing import Any

from mandorla.domain.brought_identity import IdMappingTable, IdNamespaceAssociation
from mandorla.domain.brought_tables import ConfiguredTable, ConfiguredTableAssociation
from mandorla.domain.collaboration import Collaboration
from mandorla.services.call import Call, Operations
from mandorla.services.cleanrooms.configured_tables import glue_table_of
from mandorla.services.cleanrooms.id_mapping_tables import input_sources
from mandorla.services.cleanrooms.readiness import readiness_of_mapping_table, readiness_of_table
from mandorla.services.cleanrooms.refusals import ResourceNotFoundError
from mandorla.services.cleanrooms.standing import brought_to, collaboration_of, picked
from mandorla.services.paging import paged
from mandorla.store.records import Records

# Any: members of the service model.

Brought = ConfiguredTableAssociation | IdMappingTable

# The user guide's rules of ID mapping tables name the columns so; queries find them as `sourceId` and `sourceid` too.
MAPPING_COLUMNS = ("source_id", "target_id")


def tables_in(records: Records, collaboration_id: str) -> Iterator[Brought]:
    """Every table of a collaboration."""
    yield from brought_to(records, ConfiguredTableAssociation, collaboration_id)
    yield from brought_to(records, IdMappingTable, collaboration_id)


def find_brought(records: Records, collaboration_id: str, name: str) -> Brought | None:
    """The table of that name, in upper or lower case."""
    return next((one for one in tables_in(records, collaboration_id) if one.name.lower() == name.lower()), None)


def configured_table_of(records: Records, association: ConfiguredTableAssociation) -> ConfiguredTable:
    """The configured table behind anybody's association."""
    return records.get(ConfiguredTable, association.account_id, association.configured_table_id)


def mapping_rule(records: Records, table: IdMappingTable) -> dict[str, Any]:
    """The rule that every ID mapping table has by itself: it joins on both sides, and each protected side must overlap.

    A side is not protected where its namespace's association lets its column be a dimension. Clean Rooms user guide,
    analysis-rules-id-mapping-table: the rule in the four states of protection.
    """
    sides = dict(zip(MAPPING_COLUMNS, (table.source_association_id, table.target_association_id), strict=True))
    found = {column: records.find_anywhere(IdNamespaceAssociation, one) for column, one in sides.items()}
    dimensions = [
        column
        for column, one in found.items()
        if one is not None and (one.id_mapping_config or {}).get("allow_use_as_dimension_column")
    ]
    rule = {
        "join_columns": list(MAPPING_COLUMNS),
        "query_constraints": [{"require_overlap": {"columns": [one for one in MAPPING_COLUMNS if one not in dimensions]}}],
        "dimension_columns": dimensions,
    }
    return {"v1": {"id_mapping_table": rule}}


def list_schemas(call: Call, *, collaboration_identifier, schema_type=None, next_token=None, max_results=None) -> Any:
    """The tables of a collaboration."""
    collaboration, _ = collaboration_of(call, collaboration_identifier)
    every = sorted(tables_in(call.records, collaboration.id), key=lambda one: one.name)
    listed = [summary(call.records, collaboration, one) for one in every]
    wanted = [one for one in listed if schema_type in (None, one["type"])]
    page, token = paged(
        lambda after, limit: [one for one in wanted if one["name"] > after][:limit],
        token=next_token,
        max_results=max_results,
        key_of=lambda one: one["name"],
        largest=100,
    )
    return {"schema_summaries": page, "next_token": token}


def get_schema(call: Call, *, collaboration_identifier, name) -> Any:
    """One table: its columns, whether it can be queried, and if not, why."""
    collaboration, _ = collaboration_of(call, collaboration_identifier)
    return {"schema": shown(call.records, collaboration, found(call.records, collaboration, name))}


def found(records: Records, collaboration: Collaboration, name: str) -> Brought:
    """The table of that name; ResourceNotFoundError if there is none."""
    brought = find_brought(records, collaboration.id, name)
    if brought is None:
        raise ResourceNotFoundError("Schema", name, "COLLABORATION")
    return brought


def batch_get_schema(call: Call, *, collaboration_identifier, names) -> Any:
    """Several tables; what is not there is said beside them."""
    collaboration, _ = collaboration_of(call, collaboration_identifier)
    schemas, errors = [], []
    for name in names:
        brought = find_brought(call.records, collaboration.id, name)
        if brought is None:
            errors.append({"name": name, "code": "ResourceNotFoundException", "message": f"Schema {name!r} was not found."})
        else:
            schemas.append(shown(call.records, collaboration, brought))
    return {"schemas": schemas, "errors": errors}


def get_schema_analysis_rule(call: Call, *, collaboration_identifier, name, type) -> Any:
    """The rule over a table, as every member sees it."""
    collaboration, _ = collaboration_of(call, collaboration_identifier)
    rule = rule_over(call.records, collaboration, found(call.records, collaboration, name), type)
    if rule is None:
        raise ResourceNotFoundError(f"Analysis rule of type {type} of schema", name, "COLLABORATION")
    return {"analysis_rule": rule}


def batch_get_schema_analysis_rule(call: Call, *, collaboration_identifier, schema_analysis_rule_requests) -> Any:
    """The rules over several tables."""
    collaboration, _ = collaboration_of(call, collaboration_identifier)
    rules, errors = [], []
    for one in schema_analysis_rule_requests:
        brought = find_brought(call.records, collaboration.id, one["name"])
        rule = rule_over(call.records, collaboration, brought, one["type"]) if brought is not None else None
        if rule is None:
            message = f"There is no {one['type']} rule over {one['name']!r}."
            errors.append({**one, "code": "ResourceNotFoundException", "message": message})
        else:
            rules.append(rule)
    return {"analysis_rules": rules, "errors": errors}


def rule_over(records: Records, collaboration: Collaboration, brought: Brought, rule_type: str) -> dict[str, Any] | None:
    """A table's rule of that type; None if its rule is of another, or it has none."""
    place = {"collaboration_id": collaboration.id, "name": brought.name, "type": rule_type}
    if isinstance(brought, IdMappingTable):
        if rule_type != "ID_MAPPING_TABLE":
            return None
        times = picked(brought, ("create_time", "update_time"))
        return {**place, **times, "policy": mapping_rule(records, brought)}
    rule = configured_table_of(records, brought).analysis_rule
    if rule is None or rule.type != rule_type:
        return None
    own = brought.collaboration_rules.get(rule_type)
    times = {"create_time": rule.create_time, "update_time": rule.update_time}
    consolidated = joined_policies(rule.policy, own.policy) if own is not None else None
    return {
        **place,
        **times,
        "policy": rule.policy,
        "collaboration_policy": own.policy if own is not None else None,
        "consolidated_policy": consolidated,
    }


def joined_policies(policy: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The table's and the collaboration's rule as one."""
    return {"v1": {name: {**inside, **(own["v1"].get(name) or {})} for name, inside in policy["v1"].items()}}


def summary(records: Records, collaboration: Collaboration, brought: Brought) -> dict[str, Any]:
    """What lists and Get both show."""
    place = {
        **picked(brought, ("name", "create_time", "update_time", "collaboration_id")),
        "collaboration_arn": collaboration.arn,
        "creator_account_id": brought.account_id,
        "resource_arn": brought.arn,
    }
    if isinstance(brought, IdMappingTable):
        return {**place, "type": "ID_MAPPING_TABLE", "analysis_rule_types": ["ID_MAPPING_TABLE"]}
    table = configured_table_of(records, brought)
    rules = [table.analysis_rule.type] if table.analysis_rule is not None else []
    return {**place, "type": "TABLE", "analysis_rule_types": rules, "analysis_method": table.analysis_method}


def shown(records: Records, collaboration: Collaboration, brought: Brought) -> dict[str, Any]:
    """A table whole."""
    base = {**summary(records, collaboration, brought), "description": brought.description or "", "partition_keys": []}
    if isinstance(brought, IdMappingTable):
        properties = {"id_mapping_table_input_source": input_sources(brought), "id_mapping_table_id": brought.id}
        return {
            **base,
            "columns": [{"name": name, "type": "string"} for name in MAPPING_COLUMNS],
            "schema_status_details": readiness_of_mapping_table(records, brought),
            "schema_type_properties": {"id_mapping_table": properties},
        }
    table = configured_table_of(records, brought)
    return {
        **base,
        "columns": [{"name": name, "type": hive_type} for name, hive_type in columns_of(records, table)],
        "schema_status_details": readiness_of_table(records, brought, table),
        "schema_type_properties": {"configured_table_association": {"configured_table_association_id": brought.id}},
    }


def columns_of(records: Records, table: ConfiguredTable) -> list[tuple[str, str]]:
    """The allowed columns in the catalogue's order, with their types; those that the catalogue lost are left out."""
    glue = glue_table_of(records, table)
    every = () if glue is None else (*glue.columns, *glue.partition_keys)
    return [(column.name, column.type) for column in every if column.name in table.allowed_columns]


OPERATIONS: Operations = {
    "ListSchemas": list_schemas,
    "GetSchema": get_schema,
    "BatchGetSchema": batch_get_schema,
    "GetSchemaAnalysisRule": get_schema_analysis_rule,
    "BatchGetSchemaAnalysisRule": batch_get_schema_analysis_rule,
}

"""Configured tables: which columns of a Glue table may be used in collaborations, and the analysis rule over them."""

from dataclasses import replace
from typing import Any

from mandorla.domain.brought_tables import ConfiguredTable, ConfiguredTableAssociation, RulePolicy
from mandorla.domain.errors import MandorlaError
from mandorla.domain.glue_table import GlueTable
from mandorla.services.call import Call, Operations
from mandorla.services.cleanrooms.analysis_rules import checked_rule
from mandorla.services.cleanrooms.refusals import ResourceConflictError, ResourceNotFoundError
from mandorla.services.cleanrooms.standing import given, page_of, picked, require_room
from mandorla.services.glue.catalogue import find_table
from mandorla.services.tagging import forget_tags, tag
from mandorla.store.records import Records

WHAT = "Configured table"


def create_configured_table(
    call: Call,
    *,
    name,
    table_reference,
    allowed_columns,
    analysis_method,
    description=None,
    selected_analysis_methods=(),
    tags=None,
) -> Any:
    """Set up a table of the caller's catalogue. It can be queried once a rule says how."""
    present = call.records.owned_by(ConfiguredTable, call.account_id)
    require_room(len(present), "configured tables per account", call.limits.configured_tables)
    table_id = call.new_uuid()
    table = ConfiguredTable(
        account_id=call.account_id,
        id=table_id,
        arn=call.arn("cleanrooms", f"configuredtable/{table_id}"),
        name=name,
        description=description,
        table_reference=table_reference,
        allowed_columns=tuple(allowed_columns),
        analysis_method=analysis_method,
        selected_analysis_methods=tuple(selected_analysis_methods),
        analysis_rule=None,
        create_time=call.now,
        update_time=call.now,
    )
    require_sound(call, table)
    call.records.add(table)
    tag(call, table.arn, tags)
    return {"configured_table": shown(table)}


def require_sound(call: Call, table: ConfiguredTable) -> None:
    """A MandorlaError for a table that is not in the catalogue, or columns that it does not have."""
    quota = call.limits.allowed_columns
    require_room(len(table.allowed_columns) - 1, "allow-listed columns per configured table", quota)
    if "glue" not in table.table_reference:
        raise MandorlaError("tableReference must name a Glue table; other sources are not served here.")
    if table.analysis_method != "DIRECT_QUERY":
        raise MandorlaError("analysisMethod must be DIRECT_QUERY; jobs are not served here.")
    glue = glue_table_of(call.records, table)
    if glue is None:
        named = table.table_reference["glue"]
        raise MandorlaError(
            f"The Glue table {named['database_name']}.{named['table_name']} was not found. Create it, or correct the names."
        )
    have = {column.name for column in (*glue.columns, *glue.partition_keys)}
    lacking = [column for column in table.allowed_columns if column not in have]
    if lacking:
        raise MandorlaError(
            f"allowedColumns names {', '.join(lacking)}, which the Glue table {glue.key} does not have. "
            f"Its columns are {', '.join(sorted(have))}."
        )


def glue_table_of(records: Records, table: ConfiguredTable) -> GlueTable | None:
    """The table of the owner's catalogue behind a configured table."""
    named = table.table_reference["glue"]
    return find_table(records, table.account_id, named["database_name"], named["table_name"])


def own(call: Call, table_id: str) -> ConfiguredTable:
    """A configured table of the caller's."""
    table = call.records.find(ConfiguredTable, call.account_id, table_id)
    if table is None:
        raise ResourceNotFoundError(WHAT, table_id, "CONFIGURED_TABLE")
    return table


def get_configured_table(call: Call, *, configured_table_identifier) -> Any:
    """A configured table of the caller's."""
    return {"configured_table": shown(own(call, configured_table_identifier))}


def list_configured_tables(call: Call, *, next_token=None, max_results=None) -> Any:
    """The caller's configured tables."""
    every = call.records.owned_by(ConfiguredTable, call.account_id)
    page, token = page_of(every, next_token=next_token, max_results=max_results)
    return {"configured_table_summaries": [summary(one) for one in page], "next_token": token}


def update_configured_table(
    call: Call,
    *,
    configured_table_identifier,
    name=None,
    description=None,
    table_reference=None,
    allowed_columns=None,
    analysis_method=None,
    selected_analysis_methods=None,
) -> Any:
    """Change what is given; a rule that names a column that is gone forbids it."""
    table = own(call, configured_table_identifier)
    changes = given(
        name=name,
        description=description,
        table_reference=table_reference,
        allowed_columns=allowed_columns and tuple(allowed_columns),
        analysis_method=analysis_method,
        selected_analysis_methods=selected_analysis_methods,
    )
    changed = replace(table, **changes, update_time=call.now)
    require_sound(call, changed)
    if changed.analysis_rule is not None:
        checked_rule(changed, changed.analysis_rule.type, changed.analysis_rule.policy)
    call.records.put(changed)
    return {"configured_table": shown(changed)}


def delete_configured_table(call: Call, *, configured_table_identifier) -> Any:
    """Forget a configured table that no collaboration has."""
    table = own(call, configured_table_identifier)
    for one in call.records.owned_by(ConfiguredTableAssociation, call.account_id):
        if one.configured_table_id == table.id:
            message = f"The table is associated with a collaboration as {one.name!r}. Delete the association first."
            raise ResourceConflictError(
                message, reason="SUBRESOURCES_EXIST", resource_id=one.id, resource_type="CONFIGURED_TABLE_ASSOCIATION"
            )
    call.records.remove(table)
    forget_tags(call, table.arn)
    return {}


def create_configured_table_analysis_rule(
    call: Call, *, configured_table_identifier, analysis_rule_type, analysis_rule_policy
) -> Any:
    """Say what analyses may look like. "Currently, only one analysis rule may be associated with a configured table"."""
    table = own(call, configured_table_identifier)
    if table.analysis_rule is not None:
        message = f"The table has a rule already, of type {table.analysis_rule.type}. Update it, or delete it first."
        raise ResourceConflictError(message, reason="ALREADY_EXISTS", resource_id=table.id, resource_type="CONFIGURED_TABLE")
    policy = checked_rule(table, analysis_rule_type, analysis_rule_policy)
    rule = RulePolicy(analysis_rule_type, policy, call.now, call.now)
    changed = replace(table, analysis_rule=rule, update_time=call.now)
    call.records.put(changed)
    return {"analysis_rule": shown_rule(changed, rule)}


def rule_of(table: ConfiguredTable, analysis_rule_type: str) -> RulePolicy:
    """A table's rule of that type; ResourceNotFoundError if it has none, or one of another."""
    if table.analysis_rule is None or table.analysis_rule.type != analysis_rule_type:
        raise ResourceNotFoundError(
            f"Analysis rule of type {analysis_rule_type} of configured table", table.id, "CONFIGURED_TABLE"
        )
    return table.analysis_rule


def get_configured_table_analysis_rule(call: Call, *, configured_table_identifier, analysis_rule_type) -> Any:
    """The rule of a configured table."""
    table = own(call, configured_table_identifier)
    return {"analysis_rule": shown_rule(table, rule_of(table, analysis_rule_type))}


def update_configured_table_analysis_rule(
    call: Call, *, configured_table_identifier, analysis_rule_type, analysis_rule_policy
) -> Any:
    """Replace the rule's policy."""
    table = own(call, configured_table_identifier)
    present = rule_of(table, analysis_rule_type)
    policy = checked_rule(table, analysis_rule_type, analysis_rule_policy)
    rule = replace(present, policy=policy, update_time=call.now)
    changed = replace(table, analysis_rule=rule, update_time=call.now)
    call.records.put(changed)
    return {"analysis_rule": shown_rule(changed, rule)}


def delete_configured_table_analysis_rule(call: Call, *, configured_table_identifier, analysis_rule_type) -> Any:
    """Take the rule away: nothing can be asked of the table any more."""
    table = own(call, configured_table_identifier)
    rule_of(table, analysis_rule_type)
    call.records.put(replace(table, analysis_rule=None, update_time=call.now))
    return {}


def shown_rule(table: ConfiguredTable, rule: RulePolicy) -> dict[str, Any]:
    """A rule as its owner sees it."""
    names = ("type", "policy", "create_time", "update_time")
    members = {name: getattr(rule, name) for name in names}
    return {**members, "configured_table_id": table.id, "configured_table_arn": table.arn}


def summary(table: ConfiguredTable) -> dict[str, Any]:
    """What lists and Get both show."""
    names = ("id", "arn", "name", "create_time", "update_time", "analysis_method")
    rules = [table.analysis_rule.type] if table.analysis_rule is not None else []
    methods = table.selected_analysis_methods or None
    return {**picked(table, names), "analysis_rule_types": rules, "table_type": "GLUE", "selected_analysis_methods": methods}


def shown(table: ConfiguredTable) -> dict[str, Any]:
    """A configured table whole."""
    return {**summary(table), **picked(table, ("description", "table_reference", "allowed_columns"))}


OPERATIONS: Operations = {
    "CreateConfiguredTable": create_configured_table,
    "GetConfiguredTable": get_configured_table,
    "ListConfiguredTables": list_configured_tables,
    "UpdateConfiguredTable": update_configured_table,
    "DeleteConfiguredTable": delete_configured_table,
    "CreateConfiguredTableAnalysisRule": create_configured_table_analysis_rule,
    "GetConfiguredTableAnalysisRule": get_configured_table_analysis_rule,
    "UpdateConfiguredTableAnalysisRule": update_configured_table_analysis_rule,
    "DeleteConfiguredTableAnalysisRule": delete_configured_table_analysis_rule,
}

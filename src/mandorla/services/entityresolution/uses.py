"""What depends on what: who reads by a schema mapping."""

from mandorla.domain.id_namespace import IdNamespace
from mandorla.domain.workflows import IdMappingWorkflow, MatchingWorkflow
from mandorla.services.call import Call


def uses_of_schema(call: Call, schema_name: str) -> list[str]:
    """The names of the caller's namespaces and workflows that a schema mapping reads for."""
    listed: list[IdNamespace | IdMappingWorkflow] = []
    listed += call.records.owned_by(IdNamespace, call.account_id)
    listed += call.records.owned_by(IdMappingWorkflow, call.account_id)
    names = [one.key for one in listed if any(source.schema_name == schema_name for source in one.input_source_config)]
    for workflow in call.records.owned_by(MatchingWorkflow, call.account_id):
        if any(source["schema_name"] == schema_name for source in workflow.input_source_config):
            names.append(workflow.key)
    return names

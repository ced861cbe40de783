"""Whose people: from an input source (Glue table, matching workflow, ID namespace) to tables, schema mappings and roles."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mandorla.domain.arn import Arn, parse_arn
from mandorla.domain.errors import MandorlaError
from mandorla.domain.glue_table import GlueTable
from mandorla.domain.id_namespace import IdNamespace, InputSource
from mandorla.domain.registered_schema import RegisteredSchema
from mandorla.domain.workflows import MatchingWorkflow
from mandorla.services.entityresolution.resource_access import may_use
from mandorla.services.glue.catalogue import find_table
from mandorla.store.records import Records


@dataclass(frozen=True, slots=True)
class PeopleTable:
    """A table of people, the schema mapping that reads it, and the role it is read as."""

    table: GlueTable
    schema: RegisteredSchema
    role_arn: str


def people_of(
    records: Records, sources: Iterable[InputSource], *, account_id: str, role_arn: str | None, called_via: str = ""
) -> Iterator[PeopleTable]:
    """The tables behind input sources of an account. A MandorlaError says which one leads nowhere."""
    for source in sources:
        arn = parse_arn(source.input_source_arn)
        if arn.service == "glue":
            yield table_of(records, arn, source.schema_name, account_id=account_id, role_arn=role_arn)
        elif arn.resource_type == "matchingworkflow":
            yield from people_of_workflow(records, workflow_of(records, source.input_source_arn, account_id))
        else:
            namespace = namespace_of(records, source.input_source_arn, account_id, called_via=called_via)
            yield from people_of_namespace(records, namespace)


def people_of_namespace(records: Records, namespace: IdNamespace) -> Iterator[PeopleTable]:
    """The tables of a namespace, read as its role."""
    yield from people_of(records, namespace.input_source_config, account_id=namespace.account_id, role_arn=namespace.role_arn)


def people_of_workflow(records: Records, workflow: MatchingWorkflow) -> Iterator[PeopleTable]:
    """The tables of a matching workflow, read as its role."""
    for source in workflow.input_source_config:
        arn = parse_arn(source["input_source_arn"])
        yield table_of(records, arn, source["schema_name"], account_id=workflow.account_id, role_arn=workflow.role_arn)


def table_of(records: Records, arn: Arn, schema_name: str | None, *, account_id: str, role_arn: str | None) -> PeopleTable:
    """A Glue table with the schema mapping that reads it, both of the same account."""
    database, _, name = arn.resource_name.partition("/")
    table = find_table(records, account_id, database, name) if arn.account_id == account_id else None
    if table is None or arn.resource_type != "table":
        raise MandorlaError(f"The Glue table {arn} was not found. Create it, or correct inputSourceARN.")
    if not schema_name:
        raise MandorlaError(f"The Glue table {arn} needs the schema mapping that reads it. Add schemaName.")
    schema = records.find(RegisteredSchema, account_id, schema_name)
    if schema is None:
        raise MandorlaError(f"The schema mapping {schema_name!r} was not found. Create it first.")
    have = {column.name for column in table.columns}
    lacking = [field.field_name for field in schema.mapped_input_fields if field.field_name not in have]
    if lacking:
        listed = ", ".join(repr(name) for name in lacking)
        raise MandorlaError(
            f"The schema mapping {schema_name!r} maps {listed}, which the Glue table {table.key} does not have. "
            f"Its columns are {', '.join(column.name for column in table.columns)}."
        )
    return PeopleTable(table, schema, role_arn or "")


def namespace_of(records: Records, arn_text: str, account_id: str, *, called_via: str = "") -> IdNamespace:
    """A namespace that the account owns, or that its owner lets the account use; others are not there."""
    arn = parse_arn(arn_text)
    namespace = records.find(IdNamespace, arn.account_id, arn.resource_name)
    action = "entityresolution:UseIdNamespace"
    is_open = arn.account_id == account_id or may_use(records, arn_text, action, account_id, called_via=called_via)
    if namespace is None or not is_open:
        raise MandorlaError(f"The ID namespace {arn_text} was not found, or its owner's policy does not let you use it.")
    return namespace


def workflow_of(records: Records, arn_text: str, account_id: str) -> MatchingWorkflow:
    """A matching workflow that the account owns, or that its owner lets the account use."""
    arn = parse_arn(arn_text)
    workflow = records.find(MatchingWorkflow, arn.account_id, arn.resource_name)
    is_own = arn.account_id == account_id
    if workflow is None or not (is_own or may_use(records, arn_text, "entityresolution:UseWorkflow", account_id)):
        raise MandorlaError(f"The matching workflow {arn_text} was not found, or its owner's policy does not let you use it.")
    return workflow

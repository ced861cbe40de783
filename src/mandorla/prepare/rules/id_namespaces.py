"""The guide's step 4: a SOURCE ID namespace wraps Glue tables of us-east-1, is read as a role, and leaves the rules to the
TARGET.
"""

from collections.abc import Iterator

from mandorla.domain.finding import Finding
from mandorla.prepare.rules.payload import CREATE_ID_NAMESPACE, Payload

ROLE, TABLES, RULES, DUPLICATE = "ROLE_MISSING", "NAMESPACE_WITHOUT_TABLE", "RULES_OF_SOURCE", "TABLE_TWICE"


def findings(payload: Payload) -> Iterator[Finding]:
    """What the service model allows and the guide does not."""
    document = payload.document
    if payload.kind != CREATE_ID_NAMESPACE or document.get("type") != "SOURCE":
        return
    inputs = [one for one in document.get("inputSourceConfig") or [] if isinstance(one, dict)]
    if not inputs:
        what = "a SOURCE namespace without an input has nobody in it"
        yield Finding(
            code=TABLES, where=payload.where("inputSourceConfig"), what=what, mend="name the Glue table and its schema"
        )
    for number, one in enumerate(inputs):
        if ":table/" in str(one.get("inputSourceARN")) and not one.get("schemaName"):
            what = "a Glue table needs the schema mapping that reads it"
            where = payload.where(f"inputSourceConfig[{number}].schemaName")
            yield Finding(code=TABLES, where=where, what=what, mend="add schemaName")
    arns = [str(one.get("inputSourceARN")) for one in inputs]
    if len(set(arns)) < len(arns):
        yield Finding(
            code=DUPLICATE, where=payload.where("inputSourceConfig"), what="a table stands twice", mend="name it once"
        )
    if not document.get("roleArn"):
        what = "without a role the service cannot read the table"
        yield Finding(
            code=ROLE, where=payload.where("roleArn"), what=what, mend="give the ARN of the SOURCE namespace's pass role"
        )
    for properties in document.get("idMappingWorkflowProperties") or []:
        types = (
            (properties.get("ruleBasedProperties") or {}).get("ruleDefinitionTypes") if isinstance(properties, dict) else None
        )
        if types and "TARGET" not in types:
            what = "the rules are Amazon's, on the TARGET; a SOURCE that insists on its own cannot be mapped with it"
            where = payload.where("idMappingWorkflowProperties")
            yield Finding(code=RULES, where=where, what=what, mend='write "ruleDefinitionTypes": ["TARGET"]')

"""On what a call is made, as policies name it: the ARN behind an operation's arguments, and the tags that conditions look at.

The Service Authorization Reference lists which resource types each action has. An operation that is in no row, such as a list,
is allowed to whoever may do it on anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mandorla.domain.arn import Arn
from mandorla.domain.collaboration import Collaboration
from mandorla.domain.role import Role
from mandorla.services.call import Call
from mandorla.services.tagging import tags_of

# Any: arguments are the service model's.
Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """The operations of a service whose name has a word in it, and the resource that they are about, from their arguments."""

    service: str
    word: str
    resource: str


MEMBERSHIP = "membership/{membership_identifier}"
# The first row whose arguments are all given counts.
ROWS = (
    Row("entityresolution", "SchemaMapping", "schemamapping/{schema_name}"),
    Row("entityresolution", "IdNamespace", "idnamespace/{id_namespace_name}"),
    Row("entityresolution", "IdMapping", "idmappingworkflow/{workflow_name}"),
    Row("entityresolution", "", "matchingworkflow/{workflow_name}"),
    Row("entityresolution", "", "{arn}"),
    Row("entityresolution", "", "{resource_arn}"),
    Row("cleanrooms", "", MEMBERSHIP + "/configuredtableassociation/{configured_table_association_identifier}"),
    Row("cleanrooms", "", MEMBERSHIP + "/idnamespaceassociation/{id_namespace_association_identifier}"),
    Row("cleanrooms", "", MEMBERSHIP + "/idmappingtable/{id_mapping_table_identifier}"),
    Row("cleanrooms", "", MEMBERSHIP + "/analysistemplate/{analysis_template_identifier}"),
    Row("cleanrooms", "", MEMBERSHIP),
    Row("cleanrooms", "", "configuredtable/{configured_table_identifier}"),
    Row("cleanrooms", "", "{resource_arn}"),
    Row("glue", "Crawler", "crawler/{name}"),
    Row("glue", "Crawler", "crawler/{crawler_name}"),
    Row("glue", "Database", "database/{name}"),
    Row("glue", "Database", "database/{database_input[name]}"),
    Row("glue", "", "table/{database_name}/{table_input[name]}"),
    Row("glue", "", "table/{database_name}/{table_name}"),
    Row("glue", "Table", "table/{database_name}/{name}"),
    Row("glue", "", "database/{database_name}"),
    Row("glue", "", "{resource_arn}"),
    Row("athena", "", "workgroup/{work_group}"),
    Row("athena", "Query", "workgroup/primary"),
    Row("logs", "", "log-group:{log_group_name}:log-stream:{log_stream_name}"),
    Row("logs", "", "log-group:{log_group_name}:*"),
    Row("iam", "", "{policy_arn}"),
    Row("iam", "Policy", "policy{path}{policy_name}"),
    Row("iam", "CreateRole", "role{path}{role_name}"),
)
WITHOUT_REGION = frozenset({"iam"})
# Glue knows these in any writing, and a denial must too.
FOLDED = ("table/", "database/")


def resource_of(call: Call, service: str, operation: str, arguments: Arguments) -> str:
    """The ARN of what a call is about; empty where it is about nothing in particular."""
    if service == "iam" and operation != "CreateRole" and "role_name" in arguments:
        role = call.records.find(Role, call.account_id, arguments["role_name"].lower())
        return role.arn if role is not None else arn_of(call, service, f"role/{arguments['role_name']}")
    if "collaboration_identifier" in arguments:
        collaboration = call.records.find_anywhere(Collaboration, arguments["collaboration_identifier"])
        return collaboration.arn if collaboration is not None else ""
    if arguments.get("log_group_identifier"):  # a name or an ARN; a denial must know the group in either writing
        arguments = {**arguments, "log_group_name": arguments["log_group_identifier"].rpartition(":log-group:")[2]}
    given = {"path": "/", **{name: value for name, value in arguments.items() if value is not None}}
    for row in ROWS:
        if row.service == service and row.word in operation:
            try:
                named = row.resource.format_map(given)
            except KeyError:
                continue
            whole = next((value for value in given.values() if str(value).startswith("arn:") and str(value) in named), None)
            return whole or arn_of(call, service, named.lower() if named.startswith(FOLDED) else named)
    return ""


def arn_of(call: Call, service: str, resource: str) -> str:
    """A resource of the caller's account."""
    region = "" if service in WITHOUT_REGION else call.region
    return str(Arn(service=service, region=region, account_id=call.account_id, resource=resource))


def context_of_tags(call: Call, resource: str, arguments: Arguments) -> dict[str, tuple[str, ...]]:
    """`aws:RequestTag/key` and `aws:TagKeys` of the tags that are given, and `aws:ResourceTag/key` of those that are there."""
    given = given_tags(arguments)
    keys = (*given, *(arguments.get("tag_keys") or ()))
    present = tags_of(call, resource) if resource else {}
    return {
        **{f"aws:requesttag/{key.lower()}": (value,) for key, value in given.items()},
        **({"aws:tagkeys": keys} if keys else {}),
        **{f"aws:resourcetag/{key.lower()}": (value,) for key, value in present.items()},
    }


def given_tags(arguments: Arguments) -> Mapping[str, str]:
    """The tags in a call's arguments, which some services give as a map and others as a list."""
    tags = arguments.get("tags") or arguments.get("tags_to_add") or {}
    return tags if isinstance(tags, Mapping) else {one["key"]: one.get("value", "") for one in tags}

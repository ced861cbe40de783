"""What a rule for payloads looks at: a JSON document as it was read, its text mended first, and what kind of payload it is.

A payload is told by its members, the way a reader would tell it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Any: a payload is JSON from anybody; each rule looks before it reads.
Json = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """`kind` is the operation whose body it is, or a name of ours; `document` its content."""

    path: Path
    kind: str
    document: Json

    def where(self, member: str = "") -> str:
        """A member as findings name it."""
        return f"{self.path}, {member}" if member else str(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of payload, the members that tell it, and the service model that describes it, if one does."""

    name: str
    members: frozenset[str]
    service: str = ""


RULES, TRUST_POLICY, POLICY = "rules", "trust policy", "permission policy"
TABLE_INPUT = "TableInput"
AMC_MAPPING_TABLE = "AMC ID mapping table"
CREATE_SCHEMA_MAPPING, CREATE_ID_NAMESPACE = "CreateSchemaMapping", "CreateIdNamespace"
CREATE_MEMBERSHIP, START_PROTECTED_QUERY = "CreateMembership", "StartProtectedQuery"
CREATE_ID_NAMESPACE_ASSOCIATION, CREATE_ID_MAPPING_TABLE = "CreateIdNamespaceAssociation", "CreateIdMappingTable"

KINDS = (
    Kind(name=CREATE_SCHEMA_MAPPING, members=frozenset({"mappedInputFields"}), service="entityresolution"),
    Kind(name=CREATE_SCHEMA_MAPPING, members=frozenset({"schemaName"}), service="entityresolution"),
    Kind(name=CREATE_ID_NAMESPACE, members=frozenset({"idNamespaceName"}), service="entityresolution"),
    Kind(name="CreateIdMappingWorkflow", members=frozenset({"idMappingTechniques"}), service="entityresolution"),
    Kind(name="CreateMatchingWorkflow", members=frozenset({"resolutionTechniques"}), service="entityresolution"),
    Kind(name=CREATE_ID_NAMESPACE_ASSOCIATION, members=frozenset({"inputReferenceConfig"}), service="cleanrooms"),
    Kind(name="CreateCollaboration", members=frozenset({"creatorDisplayName"}), service="cleanrooms"),
    Kind(name=CREATE_MEMBERSHIP, members=frozenset({"collaborationIdentifier", "queryLogStatus"}), service="cleanrooms"),
    Kind(name="CreateConfiguredTableAssociation", members=frozenset({"configuredTableIdentifier"}), service="cleanrooms"),
    Kind(name="CreateConfiguredTable", members=frozenset({"tableReference"}), service="cleanrooms"),
    Kind(name=START_PROTECTED_QUERY, members=frozenset({"sqlParameters"}), service="cleanrooms"),
    Kind(name="CreateTable", members=frozenset({"TableInput"}), service="glue"),
    Kind(name=TABLE_INPUT, members=frozenset({"StorageDescriptor"}), service="glue"),
    Kind(name="CreateCrawler", members=frozenset({"Targets"}), service="glue"),
    Kind(name=AMC_MAPPING_TABLE, members=frozenset({"sourceIdNamespaceArn"})),
    Kind(name=POLICY, members=frozenset({"Statement"})),
)


def kind_of_payload(document: Json) -> str:
    """The kind of a document; empty for what is none that we know.

    >>> kind_of_payload({"idNamespaceName": "n"}), kind_of_payload([{"ruleName": "email"}]), kind_of_payload({"a": 1})
    ('CreateIdNamespace', 'rules', '')
    """
    if isinstance(document, list) and document and isinstance(document[0], Mapping) and "ruleName" in document[0]:
        return RULES
    if not isinstance(document, Mapping):
        return ""
    name = next((kind.name for kind in KINDS if kind.members <= document.keys()), "")
    if name == POLICY and any("Principal" in statement for statement in statements(document)):
        return TRUST_POLICY
    if name == CREATE_ID_NAMESPACE_ASSOCIATION and "idmappingworkflow" in str(document["inputReferenceConfig"]):
        return CREATE_ID_MAPPING_TABLE
    return name


def fields_of(payload: Payload) -> list[Mapping[str, Json]]:
    """The input fields of a schema mapping, in their order; what is no object stands as one without members."""
    found = payload.document.get("mappedInputFields")
    return [one if isinstance(one, Mapping) else {} for one in found] if isinstance(found, list) else []


def statements(document: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    """The statements of a policy, whether it lists them or has one alone."""
    found = document.get("Statement")
    yield from (one for one in (found if isinstance(found, list) else [found]) if isinstance(one, Mapping))


def listed(value: Json) -> list[str]:
    """One text, or a list of them.

    >>> listed("s3:GetObject"), listed(["a", 1])
    (['s3:GetObject'], ['a'])
    """
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]

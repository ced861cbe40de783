"""The guide's request for a mapping table: "ARN for the id Namespace created for customer population", and a name."""

import re
from collections.abc import Iterator

from mandorla.domain.finding import Finding
from mandorla.prepare.rules.payload import AMC_MAPPING_TABLE, Payload

NAME, NAMESPACE = "MAPPING_TABLE_NAME", "NOT_A_NAMESPACE"
ARN = re.compile(r"arn:aws[a-z-]*:entityresolution:[a-z0-9-]+:[0-9]{12}:idnamespace/[A-Za-z0-9_-]+")


def findings(payload: Payload) -> Iterator[Finding]:
    """What keeps AMC from making the table."""
    if payload.kind != AMC_MAPPING_TABLE:
        return
    name, arn = (payload.document.get(member) for member in ("idMappingTableName", "sourceIdNamespaceArn"))
    if not isinstance(name, str) or not name:
        what = "the table has no name"
        yield Finding(code=NAME, where=payload.where("idMappingTableName"), what=what, mend="add idMappingTableName")
    if not isinstance(arn, str) or not (ARN.fullmatch(arn) or "{{" in arn):
        what = "the value is no ARN of an ID namespace"
        mend = "write arn:aws:entityresolution:us-east-1:<account>:idnamespace/<name>"
        yield Finding(code=NAMESPACE, where=payload.where("sourceIdNamespaceArn"), what=what, mend=mend)

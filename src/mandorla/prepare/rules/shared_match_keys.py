"""The guide: "If multiple input fields represent the same type of data, assign them the same "Match key" so they can be
compared together." """

from collections.abc import Iterator

from mandorla.domain.finding import Finding
from mandorla.domain.schema_mapping import AttributeType
from mandorla.prepare.rules.payload import CREATE_SCHEMA_MAPPING, Payload, fields_of

CODE = "MATCH_KEYS_DIFFER"
# A text, a date or a provider's id may be of any sort.
OF_ANY_SORT = frozenset({AttributeType.UNIQUE_ID, AttributeType.STRING, AttributeType.DATE, AttributeType.PROVIDER_ID})


def findings(payload: Payload) -> Iterator[Finding]:
    """Types whose fields have several match keys: a rule over one does not see the values of the others."""
    if payload.kind != CREATE_SCHEMA_MAPPING:
        return
    keys: dict[str, dict[str, None]] = {}
    for field in fields_of(payload):
        key, kind = field.get("matchKey"), field.get("type")
        if kind in set(AttributeType) - OF_ANY_SORT and isinstance(key, str) and not field.get("groupName"):
            keys.setdefault(str(kind), {})[key] = None
    for kind, different in keys.items():
        if len(different) > 1:
            what = f"fields of type {kind} have different match keys: {', '.join(different)}; they are not compared together"
            mend = "give them one match key, unless they are meant to differ"
            yield Finding(code=CODE, where=payload.where("mappedInputFields"), what=what, mend=mend, severity="warning")

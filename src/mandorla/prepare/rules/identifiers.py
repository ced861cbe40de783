"""Amazon Ads: "Do not perform standardization and hashing for files containing LiveRamp identifiers, Experian identifiers,
or MAID"; a mobile advertising id is a UUID.
"""

from collections.abc import Iterator

from mandorla.domain.finding import Finding
from mandorla.domain.schema_mapping import IDENTIFIER_MATCH_KEYS, AttributeType, InputField
from mandorla.engines.checking_queries import counts_of_patterns, filled_counts
from mandorla.prepare.rules.data_table import DataTable

HASHED, SHAPE = "IDENTIFIER_HASHED", "MAID_SHAPE"
DIGEST = "^[0-9A-Fa-f]{64}$"
UUID = "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$"


def findings(data: DataTable) -> Iterator[Finding]:
    """Identifier columns that hold digests, and mobile ids that are none."""
    columns = [field.field_name for field in data.fields if is_identifier(field)]
    digests = counts_of_patterns(data.engine, data.table.name, [(column, DIGEST) for column in columns])
    for column, count in zip(columns, digests, strict=True):
        if count:
            what = f"{count:,} values are SHA-256; mobile ad, LiveRamp, Experian and Merkle ids are never hashed"
            yield Finding(code=HASHED, where=data.where(column), what=what, mend="bring the plain ids")
    mobile = [field.field_name for field in data.fields if is_mobile(field)]
    uuids = counts_of_patterns(data.engine, data.table.name, [(column, UUID) for column in mobile])
    hashes = counts_of_patterns(data.engine, data.table.name, [(column, DIGEST) for column in mobile])
    _, filled = filled_counts(data.engine, data.table.name, mobile)
    for column, good, hashed, every in zip(mobile, uuids, hashes, filled, strict=True):
        if every - good - hashed:
            what = f"{every - good - hashed:,} of {every:,} values are no mobile advertising ids: 8-4-4-4-12 hexadecimal digits"
            mend = "bring the ids as the device gives them"
            yield Finding(code=SHAPE, where=data.where(column), what=what, mend=mend, severity="warning")


def is_identifier(field: InputField) -> bool:
    """Whether a column holds somebody else's identifiers."""
    return field.match_key in IDENTIFIER_MATCH_KEYS or field.type is AttributeType.MAID


def is_mobile(field: InputField) -> bool:
    """Whether a column holds mobile advertising ids."""
    return field.type is AttributeType.MAID or (field.type is AttributeType.STRING and field.match_key == "MAID")

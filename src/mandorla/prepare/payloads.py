"""What is written beside the data: the body of CreateSchemaMapping, and the Glue table over the same columns."""

import re
from collections.abc import Sequence

from mandorla.domain.schema_mapping import AttributeType, InputField, SchemaMapping

# How Glue's own crawler describes Parquet, and CSV with a header line and quoted values. Unless it is told another character,
# OpenCSVSerde takes a backslash for an escape: it would eat those of values, and a value's last one would eat the next column.
STORAGE = {
    "parquet": {
        "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "SerdeInfo": {
            "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
            "Parameters": {"serialization.format": "1"},
        },
    },
    "csv": {
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {
            "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
            "Parameters": {"separatorChar": ",", "quoteChar": '"', "escapeChar": "\u0001"},
        },
    },
}
TABLE_PARAMETERS = {
    "parquet": {"classification": "parquet", "compressionType": "zstd"},
    "csv": {"classification": "csv", "skip.header.line.count": "1", "columnsOrdered": "true", "delimiter": ","},
}


def schema_payload(mapping: SchemaMapping) -> dict[str, object]:
    """The body of CreateSchemaMapping."""
    return {
        "schemaName": mapping.schema_name,
        "mappedInputFields": [field_payload(field) for field in mapping.mapped_input_fields],
    }


def field_payload(field: InputField) -> dict[str, object]:
    """One element of mappedInputFields; the unique id has no match key and is never hashed."""
    payload: dict[str, object] = {"fieldName": field.field_name, "type": field.type.value}
    if field.match_key:
        payload["matchKey"] = field.match_key
    if field.sub_type:
        payload["subType"] = field.sub_type
    if field.type is not AttributeType.UNIQUE_ID:
        payload["hashed"] = field.hashed
    return payload


def glue_table(mapping: SchemaMapping, columns: Sequence[str], file_format: str) -> dict[str, object]:
    """The table input for `aws glue create-table --table-input`; the bucket is the one thing to fill in."""
    name = table_name(mapping.schema_name)
    return {
        "Name": name,
        "Description": "Identity data prepared by mandorla",
        "TableType": "EXTERNAL_TABLE",
        "Parameters": TABLE_PARAMETERS[file_format],
        "StorageDescriptor": {
            "Columns": [{"Name": column, "Type": "string"} for column in columns],
            "Location": f"s3://{{{{bucket}}}}/{name}/",
            **STORAGE[file_format],
        },
    }


def table_name(schema_name: str) -> str:
    """A Glue table's name out of a schema mapping's.

    >>> table_name("Customers-v1")
    'customers_v1'
    """
    return re.sub("[^a-z0-9_]+", "_", schema_name.lower())

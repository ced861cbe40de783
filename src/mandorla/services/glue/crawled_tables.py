"""What a crawler writes of a table that it found: the definition and the partitions, as Glue's crawlers write them."""

from collections.abc import Mapping, Sequence
from typing import Any

from mandorla.engines.inferred_schema import InferredSchema
from mandorla.services.glue.table_layout import FoundFile, FoundTable

HADOOP, HIVE = "org.apache.hadoop.mapred", "org.apache.hadoop.hive"

# Input format, output format and serde by file format; a CSV file with quotes needs a serde that knows of them.
FORMATS: Mapping[str, tuple[str, str, str]] = {
    "parquet": (
        f"{HIVE}.ql.io.parquet.MapredParquetInputFormat",
        f"{HIVE}.ql.io.parquet.MapredParquetOutputFormat",
        f"{HIVE}.ql.io.parquet.serde.ParquetHiveSerDe",
    ),
    "csv": (
        f"{HADOOP}.TextInputFormat",
        f"{HIVE}.ql.io.HiveIgnoreKeyTextOutputFormat",
        f"{HIVE}.serde2.lazy.LazySimpleSerDe",
    ),
    "quoted csv": (
        f"{HADOOP}.TextInputFormat",
        f"{HIVE}.ql.io.HiveIgnoreKeyTextOutputFormat",
        f"{HIVE}.serde2.OpenCSVSerde",
    ),
}


def definition_of_found(table: FoundTable, bucket: str, crawler_name: str) -> dict[str, Any]:
    """The members of a TableInput but the name."""
    schema = table.schema
    parameters = parameters_of(schema, table.files, crawler_name)
    keys = partition_keys_of(table, schema)
    return {
        "owner": "owner",
        "retention": 0,
        "table_type": "EXTERNAL_TABLE",
        "partition_keys": [{"name": key, "type": "string"} for key in keys],
        "parameters": parameters,
        "storage_descriptor": descriptor_of(schema, f"s3://{bucket}/{table.prefix}", parameters),
    }


def partition_keys_of(table: FoundTable, schema: InferredSchema) -> list[str]:
    """The partition keys; one that is a column's name too gets the name of a level without one."""
    taken = set(schema.names)
    return [f"partition_{number}" if key in taken else key for number, key in enumerate(table.partition_keys)]


def partitions_of_found(table: FoundTable, bucket: str, crawler_name: str) -> list[dict[str, Any]]:
    """The members of a PartitionInput for each of the table's partitions."""
    if not table.levels:
        return []
    schema = table.schema
    return [
        {
            "values": list(values),
            "storage_descriptor": descriptor_of(
                schema, f"s3://{bucket}/{table.prefix_of(files[0])}", parameters_of(schema, files, crawler_name)
            ),
        }
        for values, files in table.partitions().items()
    ]


def descriptor_of(schema: InferredSchema, location: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Where files lie and how they are read."""
    name = "quoted csv" if schema.is_quoted else schema.file_format
    input_format, output_format, serde = FORMATS[name]
    serde_parameters = {
        "parquet": {"serialization.format": "1"},
        "csv": {"field.delim": schema.delimiter},
        "quoted csv": {"separatorChar": schema.delimiter, "quoteChar": '"'},
    }[name]
    return {
        "columns": [{"name": column.name, "type": column.type} for column in schema.columns],
        "location": location,
        "input_format": input_format,
        "output_format": output_format,
        "compressed": schema.compression != "none",
        "number_of_buckets": -1,
        "serde_info": {"serialization_library": serde, "parameters": serde_parameters},
        "bucket_columns": [],
        "sort_columns": [],
        "parameters": dict(parameters),
        "stored_as_sub_directories": False,
    }


def parameters_of(schema: InferredSchema, files: Sequence[FoundFile], crawler_name: str) -> dict[str, str]:
    """What a crawler says of the files: counts are estimates where a file was read only in part."""
    record_count = sum(file.schema.record_count for file in files)
    size = sum(file.size for file in files)
    parameters = {
        "UPDATED_BY_CRAWLER": crawler_name,
        "CrawlerSchemaSerializerVersion": "1.0",
        "CrawlerSchemaDeserializerVersion": "1.0",
        "classification": schema.file_format,
        "compressionType": schema.compression,
        "typeOfData": "file",
        "sizeKey": str(size),
        "objectCount": str(len(files)),
        "recordCount": str(record_count),
        "averageRecordSize": str(size // max(record_count, 1)),
    }
    if schema.file_format == "csv":
        quoted = "true" if schema.is_quoted else "false"
        parameters |= {"delimiter": schema.delimiter, "columnsOrdered": "true", "areColumnsQuoted": quoted}
        parameters |= {"skip.header.line.count": "1"} if schema.has_header else {}
    return parameters

"""Every quota, one line each, with its source. Whoever enforces one takes it from here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """GUIDE is the AMC guide "Bring identity data into the collaboration instance"; ER is Entity Resolution's
    service model or user guide."""

    rows_per_unique_key: int = 25  # GUIDE: "only 25 rows will be considered during the execution of the mapping"
    columns_per_schema_mapping: int = 25  # GUIDE: "24 identity columns and a single column containing the unique ID"
    mapped_input_fields: int = 60  # ER service model, newest: at most 60 mappedInputFields
    mapped_input_fields_minimum: int = 2  # ER service model: at least 2 mappedInputFields
    tables_per_id_namespace: int = 20  # GUIDE: "Up to 20 tables can be associated with a single namespace"
    rules: int = 25  # ER service model: 1 to 25 rules
    matching_keys_per_rule: int = 15  # ER service model: at most 15 matchingKeys in a rule
    schema_mappings: int = 50  # ER user guide, quotas
    matching_workflows: int = 10  # ER user guide, quotas
    id_mapping_workflows: int = 10  # ER user guide, quotas
    id_namespaces: int = 10  # ER user guide, quotas
    concurrent_id_mapping_jobs: int = 1  # ER user guide, quotas
    concurrent_matching_jobs: int = 1  # ER user guide, quotas
    collaborations: int = 500  # Clean Rooms user guide, quotas: collaborations created per account (an older listing: 10)
    id_namespace_associations: int = 10  # Clean Rooms user guide, quotas: per membership
    id_mapping_tables: int = 5  # Clean Rooms user guide, quotas: per membership; GUIDE: "up to 5 mapping tables"
    table_associations: int = 25  # practitioners: per membership
    configured_tables: int = 250  # Clean Rooms user guide, quotas: per account
    allowed_columns: int = 100  # Clean Rooms user guide, quotas: allow-listed columns per configured table
    analysis_templates: int = 25  # Clean Rooms user guide, quotas: per membership
    days_between_refreshes: int = 14  # GUIDE: "The table refresh can be done only once in 14 days"
    seconds_between_pickups: int = 3600  # ours: how often changed data of a connected namespace is looked for at most
    amc_parallel_executions: int = 10  # AMC guide, limits: per instance
    amc_advertisers: int = 2000  # AMC guide, instance management: advertisers per instance
    ongoing_queries: int = 5  # Clean Rooms user guide, quotas: per membership
    amc_users_none: int = 1  # AMC guide, aggregation thresholds: users that a value of each sensitivity needs
    amc_users_low: int = 2  # the same
    amc_users_medium: int = 100  # the same
    amc_users_high: int = 100  # the same
    amc_audience_users: int = 2_000  # AMC guide, rule-based audiences: the least users of an audience
    name_length: int = 255  # ER service model: AttributeName, ruleName
    unique_id_length: int = 257  # ER user guide, glossary: 257 characters in an ID mapping workflow
    query_seconds: int = 30 * 60  # Athena, service quotas: DML query timeout, 30 minutes
    buckets: int = 10_000  # S3 user guide: "By default, you can create up to 10,000 general purpose buckets per AWS account"
    bytes_per_put: int = 5 * 1024**3  # S3 user guide: "Upload an object in a single operation … up to 5 GB in size"
    bytes_per_part_minimum: int = 5 * 1024**2  # S3 user guide: part size "5 MiB to 5 GiB. There is no minimum … on the last"


DEFAULT_LIMITS = Limits()

"""A schema mapping as an account has registered it: with its ARN, its words and its times."""

from dataclasses import dataclass
from datetime import datetime

from mandorla.domain.schema_mapping import InputField, SchemaMapping


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredSchema:
    """The members of GetSchemaMapping's answer, but for what others know better (`hasWorkflows`, `tags`)."""

    account_id: str
    schema_name: str
    schema_arn: str
    description: str
    mapped_input_fields: tuple[InputField, ...]
    created_at: datetime
    updated_at: datetime
    parent: str = ""

    @property
    def key(self) -> str:
        """Its name."""
        return self.schema_name

    @property
    def mapping(self) -> SchemaMapping:
        """What the matching reads."""
        return SchemaMapping(schema_name=self.schema_name, mapped_input_fields=self.mapped_input_fields)

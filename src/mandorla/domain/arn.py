"""Amazon Resource Names: parsed once, printed the same."""

from dataclasses import dataclass

from mandorla.domain.errors import MandorlaError


@dataclass(frozen=True, slots=True, kw_only=True)
class Arn:
    """`arn:aws:service:region:account:resource`; S3's names have neither region nor account."""

    service: str
    region: str = ""
    account_id: str = ""
    resource: str

    def __str__(self) -> str:
        return f"arn:aws:{self.service}:{self.region}:{self.account_id}:{self.resource}"

    @property
    def resource_type(self) -> str:
        """What stands before the first slash: `table` in `table/sales/customers`.

        >>> parse_arn("arn:aws:glue:us-east-1:111122223333:table/sales/customers").resource_type
        'table'
        """
        return self.resource.partition("/")[0]

    @property
    def resource_name(self) -> str:
        """What stands after the first slash: `sales/customers`."""
        return self.resource.partition("/")[2]


def parse_arn(text: str) -> Arn:
    """An ARN from its text; a MandorlaError says what an ARN looks like.

    >>> str(parse_arn("arn:aws:s3:::customers/2026/a:b.csv"))
    'arn:aws:s3:::customers/2026/a:b.csv'
    """
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[1].startswith("aws") or not parts[2] or not parts[5]:
        raise MandorlaError(f"{text[:100]!r} is not an ARN. It must look like arn:aws:service:region:account:resource.")
    return Arn(service=parts[2], region=parts[3], account_id=parts[4], resource=parts[5])

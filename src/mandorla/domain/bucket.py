"""Buckets: where an account keeps its objects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A bucket. Its name is unique over all accounts."""

    account_id: str
    name: str
    region: str
    created_at: datetime
    policy: str = ""
    public_access_block: Mapping[str, bool] = field(default_factory=dict)
    parent: str = ""

    @property
    def key(self) -> str:
        """Its name."""
        return self.name

    @property
    def arn(self) -> str:
        """As policies name it.

        >>> Bucket(account_id="111122223333", name="photos", region="us-east-1", created_at=datetime.min).arn
        'arn:aws:s3:::photos'
        """
        return f"arn:aws:s3:::{self.name}"

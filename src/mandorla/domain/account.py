"""Accounts, the keys they sign with, and who a caller is: a party's own account, or a role that somebody works as."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A party. Its id is twelve digits, as in every ARN."""

    account_id: str
    name: str
    created_at: datetime
    parent: str = ""

    @property
    def key(self) -> str:
        """The only thing of its kind under its own id."""
        return self.account_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A key that signs requests. A lasting one is an account's own; a temporary one works as a role and ends.

    No secret stands here: it is derived from the key's id and a key file that lies outside the database.
    """

    account_id: str
    access_key_id: str
    created_at: datetime
    expires_at: datetime | None = None
    role_arn: str = ""
    session_name: str = ""
    session_policies: tuple[str, ...] = field(default=(), repr=False)
    parent: str = ""

    @property
    def key(self) -> str:
        """Access key ids are unique over all accounts."""
        return self.access_key_id

    @property
    def is_temporary(self) -> bool:
        """Whether it needs a session token."""
        return self.expires_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who made a request: the account itself, or a session of one of its roles.

    `amc_account_id` is the AMC account that a client of Login with Amazon works for.
    """

    account_id: str
    role_arn: str = ""
    session_name: str = ""
    session_policies: tuple[str, ...] = field(default=(), repr=False)
    amc_account_id: str = ""

    @property
    def arn(self) -> str:
        """As STS prints it.

        >>> Caller(account_id="111122223333").arn
        'arn:aws:iam::111122223333:root'
        >>> Caller(account_id="111122223333", role_arn="arn:aws:iam::111122223333:role/a/reader", session_name="s").arn
        'arn:aws:sts::111122223333:assumed-role/reader/s'
        """
        if not self.role_arn:
            return f"arn:aws:iam::{self.account_id}:root"
        return f"arn:aws:sts::{self.account_id}:assumed-role/{self.role_arn.rpartition('/')[2]}/{self.session_name}"

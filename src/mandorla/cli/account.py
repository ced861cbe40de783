"""`mandorla account`: parties of the clean room and the keys they sign with."""

from dataclasses import dataclass
from typing import Annotated

import typer

from mandorla.cli.output import console, print_json
from mandorla.cli.serve import Data, Database, settings_with
from mandorla.domain.account import Account, Credential
from mandorla.domain.errors import NotFoundError
from mandorla.server.parts import Parts, open_parts
from mandorla.store.accounts import create_account, derive_secret, find_account
from mandorla.store.database import committed, transaction
from mandorla.store.records import Records

Name = Annotated[str, typer.Argument(help="The party's name.")]


def create(
    name: Name,
    account_id: Annotated[str | None, typer.Option("--account-id", help="Twelve digits; drawn if not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
    data: Data = None,
    database: Database = None,
) -> None:
    """Make an account and its first access key.

    [bold]Example:[/bold] mandorla account create advertiser --account-id 111122223333
    """
    parts = open_parts(settings_with(data=data, database=database))
    account, credential = committed(
        parts.database,
        lambda connection: create_account(Records(connection), name=name, account_id=account_id, now=parts.clock()),
    )
    keys = Keys(account, credential, derive_secret(parts.server_key, credential.access_key_id))
    if as_json:
        print_json(keys.document())
        return
    console().print(f"Account {account.account_id} ({account.name}) is made. For its shell:\n", markup=False)
    console().print(keys.exports(parts), markup=False, soft_wrap=True)


def profile(name: Name, data: Data = None, database: Database = None) -> None:
    """Print a profile for ~/.aws/config, with the endpoint and the account's key.

    [bold]Example:[/bold] mandorla account profile advertiser >> ~/.aws/config
    """
    parts = open_parts(settings_with(data=data, database=database))
    with transaction(parts.database, writes=False) as connection:
        records = Records(connection)
        account = find_account(records, name)
        if account is None:
            raise NotFoundError(f"There is no account {name!r}. Make it with: mandorla account create {name}")
        lasting = [key for key in records.owned_by(Credential, account.account_id) if not key.is_temporary]
    keys = Keys(account, lasting[0], derive_secret(parts.server_key, lasting[0].access_key_id))
    console().print(keys.profile(parts), markup=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Keys:
    """An account with a key and its secret, and the ways to write them down."""

    account: Account
    credential: Credential
    secret: str

    def document(self) -> dict[str, str]:
        """For machines."""
        return {
            "name": self.account.name,
            "accountId": self.account.account_id,
            "accessKeyId": self.credential.access_key_id,
            "secretAccessKey": self.secret,
        }

    def exports(self, parts: Parts) -> str:
        """For a shell."""
        values = {
            "AWS_ACCESS_KEY_ID": self.credential.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_DEFAULT_REGION": parts.settings.regions[0],
            "AWS_ENDPOINT_URL": endpoint_of(parts),
        }
        return "\n".join(f"export {name}={value}" for name, value in values.items())

    def profile(self, parts: Parts) -> str:
        """For `~/.aws/config`, where a profile may hold its keys too."""
        lines = {
            "aws_access_key_id": self.credential.access_key_id,
            "aws_secret_access_key": self.secret,
            "region": parts.settings.regions[0],
            "endpoint_url": endpoint_of(parts),
        }
        return "\n".join((f"[profile {self.account.name}]", *(f"{name} = {value}" for name, value in lines.items())))


def endpoint_of(parts: Parts) -> str:
    """Where clients send their requests."""
    return f"http://{parts.settings.host}:{parts.settings.port}"

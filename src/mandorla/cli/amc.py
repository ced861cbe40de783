"""`mandorla account amc-client` and `amc-publisher`: who calls AMC's API, and who is AMC on this server."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated
from uuid import uuid4

import typer
from sqlalchemy import Connection

from mandorla.cli.output import console, print_json
from mandorla.cli.serve import Data, Database, settings_with
from mandorla.domain.account import Account, Caller
from mandorla.domain.amc import AmcAccount, AmcClient
from mandorla.domain.errors import NotFoundError
from mandorla.engines.synthetic_people import write_people
from mandorla.server.parts import Parts, open_parts
from mandorla.services.amc.login import (
    UNITED_STATES,
    authorization_code_of,
    client_secret_of,
    create_client,
    refresh_token_of,
)
from mandorla.services.amc.population import set_up_population
from mandorla.services.amc.publisher import NAME, choose_publisher, target_of
from mandorla.services.call import Call
from mandorla.store.accounts import create_account, find_account
from mandorla.store.database import committed
from mandorla.store.job_queue import JobQueue
from mandorla.store.records import Records

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def client(
    name: Annotated[str, typer.Argument(help="The party's name.")],
    amc_account_id: Annotated[str | None, typer.Option(help="The AMC account it works for; made if it is new.")] = None,
    marketplace_id: Annotated[str, typer.Option(help="The AMC account's marketplace.")] = UNITED_STATES,
    as_json: AsJson = False,
    data: Data = None,
    database: Database = None,
) -> None:
    """Make a client of Login with Amazon for a party: its id, secret, refresh token, and a code for five minutes.

    [bold]Example:[/bold] mandorla account amc-client advertiser
    """
    parts = open_parts(settings_with(data=data, database=database))

    def make(connection: Connection) -> tuple[AmcClient, AmcAccount]:
        records = Records(connection)
        party = find_account(records, name)
        if party is None:
            raise NotFoundError(f"There is no account {name!r}. Make it with: mandorla account create {name}")
        return create_client(
            records,
            account_id=party.account_id,
            name=party.name,
            amc_account_id=amc_account_id,
            marketplace_id=marketplace_id,
            now=parts.clock(),
        )

    made, account = committed(parts.database, make)
    document = {
        "clientId": made.client_id,
        "clientSecret": client_secret_of(parts.server_key, made.client_id),
        "refreshToken": refresh_token_of(parts.server_key, made.client_id),
        "authorizationCode": authorization_code_of(parts.server_key, made.client_id, now=parts.clock()),
        "amcAccountId": account.amc_account_id,
        "marketplaceId": account.marketplace_id,
        "tokenUrl": f"http://{parts.settings.host}:{parts.settings.port}/auth/o2/token",
    }
    if as_json:
        print_json(document)
        return
    for label, value in document.items():
        console().print(f"{label:18} {value}", markup=False, soft_wrap=True)


def publisher(
    name: Annotated[str, typer.Argument(help="The account that is AMC's own; made if it is new.")] = NAME,
    people: Annotated[
        int, typer.Option(help="How many made-up people to know, where it has no TARGET namespace yet.")
    ] = 10_000,
    as_json: AsJson = False,
    data: Data = None,
    database: Database = None,
) -> None:
    """Choose the account that is AMC on this server, and give it made-up people to match against if it has none.

    [bold]Example:[/bold] mandorla account amc-publisher
    """
    parts = open_parts(settings_with(data=data, database=database))
    with TemporaryDirectory(prefix="mandorla-") as folder:
        made_up = write_people(Path(folder), source_rows=people, target_rows=people, file_format="csv")

        def choose(connection: Connection) -> tuple[Account, str]:
            records = Records(connection)
            account = find_account(records, name) or new_account(records, parts, name)
            choose_publisher(records, account.account_id)
            target = target_of(records, account.account_id)
            call = call_as(parts, connection, account)
            return account, set_up_population(call, made_up) if target is None else target.id_namespace_arn

        account, arn = committed(parts.database, choose)
    if as_json:
        print_json({"name": account.name, "accountId": account.account_id, "idNamespaceArn": arn})
        return
    console().print(f"AMC on this server is {account.account_id} ({account.name}); people are mapped to {arn}.", soft_wrap=True)


def new_account(records: Records, parts: Parts, name: str) -> Account:
    """The account of that name, made now."""
    account, _ = create_account(records, name=name, account_id=None, now=parts.clock())
    return account


def call_as(parts: Parts, connection: Connection, account: Account) -> Call:
    """A call in an account's name, from the command line."""
    return Call(
        caller=Caller(account_id=account.account_id),
        region=parts.settings.regions[0],
        now=parts.clock(),
        request_id=str(uuid4()),
        records=Records(connection),
        jobs=JobQueue(connection),
        contents=parts.contents,
        limits=parts.limits,
        server_key=parts.server_key,
    )

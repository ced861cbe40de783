"""The commands, as one table, and what the shell sees when one of them refuses its input."""

import sys
from collections.abc import Callable

import typer
from typer.main import get_command

from mandorla.cli import account, check, demo, match, prepare, serve
from mandorla.cli.output import print_findings
from mandorla.domain.errors import InvalidInputError, MandorlaError

COMMANDS: dict[str, Callable[..., None]] = {
    "demo": demo.command,
    "prepare": prepare.command,
    "check": check.command,
    "match": match.command,
    "serve": serve.serve,
    "worker": serve.worker,
}
ACCOUNT_COMMANDS: dict[str, Callable[..., None]] = {"create": account.create, "profile": account.profile}


def build() -> typer.Typer:
    """The application with every command of the table."""
    app = typer.Typer(
        name="mandorla",
        help="An open clean room for identity data: prepare, check and match what two parties know, showing neither's records.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )
    for name, command in COMMANDS.items():
        app.command(name)(command)
    accounts = typer.Typer(help="The parties of the clean room and the keys they sign with.", no_args_is_help=True)
    for name, command in ACCOUNT_COMMANDS.items():
        accounts.command(name)(command)
    app.add_typer(accounts, name="account")
    app.callback()(whole)
    return app


def whole() -> None:
    """An open clean room for identity data."""


# Options that take several values after one another, as in `--source a.csv b.csv`.
SEVERAL = frozenset({"--source", "--target"})


def repeated(arguments: list[str]) -> list[str]:
    """The arguments with such an option written before each of its values.

    >>> repeated(["match", "--source", "a.csv", "b.csv", "--json"])
    ['match', '--source', 'a.csv', '--source', 'b.csv', '--json']
    """
    written: list[str] = []
    option = ""
    for argument in arguments:
        if argument.startswith("-"):
            option = argument if argument in SEVERAL else ""
            if not option:
                written.append(argument)
        else:
            written += [option, argument] if option else [argument]
    return written


def main(arguments: list[str] | None = None) -> None:
    """Run a command; findings go to stderr, one a line, and the exit code is 1."""
    try:
        get_command(build())(args=repeated(sys.argv[1:] if arguments is None else arguments), prog_name="mandorla")
    except InvalidInputError as error:
        print_findings(error.findings)
        sys.exit(1)
    except MandorlaError as error:
        sys.stderr.write(f"{error.message}\n")
        sys.exit(1)

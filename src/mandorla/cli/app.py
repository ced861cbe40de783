"""The commands, as one table, and what the shell sees when one of them refuses its input."""

import os
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

import typer
from typer.main import get_command

from mandorla.cli.output import print_findings, print_json
from mandorla.domain.errors import InvalidInputError, MandorlaError

# The commands and where they stand: only the one that is asked for is loaded. A table in the table is a group.
COMMANDS: dict[str, str | dict[str, str]] = {
    "demo": "mandorla.cli.demo:command",
    "prepare": "mandorla.cli.prepare:command",
    "check": "mandorla.cli.check:command",
    "match": "mandorla.cli.match:command",
    "serve": "mandorla.cli.serve:serve",
    "worker": "mandorla.cli.serve:worker",
    "account": {
        "create": "mandorla.cli.account:create",
        "profile": "mandorla.cli.account:profile",
        "amc-client": "mandorla.cli.amc:client",
        "amc-publisher": "mandorla.cli.amc:publisher",
    },
}
GROUPS = {"account": "The parties of the clean room and the keys they sign with."}


def build(names: Iterable[str] = tuple(COMMANDS)) -> typer.Typer:
    """The application with those commands of the table."""
    app = typer.Typer(
        name="mandorla",
        help="An open clean room for identity data: prepare, check and match what two parties know, showing neither's records.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )
    for name in names:
        place = COMMANDS[name]
        if isinstance(place, str):
            app.command(name)(function_at(place))
            continue
        group = typer.Typer(help=GROUPS[name], no_args_is_help=True)
        for member, place_of_member in place.items():
            group.command(member)(function_at(place_of_member))
        app.add_typer(group, name=name)
    app.callback()(whole)
    return app


def function_at(place: str) -> Callable[..., Any]:  # Any: commands return nothing that anybody reads
    """The function that `module:name` means."""
    module, _, name = place.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


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
    given = repeated(sys.argv[1:] if arguments is None else arguments)
    asked = [name for name in given[:1] if name in COMMANDS]
    try:
        get_command(build(asked or COMMANDS))(args=given, prog_name="mandorla")
    except InvalidInputError as error:
        print_findings(error.findings)
        if "--json" in given:
            print_json({"findings": [finding.as_json() for finding in error.findings]})
        sys.exit(1)
    except MandorlaError as error:
        sys.stderr.write(f"{error.message}\n")
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read our output, such as `head`, has seen enough; what is left in the buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        sys.stderr.write(f"{error.filename or 'The system'}: {(error.strerror or type(error).__name__).lower()}.\n")
        sys.exit(1)

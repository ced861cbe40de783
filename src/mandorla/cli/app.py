"""The commands, as one table, and what the shell sees when one of them refuses its input."""

import atexit
import gc
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.main import get_command

from mandorla.cli.output import print_findings, print_json
from mandorla.domain.errors import InvalidInputError, MandorlaError


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command stands, as `module:name`, and how its help begins: the overview of all commands loads none of them."""

    function: str
    summary: str


# Only the command that is asked for is loaded. A table in the table is a group.
COMMANDS: dict[str, Place | dict[str, Place]] = {
    "demo": Place(
        "mandorla.cli.demo:command",
        "The guide from files to answers on made-up people: an advertiser with 20,000 customers, "
        "a publisher with 20,000 users.",
    ),
    "prepare": Place(
        "mandorla.cli.prepare:command", "Normalize (and hash) identity files, and write what an upload needs beside them."
    ),
    "check": Place(
        "mandorla.cli.check:command",
        "Check data files and JSON payloads; one finding a line: CODE, where, what is wrong, how to mend it.",
    ),
    "match": Place(
        "mandorla.cli.match:command", "Map the unique ids of one table of people to those of another, by rules in order."
    ),
    "serve": Place("mandorla.cli.serve:serve", "Every API on one port, until Ctrl-C."),
    "worker": Place(
        "mandorla.cli.serve:worker",
        "Do the jobs of a server that uses the same data; ends when its standard input ends.",
    ),
    "account": {
        "create": Place("mandorla.cli.account:create", "Make an account and its first access key."),
        "profile": Place(
            "mandorla.cli.account:profile", "Print a profile for ~/.aws/config, with the endpoint and the account's key."
        ),
        "amc-client": Place(
            "mandorla.cli.amc:client",
            "Make a client of Login with Amazon for a party: its id, secret, refresh token, and a code for five minutes.",
        ),
        "amc-publisher": Place(
            "mandorla.cli.amc:publisher",
            "Choose the account that is AMC on this server, and give it made-up people to match against if it has none.",
        ),
    },
}
GROUPS = {"account": "The parties of the clean room and the keys they sign with."}


def build(names: Iterable[str] = tuple(COMMANDS), *, loaded: bool = True) -> typer.Typer:
    """The application with those commands of the table; not loaded, they only say what they are for."""
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
        if isinstance(place, Place):
            add(app, name, place, loaded=loaded)
            continue
        group = typer.Typer(help=GROUPS[name], no_args_is_help=True)
        for member, place_of_member in place.items():
            add(group, member, place_of_member, loaded=loaded)
        app.add_typer(group, name=name)
    app.callback()(whole)
    return app


def add(app: typer.Typer, name: str, place: Place, *, loaded: bool) -> None:
    """Make what stands at a place a command of that name."""
    if loaded:
        app.command(name)(function_at(place.function))
    else:
        app.command(name, help=place.summary)(whole)


def function_at(place: str) -> Callable[..., Any]:  # Any: commands return nothing that anybody reads
    """The function that `module:name` means."""
    module, _, name = place.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


def names_a_command(arguments: Sequence[str]) -> bool:
    """Whether the arguments begin with a command, not only with a group of some.

    >>> names_a_command(["match", "--help"]), names_a_command(["account", "create"]), names_a_command(["account", "--help"])
    (True, True, False)
    """
    found = COMMANDS.get(arguments[0]) if arguments else None
    return isinstance(found, Place) or (found is not None and arguments[1:2] != [] and arguments[1] in found)


def whole() -> None:
    """An open clean room for identity data."""


OBJECTS_BETWEEN_COLLECTIONS = 50_000

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
    # Loading makes many objects that all stay: looking for rubbish among them as often as Python does takes a tenth of a start.
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    # Nor is there any reason to look for it among all objects at the end, which takes longer than a small command.
    atexit.register(gc.freeze)
    given = repeated(sys.argv[1:] if arguments is None else arguments)
    asked = [name for name in given[:1] if name in COMMANDS]
    try:
        get_command(build(asked or COMMANDS, loaded=names_a_command(given)))(args=given, prog_name="mandorla")
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

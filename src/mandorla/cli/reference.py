"""The pages of `docs/reference/` that are generated from the tables they describe: `scripts/docs` writes, a test compares."""

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from typer.core import TyperArgument, TyperGroup, TyperOption
from typer.main import get_command

from mandorla.cli.app import build
from mandorla.domain import limits
from mandorla.domain.job import JOB_LIFECYCLE
from mandorla.domain.limits import DEFAULT_LIMITS
from mandorla.protect.reference import sql_reference
from mandorla.server.parts import SERVICES
from mandorla.server.settings import Settings
from mandorla.services.cleanrooms.change_requests import LIFECYCLE as CHANGE_REQUEST
from mandorla.wire.service_models import load_service_model

# What is worth naming one by one where it is not served; the others come and go with the service models' releases.
NAMED = ("entityresolution", "cleanrooms", "amc")
QUOTA = re.compile(r"^    (\w+): int = .*?# (.*)$", re.MULTILINE)
SETTINGS: Mapping[str, tuple[str, str]] = {
    "MANDORLA_DATA": ("data", "the folder that holds everything"),
    "MANDORLA_DATABASE": ("database", "`postgresql://…` in place of SQLite in that folder"),
    "MANDORLA_HOST": ("host", "the address to listen on"),
    "MANDORLA_PORT": ("port", "the port to listen on"),
    "MANDORLA_ENGINE": ("engine", "the engine that matches people in jobs: `auto` or one by its name"),
    "MANDORLA_REGIONS": ("regions", "the Regions that requests may be signed for, with commas between"),
}
ENGINE_SETTINGS = {
    "MANDORLA_MEMORY_LIMIT": ("4GB", "the memory that the engine of `match` and of jobs may use"),
    "MANDORLA_SPARK_REMOTE": (
        "local[*]",
        "where Spark is: `sc://host:port` of Spark Connect or Sail, or a master such as `spark://host:port`",
    ),
    "MANDORLA_SPARK_FOLDER": (
        "",
        "a folder that Spark's workers and this machine both see: a path, or `s3://bucket/prefix`; a temporary one without it",
    ),
}


def operations_page() -> str:
    """Which operations of each API are served."""
    return page("Operations", "Every operation of each API: those that are served, and what each does.", operations())


def operations() -> Iterator[str]:
    """A section a service."""
    for service, served in SERVICES.items():
        names = sorted(load_service_model(service).operation_names)
        missing = [name for name in names if name not in served]
        yield f"\n## {service}: {len(served)}\n"
        yield from table(("operation", "does"), ((f"`{name}`", sentence_of(served[name])) for name in names if name in served))
        if missing and service in NAMED:
            yield "\nNot served: " + ", ".join(f"`{name}`" for name in missing) + "."
        elif missing:
            yield "\nThe other operations of the model are not served."


def sentence_of(function: Callable[..., object]) -> str:
    """What a function's docstring says first."""
    return " ".join((inspect.getdoc(function) or "").split("\n\n")[0].split()).replace("|", "\\|")


def settings_page() -> str:
    """Every environment variable."""
    return page("Settings", "Read from the environment once; options of the command line win over them.", settings())


def settings() -> Iterator[str]:
    """The variables, then the quotas."""
    default = Settings()
    yield ""
    server = [(f"`{name}`", shown(getattr(default, field)), meaning) for name, (field, meaning) in SETTINGS.items()]
    engine = [(f"`{name}`", value, meaning) for name, (value, meaning) in ENGINE_SETTINGS.items()]
    yield from table(("variable", "default", "means"), [*server, *engine])
    yield "\n## Quotas and limits\n\nEach is adjusted by a variable of its own.\n"
    sources = dict(QUOTA.findall(inspect.getsource(limits)))
    rows = [
        (f"`MANDORLA_LIMIT_{quota.name.upper()}`", f"{getattr(DEFAULT_LIMITS, quota.name):,}", sources[quota.name])
        for quota in fields(DEFAULT_LIMITS)
    ]
    yield from table(("variable", "default", "source"), rows)


def shown(value: object) -> str:
    """A default as people write it."""
    return (",".join(value) if isinstance(value, tuple) else str(value)) or "-"


def commands_page() -> str:
    """The command line."""
    return page("Commands", "What `mandorla --help` and each command's `--help` say.", commands())


def commands() -> Iterator[str]:
    """A section a command, groups opened."""
    whole = get_command(build())
    assert isinstance(whole, TyperGroup)
    for name, command in sorted(whole.commands.items()):
        members = command.commands if isinstance(command, TyperGroup) else {"": command}
        for member, one in sorted(members.items()):
            yield f"\n## mandorla {name} {member}".rstrip() + "\n"
            yield re.sub(r"\[/?bold\]", "**", " ".join((one.help or "").split()))
            yield ""
            yield from table(("option", "means"), options_of(one.params))


def options_of(given: Sequence[object]) -> Iterator[tuple[str, str]]:
    """The names and the help of what a command takes."""
    for option in given:
        if isinstance(option, TyperArgument | TyperOption) and option.name != "help":
            names = "`, `".join(option.opts) if isinstance(option, TyperOption) else (option.name or "").upper()
            yield f"`{names}`", " ".join((option.help or "").split()).replace("|", "\\|")


def lifecycles_page() -> str:
    """What changes a status."""
    return page("Life cycles", "Drawn from the tables that decide.", lifecycles())


def lifecycles() -> Iterator[str]:
    """A diagram a life cycle."""
    for title, lifecycle in (("A job", JOB_LIFECYCLE), ("A change request of a collaboration", CHANGE_REQUEST)):
        yield f"\n## {title}\n\n```mermaid\nstateDiagram-v2"
        for (status, event), following in lifecycle.items():
            yield f"    {status} --> {following}: {event}"
        yield "```"


def page(title: str, sentence: str, lines: Iterator[str]) -> str:
    """A page that says where it comes from."""
    said = f"{sentence} Generated by `scripts/docs`; a test holds it to the code."
    return "\n".join([f"# {title}", "", said, *lines, ""])


def table(head: Sequence[str], rows: Iterator[tuple[str, ...]] | Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Lines of a table."""
    yield "| " + " | ".join(head) + " |"
    yield "| " + " | ".join("---" for _ in head) + " |"
    for row in rows:
        yield "| " + " | ".join(row) + " |"


PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "lifecycles.md": lifecycles_page,
    "operations.md": operations_page,
    "settings.md": settings_page,
    "sql.md": sql_reference,
}


def write_pages(folder: Path) -> None:
    """All of them, anew."""
    for name, write in PAGES.items():
        (folder / name).write_text(write(), encoding="utf-8")


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))

"""`mandorla serve` and the worker process that it starts beside itself."""

import gc
import logging
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Annotated

import typer

from mandorla.cli.match import EngineName
from mandorla.engines.fork_server import fork_server
from mandorla.server.listening import listen
from mandorla.server.parts import open_parts
from mandorla.server.settings import Settings, read_settings

Data = Annotated[Path | None, typer.Option("--data", help="The folder that holds everything.")]
Database = Annotated[str | None, typer.Option("--database", help="PostgreSQL in place of SQLite: postgresql://…")]
Engine = Annotated[EngineName | None, typer.Option("--engine", help="Who matches people in jobs; auto unless told otherwise.")]


def settings_with(**options: object) -> Settings:
    """The environment's settings, and over them what the command line gives."""
    return replace(read_settings(os.environ), **{name: value for name, value in options.items() if value is not None})  # type: ignore[arg-type]  # options have the settings' names and types


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on; 127.0.0.1 unless told otherwise.")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on; 4700 unless told otherwise.")] = None,
    data: Data = None,
    database: Database = None,
    engine: Engine = None,
) -> None:
    """Every API on one port, until Ctrl-C.

    [bold]Example:[/bold] mandorla serve --data ./clean-room
    """
    start_log()
    parts = open_parts(settings_with(host=host, port=port, data=data, database=database, engine=engine))
    keep_what_is_loaded()
    settings = parts.settings
    sys.stderr.write(f"mandorla listens on http://{settings.host}:{settings.port}, its data is in {settings.data_folder}\n")
    listen(parts)


def worker(data: Data = None, database: Database = None, engine: Engine = None) -> None:
    """Do the jobs of a server that uses the same data; ends when its standard input ends.

    [bold]Example:[/bold] mandorla worker --data ./clean-room
    """
    start_log()
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    Thread(target=stop_at_end_of_input, args=(stop,), daemon=True).start()
    fork_server().start()
    parts = open_parts(settings_with(data=data, database=database, engine=engine))
    keep_what_is_loaded()
    parts.worker().work(stop)


def stop_at_end_of_input(stop: Event) -> None:
    """The server holds the other end of our standard input: when it is gone, however it went, so are we."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    stop.set()


def keep_what_is_loaded() -> None:
    """Leave to the end of the process what starting it has made: to look through it for garbage takes a fifth of a second, and
    would keep some request waiting."""
    gc.collect()
    gc.freeze()


def start_log() -> None:
    """Lines on stderr: time, place, level, what happened. Nothing in them is a person's."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s", stream=sys.stderr)

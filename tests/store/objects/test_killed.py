"""A writer that is killed at any moment loses nothing that it acknowledged, and shows nothing that is not whole."""

import os
import random
import subprocess
import sys
from pathlib import Path
from threading import Timer

import pytest

from tests.conftest import REPOSITORY
from tests.store.objects.stores import open_store
from tests.store.objects.writing_process import body_of

KILLS = 4
NOTHING = -1


def killed_after(seconds: float, folder: Path, database_url: str, seed: str) -> list[list[str]]:
    """The lines that a writer told before it was killed."""
    command = [sys.executable, "-m", "tests.store.objects.writing_process", str(folder), database_url, seed]
    path = os.pathsep.join([str(REPOSITORY / "src"), str(REPOSITORY)])
    environment = {**os.environ, "PYTHONPATH": path}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY, env=environment) as writer:
        assert writer.stdout is not None
        told = [writer.stdout.readline()]
        assert told[0].startswith("begun"), "the writer has begun"
        timer = Timer(seconds, writer.kill)
        timer.start()
        told += writer.stdout.readlines()
        timer.join()
    return [line.split() for line in told if line.endswith("\n")]


@pytest.mark.parametrize("seed", [1, 2])
def test_what_was_acknowledged_is_whole_and_nothing_else_is_seen(own_database_url: str, tmp_path: Path, seed: int) -> None:
    chance, settled = random.Random(seed), 0
    possible: dict[str, set[int]] = {}  # the generations that each key may hold
    for number in range(KILLS):
        for event, key, generation in killed_after(
            chance.uniform(0.05, 0.7), tmp_path / "objects", own_database_url, f"{seed}-{number}"
        ):
            is_settled = event == "settled"
            settled += is_settled
            possible[key] = {int(generation)} if is_settled else possible.get(key, {NOTHING}) | {int(generation)}
        store = open_store(tmp_path / "objects", own_database_url)
        for key, generations in possible.items():
            bodies = [None if generation == NOTHING else body_of(key, generation) for generation in generations]
            assert store.bytes_of(key) in bodies, f"{key} holds none of the generations {generations}"
        store.database.dispose()
    assert settled, "the writer came to write"

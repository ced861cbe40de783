"""A scratch folder goes with its owner: at the end, or, where that was killed, when the next one comes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from mandorla.engines.scratch import PREFIX, SECONDS_TO_BE_HELD, ScratchFolder, remove_abandoned
from tests.conftest import REPOSITORY

HOLD = """
import sys, time
from pathlib import Path
from mandorla.engines.scratch import ScratchFolder
folder = ScratchFolder(Path(sys.argv[1]))
(folder.path / "keys").write_bytes(b"x" * 100)
print("held", flush=True)
time.sleep(600)
"""


def test_what_a_killed_process_left_is_removed_and_what_another_holds_is_not(tmp_path: Path) -> None:
    killed = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, cwd=REPOSITORY)
    assert killed.stdout is not None
    assert killed.stdout.readline() == b"held\n"
    mine = ScratchFolder(tmp_path)
    assert len(list(tmp_path.glob(f"{PREFIX}*"))) == 2
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    killed.stdout.close()
    remove_abandoned(tmp_path)
    assert list(tmp_path.iterdir()) == [mine.path]
    mine.close()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_being_made_is_left_alone_until_it_is_old(tmp_path: Path) -> None:
    folder = tmp_path / f"{PREFIX}new"
    folder.mkdir()
    remove_abandoned(tmp_path)
    assert folder.exists()
    long_ago = time.time() - 2 * SECONDS_TO_BE_HELD
    os.utime(folder, (long_ago, long_ago))
    remove_abandoned(tmp_path)
    assert not folder.exists()

"""The page for newcomers to AMC, run as it stands: every block of `docs/amc.md` in one shell, in an empty folder."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.story.serving import free_port

PAGE = Path(__file__).parents[2] / "docs" / "amc.md"


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_page_runs_as_it_stands(tmp_path: Path) -> None:
    blocks = re.findall(r"```bash\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    script = "\n".join(["set -euo pipefail", "trap 'kill %1' EXIT", *blocks])
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "MANDORLA_DATA": str(tmp_path / "data"),
        "MANDORLA_PORT": str(free_port()),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    metrics = json.loads((tmp_path / "job.json").read_text())["idMappingJob"]["metrics"]
    shown = json.loads((tmp_path / "metrics.json").read_text())
    assert {name: shown[name] for name in metrics} == metrics
    assert 800 < metrics["totalMappedSourceRecords"] < 1200
    said = done.stdout.splitlines()
    assert "ACTIVE" in said
    assert any("can be refreshed again from" in line for line in said)
    assert any("was not deleted" in line for line in said)
    assert said[-1] == "204"
    assert "campaign" in done.stdout

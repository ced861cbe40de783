"""AMC's description is served, and whatever it allows is answered as it says: no fault of ours, no other schema or status."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.depth import deep
from tests.listening import listening
from tests.services.amc.ads import new_room
from tests.wire_cases import send


def test_schemathesis_finds_no_fault(tmp_path: Path) -> None:
    with listening(tmp_path / "server") as server:
        room = new_room(server)
        status, _, text = send("GET", f"{server.endpoint}/amc/openapi.json", {}, b"")
        assert (status, len(json.loads(text)["paths"])) == (200, 28)
        command = [str(Path(sys.executable).parent / "schemathesis"), "run", f"{server.endpoint}/amc/openapi.json"]
        headers = {**room.ads.headers(), "Amazon-Marketing-Cloud-Audience-InstanceId": room.instance_id}
        for name, value in headers.items():
            command += ["-H", f"{name}: {value}"]
        command += ["--checks", "not_a_server_error,response_schema_conformance,status_code_conformance"]
        command += ["--max-examples", str(deep(10)), "--phases", "examples,coverage,fuzzing", "--seed", "1", "--workers", "1"]
        command += ["--exclude-deprecated", "--no-color", "--generation-deterministic"]
        environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, cwd=tmp_path, env=environment)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]

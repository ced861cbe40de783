"""AWS SDK for pandas, unmodified, asks a protected question and reads the answer; the environment names the endpoints."""

import subprocess
import sys

from tests.listening import Listening
from tests.services.cleanrooms.rooms import Room
from tests.services.cleanrooms.test_protected_queries import JOINED, room

__all__ = ["room"]

PROGRAM = """
import sys
import awswrangler
sql, membership, bucket = sys.argv[1:]
frame = awswrangler.cleanrooms.read_sql_query(
    sql=sql, membership_id=membership, output_bucket=bucket, output_prefix="frames"
)
print(sorted(zip(frame["campaign"], map(int, frame["events"]))))
"""


def test_a_question_becomes_a_frame(server: Listening, room: Room) -> None:
    arguments = [JOINED, room.membership_of(room.advertiser), f"{room.advertiser.bucket}-results"]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, *arguments],
        env=server.environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[('c0', 6), ('c1', 9)]"

"""A kill at any moment loses nothing that was acknowledged: workers between stages, servers amid uploads and populates."""

import sys
import time
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.listening import listening
from tests.mortal_workers import outlived
from tests.services.cleanrooms.rooms import room_with_mapping
from tests.services.entityresolution.test_id_mapping_jobs import mapping_of, prepared
from tests.story.serving import Shell, free_port, serving, start
from tests.world import MAPPED

DYING_WORKER = "tests.services.entityresolution.dying_worker"
PLACES = [f"{when} {number}" for number in range(3) for when in ("before", "after")]


@pytest.mark.parametrize("place", PLACES)
def test_a_mapping_is_the_same_wherever_its_worker_is_killed(tmp_path: Path, own_database_url: str, place: str) -> None:
    with listening(tmp_path, database=own_database_url, with_worker=False) as server:
        advertiser, _ = prepared(server)
        client = advertiser.client("entityresolution")
        started = client.start_id_mapping_job(workflowName=advertiser.name)
        command = [sys.executable, "-m", DYING_WORKER, str(tmp_path), own_database_url, place]
        named = {"workflowName": advertiser.name, "jobId": started["jobId"]}
        deaths, job = outlived(
            command,
            lambda: dict(client.get_id_mapping_job(**named)),
            lambda said: said["status"] in ("SUCCEEDED", "FAILED"),
            seconds=240,
        )
        assert deaths == 1
        assert job["status"] == "SUCCEEDED", job
        assert mapping_of(advertiser, job) == MAPPED
        assert job["metrics"]["newMappedRecords"] == 3


def s3_of(shell: Shell) -> Any:
    """S3 as a party, which gives up at once."""
    return boto3.client(
        "s3",
        endpoint_url=shell.environment["AWS_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id=shell.environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=shell.environment["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"max_attempts": 0}, connect_timeout=2, read_timeout=5),
    )


def test_every_acknowledged_object_outlives_its_server(tmp_path: Path, own_database_url: str) -> None:
    data = tmp_path / "data"
    with serving(data, own_database_url) as program:
        shell = program.party("advertiser", "111122223333")
        client = s3_of(shell)
        client.create_bucket(Bucket="kept")
        acknowledged: list[int] = []

        def upload() -> None:
            for number in range(10_000):
                try:
                    client.put_object(Bucket="kept", Key=f"{number:05}", Body=f"{number}".encode() * 20_000)
                except (BotoCoreError, ClientError):
                    return
                acknowledged.append(number)

        uploading = Thread(target=upload)
        uploading.start()
        while len(acknowledged) < 30:
            time.sleep(0.01)
        program.process.kill()
        program.process.wait()
        uploading.join(timeout=30)
        again = start(data, program.port, own_database_url)
        try:
            pages = client.get_paginator("list_objects_v2").paginate(Bucket="kept")
            listed = {one["Key"] for page in pages for one in page.get("Contents", [])}
            assert {f"{number:05}" for number in acknowledged} <= listed
            # At most the one that was on its way is there too; whatever is listed is whole.
            assert len(listed) <= len(acknowledged) + 1
            for key in listed:
                body = client.get_object(Bucket="kept", Key=key)["Body"].read()
                assert body == f"{int(key)}".encode() * 20_000
        finally:
            again.process.terminate()
            again.process.wait()


def test_a_populate_goes_on_after_its_server_was_killed(tmp_path: Path, own_database_url: str) -> None:
    with listening(tmp_path, database=own_database_url, with_worker=False) as server:
        room, table = room_with_mapping(server)
        place = {"membershipIdentifier": room.membership_of(room.advertiser), "idMappingTableIdentifier": table["id"]}
        started = room.client(room.advertiser).populate_id_mapping_table(**place)
    program = start(tmp_path, free_port(), own_database_url)
    time.sleep(0.3)
    program.process.kill()
    program.process.wait()
    with listening(tmp_path, database=own_database_url, is_new=False) as server:
        client = server.client("entityresolution")
        job_id, deadline = started["idMappingJobId"].replace("-", ""), time.monotonic() + 240
        while (job := client.get_id_mapping_job(workflowName=room.advertiser.name, jobId=job_id))["status"] not in (
            "SUCCEEDED",
            "FAILED",
        ):
            assert time.monotonic() < deadline, job
            time.sleep(0.1)
        assert (job["status"], job["metrics"]["totalMappedRecords"]) == ("SUCCEEDED", 3)

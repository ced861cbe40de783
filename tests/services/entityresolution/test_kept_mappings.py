"""Incremental jobs on kernels: only what changed is read again, and the mapping is the one of a run over everything."""

import os
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mandorla.domain.progress import unheard
from mandorla.engines.on_kernels.mapper import KernelMapper
from tests.listening import Listening, listening
from tests.mortal_workers import outlived
from tests.services.entityresolution.test_id_mapping_jobs import create_workflow, mapping_of, run
from tests.world import Party, two_parties, until

SOURCE_HEADER, TARGET_HEADER = "customerid,email,phone", "userid,email,phone"
FILES, ROWS = 20, 20


@pytest.fixture(scope="module")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A server whose worker matches people on kernels."""
    with closing(KernelMapper()) as mapper:
        mapper.compile(unheard)  # else the first job would take a minute
    with listening(tmp_path_factory.mktemp("kernels"), engine="kernels") as running:
        yield running


def rows_of(file: int, prefix: str) -> list[str]:
    """A file's people, each with an address of its own."""
    return [f"{prefix}{file}-{row},p{file}-{row}@example.com," for row in range(ROWS)]


def table(header: str, rows: list[str]) -> str:
    """A file of a table."""
    return "\n".join([header, *rows, ""])


def parties_with_many_files(server: Listening) -> tuple[Party, Party]:
    """Both sides in many files, and a workflow between them."""
    advertiser, publisher = two_parties(server)
    target = publisher.add_target(table(TARGET_HEADER, rows_of(0, "u")))
    source = advertiser.add_source(table(SOURCE_HEADER, rows_of(0, "c")))
    for file in range(1, FILES):
        advertiser.upload("source", table(SOURCE_HEADER, rows_of(file, "c")), f"part-{file}.csv")
        publisher.upload("target", table(TARGET_HEADER, rows_of(file, "u")), f"part-{file}.csv")
    publisher.share(target)
    create_workflow(advertiser, source, target)
    return advertiser, publisher


def kept_files(server: Listening) -> dict[str, int]:
    """What is kept of files, and when each was written."""
    files = (server.parts.settings.data_folder / "kept").glob("*/*-source-*")
    return {file.name: file.stat().st_mtime_ns for file in files}


def change_some(advertiser: Party, publisher: Party) -> None:
    """One file of each side is another, one of the source goes, one comes."""
    other = ["c3-0,p4-0@example.com,", *rows_of(3, "c")[2:], "late,p5-5@example.com,"]
    advertiser.upload("source", table(SOURCE_HEADER, other), "part-3.csv")
    advertiser.client("s3").delete_object(Bucket=advertiser.bucket, Key="source/part-7.csv")
    advertiser.upload("source", table(SOURCE_HEADER, ["came,p9-9@example.com,", "c8-1,,"]), "part-99.csv")
    # u11-0 goes; p11-1's smaller id comes; p12-0 has two target ids now, of which the smaller one is taken.
    publisher.upload(
        "target", table(TARGET_HEADER, [*rows_of(11, "u")[1:], "a,p11-1@example.com,", "a,p12-0@example.com,"]), "part-11.csv"
    )


def test_a_refresh_reads_what_changed_and_is_a_run_over_everything(kernels: Listening, tmp_path: Path) -> None:
    advertiser, publisher = parties_with_many_files(kernels)
    first = run(advertiser)
    assert (first["status"], first["metrics"]["totalMappedRecords"]) == ("SUCCEEDED", FILES * ROWS)
    before = kept_files(kernels)
    change_some(advertiser, publisher)
    refreshed = run(advertiser, jobType="INCREMENTAL")
    assert refreshed["status"] == "SUCCEEDED", refreshed
    after = kept_files(kernels)
    assert {name: time for name, time in after.items() if name in before} == before
    assert len(after.keys() - before.keys()) == 2
    mapping = mapping_of(advertiser, refreshed)
    assert (mapping["c3-0"], mapping["late"], mapping["came"], mapping["c11-1"]) == ("u4-0", "u5-5", "u9-9", "a")
    assert mapping["c12-0"] == "a"
    assert not {"c3-1", "c7-0", "c11-0"} & mapping.keys()
    again = run(advertiser, jobType="BATCH")
    assert mapping_of(advertiser, again) == mapping
    totals = [name for name in again["metrics"] if not name.startswith("new") and "Removed" not in name]
    assert {name: again["metrics"][name] for name in totals} == {name: refreshed["metrics"][name] for name in totals}
    assert (again["metrics"]["newMappedRecords"], again["metrics"]["mappedRecordsRemoved"]) == (0, 0)
    with closing(KernelMapper()) as mapper:
        mapper.compile(unheard)  # else the first job would take a minute
    with listening(tmp_path / "reference", engine="duckdb") as reference:
        other_advertiser, other_publisher = parties_with_many_files(reference)
        run(other_advertiser)
        change_some(other_advertiser, other_publisher)
        assert run(other_advertiser, jobType="INCREMENTAL")["metrics"] == refreshed["metrics"]


def test_refreshes_follow_each_other_and_what_is_no_longer_needed_goes(kernels: Listening) -> None:
    folders = [kernels.parts.settings.data_folder / name for name in ("mappings", "kept")]
    others = {entry for folder in folders if folder.exists() for entry in folder.iterdir()}
    advertiser, publisher = parties_with_many_files(kernels)
    run(advertiser)
    change_some(advertiser, publisher)
    run(advertiser, jobType="INCREMENTAL")
    unchanged = run(advertiser, jobType="INCREMENTAL")
    assert unchanged["metrics"]["inputRecords"] == 0
    publisher.upload("target", table(TARGET_HEADER, rows_of(11, "u")), "part-11.csv")
    last = run(advertiser, jobType="INCREMENTAL")
    mapping = mapping_of(advertiser, last)
    assert (mapping["c11-0"], mapping["c11-1"], mapping["c12-0"]) == ("u11-0", "u11-1", "u12-0")
    assert (last["metrics"]["newMappedRecords"], last["metrics"]["mappedRecordsRemoved"]) == (3, 2)
    deleted = run(advertiser, jobType="DELETE_ONLY")
    assert mapping_of(advertiser, deleted) == mapping
    assert mapping_of(advertiser, run(advertiser, jobType="BATCH")) == mapping
    mappings, kept = ([entry for entry in folder.iterdir() if entry not in others] for folder in folders)
    assert (len(mappings), len(kept)) == (1, 1), mappings
    advertiser.client("entityresolution").delete_id_mapping_workflow(workflowName=advertiser.name)
    until(lambda: {"status": "RUNNING" if kept[0].exists() else "SUCCEEDED"})


@pytest.mark.parametrize("place", ["after 1", "after 2"])
def test_a_refresh_is_the_same_wherever_its_worker_is_killed(kernels: Listening, tmp_path: Path, place: str) -> None:
    assert kernels.port  # its fixture compiles
    database = f"sqlite:///{tmp_path / 'records.sqlite'}"
    with listening(tmp_path, database=database, engine="kernels") as server:
        advertiser, publisher = parties_with_many_files(server)
        assert run(advertiser)["status"] == "SUCCEEDED"
        change_some(advertiser, publisher)
    with listening(tmp_path, database=database, engine="kernels", with_worker=False, is_new=False) as server:
        client = server.client("entityresolution")
        started = client.start_id_mapping_job(workflowName=advertiser.name, jobType="INCREMENTAL")
        command = [sys.executable, "-m", "tests.services.entityresolution.dying_worker", str(tmp_path), database, place]
        environment = {**os.environ, "MANDORLA_ENGINE": "kernels"}
        named = {"workflowName": advertiser.name, "jobId": started["jobId"]}
        deaths, job = outlived(
            command,
            lambda: dict(client.get_id_mapping_job(**named)),
            lambda said: said["status"] in ("SUCCEEDED", "FAILED"),
            seconds=240,
            environment=environment,
        )
        assert (deaths, job["status"], job["metrics"]["newMappedRecords"]) == (1, "SUCCEEDED", 5)
    with listening(tmp_path, database=database, engine="kernels", is_new=False) as server:
        again = replace(advertiser, server=server)
        refreshed = mapping_of(again, job)
        assert mapping_of(again, run(again, jobType="BATCH")) == refreshed

"""ID mapping workflows and their jobs, from two accounts' tables to a mapping in a bucket."""

import csv
import io
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mandorla.domain.workflows import MappingVersion
from mandorla.store.database import transaction
from mandorla.store.records import Records
from tests.listening import PUBLISHER, Listening
from tests.world import MAPPED, RULES, SOURCE_CSV, TARGET_CSV, Party, document, new_party, new_role, reading, two_parties, until


def create_workflow(advertiser: Party, source: str, target: str, **more: Any) -> str:
    """A workflow from the advertiser's source to a target, with its mapping written to the advertiser's bucket."""
    advertiser.client("entityresolution").create_id_mapping_workflow(
        workflowName=advertiser.name,
        inputSourceConfig=[{"inputSourceARN": source, "type": "SOURCE"}, {"inputSourceARN": target, "type": "TARGET"}],
        idMappingTechniques={
            "idMappingType": "RULE_BASED",
            "ruleBasedProperties": {
                "ruleDefinitionType": "TARGET",
                "attributeMatchingModel": "ONE_TO_ONE",
                "recordMatchingModel": "MANY_SOURCE_TO_ONE_TARGET",
            },
        },
        outputSourceConfig=[{"outputS3Path": f"s3://{advertiser.bucket}/out/"}],
        roleArn=advertiser.role_arn,
        **more,
    )
    return advertiser.name


def run(advertiser: Party, **arguments: Any) -> dict[str, Any]:
    """One job from start to end."""
    client = advertiser.client("entityresolution")
    started = client.start_id_mapping_job(workflowName=advertiser.name, **arguments)
    return until(lambda: client.get_id_mapping_job(workflowName=advertiser.name, jobId=started["jobId"]))


def mapping_of(advertiser: Party, job: dict[str, Any]) -> dict[str, str]:
    """The mapping that a job wrote."""
    key = f"out/{advertiser.name}/{job['jobId']}/success/mapping.csv"
    body = advertiser.client("s3").get_object(Bucket=advertiser.bucket, Key=key)["Body"].read().decode()
    return {row["sourceId"]: row["targetId"] for row in csv.DictReader(io.StringIO(body))}


def prepared(server: Listening) -> tuple[Party, Party]:
    """Two parties with a workflow between them."""
    advertiser, publisher = two_parties(server)
    target = publisher.add_target()
    publisher.share(target)
    create_workflow(advertiser, advertiser.add_source(), target)
    return advertiser, publisher


def test_a_mapping_across_two_accounts(server: Listening) -> None:
    advertiser, _ = prepared(server)
    job = run(advertiser)
    assert job["status"] == "SUCCEEDED", job
    assert mapping_of(advertiser, job) == MAPPED
    metrics = job["metrics"]
    assert (metrics["inputRecords"], metrics["totalRecordsProcessed"], metrics["recordsNotProcessed"]) == (8, 8, 0)
    assert (metrics["totalMappedSourceRecords"], metrics["totalMappedTargetRecords"]) == (3, 3)
    assert (metrics["newMappedRecords"], metrics["mappedRecordsRemoved"], metrics["uniqueRecordsLoaded"]) == (3, 0, 8)
    listed = advertiser.client("entityresolution").list_id_mapping_jobs(workflowName=advertiser.name)["jobs"]
    assert [one["jobId"] for one in listed] == [job["jobId"]]


def test_what_changed_is_counted_and_what_did_not_is_not_read_again(server: Listening) -> None:
    advertiser, _ = prepared(server)
    first = run(advertiser)
    again = run(advertiser, jobType="INCREMENTAL")
    assert again["metrics"]["totalMappedRecords"] == 3
    assert (again["metrics"]["inputRecords"], again["metrics"]["newMappedRecords"]) == (0, 0)
    assert mapping_of(advertiser, again) == mapping_of(advertiser, first)
    advertiser.upload("source", SOURCE_CSV.replace("john@example.com", "someone@example.com"))
    changed = run(advertiser, jobType="INCREMENTAL")
    assert mapping_of(advertiser, changed) == {**MAPPED, "1": "u-d"}
    metrics = changed["metrics"]
    assert (metrics["newMappedRecords"], metrics["mappedRecordsRemoved"]) == (1, 1)
    assert (metrics["newMappedTargetRecords"], metrics["mappedTargetRecordsRemoved"]) == (1, 1)
    assert (metrics["newMappedSourceRecords"], metrics["mappedSourceRecordsRemoved"]) == (0, 0)


def with_marks(csv_text: str, *deleted: str) -> str:
    """A table with a DELETE column that marks some ids."""
    header, *rows = csv_text.splitlines()
    marked = [f"{row},{'true' if row.split(',')[0] in deleted else ''}" for row in rows]
    return "\n".join([f"{header},delete", *marked, ""])


def test_a_run_that_only_deletes_maps_nobody(server: Listening) -> None:
    advertiser, publisher = two_parties(server)
    target = publisher.add_target(with_marks(TARGET_CSV))
    publisher.share(target)
    create_workflow(advertiser, advertiser.add_source(with_marks(SOURCE_CSV)), target)
    nothing = run(advertiser, jobType="DELETE_ONLY")
    assert (nothing["status"], nothing["metrics"]["totalMappedRecords"], mapping_of(advertiser, nothing)) == (
        "SUCCEEDED",
        0,
        {},
    )
    first = run(advertiser)
    assert (mapping_of(advertiser, first), first["metrics"]["uniqueRecordsLoaded"]) == (MAPPED, 8)
    # One source and one target are marked; another source could be mapped anew, by its phone.
    advertiser.upload("source", with_marks(SOURCE_CSV.replace("503-555-0123", "425-555-0142"), "1"))
    publisher.upload("target", with_marks(TARGET_CSV, "u-c"))
    for removed in (2, 0):
        only = run(advertiser, jobType="DELETE_ONLY")
        assert mapping_of(advertiser, only) == {"2": "u-b"}
        metrics = only["metrics"]
        assert (metrics["inputRecords"], metrics["totalRecordsProcessed"], metrics["deleteRecordsProcessed"]) == (2, 2, 2)
        assert (metrics["newMappedRecords"], metrics["mappedRecordsRemoved"]) == (0, removed)
        assert (metrics["totalMappedRecords"], metrics["uniqueRecordsLoaded"], metrics["newUniqueRecordsLoaded"]) == (1, 6, 0)
    incremental = run(advertiser, jobType="INCREMENTAL")
    assert mapping_of(advertiser, incremental) == {"2": "u-b", "4": "u-b"}
    assert (incremental["metrics"]["newMappedRecords"], incremental["metrics"]["mappedRecordsRemoved"]) == (1, 0)
    assert incremental["metrics"]["deleteRecordsProcessed"] == 2


def test_terms_that_changed_before_a_run_that_only_deletes_hold_in_the_next(server: Listening) -> None:
    advertiser, publisher = prepared(server)
    assert mapping_of(advertiser, run(advertiser)) == MAPPED
    properties = {"ruleDefinitionTypes": ["TARGET"], "rules": RULES[:1]}
    publisher.client("entityresolution").update_id_namespace(
        idNamespaceName=f"{publisher.name}-target",
        idMappingWorkflowProperties=[{"idMappingType": "RULE_BASED", "ruleBasedProperties": properties}],
    )
    assert mapping_of(advertiser, run(advertiser, jobType="DELETE_ONLY")) == MAPPED
    assert mapping_of(advertiser, run(advertiser, jobType="INCREMENTAL")) == {"1": MAPPED["1"]}


def test_the_present_mapping_is_one_file_that_no_old_one_lies_beside(server: Listening) -> None:
    advertiser, _ = prepared(server)
    jobs = [run(advertiser, jobType="BATCH") for _ in range(2)]
    arn = f"arn:aws:entityresolution:us-east-1:{advertiser.account_id}:idmappingworkflow/{advertiser.name}"
    with transaction(server.parts.database, writes=False) as connection:
        version = Records(connection).get(MappingVersion, advertiser.account_id, arn)
    folder = server.parts.settings.data_folder / "mappings"
    assert version.job_id == jobs[1]["jobId"]
    assert (folder / version.file_name).exists()
    assert not (folder / f"{jobs[0]['jobId']}.parquet").exists()


def test_a_target_that_was_not_shared_is_not_there(server: Listening) -> None:
    advertiser, publisher = two_parties(server)
    source, target = advertiser.add_source(), publisher.add_target()
    with pytest.raises(ClientError, match=r"ValidationException.*was not found, or its owner's policy"):
        create_workflow(advertiser, source, target)


def test_terms_that_exclude_each_other_are_refused_when_the_workflow_is_made(server: Listening) -> None:
    advertiser, publisher = two_parties(server)
    target = publisher.add_namespace("TARGET", TARGET_CSV, ruleDefinitionTypes=["SOURCE"], rules=RULES)
    publisher.share(target)
    with pytest.raises(ClientError, match=r"ValidationException.*not compatible"):
        create_workflow(advertiser, advertiser.add_source(), target)


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        ([], "glue:GetTable"),
        ([{"Effect": "Allow", "Action": "glue:GetTable", "Resource": "*"}], "s3:ListBucket"),
        ([{"Effect": "Allow", "Action": ["glue:GetTable", "s3:ListBucket"], "Resource": "*"}], "s3:GetObject"),
    ],
)
def test_a_role_that_may_not_read_fails_the_job_by_name(server: Listening, statements: list[Any], said: str) -> None:
    advertiser, _ = prepared(server)
    iam = advertiser.client("iam")
    policy = document(*statements) if statements else None
    iam.delete_role_policy(RoleName=advertiser.name, PolicyName="own")
    if policy:
        iam.put_role_policy(RoleName=advertiser.name, PolicyName="own", PolicyDocument=policy)
    job = run(advertiser)
    assert job["status"] == "FAILED"
    assert (
        f"{advertiser.role_arn} is not authorized to perform: {said} on resource: arn:" in job["errorDetails"]["errorMessage"]
    )


@pytest.mark.parametrize(
    ("csv_text", "said"),
    [
        (SOURCE_CSV.replace("email,phone", "phone,email", 1), "column 2 is 'phone', in the Glue table"),
        (SOURCE_CSV.splitlines()[0].replace(",zip", "") + "\n", "6 columns"),
        (None, "has no data at s3://"),
    ],
)
def test_data_that_cannot_be_read_fails_the_job_in_a_sentence(server: Listening, csv_text: str | None, said: str) -> None:
    advertiser, _ = prepared(server)
    if csv_text is None:
        advertiser.client("s3").delete_object(Bucket=advertiser.bucket, Key="source/part-0.csv")
    else:
        advertiser.upload("source", csv_text)
    job = run(advertiser)
    assert job["status"] == "FAILED"
    assert said in job["errorDetails"]["errorMessage"]
    assert "example.com" not in job["errorDetails"]["errorMessage"]


def test_only_one_job_of_an_account_runs(server: Listening) -> None:
    advertiser, _ = prepared(server)
    client = advertiser.client("entityresolution")
    started = client.start_id_mapping_job(workflowName=advertiser.name)
    with pytest.raises(client.exceptions.ConflictException, match="currently running"):
        client.start_id_mapping_job(workflowName=advertiser.name)
    until(lambda: client.get_id_mapping_job(workflowName=advertiser.name, jobId=started["jobId"]))


def test_a_stranger_finds_neither_the_workflow_nor_its_jobs(server: Listening) -> None:
    advertiser, _ = prepared(server)
    job = run(advertiser)
    stranger = server.client("entityresolution", PUBLISHER)
    absent = stranger.exceptions.ResourceNotFoundException
    arn = f"arn:aws:entityresolution:us-east-1:{advertiser.account_id}:idmappingworkflow/{advertiser.name}"
    with pytest.raises(absent):
        stranger.get_id_mapping_workflow(workflowName=advertiser.name)
    for name in (advertiser.name, arn):
        with pytest.raises(absent):
            stranger.get_id_mapping_job(workflowName=name, jobId=job["jobId"])


def test_a_workflow_without_a_type_of_its_inputs_takes_that_of_the_namespaces(server: Listening) -> None:
    advertiser, publisher = two_parties(server)
    target = publisher.add_target()
    publisher.share(target)
    client = advertiser.client("entityresolution")
    client.create_id_mapping_workflow(
        workflowName=advertiser.name,
        inputSourceConfig=[{"inputSourceARN": advertiser.add_source()}, {"inputSourceARN": target}],
        idMappingTechniques={"idMappingType": "RULE_BASED", "ruleBasedProperties": MODEL},
    )
    job = run(advertiser)
    assert (job["status"], job["metrics"]["totalMappedRecords"]) == ("SUCCEEDED", 3)
    client.delete_id_mapping_workflow(workflowName=advertiser.name)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.start_id_mapping_job(workflowName=advertiser.name)


MODEL = {
    "ruleDefinitionType": "TARGET",
    "attributeMatchingModel": "ONE_TO_ONE",
    "recordMatchingModel": "MANY_SOURCE_TO_ONE_TARGET",
}


def test_a_role_of_anothers_account_cannot_be_passed(server: Listening) -> None:
    advertiser, publisher = new_party(server), new_party(server, PUBLISHER)
    table = advertiser.add_table("source", SOURCE_CSV)
    advertiser.add_schema(advertiser.name, SOURCE_CSV)
    client = advertiser.client("entityresolution")
    role = new_role(server, advertiser.account_id, f"{advertiser.name}-untrusted", reading(advertiser.bucket))
    advertiser.client("iam").update_assume_role_policy(
        RoleName=f"{advertiser.name}-untrusted",
        PolicyDocument=document(
            {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ),
    )
    for role_arn, said in ((publisher.role_arn, "is no role of account"), (role, "trust policy must allow")):
        with pytest.raises(client.exceptions.AccessDeniedException, match=said):
            client.create_id_namespace(
                idNamespaceName=advertiser.name,
                type="SOURCE",
                inputSourceConfig=[{"inputSourceARN": table, "schemaName": advertiser.name}],
                roleArn=role_arn,
            )

"""ID namespace associations and ID mapping tables: what members bring to join by, and who may do what with it."""

import pytest
from botocore.exceptions import ClientError

from tests.listening import ADVERTISER, Listening
from tests.services.cleanrooms.rooms import Room, new_room, room_with_mapping
from tests.world import Party


def test_a_table_is_not_ready_until_it_is_populated(server: Listening) -> None:
    room, table = room_with_mapping(server)
    place = {"collaborationIdentifier": room.collaboration_id}
    for party in (room.advertiser, room.publisher):
        [schema] = room.client(party).list_schemas(**place)["schemaSummaries"]
        assert (schema["name"], schema["type"], schema["creatorAccountId"]) == ("mapping", "ID_MAPPING_TABLE", ADVERTISER)
    seen = room.client(room.publisher).get_schema(**place, name="mapping")["schema"]
    [status] = seen["schemaStatusDetails"]
    assert (status["status"], status["reasons"][0]["code"]) == ("NOT_READY", "ID_MAPPING_TABLE_NOT_POPULATED")
    job = room.populate(table)
    assert (job["status"], job["metrics"]["totalMappedRecords"]) == ("SUCCEEDED", 3)
    [status] = room.client(room.publisher).get_schema(**place, name="MAPPING")["schema"]["schemaStatusDetails"]
    assert status["status"] == "READY"
    assert [column["name"] for column in seen["columns"]] == ["source_id", "target_id"]


# Clean Rooms user guide, analysis-rules-id-mapping-table: requireOverlap and dimensionColumns by the sides whose owner lets
# its ids be a dimension.
STATES: dict[tuple[str, ...], tuple[list[str], list[str]]] = {
    (): (["source_id", "target_id"], []),
    ("source",): (["target_id"], ["source_id"]),
    ("target",): (["source_id"], ["target_id"]),
    ("source", "target"): ([], ["source_id", "target_id"]),
}


def test_the_rule_of_a_mapping_table_makes_itself_in_its_four_states(server: Listening) -> None:
    room, _ = room_with_mapping(server)
    asked = {"collaborationIdentifier": room.collaboration_id, "name": "mapping", "type": "ID_MAPPING_TABLE"}
    for opened, (overlap, dimensions) in STATES.items():
        for side, party in (("source", room.advertiser), ("target", room.publisher)):
            open_side(room, party, is_open=side in opened)
        for party in (room.advertiser, room.publisher):
            rule = room.client(party).get_schema_analysis_rule(**asked)["analysisRule"]
            assert rule["policy"]["v1"]["idMappingTable"] == {
                "joinColumns": ["source_id", "target_id"],
                "queryConstraints": [{"requireOverlap": {"columns": overlap}}],
                "dimensionColumns": dimensions,
            }


def open_side(room: Room, party: Party, *, is_open: bool) -> None:
    """Let a party's ids be a dimension, or not."""
    client, membership = room.client(party), {"membershipIdentifier": room.membership_of(party)}
    [association] = client.list_id_namespace_associations(**membership)["idNamespaceAssociationSummaries"]
    client.update_id_namespace_association(
        **membership,
        idNamespaceAssociationIdentifier=association["id"],
        idMappingConfig={"allowUseAsDimensionColumn": is_open},
    )


def test_a_shared_namespace_cannot_be_mapped_into_a_bucket(server: Listening) -> None:
    room = new_room(server)
    source, target = room.advertiser.add_source(), room.publisher.add_target()
    room.associate(room.publisher, target, "theirs")
    place = f"s3://{room.advertiser.bucket}/out/"
    with pytest.raises(ClientError, match=r"ValidationException.*owner's policy does not let you"):
        room.add_workflow(source, target, outputSourceConfig=[{"outputS3Path": place}], roleArn=room.advertiser.role_arn)
    room.add_workflow(source, target)
    client = room.advertiser.client("entityresolution")
    outputs = [{"outputS3Path": place, "roleArn": room.advertiser.role_arn}]
    with pytest.raises(ClientError, match=r"ValidationException.*owner's policy does not let you"):
        client.start_id_mapping_job(workflowName=room.advertiser.name, outputSourceConfig=outputs)


def test_what_is_taken_away_can_be_used_no_more(server: Listening) -> None:
    room, table = room_with_mapping(server)
    client, membership = room.client(room.publisher), {"membershipIdentifier": room.membership_of(room.publisher)}
    [association] = client.list_id_namespace_associations(**membership)["idNamespaceAssociationSummaries"]
    named = {**membership, "idNamespaceAssociationIdentifier": association["id"]}
    with pytest.raises(ClientError, match="maps by this association"):
        client.delete_id_namespace_association(**named)
    own = {"membershipIdentifier": room.membership_of(room.advertiser)}
    with pytest.raises(ClientError, match="Delete everything") as full:
        room.client(room.advertiser).delete_membership(**own)
    assert full.value.response["reason"] == "SUBRESOURCES_EXIST"
    room.client(room.advertiser).delete_id_mapping_table(**own, idMappingTableIdentifier=table["id"])
    client.delete_id_namespace_association(**named)
    resolution = room.advertiser.client("entityresolution")
    with pytest.raises(ClientError, match="owner's policy does not let you"):
        resolution.start_id_mapping_job(workflowName=room.advertiser.name)


def test_names_namespaces_and_workflows_must_be_new_and_the_callers(server: Listening) -> None:
    room = new_room(server)
    source, target = room.advertiser.add_source(), room.publisher.add_target()
    room.associate(room.advertiser, source, "ours")
    with pytest.raises(ClientError, match=r"ConflictException.*associated already"):
        room.associate(room.advertiser, source, "again")
    with pytest.raises(ClientError, match=r"ValidationException.*no ID namespace"):
        room.associate(room.advertiser, target, "theirs")
    room.associate(room.publisher, target, "theirs")
    workflow = room.add_workflow(source, target)
    room.add_mapping_table(workflow)
    with pytest.raises(ClientError, match=r"ConflictException.*already a table named"):
        room.add_mapping_table(workflow, "Mapping")
    with pytest.raises(ClientError, match=r"ValidationException.*no ID mapping workflow"):
        room.add_mapping_table(workflow.replace(room.advertiser.name, "absent"), "other")


def test_a_source_that_was_not_associated_cannot_have_a_table(server: Listening) -> None:
    room = new_room(server)
    source, target = room.advertiser.add_source(), room.publisher.add_target()
    room.associate(room.publisher, target, "theirs")
    workflow = room.add_workflow(source, target)
    with pytest.raises(ClientError, match=r"ValidationException.*no ID namespace associated"):
        room.add_mapping_table(workflow)


def test_the_sixth_table_is_one_too_many(server: Listening) -> None:
    room, table = room_with_mapping(server)
    workflow = table["inputReferenceConfig"]["inputReferenceArn"]
    for number in range(4):
        room.add_mapping_table(workflow, f"mapping_{number}")
    with pytest.raises(ClientError, match="ServiceQuotaExceededException"):
        room.add_mapping_table(workflow, "sixth")
    pages = room.client(room.advertiser).get_paginator("list_id_mapping_tables")
    listed = pages.paginate(membershipIdentifier=room.membership_of(room.advertiser), PaginationConfig={"PageSize": 2})
    assert len([one for page in listed for one in page["idMappingTableSummaries"]]) == 5


def test_a_table_that_is_populated_is_not_populated_beside(server: Listening) -> None:
    room, table = room_with_mapping(server)
    place = {"membershipIdentifier": room.membership_of(room.advertiser), "idMappingTableIdentifier": table["id"]}
    client = room.client(room.advertiser)
    client.populate_id_mapping_table(**place)
    with pytest.raises(client.exceptions.ConflictException, match="being populated"):
        client.populate_id_mapping_table(**place)

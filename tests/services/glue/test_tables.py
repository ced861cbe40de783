"""The catalogue through boto3 over real HTTP."""

import pytest

from tests.listening import ADVERTISER, PUBLISHER, Listening

TABLE = {
    "Name": "Customers",
    "StorageDescriptor": {
        "Columns": [{"Name": "id", "Type": "string"}, {"Name": "email", "Type": "string"}],
        "Location": "s3://advertiser-data/customers/",
        "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde"},
    },
    "Parameters": {"classification": "csv", "skip.header.line.count": "1"},
}


def test_a_table_is_kept_in_lower_case_and_found_in_any(server: Listening) -> None:
    glue = server.client("glue")
    glue.create_database(DatabaseInput={"Name": "Sales"})
    glue.create_table(DatabaseName="sales", TableInput=TABLE)
    table = glue.get_table(DatabaseName="SALES", Name="CUSTOMERS")["Table"]
    assert (table["DatabaseName"], table["Name"], table["CatalogId"]) == ("sales", "customers", "111122223333")
    assert table["StorageDescriptor"] == TABLE["StorageDescriptor"]
    assert [one["Name"] for one in glue.get_tables(DatabaseName="sales", Expression="cust*")["TableList"]] == ["customers"]
    assert glue.get_tables(DatabaseName="sales", Expression="x*")["TableList"] == []
    changed = {**TABLE, "Description": "who bought"}
    glue.update_table(DatabaseName="sales", TableInput=changed)
    assert glue.get_table(DatabaseName="sales", Name="customers")["Table"]["Description"] == "who bought"
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.create_table(DatabaseName="sales", TableInput=TABLE)
    glue.delete_database(Name="sales")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_table(DatabaseName="sales", Name="customers")


def test_anothers_catalogue_is_not_there(server: Listening) -> None:
    server.client("glue").create_database(DatabaseInput={"Name": "mine"})
    stranger = server.client("glue", PUBLISHER)
    with pytest.raises(stranger.exceptions.EntityNotFoundException):
        stranger.get_database(Name="mine")
    with pytest.raises(stranger.exceptions.EntityNotFoundException):
        stranger.get_database(Name="mine", CatalogId="111122223333")


def test_partitions_come_in_pages_and_each_once(server: Listening) -> None:
    glue = server.client("glue")
    glue.create_database(DatabaseInput={"Name": "parted"})
    glue.create_table(DatabaseName="parted", TableInput=TABLE | {"PartitionKeys": [{"Name": "day", "Type": "string"}]})
    days = [f"2026-01-{day:02}" for day in range(1, 8)]
    listed = [{"Values": [day], "StorageDescriptor": {"Location": f"s3://b/{day}/"}} for day in days]
    place = {"DatabaseName": "parted", "TableName": "customers"}
    assert glue.batch_create_partition(**place, PartitionInputList=listed)["Errors"] == []
    [error] = glue.batch_create_partition(**place, PartitionInputList=listed[:1])["Errors"]
    assert error["ErrorDetail"]["ErrorCode"] == "AlreadyExistsException"
    pages = glue.get_paginator("get_partitions").paginate(**place, PaginationConfig={"PageSize": 3})
    assert [one["Values"][0] for page in pages for one in page["Partitions"]] == days
    with pytest.raises(glue.exceptions.InvalidInputException, match="1 partition key"):
        glue.create_partition(**place, PartitionInput={"Values": ["a", "b"]})


def test_partitions_are_got_changed_and_deleted_together(server: Listening) -> None:
    glue = server.client("glue")
    glue.create_database(DatabaseInput={"Name": "parts"})
    key = {"PartitionKeys": [{"Name": "day", "Type": "string"}]}
    glue.create_table(DatabaseName="parts", TableInput=TABLE | key)
    place = {"DatabaseName": "parts", "TableName": "customers"}
    days = [{"Values": [f"2026-01-0{day}"]} for day in (1, 2, 3)]
    glue.batch_create_partition(**place, PartitionInputList=days)
    got = glue.batch_get_partition(**place, PartitionsToGet=[*days[:2], {"Values": ["absent"]}])["Partitions"]
    assert [{"Values": one["Values"]} for one in got] == days[:2]
    moved = {"Values": days[0]["Values"], "StorageDescriptor": {"Location": "s3://b/moved/"}}
    glue.update_partition(**place, PartitionValueList=days[0]["Values"], PartitionInput=moved)
    [first, *_] = glue.get_partitions(**place)["Partitions"]
    assert first["StorageDescriptor"]["Location"] == "s3://b/moved/"
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.update_partition(**place, PartitionValueList=["absent"], PartitionInput=moved)
    [error] = glue.batch_delete_partition(**place, PartitionsToDelete=[days[1], {"Values": ["absent"]}])["Errors"]
    assert (error["PartitionValues"], error["ErrorDetail"]["ErrorCode"]) == (["absent"], "EntityNotFoundException")
    assert [one["Values"] for one in glue.get_partitions(**place)["Partitions"]] == [days[0]["Values"], days[2]["Values"]]
    glue.delete_database(Name="parts")
    glue.create_database(DatabaseInput={"Name": "parts"})
    glue.create_table(DatabaseName="parts", TableInput=TABLE | key)
    assert glue.get_partitions(**place)["Partitions"] == []


def test_what_is_tagged_keeps_its_tags_as_long_as_it_is_there(server: Listening) -> None:
    glue, arn = server.client("glue"), f"arn:aws:glue:us-east-1:{ADVERTISER}:database/tagged"
    glue.create_database(DatabaseInput={"Name": "tagged"}, Tags={"a": "1"})
    glue.tag_resource(ResourceArn=arn, TagsToAdd={"b": "2"})
    glue.untag_resource(ResourceArn=arn, TagsToRemove=["a"])
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"b": "2"}
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        server.client("glue", PUBLISHER).get_tags(ResourceArn=arn)
    glue.delete_database(Name="tagged")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_tags(ResourceArn=arn)
    glue.create_database(DatabaseInput={"Name": "tagged"})
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {}


def test_a_column_that_stands_twice_is_refused(server: Listening) -> None:
    glue = server.client("glue")
    glue.create_database(DatabaseInput={"Name": "twice"})
    columns = [{"Name": "id", "Type": "string"}, {"Name": "ID", "Type": "string"}]
    with pytest.raises(glue.exceptions.InvalidInputException, match="stands twice"):
        glue.create_table(DatabaseName="twice", TableInput={"Name": "t", "StorageDescriptor": {"Columns": columns}})

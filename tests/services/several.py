"""A room with several of everything that lists show, and what each list is asked with."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from mandorla.domain.log_event import LogEvent, LogGroup
from mandorla.store.database import transaction
from mandorla.store.records import Records
from tests.listening import ADVERTISER, Listening
from tests.services.cleanrooms.rooms import MODEL, Room, new_room
from tests.world import RULES, SOURCE_CSV, TRUST, Party, document, until

SEVERAL = 5
BELOW_A_MEMBERSHIP = (
    "ListConfiguredTableAssociations", "ListAnalysisTemplates", "ListIdMappingTables", "ListIdNamespaceAssociations",
    "ListProtectedQueries", "ListPrivacyBudgetTemplates",
)  # fmt: skip
IN_A_COLLABORATION = (
    "ListMembers", "ListSchemas", "ListCollaborationAnalysisTemplates", "ListCollaborationIdNamespaceAssociations",
    "ListCollaborationChangeRequests", "ListCollaborationPrivacyBudgetTemplates",
)  # fmt: skip
Asked = dict[str, dict[str, Any]]  # by the operation's name


def several_of_everything(server: Listening) -> tuple[Room, Mapping[str, Asked]]:
    """The room, and by service what its lists are asked with. All is the advertiser's."""
    room = new_room(server, members=[member(number) for number in range(SEVERAL)])
    party = room.advertiser
    asked = {"s3": objects(party), "glue": catalogue(party), "iam": roles(party), "entityresolution": recipes(room)}
    asked |= {"cleanrooms": tables(room), "athena": queries(party), "logs": logs(server, party)}
    return room, asked


def member(number: int) -> dict[str, Any]:
    """The advertiser, or somebody who never comes."""
    account = f"90000000000{number}" if number else ADVERTISER
    return {"accountId": account, "displayName": f"m{number}", "memberAbilities": [] if number else ["CAN_RECEIVE_RESULTS"]}


def objects(party: Party) -> Asked:
    """Buckets, objects, uploads and parts."""
    s3, bucket = party.client("s3"), {"Bucket": party.bucket}
    for number in range(SEVERAL):
        s3.create_bucket(Bucket=f"{party.bucket}-{number}")
        s3.put_object(**bucket, Key=f"listed/{number}", Body=b"")
        s3.create_multipart_upload(**bucket, Key=f"upload/{number}")
    parted = {**bucket, "Key": "parted", "UploadId": s3.create_multipart_upload(**bucket, Key="parted")["UploadId"]}
    for number in range(SEVERAL):
        s3.upload_part(**parted, PartNumber=number + 1, Body=b"")
    names = ("ListObjects", "ListObjectsV2", "ListObjectVersions", "ListMultipartUploads")
    return {"ListBuckets": {}, "ListParts": parted, **dict.fromkeys(names, bucket)}


def catalogue(party: Party) -> Asked:
    """Databases, tables, partitions and crawlers."""
    glue, place = party.client("glue"), {"DatabaseName": party.name}
    party.client("iam").update_assume_role_policy(
        RoleName=party.name,
        PolicyDocument=document(*({**TRUST, "Principal": {"Service": f"{one}.amazonaws.com"}} for one in
                                  ("glue", "entityresolution", "cleanrooms"))),
    )  # fmt: skip
    targets = {"S3Targets": [{"Path": f"s3://{party.bucket}/"}]}
    for number in range(SEVERAL):
        glue.create_database(DatabaseInput={"Name": f"{party.name}_{number}"})
        party.add_table(f"events_{number}", "user_id,price\n1,2\n")
        glue.create_crawler(Name=f"{party.name}_{number}", Role=party.name, Targets=targets, **place)
    glue.create_table(**place, TableInput={"Name": "parted", "PartitionKeys": [{"Name": "day", "Type": "string"}]})
    parted = {**place, "TableName": "parted"}
    for number in range(SEVERAL):
        glue.create_partition(**parted, PartitionInput={"Values": [str(number)]})
    crawlers = {"GetCrawlers": {}, "GetCrawlerMetrics": {}, "ListCrawlers": {}}
    return {"GetDatabases": {}, "GetTables": place, "GetPartitions": parted, **crawlers}


def roles(party: Party) -> Asked:
    """Roles with policies of their own, policies in versions, and tags."""
    iam, trust = party.client("iam"), document(TRUST)
    text = document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    tags = [{"Key": str(number), "Value": "v"} for number in range(SEVERAL)]
    named = {
        "RoleName": iam.create_role(RoleName=f"{party.name}_0", AssumeRolePolicyDocument=trust, Tags=tags)["Role"]["RoleName"]
    }
    policies = [iam.create_policy(PolicyName=f"{party.name}_{n}", PolicyDocument=text, Tags=tags) for n in range(SEVERAL)]
    policy = {"PolicyArn": policies[0]["Policy"]["Arn"]}
    for number, one in enumerate(policies):
        if number:
            iam.create_role(RoleName=f"{party.name}_{number}", AssumeRolePolicyDocument=trust)
            iam.create_policy_version(**policy, PolicyDocument=text)
        iam.attach_role_policy(**named, PolicyArn=one["Policy"]["Arn"])
        iam.attach_role_policy(RoleName=f"{party.name}_{number}", **policy)
        iam.put_role_policy(**named, PolicyName=str(number), PolicyDocument=text)
    of_role = dict.fromkeys(("ListAttachedRolePolicies", "ListRolePolicies", "ListRoleTags"), named)
    of_policy = dict.fromkeys(("ListPolicyVersions", "ListEntitiesForPolicy", "ListPolicyTags"), policy)
    return {"ListRoles": {}, "ListPolicies": {}, "ListInstanceProfilesForRole": named, **of_role, **of_policy}


def recipes(room: Room) -> Asked:
    """Schema mappings, namespaces and workflows of both kinds, with jobs."""
    party = room.advertiser
    resolution = party.client("entityresolution")
    table = party.add_table("people", SOURCE_CSV)
    for number in range(SEVERAL):
        party.add_schema(f"{party.name}-{number}", SOURCE_CSV)
    source = {"inputSourceARN": table, "schemaName": f"{party.name}-0"}
    output = {"outputS3Path": f"s3://{party.bucket}/out", "output": [{"name": "email"}]}
    rules = {"ruleBasedProperties": {"rules": RULES[:1], "attributeMatchingModel": "ONE_TO_ONE"}}
    for number in range(SEVERAL):
        name = f"{party.name}-{number}"
        for kind in ("SOURCE", "TARGET"):
            resolution.create_id_namespace(
                idNamespaceName=f"{name}-{kind}",
                type=kind,
                inputSourceConfig=[source],
                idMappingWorkflowProperties=[{"idMappingType": "RULE_BASED", "ruleBasedProperties": {"rules": RULES}}],
                roleArn=party.role_arn,
            )
        resolution.create_matching_workflow(
            workflowName=name,
            inputSourceConfig=[source],
            outputSourceConfig=[output],
            resolutionTechniques={"resolutionType": "RULE_MATCHING", **rules},
            roleArn=party.role_arn,
        )
        resolution.create_id_mapping_workflow(
            workflowName=name,
            inputSourceConfig=[{"inputSourceARN": namespace_arn(party, f"{name}-{kind}")} for kind in ("SOURCE", "TARGET")],
            idMappingTechniques={"idMappingType": "RULE_BASED", "ruleBasedProperties": MODEL},
        )
    workflow = {"workflowName": f"{party.name}-0"}
    for _ in range(SEVERAL):
        for start, get in (("start_matching_job", "get_matching_job"), ("start_id_mapping_job", "get_id_mapping_job")):
            job = {**workflow, "jobId": getattr(resolution, start)(**workflow)["jobId"]}
            until(lambda job=job, get=get: getattr(resolution, get)(**job))  # type: ignore[misc]
    names = (
        "ListSchemaMappings",
        "ListIdNamespaces",
        "ListMatchingWorkflows",
        "ListIdMappingWorkflows",
        "ListProviderServices",
    )
    return {"ListMatchingJobs": workflow, "ListIdMappingJobs": workflow, **{name: {} for name in names}}


def namespace_arn(party: Party, name: str) -> str:
    """The ARN of a namespace of the party's."""
    return f"arn:aws:entityresolution:us-east-1:{party.account_id}:idnamespace/{name}"


def tables(room: Room) -> Asked:
    """Collaborations, and in one of them several of all that members bring."""
    party, rooms = room.advertiser, room.client(room.advertiser)
    membership = {"membershipIdentifier": room.membership_of(party)}
    for number in range(SEVERAL):
        made = rooms.create_collaboration(
            name=f"c{number}", description="d", creatorDisplayName="x", creatorMemberAbilities=["CAN_QUERY"],
            queryLogStatus="DISABLED", members=[],
        )  # fmt: skip
        rooms.create_membership(collaborationIdentifier=made["collaboration"]["id"], queryLogStatus="DISABLED")
        for kind in ("SOURCE", "TARGET"):
            room.associate(party, namespace_arn(party, f"{party.name}-{number}-{kind}"), f"n{number}{kind[0]}")
        workflow = f"arn:aws:entityresolution:us-east-1:{party.account_id}:idmappingworkflow/{party.name}-{number}"
        room.add_mapping_table(workflow, f"mapping_{number}")
        table = rooms.create_configured_table(
            name=f"t{number}",
            tableReference={"glue": {"databaseName": party.name, "tableName": f"events_{number}"}},
            allowedColumns=["user_id"],
            analysisMethod="DIRECT_QUERY",
        )["configuredTable"]["id"]
        rooms.create_configured_table_association(
            **membership, name=f"t{number}", configuredTableIdentifier=table, roleArn=party.role_arn
        )
        template = {"name": f"a{number}", "format": "SQL", "source": {"text": "SELECT 1 AS one"}}
        rooms.create_analysis_template(**membership, **template)
        room.client(room.publisher).create_collaboration_change_request(
            collaborationIdentifier=room.collaboration_id, changes=[ADDED]
        )
    private = {"privacyBudgetType": "DIFFERENTIAL_PRIVACY"}
    # The advertiser receives results, so it is the publisher that has a budget.
    room.client(room.publisher).create_privacy_budget_template(
        membershipIdentifier=room.membership_of(room.publisher),
        **private,
        parameters={"differentialPrivacy": {"epsilon": 3, "usersNoisePerQuery": 10}},
    )
    below = dict.fromkeys(BELOW_A_MEMBERSHIP, membership)
    collaboration = {"collaborationIdentifier": room.collaboration_id}
    shared = dict.fromkeys(IN_A_COLLABORATION, collaboration)
    own: Asked = {"ListCollaborations": {}, "ListMemberships": {}, "ListConfiguredTables": {}}
    budgets = {
        "ListPrivacyBudgets": {**membership, **private},
        "ListCollaborationPrivacyBudgets": {**collaboration, **private},
    }
    return {**below, **shared, **own, **budgets}


ADDED = {
    "specificationType": "MEMBER",
    "specification": {"member": {"accountId": "800000000000", "displayName": "late", "memberAbilities": []}},
}


def queries(party: Party) -> Asked:
    """Queries over the catalogue, one of which has several rows."""
    athena = party.client("athena")
    ids = []
    for number in range(SEVERAL):
        sql = " UNION ALL ".join(f"SELECT {row} AS n" for row in range(number + 1))
        location = {"OutputLocation": f"s3://{party.bucket}/athena/"}
        ids.append(athena.start_query_execution(QueryString=sql, ResultConfiguration=location)["QueryExecutionId"])

    def state() -> dict[str, Any]:
        said = athena.get_query_execution(QueryExecutionId=ids[-1])["QueryExecution"]["Status"]
        return {**said, "status": said["State"]}

    assert until(state)["status"] == "SUCCEEDED"
    catalog = {"CatalogName": "AwsDataCatalog"}
    return {
        "ListQueryExecutions": {},
        "GetQueryResults": {"QueryExecutionId": ids[-1]},
        "ListDataCatalogs": {},
        "ListDatabases": catalog,
        "ListTableMetadata": {**catalog, "DatabaseName": party.name},
        "ListWorkGroups": {},
    }


def logs(server: Listening, party: Party) -> Asked:
    """Log groups, and in one of them several streams; nobody writes them over the wire."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    group = {"logGroupName": f"/{party.name}/0"}
    with transaction(server.parts.database, writes=True) as connection:
        records = Records(connection)
        for number in range(SEVERAL):
            account = {"account_id": party.account_id}
            records.add(LogGroup(**account, name=f"/{party.name}/{number}", creation_time=start))
            time, stream = start + timedelta(seconds=number), f"s{number}"
            event = {"stream": stream, "id": str(number), "time": time, "message": "m"}
            records.add(LogEvent(**account, group=group["logGroupName"], **event))
    return {"DescribeLogGroups": {}, "DescribeLogStreams": group, "FilterLogEvents": group}

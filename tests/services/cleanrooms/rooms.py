"""Collaborations of a test: two parties inside, with their namespaces, and an ID mapping table between them."""

from dataclasses import dataclass
from typing import Any

from tests.listening import ADVERTISER, PUBLISHER, Listening
from tests.world import Party, two_parties, until

MODEL = {
    "ruleDefinitionType": "TARGET",
    "attributeMatchingModel": "ONE_TO_ONE",
    "recordMatchingModel": "MANY_SOURCE_TO_ONE_TARGET",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A collaboration that both parties are in; the publisher made it."""

    advertiser: Party
    publisher: Party
    collaboration_id: str
    memberships: dict[str, str]

    def client(self, party: Party) -> Any:
        """Clean Rooms as a party."""
        return party.client("cleanrooms")

    def membership_of(self, party: Party) -> str:
        """A party's membership."""
        return self.memberships[party.account_id]

    def associate(self, party: Party, namespace_arn: str, name: str, **config: Any) -> str:
        """Bring a namespace; gives the association's id."""
        made = self.client(party).create_id_namespace_association(
            membershipIdentifier=self.membership_of(party),
            name=name,
            inputReferenceConfig={"inputReferenceArn": namespace_arn, "manageResourcePolicies": True},
            **config,
        )
        return str(made["idNamespaceAssociation"]["id"])

    def add_workflow(self, source: str, target: str, **more: Any) -> str:
        """The advertiser's workflow between two namespaces; gives its ARN."""
        made = self.advertiser.client("entityresolution").create_id_mapping_workflow(
            workflowName=self.advertiser.name,
            inputSourceConfig=[{"inputSourceARN": source, "type": "SOURCE"}, {"inputSourceARN": target, "type": "TARGET"}],
            idMappingTechniques={"idMappingType": "RULE_BASED", "ruleBasedProperties": MODEL},
            **more,
        )
        return str(made["workflowArn"])

    def add_mapping_table(self, workflow_arn: str, name: str = "mapping") -> dict[str, Any]:
        """A table of the advertiser's."""
        made = self.client(self.advertiser).create_id_mapping_table(
            membershipIdentifier=self.membership_of(self.advertiser),
            name=name,
            inputReferenceConfig={"inputReferenceArn": workflow_arn, "manageResourcePolicies": True},
        )
        table: dict[str, Any] = made["idMappingTable"]
        return table

    def populate(self, table: dict[str, Any], **arguments: Any) -> dict[str, Any]:
        """Fill a table, and give what its job says at the end."""
        started = self.client(self.advertiser).populate_id_mapping_table(
            membershipIdentifier=self.membership_of(self.advertiser), idMappingTableIdentifier=table["id"], **arguments
        )
        job_id = started["idMappingJobId"].replace("-", "")
        resolution, name = self.advertiser.client("entityresolution"), self.advertiser.name
        job: dict[str, Any] = until(lambda: resolution.get_id_mapping_job(workflowName=name, jobId=job_id))
        return job


def new_room(server: Listening, **collaboration: Any) -> Room:
    """A new collaboration with both parties in it."""
    advertiser, publisher = two_parties(server)
    made = publisher.client("cleanrooms").create_collaboration(
        **{
            "name": publisher.name,
            "creatorDisplayName": "publisher",
            "creatorMemberAbilities": ["CAN_QUERY"],
            "queryLogStatus": "ENABLED",
            "members": [{"accountId": ADVERTISER, "displayName": "advertiser", "memberAbilities": ["CAN_RECEIVE_RESULTS"]}],
            **collaboration,
        }
    )["collaboration"]
    memberships = {}
    for account_id in (PUBLISHER, ADVERTISER):
        joined = server.client("cleanrooms", account_id).create_membership(
            collaborationIdentifier=made["id"], queryLogStatus="ENABLED"
        )
        memberships[account_id] = joined["membership"]["id"]
    return Room(advertiser=advertiser, publisher=publisher, collaboration_id=made["id"], memberships=memberships)


def room_with_mapping(server: Listening) -> tuple[Room, dict[str, Any]]:
    """A room with both namespaces associated, and a table between them that holds nothing yet."""
    room = new_room(server)
    source, target = room.advertiser.add_source(), room.publisher.add_target()
    room.associate(room.advertiser, source, "ours")
    room.associate(room.publisher, target, "theirs")
    return room, room.add_mapping_table(room.add_workflow(source, target))

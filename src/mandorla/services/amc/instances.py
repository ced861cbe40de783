"""Instances: AMC's rooms, each, if it is asked for, with a Clean Rooms collaboration behind it."""

import secrets
from dataclasses import replace
from functools import partial
from typing import Any

from mandorla.domain.amc import AmcAudience, AmcExecution, AmcInstance, AmcMappingTable, AmcSchedule, AmcWorkflow
from mandorla.domain.collaboration import Collaboration, Member
from mandorla.domain.errors import ConflictError, MandorlaError, NotFoundError
from mandorla.services.amc.publisher import NO_PUBLISHER, acting_as, bring_all, has_publisher, publisher_of
from mandorla.services.amc.times import written
from mandorla.services.call import Call, Operations
from mandorla.services.cleanrooms.collaborations import create_collaboration, delete_collaboration
from mandorla.services.cleanrooms.memberships import create_membership
from mandorla.services.paging import paged

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
BELOW = (AmcWorkflow, AmcExecution, AmcSchedule, AmcMappingTable, AmcAudience)


def create_instance(
    call: Call,
    *,
    instance_name,
    acr_backed=False,
    aws_account_id=None,
    acr_customer_partners=(),
    advertiser_name=None,
    idempotency_token="",
    s3_bucket_name=None,
) -> Any:
    """An instance; with `acrBacked` also its collaboration, at once or as soon as there is a publisher to make it."""
    present = owned(call, "", 10_000)
    for one in present:
        if idempotency_token and one.idempotency_token == idempotency_token:
            return {"instance": shown(call, one)}
        if one.instance_name == instance_name:
            raise ConflictError(f"There is already an instance named {instance_name!r}. Choose another name.")
    if acr_backed and s3_bucket_name:
        raise MandorlaError("s3BucketName does not go with acrBacked: results go where the customer's membership says.")
    if acr_customer_partners and not acr_backed:
        raise MandorlaError("acrCustomerPartners needs acrBacked: only a collaboration has partners.")
    instance_id = "amc" + "".join(secrets.choice(LETTERS) for _ in range(8))
    instance = AmcInstance(
        account_id=call.account_id,
        instance_id=instance_id,
        instance_name=instance_name,
        amc_account_id=call.caller.amc_account_id,
        advertiser_name=advertiser_name,
        aws_account_id=aws_account_id or call.account_id,
        s3_bucket_name=s3_bucket_name or "",
        collaboration_id="",
        collaboration_name="",
        partners=tuple(one["aws_account_id"] for one in acr_customer_partners),
        partner_names=tuple(one.get("display_name") or "Partner" for one in acr_customer_partners),
        is_room_wanted=bool(acr_backed),
        idempotency_token=idempotency_token,
        created_at=call.now,
    )
    if instance.is_room_wanted and has_publisher(call.records):
        instance = with_room(call, instance)
        bring_all(call, instance.collaboration_id)
    call.records.add(instance)
    return {"instance": shown(call, instance)}


def with_room(call: Call, instance: AmcInstance) -> AmcInstance:
    """The instance with its collaboration, which the publisher makes and comes into."""
    publisher = publisher_of(call.records)
    if instance.aws_account_id == publisher:
        raise MandorlaError("awsAccountId is the publisher's own account. Name the customer's.")
    others = zip(instance.partners, instance.partner_names, strict=True)
    as_publisher = acting_as(call, publisher)
    made = create_collaboration(
        as_publisher,
        members=[invited(*one) for one in ((instance.aws_account_id, "Advertiser"), *others)],
        name=f"AMC {instance.instance_id} {instance.instance_name}"[:100],
        description=f"The collaboration of the AMC instance {instance.instance_id}.",
        creator_member_abilities=("CAN_QUERY",),
        creator_display_name="Amazon Marketing Cloud",
        query_log_status="ENABLED",
    )["collaboration"]
    create_membership(as_publisher, collaboration_identifier=made["id"], query_log_status="ENABLED")
    return replace(instance, collaboration_id=made["id"], collaboration_name=made["name"], is_room_wanted=False)


def invited(account_id: str, display_name: str) -> dict[str, Any]:
    """A customer or a partner, as the creator of a collaboration names them."""
    return {"account_id": account_id, "display_name": display_name, "member_abilities": ("CAN_RECEIVE_RESULTS",)}


def owned(call: Call, after: str, limit: int) -> list[AmcInstance]:
    """The instances of the AMC account that the client works for."""
    every = call.records.owned_by(AmcInstance, call.account_id, after=after)
    return [one for one in every if one.amc_account_id == call.caller.amc_account_id][:limit]


def list_instances(call: Call, *, next_token=None, limit=None) -> Any:
    """The instances by id."""
    size = page_size(limit)
    page, token = paged(partial(owned, call), token=next_token, max_results=size, key_of=lambda one: one.key, largest=100)
    return {"instances": [shown(call, one) for one in page], "next_token": token}


def page_size(limit: str | None) -> int | None:
    """`limit` of a query string."""
    if limit is None:
        return None
    if not limit.isdecimal() or int(limit) < 1:
        raise MandorlaError("limit must be a whole number of one or more.")
    return min(int(limit), 100)


def find_instance(call: Call, instance_id: str) -> AmcInstance:
    """An instance of the AMC account; NotFoundError in the same words for what is not there or another's."""
    instance = call.records.find(AmcInstance, call.account_id, instance_id)
    if instance is None or instance.amc_account_id != call.caller.amc_account_id:
        raise NotFoundError(f"The instance {instance_id[:60]!r} was not found. GET /amc/instances lists yours.")
    return instance


def get_instance(call: Call, *, instance_id) -> Any:
    """One instance."""
    return {"instance": shown(call, find_instance(call, instance_id))}


def update_instance(
    call: Call, *, instance_id, instance_name=None, advertiser_name=None, aws_account_id=None, s3_bucket_name=None
) -> Any:
    """Rename an instance, or name another account for uploads where no collaboration holds it to one."""
    instance = find_instance(call, instance_id)
    if instance.collaboration_id and (aws_account_id or s3_bucket_name):
        raise MandorlaError("awsAccountId and s3BucketName of an instance with a collaboration cannot be changed.")
    changed = replace(
        instance,
        instance_name=instance_name or instance.instance_name,
        advertiser_name=advertiser_name or instance.advertiser_name,
        aws_account_id=aws_account_id or instance.aws_account_id,
        s3_bucket_name=s3_bucket_name or instance.s3_bucket_name,
    )
    call.records.put(changed)
    return {"instance": shown(call, changed)}


def delete_instance(call: Call, *, instance_id) -> Any:
    """Give an instance up: its workflows go, and its collaboration ends for everybody."""
    instance = find_instance(call, instance_id)
    for kind in BELOW:
        for record in call.records.children(kind, instance.instance_id):
            call.records.remove(record)
    collaboration = call.records.find_anywhere(Collaboration, instance.collaboration_id)
    if collaboration is not None:
        as_publisher = acting_as(call, collaboration.account_id)
        delete_collaboration(as_publisher, collaboration_identifier=collaboration.id)
    call.records.remove(instance)
    return {}


def customer_of(call: Call, instance: AmcInstance) -> Member:
    """The customer's place in an instance's collaboration. MandorlaError says what stands in the way of one."""
    if instance.is_room_wanted:
        raise MandorlaError(f"The collaboration of {instance.instance_id} is not set up yet. {NO_PUBLISHER}")
    if not instance.collaboration_id:
        raise MandorlaError(
            f"The instance {instance.instance_id} has no collaboration behind it. Create one with acrBacked true for that."
        )
    if call.records.find_anywhere(Collaboration, instance.collaboration_id) is None:
        raise MandorlaError(f"The collaboration {instance.collaboration_id} was deleted. Create another instance.")
    member = call.records.find(Member, instance.aws_account_id, instance.collaboration_id)
    if member is None or member.status != "ACTIVE":
        has_left = member is not None and member.status in ("LEFT", "REMOVED")
        raise MandorlaError(
            f"The account {instance.aws_account_id} "
            f"{'has left' if has_left else 'has not accepted'} the collaboration {instance.collaboration_id}. "
            f"{'Create another instance.' if has_left else 'Create its membership with Clean Rooms first.'}"
        )
    return member


def shown(call: Call, instance: AmcInstance) -> dict[str, Any]:
    """An instance as AMC answers."""
    room = {"id": instance.collaboration_id, "name": instance.collaboration_name}
    return {
        "instance_id": instance.instance_id,
        "instance_name": instance.instance_name,
        "instance_type": "STANDARD",
        "customer_canonical_name": instance.advertiser_name or instance.instance_name,
        "creation_status": "COMPLETED",
        "creation_datetime": written(instance.created_at),
        "s3_bucket_name": instance.s3_bucket_name,
        "s3_bucket_region": call.region,
        "aws_account_id": instance.aws_account_id,
        "data_upload_aws_account_id": instance.aws_account_id,
        "api_endpoint": f"/amc/reporting/{instance.instance_id}",
        "entities": [instance.amc_account_id],
        "advertiser_types": sorted({one["type"] for one in instance.advertisers}),
        "acr_collaboration": room if instance.collaboration_id else None,
    }


OPERATIONS: Operations = {
    "CreateInstance": create_instance,
    "ListInstances": list_instances,
    "GetInstance": get_instance,
    "UpdateInstance": update_instance,
    "DeleteInstance": delete_instance,
}

"""AMC's own account on this server: an ordinary account that makes collaborations and brings a TARGET to map people to."""

from dataclasses import replace

from mandorla.domain.account import Account, Caller
from mandorla.domain.amc import AmcPublisher
from mandorla.domain.brought_identity import IdNamespaceAssociation
from mandorla.domain.brought_tables import ConfiguredTable, ConfiguredTableAssociation
from mandorla.domain.collaboration import Collaboration, Member
from mandorla.domain.errors import MandorlaError
from mandorla.domain.id_namespace import IdNamespace
from mandorla.services.call import Call
from mandorla.services.cleanrooms.id_namespace_associations import create_id_namespace_association
from mandorla.services.cleanrooms.table_associations import create_configured_table_association
from mandorla.store.records import Records

# The name under which the publisher is looked for where none was chosen.
NAME = "amc"

# AMC's accounts as its guide prints them into analysis rules; here they mean this server's publisher.
PUBLISHED_ACCOUNTS = ("657425294073", "813176346477")

NO_PUBLISHER = (
    "This server has no publisher: an account whose TARGET namespace people are mapped to. "
    "Make one with `mandorla account amc-publisher`, or choose one with `mandorla account amc-publisher NAME`."
)


def choose_publisher(records: Records, account_id: str) -> None:
    """Make an account AMC's own."""
    for chosen in records.children(AmcPublisher, ""):
        records.remove(chosen)
    records.add(AmcPublisher(account_id=account_id))


def publisher_of(records: Records) -> str:
    """AMC's own account: the chosen one, else one of that name, else the only one that has a TARGET namespace."""
    chosen = records.find_anywhere(AmcPublisher, "publisher")
    if chosen is not None:
        return chosen.account_id
    accounts = records.children(Account, "")
    named = [one.account_id for one in accounts if one.name.lower() == NAME]
    with_target = [one.account_id for one in accounts if target_of(records, one.account_id) is not None]
    for found in (named, with_target):
        if len(found) == 1:
            return found[0]
    raise MandorlaError(NO_PUBLISHER)


def has_publisher(records: Records) -> bool:
    """Whether anybody is AMC on this server yet."""
    try:
        return bool(publisher_of(records))
    except MandorlaError:
        return False


def target_of(records: Records, account_id: str) -> IdNamespace | None:
    """An account's TARGET namespace, the first by name."""
    return next((one for one in records.owned_by(IdNamespace, account_id) if one.type == "TARGET"), None)


def acting_as(call: Call, account_id: str) -> Call:
    """The same call in another account's name: what AMC does for its customer, it does as the account it is done for."""
    return replace(call, caller=Caller(account_id=account_id))


def brought_target(call: Call, collaboration_id: str) -> IdNamespaceAssociation:
    """The publisher's TARGET in a collaboration, brought there now if it was not yet."""
    publisher = publisher_of(call.records)
    member = call.records.get(Member, publisher, collaboration_id)
    for one in call.records.children(IdNamespaceAssociation, member.membership_id):
        if one.id_namespace_type == "TARGET":
            return one
    namespace = target_of(call.records, publisher)
    if namespace is None:
        raise MandorlaError("The publisher has no TARGET namespace yet, so there is nobody to map people to.")
    made = create_id_namespace_association(
        acting_as(call, publisher),
        membership_identifier=member.membership_id,
        name="AMCIdNamespace",
        input_reference_config={"input_reference_arn": namespace.id_namespace_arn, "manage_resource_policies": True},
    )
    return call.records.get(IdNamespaceAssociation, publisher, made["id_namespace_association"]["id"])


def bring_all(call: Call, collaboration_id: str) -> None:
    """What the publisher has so far: its TARGET, if it has one yet, and its tables."""
    collaboration = call.records.get(Collaboration, publisher_of(call.records), collaboration_id)
    if target_of(call.records, collaboration.account_id) is not None:
        brought_target(call, collaboration_id)
        bring_publisher_tables(call, collaboration)


def bring_publisher_tables(call: Call, collaboration: Collaboration) -> None:
    """The publisher's tables are everybody's to ask: those that are configured and not here yet are brought now."""
    publisher = collaboration.account_id
    member = call.records.get(Member, publisher, collaboration.id)
    target = target_of(call.records, publisher)
    here = {one.configured_table_id for one in call.records.children(ConfiguredTableAssociation, member.membership_id)}
    for table in call.records.owned_by(ConfiguredTable, publisher):
        if table.id in here or table.analysis_rule is None or target is None or not target.role_arn:
            continue
        create_configured_table_association(
            acting_as(call, publisher),
            name=table.name,
            membership_identifier=member.membership_id,
            configured_table_identifier=table.id,
            role_arn=target.role_arn,
        )


def rooms_lacking(records: Records, publisher: str) -> set[str]:
    """The collaborations that the publisher is in and has not brought everything to that it has."""
    target = target_of(records, publisher)
    if target is None:
        return set()
    tables = {one.id for one in records.owned_by(ConfiguredTable, publisher) if one.analysis_rule is not None}
    brought = {(one.membership_id, one.configured_table_id) for one in records.owned_by(ConfiguredTableAssociation, publisher)}
    with_target = {
        one.membership_id for one in records.owned_by(IdNamespaceAssociation, publisher) if one.id_namespace_type == "TARGET"
    }
    lacking = set()
    for member in records.owned_by(Member, publisher):
        lacks_table = bool(target.role_arn) and any((member.membership_id, one) not in brought for one in tables)
        if member.status == "ACTIVE" and (lacks_table or member.membership_id not in with_target):
            lacking.add(member.collaboration_id)
    return lacking

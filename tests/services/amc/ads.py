"""AMC as its clients call it: plain HTTP with a token, no client of ours. And a room that an instance made."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection

from mandorla.domain.amc import AmcAccount, AmcClient
from mandorla.services.amc.login import UNITED_STATES, client_secret_of, create_client, refresh_token_of
from mandorla.services.amc.publisher import choose_publisher
from mandorla.store.database import committed
from mandorla.store.records import Records
from tests.listening import ADVERTISER, PUBLISHER, Listening
from tests.services.amc.specification import require_specified
from tests.wire_cases import send
from tests.world import SOURCE_CSV, TARGET_CSV, Party, two_parties


@dataclass(slots=True)
class Clock:
    """A clock that a test sets."""

    ahead: timedelta = field(default_factory=timedelta)
    stands_at: datetime | None = None

    def __call__(self) -> datetime:
        return self.stands_at or datetime.now(UTC) + self.ahead

    def stand(self, moment: datetime) -> None:
        """Stop at a moment."""
        self.stands_at = moment

    def go_on(self) -> None:
        """Go on from where it stands."""
        assert self.stands_at is not None
        self.ahead, self.stands_at = self.stands_at - datetime.now(UTC), None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ads:
    """A client of AMC."""

    server: Listening
    client_id: str
    secret: str
    refresh_token: str
    amc_account_id: str

    def token(self, **form: str) -> dict[str, Any]:
        """What the token endpoint answers."""
        asked = {
            "grant_type": "refresh_token",
            "client_id": self.client_id,
            "client_secret": self.secret,
            "refresh_token": self.refresh_token,
        } | form
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        status, _, text = send("POST", f"{self.server.endpoint}/auth/o2/token", headers, urlencode(asked).encode())
        return {"status": status, **json.loads(text)}

    def headers(self) -> dict[str, str]:
        """What every call carries."""
        return {
            "Authorization": f"Bearer {self.token()['access_token']}",
            "Amazon-Advertising-API-ClientId": self.client_id,
            "Amazon-Advertising-API-AdvertiserId": self.amc_account_id,
            "Amazon-Advertising-API-MarketplaceId": UNITED_STATES,
        }

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, Any]]:
        """Status and document of a call, which is what the specification says."""
        data = b"" if body is None else json.dumps(body).encode()
        return self.sent(method, path, self.headers() | headers, data)

    def sent(self, method: str, path: str, headers: Mapping[str, str], data: bytes) -> tuple[int, dict[str, Any]]:
        """The same of a call with just these headers and bytes."""
        status, answered, text = send(method, f"{self.server.endpoint}{path}", headers, data)
        require_specified(method, path, status, answered.get("Content-Type") or "", text)
        return status, json.loads(text) if text else {}

    def ok(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """The document of a call that goes well."""
        status, document = self.call(method, path, body)
        assert status < 300, document
        return document

    def refused(self, method: str, path: str, body: Any = None, *, status: int = 400) -> str:
        """The sentence of a call that is refused."""
        found, document = self.call(method, path, body)
        assert (found, document["code"]) == (status, str(status)), document
        return str(document["details"])


def ads_of(server: Listening, account_id: str = ADVERTISER, **account: Any) -> Ads:
    """A new client of a party, with the first account's examples or one of its own; the publisher is chosen."""
    key = server.parts.server_key

    def make(connection: Connection) -> tuple[AmcClient, AmcAccount]:
        records = Records(connection)
        choose_publisher(records, PUBLISHER)
        return create_client(
            records,
            account_id=account_id,
            name="party",
            amc_account_id=account.get("amc_account_id"),
            marketplace_id=UNITED_STATES,
            now=server.parts.clock(),
        )

    client, amc_account = committed(server.parts.database, make)
    return Ads(
        server=server,
        client_id=client.client_id,
        secret=client_secret_of(key, client.client_id),
        refresh_token=refresh_token_of(key, client.client_id),
        amc_account_id=amc_account.amc_account_id,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AmcRoom:
    """An instance whose collaboration the advertiser is in, with its namespace brought."""

    ads: Ads
    advertiser: Party
    publisher: Party
    instance_id: str
    collaboration_id: str
    membership_id: str
    namespace_arn: str

    @property
    def path(self) -> str:
        """Where the collaboration's operations are."""
        return f"/amc/instances/{self.instance_id}/collaboration"

    def create_table(self, name: str) -> dict[str, Any]:
        """A mapping table."""
        body = {"idMappingTableName": name, "sourceIdNamespaceArn": self.namespace_arn}
        return self.ads.ok("POST", f"{self.path}/idmappingtables", body)

    def job(self, table_id: str, job_id: str) -> dict[str, Any]:
        """A job once it has ended."""
        path = f"{self.path}/idmappingtables/{table_id}/jobs/{job_id}"
        return eventually(
            lambda: self.ads.ok("GET", path)["idMappingJob"], lambda job: job["status"] in ("SUCCEEDED", "FAILED")
        )


def eventually(ask: Callable[[], Any], is_there: Callable[[Any], bool], seconds: float = 60) -> Any:
    """What is said once it is there."""
    deadline = time.monotonic() + seconds
    while True:
        said = ask()
        if is_there(said):
            return said
        assert time.monotonic() < deadline, said
        time.sleep(0.1)


def new_room(server: Listening, *, source: str = SOURCE_CSV, target: str = TARGET_CSV) -> AmcRoom:
    """An instance from its creation to a brought namespace, each step as its user takes it."""
    ads = ads_of(server)
    advertiser, publisher = two_parties(server)
    for namespace in publisher.client("entityresolution").list_id_namespaces()["idNamespaceSummaries"]:
        publisher.client("entityresolution").delete_id_namespace(idNamespaceName=namespace["idNamespaceName"])
    publisher.add_target(target)
    made = ads.ok("POST", "/amc/instances", {"instanceName": advertiser.name.replace("_", " "), "acrBacked": True})
    instance = made["instance"]
    collaboration_id = instance["acrCollaboration"]["id"]
    rooms = advertiser.client("cleanrooms")
    joined = rooms.create_membership(collaborationIdentifier=collaboration_id, queryLogStatus="ENABLED")["membership"]
    namespace_arn = advertiser.add_source(source)
    rooms.create_id_namespace_association(
        membershipIdentifier=joined["id"],
        name="ours",
        inputReferenceConfig={"inputReferenceArn": namespace_arn, "manageResourcePolicies": True},
    )
    return AmcRoom(
        ads=ads,
        advertiser=advertiser,
        publisher=publisher,
        instance_id=instance["instanceId"],
        collaboration_id=collaboration_id,
        membership_id=joined["id"],
        namespace_arn=namespace_arn,
    )

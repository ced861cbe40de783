"""How public clients of AMC write their requests: each way is understood, and each answer is what the specification says."""

import gzip
import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.listening import Listening, listening
from tests.services.amc.ads import Ads, AmcRoom, ads_of, eventually, new_room
from tests.services.amc.test_executions import add_publisher_table
from tests.wire_cases import send, values_at

SQL = "SELECT campaign, COUNT(DISTINCT user_id) AS reach FROM dsp_impressions GROUP BY campaign"
NAMESPACES = "/amc/instances/{instance}/collaboration/idnamespaces/list"
EXECUTIONS = "/amc/reporting/{instance}/workflowExecutions"
TABLES = "/amc/instances/{instance}/collaboration/idmappingtables"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to write a request. `has` are members of the answer that the client reads, `says` what a refusal names."""

    name: str
    method: str = "GET"
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    body: Any = None
    raw: bytes | None = None
    status: int = 200
    has: tuple[str, ...] = ()
    says: str = ""


INSTANCES, ROOM = ("instances",), ("collaborationId",)


def get(name: str, path: str, **more: Any) -> Way:
    """A way to read."""
    return Way(name=name, path=path, **more)


def post(name: str, path: str, **more: Any) -> Way:
    """A way to write."""
    return Way(name=name, method="POST", path=path, **more)


WAYS = [
    # Amazon's guide writes list paths with a slash at the end; its specification without.
    get("slash after a list", f"{EXECUTIONS}/", has=("executions",)),
    get("slash after instances", "/amc/instances/", has=INSTANCES),
    post("slash after a post", f"{NAMESPACES}/", body={}, has=ROOM),
    get("slash before a query", f"{EXECUTIONS}/?limit=1", has=("executions",)),
    # The generated client on PyPI puts the parameters of its specification, headers too, into the query string.
    get(
        "headers in the query",
        "/amc/instances?Amazon-Advertising-API-ClientId=x&Amazon-Advertising-API-Scope=1&limit=10",
        has=INSTANCES,
    ),
    get("unknown parameter left empty", "/amc/instances?nextToken=&limit=&entityId=", has=INSTANCES),
    get("unknown parameter", "/amc/instances?entityId=ENTITY1", has=INSTANCES),
    get("accounts without an account", "/amc/accounts", without=("AdvertiserId", "MarketplaceId"), has=("amcAccounts",)),
    # Content types: the vendor's, plain, with a charset, curl's for -d, one of an old workbook, none.
    *(
        post(f"content type {kind}", NAMESPACES, headers={"Content-Type": kind}, body={}, has=ROOM)
        for kind in (
            "application/vnd.amcinstances.v1+json",
            "application/json; charset=utf-8",
            "application/x-www-form-urlencoded",
            "application/x-amz.json-1.1",
            "text/plain",
        )
    ),
    *(
        get(f"accept {kind}", "/amc/instances", headers={"Accept": kind}, has=INSTANCES)
        for kind in ("application/vnd.amcinstances.v1+json", "application/json", "*/*", "text/html, application/xhtml+xml")
    ),
    get("no condition of ours", "/amc/instances", headers={"If-None-Match": '"abc"', "If-Modified-Since": "x"}, has=INSTANCES),
    get("compressed answers", "/amc/instances", headers={"Accept-Encoding": "gzip, deflate, br, zstd"}, has=INSTANCES),
    get(
        "scope and account headers",
        "/amc/instances",
        headers={"Amazon-Advertising-API-Scope": "1", "Amazon-Ads-AccountId": "x"},
        has=INSTANCES,
    ),
    post("packed body", NAMESPACES, headers={"Content-Encoding": "gzip"}, raw=gzip.compress(b'{"maxResults": 100}'), has=ROOM),
    post("body that is not packed", NAMESPACES, headers={"Content-Encoding": "gzip"}, raw=b"{}", status=400, says="gzip"),
    post(
        "packing nobody knows", NAMESPACES, headers={"Content-Encoding": "br"}, raw=b"{}", status=400, says="Content-Encoding"
    ),
    get("body on a get", "/amc/instances", raw=b"{}", has=INSTANCES),
    post("body on a refresh", f"{TABLES}/nosuch/refresh", body={}, status=404, says="nosuch"),
    post("empty token in a body", f"{TABLES}/list", body={"nextToken": "", "maxResults": None}, has=("idMappingTables",)),
    post("number as text", f"{TABLES}/list", body={"maxResults": "5"}, has=("idMappingTables",)),
    post("text that is no number", f"{TABLES}/list", body={"maxResults": "five"}, status=400, says="maxResults"),
    post("too many at once", f"{TABLES}/list", body={"maxResults": 101}, status=400, says="maxResults"),
    post("token of nobody", f"{TABLES}/list", body={"nextToken": "%%"}, status=400, says="nextToken"),
    post("unknown field", NAMESPACES, body={"pageSize": 5}, status=400, says="pageSize"),
    post("no json", TABLES, raw=b"{name", status=400, says="JSON"),
    post("a list for an object", TABLES, raw=b"[]", status=400, says="object"),
    post("field in another case", TABLES, body={"IdMappingTableName": "x"}, status=400, says="IdMappingTableName"),
    # AMC Insights sends what its users wrote: truths and numbers as text, and a member of an older version.
    post(
        "execution as AMC Insights asks for it",
        EXECUTIONS,
        body={
            "workflow": {"workflowId": "adhoc", "sqlQuery": SQL},
            "timeWindowType": "EXPLICIT",
            "timeWindowStart": "2026-01-01T00:00:00",
            "timeWindowEnd": "2026-02-01T00:00:00",
            "timeWindowTimeZone": "America/New_York",
            "ignoreDataGaps": "True",
            "workflowExecutionTimeoutSeconds": "86400",
        },
        has=("workflowExecutionId", "status", "workflowExecution.workflowExecutionId", "workflowId"),
    ),
    post(
        "execution without an id of a workflow",
        EXECUTIONS,
        body={"workflow": {"sqlQuery": SQL}},
        has=("workflowId", "createTime"),
    ),
    post("execution of no workflow", EXECUTIONS, body={"workflowId": "nosuch"}, status=404, says="nosuch"),
    post("status in the path's other method", f"{EXECUTIONS}/x", body={}, status=404, says="GET"),
    Way(name="put on a list", method="PUT", path="/amc/instances", body={}, status=404, says="POST"),
    Way(name="patch", method="PATCH", path="/amc/instances/{instance}", body={}, status=404, says="PATCH"),
    get("instance of nobody", "/amc/reporting/amcnosuch/workflows", status=404, says="amcnosuch"),
    get("path of nobody", "/amc/nothing", status=404, says="No operation"),
    post("upload", "/amc/advertiserData/{instance}/dataSets", body={}, status=404, says="not served"),
    post("upload list", "/amc/advertiserData/{instance}/dataSets/list", body={}, status=404, says="not served"),
    post("uploads of a data set", "/amc/advertiserData/{instance}/uploads/events", body={}, status=404, says="not served"),
    Way(
        name="data set",
        method="DELETE",
        path="/amc/advertiserData/{instance}/dataSets/events",
        status=400,
        says="was not deleted",
    ),
    get("client missing", "/amc/instances", without=("ClientId",), status=401, says="ClientId"),
    get("token missing", "/amc/accounts", without=("Authorization",), status=401, says="Authorization"),
]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AmcRoom]:
    """An instance with an accepted collaboration."""
    with listening(tmp_path_factory.mktemp("server")) as server:
        yield new_room(server)


@pytest.fixture(scope="module")
def headers(room: AmcRoom) -> dict[str, str]:
    """What every call carries."""
    return room.ads.headers()


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_a_clients_way_is_understood(room: AmcRoom, headers: Mapping[str, str], way: Way) -> None:
    given = {name: value for name, value in headers.items() if not name.endswith(way.without or ("-",))}
    data = way.raw if way.raw is not None else b"" if way.body is None else json.dumps(way.body).encode()
    path = way.path.replace("{instance}", room.instance_id)
    status, document = room.ads.sent(way.method, path, given | dict(way.headers), data)
    assert status == way.status, document
    assert [name for name in way.has if not values_at(document, name)] == []
    assert way.says in document.get("details", "")


def test_an_execution_is_cancelled_by_delete_as_the_guide_has_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    with listening(tmp_path_factory.mktemp("server"), with_worker=False) as server:
        room = new_room(server)
        path = EXECUTIONS.replace("{instance}", room.instance_id)
        made = [room.ads.ok("POST", path, {"workflow": {"sqlQuery": SQL}})["workflowExecutionId"] for _ in range(12)]
        assert room.ads.ok("DELETE", f"{path}/{made[0]}") == {}
        assert room.ads.ok("PUT", f"{path}/{made[1]}", {"status": "CANCELLED"}) == {}
        assert room.ads.ok("GET", f"{path}/{made[0]}")["status"] == "CANCELLED"
        assert "ended already" in room.ads.refused("DELETE", f"{path}/{made[0]}")
        shown = {one["workflowExecutionId"] for one in paged(room.ads, path, "executions", limit=3)}
        assert shown == set(made[2:])
        every = {one["workflowExecutionId"] for one in paged(room.ads, f"{path}?includeCancelled=true", "executions", limit=5)}
        assert every == set(made)


def paged(ads: Ads, path: str, name: str, *, limit: int) -> list[dict[str, Any]]:
    """All pages of a list of the reporting API, read until no token comes, as Amazon's client reads them."""
    found, token = [], ""
    while True:
        query = urlencode({"limit": limit, "nextToken": token})
        page = ads.ok("GET", f"{path}{'&' if '?' in path else '?'}{query}")
        assert len(page[name]) <= limit
        found += page[name]
        token = page.get("nextToken", "")
        if token == "":
            return found


def test_every_list_of_the_reporting_api_comes_in_pages(room: AmcRoom) -> None:
    base = f"/amc/reporting/{room.instance_id}"
    names = [f"w{number}" for number in range(5)]
    for name in names:
        room.ads.ok("POST", f"{base}/workflows", {"workflowId": name, "sqlQuery": SQL})
        room.ads.ok("POST", f"{base}/schedules", {"scheduleId": name, "workflowId": name, "aggregationPeriod": "Daily"})
    assert [one["workflowId"] for one in paged(room.ads, f"{base}/workflows", "workflows", limit=2)] == names
    assert [one["scheduleId"] for one in paged(room.ads, f"{base}/schedules", "schedules", limit=2)] == names
    for name, said in (("0", "limit"), ("x", "limit"), ("-1", "limit")):
        assert said in room.ads.refused("GET", f"{base}/workflows?limit={name}")


def asked(server: Listening, body: bytes, method: str = "POST", **headers: str) -> tuple[int, dict[str, Any]]:
    """What the token endpoint answers."""
    status, _, text = send(method, f"{server.endpoint}/auth/o2/token", headers, body)
    return status, json.loads(text)


def test_a_token_is_asked_for_by_form_by_json_and_with_basic(room: AmcRoom) -> None:
    ads, server = room.ads, room.ads.server
    proof = {"grant_type": "refresh_token", "refresh_token": ads.refresh_token}
    client = {"client_id": ads.client_id, "client_secret": ads.secret}
    form = {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"}
    basic = "Basic " + b64encode(f"{ads.client_id}:{ads.secret}".encode()).decode()
    for status, said in (
        asked(server, urlencode(proof | client | {"redirect_uri": "http://x", "scope": "advertising"}).encode(), **form),
        asked(server, json.dumps(proof | client).encode(), **{"Content-Type": "application/json"}),
        asked(server, urlencode(proof).encode(), Authorization=basic, **form),
    ):
        assert (status, said["token_type"], said["expires_in"]) == (200, "bearer", 3600)
    for left_out in (*proof, *client):
        less = {name: value for name, value in (proof | client).items() if name != left_out}
        status, said = asked(server, urlencode(less).encode(), **form)
        assert (status, said["error"]) == (400, "invalid_request")
        assert left_out in said["error_description"]
    assert asked(server, b"", method="GET")[0] == 405
    assert asked(server, b"{", **{"Content-Type": "application/json"})[1]["error"] == "invalid_request"
    assert asked(server, b"", Authorization="Basic !")[1]["error"] == "invalid_client"


def test_a_client_of_two_accounts_learns_them_before_it_names_one(room: AmcRoom) -> None:
    other = ads_of(room.ads.server, amc_account_id="ENTITYSECOND")
    given = {name: value for name, value in other.headers().items() if not name.endswith(("AdvertiserId", "MarketplaceId"))}
    status, document = other.sent("GET", "/amc/accounts", given, b"")
    assert (status, {one["accountId"] for one in document["amcAccounts"]}) == (200, {"ENTITY1AA1AA11AAA1", "ENTITYSECOND"})
    status, document = other.sent("GET", "/amc/instances", given, b"")
    assert (status, "AdvertiserId" in document["details"]) == (400, True)
    assert other.ok("GET", "/amc/instances") == {"instances": []}


def test_data_sources_are_there_before_anything_was_asked(room: AmcRoom) -> None:
    add_publisher_table(room)
    path = f"/amc/reporting/{room.instance_id}/dataSources"
    found = eventually(lambda: room.ads.ok("GET", path)["dataSources"], bool)
    assert [one["dataSourceId"] for one in found] == ["dsp_impressions"]


def test_advertisers_are_added_listed_in_pages_and_removed(room: AmcRoom) -> None:
    path = f"/amc/instances/{room.instance_id}/advertisers"
    assert room.ads.ok("GET", path) == {"advertisers": [], "totalCount": 0}
    added = [{"id": f"A{number}", "type": "DISPLAY", "marketplaceId": None} for number in range(3)]
    added += [{"id": "ENTITY1", "type": "SPONSORED_ADS", "marketplaceId": "ATVPDKIKX0DER"}]
    update = room.ads.ok("POST", f"{path}/updates", {"advertisersToAdd": added})["advertiserUpdate"]
    assert (update["updateId"], update["status"]) == (1, "COMPLETED")
    seen = paged(room.ads, path, "advertisers", limit=3)
    assert [one["id"] for one in seen] == ["A0", "A1", "A2", "ENTITY1"]
    assert room.ads.ok("GET", f"{path}?type=SPONSORED_ADS")["totalCount"] == 1
    room.ads.ok("POST", f"{path}/updates", {"advertisersToRemove": added[:1]})
    assert room.ads.ok("GET", path)["totalCount"] == 3
    assert "does not have" in room.ads.refused("POST", f"{path}/updates", {"advertisersToRemove": added[:1]})
    assert "advertisersToAdd" in room.ads.refused("POST", f"{path}/updates", {})
    assert "advertisersToAdd" in room.ads.refused("POST", f"{path}/updates", {"advertisersToAdd": added * 3})
    assert [one["updateId"] for one in paged(room.ads, f"{path}/updates", "advertiserUpdates", limit=1)] == [1, 2]
    assert room.ads.ok("GET", f"{path}/updates/2")["advertiserUpdate"]["advertisersToRemove"][0]["id"] == "A0"
    room.ads.refused("GET", f"{path}/updates/9", status=404)
    types = room.ads.ok("GET", f"/amc/instances/{room.instance_id}")["instance"]["advertiserTypes"]
    assert types == ["DISPLAY", "SPONSORED_ADS"]

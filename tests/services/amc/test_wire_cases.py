"""The calls of public AMC clients, each step held to what it says and each answer to the published specification."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.listening import Listening, listening
from tests.services.amc.ads import AmcRoom, ads_of, new_room
from tests.services.amc.specification import require_specified
from tests.wire_cases import Play, play, read_case


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A server of its own: its first client has the ids that the cases name."""
    with listening(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def room(server: Listening) -> AmcRoom:
    """An instance with an accepted collaboration and an associated namespace."""
    return new_room(server)


def from_outside(room: AmcRoom) -> dict[str, str]:
    """What the cases are filled with."""
    return {
        "client_id": room.ads.client_id,
        "client_secret": room.ads.secret,
        "refresh_token": room.ads.refresh_token,
        "access_token": room.ads.token()["access_token"],
        "instanceId": room.instance_id,
        "nsArn": room.namespace_arn,
    }


@pytest.mark.parametrize("name", ["amc_client_quirks", "amc_insights_client", "amc_id_mapping_flow"])
def test_every_step_gets_what_it_expects(cases: Path, room: AmcRoom, name: str) -> None:
    played = play(room.ads.server, read_case(cases / "wire" / f"{name}.json"), **from_outside(room))
    assert_as_specified(played)


def assert_as_specified(played: Play) -> None:
    """Every answer of AMC is what the specification says of its operation and status."""
    checked = 0
    for step, reply in played.replies:
        method, path = step["http"]["method"], played.filled(step["http"]["path"])
        checked += require_specified(method, path, reply.status, reply.content_type, reply.text)
    assert checked


def test_the_example_ids_are_the_first_clients(server: Listening) -> None:
    assert ads_of(server).amc_account_id == "ENTITY1AA1AA11AAA1"

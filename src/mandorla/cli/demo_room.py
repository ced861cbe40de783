"""The demo's two parties as clients of a server: botocore for AWS's APIs, plain HTTP for AMC's, waiting by asking again."""

import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode

import botocore.session
from botocore.config import Config

from mandorla.domain.errors import MandorlaError

# Any: documents of the APIs.

SECONDS_TO_WAIT = 300.0
SECONDS_BETWEEN_LOOKS = 0.2


@dataclass(frozen=True, slots=True)
class Aws:
    """AWS's APIs as an account."""

    endpoint: str
    access_key_id: str
    secret_access_key: str

    def client(self, service: str) -> Any:
        """A client of botocore's."""
        return botocore.session.get_session().create_client(
            service,
            region_name="us-east-1",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.access_key_id,
            aws_secret_access_key=self.secret_access_key,
            config=Config(retries={"max_attempts": 0}),
        )


@dataclass(frozen=True, slots=True)
class Amc:
    """AMC's API as a client, which has traded its refresh token."""

    endpoint: str
    headers: Mapping[str, str] = field(repr=False)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The document of an answer; MandorlaError with AMC's own words where it refuses."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.endpoint}{path}", method=method, headers=dict(self.headers), data=data)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read() or b"{}")
        except HTTPError as error:
            with error:
                raise MandorlaError(json.loads(error.read())["details"]) from None


def amc_of(endpoint: str, *, client_id: str, client_secret: str, refresh_token: str) -> Amc:
    """AMC with an access token of one hour."""
    form = {
        "grant_type": "refresh_token",
        "client_id": client_id,
        "client_secret": client_secret,
        "refresh_token": refresh_token,
    }
    with urllib.request.urlopen(f"{endpoint}/auth/o2/token", data=urlencode(form).encode(), timeout=60) as answer:
        token = json.loads(answer.read())["access_token"]
    return Amc(
        endpoint,
        {
            "Authorization": f"Bearer {token}",
            "Amazon-Advertising-API-ClientId": client_id,
            "Content-Type": "application/json",
        },
    )


def waited_for(ask: Callable[[], Mapping[str, Any]], *, at: str, going_on: tuple[str, ...]) -> Mapping[str, Any]:
    """What is said once a status is none of those going on."""
    deadline = time.monotonic() + SECONDS_TO_WAIT
    while True:
        said = ask()
        if said[at] not in going_on:
            return said
        if time.monotonic() > deadline:
            raise MandorlaError(f"It is still {said[at]} after {SECONDS_TO_WAIT:.0f} seconds.")
        time.sleep(SECONDS_BETWEEN_LOOKS)

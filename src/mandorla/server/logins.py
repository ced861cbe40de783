"""The token endpoint of Login with Amazon: a form in, a JSON document out."""

import json
from base64 import b64decode
from binascii import Error
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from mandorla.server.parts import Parts
from mandorla.services.amc.login import LoginError, trade
from mandorla.store.database import committed
from mandorla.store.records import Records


def token_answer(parts: Parts, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
    """Status and document for what is sent to `POST /auth/o2/token`. `headers` are found whatever their case."""
    try:
        form = form_of(headers, body)
        traded = committed(
            parts.database, lambda connection: trade(Records(connection), parts.server_key, form, now=parts.clock())
        )
        return 200, dict(traded)
    except LoginError as error:
        return error.status, {"error": error.error, "error_description": error.message}


def form_of(headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    """The parameters: of a form or, as some clients send them, of a JSON object; the client may name itself by Basic.

    RFC 6749, section 2.3.1: "The authorization server MUST support the HTTP Basic authentication scheme".
    """
    is_json = "json" in headers.get("content-type", "")
    form = json_form(body) if is_json else dict(parse_qsl(body.decode("utf-8", "replace")))
    return form | basic_client(headers.get("authorization", ""))


def json_form(body: bytes) -> dict[str, str]:
    """The members of a JSON object that are text."""
    try:
        given = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise LoginError("invalid_request", "The body is not JSON, which the header Content-Type says it is.") from error
    return {name: value for name, value in given.items() if isinstance(value, str)} if isinstance(given, dict) else {}


def basic_client(authorization: str) -> dict[str, str]:
    """Client id and secret out of `Basic …`; nothing where it is another scheme."""
    scheme, _, said = authorization.partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        client_id, _, secret = b64decode(said, validate=True).decode().partition(":")
    except (Error, UnicodeDecodeError) as error:
        raise LoginError("invalid_client", "The header Authorization is not `Basic` and base64.", status=401) from error
    return {"client_id": client_id, "client_secret": secret}

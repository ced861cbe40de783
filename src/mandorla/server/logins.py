"""The token endpoint of Login with Amazon: a form in, a JSON document out."""

from typing import Any
from urllib.parse import parse_qsl

from mandorla.server.parts import Parts
from mandorla.services.amc.login import LoginError, trade
from mandorla.store.database import transaction
from mandorla.store.records import Records


def token_answer(parts: Parts, body: bytes) -> tuple[int, dict[str, Any]]:
    """Status and document for the form of `POST /auth/o2/token`."""
    form = dict(parse_qsl(body.decode("utf-8", "replace")))
    try:
        with transaction(parts.database, writes=True) as connection:
            return 200, dict(trade(Records(connection), parts.server_key, form, now=parts.clock()))
    except LoginError as error:
        return error.status, {"error": error.error, "error_description": error.message}

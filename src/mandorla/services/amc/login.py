"""Login with Amazon, for this server: clients trade a refresh token, or a code, for access tokens of one hour.

No token is stored: each follows from the client's id and the server's key, and an access token says itself when it ends.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_hex
from typing import Any

from mandorla.domain.account import Caller
from mandorla.domain.amc import AmcAccount, AmcClient, SpentCode
from mandorla.domain.errors import AccessDeniedError, ConflictError, MandorlaError
from mandorla.store.accounts import derived
from mandorla.store.records import Records
from mandorla.wire.errors import WireError
from mandorla.wire.messages import HttpRequest

LIFE_OF_TOKEN = timedelta(hours=1)
LIFE_OF_CODE = timedelta(minutes=5)

ADVERTISER_ID, MARKETPLACE_ID = "Amazon-Advertising-API-AdvertiserId", "Amazon-Advertising-API-MarketplaceId"
# What the API of audiences calls the AMC account.
ENTITY_ID = "Amazon-Advertising-API-EntityId"

# The ids that Amazon's own guides print in their examples; the first client of a server has them, so the examples run as
# they stand.
EXAMPLE_ACCOUNT = "ENTITY1AA1AA11AAA1"
UNITED_STATES = "ATVPDKIKX0DER"


# What a client brings for a token, by what it calls that.
PROOFS = {"refresh_token": ("refresh_token",), "authorization_code": ("code",)}


class LoginError(MandorlaError):
    """A refusal of the token endpoint, by OAuth 2.0's own word for it (RFC 6749, section 5.2)."""

    def __init__(self, error: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.error = error
        self.status = status


def create_client(
    records: Records, *, account_id: str, name: str, amc_account_id: str | None, marketplace_id: str, now: datetime
) -> tuple[AmcClient, AmcAccount]:
    """A client of an account, and the AMC account it works for, made where the account has none of that id."""
    owned = records.owned_by(AmcAccount, account_id)
    wanted = amc_account_id or (owned[0].amc_account_id if owned else None)
    if wanted is None:
        is_free = records.find_anywhere(AmcAccount, EXAMPLE_ACCOUNT) is None
        wanted = EXAMPLE_ACCOUNT if is_free else f"ENTITY{token_hex(7).upper()[:13]}"
    account = records.find_anywhere(AmcAccount, wanted)
    if account is not None and account.account_id != account_id:
        raise ConflictError(f"The AMC account {wanted} is another party's. Choose another id.")
    if account is None:
        account = AmcAccount(
            account_id=account_id,
            amc_account_id=wanted,
            account_name=name,
            marketplace_id=marketplace_id,
            created_at=now,
        )
        records.add(account)
    client = AmcClient(account_id=account_id, client_id=f"amzn1.application-oa2-client.{token_hex(16)}", created_at=now)
    records.add(client)
    return client, account


def client_secret_of(server_key: bytes, client_id: str) -> str:
    """The secret of a client."""
    return "amzn1.oa2-cs.v1." + hexed(server_key, "amc client secret", client_id)


def refresh_token_of(server_key: bytes, client_id: str) -> str:
    """The refresh token of a client; it does not end."""
    return "Atzr|" + hexed(server_key, "amc refresh token", client_id)


def authorization_code_of(server_key: bytes, client_id: str, *, now: datetime) -> str:
    """A code that can be traded once, within five minutes."""
    issued = str(int(now.timestamp()))
    return f"AN{issued}{hexed(server_key, 'amc authorization code', f'{client_id} {issued}')[:24]}"


def hexed(server_key: bytes, purpose: str, text: str) -> str:
    """What nobody can guess without the server's key, as 64 hexadecimal digits."""
    return sha256(derived(server_key, purpose, text).encode()).hexdigest()


def access_token_of(server_key: bytes, client_id: str, *, ends: datetime) -> str:
    """A token that says whose it is and when it ends, and proves it."""
    said = urlsafe_b64encode(f"{client_id} {int(ends.timestamp())}".encode()).decode().rstrip("=")
    return f"Atza|{said}.{hexed(server_key, 'amc access token', said)}"


def trade(records: Records, server_key: bytes, form: Mapping[str, str], *, now: datetime) -> Mapping[str, Any]:
    """The answer of `POST /auth/o2/token`. LoginError for what Login with Amazon would refuse.

    `form` holds grant_type, client_id, client_secret, and refresh_token or code.
    """
    for name in ("grant_type", "client_id", "client_secret", *PROOFS.get(form.get("grant_type", ""), ())):
        if not form.get(name):
            raise LoginError("invalid_request", f"The parameter {name} is missing.")
    client = records.find_anywhere(AmcClient, form.get("client_id", ""))
    secret = client_secret_of(server_key, client.client_id) if client is not None else ""
    if client is None or not hmac.compare_digest(secret.encode(), form.get("client_secret", "").encode()):
        raise LoginError("invalid_client", "The client is not known, or its secret is another.", status=401)
    match form.get("grant_type"):
        case "refresh_token":
            expected = refresh_token_of(server_key, client.client_id)
            if not hmac.compare_digest(expected.encode(), form.get("refresh_token", "").encode()):
                raise LoginError("invalid_grant", "The refresh_token is not this client's.")
        case "authorization_code":
            spend(records, server_key, client, form.get("code", ""), now=now)
        case _:
            raise LoginError("unsupported_grant_type", "grant_type must be refresh_token or authorization_code.")
    return {
        "access_token": access_token_of(server_key, client.client_id, ends=now + LIFE_OF_TOKEN),
        "refresh_token": refresh_token_of(server_key, client.client_id),
        "token_type": "bearer",
        "expires_in": int(LIFE_OF_TOKEN.total_seconds()),
    }


def spend(records: Records, server_key: bytes, client: AmcClient, code: str, *, now: datetime) -> None:
    """Take a code; LoginError for one that is not the client's, has ended or was taken before."""
    digits = code[2:12]
    issued = datetime.fromtimestamp(int(digits), now.tzinfo) if digits.isascii() and digits.isdigit() else None
    is_own = issued is not None and hmac.compare_digest(
        authorization_code_of(server_key, client.client_id, now=issued).encode(), code.encode()
    )
    is_over = issued is None or now - issued > LIFE_OF_CODE
    if not is_own or is_over or records.find(SpentCode, client.account_id, code) is not None:
        raise LoginError("invalid_grant", "The code is not this client's, has ended, or was used before.")
    records.add(SpentCode(account_id=client.account_id, code=code, spent_at=now))


def caller_of(
    records: Records, server_key: bytes, request: HttpRequest, *, now: datetime, is_for_account: bool = True
) -> Caller:
    """Who calls AMC: by the token, the client id and the AMC account's headers. Each error names the header.

    What is not `is_for_account` needs no account: a client asks which it has before it can name one.
    """
    client = client_of(records, server_key, request, now=now)
    named = request.header("Amazon-Advertising-API-ClientId")
    if named is None:
        raise unauthorized("The header Amazon-Advertising-API-ClientId is missing. Send the client's id.")
    if named != client.client_id:
        raise AccessDeniedError("The header Amazon-Advertising-API-ClientId is not the client that the token was given to.")
    if not is_for_account:
        return Caller(account_id=client.account_id)
    owned = records.owned_by(AmcAccount, client.account_id)
    return Caller(account_id=client.account_id, amc_account_id=account_of(owned, request).amc_account_id)


def client_of(records: Records, server_key: bytes, request: HttpRequest, *, now: datetime) -> AmcClient:
    """The client that the Authorization header's token was given to."""
    scheme, _, token = (request.header("Authorization") or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise unauthorized("The header Authorization is missing, or is not `Bearer` and an access token.")
    said, _, proof = token.strip().removeprefix("Atza|").partition(".")
    if not hmac.compare_digest(hexed(server_key, "amc access token", said).encode(), proof.encode()):
        raise unauthorized("The header Authorization holds no access token of this server. Ask for one at /auth/o2/token.")
    try:
        client_id, _, ends = urlsafe_b64decode(said + "=" * (-len(said) % 4)).decode().partition(" ")
        is_over = now.timestamp() >= int(ends)
    except (Error, ValueError) as error:
        raise unauthorized("The header Authorization holds no access token of this server.") from error
    client = records.find_anywhere(AmcClient, client_id)
    if is_over or client is None:
        raise unauthorized("The header Authorization holds an access token that has ended. Ask for another one.")
    return client


def unauthorized(message: str) -> WireError:
    """Who calls is not known."""
    return WireError("UnauthorizedException", message, status=401)


def account_of(owned: list[AmcAccount], request: HttpRequest) -> AmcAccount:
    """The AMC account that the headers name; the only one where they name none, as a public client does.

    A marketplace alone names no account: who sends it has forgotten the other header.
    """
    found = owned
    wanted = ((ADVERTISER_ID, "amc_account_id"), (ENTITY_ID, "amc_account_id"), (MARKETPLACE_ID, "marketplace_id"))
    for header, name in wanted:
        value = request.header(header)
        if value:
            found = [one for one in found if getattr(one, name) == value]
            if not found:
                raise AccessDeniedError(
                    f"The header {header} names no AMC account of this client. GET /amc/accounts lists them."
                )
    is_named = request.header(ADVERTISER_ID) or request.header(ENTITY_ID)
    if len(found) != 1 or (request.header(MARKETPLACE_ID) and not is_named):
        raise MandorlaError(f"The header {ADVERTISER_ID} is missing. Send the AMC account's id; GET /amc/accounts lists them.")
    return found[0]

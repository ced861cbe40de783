"""Accounts and their keys. A secret is not stored: it follows from the key's id and a key file outside the database.

Whoever steals the database alone can sign nothing; whoever steals the key file alone knows no key's id.
"""

import os
import secrets
from base64 import b64encode
from datetime import datetime
from hashlib import sha256
from hmac import new as new_hmac
from pathlib import Path

from mandorla.domain.account import Account, Credential
from mandorla.domain.errors import ConflictError, MandorlaError
from mandorla.store.records import Records

KEY_FILE_BYTES = 32
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def read_key_file(path: Path) -> bytes:
    """The server's key, made on first use, readable by its user alone."""
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(KEY_FILE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        pass
    key = path.read_bytes()
    if len(key) != KEY_FILE_BYTES:
        raise MandorlaError(
            f"{path} must hold {KEY_FILE_BYTES} bytes, not {len(key)}. Restore it from a copy: keys depend on it."
        )
    return key


def derive_secret(server_key: bytes, access_key_id: str) -> str:
    """The secret access key of a key id: forty characters, as AWS's have.

    >>> len(derive_secret(b"k" * 32, "AKIAEXAMPLE"))
    40
    """
    return derived(server_key, "secret access key", access_key_id)[:40]


def derive_session_token(server_key: bytes, access_key_id: str) -> str:
    """The session token of a temporary key."""
    return derived(server_key, "session token", access_key_id) + derived(server_key, "session token, more", access_key_id)


def derived(server_key: bytes, purpose: str, access_key_id: str) -> str:
    """Thirty-two bytes that nobody can guess without the server's key."""
    return b64encode(new_hmac(server_key, f"{purpose}\n{access_key_id}".encode(), sha256).digest()).decode()


def create_account(records: Records, *, name: str, account_id: str | None, now: datetime) -> tuple[Account, Credential]:
    """A new account and its first key. ConflictError if the name or the id is taken."""
    if not name or len(name) > 100 or not name.isprintable():
        raise MandorlaError("An account's name must have 1 to 100 printable characters.")
    if find_account(records, name) is not None:
        raise ConflictError(f"There is already an account named {name!r}. Choose another name.")
    chosen = account_id or f"{secrets.randbelow(9 * 10**11) + 10**11}"
    if len(chosen) != 12 or not (chosen.isascii() and chosen.isdigit()):
        raise MandorlaError(f"{chosen[:40]!r} is not an account id. It must be twelve digits.")
    account = Account(account_id=chosen, name=name, created_at=now)
    records.add(account)
    return account, create_access_key(records, account_id=chosen, now=now)


def find_account(records: Records, name: str) -> Account | None:
    """The account of that name or id."""
    return next((account for account in records.children(Account, "") if name in (account.name, account.account_id)), None)


def create_access_key(records: Records, *, account_id: str, now: datetime) -> Credential:
    """A lasting key of an account. The secret is given by `derive_secret`."""
    credential = Credential(account_id=account_id, access_key_id=new_access_key_id("AKIA"), created_at=now)
    records.add(credential)
    return credential


def new_access_key_id(prefix: str) -> str:
    """Twenty letters and digits: AKIA… lasts, ASIA… is temporary."""
    return prefix + "".join(secrets.choice(BASE32) for _ in range(16))

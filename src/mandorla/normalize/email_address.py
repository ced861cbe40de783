"""EMAIL_ADDRESS: lower case, and only the characters that an address may hold."""

from __future__ import annotations

import re

from mandorla.normalize.characters import convert_accent
from mandorla.normalize.normalizer import Normalizer, RowCountry, found, is_ascii, lower, matches, or_null, without
from mandorla.normalize.sql_trees import exp

REJECTS = "not an e-mail address"


def amazon_ads(value: str, _country: str) -> str | None:
    """Amazon's uploader: lower, keep letters, digits and _ . @ -, and refuse what is not name@host.

    The plus sign goes and its tag stays; dots stay.

    >>> amazon_ads("Jane.Doe+promo@Gmail.com", "US")
    'jane.doepromo@gmail.com'
    >>> amazon_ads("jane at example.com", "US") is None
    True
    """
    kept = re.sub(r"[^\w.@-]+", "", value.lower())
    return kept if re.match(r"[\w._-]+@[\w._-]+", kept) else None


def amazon_ads_swift(column: exp.Expression, _country: RowCountry) -> exp.Expression:
    """`amazon_ads` for ASCII."""
    return or_null(found(without(lower(column), "[^a-z0-9_.@-]+"), "^[a-z0-9_.-]+@[a-z0-9_.-].*$"))


def entity_resolution(value: str, _country: str) -> str | None:
    """Entity Resolution's glossary: fold accents, drop dots and the +tag of the user name, keep letters, digits, . @ -.

    From the sample library come the parts that the glossary does not mention: what stands in <> is taken out first, and
    (at) is @. The `_` stays, as the library's vectors have it.
    GUESS: "standardizes common domain variations" gives no list, so domains stay as they are; a job's output would tell.

    >>> entity_resolution("Jane Doe <Jane.Doe+news@Example.COM>", "US")
    'janedoe@example.com'
    """
    bracketed = re.search(r"<(.*?)>", value, re.DOTALL)
    address = convert_accent((bracketed.group(1) if bracketed else value).lower())
    address = re.sub(r"\s+", "", address).replace("(at)", "@")
    user, at, host = address.partition("@")
    user = user.partition("+")[0].replace(".", "")
    kept = re.sub(r"[^a-z0-9_.@-]+", "", user + at + host)
    return kept if re.match(r"[^@]+@[^@]", kept) else None


def is_simple(column: exp.Expression, _country: RowCountry) -> exp.Expression:
    """True of printable ASCII with one @ and neither <> nor (at)."""
    return matches(column, r"^[!-%'*-;=?A-Z\[-~ ]*@[!-%'*-;=?A-Z\[-~ ]*$")


def entity_resolution_swift(column: exp.Expression, _country: RowCountry) -> exp.Expression:
    """`entity_resolution` for simple addresses."""
    kept = without(lower(column), "[^a-z0-9_.@+-]+")
    user = without(without(kept, "@.*$"), r"\+.*$|[.]")
    host = without(without(kept, "^[^@]*@"), r"\+")
    return exp.Case().when(
        exp.And(
            this=exp.NEQ(this=user, expression=exp.Literal.string("")),
            expression=exp.NEQ(this=host, expression=exp.Literal.string("")),
        ),
        exp.DPipe(this=exp.DPipe(this=user.copy(), expression=exp.Literal.string("@")), expression=host.copy()),
    )


AMAZON_ADS = Normalizer(
    function_name="amazon_ads_email_address",
    reference=amazon_ads,
    swift=amazon_ads_swift,
    swift_when=is_ascii,
    usual="^ *([0-9A-Za-z_.-]+@[0-9A-Za-z_.-]+) *$",
    of_usual=lower,
    rejects=REJECTS,
)
ENTITY_RESOLUTION = Normalizer(
    function_name="entity_resolution_email_address",
    reference=entity_resolution,
    swift=entity_resolution_swift,
    swift_when=is_simple,
    rejects=REJECTS,
)

"""PHONE and its parts: E.164 without the plus sign, or the digits that Entity Resolution keeps."""

from __future__ import annotations

import re
from functools import cache, partial

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumber, PhoneNumberFormat, ValidationResult

from mandorla.normalize.normalizer import Normalizer, OfColumn, RowCountry, by_country, found, matches, or_null, without
from mandorla.normalize.sql_trees import exp

REJECTS = "not a phone number of its country"
PUNCTUATION = " ().-"
# Where a national number of ten digits may begin like an international one (an Indian mobile 91…, an Italian one 39…).
MAY_BEGIN_WITH_CALLING_CODE = frozenset({"IN", "IT"})
SWIFT_COUNTRIES = ("US", "CA", "GB", "FR", "DE", "ES", "IT", "JP", "IN")


def amazon_ads(value: str, country: str) -> str | None:
    """E.164 without the plus; a number without a plus is one of the row's country.

    A number is refused unless it has the length and the shape (libphonenumber's general pattern) of its country's numbers:
    that is the one rule under which the vectors of Amazon's uploader for US, JP and IN come out.
    Digits that begin with the country's own calling code are its E.164 already, so normalizing twice changes nothing. A
    foreign number cannot be told from a national one once its plus is gone; `readable` keeps the plus where that matters.

    >>> amazon_ads("(206) 345-7890", "US"), amazon_ads("+44 7911 123456", "US"), amazon_ads("07911 123456", "GB")
    ('12063457890', '447911123456', '447911123456')
    >>> amazon_ads("447911123456", "GB"), amazon_ads("999-9568", "US")
    ('447911123456', None)
    """
    national = e164(parsed(value, country))
    if "+" in value or "＋" in value:
        return national
    digits = phonenumbers.normalize_digits_only(value)
    calling_code = str(phonenumbers.country_code_for_region(country))
    international = e164(parsed("+" + digits, country)) if digits.startswith(calling_code) else None
    if country in MAY_BEGIN_WITH_CALLING_CODE and len(digits) <= 10:
        return national or international
    return international or national


def readable(normalized: str, country: str) -> str:
    """The spelling of a normalized number that normalizes to itself in its row: a foreign one gets its plus back.

    >>> readable("12063457890", "US"), readable("447911123456", "US")
    ('12063457890', '+447911123456')
    """
    return normalized if amazon_ads(normalized, country) == normalized else f"+{normalized}"


def readable_swift(column: exp.Expression, country: RowCountry) -> exp.Expression:
    """`readable`, where `amazon_ads_swift` decides."""
    again = amazon_ads_swift(column, country)
    is_decided = exp.Not(this=exp.Is(this=again.copy(), expression=exp.Null()))
    same = exp.EQ(this=again, expression=column.copy())
    return exp.Case().when(same, column.copy()).when(is_decided, glued("+", column))


def parsed(value: str, country: str) -> PhoneNumber | None:
    """libphonenumber's reading, or None where there is none."""
    try:
        return phonenumbers.parse(value, country or None)
    except NumberParseException:
        return None


def e164(number: PhoneNumber | None) -> str | None:
    """The number's E.164 digits, if it has the length and shape of its country's numbers."""
    if number is None or phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    pattern = general_pattern(number.country_code)
    if not pattern.fullmatch(phonenumbers.national_significant_number(number)):
        return None
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))[1:]


@cache
def general_pattern(calling_code: int) -> re.Pattern[str]:
    """What national numbers under a calling code look like, in any of its regions."""
    regions = phonenumbers.region_codes_for_country_code(calling_code)
    return re.compile("|".join(national_shape(metadata_of(calling_code, region)) for region in regions))


def metadata_of(calling_code: int, region: str) -> PhoneMetadata:
    """libphonenumber's metadata of a region that it knows."""
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(calling_code, region)
    assert metadata is not None
    return metadata


def national_shape(metadata: PhoneMetadata) -> str:
    """libphonenumber's general pattern of a region's national numbers."""
    assert metadata.general_desc is not None
    return str(metadata.general_desc.national_number_pattern)


def amazon_ads_swift(column: exp.Expression, country: RowCountry) -> exp.Expression:
    """`amazon_ads` for numbers written the common ways; NULL where the reference has to look."""
    cases = {code: partial(swift_number, code) for code in SWIFT_COUNTRIES}
    return by_country(column, country, cases, undecided)


def undecided(_column: exp.Expression) -> exp.Expression:
    """NULL: the reference has to look."""
    return exp.Null()


def swift_number(country: str, column: exp.Expression) -> exp.Expression:
    """The number of one country, from digits with punctuation and at most a plus before them."""
    bare = exp.Translate(this=column.copy(), from_=exp.Literal.string(PUNCTUATION), to=exp.Literal.string(""))
    metadata = metadata_of(phonenumbers.country_code_for_region(country), country)
    calling_code, trunk = str(metadata.country_code), metadata.national_prefix or ""
    shape = national_shape(metadata)
    if calling_code == "1":
        return american_number(column)
    # What libphonenumber reads in another way: prefixes for dialling abroad, relay services, a doubled trunk prefix.
    special = rf"^[+]?({calling_code})?({trunk}0|{trunk}10|{trunk}?180020)" if trunk else "^[+]?00"
    after_plus = exp.Substring(this=bare.copy(), start=exp.Literal.number(2))
    choice = exp.Case().when(matches(bare, special), exp.Null())
    if trunk:
        choice = choice.when(matches(bare, rf"^[+]?{calling_code}{trunk}"), exp.Null())
        choice = choice.when(matches(bare, f"^{trunk}(?:{shape})$"), glued(calling_code, after_plus))
    choice = choice.when(matches(bare, rf"^[+]{calling_code}(?:{shape})$"), after_plus.copy())
    if country in MAY_BEGIN_WITH_CALLING_CODE:
        up_to_ten_digits = exp.LTE(this=exp.Length(this=bare.copy()), expression=exp.Literal.number(10))
        is_national = exp.And(this=up_to_ten_digits, expression=matches(bare, f"^(?:{shape})$"))
        choice = choice.when(is_national, glued(calling_code, bare))
    return choice.when(matches(bare, f"^{calling_code}(?:{shape})$"), bare.copy()).when(
        matches(bare, f"^(?:{shape})$"), glued(calling_code, bare)
    )


def american_number(column: exp.Expression) -> exp.Expression:
    """A number of the American plan behind its 1: area code, exchange and line, with punctuation between them."""
    gap = f"[{PUNCTUATION}]*"
    number = f"^{gap}(?:[+]?1{gap})?([2-9][0-9]{{2}}){gap}([0-9]{{3}}){gap}([0-9]{{4}}){gap}$"
    # What does not match stays as it is, and is found to be unchanged; what does match gains a sign of its own.
    marked = exp.RegexpReplace(
        this=column.copy(), expression=exp.Literal.string(number), replacement=exp.Literal.string(r"=1\1\2\3")
    )
    return exp.Substring(this=exp.Nullif(this=marked, expression=column.copy()), start=exp.Literal.number(2))


def glued(prefix: str, rest: exp.Expression) -> exp.Expression:
    """The prefix and the rest as one text."""
    return exp.DPipe(this=exp.Literal.string(prefix), expression=rest.copy())


# phonePrefixMap of Entity Resolution's glossary.
PREFIXES = {
    "US": "1",
    "CA": "1",
    "MX": "52",
    "GB": "44",
    "FR": "33",
    "DE": "49",
    "IT": "39",
    "ES": "34",
    "NL": "31",
    "IN": "91",
    "JP": "81",
    "AU": "61",
    "SA": "966",
    "AE": "971",
    "TR": "90",
    "SE": "46",
    "BE": "32",
    "PL": "48",
    "SG": "65",
}


def entity_resolution(value: str, country: str) -> str | None:
    """Entity Resolution's glossary: digits only, no leading zeros, the country's prefix put before what lacks it.

    Its sample library first reads numbers without a country as American ones and keeps the national part of a valid one.

    >>> entity_resolution("(206) 345-7890", "US"), entity_resolution("+12063457890", ""), entity_resolution("03 6818", "AU")
    ('12063457890', '2063457890', '6136818')
    """
    digits = re.sub("[^0-9]+", "", value)
    if not digits:
        return None
    if country in ("US", ""):
        american = parsed(digits, "US")
        if american is not None and phonenumbers.is_valid_number(american):
            digits = str(american.national_number)
    if digits.strip("0"):
        digits = digits.lstrip("0")
    prefix = PREFIXES.get(country, "")
    return digits if digits.startswith(prefix) else prefix + digits


def entity_resolution_swift(column: exp.Expression, country: RowCountry) -> exp.Expression:
    """`entity_resolution` where no library has to look: every country but the United States, and its ten-digit numbers."""
    cases: dict[str, OfColumn] = {code: partial(prefixed, prefix) for code, prefix in PREFIXES.items()}
    return by_country(column, country, cases | {"US": american}, undecided)


def prefixed(prefix: str, column: exp.Expression) -> exp.Expression:
    """The digits without leading zeros, the prefix before them if they lack it; NULL if there are no others than zeros."""
    significant = or_null(without(without(column, "[^0-9]+"), "^0+"))
    return exp.Case().when(matches(significant, f"^{prefix}"), significant).else_(glued(prefix, significant))


def american(column: exp.Expression) -> exp.Expression:
    """A ten-digit number, with or without its 1, behind a 1; whether libphonenumber finds it valid or not."""
    ten_digits = or_null(found(without(column, "[^0-9]+"), "^1?([2-9][0-9]{9})$", group=1))
    return glued("1", ten_digits)


AMAZON_ADS = Normalizer(
    function_name="amazon_ads_phone_number",
    reference=amazon_ads,
    swift=amazon_ads_swift,
    rejects=REJECTS,
)
ENTITY_RESOLUTION = Normalizer(
    function_name="entity_resolution_phone_number",
    reference=entity_resolution,
    swift=entity_resolution_swift,
    rejects="no digits",
)
# Not a match key value: how a normalized number is written down, to be read again in its row.
READABLE = Normalizer(
    function_name="readable_phone_number",
    reference=readable,
    swift=readable_swift,
    rejects=REJECTS,
)

"""Who the people of a synthetic table are and how each row is written, as numbers drawn from a seed.

A draw depends on the seed, on its name and on what it is about (a person, a home, a row), and on nothing else: not on the
order of work, the number of threads or a library's version.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy
import pyarrow
from numpy.typing import NDArray

from mandorla.engines.synthetic_words import (
    CITIES,
    DIRECTIONS,
    EMAIL_DOMAINS,
    FIRST_NAMES,
    LAST_NAMES,
    PLACES,
    STREET_TYPES,
    STREETS,
)

Words = NDArray[numpy.uint64]
Flags = NDArray[numpy.bool_]

GOLDEN = numpy.uint64(0x9E3779B97F4A7C15)
HALF = numpy.uint64(32)
STEP = 1_000_003
JUNK_EMAIL_ONE_IN = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """One table: the people in it are numbered from `first_person`; who has more than one row stands at the end again.

    `filled` says of each column in how many rows of a hundred it holds a value.
    """

    rows: int
    people: int
    first_person: int
    filled: dict[str, int]


def mixed(words: Words) -> Words:
    """SplitMix64's finalizer (Steele, Lea and Flood, 2014): a bijection, so different words stay different."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        words = (words ^ (words >> numpy.uint64(shift))) * numpy.uint64(factor)
    return words ^ (words >> numpy.uint64(31))


@dataclass(frozen=True, slots=True)
class Draws:
    """Draws from one seed."""

    seed: int

    def word(self, name: str, about: Words) -> Words:
        """64 bits for each thing; different things have different words."""
        salt = int.from_bytes(hashlib.sha256(f"{self.seed}/{name}".encode()).digest()[:8])
        return mixed(about * GOLDEN + numpy.uint64(salt))

    def choice(self, name: str, about: Words, choices: int) -> Words:
        """A number from 0 to `choices` - 1 for each thing, all as likely."""
        return ((self.word(name, about) >> HALF) * numpy.uint64(choices)) >> HALF

    def popular(self, name: str, about: Words, choices: int) -> Words:
        """A number from 0 to `choices` - 1, small ones likelier: a tenth of the names has a third of the people."""
        uniform = (self.word(name, about) >> HALF).astype(numpy.float64) / (1 << 32)
        return (uniform * uniform * choices).astype(numpy.uint64)

    def one_in(self, name: str, about: Words, count: int) -> Flags:
        """True of one thing in `count`."""
        return numpy.equal(self.choice(name, about, count), 0)


def people_of(rows: Words, population: Population, draws: Draws) -> Words:
    """The person of each row: everybody once, in an order of no meaning, then some again."""
    step = next(step for step in range(STEP, 2 * STEP) if math.gcd(step, population.people) == 1)
    once = (rows * step) % population.people
    again = draws.choice("person with another row", rows, population.people)
    return numpy.where(rows < population.people, once, again) + population.first_person


def drawn_rows(population: Population, side: str, seed: int, start: int, stop: int) -> pyarrow.RecordBatch:
    """Everything that is drawn for the rows from `start` to before `stop`; `synthetic_people` writes it out as text."""
    draws = Draws(seed)
    numbers = numpy.arange(start, stop, dtype=numpy.uint64)
    people = people_of(numbers, population, draws)
    # Rows of the two sides are different things, people are the same ones.
    rows = numbers * 2 + (side == "target")
    columns: dict[str, pyarrow.Array | Words | Flags] = {
        "person": people,
        "target_word": draws.word("target id", people),
        **drawn_names(people, draws),
        **drawn_emails(people, rows, draws),
        **drawn_phones(people, rows, draws),
        **drawn_homes(people, rows, draws),
        **drawn_devices(people, rows, draws),
        **drawn_spelling(rows, draws),
    }
    for column, percent in population.filled.items():
        columns[f"has_{column}"] = draws.choice(f"{column} is filled", rows, 100) < percent
    return pyarrow.RecordBatch.from_pydict({name: pyarrow.array(values) for name, values in columns.items()})


def drawn_pairs(target: Population, seed: int, start: int, stop: int) -> pyarrow.RecordBatch:
    """The people from `start` to before `stop` whom both tables may show, with the word of their target id."""
    people = numpy.arange(start, stop, dtype=numpy.uint64) + target.first_person
    words = Draws(seed).word("target id", people)
    return pyarrow.RecordBatch.from_pydict({"person": pyarrow.array(people), "target_word": pyarrow.array(words)})


def entries(words: Sequence[str], places: Words) -> pyarrow.Array:
    """The words at these places, each stored once."""
    return pyarrow.DictionaryArray.from_arrays(pyarrow.array(places.astype(numpy.int32)), pyarrow.array(words))


def drawn_names(people: Words, draws: Draws) -> dict[str, pyarrow.Array]:
    """A person's names, and how they stand in an e-mail address."""
    first = draws.popular("first name", people, len(FIRST_NAMES))
    last = draws.popular("last name", people, len(LAST_NAMES))
    return {
        "first_name": entries(FIRST_NAMES, first),
        "last_name": entries(LAST_NAMES, last),
        "mail_first": entries([letters(name) for name in FIRST_NAMES], first),
        "mail_last": entries([letters(name) for name in LAST_NAMES], last),
    }


def letters(name: str) -> str:
    """The letters of a name that stand in its e-mail address.

    >>> letters("O'Barton")
    'obarton'
    """
    return "".join(letter for letter in name.lower() if "a" <= letter <= "z")


def drawn_emails(people: Words, rows: Words, draws: Draws) -> dict[str, pyarrow.Array | Words | Flags]:
    """A person has two addresses; which one stands first is the row's matter. One row in 2,000 has the junk address."""
    return {
        "mail_dotted": draws.one_in("dot in the first address", people, 2),
        "domain_1": entries(EMAIL_DOMAINS, draws.choice("first domain", people, len(EMAIL_DOMAINS))),
        "domain_2": entries(EMAIL_DOMAINS, draws.choice("second domain", people, len(EMAIL_DOMAINS))),
        "emails_swapped": draws.one_in("e-mails swapped", rows, 4),
        "email_is_junk": draws.one_in("junk e-mail", rows, JUNK_EMAIL_ONE_IN),
        "extra_dot": draws.one_in("extra dot", rows, 5),
        "tagged": draws.one_in("+tag", rows, 20),
        "email_style": draws.choice("e-mail style", rows, 8),
        "email_2_style": draws.choice("second e-mail style", rows, 8),
    }


def drawn_phones(people: Words, rows: Words, draws: Draws) -> dict[str, Words | Flags]:
    """A person has a line at home, which half of the shared homes share, and a mobile one."""
    home = homes_of(people, draws)
    line = numpy.where(draws.one_in("home line is shared", home, 2), home, people) * 2
    mobile = people * 2 + 1
    is_swapped = draws.one_in("phones swapped", rows, 4)
    columns: dict[str, Words | Flags] = {}
    for number, about in enumerate((numpy.where(is_swapped, mobile, line), numpy.where(is_swapped, line, mobile)), start=1):
        # The shape of North American numbers: area code and exchange begin with 2 to 9.
        columns[f"area_{number}"] = draws.choice("area code", about, 800) + 200
        columns[f"exchange_{number}"] = draws.choice("exchange", about, 800) + 200
        columns[f"line_{number}"] = draws.choice("line number", about, 10000)
        columns[f"phone_{number}_style"] = draws.choice(f"style of phone {number}", rows, 7)
    columns["phone_is_invalid"] = draws.one_in("invalid phone", rows, 500)
    return columns


def homes_of(people: Words, draws: Draws) -> Words:
    """One in eight pairs of people lives together, under the number of the first; everybody else alone."""
    first = people - people % 2
    return numpy.where(draws.one_in("home is shared", first, 8), first, people)


def drawn_homes(people: Words, rows: Words, draws: Draws) -> dict[str, pyarrow.Array | Words | Flags]:
    """A home has an address and an earlier one, which one row in nine still bears."""
    address = homes_of(people, draws) * 2 + draws.one_in("earlier address", rows, 9)
    place = draws.choice("place", address, len(PLACES))
    street_type = draws.choice("street type", address, len(STREET_TYPES))
    direction = draws.choice("direction", address, len(DIRECTIONS))
    # A ZIP prefix has five towns, so that town and ZIP code go together.
    city = (place * 5 + draws.choice("town", address, 5)) % len(CITIES)
    return {
        "house_number": draws.choice("house number", address, 9999) + 1,
        "has_direction": draws.one_in("street has a direction", address, 5),
        "direction": entries([long for long, _ in DIRECTIONS], direction),
        "direction_short": entries([short for _, short in DIRECTIONS], direction),
        "street": entries(STREETS, draws.choice("street", address, len(STREETS))),
        "street_type": entries([long for long, _ in STREET_TYPES], street_type),
        "street_type_short": entries([short for _, short in STREET_TYPES], street_type),
        "has_apartment": draws.one_in("has an apartment", address, 4),
        "apartment": draws.choice("apartment", address, 400) + 1,
        "city_name": entries(CITIES, city),
        "state_code": entries([state for state, _ in PLACES], place),
        "zip_prefix": entries([prefix for _, prefix in PLACES], place),
        "zip_rest": draws.choice("rest of the ZIP code", address, 100),
        "zip_four": draws.choice("+4 of the ZIP code", address, 10000),
    }


def drawn_devices(people: Words, rows: Words, draws: Draws) -> dict[str, Words | Flags]:
    """A person has two devices; one row in five shows the other one."""
    device = people * 2 + draws.one_in("other device", rows, 5)
    return {
        "maid_high": draws.word("maid, high half", device),
        "maid_low": draws.word("maid, low half", device),
        "maid_is_upper": draws.one_in("maid in upper case", rows, 4),
    }


def drawn_spelling(rows: Words, draws: Draws) -> dict[str, Words | Flags]:
    """How a row's other values are written."""
    return {
        "first_name_style": draws.choice("first name style", rows, 7),
        "last_name_style": draws.choice("last name style", rows, 7),
        "direction_is_short": draws.one_in("short direction", rows, 2),
        "street_type_style": draws.choice("street type style", rows, 4),
        "apartment_style": draws.choice("apartment style", rows, 3),
        "extra_space": draws.one_in("extra space", rows, 9),
        "city_is_upper": draws.one_in("city in upper case", rows, 8),
        "state_is_lower": draws.one_in("state in lower case", rows, 10),
        "has_zip_four": draws.one_in("ZIP+4", rows, 6),
        "zip_is_invalid": draws.one_in("invalid ZIP code", rows, 1000),
        "country_style": draws.choice("country style", rows, 20),
    }

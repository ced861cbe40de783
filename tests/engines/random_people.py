"""Random tables of people as engines meet them: noise in every field, ids that repeat or are missing, CSV and Parquet."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

from pyarrow import Table, parquet

from tests.match.tables import write

FIELDS = (
    "id:UNIQUE_ID",
    "mail:EMAIL_ADDRESS:Email",
    "mail_2:EMAIL_ADDRESS:Email",
    "phone:PHONE:Phone",
    "first:NAME_FIRST:Name:group=name",
    "last:NAME_LAST:Name:group=name",
    "street:ADDRESS_STREET1:Address:group=home",
    "city:ADDRESS_CITY:Address:group=home",
    "zip:ADDRESS_POSTALCODE:Zip",
    "region:ADDRESS_STATE:State",
    "land:ADDRESS_COUNTRY",
    "maid:MAID:MAID",
    "DELETE:STRING",
)
RULES = [
    {"ruleName": "mail", "matchingKeys": ["Email"]},
    {"ruleName": "phone and zip", "matchingKeys": ["Phone", "Zip"]},
    {"ruleName": "phone", "matchingKeys": ["Phone"]},
    {"ruleName": "home", "matchingKeys": ["Address", "State"]},
    {"ruleName": "maid", "matchingKeys": ["MAID"]},
    {"ruleName": "name", "matchingKeys": ["Name", "Zip"]},
    {"ruleName": "nowhere", "matchingKeys": ["Passport"]},
]
LANDS = ("US", "gb", "Germany", "FR", "", "Atlantis", "Ελλάδα")
NOISE = (
    "é",
    "ß",
    "\u3000",
    "\u00a0",
    "İ",
    "٣",
    "\t",
    "\n",
    "'",
    '"',
    "\\",
    "\\d",
    "$",
    "#",
    ",",
    "%",
    "{",
    "李",
    "K",
    "\u2028",
)


def write_people(random: Random, folder: Path) -> tuple[list[Path], list[Path]]:
    """Files of a source, CSV, and of a target, Parquet and CSV, that share people."""
    people = [person(random, number) for number in range(120)]
    columns = [field.partition(":")[0] for field in FIELDS]
    paths = []
    for side, rows in (("source", 260), ("target", 220)):
        for part in range(2):
            table = [row(random, side, random.choice(people)) for _ in range(rows // 2)]
            path = folder / f"{side}_{part}.{'parquet' if (side, part) == ('target', 0) else 'csv'}"
            if path.suffix == ".csv":
                write(path, FIELDS, table)
            else:
                values = {column: [one[place] or None for one in table] for place, column in enumerate(columns)}
                parquet.write_table(Table.from_pydict(values), path, row_group_size=37)
            paths.append(path)
    return paths[:2], paths[2:]


def person(random: Random, number: int) -> list[str]:
    """The clean values of one person, without id and DELETE."""
    host = random.choice(("example.com", "example.org"))
    return [
        f"ann.lee{number}@{host}",
        f"al+{number % 50}@{host}",
        random.choice((f"(206) 555-{number:04}", f"+44 7911 12{number:04}", f"030 12{number:05}", f"06 12 34 5{number:03}")),
        random.choice(("Ann", "José", "Zoë", "Björn")),
        random.choice(("Lee", "O'Neil", "Müller-Lüdenscheidt", "李")),
        f"{number % 40} {random.choice(('North Main Street', 'Oak Ave, Apt #4', 'Rue de la Paix', 'Hauptstraße'))}",
        random.choice(("Seattle", "München", "Saint-Étienne")),
        random.choice((f"98{number % 30:03}", f"98{number % 30:03}-1234", "SW1A 1AA")),
        random.choice(("Washington", "wa", "Bayern", "Île-de-France")),
        random.choice(LANDS),
        f"38400000-8cf0-11bd-b23e-{number:012x}",
    ]


def row(random: Random, side: str, values: Sequence[str]) -> list[str]:
    """One row about a person: an id of any number, one that is too busy, none, or one that is too long; noise in the rest."""
    usual = f"{side[0]}{random.randrange(150)}"
    identifier = random.choices((usual, f" {usual} ", "busy", "", "\u3000", "x" * 300), (60, 5, 30, 2, 1, 2))[0]
    return [identifier, *(noisy(random, value) for value in values), random.choice(("", "", "", "", "false", " TRUE"))]


def noisy(random: Random, value: str) -> str:
    """The value as somebody typed it."""
    chance = random.random()
    if chance < 0.25:
        return ""
    if chance < 0.35:
        return value.upper()
    if chance < 0.45:
        return f"{random.choice(NOISE)}{value} {random.choice(NOISE)}"
    if chance < 0.5:
        place = random.randrange(len(value) + 1)
        return value[:place] + random.choice(NOISE) + value[place:]
    return value

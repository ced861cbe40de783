"""What people who do not exist are called, where they live, and how their street and state are written."""

from itertools import product


def glued(*parts: str) -> tuple[str, ...]:
    """Every combination of one word of each part; `-` stands for nothing.

    >>> glued("Oak Elm", "- wood")
    ('Oak', 'Oakwood', 'Elm', 'Elmwood')
    """
    return tuple("".join(words).replace("-", "") for words in product(*(part.split() for part in parts)))


FIRST_NAMES = (
    *glued(
        "Mar Jos Al An El Dan Kar Rob Em Lor Bel Bren Car Ced Dor Fel Fran Gar Gil Har Hel Ig In Jar Kel Lar Mel Nor Or Pat"
        " Per Ros Sal Ser Tam Ter Ul Val Wil Yor Zel Zor",
        "a ia en ina elle ian on ette is y ah an anna ard era ice ick ine ita o olf ora os ric ton us",
    ),
    "José",
    "Noëlle",
    "René",
    "Zoé",
)

# Every fortieth begins with O', as people with an apostrophe in their name do in real files.
LAST_NAMES = tuple(
    name if place % 40 else f"O'{name}"
    for place, name in enumerate(
        glued(
            "Wil Har Bar Cal Dun El Far Gal Hol Kel Lan Mar Nor Or Pem Quin Ral Sal Tal Ul Ven Wal Yar Zim Ash Bil Cor Den Ed"
            " Fen Gor Hal Ing Jen Kir Lin Mil Nel Os Per Ran Sten Tor Urn Vin Win Brad Chad Drum Glen Hart Lock Moor Pres Rams"
            " Shel Thorn Wake Whit York",
            "- ing er el and ow in es",
            "son ton man ley ford berg well wood field ham by ster more worth land burn stead stone ridge hurst combe dale den"
            " don gate grove hall kin lock low mer mond nell ner quist sen shaw smith thorpe vale",
        ),
        start=1,
    )
)

STREETS = glued(
    "Oak Elm Ash Birch Cedar Maple Pine Willow Cherry Apple Hazel Laurel Holly Juniper Linden Walnut Chestnut Spruce Alder"
    " Aspen Beech Hickory Magnolia Poplar Sycamore River Stone Silver Golden Copper Iron Summer Winter Autumn Morning Evening"
    " Sunset Harvest Eagle Falcon Heron Robin Swan Deer Fox Badger Otter Clover Heather Thistle Bramble Fern Ivy Rose Lily",
    "wood dale brook crest mont side gate leaf bank land moor stead ridgeway bury shire thorn water",
)

CITIES = glued(
    "Ald Brook Clay Dun East Fair Glen Hart Iron Kings Lake Mill New North Oak Port Queens River Spring Stan Thorn Wal West"
    " Wood York Maple Cedar Green High Long",
    "ville ton field burg port dale ford wick mont bury",
)

# The long and the short form of a street's last word.
STREET_TYPES = (
    ("Street", "St"),
    ("Avenue", "Ave"),
    ("Road", "Rd"),
    ("Drive", "Dr"),
    ("Lane", "Ln"),
    ("Court", "Ct"),
    ("Place", "Pl"),
    ("Highway", "Hwy"),
    ("Terrace", "Ter"),
    ("Parkway", "Pkwy"),
)
DIRECTIONS = (("North", "N"), ("South", "S"), ("East", "E"), ("West", "W"))

# States with the first and the last three-digit prefix of their ZIP codes.
ZIP_PREFIXES = (
    ("MA", 10, 27),
    ("NJ", 70, 89),
    ("NY", 100, 149),
    ("PA", 150, 196),
    ("MD", 206, 219),
    ("VA", 220, 246),
    ("NC", 270, 289),
    ("GA", 300, 319),
    ("FL", 320, 339),
    ("TN", 370, 385),
    ("OH", 430, 458),
    ("IN", 460, 479),
    ("MI", 480, 499),
    ("WI", 530, 549),
    ("MN", 550, 567),
    ("IL", 600, 629),
    ("MO", 630, 658),
    ("TX", 750, 799),
    ("CO", 800, 816),
    ("AZ", 850, 865),
    ("CA", 900, 961),
    ("WA", 980, 994),
)
PLACES = tuple((state, f"{prefix:03}") for state, first, last in ZIP_PREFIXES for prefix in range(first, last + 1))

# A provider that is named several times has so many shares of the addresses.
EMAIL_DOMAINS = (
    *("gmail.com",) * 9,
    *("yahoo.com",) * 4,
    *("hotmail.com",) * 3,
    *("outlook.com",) * 2,
    "aol.com",
    "comcast.net",
    "example.org",
    "icloud.com",
    "mail.example.co.uk",
)

"""How much memory a text stands for."""

import re

from mandorla.engines.source_files import refused


def bytes_of(memory: str) -> int:
    """The bytes that a text such as 4GB or 512 MiB stands for, as DuckDB reads it.

    >>> bytes_of("4GB"), bytes_of("1.5 KiB")
    (4000000000, 1536)
    """
    found = re.fullmatch(r"\s*([0-9]+\.?[0-9]*)\s*([KMGT]?)(I?)B?\s*", memory.upper())
    if found is None:
        raise refused("OPTION_UNKNOWN", "MANDORLA_MEMORY_LIMIT", f"'{memory}' is no size of memory", "write one such as 4GB")
    number, unit, binary = found.groups()
    return int(float(number) * (1024 if binary else 1000) ** (" KMGT".index(unit) if unit else 0))

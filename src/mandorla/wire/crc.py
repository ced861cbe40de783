"""The two CRCs that clients send and Python's library does not have: CRC-32C, and CRC-64/NVME, the AWS CLI's default.

A CRC goes byte by byte, which Python does slowly. So a long body is cut into lanes that go side by side: `bytes.translate`
looks up a whole column of lanes at once, and integers of that length take the exclusive or. A CRC is linear, so the lanes'
registers are then put one behind the other. This is ten times as fast as the plain loop, and the loop is its judge.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

LANE = 1024


@dataclass(frozen=True, slots=True)
class Polynomial:
    """With its bits reversed, as the tables need it; `width` is in bytes."""

    reversed_bits: int
    width: int


CRC32C = Polynomial(0x82F63B78, 4)  # Castagnoli, RFC 3720
CRC64NVME = Polynomial(0x9A6C9329AC4BC9B5, 8)  # NVM Command Set Specification, 64b CRC


def crc_of(body: bytes, polynomial: Polynomial) -> bytes:
    """The CRC of a body: reflected, begun and ended inverted.

    >>> crc_of(b"123456789", CRC32C).hex(), crc_of(b"123456789", CRC64NVME).hex()
    ('e3069283', 'ae8b14860a799888')
    """
    all_ones = (1 << 8 * polynomial.width) - 1
    in_lanes = len(body) // LANE * LANE
    register = through_lanes(body[:in_lanes], all_ones, polynomial) if in_lanes else all_ones
    register = through_bytes(body[in_lanes:], register, polynomial)
    return (register ^ all_ones).to_bytes(polynomial.width, "big")


def through_bytes(body: bytes, register: int, polynomial: Polynomial) -> int:
    """The register after some bytes, one by one."""
    table = table_of(polynomial)
    for byte in body:
        register = register >> 8 ^ table[register & 255 ^ byte]
    return register


def through_lanes(body: bytes, register: int, polynomial: Polynomial) -> int:
    """The register after whole lanes: each lane from nothing, then one behind the other."""
    columns = (body[place::LANE] for place in range(LANE))
    shift = shift_tables_of(polynomial)
    for own in after_columns(bytes(len(body) // LANE * polynomial.width), columns, polynomial):
        register_bytes = register.to_bytes(polynomial.width, "little")
        register = own
        for table, byte in zip(shift, register_bytes, strict=True):
            register ^= table[byte]
    return register


def after_columns(planes: bytes, columns: Iterable[bytes], polynomial: Polynomial) -> list[int]:
    """The registers of all lanes after some columns. A plane is the same byte of every register, the lowest plane first."""
    count = len(planes) // polynomial.width
    registers = [int.from_bytes(planes[start : start + count], "little") for start in range(0, len(planes), count)]
    lookups = [bytes(entry >> 8 * place & 255 for entry in table_of(polynomial)) for place in range(polynomial.width)]
    for column in columns:
        lowest = (registers[0] ^ int.from_bytes(column, "little")).to_bytes(count, "little")
        found = [int.from_bytes(lowest.translate(lookup), "little") for lookup in lookups]
        registers = [above ^ own for above, own in zip([*registers[1:], 0], found, strict=True)]
    by_lane = zip(*(plane.to_bytes(count, "little") for plane in registers), strict=True)
    return [int.from_bytes(bytes(lane), "little") for lane in by_lane]


@cache
def table_of(polynomial: Polynomial) -> tuple[int, ...]:
    """What eight zero bits make of each byte."""
    entries = []
    for entry in range(256):
        for _ in range(8):
            entry = entry >> 1 ^ (polynomial.reversed_bits if entry & 1 else 0)
        entries.append(entry)
    return tuple(entries)


@cache
def shift_tables_of(polynomial: Polynomial) -> tuple[list[int], ...]:
    """For each byte of a register, what a lane of zeros makes of each of its values."""
    places = range(polynomial.width)
    planes = b"".join(bytes(range(256)) if place == plane else bytes(256) for plane in places for place in places)
    shifted = after_columns(planes, [bytes(256 * polynomial.width)] * LANE, polynomial)
    return tuple(shifted[256 * place : 256 * (place + 1)] for place in places)

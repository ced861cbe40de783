"""The two CRCs that clients send and Python's library does not have: CRC-32C, and CRC-64/NVME, the AWS CLI's default.

A CRC goes byte by byte, which Python does slowly. So a long body is cut into lanes that go side by side, two bytes a step, a
whole column of lanes in one NumPy call. A CRC is linear, so the lanes' registers are then put one behind the other, and so
are the CRCs of an object's parts. This is thirty times as fast as the plain loop, and the loop is its judge.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

LANE = 256
BLOCK = 4096 * LANE

Registers = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Polynomial:
    """With its bits reversed, as the tables need it; `width` is in bytes."""

    reversed_bits: int
    width: int

    @property
    def all_ones(self) -> int:
        """What a register begins with, and what is turned over at the end."""
        return (1 << 8 * self.width) - 1


CRC32 = Polynomial(0xEDB88320, 4)  # ISO-HDLC, as in zlib
CRC32C = Polynomial(0x82F63B78, 4)  # Castagnoli, RFC 3720
CRC64NVME = Polynomial(0x9A6C9329AC4BC9B5, 8)  # NVM Command Set Specification, 64b CRC

POLYNOMIALS = {"crc32": CRC32, "crc32c": CRC32C, "crc64nvme": CRC64NVME}


class RunningCrc:
    """A CRC of bytes that come one after the other; it holds at most one block of them."""

    def __init__(self, polynomial: Polynomial) -> None:
        self.polynomial = polynomial
        self.register = polynomial.all_ones
        self.waiting = bytearray()

    def update(self, chunk: bytes) -> None:
        """Go on with some bytes."""
        self.waiting += chunk
        whole = len(self.waiting) // BLOCK * BLOCK
        if whole:
            passing = bytes(self.waiting[:whole])
            del self.waiting[:whole]
            for start in range(0, whole, BLOCK):
                self.register = through_lanes(passing[start : start + BLOCK], self.register, self.polynomial)

    def digest(self) -> bytes:
        """The CRC of all bytes so far."""
        in_lanes = len(self.waiting) // LANE * LANE
        register = through_lanes(bytes(self.waiting[:in_lanes]), self.register, self.polynomial) if in_lanes else self.register
        register = through_bytes(bytes(self.waiting[in_lanes:]), register, self.polynomial)
        return (register ^ self.polynomial.all_ones).to_bytes(self.polynomial.width, "big")


def crc_of(body: bytes, polynomial: Polynomial) -> bytes:
    """The CRC of a body: reflected, begun and ended inverted.

    >>> crc_of(b"123456789", CRC32C).hex(), crc_of(b"123456789", CRC64NVME).hex()
    ('e3069283', 'ae8b14860a799888')
    """
    running = RunningCrc(polynomial)
    running.update(body)
    return running.digest()


def joined_crc(first: bytes, second: bytes, second_length: int, polynomial: Polynomial) -> bytes:
    """The CRC of two bodies one behind the other, from theirs and the second one's length.

    >>> first, second = crc_of(b"1234", CRC64NVME), crc_of(b"56789", CRC64NVME)
    >>> joined_crc(first, second, 5, CRC64NVME).hex()
    'ae8b14860a799888'
    """
    joined = applied(zeros(polynomial, second_length), int.from_bytes(first)) ^ int.from_bytes(second)
    return joined.to_bytes(polynomial.width, "big")


def through_bytes(body: bytes, register: int, polynomial: Polynomial) -> int:
    """The register after some bytes, one by one."""
    table = table_of(polynomial)
    for byte in body:
        register = register >> 8 ^ table[register & 255 ^ byte]
    return register


def through_lanes(body: bytes, register: int, polynomial: Polynomial) -> int:
    """The register after whole lanes: each lane from nothing, then one behind the other."""
    table = table_of_pairs(polynomial)
    columns = np.ascontiguousarray(np.frombuffer(body, dtype="<u2").reshape(-1, LANE // 2).T)
    lanes: Registers = np.zeros(columns.shape[1], dtype=np.uint64)
    for column in columns:
        lanes = (lanes >> np.uint64(16)) ^ table.take(lanes.astype(np.uint16) ^ column)
    return applied(zeros(polynomial, len(body)), register) ^ folded(lanes, polynomial)


def folded(lanes: Registers, polynomial: Polynomial) -> int:
    """The registers of lanes that follow one another as one: neighbours are joined until one is left."""
    length = LANE
    while len(lanes) > 1:
        if len(lanes) % 2:
            lanes = np.concatenate((np.zeros(1, dtype=np.uint64), lanes))
        before, after = lanes[0::2], lanes[1::2]
        for place, table in enumerate(zero_tables(polynomial, length)):
            after = after ^ table.take((before >> np.uint64(8 * place)).astype(np.uint8))
        lanes = after
        length *= 2
    return int(lanes[0])


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
def table_of_pairs(polynomial: Polynomial) -> Registers:
    """What sixteen zero bits make of each pair of bytes."""
    return np.array([through_bytes(b"\0\0", pair, polynomial) for pair in range(1 << 16)], dtype=np.uint64)


# A linear map of registers, as what it makes of each single bit, the lowest first.
Map = tuple[int, ...]


def applied(linear_map: Map, register: int) -> int:
    """What a map makes of a register."""
    made = 0
    for image in linear_map:
        if register & 1:
            made ^= image
        register >>= 1
    return made


@lru_cache(maxsize=1024)
def zeros(polynomial: Polynomial, length: int) -> Map:
    """What so many zero bytes make of a register: half of them twice, and the odd one."""
    bits = tuple(1 << place for place in range(8 * polynomial.width))
    if length == 0:
        return bits
    if length == 1:
        return tuple(through_bytes(b"\0", bit, polynomial) for bit in bits)
    half = zeros(polynomial, length // 2)
    twice = tuple(applied(half, image) for image in half)
    return tuple(applied(zeros(polynomial, 1), image) for image in twice) if length % 2 else twice


@cache
def zero_tables(polynomial: Polynomial, length: int) -> tuple[Registers, ...]:
    """The same by bytes of the register, the lowest first, for many registers at once."""
    linear_map = zeros(polynomial, length)
    return tuple(
        np.array([applied(linear_map, byte << 8 * place) for byte in range(256)], dtype=np.uint64)
        for place in range(polynomial.width)
    )

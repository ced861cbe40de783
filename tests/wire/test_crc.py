"""The lanes of a CRC against the plain loop, on every length around which something changes."""

import random
import zlib

import pytest

from mandorla.wire.crc import (
    BLOCK,
    CRC32,
    CRC32C,
    CRC64NVME,
    LANE,
    Polynomial,
    RunningCrc,
    crc_of,
    joined_crc,
    through_bytes,
)  # fmt: skip

LENGTHS = [
    0,
    1,
    7,
    LANE - 1,
    LANE,
    LANE + 1,
    2 * LANE - 1,
    2 * LANE,
    5 * LANE + 17,
    100 * LANE + 1023,
    BLOCK,
    BLOCK + 2 * LANE + 3,
]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("polynomial", [CRC32C, CRC64NVME], ids=["crc32c", "crc64nvme"])
def test_lanes_and_loop_agree(polynomial: Polynomial, length: int) -> None:
    body = random.Random(length).randbytes(length)
    all_ones = (1 << 8 * polynomial.width) - 1
    plain = through_bytes(body, all_ones, polynomial) ^ all_ones
    assert crc_of(body, polynomial) == plain.to_bytes(polynomial.width, "big")


@pytest.mark.parametrize("polynomial", [CRC32C, CRC64NVME], ids=["crc32c", "crc64nvme"])
def test_a_crc_in_pieces_is_that_of_the_whole(polynomial: Polynomial) -> None:
    body = random.Random(1).randbytes(2 * BLOCK + 777)
    running = RunningCrc(polynomial)
    for start in range(0, len(body), 50_000):
        running.update(body[start : start + 50_000])
    assert running.digest() == crc_of(body, polynomial)


@pytest.mark.parametrize("length", [0, 1, 2, 3, 1000, 65_537])
@pytest.mark.parametrize("polynomial", [CRC32, CRC32C, CRC64NVME], ids=["crc32", "crc32c", "crc64nvme"])
def test_crcs_of_pieces_join_to_that_of_the_whole(polynomial: Polynomial, length: int) -> None:
    body = random.Random(2).randbytes(1234 + length)
    assert joined_crc(crc_of(body[:1234], polynomial), crc_of(body[1234:], polynomial), length, polynomial) == crc_of(
        body, polynomial
    )


def test_our_crc_32_is_zlibs() -> None:
    body = random.Random(3).randbytes(12_345)
    assert crc_of(body, CRC32) == zlib.crc32(body).to_bytes(4, "big")

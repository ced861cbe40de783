"""The lanes of a CRC against the plain loop, on every length around which something changes."""

import random

import pytest

from mandorla.wire.crc import CRC32C, CRC64NVME, LANE, Polynomial, crc_of, through_bytes

LENGTHS = [0, 1, 7, LANE - 1, LANE, LANE + 1, 2 * LANE - 1, 2 * LANE, 5 * LANE + 17, 100 * LANE + 1023]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("polynomial", [CRC32C, CRC64NVME], ids=["crc32c", "crc64nvme"])
def test_lanes_and_loop_agree(polynomial: Polynomial, length: int) -> None:
    body = random.Random(length).randbytes(length)
    all_ones = (1 << 8 * polynomial.width) - 1
    plain = through_bytes(body, all_ones, polynomial) ^ all_ones
    assert crc_of(body, polynomial) == plain.to_bytes(polynomial.width, "big")

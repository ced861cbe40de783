"""hashlib judges the digests, whichever of the processor's instructions made them."""

import hashlib
import os
import subprocess
import sys

import numpy
import pytest

from mandorla.engines.on_kernels import sha256
from tests.conftest import REPOSITORY

TEXTS = [bytes(range(65, 65 + length)) for length in range(sha256.SHORT_TEXT + 1)]
WAYS = [sha256.digest_by_lanes, *([sha256.digest_by_instructions] if sha256.HAS_SHA_INSTRUCTIONS else [])]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_every_length_of_one_block_is_digested(way) -> None:
    blocks = numpy.zeros((len(TEXTS) + 1, sha256.BLOCK_BYTES), numpy.uint8)
    digests = numpy.zeros((len(TEXTS) + 1, sha256.DIGEST_BYTES), numpy.uint8)
    for text, block in zip(TEXTS, blocks, strict=False):
        kept = numpy.frombuffer(text + b" ", numpy.uint8)
        sha256.write_block(kept.ctypes.data, len(text), block.ctypes.data)
    way(blocks.ctypes.data, len(TEXTS), digests.ctypes.data)
    assert [bytes(digest) for digest in digests[: len(TEXTS)]] == [hashlib.sha256(text).digest() for text in TEXTS]


def test_a_plain_processor_gives_the_same_bytes(tmp_path) -> None:
    plain = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path)}
    code = (
        "import numpy\n"
        "from mandorla.engines.on_kernels import sha256\n"
        "block, digests = numpy.zeros(64, numpy.uint8), numpy.zeros(64, numpy.uint8)\n"
        "text = numpy.frombuffer(b'abc', numpy.uint8)\n"
        "sha256.write_block(text.ctypes.data, 3, block.ctypes.data)\n"
        "sha256.digest_by_lanes(block.ctypes.data, 1, digests.ctypes.data)\n"
        "print(bytes(digests[:32]).hex())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | plain, cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == hashlib.sha256(b"abc").hexdigest(), done.stderr

"""Memory of one batch, used again for the next."""

import numpy

# The C library maps a large block by itself and unmaps it when it is freed, so that the next one costs its pages anew. Having
# seen a block of this size freed, it keeps smaller ones.
KEPT_BLOCK_BYTES = 31 << 20


def keep_freed_memory() -> None:
    """Let the C library learn, before the first batch, that freed blocks are worth keeping."""
    numpy.empty(KEPT_BLOCK_BYTES, numpy.uint8)

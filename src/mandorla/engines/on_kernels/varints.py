"""Numbers in as many bytes as they need, seven bits a byte, as Parquet and Thrift write them."""

from numba import types

from mandorla.engines.on_kernels.compiled import kernel
from mandorla.engines.on_kernels.memory import load_byte

DAMAGED = -1


@kernel
def read_varint(at: int, end: int) -> tuple[int, int]:
    """A number, and where the next begins; DAMAGED where there is none."""
    number, shift = types.int64(0), 0
    while at < end and shift < 63:
        byte = types.int64(load_byte(at))
        number |= (byte & 0x7F) << shift
        shift += 7
        at += 1
        if byte < 0x80:
            return number, at
    return types.int64(0), types.int64(DAMAGED)

"""Types without a rule of their own: the value without white space around it."""

from numba import types

from mandorla.engines.on_kernels.compiled import part
from mandorla.engines.on_kernels.memory import copy_bytes, load_byte
from mandorla.engines.on_kernels.normalizers.blocks import CASE, HIGH, block_at, capitals, store_eight
from mandorla.engines.on_kernels.normalizers.characters import end_before_space, first_after_space
from mandorla.engines.on_kernels.normalizers.numbering import UNDECIDED
from mandorla.engines.on_kernels.normalizers.wide import among, is_at_hand, store_in_lower_case, within

BEYOND_ASCII = among("\x80\xff")
# Of ASCII, what is no white space; the control characters among it are too few to be told apart.
NEITHER_SPACE = among("!~")


@part
def is_no_space(byte: int) -> bool:
    """True of a byte of ASCII that is no white space, and no control character."""
    return types.uint8(byte - types.uint8(ord("!"))) <= types.uint8(ord("~") - ord("!"))


@part
def trimmed(text: int, length: int, out: int) -> int:
    """As `mandorla.normalize.plain_text.trimmed`."""
    if length > 0 and is_no_space(load_byte(text)) & is_no_space(load_byte(text + length - 1)):
        copy_bytes(text, out, length)
        return length
    first = first_after_space(text, text + length)
    end = end_before_space(text, text + length)
    if first == 0 or end == 0:
        return UNDECIDED
    if first >= end:
        return 0
    copy_bytes(first, out, end - first)
    return end - first


@part
def case_folded(text: int, length: int, out: int) -> int:
    """As `mandorla.normalize.plain_text.case_folded`, for ASCII."""
    if is_at_hand(text, length):
        inside, seen = within(length), NEITHER_SPACE(text)
        ends = (inside >> types.uint64(1)) ^ inside | types.uint64(1)
        if BEYOND_ASCII(text) & inside == 0 and seen & ends == ends:
            store_in_lower_case(text, out)
            return length
    first = first_after_space(text, text + length)
    end = end_before_space(text, text + length)
    if first == 0 or end == 0:
        return UNDECIDED
    seen = types.uint64(0)
    for place in range(0, end - first, 8):
        block = block_at(first, place, end - first)
        seen |= block
        store_eight(out + place, block | capitals(block) >> CASE)
    return UNDECIDED if seen & HIGH else max(end - first, 0)

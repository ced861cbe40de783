"""Types without a rule of their own: the value without white space around it."""

from mandorla.engines.on_kernels.compiled import part
from mandorla.engines.on_kernels.memory import copy_bytes, load_byte, store_byte
from mandorla.engines.on_kernels.normalizers.characters import LOWER, end_before_space, first_after_space
from mandorla.engines.on_kernels.normalizers.numbering import UNDECIDED


@part
def trimmed(text: int, length: int, out: int) -> int:
    """As `mandorla.normalize.plain_text.trimmed`."""
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
    first = first_after_space(text, text + length)
    end = end_before_space(text, text + length)
    if first == 0 or end == 0:
        return UNDECIDED
    seen = 0
    place = first
    while place < end:
        byte = load_byte(place)
        seen |= byte
        store_byte(out + (place - first), LOWER[byte])
        place += 1
    if seen >= 128:
        return UNDECIDED
    return max(end - first, 0)

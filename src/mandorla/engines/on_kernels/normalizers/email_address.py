"""EMAIL_ADDRESS, for ASCII: lower case, and only the characters that an address may hold."""

import numpy as np
from numba import types

from mandorla.engines.on_kernels.byte_masks import bytes_beyond_ascii
from mandorla.engines.on_kernels.compiled import part
from mandorla.engines.on_kernels.memory import load_byte, store_byte
from mandorla.engines.on_kernels.normalizers.blocks import (
    CASE,
    HIGH,
    ONE,
    between,
    bits_set,
    block_at,
    capitals,
    decimals,
    letters,
    passes,
    reaches,
    store_kept,
    trailing_zeros,
)
from mandorla.engines.on_kernels.normalizers.numbering import UNDECIDED
from mandorla.engines.on_kernels.normalizers.wide import (
    among,
    close_gaps,
    is_at_hand,
    is_twice_at_hand,
    lowest,
    store_in_lower_case,
    within,
)

FROM_AT, BEHIND_AT = reaches("@"), passes("@")
FROM_PLUS, BEHIND_PLUS = reaches("+"), passes("+")
FROM_DASH, BEHIND_DASH, BEHIND_DOT = reaches("-"), passes("-"), passes(".")
FROM_LOW_LINE, BEHIND_LOW_LINE = reaches("_"), passes("_")
FROM_LESS, BEHIND_LESS = reaches("<"), passes("<")
FROM_BRACKET, BEHIND_BRACKET = reaches("("), passes("(")
AT, PLUS, LESS, GREATER = 64, 43, 60, 62
NONE = np.uint64(0)
OF_ADDRESS, AT_SIGNS = among("az", "AZ", "09", "-.", "_", "@"), among("@")


@part
def of_user(block: int) -> int:
    """The high bits of letters, digits, dashes and low lines."""
    others = between(block, FROM_DASH, BEHIND_DASH) | between(block, FROM_LOW_LINE, BEHIND_LOW_LINE)
    return letters(block) | decimals(block) | others


@part
def of_address(block: int) -> int:
    """The high bits of those, of dots and of at signs."""
    others = between(block, FROM_DASH, BEHIND_DOT) | between(block, FROM_LOW_LINE, BEHIND_LOW_LINE)
    return letters(block) | decimals(block) | others | between(block, FROM_AT, BEHIND_AT)


@part
def ads_email(text: int, length: int, out: int) -> int:
    """As `mandorla.normalize.email_address.amazon_ads`, for ASCII."""
    if is_at_hand(text, length):
        inside = within(length)
        kept = OF_ADDRESS(text) & inside
        gaps = kept ^ inside
        if gaps == NONE or is_twice_at_hand(text):
            if gaps & bytes_beyond_ascii(text):
                return UNDECIDED
            signs = AT_SIGNS(text) & inside
            store_in_lower_case(text, out)
            close_gaps(text, gaps, out)
            # The first sign stands behind something, and something stands behind it that is no sign.
            first = lowest(signs)
            behind = lowest(kept & ~(first | (first - ONE)))
            return length - types.int64(bits_set(gaps)) if kept & (first - ONE) and behind & ~signs else 0
    written = out
    at = 0
    seen = NONE
    for place in range(0, length, 8):
        block = block_at(text, place, length)
        seen |= block
        marks = of_address(block)
        signs = between(block, FROM_AT, BEHIND_AT)
        if signs != NONE and at == 0:
            at = written + bits_set(marks & ((signs & (~signs + ONE)) - ONE))
        written = store_kept(written, block | capitals(block) >> CASE, marks)
    if seen & HIGH:
        return UNDECIDED
    is_address = at > out and at + 1 < written and load_byte(at + 1) != AT
    return written - out if is_address else 0


@part
def first_place(marks: int, place: int, found: int) -> int:
    """Where the first marked byte of a block at a place stands, if none was found before."""
    return min(found, place + (trailing_zeros(marks) >> 3)) if marks != NONE else found


@part
def entity_email(text: int, length: int, out: int) -> int:
    """As `mandorla.normalize.email_address.entity_resolution`, for ASCII without (at)."""
    at = tag = length
    seen = brackets = less = NONE
    for place in range(0, length, 8):
        block = block_at(text, place, length)
        seen |= block
        at = first_place(between(block, FROM_AT, BEHIND_AT), place, at)
        tag = first_place(between(block, FROM_PLUS, BEHIND_PLUS), place, tag)
        less |= between(block, FROM_LESS, BEHIND_LESS)
        brackets |= between(block, FROM_BRACKET, BEHIND_BRACKET)
    if (seen & HIGH) | brackets:
        return UNDECIDED
    if less:
        return bracketed_email(text, length, out)
    return split_email(text, length, min(tag, at), at, out)


@part
def place_of(byte: int, text: int, place: int, end: int) -> int:
    """Where a byte stands first from a place on, or `end`."""
    while place < end and load_byte(text + place) != byte:
        place += 1
    return place


@part
def bracketed_email(text: int, length: int, out: int) -> int:
    """An address with a <: what stands up to the next > is the address, if there is one."""
    opening = place_of(LESS, text, 0, length)
    closing = place_of(GREATER, text, opening, length)
    if closing < length:
        text, length = text + opening + 1, closing - opening - 1
    at = place_of(AT, text, 0, length)
    return split_email(text, length, place_of(PLUS, text, 0, at), at, out)


@part
def split_email(text: int, length: int, tag: int, at: int, out: int) -> int:
    """The user name up to its tag and the host behind the at sign, each with the characters that it may hold."""
    written = out
    for place in range(0, tag, 8):
        block = block_at(text, place, tag)
        written = store_kept(written, block | capitals(block) >> CASE, of_user(block))
    if written == out or at == length:
        return 0
    store_byte(written, types.uint8(AT))
    host = written + 1
    written = host
    for place in range(at + 1, length, 8):
        block = block_at(text, place, length)
        written = store_kept(written, block | capitals(block) >> CASE, of_address(block))
    if written == host or load_byte(host) == AT:
        return 0
    return written - out

"""What most rules do to characters: keep some, fold some, drop the others; and white space around a text."""

import numpy as np
from numba import njit, types

from mandorla.engines.on_kernels.memory import load_byte, load_word, store_byte
from mandorla.engines.on_kernels.normalizers.numbering import UNDECIDED
from mandorla.engines.on_kernels.normalizers.tables import (
    ASK,
    ASK_IF_LETTERLIKE,
    FIRST_LEAD,
    FOLD_BYTES,
    TWO_BYTES,
)

LETTERLIKE_SIGNS = 0x84
# What Python strips from a text, of ASCII; \x1c to \x1f are among it.
IS_SPACE = np.array([code < 128 and chr(code).isspace() for code in range(256)], dtype=np.uint8)
# Where a character of white space outside of ASCII may begin: U+0085, U+00A0, U+1680, U+2000, U+3000 and their like.
MAY_BEGIN_SPACE = np.array([code in (0xC2, 0xE1, 0xE2, 0xE3) for code in range(256)], dtype=np.uint8)
LOWER = np.array([code + 32 if 65 <= code <= 90 else code for code in range(256)], dtype=np.uint8)


@njit(nogil=True, cache=True)
def kept(text: int, length: int, out: int, fold: int) -> int:
    """The letters that a fold keeps, one after the other; their number."""
    end = text + length
    written = out
    while text < end:
        letter = load_byte(fold + types.int64(load_byte(text)))
        if letter >= ASK:
            if letter == ASK:
                return UNDECIDED
            if text + 1 == end:
                return UNDECIDED
            following = types.int64(load_byte(text + 1))
            if letter == TWO_BYTES:
                place = ((types.int64(load_byte(text)) - FIRST_LEAD) << 6) + (following & 63)
                letters = types.int64(load_word(fold + FOLD_BYTES + 8 * place))
                store_byte(written, types.uint8(letters))
                store_byte(written + 1, types.uint8(letters >> 8))
                written += letters >> 16
                text += 2
                continue
            if letter == ASK_IF_LETTERLIKE and following == LETTERLIKE_SIGNS:
                return UNDECIDED
            letter = types.uint8(0)
        store_byte(written, letter)
        written += types.int64(letter != 0)
        text += 1
    return written - out


@njit(nogil=True, cache=True)
def first_after_space(text: int, end: int) -> int:
    """Where a text begins behind white space; `end` if there is nothing else, 0 if it cannot be told by ASCII alone."""
    while text < end and IS_SPACE[load_byte(text)]:
        text += 1
    if text < end and MAY_BEGIN_SPACE[load_byte(text)]:
        return 0
    return text


@njit(nogil=True, cache=True)
def end_before_space(text: int, end: int) -> int:
    """Where a text ends before white space; 0 if it cannot be told by ASCII alone."""
    while text < end and IS_SPACE[load_byte(end - 1)]:
        end -= 1
    lead = end - 1
    while lead > text and (load_byte(lead) & 0xC0) == 0x80:
        lead -= 1
    if text < end and MAY_BEGIN_SPACE[load_byte(lead)]:
        return 0
    return end

"""What most rules do to characters: keep some, fold some, drop the others; and white space around a text."""

import numpy as np
from numba import types

from mandorla.engines.on_kernels.compiled import part
from mandorla.engines.on_kernels.memory import load_byte, load_word, store_byte
from mandorla.engines.on_kernels.normalizers.blocks import (
    CASE,
    HIGH,
    block_at,
    capitals,
    decimals,
    letters,
    store_kept,
)
from mandorla.engines.on_kernels.normalizers.numbering import UNDECIDED
from mandorla.engines.on_kernels.normalizers.tables import (
    ASK,
    ASK_IF_LETTERLIKE,
    FIRST_LEAD,
    FOLD_BYTES,
    FOLD_ENTRIES,
    TWO_BYTES,
)

LETTERLIKE_SIGNS = 0x84
# What Python strips from a text, of ASCII; \x1c to \x1f are among it.
IS_SPACE = np.array([code < 128 and chr(code).isspace() for code in range(256)], dtype=np.uint8)
# Where a character of white space outside of ASCII may begin: U+0085, U+00A0, U+1680, U+2000, U+3000 and their like.
MAY_BEGIN_SPACE = np.array([code in (0xC2, 0xE1, 0xE2, 0xE3) for code in range(256)], dtype=np.uint8)
LOWER = np.array([code + 32 if 65 <= code <= 90 else code for code in range(256)], dtype=np.uint8)


@part
def kept(text: int, length: int, out: int, fold: int) -> int:
    """The letters that a fold keeps, one after the other; their number. Eight bytes behind them are written too."""
    of_letters, of_digits = load_word(fold), load_word(fold + 8)
    written = out
    for place in range(0, length, 8):
        block = block_at(text, place, length)
        if block & HIGH:
            rest = folded(text + place, length - place, written, fold)
            return rest if rest == UNDECIDED else written - out + rest
        marks = letters(block) & of_letters | decimals(block) & of_digits
        written = store_kept(written, block | capitals(block) >> CASE, marks)
    return written - out


@part
def folded(text: int, length: int, out: int, fold: int) -> int:
    """The same, letter by letter, for texts that are not all ASCII."""
    end = text + length
    written = out
    while text < end:
        letter = load_byte(fold + FOLD_BYTES + types.int64(load_byte(text)))
        if letter >= ASK:
            if letter == ASK:
                return UNDECIDED
            if text + 1 == end:
                return UNDECIDED
            following = types.int64(load_byte(text + 1))
            if letter == TWO_BYTES:
                place = ((types.int64(load_byte(text)) - FIRST_LEAD) << 6) + (following & 63)
                written_letters = types.int64(load_word(fold + FOLD_ENTRIES + 8 * place))
                store_byte(written, types.uint8(written_letters))
                store_byte(written + 1, types.uint8(written_letters >> 8))
                written += written_letters >> 16
                text += 2
                continue
            if letter == ASK_IF_LETTERLIKE and following == LETTERLIKE_SIGNS:
                return UNDECIDED
            letter = types.uint8(0)
        store_byte(written, letter)
        written += types.int64(letter != 0)
        text += 1
    return written - out


@part
def first_after_space(text: int, end: int) -> int:
    """Where a text begins behind white space; `end` if there is nothing else, 0 if it cannot be told by ASCII alone."""
    while text < end and IS_SPACE[load_byte(text)]:
        text += 1
    if text < end and MAY_BEGIN_SPACE[load_byte(text)]:
        return 0
    return text


@part
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

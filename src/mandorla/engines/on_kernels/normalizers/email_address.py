"""EMAIL_ADDRESS, for ASCII: lower case, and only the characters that an address may hold."""

import numpy as np
from numba import njit, types

from mandorla.engines.on_kernels.memory import load_byte, store_byte
from mandorla.engines.on_kernels.normalizers.numbering import UNDECIDED

AT, PLUS, LESS, GREATER, BRACKET = 64, 43, 60, 62, 40


def kept_characters(others: str) -> list[int]:
    """For each byte the character that stays of it, 0 where none does; above 127 the byte itself, which is not ASCII."""
    letters = {code: code + 32 for code in range(65, 91)}
    same = [code for code in range(128) if chr(code).islower() or chr(code).isdigit() or chr(code) in others]
    return [letters.get(code, code if code in same or code > 127 else 0) for code in range(256)]


KEPT = np.array(kept_characters("_.@-"), dtype=np.uint8)
KEPT_OF_USER = np.array(kept_characters("_-"), dtype=np.uint8)


@njit(nogil=True, cache=True)
def ads_email(text: int, length: int, out: int) -> int:
    """As `mandorla.normalize.email_address.amazon_ads`, for ASCII."""
    end = text + length
    written = out
    seen = types.uint8(0)
    while text < end:
        letter = KEPT[load_byte(text)]
        seen |= letter
        store_byte(written, letter)
        written += types.int64(letter != 0)
        text += 1
    if seen >= 128:
        return UNDECIDED
    at = out
    while at < written and load_byte(at) != AT:
        at += 1
    is_address = at > out and at + 1 < written and load_byte(at + 1) != AT
    return written - out if is_address else 0


@njit(nogil=True, cache=True)
def place_of(byte: int, text: int, end: int) -> int:
    """Where a byte stands first, or `end`."""
    while text < end and load_byte(text) != byte:
        text += 1
    return text


@njit(nogil=True, cache=True)
def entity_email(text: int, length: int, out: int) -> int:
    """As `mandorla.normalize.email_address.entity_resolution`, for ASCII without (at)."""
    end = text + length
    seen = types.uint8(0)
    marks = 0
    place = text
    while place < end:
        byte = load_byte(place)
        seen |= byte
        marks |= types.int64(byte == LESS) | (types.int64(byte == BRACKET) << 1)
        place += 1
    if seen >= 128 or marks >= 2:
        return UNDECIDED
    if marks == 1:
        opening = place_of(LESS, text, end)
        closing = place_of(GREATER, opening, end)
        if closing < end:
            text, end = opening + 1, closing
    at = place_of(AT, text, end)
    tag = place_of(PLUS, text, at)
    written = out
    while text < tag:
        letter = KEPT_OF_USER[load_byte(text)]
        store_byte(written, letter)
        written += types.int64(letter != 0)
        text += 1
    if written == out or at == end:
        return 0
    store_byte(written, types.uint8(AT))
    host = written + 1
    written = host
    place = at + 1
    while place < end:
        letter = KEPT[load_byte(place)]
        store_byte(written, letter)
        written += types.int64(letter != 0)
        place += 1
    if written == host or load_byte(host) == AT:
        return 0
    return written - out

"""ADDRESS and its street lines, by Entity Resolution: words renamed, delimiters gone, letters and digits kept.

The reference asks its tables one after the other. What a word becomes in the end is asked of the reference, word by word,
when the tables are laid out: once for words between spaces, once for words between other delimiters, which the first
tables do not see.
"""

import numpy as np
from numba import types

from mandorla.engines.on_kernels.compiled import part
from mandorla.engines.on_kernels.memory import copy_bytes, load_byte, store_byte
from mandorla.engines.on_kernels.normalizers.address import words_shortened
from mandorla.engines.on_kernels.normalizers.characters import LOWER, end_before_space, first_after_space
from mandorla.engines.on_kernels.normalizers.lookups import copy_entry, directory_entry, entry_length, find_word
from mandorla.engines.on_kernels.normalizers.numbering import COUNTRIES, OTHER_COUNTRY, UNDECIDED
from mandorla.engines.on_kernels.normalizers.tables import ENTITY_CHUNKS, ENTITY_WORDS, Block, word_table
from mandorla.normalize.address import entity_resolution
from mandorla.normalize.entity_resolution_street_words import (
    DEFAULT_WORDS,
    DELIMITERS,
    DIRECTION_WORDS,
    NUMBER_WORDS,
    WORDS_BY_COUNTRY,
)

KEPT, CAPITAL, DELIMITER, POUND, DROPPED, NOT_ASCII, SPACE = 1, 2, 4, 8, 16, 32, 64
SPACE_BYTE, POUND_BYTE = 32, 35


def flags_of(code: int) -> int:
    """What the rule does with a byte."""
    if code > 127:
        return NOT_ASCII
    character = chr(code)
    if character.isalnum():
        return KEPT | (CAPITAL if character.isupper() else 0)
    if character == " ":
        return SPACE
    return {" ": DELIMITER, " number ": DELIMITER | POUND}.get(DELIMITERS.get(character, ""), DROPPED)


FLAGS = np.array([flags_of(code) for code in range(256)], dtype=np.uint8)


def add_entity_words(block: Block) -> None:
    """Lay out what words become in each country."""
    others = tables_of("")
    places = [block.add(table) for table in others]
    for number in range(OTHER_COUNTRY + 1):
        country = COUNTRIES[number] if number < OTHER_COUNTRY else ""
        own = [block.add(table) for table in tables_of(country)] if country in WORDS_BY_COUNTRY else places
        block.set(ENTITY_CHUNKS, number, own[0])
        block.set(ENTITY_WORDS, number, own[1])


def tables_of(country: str) -> list[np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """What becomes of a word between spaces, and of one between delimiters, where it is not just its letters and digits.

    Capitals keep the reference from taking a word as normalized already; commas keep its first tables from knowing it.
    """
    known = {
        word
        for table in (DEFAULT_WORDS, WORDS_BY_COUNTRY.get(country, {}), DIRECTION_WORDS, NUMBER_WORDS)
        for word in table
        if word.isascii()
    }
    chunks = {word: entity_resolution(word.upper(), country) or "" for word in sorted(known)}
    words = {word: entity_resolution(f"{word.upper()},,", country) or "" for word in sorted(known) if is_whole(word)}
    pound = {"#": entity_resolution("#", country) or ""}
    return [word_table(chunks), word_table(words | pound)]


def is_whole(word: str) -> bool:
    """True of a word that no delimiter splits."""
    return not any(delimiter in word for delimiter in DELIMITERS)


@part
def entity_address(text: int, length: int, country: int, out: int, block: int) -> int:
    """As `mandorla.normalize.address.entity_resolution`, for ASCII."""
    seen = types.uint8(0)
    for place in range(length):
        seen |= FLAGS[load_byte(text + place)]
    if seen & NOT_ASCII:
        return UNDECIDED
    if seen == KEPT:
        copy_bytes(text, out, length)
        return length
    room = out + 2 * length + 48
    end = end_before_space(text, text + length)
    text = first_after_space(text, end)
    chunks = block + directory_entry(block, ENTITY_CHUNKS, country)
    words = block + directory_entry(block, ENTITY_WORDS, country)
    if not seen & (DELIMITER | DROPPED):
        return words_shortened(text, end - text, chunks, out)
    written = out
    while text < end:
        begin = text
        seen = types.uint8(0)
        while text < end and load_byte(text) != SPACE_BYTE:
            byte = load_byte(text)
            seen |= FLAGS[byte]
            store_byte(written + (text - begin), LOWER[byte])
            text += 1
        slot = find_word(chunks, written, text - begin)
        if slot != 0 or not seen & (DELIMITER | DROPPED):
            written = renamed(chunks, slot, written, text - begin, room - (end - text))
        else:
            written = split(begin, text, words, written, room - (end - text))
        if written == 0:
            return UNDECIDED
        text += 1
    return written - out


@part
def renamed(table: int, slot: int, word: int, length: int, room: int) -> int:
    """Put what a slot says in a word's place, if there is one; where it ends, or 0 if there is no room for it."""
    if slot == 0:
        return word + length
    if word + entry_length(slot) > room:
        return 0
    return word + copy_entry(table, slot, word)


@part
def split(text: int, end: int, words: int, out: int, room: int) -> int:
    """The words between delimiters, each renamed, only letters and digits kept; where they end, or 0 without room."""
    while text < end and out != 0:
        begin = text
        seen = types.uint8(0)
        while text < end and not FLAGS[load_byte(text)] & DELIMITER:
            byte = load_byte(text)
            seen |= FLAGS[byte]
            store_byte(out + (text - begin), LOWER[byte])
            text += 1
        slot = find_word(words, out, text - begin)
        if slot == 0 and seen & DROPPED:
            out = only_kept(out, text - begin)
        else:
            out = renamed(words, slot, out, text - begin, room - (end - text))
        if out != 0 and text < end and load_byte(text) == POUND_BYTE:
            store_byte(out, types.uint8(POUND_BYTE))
            out = renamed(words, find_word(words, out, 1), out, 1, room - (end - text))
        text += 1
    return out


@part
def only_kept(word: int, length: int) -> int:
    """Drop from a word what is neither letter nor digit, in place; where it ends."""
    written = word
    for place in range(length):
        byte = load_byte(word + place)
        store_byte(written, byte)
        written += types.int64((FLAGS[byte] & KEPT) != 0)
    return written

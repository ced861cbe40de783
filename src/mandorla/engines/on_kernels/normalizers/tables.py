"""What kernels look up, laid out in one block of memory that they are handed as one argument.

Everything comes from the references: a letter's fold is what the reference makes of the letter alone. A compiled kernel
holds none of it, so a cached one never knows older words than the references do.

The block begins with a directory: for each (section, entry) the distance of a table in bytes, or a plain number, 0 for none.
"""

from collections.abc import Mapping

import numpy as np

from mandorla.engines.on_kernels.normalizers.numbering import NUMBERS, OTHER_COUNTRY
from mandorla.normalize import ALL_NORMALIZERS

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]

ENTRIES = 32
FOLDS, ADS_STREETS, ENTITY_CHUNKS, ENTITY_WORDS, REGIONS, PHONES, ENTITY_PREFIXES, POSTAL_SHAPES, CALLING_CODES = range(9)
SECTIONS = 9

assert max(OTHER_COUNTRY, *NUMBERS.values()) < ENTRIES

# A byte's entry in a fold: the letter that it becomes, 0 where it is dropped, or one of these.
ASK, ASK_IF_LETTERLIKE, TWO_BYTES = 0xFD, 0xFE, 0xFF
# Before a fold's bytes: whether it keeps ASCII's letters (in lower case) and digits, as high bits of a word; behind them
# the entries of letters of two bytes.
FOLD_BYTES, FOLD_ENTRIES = 16, 16 + 256
# Letters of two bytes from U+00C0 to U+023F have an entry of their own; later ones of two bytes hide no ASCII letter.
FIRST_LEAD, LAST_LEAD = 0xC3, 0xC8
# Among these leads stand the letters of three bytes that hide one: ẞ, K, ﬁ and their like. Of E2 it is its letter-like signs.
SPECIAL_LEADS = {0xE1: ASK, 0xE2: ASK_IF_LETTERLIKE, 0xEF: ASK}
EXAMPLES_OF_SPECIAL = "ẞKﬁ"

SLOT_BYTES = 32
MULTIPLIER = 0x9E3779B97F4A7C15
SECOND_MULTIPLIER = 0xC2B2AE3D27D4EB4F
WORD_BITS = 2**64 - 1
HIGH_BITS = 0x8080808080808080


def signed(word: int) -> int:
    """A 64-bit word as NumPy keeps it in a column of int64."""
    return word - 2**64 if word >= 2**63 else word


class Block:
    """The block while it is put together; the one thing here that changes."""

    def __init__(self) -> None:
        self.directory = [0] * (SECTIONS * ENTRIES)
        self.words: list[Numbers] = []
        self.length = 8 * len(self.directory)

    def set(self, section: int, entry: int, number: int) -> None:
        """Put a number, or the distance of a table, into the directory."""
        self.directory[section * ENTRIES + entry] = number

    def add(self, table: Numbers) -> int:
        """Append a table; its distance from the block's beginning."""
        distance = self.length
        self.words.append(table)
        self.length += 8 * len(table)
        return distance

    def finished(self) -> Numbers:
        """The directory and all tables behind it."""
        return np.concatenate([np.array(self.directory, dtype=np.int64), *self.words])


def bytes_table(content: bytes) -> Numbers:
    """Bytes as a table, filled up to whole words."""
    return np.frombuffer(content + bytes(-len(content) % 8), dtype=np.int64)


def fold_table(function_name: str) -> Numbers:
    """What a normalizer that keeps some letters makes of each byte, and of each letter of two bytes."""
    reference = ALL_NORMALIZERS[function_name].reference
    ascii_letters = [ord(reference(chr(code), "") or "\0") for code in range(128)]
    special = SPECIAL_LEADS if reference(EXAMPLES_OF_SPECIAL, "") else {}
    small, digits = keeps(ascii_letters, "az"), keeps(ascii_letters, "09")
    leads = [special.get(lead, TWO_BYTES if FIRST_LEAD <= lead <= LAST_LEAD else 0) for lead in range(128, 256)]
    folded = []
    for code in range((FIRST_LEAD & 31) << 6, (LAST_LEAD + 1 & 31) << 6):
        letters = (reference(chr(code), "") or "").encode()
        assert len(letters) <= 2
        folded.append(int.from_bytes(letters, "little") | len(letters) << 16)
    kinds = np.array([signed(small * HIGH_BITS), signed(digits * HIGH_BITS)], dtype=np.int64)
    return np.concatenate([kinds, bytes_table(bytes(ascii_letters + leads)), np.array(folded, dtype=np.int64)])


def keeps(ascii_letters: list[int], ends: str) -> bool:
    """True if a fold keeps the characters between two; it keeps all of them or none."""
    first, last = map(ord, ends)
    same = [ascii_letters[code] == code for code in range(first, last + 1)]
    assert all(same) or not any(ascii_letters[first : last + 1])
    return all(same)


def word_table(entries: Mapping[str, str]) -> Numbers:
    """An open-addressed table from word to entry: its shift, its longest word, its slots and then all bytes.

    A slot holds the word's first and second eight bytes, then in one number its length, its entry's length and the distance
    of both texts, and then the entry's first eight bytes. An empty slot has no length. At most half of the slots are taken.
    """
    bits = max(2, (2 * len(entries)).bit_length())
    slots = [[0, 0, 0, 0] for _ in range(2**bits)]
    texts = bytearray()
    texts_begin = 16 + SLOT_BYTES * len(slots)
    for word, entry in entries.items():
        key, value = word.encode(), entry.encode()
        first, second = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:16], "little")
        place = ((first ^ second * SECOND_MULTIPLIER ^ len(key)) * MULTIPLIER & WORD_BITS) >> 64 - bits
        while slots[place][2]:
            place = (place + 1) % len(slots)
        about = len(key) | len(value) << 8 | texts_begin + len(texts) << 16
        slots[place] = [signed(first), signed(second), about, signed(int.from_bytes(value[:8], "little"))]
        texts += key + value
    longest = max((len(word.encode()) for word in entries), default=0)
    numbers = [64 - bits, longest, *(number for slot in slots for number in slot)]
    # Readers take eight bytes at a time.
    return np.concatenate([np.array(numbers, dtype=np.int64), bytes_table(bytes(texts) + bytes(8))])

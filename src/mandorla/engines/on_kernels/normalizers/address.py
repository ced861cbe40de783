"""ADDRESS and its street lines, by Amazon's uploader: words between separators, shortened, joined in lower case."""

import numpy as np
from numba import types

from mandorla.engines.on_kernels.compiled import part
from mandorla.engines.on_kernels.memory import copy_bytes, load_byte, store_byte
from mandorla.engines.on_kernels.normalizers.blocks import (
    CASE,
    FULL_BYTE,
    ONE,
    bits_set,
    block_at,
    capitals,
    decimals,
    letters,
    store_eight,
    trailing_zeros,
)
from mandorla.engines.on_kernels.normalizers.characters import LOWER
from mandorla.engines.on_kernels.normalizers.lookups import (
    copy_entry,
    directory_entry,
    entry_length,
    find_slot,
    find_word,
)
from mandorla.engines.on_kernels.normalizers.numbering import COUNTRIES, OTHER_COUNTRY, UNDECIDED
from mandorla.engines.on_kernels.normalizers.tables import ADS_STREETS, Block, word_table
from mandorla.engines.on_kernels.normalizers.wide import among, is_at_hand, within
from mandorla.normalize.street_words import OTHER_COUNTRIES, WORDS_BY_COUNTRY

# CARE is what the fast way does not look at: slashes, and separators other than spaces and commas. A separator's bit is the
# next one to a pound's, and a digit's to a dash's, so that a shift tells what stands behind which.
NOT_ASCII, CAPITAL, CARE, POUND, SEPARATOR, LETTER, DASH, DIGIT = 1, 2, 4, 8, 16, 32, 64, 128
FILLED = np.uint64(2**64 - 1)
SMALL_A, POUND_SIGN = np.uint64(97), np.uint64(35)


def flags_of(code: int) -> int:
    """What the splitting rules have to know of a byte."""
    if code > 127:
        return NOT_ASCII
    character = chr(code)
    flags = {"-": DASH, "#": POUND, "/": CARE}.get(character, 0)
    if character.isspace() or character in ",![](){}":
        flags |= SEPARATOR | (0 if character in " ," else CARE)
    if character.isalpha():
        flags |= LETTER | (CAPITAL if character.isupper() else 0)
    return flags | (DIGIT if character.isdigit() else 0)


FLAGS = np.array([flags_of(code) for code in range(256)], dtype=np.uint8)
GAPS, POUNDS, DASHES, DIGITS, CAPITALS = among(" ", ","), among("#"), among("-"), among("09"), among("AZ")
# All that is not ASCII, and some more than CARE.
WITH_CARE = among("\x01\x1f", "!", "()", "/", "[]", "{}", "\x80\xff")
NONE = np.uint64(0)
SMALL_C, SMALL_O, BIT_OF_CASE, UNDERSCORE = 99, 111, 32, 95
SPACE_BYTE, COMMA_BYTE, DASH_BYTE, POUND_BYTE, SLASH_BYTE = 32, 44, 45, 35, 47


def add_streets(block: Block) -> None:
    """Lay out each country's words; an entry that is the word itself changes nothing."""
    others = block.add(street_table(OTHER_COUNTRIES))
    for number in range(OTHER_COUNTRY + 1):
        words = WORDS_BY_COUNTRY.get(COUNTRIES[number]) if number < OTHER_COUNTRY else None
        block.set(ADS_STREETS, number, block.add(street_table(words)) if words else others)


def street_table(words: dict[str, str]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The words that change, in lower case. The fast way asks for a pound and for words that begin with a letter."""
    changed = {word.lower(): short.lower() for word, short in words.items() if word != short and word.isascii()}
    assert all(word[0].isalpha() or word == "#" for word in changed)
    return word_table(changed)


@part
def ads_address(text: int, length: int, country: int, out: int, block: int) -> int:
    """As `mandorla.normalize.address.amazon_ads`, for ASCII."""
    if is_at_hand(text, length) and is_plain(text, within(length)):
        return words_shortened(text, length, block + directory_entry(block, ADS_STREETS, country), out)
    seen = glued = pounds = 0
    previous = SEPARATOR
    for place in range(length):
        flags = types.int64(FLAGS[load_byte(text + place)])
        seen |= flags
        # A pound that begins no word, or a dash behind a digit: the rules that split words may see them.
        glued |= flags & ((previous >> 1) ^ POUND) & (POUND | DASH)
        pounds += flags & POUND
        previous = flags
    if seen & NOT_ASCII:
        return UNDECIDED
    if not seen & (SEPARATOR | CAPITAL):
        copy_bytes(text, out, length)
        return length
    words = block + directory_entry(block, ADS_STREETS, country)
    if seen & CARE or glued or pounds > POUND:
        return split_with_care(text, text + length, words, out)
    return words_shortened(text, length, words, out)


@part
def is_plain(text: int, inside: int) -> bool:
    """Whether a short text has separators or capital letters, and nothing that words are split with care for."""
    gaps, pounds, digits = GAPS(text) & inside, POUNDS(text) & inside, DIGITS(text)
    # A pound that begins no word, a dash behind a digit, and two pounds.
    glued = pounds & ~(gaps << ONE | ONE) | DASHES(text) & digits << ONE
    careful = (WITH_CARE(text) | glued) & inside | pounds & (pounds - ONE)
    return careful == NONE and gaps | CAPITALS(text) & inside != NONE


@part
def words_shortened(text: int, length: int, words: int, out: int) -> int:
    """A value whose words stand between spaces and commas, one of them perhaps behind a pound."""
    room = out + 2 * length + 48
    written, place = out, types.int64(0)
    are_known = is_at_hand(text, length)
    ends = GAPS(text) & within(length) if are_known else NONE
    while place < length:
        left = length - place
        count = min(trailing_zeros(ends >> types.uint64(place)), left) if are_known else word_length(text + place, left)
        first = block_of(text, place, length, count)
        store_eight(written, first)
        second = rest_of_word(text, place, length, count, written) if count > 8 else types.uint64(0)
        begin = first & FULL_BYTE
        if begin == POUND_SIGN and count > 1:
            # A pound and letters or digits are two words. Of anything else behind it, some would be lost.
            if bits_set(letters(first) | decimals(first)) != count - 1:
                return split_with_care(text, text + length, words, out)
            place += 1
            first, count = begin, types.int64(1)
        else:
            place += count + 1
        is_word = begin >= SMALL_A or begin == POUND_SIGN
        slot = find_slot(words, first, second, written, count) if is_word else 0
        if slot == 0:
            written += count
            continue
        if written + entry_length(slot) + length - place > room:
            return UNDECIDED
        written += copy_entry(words, slot, written)
    return written - out


@part
def word_length(text: int, left: int) -> int:
    """How many bytes stand before the next space or comma, of so many that are left."""
    place = types.int64(0)
    while place < left and load_byte(text + place) != SPACE_BYTE and load_byte(text + place) != COMMA_BYTE:
        place += 1
    return place


@part
def block_of(text: int, place: int, length: int, count: int) -> int:
    """Up to eight bytes of the word that stands at a place and has so many, in lower case."""
    block = block_at(text, place, length)
    others = FILLED << types.uint64(8 * count) if count < 8 else NONE
    return (block | capitals(block) >> CASE) & ~others


@part
def rest_of_word(text: int, place: int, length: int, count: int, out: int) -> int:
    """Write what a long word has behind its first eight bytes, in lower case; the next up to eight of these."""
    for behind in range(16, count, 8):
        store_eight(out + behind, block_of(text, place + behind, length, count - behind))
    second = block_of(text, place + 8, length, count - 8)
    store_eight(out + 8, second)
    return second


@part
def shortened(word: int, length: int, words: int, room: int) -> int:
    """Put a word's short form in its place, if it has one; where it ends, or 0 if there is no room for it."""
    if length == 0 or FLAGS[load_byte(word)] & DIGIT:
        return word + length
    slot = find_word(words, word, length)
    if slot == 0:
        return word + length
    if word + entry_length(slot) > room:
        return 0
    return word + copy_entry(words, slot, word)


@part
def separator_length(text: int, place: int, end: int) -> int:
    """How much of a separator stands here: a byte, the three of C/O as a word of its own, or nothing."""
    byte = load_byte(place)
    if FLAGS[byte] & SEPARATOR:
        return 1
    if byte | BIT_OF_CASE != SMALL_C or place + 3 > end:
        return 0
    if load_byte(place + 1) != SLASH_BYTE or load_byte(place + 2) | BIT_OF_CASE != SMALL_O:
        return 0
    if place > text and is_of_word(load_byte(place - 1)):
        return 0
    if place + 3 < end and is_of_word(load_byte(place + 3)):
        return 0
    return 3


@part
def is_of_word(byte: int) -> bool:
    r"""True of what \\b counts as part of a word."""
    return (FLAGS[byte] & (LETTER | DIGIT)) != 0 or byte == UNDERSCORE


@part
def token_begin(text: int, place: int, end: int) -> int:
    """Where the next token begins, or `end`."""
    while place < end:
        separator = separator_length(text, place, end)
        if separator == 0:
            return place
        place += separator
    return end


@part
def token_end(text: int, place: int, end: int) -> int:
    """Where the token ends that stands here."""
    while place < end and separator_length(text, place, end) == 0:
        place += 1
    return place


@part
def dash_of_number(begin: int, end: int) -> int:
    """The dash at which a token is split: digits before it, behind it something without a dash that is no number; or 0."""
    place = begin
    while place < end and FLAGS[load_byte(place)] & DIGIT:
        place += 1
    if place == begin or place + 1 >= end or load_byte(place) != DASH_BYTE:
        return 0
    is_number = True
    for behind in range(place + 1, end):
        if load_byte(behind) == DASH_BYTE:
            return 0
        is_number = is_number and (FLAGS[load_byte(behind)] & DIGIT) != 0
    return 0 if is_number else place


@part
def tokens_counted(text: int, end: int, most_visits: int) -> int:
    """How many tokens there are, those that the dash rule adds within so many visits among them."""
    count = 0
    place = token_begin(text, text, end)
    while place < end:
        behind = token_end(text, place, end)
        count += 2 if count < most_visits and dash_of_number(place, behind) != 0 else 1
        place = token_begin(text, behind, end)
    return count


@part
def split_with_care(text: int, end: int, words: int, out: int) -> int:
    """A value with dashes, pounds or slashes. The dash and the pound rule each visit as many places as there were tokens
    when the rule began.
    """
    room = out + 2 * (end - text) + 48
    dash_visits = tokens_counted(text, end, 0)
    pound_visits = tokens_counted(text, end, dash_visits)
    dash_place = pound_place = 0
    written = out
    place = token_begin(text, text, end)
    while place < end and written != 0:
        behind = token_end(text, place, end)
        dash = dash_of_number(place, behind) if dash_place < dash_visits else 0
        dash_place += 1
        if dash != 0:
            dash_place += 1
            written = written_word(place, dash, written, words, room - (end - dash))
            pound_place += 1
            place = dash + 1
        if written != 0 and pound_place < pound_visits and place_of_pound(place, behind) < behind:
            written, pound_place = split_at_pounds(place, behind, written, words, room - (end - behind), pound_place)
        elif written != 0:
            written = written_word(place, behind, written, words, room - (end - behind))
            pound_place += 1
        place = token_begin(text, behind, end)
    return written - out if written != 0 else UNDECIDED


@part
def written_word(begin: int, end: int, out: int, words: int, room: int) -> int:
    """Write a token in lower case, shortened; where it ends, or 0 if there is no room for it."""
    if out + (end - begin) > room:
        return 0
    for place in range(end - begin):
        store_byte(out + place, LOWER[load_byte(begin + place)])
    return shortened(out, end - begin, words, room)


@part
def place_of_pound(place: int, end: int) -> int:
    """Where the next pound sign stands, or `end`."""
    while place < end and load_byte(place) != POUND_BYTE:
        place += 1
    return place


@part
def split_at_pounds(begin: int, end: int, out: int, words: int, room: int, place_in_list: int) -> tuple[int, int]:
    """Write a token split at its pound signs; where it ends (0 without room), and the place in the list of tokens behind it.

    Each split takes the place of the last part of the split before it: what stands around a match is lost.
    """
    waiting, waiting_end = begin, end
    scanned = begin
    while out != 0:
        pound = place_of_pound(scanned, end)
        if pound == end:
            break
        before = pound
        while before > scanned and FLAGS[load_byte(before - 1)] & LETTER:
            before -= 1
        behind = pound + 1
        while behind < end and FLAGS[load_byte(behind)] & (LETTER | DIGIT | DASH | CARE):
            behind += 1
        scanned = behind
        if before == pound and behind == pound + 1:
            continue
        if before < pound:
            out = written_word(before, pound, out, words, room)
            place_in_list += 1
        waiting, waiting_end = pound, pound + 1
        if out != 0 and behind > pound + 1:
            out = written_word(pound, pound + 1, out, words, room)
            place_in_list += 1
            waiting, waiting_end = pound + 1, behind
    if out != 0:
        out = written_word(waiting, waiting_end, out, words, room)
    return out, place_in_list + 1

"""The normalizers as kernels: the text of one value in, its normalized text out, for what can be done exactly.

The references in `mandorla.normalize` are the meaning. A kernel that cannot follow its reference exactly says so and the
reference is asked; it never guesses. One file an attribute type; `tables.py` says where what they look up comes from.
"""

from mandorla.engines.on_kernels.compiled import inlined
from mandorla.engines.on_kernels.kept_kernels import kept_table
from mandorla.engines.on_kernels.normalizers import numbering
from mandorla.engines.on_kernels.normalizers.address import add_streets, ads_address
from mandorla.engines.on_kernels.normalizers.characters import kept
from mandorla.engines.on_kernels.normalizers.email_address import ads_email, entity_email
from mandorla.engines.on_kernels.normalizers.entity_resolution_address import add_entity_words, entity_address
from mandorla.engines.on_kernels.normalizers.lookups import directory_entry
from mandorla.engines.on_kernels.normalizers.numbering import (
    ADS_ADDRESS,
    ADS_COUNTRY,
    ADS_EMAIL,
    ADS_PHONE,
    ADS_POSTAL_CODE,
    ADS_STATE,
    CASE_FOLDED,
    COUNTRIES,
    ENTITY_ADDRESS,
    ENTITY_COUNTRY,
    ENTITY_EMAIL,
    ENTITY_PHONE,
    ENTITY_POSTAL_CODE,
    ENTITY_STATE,
    NUMBERS,
    TRIMMED,
    UNDECIDED,
    country_number,
)
from mandorla.engines.on_kernels.normalizers.phone_number import ads_phone, entity_phone
from mandorla.engines.on_kernels.normalizers.phone_tables import add_phones
from mandorla.engines.on_kernels.normalizers.place_names import add_place_names, ads_state, named_place, place_table
from mandorla.engines.on_kernels.normalizers.plain_text import case_folded, trimmed
from mandorla.engines.on_kernels.normalizers.postal_code import add_postal_shapes, ads_postal_code, entity_postal_code
from mandorla.engines.on_kernels.normalizers.tables import FOLDS, Block, Numbers, fold_table

__all__ = ["COUNTRIES", "NUMBERS", "UNDECIDED", "WORDS", "country_number", "normalized"]

# The normalizers that keep letters by a table of their own.
FOLDED = (
    numbering.DIGITS,
    numbering.ADS_NAME,
    numbering.ENTITY_NAME,
    numbering.ADS_CITY,
    numbering.ENTITY_CITY,
    numbering.ADS_STATE,
    numbering.ENTITY_STATE,
    numbering.ADS_COUNTRY,
    numbering.ENTITY_COUNTRY,
    numbering.ENTITY_POSTAL_CODE,
)


def words_of_all_kernels() -> Numbers:
    """The block that `normalized` reads."""
    block = Block()
    for name, number in NUMBERS.items():
        if number in FOLDED:
            block.set(FOLDS, number, block.add(fold_table(name)))
    block.set(FOLDS, numbering.ENTITY_PHONE, block.directory[FOLDS + numbering.DIGITS])
    for add in (add_postal_shapes, add_place_names, add_phones, add_streets, add_entity_words):
        add(block)
    return block.finished()


WORDS = kept_table(words_of_all_kernels)


@inlined
def normalized(number: int, text: int, length: int, country: int, out: int, block: int) -> int:
    """Write what a normalizer makes of `length` bytes of UTF-8 at `text` to `out`, where `2 * length + 64` bytes are free.

    The answer is the number of bytes written, 0 where the reference gives None, UNDECIDED where it has to be asked. `block` is
    the address of `WORDS`: to take it from the array costs as much as a short text.
    """
    if number == TRIMMED:
        return trimmed(text, length, out)
    if number == CASE_FOLDED:
        return case_folded(text, length, out)
    if number == ADS_EMAIL:
        return ads_email(text, length, out)
    if number == ENTITY_EMAIL:
        return entity_email(text, length, out)
    if number == ADS_POSTAL_CODE:
        return ads_postal_code(text, length, country, out, block)
    if number == ADS_PHONE:
        return ads_phone(text, length, country, out, block)
    if number == ADS_ADDRESS:
        return ads_address(text, length, country, out, block)
    if number == ENTITY_ADDRESS:
        return entity_address(text, length, country, out, block)
    fold = block + directory_entry(block, FOLDS, number)
    if number == ENTITY_PHONE:
        return entity_phone(text, length, country, out, fold, block)
    if number == ENTITY_POSTAL_CODE:
        return entity_postal_code(text, length, out, fold)
    if number == ADS_STATE:
        return ads_state(text, length, country, out, fold, block)
    if number in (ENTITY_STATE, ADS_COUNTRY, ENTITY_COUNTRY):
        return named_place(text, length, out, fold, place_table(number, block))
    return kept(text, length, out, fold)

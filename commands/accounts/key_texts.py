"""The text of an API key: known by its prefix and a checksum, and by a mark that only we can make.

Scanners of code find `mak_…`, and its checksum tells a key from what only looks like one. The mark
tells without a look into any table whether we have given it.
"""

import hashlib
import re
import zlib

from commands.accounts.keys import TOKEN_BYTES, AccountKeys

PREFIX = "mak_"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# Of 40 bytes, and of a CRC-32.
SECRET_LETTERS, SUM_LETTERS = 54, 6
FORM = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{SECRET_LETTERS + SUM_LETTERS}}}")
HINT_LETTERS = 4
MARKED_AS = "api-key"


def new(keys: AccountKeys, drawn: bytes) -> str:
    """Of so many random bytes."""
    body = _letters(int.from_bytes(keys.marked(MARKED_AS, drawn)), SECRET_LETTERS)
    return f"{PREFIX}{body}{_sum(body)}"


def is_ours(keys: AccountKeys, text: str) -> bool:
    """Whether we have given it, however long ago."""
    if not FORM.fullmatch(text):
        return False
    body, checksum = text[len(PREFIX) : -SUM_LETTERS], text[-SUM_LETTERS:]
    if _sum(body) != checksum:
        return False
    number = 0
    for letter in body:
        number = number * len(ALPHABET) + ALPHABET.index(letter)
    marked = keys.marked(MARKED_AS, bytes(TOKEN_BYTES))
    if number >= 256 ** len(marked):
        return False
    return keys.is_marked(MARKED_AS, number.to_bytes(len(marked)))


def hash_of(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _sum(body: str) -> str:
    return _letters(zlib.crc32(body.encode()), SUM_LETTERS)


def _letters(number: int, length: int) -> str:
    found = ""
    for _ in range(length):
        number, letter = divmod(number, len(ALPHABET))
        found = ALPHABET[letter] + found
    return found

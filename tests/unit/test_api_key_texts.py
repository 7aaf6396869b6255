"""Texts of API keys: known by prefix and checksum, and forged by nobody without our secret."""

import secrets
import zlib

from commands.accounts import key_texts
from commands.accounts.keys import TOKEN_BYTES, AccountKeys

KEYS = AccountKeys("throw-away")


def new() -> str:
    return key_texts.new(KEYS, secrets.token_bytes(TOKEN_BYTES))


def test_ours_are_known_and_all_of_one_form() -> None:
    texts = {new() for _ in range(1_000)}
    assert len(texts) == 1_000
    assert all(key_texts.is_ours(KEYS, one) for one in texts)
    assert {len(one) for one in texts} == {64}
    assert key_texts.is_ours(KEYS, key_texts.new(KEYS, bytes(TOKEN_BYTES)))
    assert key_texts.is_ours(KEYS, key_texts.new(KEYS, b"\xff" * TOKEN_BYTES))


def test_a_checksum_alone_makes_no_key() -> None:
    """Whoever knows the form can compute it; the mark takes the secret."""
    for _ in range(1_000):
        body = "".join(secrets.choice(key_texts.ALPHABET) for _ in range(54))
        number, checksum = zlib.crc32(body.encode()), ""
        for _ in range(6):
            number, letter = divmod(number, 62)
            checksum = key_texts.ALPHABET[letter] + checksum
        assert not key_texts.is_ours(KEYS, f"mak_{body}{checksum}")
    assert not key_texts.is_ours(AccountKeys("another"), new())


def test_what_is_spoiled_is_none() -> None:
    text = new()
    for place in range(len(text)):
        other = "0" if text[place] != "0" else "1"
        assert not key_texts.is_ours(KEYS, text[:place] + other + text[place + 1 :])
    for spoiled in ("", text[:-1], f"{text}0", f" {text}", f"{text}\n", text.upper()):
        assert not key_texts.is_ours(KEYS, spoiled)

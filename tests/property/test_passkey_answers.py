"""Whatever a client sends as a passkey's answer: it is right, or refused, and never a fault."""

import copy
import random
from collections.abc import Callable
from typing import Any

import cbor2
import pytest

from commands.accounts.ceremonies import RelyingParty
from commands.accounts.refusals import PasskeyRefused
from commands.records.factors.passkeys import Passkey
from tests.integration.authenticator import Authenticator, b64, unb64

PARTY = RelyingParty(domain="shop.example", origins=["https://shop.example"])
CHALLENGE = bytes(range(32))
TRIES = 3_000
SEED = 5


def created(key: Authenticator) -> tuple[dict[str, Any], Passkey]:
    credential = key.create(PARTY.asks_for_new(CHALLENGE, "~anna", "anna", []))
    verified = PARTY.new(credential, CHALLENGE)
    known = Passkey(key.id, "~f", "~anna", verified.credential_public_key, 0)
    return credential, known


def spoiled(chance: random.Random, credential: dict[str, Any]) -> dict[str, Any]:
    """Bits turned, cut off, put in: anywhere in any part."""
    made = copy.deepcopy(credential)
    part = chance.choice(list(made["response"]))
    raw = bytearray(unb64(made["response"][part]))
    match chance.randrange(4):
        case 0:
            raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
        case 1:
            del raw[chance.randrange(len(raw)) :]
        case 2:
            at = chance.randrange(len(raw))
            raw[at:at] = chance.randbytes(chance.randrange(1, 9))
        case _:
            raw = bytearray(cbor2.dumps(chance.choice([None, 1, "a", [1], {"a": b"b"}, b"x"])))
    made["response"][part] = b64(bytes(raw))
    return made


def refused_or_right(judge: Callable[[], object]) -> bool:
    try:
        judge()
    except PasskeyRefused:
        return True
    return False


@pytest.mark.parametrize("ceremony", ["new", "shown"])
def test_a_spoiled_answer_is_refused(ceremony: str) -> None:
    chance, key = random.Random(SEED), Authenticator()
    new, known = created(key)
    shown = key.get(PARTY.asks(CHALLENGE))
    # Whose it is is looked at elsewhere.
    del shown["response"]["userHandle"]
    refused = 0
    for _ in range(TRIES):
        if ceremony == "new":
            one = spoiled(chance, new)
            refused += refused_or_right(lambda one=one: PARTY.new(one, CHALLENGE))
        else:
            one = spoiled(chance, shown)
            assert refused_or_right(lambda one=one: PARTY.shown(one, CHALLENGE, known)), one
            refused += 1
    # A new key that is another, and whole, is a new key.
    assert refused > TRIES // 2

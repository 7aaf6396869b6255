"""Bearer tokens: who they name, and what a stranger can do with a valid one's bytes."""

import base64
import json
import string
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest

from deploy.http.keys import KeyRing, make_keys, signing_key
from deploy.http.tokens import (
    AUDIENCE,
    CACHE_MAX,
    ISSUER,
    TOKEN_BYTES_MAX,
    SubjectInvalid,
    TokenInvalid,
    TokenVerifier,
    issue,
)

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
URL_SAFE = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
SUBJECTS = ["", "a/b", "a\x00b", "a\nb", " bob", "bob ", "é", "a" * 65, "-bob", "a b", "٣"]


class Keys:
    def __init__(self, folder: Path) -> None:
        self.private_file, self.public_file = folder / "private.pem", folder / "public.pem"
        make_keys(self.private_file, self.public_file)
        self.private = self.private_file.read_text()

    def verifier(self) -> TokenVerifier:
        return TokenVerifier(KeyRing(self.public_file))

    def signed(self, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """Signed by the issuer's key, whatever is in it."""
        at = int(NOW.timestamp())
        whole = {"iss": ISSUER, "aud": AUDIENCE, "sub": "bob", "role": "buyer"}
        whole |= {"iat": at, "exp": at + 60} | claims
        key = signing_key(self.private)
        headers: dict[str, Any] = {"kid": key.kid, "typ": "at+jwt"} | (header or {})
        if headers["kid"] is None:
            del headers["kid"]
        return jwt.encode(whole, self.private, algorithm=key.algorithm, headers=headers)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


def asked(verifier: TokenVerifier, token: str) -> tuple[str, str]:
    identity = verifier(f"Bearer {token}", NOW)
    return identity.role, identity.subject


@pytest.mark.parametrize("subject", ["bob", "a" * 64, "o.l:g-a_1", "0"])
def test_a_subject_is_an_id(keys: Keys, subject: str) -> None:
    token = issue(keys.private, "buyer", subject, NOW, 60)
    assert asked(keys.verifier(), token) == ("buyer", subject)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subject_that_is_no_id_is_neither_issued_nor_taken(keys: Keys, subject: str) -> None:
    with pytest.raises(SubjectInvalid):
        issue(keys.private, "buyer", subject, NOW, 60)
    with pytest.raises(TokenInvalid):
        asked(keys.verifier(), keys.signed(sub=subject))


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": 1},
        {"sub": None},
        {"role": ["buyer"]},
        {"role": "system"},
        {"exp": 10**400},
        {"exp": float("nan")},
    ],
    ids=str,
)
def test_claims_of_another_shape_are_refused(keys: Keys, claims: dict[str, Any]) -> None:
    with pytest.raises(TokenInvalid):
        asked(keys.verifier(), keys.signed(**claims))


def variants(token: str) -> list[str]:
    """The same token to a lax decoder: padding, junk, and bits that stand for nothing."""
    head, payload, signature = token.split(".")
    last = URL_SAFE.index(signature[-1])
    same_bits = [URL_SAFE[last + bits] for bits in range(1, 16)]
    return [
        *(f"{head}.{payload}.{signature[:-1]}{letter}" for letter in same_bits),
        f"{token}=",
        f"{token}==",
        f"{head}.{payload}.{signature[:5]}!!!!{signature[5:]}",
        f"{head}.{payload}.{signature[:5]}\n{signature[5:]}",
        f"{head}.{payload}.{signature}\n",
        f"{head}=.{payload}.{signature}",
        f"{token} ",
        f" {token}",
    ]


def test_one_token_has_one_spelling_and_is_kept_once(keys: Keys) -> None:
    verifier, token = keys.verifier(), keys.signed()
    for _ in range(2):
        assert asked(verifier, token) == ("buyer", "bob")
        for variant in variants(token):
            with pytest.raises(TokenInvalid):
                asked(verifier, variant)
    assert verifier.kept == 1


@pytest.mark.parametrize("token", ["\ud800", "é", "..", "a.b.c", "a" * 100_000, "\x00.\x00.\x00"])
def test_what_is_no_token_is_refused(keys: Keys, token: str) -> None:
    verifier = keys.verifier()
    with pytest.raises(TokenInvalid):
        asked(verifier, token)
    assert verifier.kept == 0


def test_a_token_beyond_the_limit_is_refused_though_signed(keys: Keys) -> None:
    with pytest.raises(TokenInvalid):
        asked(keys.verifier(), keys.signed(more="x" * TOKEN_BYTES_MAX))
    assert asked(keys.verifier(), keys.signed(more="x" * 1000)) == ("buyer", "bob")


def test_what_is_kept_of_a_token_does_not_grow_with_it(keys: Keys) -> None:
    short, long = keys.verifier(), keys.verifier()
    asked(short, keys.signed(sub="a" * 64))
    asked(long, keys.signed(sub="a" * 64, more="x" * 2000))
    assert short.kept_bytes == long.kept_bytes
    assert CACHE_MAX * long.kept_bytes < 8 * 2**20


def test_a_kept_token_expires(keys: Keys) -> None:
    verifier, token = keys.verifier(), keys.signed()
    asked(verifier, token)
    with pytest.raises(TokenInvalid, match="expired"):
        verifier(f"Bearer {token}", datetime.fromtimestamp(NOW.timestamp() + 60, UTC))


def test_a_lost_public_key_is_derived_from_the_private_one(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    token, private, public = keys.signed(), keys.private, keys.public_file.read_bytes()
    keys.public_file.unlink()
    make_keys(keys.private_file, keys.public_file)
    assert keys.private_file.read_text() == private
    assert keys.public_file.read_bytes() == public
    assert asked(keys.verifier(), token) == ("buyer", "bob")


def test_a_foreign_signature_and_a_foreign_algorithm_are_refused(
    keys: Keys, tmp_path: Path
) -> None:
    forged = Keys(tmp_path).signed()
    part = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
    head, payload, signature = keys.signed().split(".")
    for token in (forged, f"{part}.{payload}.{signature}", f"{head}.{payload}.{'A' * 86}"):
        with pytest.raises(TokenInvalid):
            asked(keys.verifier(), token)


def test_staff_may_be_several_things(keys: Keys) -> None:
    claims = {"role": "operator", "roles": ["operator", "moderator"], "aud": "market:staff"}
    identity = keys.verifier()(f"Bearer {keys.signed(**claims)}", NOW)
    assert identity.roles == ("operator", "moderator")


@pytest.mark.parametrize(
    "roles",
    [
        ["moderator"],
        [],
        "operator",
        ["operator", "buyer"],
        ["operator", "system"],
        ["operator", "root"],
        ["operator", ["moderator"]],
        {"operator": 1},
    ],
)
def test_roles_are_of_staff_and_hold_the_one_that_is_named(keys: Keys, roles: Any) -> None:
    token = keys.signed(role="operator", roles=roles, aud="market:staff")
    with pytest.raises(TokenInvalid):
        keys.verifier()(f"Bearer {token}", NOW)


def test_a_buyer_is_nothing_else(keys: Keys) -> None:
    token = keys.signed(role="buyer", roles=["buyer", "seller"])
    with pytest.raises(TokenInvalid):
        keys.verifier()(f"Bearer {token}", NOW)

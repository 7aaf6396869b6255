"""Keys that sign, keys that verify, and headers that would have another one used."""

import base64
import hashlib
import hmac
import itertools
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from deploy.http.application import make_access
from deploy.http.keys import DevelopmentKey, KeyInvalid, KeyRing, live_keys, retire, rotate
from deploy.http.tokens import TokenInvalid, TokenVerifier, issue
from deploy.settings import from_environment
from tests.unit.test_settings import GOOD
from tests.unit.test_tokens import NOW, Keys, asked


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


def older(folder: Path) -> Keys:
    """A pair as it was made before: ES256, and nothing said of development."""
    private = ec.generate_private_key(ec.SECP256R1())
    folder.joinpath("private.pem").write_bytes(
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return Keys(folder)


def refuses(verifier: TokenVerifier, token: str) -> None:
    with pytest.raises(TokenInvalid):
        asked(verifier, token)


def moved(at: datetime = NOW, *, seconds: float) -> datetime:
    return at + timedelta(seconds=seconds)


def test_a_new_key_signs_and_the_one_before_still_verifies(keys: Keys) -> None:
    verifier, before = keys.verifier(), keys.signed()
    asked(verifier, before)
    rotate(keys.private_file, keys.public_file, development=True)
    after = issue(keys.private_file.read_text(), "buyer", "bob", NOW, 60)
    later = moved(seconds=1)
    for token in (before, after):
        assert verifier(f"Bearer {token}", later).subject == "bob"
    retire(keys.private_file, keys.public_file)
    latest = moved(seconds=2)
    assert verifier(f"Bearer {after}", latest).subject == "bob"
    with pytest.raises(TokenInvalid, match="no key of ours"):
        verifier(f"Bearer {before}", latest)


def test_no_more_than_two_keys_are_live(keys: Keys) -> None:
    first = keys.signed()
    for _ in range(2):
        live = rotate(keys.private_file, keys.public_file, development=False)
    assert len(live) == 2
    refuses(keys.verifier(), first)


def test_a_public_file_that_is_gone_or_broken_leaves_the_keys_as_they_were(keys: Keys) -> None:
    ring = KeyRing(keys.public_file)
    keys.public_file.write_text("half a ke")
    assert not ring.refresh()
    keys.public_file.unlink()
    assert not ring.refresh()
    assert len(list(ring)) == 1
    with pytest.raises(OSError, match="No such file"):
        KeyRing(keys.public_file)


@pytest.mark.parametrize("header", [{}, {"typ": "JWT"}, {"kid": None}, {"kid": None, "typ": "JWT"}])
def test_tokens_of_older_issuers_are_taken(tmp_path: Path, header: dict[str, Any]) -> None:
    keys = older(tmp_path)
    assert asked(keys.verifier(), keys.signed(header)) == ("buyer", "bob")


HEADERS = [
    {"kid": "0011223344556677"},
    {"kid": ""},
    {"kid": None},
    {"typ": "JWT"},
    {"typ": "id+jwt"},
    {"typ": None},
    {"jku": "https://keys.example/jwks"},
    {"jwk": {"kty": "OKP"}},
    {"x5u": "https://keys.example/c"},
    {"x5c": ["MII"]},
    {"crit": ["exp"]},
]


@pytest.mark.parametrize("header", HEADERS, ids=str)
def test_a_header_that_names_another_key_or_type_is_refused(
    keys: Keys, header: dict[str, Any]
) -> None:
    refuses(keys.verifier(), keys.signed(header))


def test_a_public_key_is_no_shared_secret(keys: Keys, tmp_path: Path) -> None:
    """The old confusion: HS256 over the public key's own bytes, or ES256's over EdDSA's name."""
    verifier = keys.verifier()
    (live,) = live_keys(keys.public_file.read_text())
    payload = keys.signed().split(".")[1]
    pem = keys.public_file.read_bytes()
    raw = live.public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    tried = itertools.product(("HS256", "HS512", "none", "ES256", "RS256"), (raw, pem))
    for algorithm, secret in tried:
        head = json.dumps({"alg": algorithm, "kid": live.kid, "typ": "at+jwt"}).encode()
        part = base64.urlsafe_b64encode(head).decode().rstrip("=")
        signing = f"{part}.{payload}"
        digest = hashlib.sha512 if algorithm == "HS512" else hashlib.sha256
        # What a verifier would compute that believed the header.
        signature = hmac.digest(secret, signing.encode(), digest)
        text = base64.urlsafe_b64encode(signature).decode().rstrip("=")
        refuses(verifier, f"{signing}.{text}")
    (tmp_path / "other").mkdir()
    other = older(tmp_path / "other")
    refuses(verifier, other.signed({"kid": live.kid}))


@pytest.mark.parametrize(
    ("claims", "is_taken"),
    [
        ({"aud": "market:buyer"}, True),
        ({"aud": "market:seller", "role": "seller"}, True),
        ({"aud": "market:staff", "role": "operator"}, True),
        ({"aud": "market:staff", "role": "auditor"}, True),
        ({"aud": "market:seller"}, False),
        ({"aud": "market:staff"}, False),
        ({"aud": "market:buyer", "role": "operator"}, False),
        ({"aud": "another-api"}, False),
        ({"aud": ["market:buyer", "market:staff"]}, False),
        ({"iss": "another"}, False),
        ({"nbf": NOW.timestamp() + 5}, False),
        ({"nbf": NOW.timestamp()}, True),
        ({"nbf": float("nan")}, False),
        ({"acc": "a/b"}, False),
        ({"sid": 7}, False),
    ],
    ids=str,
)
def test_a_token_is_for_its_surface_and_its_time(
    keys: Keys, claims: dict[str, Any], is_taken: bool
) -> None:
    if is_taken:
        asked(keys.verifier(), keys.signed(**claims))
    else:
        refuses(keys.verifier(), keys.signed(**claims))


def test_a_token_says_who_and_by_which_session(keys: Keys) -> None:
    at = int(NOW.timestamp())
    token = keys.signed(acc="acc1", sid="s1", aud="market:buyer", fct=at)
    identity = keys.verifier()(f"Bearer {token}", NOW)
    assert (identity.account, identity.session, identity.surface) == ("acc1", "s1", "buyer")
    assert identity.factor_at == NOW


def test_a_production_start_refuses_a_development_key(keys: Keys, tmp_path: Path) -> None:
    said = {"MARKET_DATA": str(tmp_path), "MARKET_PRODUCTION": "yes"}
    settings = from_environment(GOOD | said | {"MARKET_PUBLIC_KEY_FILE": str(keys.public_file)})
    with pytest.raises(DevelopmentKey, match="keys rotate"):
        make_access(settings)
    rotate(keys.private_file, keys.public_file, development=False)
    with pytest.raises(DevelopmentKey):
        make_access(settings)  # The one before is still live.
    retire(keys.private_file, keys.public_file)
    make_access(settings)


def test_a_rotation_that_was_broken_off_keeps_the_key_that_signs(
    keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = keys.signed()

    def full(*_: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as broken:
        broken.setattr("deploy.http.keys.write_private", full)
        for _ in range(2):
            with pytest.raises(OSError, match="space"):
                rotate(keys.private_file, keys.public_file, development=False)
    asked(keys.verifier(), token)
    rotate(keys.private_file, keys.public_file, development=False)
    asked(keys.verifier(), token)
    retire(keys.private_file, keys.public_file)
    asked(keys.verifier(), issue(keys.private_file.read_text(), "buyer", "bob", NOW, 60))


def test_a_development_key_that_comes_later_changes_nothing_in_production(keys: Keys) -> None:
    rotate(keys.private_file, keys.public_file, development=False)
    retire(keys.private_file, keys.public_file)
    ring = KeyRing(keys.public_file, production=True)
    rotate(keys.private_file, keys.public_file, development=True)
    assert not ring.refresh()
    assert [key.development for key in ring] == [False]


def test_keys_of_another_kind_are_refused(tmp_path: Path) -> None:
    public = rsa.generate_private_key(65537, 2048).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    for text in (pem, "", "-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n"):
        with pytest.raises(ValueError):
            live_keys(text)
    with pytest.raises(KeyInvalid):
        live_keys(pem)

"""The keys that bearer tokens are signed with: one signs, those that are live verify.

The public file holds every live key, the signing one first; who has only that can verify. A key is
named by its digest (`kid`), and says itself which algorithm it is for: a token's header never does.
A comment in front marks a key that is for production; one without is for development.
"""

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from deploy.private_files import FOLDER_MODE, write_private

PRODUCTION = "# production key\n"
NOT_FOR_PRODUCTION = (
    "{} holds a key that is not marked '# production key':"
    " './deploy/market keys rotate', then 'keys retire'"
)
KID_BYTES = 8
BLOCK = re.compile(
    rf"(?:{re.escape(PRODUCTION.strip())}\s+)?"
    r"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----\s*",
    re.DOTALL,
)

type PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey
type PublicKey = Ed25519PublicKey | EllipticCurvePublicKey


class KeyInvalid(ValueError):
    """A key file holds none of ours: Ed25519, or ECDSA over P-256."""


class DevelopmentKey(ValueError):
    """A key that is not for production, where only those are taken."""


class LiveKey(msgspec.Struct, frozen=True):
    kid: str
    algorithm: str
    development: bool
    public: PublicKey


class SigningKey(msgspec.Struct, frozen=True):
    kid: str
    algorithm: str
    private: PrivateKey


def live_keys(pem: str) -> list[LiveKey]:
    """Of a public file. Raises `KeyInvalid`."""
    keys = [_live(block.group()) for block in BLOCK.finditer(pem)]
    if not keys:
        raise KeyInvalid("there is no public key in it")
    return keys


@lru_cache(maxsize=4)
def signing_key(pem: str) -> SigningKey:
    """Of a private file; reading one takes longer than signing with it. Raises `KeyInvalid`."""
    private: Any = load_pem_private_key(pem.encode(), password=None)
    public = _of_ours(private.public_key())
    return SigningKey(_kid(public), _algorithm(public), private)


def make_keys(private_file: Path, public_file: Path, *, development: bool = True) -> None:
    """Write a key pair unless there is one; a public key that is lost is derived again."""
    if not private_file.exists():
        private_file.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        write_private(private_file, _new(development=development))
        public_file.unlink(missing_ok=True)
    if not public_file.exists():
        public_file.parent.mkdir(parents=True, exist_ok=True)
        public_file.write_text(_public_of(private_file.read_text()))


def rotate(private_file: Path, public_file: Path, *, development: bool) -> list[LiveKey]:
    """Sign with a new key; the one before stays live for what it has signed.

    The public file is written first: nobody is shown a token that nobody can verify.
    """
    made = _new(development=development)
    _replace(public_file, _public_of(made) + _signing_block(private_file, public_file))
    write_private(private_file, made)
    return live_keys(public_file.read_text())


def retire(private_file: Path, public_file: Path) -> list[LiveKey]:
    """Leave the signing key alone alive: whatever another has signed is refused from now on."""
    signing = _signing_block(private_file, public_file)
    _replace(public_file, signing)
    return live_keys(signing)


def _signing_block(private_file: Path, public_file: Path) -> str:
    """Of the key that signs now, wherever it stands: a rotation may have been broken off."""
    kid = signing_key(private_file.read_text()).kid
    blocks = [found.group() for found in BLOCK.finditer(public_file.read_text())]
    return next(
        (block for block in blocks if _live(block).kid == kid), _public_of(private_file.read_text())
    )


def _replace(file: Path, text: str) -> None:
    """At once: who reads it meanwhile reads the one or the other."""
    temporary = file.with_name(f".{file.name}.new")
    temporary.write_text(text)
    temporary.replace(file)


def _new(*, development: bool) -> str:
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    return ("" if development else PRODUCTION) + pem.decode()


def _public_of(private_pem: str) -> str:
    public = _of_ours(load_pem_private_key(private_pem.encode(), password=None).public_key())
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return (PRODUCTION if private_pem.startswith(PRODUCTION) else "") + pem


def _live(block: str) -> LiveKey:
    public = _of_ours(load_pem_public_key(block.encode()))
    return LiveKey(
        _kid(public), _algorithm(public), not block.startswith(PRODUCTION.strip()), public
    )


def _of_ours(key: object) -> PublicKey:
    match key:
        case Ed25519PublicKey():
            return key
        case EllipticCurvePublicKey() if isinstance(key.curve, SECP256R1):
            return key
        case _:
            raise KeyInvalid("a key must be Ed25519, or ECDSA over P-256")


def _algorithm(public: PublicKey) -> str:
    return "EdDSA" if isinstance(public, Ed25519PublicKey) else "ES256"


def _kid(public: PublicKey) -> str:
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[: 2 * KID_BYTES]


class KeyRing:
    """The live keys of a public file, which may be replaced while it is used.

    In `production` one with a development key in it is refused, at the start with `DevelopmentKey`.
    """

    def __init__(self, file: Path, *, production: bool = False) -> None:
        self._file = file
        self._production = production
        self._seen: tuple[int, int] | None = None
        self._keys: dict[str, LiveKey] = {}
        self.refresh()

    def refresh(self) -> bool:
        """Whether other keys are live than before. A file that cannot be read changes nothing."""
        try:
            about = self._file.stat()
            seen = (about.st_mtime_ns, about.st_ino)
            if seen == self._seen:
                return False
            keys = {key.kid: key for key in live_keys(self._file.read_text())}
            if self._production and any(key.development for key in keys.values()):
                raise DevelopmentKey(NOT_FOR_PRODUCTION.format(self._file))
        except (OSError, ValueError):
            if not self._keys:
                raise
            return False
        changed = keys.keys() != self._keys.keys()
        self._seen, self._keys = seen, keys
        return changed

    def __iter__(self) -> Iterator[LiveKey]:
        return iter(self._keys.values())

    def of(self, kid: str | None) -> Iterator[LiveKey]:
        """The key of this name; without one those of the older kind, which named none."""
        if kid is not None:
            key = self._keys.get(kid)
            return iter((key,) if key else ())
        return (key for key in self._keys.values() if key.algorithm == "ES256")

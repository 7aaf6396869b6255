"""Bearer tokens: ES256 JWTs. Whoever issues them has the private key, the APIs the public one."""

import hashlib
import math
import re
import sys
from datetime import datetime, timedelta
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from deploy.private_files import FOLDER_MODE, write_private
from eventstore.identity import ROLES, Identity
from write_api.bodies import KNOWN_ID_PATTERN

ALGORITHM = "ES256"
ISSUER = "market"
AUDIENCE = "market-api"
# `system` is what our own processes act as.
TOKEN_ROLES = tuple(role for role in ROLES if role != "system")
CACHE_MAX = 10_000
TOKEN_BYTES_MAX = 4096
# A seller who was given an id by us has that in the token.
SUBJECT = re.compile(KNOWN_ID_PATTERN)
# In the one spelling that its issuer gave it: a lax decoder takes padding, junk and, in the last
# letter of the signature, bits that stand for nothing.
SPELLING = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{85}[AQgw]")


class TokenInvalid(Exception):
    """The bearer token is missing, malformed, expired or not ours."""


class SubjectInvalid(ValueError):
    """A token's subject is an id: it stands in streams, command ids and the trail."""

    def __init__(self) -> None:
        super().__init__(
            "A subject must be 1 to 64 letters, digits and _ . : - (a letter or digit first, or ~)."
        )


def make_keys(private_file: Path, public_file: Path) -> None:
    """Write a key pair unless there is one; a public key that is lost is derived again."""
    if not private_file.exists():
        private_file.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        _write_private(ec.generate_private_key(ec.SECP256R1()), private_file)
        public_file.unlink(missing_ok=True)
    if not public_file.exists():
        key = serialization.load_pem_private_key(private_file.read_bytes(), password=None)
        public_file.parent.mkdir(parents=True, exist_ok=True)
        public_file.write_bytes(
            key.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )


def _write_private(key: ec.EllipticCurvePrivateKey, file: Path) -> None:
    write_private(
        file,
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def as_subject(text: str) -> str:
    """The same. Raises `SubjectInvalid`."""
    if not SUBJECT.match(text):
        raise SubjectInvalid
    return text


def issue(private_key: str, role: str, subject: str, now: datetime, lifetime_s: int) -> str:
    """Raises `SubjectInvalid`."""
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": as_subject(subject),
        "role": role,
        "iat": now,
        "exp": now + timedelta(seconds=lifetime_s),
    }
    return jwt.encode(claims, private_key, algorithm=ALGORITHM)


class TokenVerifier:
    """Checks a token's signature once and remembers it, by its digest, until it expires."""

    def __init__(self, public_key: str) -> None:
        self._public_key = public_key
        self._seen: dict[bytes, tuple[float, Identity]] = {}

    @property
    def kept(self) -> int:
        return len(self._seen)

    @property
    def kept_bytes(self) -> int:
        """Of the values; what a token's holder puts into it beyond its claims is not kept."""
        return sum(
            sum(map(sys.getsizeof, (digest, seen, *seen, *seen[1].roles, seen[1].subject)))
            for digest, seen in self._seen.items()
        )

    def __call__(self, authorization: str | None, now: datetime) -> Identity:
        """Who an `Authorization: Bearer ...` header speaks for, or `TokenInvalid`."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise TokenInvalid("A bearer token is required.")
        if len(token) > TOKEN_BYTES_MAX or not token.isascii():
            raise TokenInvalid("The bearer token is not valid.")
        digest = hashlib.blake2b(token.encode(), digest_size=32).digest()
        seen = self._seen.get(digest)
        expires, identity = seen or self._check(token)
        if now.timestamp() >= expires:
            raise TokenInvalid("The bearer token has expired.")
        if seen is None:
            if len(self._seen) >= CACHE_MAX:
                self._seen.clear()
            self._seen[digest] = (expires, identity)
        return identity

    def _check(self, token: str) -> tuple[float, Identity]:
        if not SPELLING.fullmatch(token):
            raise TokenInvalid("The bearer token is not valid.")
        try:
            claims = jwt.decode(
                token,
                self._public_key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                # Whether it has expired is told by the caller's clock, each time it is shown.
                options={"require": ["exp", "iat", "sub", "aud", "iss"], "verify_exp": False},
            )
            expires = float(claims["exp"])
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
            raise TokenInvalid("The bearer token is not valid.") from error
        if not math.isfinite(expires):
            raise TokenInvalid("The bearer token never expires.")
        role, subject = claims.get("role"), claims["sub"]
        if role not in TOKEN_ROLES:
            raise TokenInvalid("The bearer token names no known role.")
        if not isinstance(subject, str) or not SUBJECT.match(subject):
            raise TokenInvalid("The bearer token names no subject that is an id.")
        return expires, Identity(subject=subject, roles=(role,))

"""Bearer tokens: ES256 JWTs. Whoever issues them has the private key, the APIs the public one."""

from datetime import datetime, timedelta
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

ALGORITHM = "ES256"
ISSUER = "market"
AUDIENCE = "market-api"
ROLES = ("buyer", "seller", "operator", "auditor", "analyst")
CACHE_MAX = 10_000


class TokenInvalid(Exception):
    """The bearer token is missing, malformed, expired or not ours."""


def make_keys(private_file: Path, public_file: Path) -> None:
    """Write a key pair unless there is one."""
    if private_file.exists():
        return
    private_file.parent.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    private_file.touch(mode=0o600)
    private_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    public_file.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


def issue(private_key: str, role: str, subject: str, now: datetime, lifetime_s: int) -> str:
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": subject,
        "role": role,
        "iat": now,
        "exp": now + timedelta(seconds=lifetime_s),
    }
    return jwt.encode(claims, private_key, algorithm=ALGORITHM)


class TokenVerifier:
    """Checks a token's signature once and remembers it until it expires."""

    def __init__(self, public_key: str) -> None:
        self._public_key = public_key
        self._seen: dict[str, tuple[float, str, str]] = {}

    def __call__(self, authorization: str | None, now: datetime) -> tuple[str, str]:
        """Role and subject of an `Authorization: Bearer ...` header, or `TokenInvalid`."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise TokenInvalid("A bearer token is required.")
        seen = self._seen.get(token)
        if seen is None:
            seen = self._check(token)
            if len(self._seen) >= CACHE_MAX:
                self._seen.clear()
            self._seen[token] = seen
        expires, role, subject = seen
        if now.timestamp() >= expires:
            raise TokenInvalid("The bearer token has expired.")
        return role, subject

    def _check(self, token: str) -> tuple[float, str, str]:
        try:
            claims = jwt.decode(
                token,
                self._public_key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
        except jwt.PyJWTError as error:
            raise TokenInvalid("The bearer token is not valid.") from error
        role = claims.get("role")
        if role not in ROLES:
            raise TokenInvalid("The bearer token names no known role.")
        return float(claims["exp"]), str(role), str(claims["sub"])

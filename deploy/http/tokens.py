"""Bearer tokens: signed JWTs. Whoever issues them has the private key, the APIs the public ones."""

import hashlib
import math
import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import msgspec

from deploy.http.keys import KeyRing, LiveKey, signing_key
from eventstore.identity import MEMBERS, ROLES, Identity, Member, Role, Surface
from write_api.bodies import KNOWN_ID_PATTERN

ISSUER = "market"
# Of tokens that are for any surface: those of developers, and of issuers before there were any.
AUDIENCE = "market-api"
TYPE = "at+jwt"
KEYS_S = 1.0
# A token may name no key of its own, nor ask for what we do not know.
FORBIDDEN = ("jku", "jwk", "x5u", "x5c", "crit")
SURFACES: dict[str, Surface] = {f"market:{name}": name for name in ("buyer", "seller", "staff")}
SURFACE_OF: dict[Role, Surface] = {
    "buyer": "buyer",
    "seller": "seller",
    "operator": "staff",
    "auditor": "staff",
    "analyst": "staff",
    "moderator": "staff",
    "superadmin": "staff",
}
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


class Revoked(TokenInvalid):
    """The token's session has ended."""

    def __init__(self) -> None:
        super().__init__("The session of this token has ended: sign in again.")


class RevocationsUnknown(Exception):
    """Whether the token's session has ended nobody can say at the moment."""


class SubjectInvalid(ValueError):
    """A token's subject is an id: it stands in streams, command ids and the trail."""

    def __init__(self) -> None:
        super().__init__(
            "A subject must be 1 to 64 letters, digits and _ . : - (a letter or digit first, or ~)."
        )


def as_subject(text: str) -> str:
    """The same. Raises `SubjectInvalid`."""
    if not SUBJECT.match(text):
        raise SubjectInvalid
    return text


def issue(
    private_key: str,
    role: str,
    subject: str,
    now: datetime,
    lifetime_s: int,
    **more: str | int | list[str],
) -> str:
    """`more` are further claims, such as `acc`, `sid`, or an `aud` of one surface.

    Raises `SubjectInvalid`.
    """
    key = signing_key(private_key)
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": as_subject(subject),
        "role": role,
        "iat": now,
        "exp": now + timedelta(seconds=lifetime_s),
        **more,
    }
    headers = {"kid": key.kid, "typ": TYPE}
    return jwt.encode(claims, key.private, algorithm=key.algorithm, headers=headers)


class Seen(msgspec.Struct, frozen=True, gc=False):
    """What is kept of a token that was verified."""

    begins: float
    expires: float
    identity: Identity


class TokenVerifier:
    """Checks a token's signature once and remembers it, by its digest, until it expires."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys
        self._looked_at = 0.0
        # Of those that were shown lately, and of those before them: a crowd that is larger than
        # what is kept costs each a signature now and then, and never all of them at once.
        self._seen: dict[bytes, Seen] = {}
        self._before: dict[bytes, Seen] = {}

    @property
    def kept(self) -> int:
        return len(self._seen) + len(self._before)

    @property
    def kept_bytes(self) -> int:
        """Of the values; what a token's holder puts into it beyond its claims is not kept."""
        return sum(
            sum(map(sys.getsizeof, (digest, seen, seen.begins, seen.expires)))
            + sum(map(sys.getsizeof, (seen.identity, *msgspec.structs.astuple(seen.identity))))
            for digest, seen in (*self._seen.items(), *self._before.items())
        )

    def __call__(self, authorization: str | None, now: datetime) -> Identity:
        """Who an `Authorization: Bearer ...` header speaks for, or `TokenInvalid`."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise TokenInvalid("A bearer token is required.")
        if len(token) > TOKEN_BYTES_MAX or not token.isascii():
            raise TokenInvalid("The bearer token is not valid.")
        at = now.timestamp()
        self._look_at_keys(at)
        digest = hashlib.blake2b(token.encode(), digest_size=32).digest()
        kept = self._seen.get(digest)
        seen = kept or self._before.get(digest) or self._check(token)
        if at >= seen.expires:
            raise TokenInvalid("The bearer token has expired.")
        if at < seen.begins:
            raise TokenInvalid("The bearer token is not valid yet.")
        if kept is None:
            if len(self._seen) >= CACHE_MAX:
                self._before, self._seen = self._seen, {}
            self._seen[digest] = seen
        return seen.identity

    def _look_at_keys(self, at: float) -> None:
        """What a key has signed that is live no more was verified for nothing."""
        if abs(at - self._looked_at) >= KEYS_S:
            self._looked_at = at
            if self._keys.refresh():
                self._seen.clear()
                self._before.clear()

    def _check(self, token: str) -> Seen:
        if not SPELLING.fullmatch(token):
            raise TokenInvalid("The bearer token is not valid.")
        try:
            claims = self._claims(token)
            begins = float(claims.get("nbf", "-inf"))
            expires = float(claims["exp"])
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
            raise TokenInvalid("The bearer token is not valid.") from error
        if not math.isfinite(expires) or math.isnan(begins):
            raise TokenInvalid("The bearer token never expires.")
        return Seen(begins, expires, _identity(claims))

    def _claims(self, token: str) -> dict[str, Any]:
        """Verified by the key that the token names, with that key's algorithm."""
        header = jwt.get_unverified_header(token)
        if any(name in header for name in FORBIDDEN):
            raise TokenInvalid("The bearer token names a key of its own.")
        kid = header.get("kid")
        for key in self._keys.of(kid if kid is None else str(kid)):
            if header.get("typ") not in _types(key):
                raise TokenInvalid("The bearer token is of another type.")
            return jwt.decode(
                token,
                key.public,
                algorithms=[key.algorithm],
                audience=[AUDIENCE, *SURFACES],
                issuer=ISSUER,
                # When it holds is told by the caller's clock, each time it is shown.
                options={
                    "require": ["exp", "iat", "sub", "aud", "iss"],
                    "verify_exp": False,
                    "verify_nbf": False,
                },
            )
        raise TokenInvalid("The bearer token names no key of ours.")


def _types(key: LiveKey) -> tuple[str, ...]:
    """Issuers of before had an ES256 key, and said no more than that it is a JWT."""
    return (TYPE, "JWT") if key.algorithm == "ES256" else (TYPE,)


def _identity(claims: dict[str, Any]) -> Identity:
    role, subject, audience = claims.get("role"), claims["sub"], claims["aud"]
    if role not in TOKEN_ROLES:
        raise TokenInvalid("The bearer token names no known role.")
    if not isinstance(subject, str) or not SUBJECT.match(subject):
        raise TokenInvalid("The bearer token names no subject that is an id.")
    surface = SURFACES.get(audience) if isinstance(audience, str) else None
    if audience != AUDIENCE and surface != SURFACE_OF[role]:
        raise TokenInvalid("The bearer token is for another surface than its role's.")
    roles = _roles(role, claims.get("roles", [role]))
    account, session, factor = (claims.get(name, "") for name in ("acc", "sid", "fct"))
    if not all(name == "" or _is_id(name) for name in (account, session)):
        raise TokenInvalid("The bearer token names an account or session that is no id.")
    return Identity(
        subject=subject,
        roles=roles,
        account=account,
        session=session,
        surface=surface,
        member=_member(claims.get("mbr")),
        factor_at=datetime.fromtimestamp(factor, UTC) if isinstance(factor, int) else None,
    )


def _roles(role: Role, listed: object) -> tuple[Role, ...]:
    """All that somebody of staff is; of other surfaces a token is for one role."""
    named: list[Any] = []
    if isinstance(listed, list):
        named += listed
    if role not in named or not all(map(_is_id, named)):
        raise TokenInvalid("The bearer token's roles are no list with its role.")
    roles: list[Role] = named
    surfaces = {SURFACE_OF.get(one) for one in roles}
    if surfaces != {SURFACE_OF[role]} or (len(roles) > 1 and surfaces != {"staff"}):
        raise TokenInvalid("The bearer token's roles are not of one surface.")
    return tuple(roles)


def _member(claim: object) -> Member | None:
    for known in MEMBERS:
        if claim == known:
            return known
    if claim is not None:
        raise TokenInvalid("The bearer token names no part that somebody has with a seller.")
    return None


def _is_id(text: object) -> bool:
    return isinstance(text, str) and SUBJECT.match(text) is not None

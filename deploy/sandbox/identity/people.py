"""People who have identities at the stand-ins, and what they were given: codes and tokens.

By how somebody's subject begins:

    denies…   does not let us know who they are
    away…     the provider answers 500 when it is asked for their token
    garbled…  it answers something that is no JSON
    foreign…  what it tells was told to another application (audience, client_id)
    stale…    what it tells was told an hour ago, or in answer to another question
    forged…   a key that is not the provider's has signed it
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

CODE_LIFETIME = timedelta(minutes=10)
KEPT_MAX = 10_000


class Person(msgspec.Struct, frozen=True, kw_only=True):
    subject: str
    email: str = ""
    email_verified: bool = False
    # Whether Google runs the domain of the address.
    hosted: bool = True


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody was sent with."""

    client_id: str
    redirect_uri: str
    state: str
    nonce: str
    challenge: str


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    asked: Asked
    person: Person
    device_id: str
    expires_at: datetime


class WrongCode(Exception):
    """The code is unknown, spent or too old, or was not given to whoever brings it."""


class Desk:
    """Of one provider."""

    def __init__(self, client_id: str, clock: Callable[[], datetime]) -> None:
        self.client_id = client_id
        self.clock = clock
        self.people: dict[str, Person] = {}
        self._grants: dict[str, Grant] = {}
        self._tokens: dict[str, Grant] = {}

    def add(self, person: Person) -> None:
        _bounded(self.people)
        self.people[person.subject] = person

    def grant(self, asked: Asked, person: Person) -> tuple[str, Grant]:
        """A code for it."""
        grant = Grant(
            asked=asked,
            person=person,
            device_id=secrets.token_urlsafe(12),
            expires_at=self.clock() + CODE_LIFETIME,
        )
        _bounded(self._grants)
        code = secrets.token_urlsafe(24)
        self._grants[code] = grant
        return code, grant

    def spend(self, form: dict[str, str]) -> Grant:
        """For what brings the code's verifier (PKCE). Raises `WrongCode`."""
        grant = self._grants.pop(form.get("code", ""), None)
        if (
            grant is None
            or self.clock() >= grant.expires_at
            or form.get("grant_type") != "authorization_code"
            or form.get("client_id") != grant.asked.client_id
            or form.get("redirect_uri", grant.asked.redirect_uri) != grant.asked.redirect_uri
            or not hmac.compare_digest(s256(form.get("code_verifier", "")), grant.asked.challenge)
        ):
            raise WrongCode
        return grant

    def token(self, grant: Grant) -> str:
        _bounded(self._tokens)
        token = secrets.token_urlsafe(24)
        self._tokens[token] = grant
        return token

    def whose(self, token: str) -> Grant | None:
        return self._tokens.get(token)


def s256(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


def _bounded(kept: dict[str, Person] | dict[str, Grant]) -> None:
    if len(kept) >= KEPT_MAX:
        kept.pop(next(iter(kept)))

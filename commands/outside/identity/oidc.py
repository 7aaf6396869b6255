"""OpenID Connect: discovery, the code for an ID token, and who it says.

A token is believed if a key of the issuer's signed it, for us, in answer to this very question.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import jwt
import msgspec
from jwt import PyJWK, PyJWKSet

from commands.outside.identity.asking import asked as ask
from commands.outside.identity.asking import optional, text
from commands.outside.identity.provider import (
    Asked,
    Callback,
    IdentityRefused,
    ProviderAway,
    Who,
)

ALGORITHMS = ("RS256", "ES256")
LEEWAY = timedelta(seconds=60)
KNOWN_FOR = timedelta(hours=1)
# A token that names a key we do not know makes us look again, but not for each token.
LOOK_AGAIN = timedelta(seconds=30)


type Vouches = Callable[[Mapping[str, Any]], bool]


def says_verified(claims: Mapping[str, Any]) -> bool:
    """A text that says true is no statement of theirs."""
    return claims.get("email_verified") is True


class Issuer(msgspec.Struct, frozen=True, kw_only=True):
    """As discovery tells it."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class OpenIDConnect:
    """Of one issuer. `scope` is what is asked for besides who it is, `vouches` says by its claims
    whether an address is theirs who shows them.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str,
        client: httpx.AsyncClient,
        *,
        scope: str = "openid email",
        vouches: Vouches = says_verified,
    ) -> None:
        self._named = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._client = client
        self._scope = scope
        self._vouches = vouches
        self._issuer: Issuer | None = None
        self._keys: dict[str, PyJWK] = {}
        self._looked_at: datetime | None = None

    async def page(self, asked: Asked) -> str:
        issuer = await self._discovered()
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": asked.redirect_uri,
            "scope": self._scope,
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": asked.challenge,
            "code_challenge_method": "S256",
        }
        return f"{issuer.authorization_endpoint}?{urlencode(query)}"

    async def who(self, asked: Asked, callback: Callback, now: datetime) -> Who:
        issuer = await self._discovered()
        answer = await ask(
            self._client,
            "POST",
            issuer.token_endpoint,
            form={
                "grant_type": "authorization_code",
                "code": callback.code,
                "code_verifier": asked.verifier,
                "redirect_uri": asked.redirect_uri,
                "client_id": self._client_id,
                "client_secret": self._client_secret,
            },
        )
        claims = await self._claims(issuer, text(answer, "id_token"), now)
        _judge(claims, issuer.issuer, self._client_id, asked.nonce, now)
        return Who(
            issuer=issuer.issuer,
            subject=text(claims, "sub"),
            email=optional(claims, "email"),
            email_verified=self._vouches(claims),
        )

    async def _discovered(self) -> Issuer:
        if self._issuer is None:
            answer = await ask(
                self._client, "GET", f"{self._named.rstrip('/')}/.well-known/openid-configuration"
            )
            found = _issuer(answer)
            if found.issuer != self._named:
                raise ProviderAway("the discovery document is another issuer's")
            _must_stay_as_safe(self._named, found)
            self._issuer = found
        return self._issuer

    async def _claims(self, issuer: Issuer, token: str, now: datetime) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            key = await self._key(issuer, str(header.get("kid", "")), now)
            if key is None:
                raise IdentityRefused
            claims: dict[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=list(ALGORITHMS),
                # What is asked of them is asked below, of the time that we are told.
                options={
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                    "verify_aud": False,
                    "verify_iss": False,
                },
            )
        except jwt.PyJWTError as error:
            raise IdentityRefused from error
        return claims

    async def _key(self, issuer: Issuer, kid: str, now: datetime) -> PyJWK | None:
        age = now - self._looked_at if self._looked_at is not None else KNOWN_FOR
        if age >= KNOWN_FOR or (kid not in self._keys and age >= LOOK_AGAIN):
            answer = await ask(self._client, "GET", issuer.jwks_uri)
            self._keys = _keys(answer)
            self._looked_at = now
        return self._keys.get(kid)


def _judge(
    claims: Mapping[str, Any], issuer: str, client_id: str, nonce: str, now: datetime
) -> None:
    """Raises `IdentityRefused` for what is not said by them, to us, now, in answer to this."""
    audience: Any = claims.get("aud")
    audiences = msgspec.convert(audience if isinstance(audience, list) else [audience], list[Any])
    expires, issued = claims.get("exp"), claims.get("iat")
    if not isinstance(expires, int | float) or not isinstance(issued, int | float):
        raise IdentityRefused
    at, leeway = now.timestamp(), LEEWAY.total_seconds()
    good = (
        claims.get("iss") == issuer
        and client_id in audiences
        and (len(audiences) == 1 or claims.get("azp") == client_id)
        and claims.get("azp", client_id) == client_id
        and claims.get("nonce") == nonce
        and at < expires + leeway
        and issued < at + leeway
    )
    if not good:
        raise IdentityRefused


def _issuer(answer: Mapping[str, Any]) -> Issuer:
    return Issuer(**{name: text(answer, name) for name in Issuer.__struct_fields__})


def _must_stay_as_safe(named: str, found: Issuer) -> None:
    """No document makes us send the secret over an open line."""
    scheme = urlsplit(named).scheme
    for url in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
        if urlsplit(url).scheme not in {"https", scheme}:
            raise ProviderAway("the discovery document leads to an open line")


def _keys(answer: Mapping[str, Any]) -> dict[str, PyJWK]:
    try:
        found = PyJWKSet.from_dict(dict(answer))
    except (jwt.PyJWTError, TypeError, ValueError, KeyError) as error:
        raise ProviderAway("the issuer's keys cannot be read") from error
    return {str(key.key_id): key for key in found.keys if key.key_id}

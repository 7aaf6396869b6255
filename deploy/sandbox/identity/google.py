"""Google: discovery, a page, ID tokens by RS256, keys that are rotated."""

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler

from deploy.sandbox.identity.answers import Answer, form_of, refused, spent
from deploy.sandbox.identity.pages import authorize
from deploy.sandbox.identity.people import Desk, Grant

KEYS_LIVE = 2


class Google:
    def __init__(self, client_id: str, secret: str, clock: Callable[[], datetime]) -> None:
        self.desk = Desk(client_id, clock)
        self.secret = secret
        self._keys: list[tuple[str, rsa.RSAPrivateKey]] = []

    def rotate(self) -> str:
        """Sign with a new key; the one before stays among the keys, older ones do not."""
        kid = f"k{len(self._keys) and int(self._keys[-1][0][1:]) + 1}"
        self._keys = [*self._keys, (kid, _drawn())][-KEYS_LIVE:]
        return kid

    def live(self) -> list[tuple[str, rsa.RSAPrivateKey]]:
        if not self._keys:
            self.rotate()
        return self._keys

    def id_token(self, grant: Grant, issuer: str) -> str:
        kid, key = self.live()[-1]
        person, now = grant.person, self.desk.clock()
        mood = person.subject
        if mood.startswith("forged"):
            key = _drawn()
        said = now - timedelta(hours=2) if mood.startswith("stale") else now
        claims: dict[str, Any] = {
            "iss": issuer,
            "aud": "another-app" if mood.startswith("foreign") else grant.asked.client_id,
            "azp": grant.asked.client_id,
            "sub": person.subject,
            "nonce": grant.asked.nonce,
            "iat": int(said.timestamp()),
            "exp": int((said + timedelta(hours=1)).timestamp()),
        }
        if person.email:
            claims |= {"email": person.email, "email_verified": person.email_verified}
            if person.hosted:
                claims["hd"] = person.email.partition("@")[2]
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid})


def routes(google: Google) -> list[HTTPRouteHandler]:
    @get("/google/.well-known/openid-configuration", sync_to_thread=False)
    def discovery(request: Request[Any, Any, Any]) -> dict[str, Any]:
        issuer = _issuer(request)
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/o/oauth2/v2/auth",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/oauth2/v3/certs",
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["plain", "S256"],
        }

    @get("/google/o/oauth2/v2/auth", sync_to_thread=False)
    def page(request: Request[Any, Any, Any]) -> Answer:
        return authorize(google.desk, request)

    @post("/google/token", status_code=200)
    async def token(request: Request[Any, Any, Any]) -> Answer:
        form = await form_of(request)
        if not hmac.compare_digest(form.get("client_secret", "").encode(), google.secret.encode()):
            return refused("invalid_client", 401)
        grant = spent(google.desk, form)
        if isinstance(grant, Response):
            return grant
        return Response(
            {
                "access_token": google.desk.token(grant),
                "expires_in": 3599,
                "token_type": "Bearer",
                "scope": "openid email",
                "id_token": google.id_token(grant, _issuer(request)),
            }
        )

    @get("/google/oauth2/v3/certs", sync_to_thread=False)
    def certs() -> dict[str, Any]:
        return {"keys": [_public(kid, key) for kid, key in google.live()]}

    return [discovery, page, token, certs]


def _issuer(request: Request[Any, Any, Any]) -> str:
    """What it calls itself is where it is reached."""
    return f"{str(request.base_url).rstrip('/')}/google"


def _drawn() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


def _public(kid: str, key: rsa.RSAPrivateKey) -> dict[str, Any]:
    shown: dict[str, Any] = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**shown, "kid": kid, "alg": "RS256", "use": "sig"}

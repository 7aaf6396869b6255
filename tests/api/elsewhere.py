"""Somebody's identity at a provider, over HTTP: made at the sandbox, and gone to by a browser."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from tests.conftest import REDIRECT_URI, Api


class Known:
    """Somebody at a provider."""

    def __init__(
        self, api: Api, provider: str, subject: str, email: str = "", *, verified: bool = False
    ) -> None:
        self._http = api.http
        self.provider = provider
        self.subject = subject
        sandbox = api.settings.providers["sandbox"]
        made = httpx.post(
            f"{sandbox.url}/_control/people/{provider}",
            json={"subject": subject, "email": email, "email_verified": verified},
            headers={"Authorization": f"Bearer {sandbox.secret_key}"},
        )
        assert made.status_code == 201, made.text

    @property
    def asks(self) -> dict[str, str]:
        return {"provider": self.provider, "redirect_uri": REDIRECT_URI}

    def brings(self, sent: dict[str, Any]) -> dict[str, str]:
        """What they come back with."""
        query = dict(parse_qsl(urlsplit(sent["url"]).query))
        answer = httpx.get(sent["url"], params={**query, "login_hint": self.subject})
        back = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
        return {name: back[name] for name in ("state", "code", "device_id") if name in back}

    def signs_in(self, **more: Any) -> httpx.Response:
        sent = self._http.post("/v1/sign-ins/social", json=self.asks)
        assert sent.status_code == 201, sent.text
        path = f"/v1/sign-ins/social/{sent.json()['ceremony_id']}/confirm"
        return self._http.post(path, json={**self.brings(sent.json()), **more})

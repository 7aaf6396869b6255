"""Somebody with a mailbox and no token yet, over HTTP; letters come from the sandbox's mail server."""

import re
import time
import uuid
from typing import Any

import httpx

from tests.conftest import Api

PASSWORD = "korrekte-pferde-batterie"
NEW_PASSWORD = "vier-bunte-laternen-77"
LETTER_WITHIN_S = 30.0


class Person:
    """Somebody with a mailbox, who is not signed in yet."""

    def __init__(self, api: Api, address: str = "") -> None:
        self.api = api
        self.http = api.http
        self.address = address or f"anna-{uuid.uuid4().hex[:10]}@example.org"
        self._mail = api.settings.providers["sandbox"]

    def post(self, path: str, **body: Any) -> httpx.Response:
        return self.http.post(path, json=body)

    def letters(self) -> list[dict[str, str]]:
        found = httpx.get(
            f"{self._mail.url}/_control/letters",
            params={"to": self.address},
            headers={"Authorization": f"Bearer {self._mail.secret_key}"},
        )
        return list(found.json()["data"])

    def letter(self, number: int = 1) -> dict[str, str]:
        """The n-th, when it has come."""
        deadline = time.monotonic() + LETTER_WITHIN_S
        while len(letters := self.letters()) < number:
            assert time.monotonic() < deadline, letters
            time.sleep(0.02)
        return letters[number - 1]

    def codes(self) -> list[str]:
        return [one for one in map(_code_in, self.letters()) if one]

    def code(self, number: int = 1) -> str:
        """The n-th that was sent, whatever letters without one came between."""
        deadline = time.monotonic() + LETTER_WITHIN_S
        while len(codes := self.codes()) < number:
            assert time.monotonic() < deadline, codes
            time.sleep(0.02)
        return codes[number - 1]

    def register(self, password: str = PASSWORD) -> httpx.Response:
        return self.post("/v1/registrations", email=self.address, password=password)

    def registered(self) -> dict[str, Any]:
        asked = self.register()
        assert asked.status_code == 202, asked.text
        path = f"/v1/registrations/{asked.json()['challenge_id']}/confirm"
        granted = self.post(path, code=self.code())
        assert granted.status_code == 201, granted.text
        return dict(granted.json())

    def sign_in(self, password: str = PASSWORD, device: str = "") -> httpx.Response:
        return self.post("/v1/sign-ins", email=self.address, password=password, device_token=device)

    def refresh(self, token: str, grant_type: str = "refresh_token") -> httpx.Response:
        form = {"grant_type": grant_type, "refresh_token": token}
        return self.http.post("/v1/tokens", data=form)

    def ok(self, granted: dict[str, Any], path: str, **body: Any) -> dict[str, Any]:
        bearer = {"Authorization": f"Bearer {granted['access_token']}"}
        answer = self.http.post(path, json=body, headers=bearer)
        assert answer.is_success, (path, answer.text)
        return dict(answer.json())

    def signed(self, method: str, path: str, granted: dict[str, Any]) -> httpx.Response:
        bearer = {"Authorization": f"Bearer {granted['access_token']}"}
        body = {"json": {}} if method == "POST" else {}
        return self.http.request(method, path, headers=bearer, **body)


def _code_in(letter: dict[str, str]) -> str:
    found = re.search(r"\b[0-9]{6}$", letter["subject"])
    return found[0] if found else ""


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]

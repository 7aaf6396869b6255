"""A client of the marketplace's HTTP API, as an application would write it."""

import asyncio
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from deploy.http.connections import Answer, Connections, ServerUnreachable

ATTEMPTS_MAX = 60
PAUSE_S = 0.25
PAUSE_MAX_S = 2.0
COME_AGAIN = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS})


class RequestRefused(Exception):
    """The API answered with a problem that repeating does not cure."""

    def __init__(self, method: str, path: str, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{method} {path}: {status} {problem.get('detail') or problem}")
        self.status = status
        self.code = str(problem.get("type", "")).rpartition(":")[2]
        self.problem = problem


class NotReached(Exception):
    """The API did not answer for too long."""


class MarketClient:
    """Repeats what did not get through, with the same idempotency key: nothing happens twice."""

    def __init__(self, base: str, connections: int = 32) -> None:
        parts = urlsplit(base)
        self._connections = Connections(
            parts.hostname or "127.0.0.1", parts.port or 80, connections
        )
        self.position = 0
        self.requests = 0
        self.replayed = 0

    async def close(self) -> None:
        self._connections.close()

    async def post(self, path: str, token: str, key: str, body: Mapping[str, Any]) -> Any:
        """The answer's JSON. Raises `RequestRefused` or `NotReached`."""
        headers = {
            "Authorization": f"Bearer {token}",
            "Idempotency-Key": key,
            "Content-Type": "application/json",
        }
        content = msgspec.json.encode(body)
        answer = await self._send("POST", path, headers, content)
        self.position = max(self.position, int(answer.header(b"log-position") or 0))
        self.replayed += answer.header(b"idempotency-replayed") == b"true"
        return msgspec.json.decode(answer.body)

    async def get(
        self, path: str, token: str, *, after: int | None = None, **query: str | int
    ) -> Any:
        """The answer's JSON, with our own writes in it."""
        headers = {"Authorization": f"Bearer {token}"}
        if after is not None:
            headers["Read-After"] = str(after)
            headers["Read-Wait-Ms"] = "10000"
        target = f"{path}?{urlencode(query)}" if query else path
        return msgspec.json.decode((await self._send("GET", target, headers)).body)

    async def _send(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes = b""
    ) -> Answer:
        pause = PAUSE_S
        target = quote(path, safe="/?&=:%+,.-_~").encode()
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        for _ in range(ATTEMPTS_MAX):
            self.requests += 1
            try:
                answer = await self._connections.request(method, target, raw, content)
            except ServerUnreachable:
                await asyncio.sleep(pause)
            else:
                if answer.status < HTTPStatus.MULTIPLE_CHOICES:
                    return answer
                if answer.status not in COME_AGAIN:
                    raise RequestRefused(method, path, answer.status, _problem(answer.body))
                await asyncio.sleep(pause)
            pause = min(pause * 2, PAUSE_MAX_S)
        raise NotReached(f"{method} {path}: no answer after {ATTEMPTS_MAX} attempts")


def _problem(content: bytes) -> Mapping[str, Any]:
    try:
        decoded: Any = msgspec.json.decode(content)
    except msgspec.DecodeError:
        return {"detail": content[:200].decode(errors="replace")}
    return cast("dict[str, Any]", decoded) if isinstance(decoded, dict) else {"detail": decoded}


async def until(
    what: str, look: Callable[[], Any], is_so: Callable[[Any], bool], within_s: float = 30.0
) -> Any:
    """Ask until it is so. Raises `NotReached` naming what was waited for."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    while True:
        seen = await look()
        if is_so(seen):
            return seen
        if loop.time() > deadline:
            raise NotReached(f"waited {within_s:.0f} s for {what}; the last answer was {seen}")
        await asyncio.sleep(0.1)

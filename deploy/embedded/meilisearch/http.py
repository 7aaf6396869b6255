"""The ASGI side: reading requests within a size limit, checking the key, writing answers."""

from __future__ import annotations

import asyncio
import hmac
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec

from deploy.embedded.meilisearch.errors import ApiError, internal_error

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from deploy.embedded.meilisearch.documents import Json

    # The protocol's messages are open mappings, typed the same way by every ASGI server.
    type Message = MutableMapping[str, Any]
    type Receive = Callable[[], Awaitable[Message]]
    type Send = Callable[[Message], Awaitable[None]]

MAX_BODY = 64 * 1024 * 1024
_THREADS = 4
_LOG = logging.getLogger("meilisearch")


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose body has been read."""

    method: str
    path: str
    query: dict[str, str]
    content_type: str
    body: bytes

    def json(self) -> Json:
        """The decoded body; ApiError when it is not JSON."""
        if self.content_type not in ("application/json", ""):
            message = (
                f"The Content-Type `{self.content_type}` is invalid. Accepted values for the"
                " Content-Type header are: `application/json`"
            )
            raise ApiError(message, "invalid_content_type", status=415)
        if not self.body:
            return None
        try:
            decoded: Json = msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            message = f"The json payload provided is malformed. `{error}`."
            raise ApiError(message, "malformed_payload") from error
        return decoded


@dataclass(frozen=True, slots=True)
class Response:
    """A status and a JSON value; no body at all for a route that does not exist."""

    status: int
    value: Json = None
    empty: bool = False


class Application:
    """An ASGI application giving each request to a handler on a thread of its own pool."""

    def __init__(
        self,
        handle: Callable[[Request], Response],
        master_key: str | None,
        on_stop: Callable[[], None],
    ) -> None:
        self._handle = handle
        self._key = None if master_key is None else master_key.encode()
        self._on_stop = on_stop
        self._pool = ThreadPoolExecutor(_THREADS, "request")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One connection's lifespan events or one request."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.to_thread(self._on_stop)
        self._pool.shutdown()
        await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Message, receive: Receive, send: Send) -> None:
        try:
            headers: dict[bytes, bytes] = dict(scope["headers"])
            self._authorize(scope["path"], headers.get(b"authorization"))
            request = await _read(scope, headers, receive)
            loop = asyncio.get_running_loop()
            response = await loop.run_in_executor(self._pool, self._handle, request)
        except ApiError as error:
            response = Response(error.status, dict(error.body()))
        except Exception as error:  # noqa: BLE001 - every request gets an answer
            _LOG.exception("%s %s failed", scope["method"], scope["path"])
            failure = internal_error(f"An internal error has occurred: {type(error).__name__}.")
            response = Response(failure.status, dict(failure.body()))
        await _write(response, send)

    def _authorize(self, path: str, header: bytes | None) -> None:
        if self._key is None or path == "/health":
            return
        if header is None:
            message = (
                "The Authorization header is missing. It must use the bearer authorization method."
            )
            raise ApiError(message, "missing_authorization_header", status=401, kind="auth")
        if not hmac.compare_digest(header, b"Bearer " + self._key):
            message = "The provided API key is invalid."
            raise ApiError(message, "invalid_api_key", status=403, kind="auth")


async def _read(scope: Message, headers: dict[bytes, bytes], receive: Receive) -> Request:
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY:
            text = "The provided payload reached the size limit."
            raise ApiError(text, "payload_too_large", status=413)
        chunks.append(chunk)
        more = message.get("more_body", False)
    query = parse_qsl(scope["query_string"].decode(), keep_blank_values=True)
    kind = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip()
    return Request(scope["method"], scope["path"], dict(query), kind, b"".join(chunks))


async def _write(response: Response, send: Send) -> None:
    body = b"" if response.empty else msgspec.json.encode(response.value)
    headers = [(b"content-length", str(len(body)).encode())]
    if body:
        headers.append((b"content-type", b"application/json"))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

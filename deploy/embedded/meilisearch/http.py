"""The ASGI side: reading requests within a size limit, checking the key, writing answers."""

import asyncio
import hmac
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec

from deploy.embedded.local_only import Message, Receive, Send
from deploy.embedded.meilisearch.errors import ApiError, internal_error

BODY_MAX = 64 * 1024 * 1024
THREADS = 4

log = logging.getLogger(__name__)


class Request(msgspec.Struct, frozen=True):
    """A request whose body has been read."""

    method: str
    path: str
    body: bytes


class Answer(msgspec.Struct, frozen=True):
    """A status and what is given as JSON."""

    status: int
    value: object


class Application:
    """An ASGI application giving each request to a handler on a thread of its own pool."""

    def __init__(
        self, handle: Callable[[Request], Answer], key: str, on_stop: Callable[[], None]
    ) -> None:
        self._handle = handle
        self._bearer = f"Bearer {key}".encode()
        self._on_stop = on_stop
        self._pool = ThreadPoolExecutor(THREADS, "request")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await _write(await self._answer(scope, receive), send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.to_thread(self._on_stop)
        self._pool.shutdown()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Message, receive: Receive) -> Answer:
        try:
            self._authorize(scope)
            request = await _read(scope, receive)
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, self._handle, request)
        except ApiError as error:
            return Answer(error.status, error.body)
        except Exception as error:  # every request gets an answer
            log.exception("%s %s failed", scope["method"], scope["path"])
            failure = internal_error(error)
            return Answer(failure.status, failure.body)

    def _authorize(self, scope: Message) -> None:
        if scope["path"] == "/health":
            return
        given = dict[bytes, bytes](scope["headers"]).get(b"authorization")
        if given is None:
            message = (
                "The Authorization header is missing. It must use the bearer authorization method."
            )
            raise ApiError(message, "missing_authorization_header", status=401, kind="auth")
        if not hmac.compare_digest(given, self._bearer):
            message = "The provided API key is invalid."
            raise ApiError(message, "invalid_api_key", status=403, kind="auth")


async def _read(scope: Message, receive: Receive) -> Request:
    if scope["query_string"]:
        raise ApiError("No parameters are taken in the address.", "bad_request")
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > BODY_MAX:
            text = "The provided payload reached the size limit."
            raise ApiError(text, "payload_too_large", status=413)
        chunks.append(chunk)
        more = message.get("more_body", False)
    return Request(scope["method"], scope["path"], b"".join(chunks))


async def _write(answer: Answer, send: Send) -> None:
    body = msgspec.json.encode(answer.value)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

"""Serves ClickHouse's HTTP interface from an engine inside this process."""

import argparse
import asyncio
import hmac
import os
import signal
import socket
import sys
import uuid
from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import parse_qsl

import msgspec
import uvicorn

from deploy.embedded.clickhouse_engine import Engine, Reply
from deploy.embedded.clickhouse_errors import ClickHouseError
from deploy.embedded.clickhouse_request import BODY_LIMIT, Call, read_call, too_large
from deploy.embedded.local_only import local_only

type Receive = Callable[[], Awaitable[Mapping[str, Any]]]
type Send = Callable[[dict[str, Any]], Awaitable[None]]
type Headers = dict[str, str]

_READERS: Final = frozenset({"SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXISTS", "EXPLAIN"})
_CONTENT_TYPES: Final = {
    "JSON": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "Native": "application/octet-stream",
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
}
_TEXT: Final = "text/plain; charset=UTF-8"
_IN_FLIGHT_LIMIT: Final = 256
_KEEP_ALIVE_SECONDS: Final = 30
_DRAIN_SECONDS: Final = 10
USER: Final = "CLICKHOUSE_USER"
PASSWORD: Final = "CLICKHOUSE_PASSWORD"  # noqa: S105 - the variable's name


class _ClientGoneError(Exception):
    """The client left before its request was complete, so there is no one to answer."""


class Answer(msgspec.Struct, frozen=True):
    """What goes back over the wire for one request."""

    status: int
    body: bytes
    headers: Headers


class Credentials(msgspec.Struct, frozen=True):
    """The one user the server knows."""

    user: str
    password: str

    def __repr__(self) -> str:
        """Without the password, which may come into a log."""
        return f"Credentials(user={self.user!r})"

    def match(self, other: "Credentials") -> bool:
        """Compare without telling by the time taken how much of it was right."""
        mine, given = f"{self.user}\0{self.password}", f"{other.user}\0{other.password}"
        return hmac.compare_digest(mine.encode(), given.encode())


def _given_credentials(url: Mapping[str, str], headers: Headers) -> Credentials:
    if "x-clickhouse-user" in headers:
        return Credentials(headers["x-clickhouse-user"], headers.get("x-clickhouse-key", ""))
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = b64decode(token, validate=True).decode().partition(":")
        except ValueError:
            return Credentials("", "")
        return Credentials(user, password)
    return Credentials(url.get("user", "default"), url.get("password", ""))


async def _read_body(receive: Receive) -> bytes:
    body, size, more = bytearray(), 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _ClientGoneError
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        # What is over the limit is read and dropped for a while, because a client that is
        # still sending would see a broken connection in place of the refusal.
        if size > 4 * BODY_LIMIT:
            break
        if size <= BODY_LIMIT:
            body += chunk
        more = message.get("more_body", False)
    if size > BODY_LIMIT:
        raise too_large()
    return bytes(body)


def _refusal(error: ClickHouseError) -> Answer:
    headers = {"X-ClickHouse-Exception-Code": str(error.code), "Content-Type": _TEXT}
    return Answer(error.status, f"{error.text}\n".encode(), headers)


class Server:
    """The ASGI application; statements run one after another on the worker's only thread."""

    def __init__(self, engine: Engine, worker: ThreadPoolExecutor, account: Credentials) -> None:
        """Serve the engine, which must have been opened on the worker."""
        self._engine = engine
        self._worker = worker
        self._account = account
        self._name = socket.gethostname()

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        url = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        headers = {key.decode("latin-1"): text.decode("latin-1") for key, text in scope["headers"]}
        query_id = url.get("query_id") or str(uuid.uuid4())
        try:
            answer = await self._answer(scope, url, headers, receive)
        except _ClientGoneError:
            return
        except ClickHouseError as error:
            answer = _refusal(error)
        common = {
            "X-ClickHouse-Server-Display-Name": self._name,
            "X-ClickHouse-Query-Id": query_id,
            "X-ClickHouse-Timezone": self._engine.timezone,
            "Content-Length": str(len(answer.body)),
        }
        pairs = [
            # Part of this text is the client's own, and a line break would end the header.
            (key.encode(), "".join(filter(str.isprintable, text)).encode("latin-1", "replace"))
            for key, text in (common | answer.headers).items()
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body})

    async def _answer(
        self, scope: Mapping[str, Any], url: Mapping[str, str], headers: Headers, receive: Receive
    ) -> Answer:
        method, path = scope["method"], scope["path"]
        reading = method in {"GET", "HEAD"}
        if reading and (path in {"/ping", "/replicas_status"} or (path == "/" and not url)):
            return Answer(200, b"Ok.\n", {"Content-Type": _TEXT})
        if path != "/" or method not in {"GET", "HEAD", "POST"}:
            return Answer(404, f"There is no handle {path}\n".encode(), {"Content-Type": _TEXT})
        given = _given_credentials(url, headers)
        if not self._account.match(given):
            message = (
                f"{given.user}: Authentication failed: password is incorrect, "
                "or there is no user with such name"
            )
            raise ClickHouseError.named(516, "AUTHENTICATION_FAILED", message)
        body = await _read_body(receive)

        def work() -> tuple[Call, Reply]:
            refused = self._engine.refused
            call = read_call(url, headers, body, readonly=reading, refused=refused)
            return call, self._engine.run(call)

        call, reply = await asyncio.get_running_loop().run_in_executor(self._worker, work)
        return self._success(call, reply)

    @staticmethod
    def _success(call: Call, reply: Reply) -> Answer:
        headers = {"X-ClickHouse-Summary": msgspec.json.encode(reply.summary).decode()}
        # Clients tell a result without rows from a statement without a result by this header.
        if reply.body or call.statement.verb in _READERS:
            headers["X-ClickHouse-Format"] = call.output_format
        headers["Content-Type"] = _CONTENT_TYPES.get(call.output_format, _TEXT)
        return Answer(200, reply.body, headers)


def _stop(_signal: int, _frame: object) -> NoReturn:
    raise SystemExit(0)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the engine's data")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8123)
    return parser.parse_args(arguments)


def _account(environment: Mapping[str, str]) -> Credentials:
    """Not from the command line, which every user of the machine can read."""
    user, password = environment.get(USER, ""), environment.get(PASSWORD, "")
    if not user or not password:
        raise SystemExit(f"clickhouse: set {USER} and {PASSWORD}: nobody is served without")
    return Credentials(user, password)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=_IN_FLIGHT_LIMIT)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then close the engine and leave with status 0."""
    options = _options(arguments)
    # The HTTP server raises a signal again once it has stopped, and the default action of
    # SIGTERM would end the process before the engine is closed.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    account = _account(os.environ)
    with ThreadPoolExecutor(1, "clickhouse") as worker, _listen(options.host, options.port) as door:
        try:
            engine = worker.submit(Engine, options.data).result()
        except (OSError, RuntimeError) as error:
            parting = f"clickhouse: cannot open {options.data}: {error}"
            raise SystemExit(parting) from error
        try:
            config = uvicorn.Config(
                local_only(Server(engine, worker, account)),
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                limit_concurrency=_IN_FLIGHT_LIMIT,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=_DRAIN_SECONDS,
            )
            host, port = door.getsockname()[:2]
            sys.stdout.write(f"clickhouse {engine.version} ready on http://{host}:{port}\n")
            sys.stdout.flush()
            uvicorn.Server(config).run(sockets=[door])
        finally:
            worker.submit(engine.close).result()


if __name__ == "__main__":
    main()

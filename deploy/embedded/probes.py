"""Quick questions to a server that may not be up yet: each answers yes or no, never raises."""

import http.client
import socket
from collections.abc import Callable

from deploy.embedded.ports import HOST

TIMEOUT_S = 2.0


def http_ok(port: int, path: str) -> Callable[[], bool]:
    def ready() -> bool:
        connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_S)
        try:
            connection.request("GET", path)
            return connection.getresponse().status < http.HTTPStatus.BAD_REQUEST
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ready


def talks(port: int, say: bytes, expect: bytes) -> Callable[[], bool]:
    """Whether a server answers `say` with something that begins with `expect`."""

    def ready() -> bool:
        try:
            with socket.create_connection((HOST, port), timeout=TIMEOUT_S) as connection:
                connection.settimeout(TIMEOUT_S)
                if say:
                    connection.sendall(say)
                return connection.recv(64).startswith(expect)
        except OSError:
            return False

    return ready


def nats_answers(port: int, token: str) -> Callable[[], bool]:
    """Whether NATS lets us in: it answers a PING with a PONG once JetStream is recovered."""
    hello = f'CONNECT {{"verbose":false,"auth_token":"{token}"}}\r\nPING\r\n'.encode()

    def ready() -> bool:
        try:
            with socket.create_connection((HOST, port), timeout=TIMEOUT_S) as connection:
                connection.settimeout(TIMEOUT_S)
                lines = connection.makefile("rb")
                if not lines.readline().startswith(b"INFO "):
                    return False
                connection.sendall(hello)
                return lines.readline().startswith(b"PONG")
        except OSError:
            return False

    return ready

"""Questions to many servers at once, of which what is known in time counts."""

import socket
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus

from deploy.embedded.ports import HOST

CONNECT_WITHIN_S = 0.5
ANSWER_BYTES_MAX = 64 * 1024


def answered[T](questions: Mapping[str, Callable[[], T]], within_s: float) -> dict[str, T]:
    """The answers that came in time, by name; a question that raises has none.

    Nobody waits for the others, not even the end of the process: a server that has stopped
    answering holds its own question up only.
    """
    found: dict[str, T] = {}

    def ask(name: str, question: Callable[[], T]) -> None:
        try:
            found[name] = question()
        except Exception:  # noqa: BLE001 - no answer, whatever the reason
            return

    threads = [
        threading.Thread(target=ask, args=(name, question), daemon=True)
        for name, question in questions.items()
    ]
    deadline = time.monotonic() + within_s
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0.0))
    return dict(found)


def get(port: int, path: str) -> tuple[int, bytes]:
    """Status and body of a plain GET on loopback. Raises `OSError` or `ValueError`."""
    with socket.create_connection((HOST, port), timeout=CONNECT_WITHIN_S) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: {HOST}:{port}\r\n\r\n".encode())
        answer = b""
        while (part := connection.recv(ANSWER_BYTES_MAX)) and len(answer) < ANSWER_BYTES_MAX:
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body


def is_ok(port: int, path: str) -> bool:
    return get(port, path)[0] < HTTPStatus.BAD_REQUEST


def accepts(port: int) -> bool:
    """Whether somebody listens there."""
    socket.create_connection((HOST, port), timeout=CONNECT_WITHIN_S).close()
    return True

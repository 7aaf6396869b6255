"""What stands around a whole application."""

import asyncio
from typing import Any

import msgspec
import pytest

from deploy.http.edge.guard import Guarded

MAX = 1000
CARD = b"4242424242424242"


class Echo:
    """Answers with what it has read."""

    def __init__(self, *headers: tuple[bytes, bytes]) -> None:
        self.headers = list(headers)
        self.asked = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": self.headers})
        await send({"type": "http.response.body", "body": body})


def ask(
    app: Any,
    *parts: bytes,
    method: str = "POST",
    path: bytes = b"/v1/orders",
    query: bytes = b"",
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> tuple[int, dict[bytes, bytes], bytes]:
    scope = {
        "type": "http",
        "method": method,
        "path": path.decode("latin-1"),
        "raw_path": path,
        "query_string": query,
        "headers": headers,
    }
    given = [
        {"type": "http.request", "body": part, "more_body": number < len(parts)}
        for number, part in enumerate(parts, 1)
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        return given.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Guarded(app, MAX)(scope, receive, send))
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


def test_a_body_in_parts_arrives_whole() -> None:
    assert ask(Echo(), b'{"a":', b"1", b"}")[2] == b'{"a":1}'


def test_a_body_that_is_too_long_is_the_application_s_to_refuse() -> None:
    app = Echo()
    assert len(ask(app, b"x" * MAX, b"y", CARD)[2]) == MAX + 1 + len(CARD)
    assert app.asked == 1


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"parts": [b'{"note":"4242 4242 ', b'4242 4242"}']}, "note"),
        ({"query": b"q=4242+4242+4242+4242"}, "query"),
        ({"query": b"q=%34242424242424242", "method": "GET"}, "query"),
        ({"path": b"/v1/orders/4242-4242-4242-4242", "method": "GET"}, "path"),
        ({"headers": ((b"idempotency-key", CARD),)}, "idempotency-key"),
        ({"headers": ((b"x-note", b"4242 4242-4242 4242"),), "method": "GET"}, "x-note"),
    ],
)
def test_a_card_number_is_refused_wherever_it_stands_and_is_not_repeated(
    asked: dict[str, Any], field: str
) -> None:
    app = Echo()
    status, headers, body = ask(app, *asked.pop("parts", [b"{}"]), **asked)
    problem = msgspec.json.decode(body)
    assert (status, app.asked) == (400, 0)
    assert headers[b"content-type"] == b"application/problem+json"
    assert problem["type"] == "urn:market:problem:card-number-refused"
    assert [error["field"] for error in problem["errors"]] == [field]
    assert b"4242" not in body


def test_a_token_is_not_read_as_a_field() -> None:
    assert ask(Echo(), b"{}", headers=((b"authorization", b"Bearer " + CARD),))[0] == 200


@pytest.mark.parametrize(
    "header",
    [
        (b"x-forwarded-for", b"86.238.180.174, 203.0.113.235"),
        (b"cookie", b"_ga=GA1.2.4242424242.424242; id=4242424242424242"),
        (b"traceparent", b"00-4242424242424242aaaaaaaaaaaaaaaa-4242424242424242-01"),
        (b"stripe-signature", b"t=1714521600,v1=4242424242424242"),
    ],
)
def test_what_programs_write_into_headers_is_no_card(header: tuple[bytes, bytes]) -> None:
    assert ask(Echo(), b"{}", headers=(header,))[0] == 200


def test_a_provider_s_own_ids_come_in_with_its_deliveries() -> None:
    body = b'{"TransactionId":4242424242424242}'
    assert ask(Echo(), body, path=b"/v1/webhooks/bank")[0] == 200
    assert (
        ask(Echo(), b"{}", path=b"/v1/webhooks/bank", query=b"id=" + CARD, method="GET")[0] == 200
    )
    assert ask(Echo(), body)[0] == 400

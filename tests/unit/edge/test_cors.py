"""Pages of others may ask if they are on the list, and no page else."""

import asyncio
from typing import Any

import pytest

from deploy.http.edge.cors import origins_of, with_cors

SHOP = "https://shop.example"
PREFLIGHT = {"access-control-request-method": "POST", "access-control-request-headers": "if-match"}


async def app(_: Any, __: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"etag", b"1")]})
    await send({"type": "http.response.body", "body": b"asked"})


def asked(method: str, origins: str = SHOP, **headers: str) -> tuple[int, dict[str, str], bytes]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "headers": [(n.replace("_", "-").encode(), v.encode()) for n, v in headers.items()],
    }
    receive: Any = None
    made: Any = with_cors(app, origins_of(origins))
    asyncio.run(made(scope, receive, send))
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, sent[1]["body"]


def test_a_page_on_the_list_may_ask_and_read() -> None:
    status, headers, body = asked("POST", origin=SHOP)
    assert (status, body) == (200, b"asked")
    assert headers["access-control-allow-origin"] == SHOP
    assert headers["access-control-allow-credentials"] == "true"
    assert "log-position" in headers["access-control-expose-headers"]
    assert (headers["vary"], headers["etag"]) == ("origin", "1")


def test_its_preflight_is_answered_for_any_path() -> None:
    status, headers, body = asked("OPTIONS", origin=SHOP, **PREFLIGHT)
    assert (status, body) == (204, b"")
    assert headers["access-control-allow-origin"] == SHOP
    assert "x-csrf-token" in headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "https://shop.example.evil", "http://shop.example", "null", ""],
)
def test_no_other_page_is_told_anything(origin: str) -> None:
    for method in ("POST", "OPTIONS"):
        status, headers, body = asked(method, origin=origin, **PREFLIGHT)
        assert (status, body) == (200, b"asked")
        assert not [name for name in headers if name.startswith("access-control")]


def test_without_a_list_nothing_is_added() -> None:
    _, headers, _ = asked("POST", origins="", origin=SHOP)
    assert headers == {"etag": "1"}


def test_a_list_is_of_words() -> None:
    both = origins_of("https://a.example, https://b.example https://c.example")
    assert both == {"https://a.example", "https://b.example", "https://c.example"}
    assert origins_of("  ") == set()

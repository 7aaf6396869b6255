"""Limits in front of the routes, counted in the real Redis protocol."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar, get
from litestar.testing import TestClient

from deploy.http.access import Access
from deploy.http.edge.client_address import ClientAddress
from deploy.http.edge.limits import Limits
from deploy.http.edge.windows import Windows
from deploy.http.problems import HANDLERS
from eventstore.identity import PUBLIC, permission
from tests.given import NOW
from tests.integration.part_server import PartServer
from tests.integration.test_windows import url_of, valkey
from tests.unit.test_access import authenticate, open_to_all

__all__ = ["valkey"]

OPEN = {"permission": PUBLIC, "unlimited": True}
PER_ADDRESS, PER_ACCOUNT = 5, 3


@get("/orders", opt={"permission": permission("orders:read", "buyer", "seller", "operator")})
async def orders() -> str:
    return "orders"


@get("/ping", opt=OPEN)
async def ping() -> str:
    return "pong"


@pytest.fixture
def client(valkey: PartServer, request: pytest.FixtureRequest) -> Iterator[TestClient[Any]]:
    windows = Windows(url_of(valkey))
    # Each test counts under a secret of its own, hence apart from the others.
    secret = request.node.name.encode()
    limits = Limits(windows, secret, per_address=PER_ADDRESS, per_account=PER_ACCOUNT, per_staff=0)
    access = Access(authenticate, lambda: NOW, limits, ClientAddress("0.0.0.0/0", 1))
    app = Litestar(
        [open_to_all, orders, ping],
        middleware=[access.middleware],
        exception_handlers=dict(HANDLERS),
        openapi_config=None,
        on_shutdown=[windows.close],
    )

    async def from_a_proxy(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope["client"] = ("10.0.0.1", 4711)
        await app(scope, receive, send)

    with TestClient(from_a_proxy) as made:
        yield made


def statuses(client: TestClient[Any], path: str, count: int, **headers: str) -> list[int]:
    return [client.get(path, headers=headers).status_code for _ in range(count)]


def test_who_has_no_token_is_counted_by_address_whatever_the_headers_say(
    client: TestClient[Any],
) -> None:
    forged = [{"x-forwarded-for": f"6.6.6.{number}, 198.51.100.1"} for number in range(7)]
    answers = [client.get("/open", headers=one).status_code for one in forged]
    assert answers == [200] * 5 + [429] * 2
    assert statuses(client, "/open", 1, **{"x-forwarded-for": "198.51.100.2"}) == [200]


def test_guessing_at_tokens_is_counted_too(client: TestClient[Any]) -> None:
    assert statuses(client, "/orders", 7) == [401] * 5 + [429] * 2


def test_an_account_has_a_limit_of_its_own_wherever_it_comes_from(
    client: TestClient[Any],
) -> None:
    places = [{"x-forwarded-for": f"198.51.100.{number}"} for number in range(5)]
    buyer = [client.get("/orders", headers={"authorization": "buyer"} | one) for one in places]
    assert [answer.status_code for answer in buyer] == [200] * 3 + [429] * 2
    seller = client.get("/orders", headers={"authorization": "seller"} | places[0])
    assert seller.status_code == 200


def test_staff_and_what_is_unlimited_are_not_counted(client: TestClient[Any]) -> None:
    assert set(statuses(client, "/orders", 9, authorization="operator")) == {200}
    assert set(statuses(client, "/ping", 9)) == {200}
    assert "RateLimit" not in client.get("/ping").headers


def test_an_answer_says_what_is_left_and_a_refusal_when_to_come_again(
    client: TestClient[Any],
) -> None:
    first = client.get("/orders", headers={"authorization": "buyer"})
    assert first.headers["RateLimit-Policy"] == '"account";q=3;w=60'
    assert first.headers["RateLimit"] == '"account";r=2;t=60'
    statuses(client, "/orders", 2, authorization="buyer")
    refused: Any = client.get("/orders", headers={"authorization": "buyer"})
    assert refused.json()["type"] == "urn:market:problem:rate-limited"
    assert 60 <= int(refused.headers["Retry-After"]) <= 80
    assert refused.headers["RateLimit"].startswith('"account";r=0;t=')

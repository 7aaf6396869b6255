"""Deliveries as each provider makes them: by POST or by GET, with its own acknowledgement."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from commands.accounts.keys import AccountKeys
from commands.outside.inbox import Inbox
from commands.outside.port import Acknowledgement, Delivery, DeliveryRefused
from deploy.http import problems
from deploy.http.access import Access
from deploy.http.openapi import Description
from deploy.wiring import clock, make_pool
from tests.unit.test_access import authenticate
from write_api.app import WriteServices, write_app
from write_api.problems import handlers


class ByGet:
    """Calls back by GET and wants to hear a word; only deliveries are asked of it."""

    delivers_by: ClassVar[Literal["POST", "GET"]] = "GET"

    async def execute(self, call: Any) -> Any:
        raise AssertionError(call)

    async def find(self, call: Any) -> Any:
        raise AssertionError(call)

    def open_delivery(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Delivery:
        if b"checksum=good" not in body:
            raise DeliveryRefused("The checksum does not fit.")
        return self.read_delivery(body)

    def read_delivery(self, body: bytes) -> Delivery:
        order = dict(part.split("=") for part in body.decode().split("&"))["order"]
        return Delivery(external_id=order, kind="charge", key=order)

    def acknowledge(self, *, new: bool) -> Acknowledgement:
        return Acknowledgement(b"OK" if new else b"AGAIN", "text/plain")


@pytest.fixture
def client(dsn: str) -> Iterator[TestClient[Litestar]]:
    pool = make_pool(dsn)

    async def opened() -> None:
        await pool.open()

    async def closed() -> None:
        await pool.close()

    services = WriteServices(
        clock=clock,
        dispatch=None,  # type: ignore[arg-type]
        inbox=Inbox(pool, {"bank": ByGet()}),
        records=pool,
        accounts=None,  # type: ignore[arg-type]
        address_of=lambda peer, _: peer,
        account_keys=AccountKeys("throw-away"),
        origins=frozenset(),
        providers=frozenset(),
        store_ready=lambda: True,
        metrics_text=str,
    )
    app = write_app(
        services,
        openapi=Description("write"),
        exception_handlers={
            **problems.HANDLERS,
            **handlers(problems.problem),
            DeliveryRefused: lambda _, error: problems.problem(400, error.code, str(error)),
        },
        middleware=[Access(authenticate, clock).middleware],
        on_startup=[opened],
        on_shutdown=[closed],
    )
    with TestClient(app) as made:
        yield made


def test_a_delivery_by_get_is_its_query_and_is_acknowledged_in_the_provider_s_words(
    client: TestClient[Litestar],
) -> None:
    path = "/v1/webhooks/bank?order=o1&checksum=good"
    answers = [client.get(path) for _ in range(2)]
    assert [(one.status_code, one.text) for one in answers] == [(200, "OK"), (200, "AGAIN")]
    assert answers[0].headers["content-type"].startswith("text/plain")


def test_a_delivery_by_the_other_method_is_nobody_s(client: TestClient[Litestar]) -> None:
    assert client.post("/v1/webhooks/bank", content=b"order=o1&checksum=good").status_code == 404
    assert client.get("/v1/webhooks/nobody?order=o1").status_code == 404


def test_a_delivery_that_is_not_the_provider_s_is_refused(client: TestClient[Litestar]) -> None:
    assert client.get("/v1/webhooks/bank?order=o1&checksum=bad").status_code == 400

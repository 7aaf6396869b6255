"""Servers that go away and come back, deadlines, and stacks that are killed: nothing is lost."""

import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.conftest import Api, RunningStack, Shop

WITHIN_S = 60.0


@pytest.fixture(scope="module")
def stack() -> Iterator[RunningStack]:
    """A stack of its own, with deadlines that come at once."""
    running = RunningStack(
        MARKET_PAYMENT_WINDOW_S="45",
        MARKET_ACCEPTANCE_WINDOW_S="1",
        MARKET_PAYOUT_INTERVAL_S="2",
        MARKET_QUOTE_VALIDITY_S="1",
    )
    running.up()
    try:
        yield running
    finally:
        running.down()
        running.remove()


@pytest.fixture(scope="module")
def api(stack: RunningStack) -> Iterator[Api]:
    made = Api(stack)
    yield made
    made.http.close()


@pytest.fixture(scope="module", autouse=True)
def unpaid(api: Api) -> tuple[Shop, str]:
    """An order that nobody pays; its deadline passes while the other tests run."""
    shop = Shop(api)
    return shop, shop.place(3)


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def status_of(api: Api, order_id: str) -> str:
    return str(api.read("operator:t", f"/v1/orders/{order_id}")["order"]["status"])


def test_a_delivered_order_is_released_after_its_window_and_paid_out(api: Api) -> None:
    shop = Shop(api)
    delivered = shop.place(2)
    shop.pay(delivered)
    shop.deliver(delivered)
    until(lambda: status_of(api, delivered) == "completed")
    path = f"/v1/sellers/{shop.seller}/balance"
    until(lambda: bool(api.read("operator:t", path)["paid_out_minor"]))
    assert api.read("operator:t", path)["paid_out_minor"] == 2000 - 200 + 100


def test_an_expired_quote_is_refused(api: Api) -> None:
    shop = Shop(api)
    body = shop.order_body()
    quote = body["shipping_quote_id"]
    (expires,) = api.sql(
        "SELECT extract(epoch from (convert_from(state, 'UTF8')::json -> 'data' ->> 'expires_at')"
        "::timestamptz) FROM stored_events WHERE originator_id = %s",
        f"shipping_quote-{quote}",
    )
    until(lambda: time.time() > float(expires[0]))
    response = api.post(f"buyer:{shop.buyer}", "/v1/orders", body)
    assert response.status_code == 409
    assert response.json()["type"] == "urn:market:problem:quote-expired"


def killed(api: Api, part: str) -> int:
    pid = api.stack.pid(part)
    os.kill(pid, signal.SIGKILL)
    return pid


def _register(api: Api, seller_id: str, key: str) -> httpx.Response:
    body = {"seller_id": seller_id, "name": "n", "currency": "EUR"}
    return api.post("operator:t", "/v1/sellers", body, key=key)


def test_without_postgres_writes_are_refused_at_once_and_come_back(api: Api) -> None:
    answered: list[str] = []
    for _ in range(20):
        seller_id = uuid.uuid4().hex
        assert _register(api, seller_id, seller_id).status_code == 201
        answered.append(seller_id)
    killed(api, "postgres")
    lost: list[str] = []
    seen = set()
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        seller_id = uuid.uuid4().hex
        started = time.monotonic()
        response = _register(api, seller_id, seller_id)
        seen.add(response.status_code)
        if response.status_code == 201:
            answered.append(seller_id)
            if 503 in seen:
                break
        else:
            assert response.status_code == 503
            assert response.headers["Retry-After"]
            assert time.monotonic() - started < 5.0
            lost.append(seller_id)
    assert seen == {201, 503}
    for seller_id in lost[-3:]:
        assert _register(api, seller_id, seller_id).status_code == 201
        answered.append(seller_id)
    rows = api.sql(
        "SELECT count(*), count(DISTINCT originator_id) FROM stored_events"
        " WHERE originator_id = ANY(%s)",
        [f"seller-{seller_id}" for seller_id in answered],
    )
    assert rows == [(len(answered), len(answered))]
    last = api.sql("SELECT max(notification_id), count(*) FROM stored_events")[0]
    assert last[0] == last[1]
    assert api.read("operator:t", f"/v1/sellers/{answered[-1]}")["name"] == "n"


@pytest.mark.parametrize("part", ["nats", "relay", "projectors"])
def test_reads_catch_up_after_a_loss(api: Api, part: str) -> None:
    """Commands go on without the bus; what was missed is read from the log afterwards."""
    killed(api, part)
    sellers = [uuid.uuid4().hex for _ in range(10)]
    for seller_id in sellers:
        assert _register(api, seller_id, seller_id).status_code == 201
    path = f"/v1/sellers/{sellers[-1]}"
    until(lambda: api.get("operator:t", path).status_code == 200)
    for seller_id in sellers:
        assert api.read("operator:t", f"/v1/sellers/{seller_id}")["seller_id"] == seller_id


@pytest.mark.parametrize("part", ["valkey", "worker", "processes", "sandbox"])
def test_a_payment_survives_what_carries_it(api: Api, part: str) -> None:
    """What the queue loses is asked for again from the log; nothing is charged twice."""
    shop = Shop(api)
    order_id = shop.place()
    killed(api, part)
    body = {"provider": "sandbox", "source": "tok_async"}
    api.ok(f"buyer:{shop.buyer}", f"/v1/orders/{order_id}/payments", body)
    until(lambda: status_of(api, order_id) == "paid")
    view = api.read("operator:t", f"/v1/orders/{order_id}")
    assert view["order"]["captured_minor"] == 1100
    assert [payment["status"] for payment in view["payments"]] == ["captured"]


def test_a_killed_stack_starts_again_with_its_data(api: Api) -> None:
    stack = api.stack
    shop = Shop(api)
    order_id = shop.place()
    shop.pay(order_id)
    parts = dict(stack.state["parts"])
    os.kill(int(stack.state["pid"]), signal.SIGKILL)
    for name in ("write", "postgres", "projectors"):
        os.kill(int(parts[name]["pid"]), signal.SIGKILL)
    stack.up()
    assert status_of(api, order_id) == "paid"
    shop.deliver(order_id)
    until(lambda: status_of(api, order_id) == "completed")
    status = stack.market("status", "--json").stdout
    assert '"problem": null' in status


def test_an_unpaid_order_is_cancelled_at_its_deadline(api: Api, unpaid: tuple[Shop, str]) -> None:
    shop, order_id = unpaid
    until(lambda: status_of(api, order_id) == "cancelled")
    listing = api.read("buyer:b", f"/v1/listings/{shop.listing}")
    assert (listing["available"], listing["reserved"]) == (10, 0)
    late = api.read("auditor:a", f"/v1/audit/events?stream=order-{order_id}")["items"][-1]
    assert late["actor"] == "system:cancel-unpaid-order"

"""Payments over the sandbox provider: every outcome that one can have."""

import uuid

import httpx
import pytest

from tests.conftest import Api, Shop
from tests.e2e.provider.provider_steps import names, order, payment, start, until


@pytest.mark.parametrize(
    "source", ["tok_ok", "tok_async", "tok_twice", "tok_out_of_order", "tok_unavailable"]
)
def test_a_payment_is_captured_once(
    api: Api, shop: Shop, sandbox: httpx.Client, source: str
) -> None:
    order_id = shop.place()
    payment_id = start(api, shop, order_id, source)
    until(lambda: order(api, order_id), lambda view: view["order"]["status"] == "paid")
    sandbox.post("/_control/deliver").raise_for_status()
    assert names(api, f"payment-{payment_id}") == ["payment.started", "payment.captured"]
    view = order(api, order_id)
    assert view["order"]["captured_minor"] == view["order"]["total_minor"] == 1100
    assert [held["held_minor"] for held in view["escrow"]] == [1100]


@pytest.mark.parametrize("source", ["tok_timeout", "tok_timeout_lost"])
def test_an_unknown_outcome_is_looked_up_and_never_charged_twice(
    api: Api, shop: Shop, sandbox: httpx.Client, source: str
) -> None:
    order_id = shop.place()
    payment_id = start(api, shop, order_id, source)
    until(lambda: order(api, order_id), lambda view: view["order"]["status"] == "paid")
    assert order(api, order_id)["order"]["captured_minor"] == 1100
    found = sandbox.get("/v1/charges", params={"idempotency_key": payment_id}).json()
    assert (found["status"], found["amount_minor"]) == ("succeeded", 1100)


@pytest.mark.parametrize("source", ["tok_declined", "tok_async_declined", "tok_no_such_thing"])
def test_a_decline_captures_nothing_and_another_try_may_succeed(
    api: Api, shop: Shop, sandbox: httpx.Client, source: str
) -> None:
    order_id = shop.place()
    declined = start(api, shop, order_id, source)
    seen = until(lambda: payment(api, declined), lambda view: view["status"] == "declined")
    assert seen["reason"]
    view = order(api, order_id)
    assert (view["order"]["status"], view["escrow"]) == ("awaiting_payment", [])
    start(api, shop, order_id, "tok_ok")
    until(lambda: order(api, order_id), lambda view: view["order"]["status"] == "paid")


def test_two_payments_at_once_do_not_charge_twice(
    api: Api, shop: Shop, sandbox: httpx.Client
) -> None:
    order_id = shop.place()
    body = {"provider": "sandbox", "source": "tok_async"}
    path = f"/v1/orders/{order_id}/payments"
    api.ok(f"buyer:{shop.buyer}", path, body)
    second = api.post(f"buyer:{shop.buyer}", path, body)
    assert second.json()["type"] in {
        "urn:market:problem:payment-in-progress",
        "urn:market:problem:order-already-paid",
    }
    until(lambda: order(api, order_id), lambda view: view["order"]["status"] == "paid")
    assert order(api, order_id)["order"]["captured_minor"] == 1100


def test_a_late_failure_takes_the_capture_back_and_the_order_waits_for_another_payment(
    api: Api, shop: Shop, sandbox: httpx.Client
) -> None:
    order_id = shop.place()
    payment_id = start(api, shop, order_id, "tok_late_failure")
    until(lambda: payment(api, payment_id), lambda view: view["status"] == "reversed")
    ours = {f"payment-{payment_id}", f"escrow-{order_id}/{shop.seller}"}

    def booked() -> list[int]:
        entries = api.read("auditor:a", "/v1/ledger/accounts/chargebacks?limit=200")["entries"]
        return sorted(entry["amount_minor"] for entry in entries if entry["stream"] in ours)

    # Nobody's write is read after here: each model comes to it by itself.
    until(booked, lambda found: found == [-1100, 1100])
    view = order(api, order_id)
    assert (view["order"]["status"], view["order"]["captured_minor"]) == ("awaiting_payment", 0)
    assert [held["held_minor"] for held in view["escrow"]] == [0]
    shipped = api.post(
        f"seller:{shop.seller}",
        f"/v1/orders/{order_id}/shipments",
        {"seller_id": shop.seller, "carrier": "c", "tracking_number": "t"},
    )
    assert shipped.json()["type"] == "urn:market:problem:order-not-paid"
    start(api, shop, order_id, "tok_ok")
    until(lambda: order(api, order_id), lambda seen: seen["order"]["status"] == "paid")


def test_a_webhook_for_nothing_of_ours_changes_nothing(api: Api, sandbox: httpx.Client) -> None:
    foreign = uuid.uuid4().hex
    body = {"amount_minor": 5, "currency": "EUR", "source": "tok_ok", "reference": foreign}
    sandbox.post("/v1/charges", json=body, headers={"Idempotency-Key": foreign}).raise_for_status()
    sandbox.post("/_control/deliver").raise_for_status()
    assert api.sql("SELECT count(*) FROM webhook_inbox WHERE body LIKE %s", f"%{foreign}%".encode())
    streams = api.sql(
        "SELECT count(*) FROM stored_events WHERE originator_id LIKE %s", f"%{foreign}"
    )
    assert streams == [(0,)]

"""Refunds and payouts over the sandbox provider: every outcome that they can have."""

import httpx
import pytest

from tests.conftest import Api, Shop
from tests.e2e.provider.provider_steps import order, refund_all, start, until


def test_what_was_paid_too_much_goes_back_by_itself(
    api: Api, shop: Shop, sandbox: httpx.Client
) -> None:
    order_id = shop.place()
    body = {"provider": "sandbox", "source": "tok_ok"}
    body |= {"amount": {"amount_minor": 1500, "currency": "EUR"}}
    api.ok(f"buyer:{shop.buyer}", f"/v1/orders/{order_id}/payments", body)
    view = until(
        lambda: order(api, order_id),
        lambda seen: [refund["status"] for refund in seen["refunds"]] == ["settled"],
    )
    assert [refund["amount_minor"] for refund in view["refunds"]] == [400]
    assert view["order"]["status"] == "paid"
    assert [line["refunded_minor"] for line in view["lines"]] == [0]


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("tok_ok", "settled"),
        ("tok_refund_async", "settled"),
        ("tok_refund_timeout", "settled"),
        ("tok_refund_declined", "failed"),
    ],
)
def test_refunds_end_as_the_provider_says(
    api: Api, shop: Shop, sandbox: httpx.Client, source: str, status: str
) -> None:
    order_id = shop.place()
    start(api, shop, order_id, source)
    until(lambda: order(api, order_id), lambda view: view["order"]["status"] == "paid")
    refund_id = refund_all(api, shop, order_id)
    path = f"/v1/refunds/{refund_id}"
    seen = until(lambda: api.read("operator:t", path), lambda view: view["status"] == status)
    assert seen["settled_minor"] == (1100 if status == "settled" else 0)
    assert [held["held_minor"] for held in order(api, order_id)["escrow"]] == [0]


@pytest.mark.parametrize(
    ("destination", "status"),
    [
        ("dest_ok", "settled"),
        ("dest_async", "settled"),
        ("dest_timeout", "settled"),
        ("dest_unavailable", "settled"),
        ("dest_declined", "failed"),
        ("dest_late_failure", "bounced"),
    ],
)
def test_payouts_end_as_the_provider_says(
    api: Api, shop: Shop, sandbox: httpx.Client, destination: str, status: str
) -> None:
    order_id = shop.place()
    shop.pay(order_id)
    shop.deliver(order_id)
    shop.confirm(order_id)
    body = {"seller_id": shop.seller, "provider": "sandbox", "destination": destination}
    payout_id = api.ok("operator:t", "/v1/payouts", body)["payout_id"]
    path = f"/v1/payouts/{payout_id}"
    until(lambda: api.read("operator:t", path), lambda view: view["status"] == status)
    balance = api.read("operator:t", f"/v1/sellers/{shop.seller}/balance")
    paid_out = 1000 if status == "settled" else 0
    assert (balance["paid_out_minor"], balance["balance_minor"]) == (paid_out, 1000 - paid_out)
    assert balance["pending_minor"] == 0


def test_cancelling_a_paid_order_frees_stock_and_refunds_in_full(
    api: Api, shop: Shop, sandbox: httpx.Client
) -> None:
    order_id = shop.place(4)
    start(api, shop, order_id, "tok_async")
    until(lambda: order(api, order_id), lambda view: view["order"]["status"] == "paid")
    api.ok(f"buyer:{shop.buyer}", f"/v1/orders/{order_id}/cancel", {"reason": "r"})
    view = until(
        lambda: order(api, order_id),
        lambda seen: [refund["status"] for refund in seen["refunds"]] == ["settled"],
    )
    assert view["order"]["refunded_minor"] == view["order"]["captured_minor"]
    listing = api.read("buyer:b", f"/v1/listings/{shop.listing}")
    assert (listing["available"], listing["reserved"]) == (10, 0)

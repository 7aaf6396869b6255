"""The ids that calls are known by at the provider: nobody takes another's."""

import uuid

import httpx
import pytest

from tests.conftest import Api, Shop
from tests.e2e.provider.provider_steps import payment, until


def test_a_payment_under_a_payout_s_id_stops_no_payout(
    api: Api, shop: Shop, sandbox: httpx.Client
) -> None:
    """The attacker knows the id and is first: even a declined card will do."""
    same = uuid.uuid4().hex
    order_id = shop.place()
    body = {"provider": "sandbox", "source": "tok_declined", "payment_id": same}
    api.ok(f"buyer:{shop.buyer}", f"/v1/orders/{order_id}/payments", body)
    until(lambda: payment(api, same), lambda view: view["status"] == "declined")
    earned = shop.place()
    shop.pay(earned)
    shop.deliver(earned)
    shop.confirm(earned)
    asked = {"seller_id": shop.seller, "provider": "sandbox", "payout_id": same}
    api.ok("operator:t", "/v1/payouts", asked)
    path = f"/v1/payouts/{same}"
    until(lambda: api.read("operator:t", path), lambda view: view["status"] == "settled")


@pytest.mark.parametrize("field", ["payment_id", "refund_id", "order_id", "payout_id"])
def test_no_client_names_an_id_of_ours(api: Api, shop: Shop, field: str) -> None:
    paths = {
        "payment_id": ("/v1/orders/o/payments", {"provider": "sandbox"}),
        "refund_id": ("/v1/orders/o/refunds", {"reason": "r"}),
        "order_id": ("/v1/orders", shop.order_body()),
        "payout_id": ("/v1/payouts", {"seller_id": shop.seller, "provider": "sandbox"}),
    }
    path, body = paths[field]
    answer = api.post("operator:t", path, body | {field: f"~{uuid.uuid4()}"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field

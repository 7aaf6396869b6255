"""Requests that a rule refuses: each has its own type, and nothing is written."""

import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.refused import nothing_written, order, refused
from tests.conftest import Api, Shop

type Attempt = Callable[[Api, Shop, str], Any]


def _seller_as(who: str) -> Attempt:
    body = {"name": "n", "currency": "EUR"}
    return lambda api, _shop, key: api.post(who, "/v1/sellers", body, key=key)


def _listing_in(currency: str, amount: int) -> Attempt:
    def attempt(api: Api, shop: Shop, key: str) -> Any:
        body = {
            "seller_id": shop.seller,
            "title": "t",
            "category": "c",
            "price": {"amount_minor": amount, "currency": currency},
        }
        return api.post(f"seller:{shop.seller}", "/v1/listings", body, key=key)

    return attempt


def _unknown_listing(api: Api, _shop: Shop, key: str) -> Any:
    lines = [{"listing_id": "nope", "quantity": 1}]
    return api.post("buyer:b", "/v1/shipping-quotes", {"lines": lines}, key=key)


def _retired_listing(api: Api, shop: Shop, key: str) -> Any:
    body = shop.order_body()
    path = f"/v1/listings/{shop.listing}/retire"
    api.ok(f"seller:{shop.seller}", path, {"reason": "old"})
    return api.post(f"buyer:{shop.buyer}", "/v1/orders", body, key=key)


def _too_many(api: Api, shop: Shop, key: str) -> Any:
    return api.post(f"buyer:{shop.buyer}", "/v1/orders", shop.order_body(11), key=key)


def _another_basket(api: Api, shop: Shop, key: str) -> Any:
    body = shop.order_body(1)
    body["lines"][0]["quantity"] = 2
    return api.post(f"buyer:{shop.buyer}", "/v1/orders", body, key=key)


def _unknown_quote(api: Api, shop: Shop, key: str) -> Any:
    body = order(shop, shipping_quote_id="nope")
    return api.post(f"buyer:{shop.buyer}", "/v1/orders", body, key=key)


def _own_shipping(api: Api, shop: Shop, key: str) -> Any:
    lines = [{"listing_id": shop.listing, "quantity": 1, "shipping_minor": 0}]
    return api.post(f"buyer:{shop.buyer}", "/v1/shipping-quotes", {"lines": lines}, key=key)


def _for_somebody_else(api: Api, shop: Shop, key: str) -> Any:
    return api.post(f"buyer:{shop.buyer}", "/v1/orders", order(shop, buyer_id="b2"), key=key)


def _cancel_anothers(api: Api, shop: Shop, key: str) -> Any:
    path = f"/v1/orders/{shop.place()}/cancel"
    return api.post("buyer:somebody-else", path, {"reason": "r"}, key=key)


def _pay_anothers(api: Api, shop: Shop, key: str) -> Any:
    path = f"/v1/orders/{shop.place()}/payments"
    return api.post("buyer:somebody-else", path, {"provider": "sandbox"}, key=key)


def _pay_twice(api: Api, shop: Shop, key: str) -> Any:
    order_id = shop.place()
    shop.pay(order_id)
    return api.post(
        "operator:t", f"/v1/orders/{order_id}/payments", {"provider": "manual"}, key=key
    )


def _pay(body: dict[str, Any], who: str = "operator:t") -> Attempt:
    def attempt(api: Api, shop: Shop, key: str) -> Any:
        return api.post(who or "", f"/v1/orders/{shop.place()}/payments", body, key=key)

    return attempt


def _money(amount: int, currency: str = "EUR") -> dict[str, Any]:
    return {"amount": {"amount_minor": amount, "currency": currency}}


def _buyer_pays_manually(api: Api, shop: Shop, key: str) -> Any:
    path = f"/v1/orders/{shop.place()}/payments"
    return api.post(f"buyer:{shop.buyer}", path, {"provider": "manual"}, key=key)


def _refund(body: dict[str, Any]) -> Attempt:
    def attempt(api: Api, shop: Shop, key: str) -> Any:
        order_id = shop.place()
        shop.pay(order_id)
        sent = {"reason": "r", **body}
        return api.post(f"buyer:{shop.buyer}", f"/v1/orders/{order_id}/refunds", sent, key=key)

    return attempt


def _refund_unpaid(api: Api, shop: Shop, key: str) -> Any:
    path = f"/v1/orders/{shop.place()}/refunds"
    return api.post(f"buyer:{shop.buyer}", path, {"reason": "r"}, key=key)


def _release(amount: int) -> Attempt:
    def attempt(api: Api, shop: Shop, key: str) -> Any:
        order_id = shop.place()
        shop.pay(order_id)
        path = f"/v1/orders/{order_id}/shipments/{shop.seller}/release"
        return api.post("operator:t", path, _money(amount), key=key)

    return attempt


def _pay_out(amount: int) -> Attempt:
    def attempt(api: Api, shop: Shop, key: str) -> Any:
        order_id = shop.place()
        shop.pay(order_id)
        shop.deliver(order_id)
        shop.confirm(order_id)
        body = {"seller_id": shop.seller, "provider": "manual", **_money(amount)}
        return api.post("operator:t", "/v1/payouts", body, key=key)

    return attempt


def _pay_out_nothing(api: Api, shop: Shop, key: str) -> Any:
    body = {"seller_id": shop.seller, "provider": "manual"}
    return api.post("operator:t", "/v1/payouts", body, key=key)


def _ship_unpaid(api: Api, shop: Shop, key: str) -> Any:
    body = {"seller_id": shop.seller, "carrier": "c", "tracking_number": "t"}
    return api.post(f"seller:{shop.seller}", f"/v1/orders/{shop.place()}/shipments", body, key=key)


def _rewrite_history(api: Api, shop: Shop, key: str) -> Any:
    body = order(shop, occurred_at="2020-01-01T00:00:00Z")
    return api.post(f"buyer:{shop.buyer}", "/v1/orders", body, key=key)


def _from_the_future(api: Api, shop: Shop, key: str) -> Any:
    body = {"reason": "r", "occurred_at": "2999-01-01T00:00:00Z"}
    return api.post("operator:t", f"/v1/sellers/{shop.seller}/suspend", body, key=key)


REFUSALS: list[tuple[Attempt, int, str, str | None]] = [
    (_seller_as("buyer:b"), 403, "not-allowed", None),
    (_listing_in("USD", 100), 422, "foreign-currency", "price.currency"),
    (_listing_in("EUR", 0), 422, "amount-not-positive", "price.amount_minor"),
    (_listing_in("EUR", -5), 422, "amount-not-positive", "price.amount_minor"),
    (_listing_in("EUR", 10**12 + 1), 422, "amount-too-large", "price.amount_minor"),
    (_unknown_listing, 404, "listing-unknown", "lines[0].listing_id"),
    (_retired_listing, 409, "listing-is-retired", "lines[0].listing_id"),
    (_too_many, 409, "out-of-stock", "lines[0].quantity"),
    (_another_basket, 422, "quote-for-another-basket", "shipping_quote_id"),
    (_unknown_quote, 404, "quote-unknown", "shipping_quote_id"),
    (_own_shipping, 403, "not-allowed", "lines[0].shipping_minor"),
    (_for_somebody_else, 403, "not-yours", "buyer_id"),
    (_cancel_anothers, 403, "not-yours", "order_id"),
    (_pay_anothers, 403, "not-yours", "order_id"),
    (_buyer_pays_manually, 403, "not-allowed", "provider"),
    (_pay_twice, 409, "order-already-paid", "order_id"),
    (_pay({"provider": "nobody"}), 422, "provider-unknown", "provider"),
    (_pay({"provider": "manual", **_money(0)}), 422, "amount-not-positive", "amount.amount_minor"),
    (_pay({"provider": "manual", **_money(-1)}), 422, "amount-not-positive", "amount.amount_minor"),
    (_pay({"provider": "manual", **_money(2 * 10**12)}), 422, "amount-too-large", "amount.amount_minor"),
    (_pay({"provider": "manual", **_money(5, "USD")}), 422, "foreign-currency", "amount.currency"),
    (_refund(_money(1101)), 422, "refund-exceeds-captured", "amount.amount_minor"),
    (_refund(_money(5, "USD")), 422, "foreign-currency", "amount.currency"),
    (_refund({"lines": [{"line_id": 1, "quantity": 2}]}), 422, "refund-quantity-too-large", "lines[0].quantity"),
    (_refund({"lines": [{"line_id": 2, "quantity": 1}]}), 422, "refund-line-unknown", "lines[0].line_id"),
    (_refund({"approve": True}), 403, "not-allowed", "approve"),
    (_refund_unpaid, 409, "order-not-paid", "order_id"),
    (_release(1101), 422, "amount-exceeds-held", "amount.amount_minor"),
    (_pay_out(1001), 422, "amount-exceeds-due", "amount.amount_minor"),
    (_pay_out_nothing, 409, "nothing-due", "seller_id"),
    (_ship_unpaid, 409, "order-not-paid", "order_id"),
    (_rewrite_history, 403, "not-allowed", "occurred_at"),
    (_from_the_future, 400, "invalid-request", "occurred_at"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("attempt", "status", "code", "field"),
    REFUSALS,
    ids=[f"{number}-{code}" for number, (_, _, code, _) in enumerate(REFUSALS)],
)
def test_a_refusal_has_its_own_type_and_writes_nothing(
    api: Api, shop: Shop, attempt: Attempt, status: int, code: str, field: str | None
) -> None:
    key = uuid.uuid4().hex
    refused(attempt(api, shop, key), status, code, field)
    nothing_written(api, key)


def test_one_key_and_another_body(api: Api, shop: Shop) -> None:
    key, body = uuid.uuid4().hex, shop.order_body()
    first = api.post(f"buyer:{shop.buyer}", "/v1/orders", body, key=key)
    again = api.post(f"buyer:{shop.buyer}", "/v1/orders", body, key=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.content, again.headers["Log-Position"]) == (
        first.content,
        first.headers["Log-Position"],
    )
    before = api.sql("SELECT position FROM log_head")
    other = api.post(f"buyer:{shop.buyer}", "/v1/orders", body | {"order_id": "o2"}, key=key)
    refused(other, 422, "idempotency-key-reused", "Idempotency-Key")
    assert api.sql("SELECT count(*) FROM stored_events WHERE originator_id = 'order-o2'") == [(0,)]
    assert before


def test_anothers_key_is_not_ones_own(api: Api, shop: Shop) -> None:
    key = uuid.uuid4().hex
    mine = api.post(f"buyer:{shop.buyer}", "/v1/orders", shop.order_body(), key=key)
    theirs = api.post("buyer:other", "/v1/orders", shop.order_body(), key=key)
    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.json()["order_id"] != theirs.json()["order_id"]


def test_if_match_guards_against_lost_updates(api: Api, shop: Shop) -> None:
    listing = api.get(f"seller:{shop.seller}", f"/v1/listings/{shop.listing}")
    path = f"/v1/listings/{shop.listing}/price"
    price = {"price": {"amount_minor": 1200, "currency": "EUR"}}
    etag = listing.headers["ETag"]
    first = api.post(f"seller:{shop.seller}", path, price, if_match=etag)
    assert first.status_code == 200, first.text
    key = uuid.uuid4().hex
    second = api.post(f"seller:{shop.seller}", path, price, key=key, if_match=etag)
    refused(second, 412, "version-mismatch")
    nothing_written(api, key)


def _delivery(api: Api, secret: str, at: int) -> tuple[bytes, dict[str, str]]:
    event = {
        "id": f"evt_{uuid.uuid4().hex}",
        "type": "charge.succeeded",
        "created": at,
        "data": {
            "object": {
                "id": "ch_1",
                "object": "charge",
                "status": "succeeded",
                "reference": "unknown-payment",
            }
        },
    }
    body = json.dumps(event).encode()
    signature = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return body, {"Sandbox-Signature": f"t={at},v1={signature}"}


def test_webhooks_are_verified_and_stored_once(api: Api) -> None:
    secret, now = api.settings.providers["sandbox"].webhook_secret, int(time.time())

    def stored(body: bytes) -> int:
        event_id = json.loads(body)["id"]
        rows = api.sql("SELECT count(*) FROM webhook_inbox WHERE external_id = %s", event_id)
        return int(rows[0][0])

    body, headers = _delivery(api, "not the secret", now)
    refused(
        api.http.post("/v1/webhooks/sandbox", content=body, headers=headers),
        400,
        "webhook-signature-invalid",
    )
    assert stored(body) == 0
    body, headers = _delivery(api, secret, now - 3600)
    refused(
        api.http.post("/v1/webhooks/sandbox", content=body, headers=headers), 400, "webhook-too-old"
    )
    assert stored(body) == 0
    body, headers = _delivery(api, secret, now)
    first = api.http.post("/v1/webhooks/sandbox", content=body, headers=headers)
    second = api.http.post("/v1/webhooks/sandbox", content=body, headers=headers)
    assert [first.json()["duplicate"], second.json()["duplicate"]] == [False, True]
    assert stored(body) == 1
    refused(api.http.post("/v1/webhooks/nobody", content=body, headers=headers), 404, "not-found")

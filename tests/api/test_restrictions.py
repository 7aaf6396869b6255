"""Restrictions over HTTP: within a second, with an end, and what is open goes on."""

import time
from datetime import UTC, datetime, timedelta

from tests.api.person import Person, refused
from tests.conftest import Api, Shop

REFUSED_WITHIN_S = 1.0
MODERATOR = "moderator:mo"
WHY = {"reason": "fraud", "text": "Paid with stolen cards."}


def test_a_blocked_account_is_out_within_a_second_and_comes_back_by_itself(api: Api) -> None:
    anna = Person(api)
    granted = anna.registered()
    path = f"/v1/restrictions/account/{granted['account_id']}"
    until = datetime.now(UTC) + timedelta(seconds=4)
    api.ok(MODERATOR, f"{path}/impose", {**WHY, "until": until.isoformat()})
    began = time.monotonic()
    for method, guarded in (("GET", "/v1/orders"), ("POST", "/v1/sessions/end-others")):
        while anna.signed(method, guarded, granted).status_code != 401:
            assert time.monotonic() - began < REFUSED_WITHIN_S
    device = granted["device_token"]
    assert refused(anna.sign_in(device=device)) == (403, "sign-in-refused")
    assert anna.refresh(granted["refresh_token"]).status_code == 400
    deadline = time.monotonic() + 30
    while anna.sign_in(device=device).status_code != 201:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert datetime.now(UTC) > until


def test_a_blocked_seller_sells_nothing_new_and_is_paid_nothing(api: Api, shop: Shop) -> None:
    order = shop.place()
    shop.pay(order)
    body = shop.order_body()
    path = f"/v1/restrictions/seller/{shop.seller}"
    answer = api.ok(MODERATOR, f"{path}/impose", WHY)
    assert answer["restricted"] is True
    seller = api.read("operator:o", f"/v1/sellers/{shop.seller}")
    assert seller["status"] == "blocked"
    assert refused(api.post(f"buyer:{shop.buyer}", "/v1/orders", body)) == (
        409,
        "seller-is-blocked",
    )
    shop.deliver(order)  # What is open goes on, and its money is released.
    shop.confirm(order)
    payout = {"seller_id": shop.seller, "provider": "manual"}
    assert refused(api.post("operator:o", "/v1/payouts", payout)) == (409, "seller-is-blocked")
    api.ok(MODERATOR, f"{path}/lift", {"text": "Cleared up."})
    (history,) = api.read(MODERATOR, path)
    assert (history["reason"], history["imposed_by"]) == ("fraud", MODERATOR)
    assert history["lifted_by"] == MODERATOR
    assert api.ok("operator:o", "/v1/payouts", payout)["status"] == "settled"
    assert api.read("operator:o", f"/v1/sellers/{shop.seller}")["status"] == "active"


def test_buyers_and_sellers_restrict_nobody(api: Api, shop: Shop) -> None:
    path = f"/v1/restrictions/seller/{shop.seller}/impose"
    for who in (f"buyer:{shop.buyer}", f"seller:{shop.seller}", "auditor:a", "analyst:a"):
        assert refused(api.post(who, path, WHY)) == (403, "not-allowed")


def test_bad_input_is_named(api: Api, shop: Shop) -> None:
    path = f"/v1/restrictions/seller/{shop.seller}/impose"
    for body, field in (
        ({**WHY, "reason": "envy"}, "reason"),
        ({"reason": "fraud"}, "text"),
        ({**WHY, "until": "2001-01-01T00:00:00Z"}, "until"),
        ({**WHY, "until": "2031-01-01T00:00:00"}, "until"),
        ({**WHY, "until": "9999-12-31T23:59:59-12:00"}, "until"),
        ({**WHY, "evidence": ["a b"]}, "evidence"),
    ):
        answer = api.post(MODERATOR, path, body)
        assert answer.status_code in {400, 422}, answer.text
        assert field in answer.text
    assert api.post(MODERATOR, "/v1/restrictions/planet/x/impose", WHY).status_code in {400, 404}
    for nobody in ("nobody", "x" * 3000, "a b", "%F0%9F%AB%96"):
        path = f"/v1/restrictions/seller/{nobody}/impose"
        assert refused(api.post(MODERATOR, path, WHY))[0] == 404

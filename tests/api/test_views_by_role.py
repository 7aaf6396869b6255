"""Who sees what: every field of every answer of every role, and nothing of anybody else."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from read_api.app import TOPICS
from tests.api.person import Person
from tests.api.seen import SEEN, walked
from tests.conftest import Api, Shop

ROLES = ("buyer", "seller", "operator", "auditor", "analyst")


class Shared:
    """One order over two sellers: paid, one part accepted and paid out, refunds of both."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.mine, self.other = Shop(api, price=1000), Shop(api, price=7777)
        shop, other = self.mine, self.other
        self.subjects = {"buyer": shop.buyer, "seller": shop.seller}
        lines = [{"listing_id": one.listing, "quantity": 2} for one in (shop, other)]
        quote = api.ok(f"buyer:{shop.buyer}", "/v1/shipping-quotes", {"lines": lines})
        body = {"lines": lines, "shipping_quote_id": quote["quote_id"]}
        order = self.order = str(api.ok(f"buyer:{shop.buyer}", "/v1/orders", body)["order_id"])
        self.payment = str(shop.pay(order)["payment_id"])
        shop.deliver(order)
        shop.confirm(order)
        self.payout = str(
            api.ok("operator:o", "/v1/payouts", {"seller_id": shop.seller, "provider": "manual"})[
                "payout_id"
            ]
        )
        self.refund = self._refund(1)
        self.refund_of_other = self._refund(2)
        self.account = str(Person(api).registered()["account_id"])
        member = f"/v1/sellers/{shop.seller}/members/{self.account}"
        api.ok("operator:o", member, {"member": "manager"})
        target = f"/v1/restrictions/account/{self.account}"
        api.ok("moderator:mo", f"{target}/impose", {"reason": "abuse", "text": "t"})
        api.ok("moderator:mo", f"{target}/lift", {"text": "t"})
        self.payment_of_other = str(other.pay(other.place())["payment_id"])

    def _refund(self, line: int) -> str:
        body = {"reason": "broken", "lines": [{"line_id": line, "quantity": 1}], "approve": True}
        path = f"/v1/orders/{self.order}/refunds"
        return str(self.api.ok("operator:o", path, body)["refund_id"])

    def who(self, role: str) -> str:
        return f"{role}:{self.subjects.get(role, 'somebody')}"

    def path(self, template: str) -> str:
        ids = {
            "order_id": self.order,
            "account_id": self.account,
            "kind": "account",
            "target_id": self.account,
            "payment_id": self.payment,
            "refund_id": self.refund,
            "listing_id": self.mine.listing,
            "seller_id": self.mine.seller,
            "payout_id": self.payout,
            "account": f"escrow:{self.order}/{self.mine.seller}",
            "stream": f"order-{self.order}",
            "read_model": "orders",
            "field": f"total_minor?id={self.order}",
        }
        query = {"/v1/listings/search": f"?seller_id={self.mine.seller}"}
        return template.format_map(ids) + query.get(template, "")


@pytest.fixture(scope="module")
def shared(api: Api) -> Shared:
    return Shared(api)


def templates() -> set[str]:
    """Of all routes below /v1, without the types of their parameters."""
    found = {path for topic in TOPICS for route in topic.routes for path in route.paths}
    return {re.sub(r":\w+}", "}", path) for path in found if path.startswith("/v1/")}


def test_every_route_is_decided_on() -> None:
    assert templates() == set(SEEN)


@pytest.mark.parametrize("template", sorted(SEEN))
def test_a_role_sees_the_fields_that_are_its(shared: Shared, template: str) -> None:
    api, path = shared.api, shared.path(template)
    seen: Mapping[str, Any] = SEEN[template]
    for role in ROLES:
        if role not in seen:
            assert api.get(shared.who(role), path).status_code == 403, role
        else:
            assert set(walked(api.read(shared.who(role), path))) == seen[role], role


@pytest.mark.parametrize("template", sorted(SEEN))
def test_nobody_sees_anything_without_a_token(shared: Shared, template: str) -> None:
    assert shared.api.http.get(shared.path(template)).status_code == 401


@pytest.mark.parametrize(
    "template", ["/v1/orders", "/v1/orders/{order_id}", "/v1/orders/{order_id}/timeline"]
)
def test_a_seller_learns_nothing_of_the_other_sellers_part(shared: Shared, template: str) -> None:
    api, path = shared.api, shared.path(template)
    whole = api.read("operator:o", f"/v1/orders/{shared.order}")["order"]
    answer = api.get(shared.who("seller"), path)
    answer.raise_for_status()
    for secret in (
        *(shared.other.seller, shared.other.listing, shared.payment, shared.refund_of_other),
        *(f":{whole['total_minor']},", "7777", "operator:", "broken"),
    ):
        assert secret not in answer.text, secret


def test_a_seller_sees_status_total_and_refunds_of_their_part(shared: Shared) -> None:
    api, path = shared.api, f"/v1/orders/{shared.order}"
    mine, other = (api.read(f"seller:{shop.seller}", path) for shop in (shared.mine, shared.other))
    whole = api.read("operator:o", path)
    assert [view["order"]["status"] for view in (mine, other, whole)] == [
        *("completed", "paid", "paid")
    ]
    totals = [view["order"]["total_minor"] for view in (mine, other)]
    assert sum(totals) == whole["order"]["total_minor"]
    assert totals[1] > 2 * 7777 > totals[0]
    assert [refund["refund_id"] for refund in mine["refunds"]] == [shared.refund]
    assert mine["refunds"][0]["status"] == "approved"
    assert mine["refunds"][0]["amount_minor"] == mine["lines"][0]["refunded_minor"]
    seller = shared.who("seller")
    for status, listed in (("completed", [shared.order]), ("paid", [])):
        page = api.read(seller, f"/v1/orders?status={status}")["items"]
        assert [order["order_id"] for order in page] == listed
        assert [order["total_minor"] for order in page] == totals[: len(page)]


def test_a_sellers_funnel_is_of_their_parts(shared: Shared) -> None:
    for shop, completed in ((shared.mine, 1), (shared.other, 0)):
        (row,) = shared.api.read(f"seller:{shop.seller}", "/v1/analytics/funnel")
        assert row["completed"] == completed


def test_a_timeline_is_filtered_by_role(shared: Shared) -> None:
    path = f"/v1/orders/{shared.order}/timeline"
    shown = {role: shared.api.read(shared.who(role), path) for role in ROLES[:3]}
    names = {role: {entry["name"] for entry in found} for role, found in shown.items()}
    assert not any(name.startswith(("payment.", "refund.")) for name in names["seller"])
    assert "order.payment_recorded.v1" not in names["seller"]
    assert not any(name.startswith("seller_account.") for name in names["buyer"])
    assert {"order.payment_recorded.v1", "refund.approved.v1"} <= names["buyer"]
    assert names["operator"] > names["buyer"]
    (placed,) = (one for one in shown["seller"] if one["name"] == "order.placed.v1")
    assert (placed["amount_minor"], placed["actor"]) == (None, "buyer")
    released = [one for one in shown["seller"] if one["name"] == "escrow.funds_released.v1"]
    assert [one["seller_id"] for one in released] == [shared.mine.seller]
    assert {one["actor"] for one in shown["operator"]} >= {"operator:o", "operator:test"}


@pytest.mark.parametrize("kind", ["order", "payment", "refund", "payout"])
def test_what_is_somebody_elses_is_answered_like_what_is_not_there(
    shared: Shared, kind: str
) -> None:
    api, found = shared.api, str(getattr(shared, kind))
    for who in ("buyer:stranger", "seller:stranger"):
        mine, nobodys = (api.get(who, f"/v1/{kind}s/{one}") for one in (found, "nobodys"))
        assert mine.status_code == nobodys.status_code in {403, 404}
        assert mine.text == nobodys.text
    if kind in {"order", "payout"}:
        assert api.read("seller:stranger", f"/v1/{kind}s")["items"] == []

"""Payments, refunds and payouts over the sandbox provider: every outcome it can have."""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.conftest import Api, RunningStack, Shop

WITHIN_S = 45.0


def until(look: Callable[[], Any], is_so: Callable[[Any], bool]) -> Any:
    """A bounded poll of the read side."""
    deadline = time.monotonic() + WITHIN_S
    while not is_so(seen := look()):
        assert time.monotonic() < deadline, seen
        time.sleep(0.05)
    return seen


def start(api: Api, shop: Shop, order_id: str, source: str) -> str:
    body = {"provider": "sandbox", "source": source}
    started = api.ok(f"buyer:{shop.buyer}", f"/v1/orders/{order_id}/payments", body)
    return str(started["payment_id"])


def order(api: Api, order_id: str) -> Any:
    return api.read("operator:t", f"/v1/orders/{order_id}")


def payment(api: Api, payment_id: str) -> Any:
    return api.read("operator:t", f"/v1/payments/{payment_id}")


def refund_all(api: Api, shop: Shop, order_id: str) -> str:
    body = {"reason": "r", "approve": True}
    return str(api.ok("operator:t", f"/v1/orders/{order_id}/refunds", body)["refund_id"])


def names(api: Api, stream: str) -> list[str]:
    events = api.read("auditor:a", f"/v1/audit/streams/{stream}")["events"]
    return [event["name"].removesuffix(".v1") for event in events]


@pytest.fixture(scope="module")
def sandbox(api: Api) -> httpx.Client:
    """The provider's own control routes; answers are held back for a moment, not half a minute."""
    client = httpx.Client(
        base_url=api.settings.providers["sandbox"].url,
        headers={"Authorization": f"Bearer {api.settings.providers['sandbox'].secret_key}"},
    )
    client.post("/_control/settings", json={"hold_ms": 1500}).raise_for_status()
    yield client
    client.close()


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
    entries = api.read("auditor:a", "/v1/ledger/accounts/chargebacks?limit=200")["entries"]
    own = [
        entry["amount_minor"]
        for entry in entries
        if entry["stream"] in {f"payment-{payment_id}", f"escrow-{order_id}/{shop.seller}"}
    ]
    assert sorted(own) == [-1100, 1100]
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


def refused_refund(api: Api, shop: Shop) -> tuple[str, str]:
    """A refund whose leg the provider refused: the refund's id and the payment's."""
    order_id = shop.place()
    payment_id = start(api, shop, order_id, "tok_refund_declined")
    until(lambda: order(api, order_id), lambda view: view["order"]["status"] == "paid")
    refund_id = refund_all(api, shop, order_id)
    path = f"/v1/refunds/{refund_id}"
    until(lambda: api.read("operator:t", path), lambda view: view["status"] == "failed")
    return refund_id, payment_id


def test_an_operator_settles_what_the_provider_refused(
    api: Api, shop: Shop, sandbox: httpx.Client
) -> None:
    refund_id, payment_id = refused_refund(api, shop)
    path = f"/v1/refunds/{refund_id}/legs/{payment_id}/settle"
    body = {"way": "paid_outside", "reason": "card closed"}
    for wrong, field in ((body, "reference"), ({**body, "way": "gift"}, "way")):
        problem = api.post("operator:t", path, wrong)
        assert problem.status_code == 400
        assert problem.json()["errors"][0]["field"] == field
    body |= {"reference": "transfer 1"}
    assert api.post(f"buyer:{shop.buyer}", path, body).status_code == 403
    assert api.ok("operator:t", path, body)["settled"]
    assert api.read("operator:t", f"/v1/refunds/{refund_id}")["status"] == "settled"
    again = api.post("operator:t", path, {"way": "written_off", "reason": "r"})
    assert again.json()["type"] == "urn:market:problem:refund-leg-not-refused"


def test_and_by_the_command_line(
    stack: RunningStack, api: Api, shop: Shop, sandbox: httpx.Client
) -> None:
    refund_id, payment_id = refused_refund(api, shop)
    command = ["refund", "settle", refund_id, payment_id, "--reason", "closed", "--json", "--way"]
    refused = stack.market(*command, "charged_back", check=False)
    assert refused.returncode == 1
    assert "not taken back" in refused.stderr
    assert json.loads(stack.market(*command, "written_off").stdout)["settled"]
    assert api.read("operator:t", f"/v1/refunds/{refund_id}")["status"] == "settled"
    assert json.loads(stack.market("owed", "list", "--parked", "--json").stdout) == {
        "calls": [],
        "deliveries": [],
    }
    nothing = stack.market("owed", "retry", "--call", "none", check=False)
    assert nothing.returncode == 1


def test_a_person_decides_what_no_answer_will_settle(
    stack: RunningStack, api: Api, shop: Shop, sandbox: httpx.Client
) -> None:
    sandbox.post("/_control/settings", json={"paused": True}).raise_for_status()
    order_id = shop.place()
    payment_id = start(api, shop, order_id, "tok_async")
    parked = "UPDATE owed SET state = 'parked' WHERE subject = %s AND attempts > 0 RETURNING 1"
    until(lambda: api.sql(parked, payment_id), bool)
    decide = ["owed", "decide", "charge", payment_id, "--succeeded"]
    assert stack.market("owed", "decide", "charge", "none", "--failed", "x", check=False).returncode
    stack.market(*decide, "ch_by_hand")
    until(lambda: order(api, order_id), lambda view: view["order"]["status"] == "paid")
    assert payment(api, payment_id)["charge_reference"] == "ch_by_hand"
    until(
        lambda: api.sql("SELECT state FROM owed WHERE subject = %s", payment_id),
        lambda rows: rows == [("done",)],
    )
    assert stack.market(*decide, "again", check=False).returncode == 1
    sandbox.post("/_control/settings", json={"paused": False}).raise_for_status()


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

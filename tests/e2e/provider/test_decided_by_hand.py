"""What the provider refuses, or leaves open, an operator decides."""

import json

import httpx

from tests.conftest import Api, RunningStack, Shop
from tests.e2e.provider.provider_steps import order, payment, refund_all, start, until


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

"""The trail, the past and explanations: who may see what, and that it is recorded."""

import json
import uuid

import pytest

from tests.conftest import Api, Shop


@pytest.fixture(scope="module")
def delivered(api: Api) -> tuple[Shop, str]:
    shop = Shop(api)
    order = shop.place()
    shop.pay(order)
    shop.deliver(order)
    shop.confirm(order)
    return shop, order


def test_the_trail_is_asked_by_action_target_actor_and_command(
    api: Api, delivered: tuple[Shop, str]
) -> None:
    shop, order = delivered
    about = api.read("auditor:a", f"/v1/audit/events?target=order:{order}&limit=200")["items"]
    assert {"order.placed.v1", "escrow.funds_held.v1", "payment.captured.v1"} <= {
        event["name"] for event in about
    }
    placed = next(event for event in about if event["name"] == "order.placed.v1")
    for query in (
        f"action=order.placed&actor=buyer:{shop.buyer}",
        f"name=order.placed.v1&stream=order-{order}",
        f"action=order.placed&target=seller:{shop.seller}",
        f"target=buyer:{shop.buyer}",
    ):
        (found,) = api.read("auditor:a", f"/v1/audit/events?{query}")["items"]
        assert found == placed, query
    command = api.read("auditor:a", f"/v1/audit/events?command_id={placed['command_id']}")["items"]
    assert {event["command_id"] for event in command} == {placed["command_id"]}
    assert len(command) > 1


def test_the_line_format_has_a_line_an_action_and_a_cursor(
    api: Api, delivered: tuple[Shop, str]
) -> None:
    _, order = delivered
    path = f"/v1/audit/events?target=order:{order}&format=lines&limit=2"
    answer = api.get("operator:o", path)
    assert answer.headers["content-type"] == "application/jsonlines"
    first, second = (json.loads(line) for line in answer.text.splitlines())
    assert set(first) == {"action", "target", "executor", "timestamp"}
    assert (first["action"], first["target"]) == ("order.placed", f"order:{order}")
    more = api.get("operator:o", f"{path}&cursor={answer.headers['next-cursor']}").text
    assert json.loads(more.splitlines()[0]) not in (first, second)


def test_reading_the_trail_is_recorded_before_it_is_answered(
    api: Api, delivered: tuple[Shop, str]
) -> None:
    _, order = delivered
    who = f"auditor:{uuid.uuid4().hex[:8]}"
    api.read(who, f"/v1/audit/streams/order-{order}")
    api.read(who, f"/v1/explain/orders/total_minor?id={order}")
    assert api.get(who, "/v1/audit/streams/order-nobody").status_code == 404
    seen = api.read("operator:o", f"/v1/audit/reads?reader={who}")["items"]
    assert [one["path"] for one in seen] == [
        f"/v1/audit/streams/order-{order}",
        "/v1/explain/orders/total_minor",
        "/v1/audit/streams/order-nobody",
    ]
    assert seen[1]["query"] == f"id={order}"


def test_an_auditor_sees_no_personal_data(api: Api, delivered: tuple[Shop, str]) -> None:
    shop, order = delivered
    for path in (f"/v1/audit/streams/order-{order}", f"/v1/orders/{order}"):
        assert '"T1"' in json.dumps(api.read("operator:o", path))
        seen = json.dumps(api.read("auditor:a", path))
        assert '"T1"' not in seen
        assert "[redacted]" in seen
    seller = f"/v1/audit/streams/seller-{shop.seller}"
    assert "dest_ok" in json.dumps(api.read("operator:o", seller))
    assert "dest_ok" not in json.dumps(api.read("auditor:a", seller))


def test_streams_have_the_state_of_then(api: Api, delivered: tuple[Shop, str]) -> None:
    _, order = delivered
    whole = api.read("operator:o", f"/v1/audit/streams/order-{order}")
    positions = [event["position"] for event in whole["events"]]
    assert whole["state"]["orders"]["orders"][0]["status"] == "completed"
    early = api.read("operator:o", f"/v1/audit/streams/order-{order}?as_of={positions[0]}")
    assert [event["position"] for event in early["events"]] == positions[:1]
    assert early["state"]["orders"]["orders"][0]["status"] == "awaiting_payment"
    at = whole["events"][0]["envelope"]["recorded_at"]
    known = api.read("operator:o", f"/v1/audit/streams/order-{order}?known_at={at}")
    assert known["events"] == early["events"]
    response = api.get("operator:o", f"/v1/audit/streams/order-{order}")
    assert response.headers["read-position"].startswith("log=")


def test_an_order_as_it_was_is_seen_by_those_who_may_see_the_order(
    api: Api, delivered: tuple[Shop, str]
) -> None:
    shop, order = delivered
    placed = api.read("operator:o", f"/v1/audit/streams/order-{order}")["events"][0]["position"]
    path = f"/v1/orders/{order}?as_of={placed}"
    assert api.read(f"buyer:{shop.buyer}", path)["order"]["status"] == "awaiting_payment"
    assert api.get("buyer:somebody", path).status_code == 404
    assert (
        api.get(f"buyer:{shop.buyer}", f"/v1/orders/{order}?as_of={placed - 1}").status_code == 404
    )
    assert api.read(f"seller:{shop.seller}", path)["parts"][0]["status"] == "placed"


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/v1/orders/x?as_of=yesterday", 400, "as_of"),
        ("/v1/audit/events?since=2026-01-01T00:00:00", 400, "since"),
        ("/v1/analytics/funnel?since=2026-01-01T00:00:00&until=2026-02-01T00:00:00Z", 400, "since"),
        ("/v1/sellers/x/balance?known_at=2026-01-01T00:00:00", 400, "known_at"),
        ("/v1/ledger/trial-balance?as_of=-1", 400, "as_of"),
        ("/v1/explain/nothing/total_minor?id=x", 404, "field"),
        ("/v1/explain/orders/buyer_id?id=x", 404, "field"),
        ("/v1/explain/ledger/balance_minor?id=escrow", 400, "currency"),
        ("/v1/explain/sales/gross_minor?id=2026-01", 400, "currency"),
        ("/v1/analytics/sales?since=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z", 400, "until"),
    ],
)
def test_bad_questions_name_the_field(api: Api, path: str, status: int, field: str) -> None:
    answer = api.get("operator:o", path)
    assert answer.status_code == status, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/audit/events",
        "/v1/audit/streams/order-x",
        "/v1/audit/reads",
        "/v1/explain/orders/total_minor?id=x",
    ],
)
def test_the_trail_is_for_auditors_and_operators(api: Api, path: str) -> None:
    for who in ("buyer:b", "seller:s", "analyst:a"):
        assert api.get(who, path).status_code == 403


def test_reports_are_csv_when_asked_for_and_a_seller_sees_their_own(
    api: Api, delivered: tuple[Shop, str]
) -> None:
    shop, _ = delivered
    rows = api.read(f"seller:{shop.seller}", "/v1/analytics/sellers?seller_id=somebody-else")
    assert [row["key"] for row in rows] == [shop.seller]
    answer = api.get(f"seller:{shop.seller}", "/v1/analytics/sales?group_by=seller&format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    header, line = answer.text.splitlines()
    row = dict(zip(header.split(","), line.split(","), strict=True))
    assert row["key"] == shop.seller
    assert row["gross_minor"] == str(rows[0]["gross_minor"])
    assert api.get("buyer:b", "/v1/analytics/funnel").status_code == 403

"""Steps over the sandbox provider, and a bounded poll of what the read side says of them."""

import time
from collections.abc import Callable
from typing import Any

from tests.conftest import Api, Shop

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

"""One marketplace day through the public HTTP API."""

import uuid
from collections.abc import Callable
from typing import Any

from deploy.cli_common import table
from deploy.client import MarketClient, until
from deploy.http.tokens import issue
from deploy.settings import Settings
from deploy.wiring import clock

CURRENCY = "EUR"
HOUR_S = 3600

type Say = Callable[[str], None]


class Day:
    """Names and tokens of one run of the demo; every run has its own."""

    def __init__(self, settings: Settings, base: str) -> None:
        self.run = uuid.uuid4().hex[:8]
        self.client = MarketClient(base)
        self._private_key = settings.private_key_file.read_text()
        self._keys = 0
        self.buyer = f"buyer-{self.run}"
        self.pottery = f"pottery-{self.run}"
        self.tea = f"tea-{self.run}"

    def token(self, role: str, subject: str) -> str:
        return issue(self._private_key, role, subject, clock(), HOUR_S)

    @property
    def operator(self) -> str:
        return self.token("operator", "demo")

    @property
    def as_buyer(self) -> str:
        return self.token("buyer", self.buyer)

    async def post(self, path: str, token: str, **body: Any) -> Any:
        self._keys += 1
        return await self.client.post(path, token, f"demo-{self.run}-{self._keys}", body)

    async def get(self, path: str, token: str, **query: str | int) -> Any:
        return await self.client.get(path, token, after=self.client.position, **query)


async def play_demo(settings: Settings, base: str, say: Say) -> None:
    """Two sellers, three orders: delivered with a refund, cancelled, and never paid."""
    day = Day(settings, base)
    try:
        say("\nA marketplace day")
        await _open_shop(day, say)
        first = await _happy_order(day, say)
        await _partial_refund(day, first, say)
        await _payouts(day, say)
        await _cancelled_order(day, say)
        await _declined_order(day, say)
        await _show(day, first, say)
    finally:
        await day.client.close()


async def _open_shop(day: Day, say: Say) -> None:
    offers = (
        (day.pottery, "Anna's pottery", "Blue teapot", "kitchen", 4500, "dest_ok"),
        (day.tea, "Boris's tea", "Green tea, 250 g", "food", 1290, "dest_async"),
    )
    for seller_id, name, title, category, price, destination in offers:
        await day.post(
            "/v1/sellers",
            day.operator,
            seller_id=seller_id,
            name=name,
            currency=CURRENCY,
            payout_destination=destination,
        )
        seller = day.token("seller", seller_id)
        await day.post(
            "/v1/listings",
            seller,
            listing_id=f"{seller_id}-item",
            seller_id=seller_id,
            title=title,
            category=category,
            price={"amount_minor": price, "currency": CURRENCY},
        )
        await day.post(f"/v1/listings/{seller_id}-item/stock", seller, quantity=10)
        say(f"  {name} offers {title} at {price / 100:.2f} {CURRENCY}")


async def _place(day: Day, name: str, quantities: dict[str, int]) -> Any:
    lines = [
        {"listing_id": f"{seller_id}-item", "quantity": quantity}
        for seller_id, quantity in quantities.items()
    ]
    quote = await day.post("/v1/shipping-quotes", day.as_buyer, lines=lines)
    return await day.post(
        "/v1/orders",
        day.as_buyer,
        order_id=f"{name}-{day.run}",
        lines=lines,
        shipping_quote_id=quote["quote_id"],
    )


async def _order(day: Day, order_id: str) -> Any:
    return await day.get(f"/v1/orders/{order_id}", day.as_buyer)


async def _paid(day: Day, order_id: str, source: str) -> None:
    await day.post(
        f"/v1/orders/{order_id}/payments", day.as_buyer, provider="sandbox", source=source
    )
    await until(
        f"order {order_id} to be paid",
        lambda: _order(day, order_id),
        lambda view: view["order"]["status"] == "paid",
    )


async def _happy_order(day: Day, say: Say) -> str:
    placed = await _place(day, "order", {day.pottery: 1, day.tea: 3})
    order_id = str(placed["order_id"])
    total = placed["total"]["amount_minor"]
    say(f"  order {order_id} over both sellers: {total / 100:.2f} {CURRENCY}")
    await _paid(day, order_id, "tok_refund_async")
    say("  paid by card; the money is held in escrow for each seller")
    for seller_id in (day.pottery, day.tea):
        await day.post(
            f"/v1/orders/{order_id}/shipments",
            day.token("seller", seller_id),
            seller_id=seller_id,
            carrier="CDEK",
            tracking_number=f"TRACK-{seller_id}",
        )
        shipment = f"/v1/orders/{order_id}/shipments/{seller_id}"
        await day.post(f"{shipment}/deliver", day.operator)
        await day.post(f"{shipment}/confirm", day.as_buyer)
    say("  parcels handed over, delivered and accepted: escrow released, commission taken")
    return order_id


async def _partial_refund(day: Day, order_id: str, say: Say) -> None:
    refund = await day.post(
        f"/v1/orders/{order_id}/refunds",
        day.as_buyer,
        lines=[{"line_id": 2, "quantity": 1}],
        reason="one bag was torn",
    )
    await day.post(f"/v1/refunds/{refund['refund_id']}/approve", day.operator)
    await until(
        "the refund to be settled",
        lambda: day.get(f"/v1/refunds/{refund['refund_id']}", day.as_buyer),
        lambda view: view["status"] == "settled",
    )
    amount = refund["amount"]["amount_minor"]
    say(f"  one bag of tea refunded: {amount / 100:.2f} {CURRENCY}, its commission reversed")


async def _payouts(day: Day, say: Say) -> None:
    for seller_id in (day.pottery, day.tea):
        settled = await _payout(day, seller_id)
        say(f"  paid out to {seller_id}: {settled['amount_minor'] / 100:.2f} {CURRENCY}")


async def _payout(day: Day, seller_id: str) -> Any:
    payout = await day.post("/v1/payouts", day.operator, seller_id=seller_id, provider="sandbox")
    return await until(
        f"the payout to {seller_id}",
        lambda: day.get(f"/v1/payouts/{payout['payout_id']}", day.operator),
        lambda view: view["status"] == "settled",
    )


async def _cancelled_order(day: Day, say: Say) -> None:
    placed = await _place(day, "cancelled", {day.pottery: 1})
    order_id = str(placed["order_id"])
    await _paid(day, order_id, "tok_ok")
    await day.post(f"/v1/orders/{order_id}/cancel", day.as_buyer, reason="changed my mind")
    await until(
        "the cancelled order's refund",
        lambda: _order(day, order_id),
        lambda view: [refund["status"] for refund in view["refunds"]] == ["settled"],
    )
    say(f"  order {order_id} paid, cancelled and refunded in full")


async def _declined_order(day: Day, say: Say) -> None:
    placed = await _place(day, "declined", {day.tea: 1})
    order_id = str(placed["order_id"])
    await day.post(
        f"/v1/orders/{order_id}/payments", day.as_buyer, provider="sandbox", source="tok_declined"
    )
    view = await until(
        "the payment to be declined",
        lambda: _order(day, order_id),
        lambda seen: [payment["status"] for payment in seen["payments"]] == ["declined"],
    )
    reason = view["payments"][0]["reason"]
    say(f"  order {order_id}: the card was declined ({reason}); nothing was captured")


async def _show(day: Day, order_id: str, say: Say) -> None:
    timeline = await day.get(f"/v1/orders/{order_id}/timeline", day.operator)
    rows = [
        (
            entry["position"],
            entry["recorded_at"][11:19],
            entry["name"].rpartition(".")[0],
            entry["amount_minor"] if entry["amount_minor"] is not None else "",
            entry["actor"],
        )
        for entry in timeline
    ]
    say(f"\nTimeline of {order_id}")
    say(table(("position", "time", "event", "amount", "by"), rows))
    balance = await day.get("/v1/ledger/trial-balance", day.token("auditor", "demo"))
    say(f"\nTrial balance at position {balance['position']} (credits positive, minor units)")
    for currency, books in balance["currencies"].items():
        rows_ = [*books["accounts"].items(), ("sum", books["sum_minor"])]
        say(table((f"account ({currency})", "balance"), rows_))

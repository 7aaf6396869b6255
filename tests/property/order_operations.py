"""What can be drawn to happen to orders: placed, paid, cancelled, shipped and released."""

from commands.streams.order.messages import (
    CancelOrder,
    ConfirmReceipt,
    HandOverShipment,
    LineRequest,
    PlaceOrder,
    RecordDelivery,
    ReleaseFunds,
)
from commands.streams.payment.messages import RecordCapture, RecordDecline, StartPayment
from commands.streams.shipping_quote.messages import BasketLine, IssueShippingQuote
from tests.given import at
from tests.property.market_machine import Commands, Market

SIXTHS = 6
SHIPPING = (0, 0, 1, 50, 333)
NEAR_TOTAL = (-6, -5, -1, 0, 4, 40)


def order(market: Market, count: int, first: int, stride: int, units: int, ship: int) -> Commands:
    lines = [
        (
            market.pick("listing", first + index * stride) or "",
            1 + (units + index) % 3,
            SHIPPING[(ship + index) % len(SHIPPING)],
        )
        for index in range(1 + count % 4)
    ]
    order_id = market.new("order")
    basket = tuple(
        BasketLine(listing_id=listing_id, quantity=quantity, shipping_minor=shipping)
        for listing_id, quantity, shipping in lines
    )
    yield IssueShippingQuote(quote_id=f"q{len(market.accepted)}", lines=basket, **at())
    yield PlaceOrder(
        order_id=order_id,
        buyer_id="buyer",
        lines=tuple(LineRequest(listing_id=line[0], quantity=line[1]) for line in lines),
        shipping_quote_id=f"q{len(market.accepted) - 1}",
        **at(),
    )


def pay(market: Market, which: int, how: int, kind: int, share: int, near: int) -> Commands:
    if order_id := market.pick("order", which, "awaiting_payment"):
        total = market.order(order_id).total_minor
        around = max(1, total + NEAR_TOTAL[near % SIXTHS])
        amounts = (None, None, around, max(1, total * (share % 8) // SIXTHS))
        yield StartPayment(
            payment_id=market.new("payment"),
            order_id=order_id,
            provider="manual" if how % 3 else "sandbox",
            method="card",
            source="tok",
            amount_minor=amounts[kind % 4],
            **at(),
        )


def capture(market: Market, which: int, *_: int) -> Commands:
    if payment_id := market.pick("payment", which, "started", "declined", "reversed"):
        yield RecordCapture(payment_id=payment_id, order_id="", charge_reference="ch", **at())


def decline(market: Market, which: int, *_: int) -> Commands:
    if payment_id := market.pick("payment", which):
        yield RecordDecline(payment_id=payment_id, reason="declined", **at())


def cancel(market: Market, which: int, *_: int) -> Commands:
    if order_id := market.pick("order", which, "awaiting_payment", "paid"):
        yield CancelOrder(order_id=order_id, reason="changed", **at())


def part_in(market: Market, number: int, *statuses: str) -> dict[str, str] | None:
    parts = [
        (status in statuses and order.status in {"paid", "completed"}, order.order_id, seller_id)
        for order in market.orders()
        for seller_id, status in order.parts.items()
    ]
    fit = [part for part in parts if part[0]] or parts
    if not fit:
        return None
    _, order_id, seller_id = fit[number % len(fit)]
    return {"order_id": order_id, "seller_id": seller_id}


def hand_over(market: Market, which: int, *_: int) -> Commands:
    if ids := part_in(market, which, "placed"):
        yield HandOverShipment(carrier="post", tracking_number="t", **ids, **at())


def deliver(market: Market, which: int, *_: int) -> Commands:
    if ids := part_in(market, which, "placed", "handed_over"):
        if market.order(ids["order_id"]).part(ids["seller_id"]) == "placed":
            yield HandOverShipment(carrier="post", tracking_number="t", **ids, **at())
        yield RecordDelivery(**ids, **at())


def confirm(market: Market, which: int, *_: int) -> Commands:
    if ids := part_in(market, which, "delivered"):
        yield ConfirmReceipt(**ids, **at())


def release(market: Market, which: int, share: int, *_: int) -> Commands:
    if ids := part_in(market, which, "placed", "handed_over", "delivered"):
        held = market.world.state(f"escrow-{ids['order_id']}/{ids['seller_id']}").held_minor
        amount = max(1, held * share // SIXTHS) if share % SIXTHS else None
        yield ReleaseFunds(amount_minor=amount, **ids, **at())

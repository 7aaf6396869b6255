"""What leaves the house and what is released for it, in exact events."""

from datetime import timedelta
from typing import Any

import pytest

from commands.command import Policy
from commands.streams.order.messages import (
    ConfirmReceipt,
    HandOverShipment,
    LineRequest,
    PlaceOrder,
    RecordDelivery,
    ReleaseFunds,
)
from commands.streams.refund.messages import RefundLineRequest, RejectRefund
from eventstore.events.base import Event
from eventstore.events.listing import ListingCreated
from eventstore.events.order import (
    OrderCompleted,
    ReceiptConfirmed,
    SellerPartCompleted,
    ShipmentDelivered,
    ShipmentHandedOver,
)
from eventstore.events.shipping_quote import QuoteLine, ShippingQuoteIssued
from eventstore.events.stock import StockCommitted, StockReceived, StockReleased
from tests.given import NOW, at
from tests.unit.facts import released, units
from tests.unit.market import BUYER, SYSTEM, Market, eur
from tests.unit.order_steps import TOTAL, charge, paid

PART: dict[str, Any] = {"order_id": "o1", "seller_id": "anna"}
HAND_OVER = HandOverShipment(carrier="CDEK", tracking_number="T1", **PART, **at())
HANDED_OVER = ShipmentHandedOver(carrier="CDEK", tracking_number="T1", **PART)
CONFIRM = ConfirmReceipt(**PART, **at(BUYER))
CONFIRMED = ReceiptConfirmed(**PART)
IN_TIME = ReleaseFunds(**PART, **at(SYSTEM))
COMPLETED = (SellerPartCompleted(**PART), OrderCompleted(order_id="o1"))


def unit(line_id: int) -> tuple[RefundLineRequest, ...]:
    return (RefundLineRequest(line_id=line_id, quantity=1),)


def test_a_parcel_takes_its_units_out_of_the_house() -> None:
    paid(anna=3).when(HAND_OVER).then(HANDED_OVER, units(StockCommitted, 3))


def test_units_that_were_refunded_are_for_sale_again() -> None:
    market = paid(anna=3)
    market.refund(lines=unit(1))
    market.when(HAND_OVER).then(HANDED_OVER, units(StockCommitted, 2), units(StockReleased, 1))


def test_a_refund_that_nobody_has_decided_on_does_not_stop_the_parcel() -> None:
    market = paid(anna=3)
    market.refund(approve=False)
    market.when(HAND_OVER).then(HANDED_OVER, units(StockCommitted, 3))


def test_of_two_listings_one_may_stay_in_the_house() -> None:
    market = Market()
    cup = ListingCreated(
        listing_id="cup", seller_id="anna", title="t", category="c", price=eur(500)
    )
    basket = ("anna-item", "cup")
    quoted = ShippingQuoteIssued(
        quote_id="q",
        currency="EUR",
        lines=tuple(QuoteLine(listing_id=of, quantity=1, shipping_minor=0) for of in basket),
        expires_at=NOW + timedelta(hours=1),
        source="tariff",
    )
    for fact in (cup, StockReceived(listing_id="cup", quantity=4), quoted):
        market.append(fact)
    asked = tuple(LineRequest(listing_id=of, quantity=1) for of in basket)
    market.decide(
        PlaceOrder(order_id="o1", buyer_id="bob", lines=asked, shipping_quote_id="q", **at(BUYER))
    )
    charge(market)
    market.refund(lines=unit(2))
    market.when(HAND_OVER).then(
        HANDED_OVER, units(StockCommitted, 1), units(StockReleased, 1, "cup")
    )


def test_a_delivery_sets_the_day_of_the_release() -> None:
    market = paid(Policy(acceptance_window_s=3600))
    market.ship()
    due = NOW + timedelta(hours=1)
    market.when(RecordDelivery(**PART, **at())).then(ShipmentDelivered(release_due_at=due, **PART))


def test_a_receipt_releases_all_with_commission_and_its_vat() -> None:
    market = paid(Policy(commission_vat_rate_bps=2000))
    market.deliver()
    market.when(CONFIRM).then(CONFIRMED, *released(TOTAL, 101, 20), *COMPLETED)


@pytest.mark.parametrize(("left", "events"), [(0, []), (1, released(1, 0))])
def test_what_was_released_before_the_delivery_is_not_released_by_it(
    left: int, events: list[Event]
) -> None:
    market = paid()
    market.release(TOTAL - left)
    market.deliver()
    market.when(CONFIRM).then(CONFIRMED, *events, *COMPLETED)
    market.when(IN_TIME).then(*events, *COMPLETED)


def test_what_a_refund_asks_for_still_bears_its_commission() -> None:
    market = paid()
    market.refund(amount_minor=400, approve=False)
    release = ReleaseFunds(**PART, **at())
    market.when(release).then(*released(TOTAL, 101))


def test_a_refund_that_was_rejected_leaves_the_order_as_it_was() -> None:
    market = paid(anna=2, boris=1)
    before = market.state("order-o1")
    market.refund(approve=False)
    assert [line.gross_minor for line in market.state("order-o1").lines] == [0, 0]
    market.decide(RejectRefund(refund_id="r1", reason="n", **at()))
    assert market.state("order-o1") == before


def test_what_the_parts_were_funded_with_leaves_out_every_difference() -> None:
    market = Market()
    market.place()
    charge(market, TOTAL + 500)
    order = market.state("order-o1")
    assert (order.funded_minor, order.captured_minor) == (TOTAL, TOTAL + 500)
    market.refund(overpaid=True, amount_minor=200)
    order = market.state("order-o1")
    assert (order.funded_minor, order.open_difference_minor()) == (TOTAL, 300)
    market.refund("r2", overpaid=True, amount_minor=200, approve=False)
    assert market.state("order-o1").open_difference_minor() == 100

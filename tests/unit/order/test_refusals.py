"""Refusals of orders, parcels and releases in their order."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from commands.command import Actor
from commands.refusals import (
    AmountNotPositive,
    AmountTooLarge,
    ForeignCurrency,
    NotAllowed,
    NotYours,
)
from commands.streams.escrow.refusals import AmountExceedsHeld, NothingHeld
from commands.streams.listing.messages import RetireListing
from commands.streams.listing.refusals import ListingIsRetired, ListingUnknown
from commands.streams.order.messages import (
    CancelOrder,
    ConfirmReceipt,
    HandOverShipment,
    LineRequest,
    PlaceOrder,
    RecordDelivery,
    ReleaseFunds,
)
from commands.streams.order.refusals import (
    NothingToShip,
    OrderAlreadyPaid,
    OrderAlreadyShipped,
    OrderExists,
    OrderIsCancelled,
    OrderIsCompleted,
    OrderNotPaid,
    OrderUnknown,
    ParcelAlreadyDelivered,
    ParcelAlreadyHandedOver,
    ParcelNotDelivered,
    ParcelNotHandedOver,
    PaymentNotDueYet,
    SellerNotInOrder,
)
from commands.streams.refund.refusals import RefundUndecided
from commands.streams.seller.messages import SuspendSeller
from commands.streams.seller.refusals import SellerIsSuspended
from commands.streams.shipping_quote.refusals import (
    QuoteExpired,
    QuoteForAnotherBasket,
    QuoteUnknown,
)
from commands.streams.stock.refusals import OutOfStock
from eventstore.events.listing import ListingRepriced
from eventstore.events.shipping_quote import QuoteLine, ShippingQuoteIssued
from eventstore.values import AMOUNT_MINOR_MAX, Money
from tests.given import NOW, at
from tests.unit.ladder import Rung, ladder, named, rung
from tests.unit.market import BUYER, SELLER, SYSTEM, Market, eur
from tests.unit.order_steps import cancel_unpaid, paid, take_back

EVE = Actor("buyer", "eve")
PART: dict[str, Any] = {"order_id": "o1", "seller_id": "anna"}
IN_EUR = "The amount must be in EUR."
ANOTHERS = "The order belongs to another buyer."


def lines(*asked: tuple[str, int]) -> tuple[LineRequest, ...]:
    return tuple(LineRequest(listing_id=f"{of}-item", quantity=n) for of, n in asked)


def quoted(*basket: tuple[str, int], price: Money | None = None) -> Market:
    """With a quote `q` for the basket, an order `o1`, and Anna's price changed."""
    market = Market()
    market.place(boris=1)
    market.append(
        ShippingQuoteIssued(
            quote_id="q",
            currency="EUR",
            lines=tuple(
                QuoteLine(listing_id=f"{of}-item", quantity=n, shipping_minor=1) for of, n in basket
            ),
            expires_at=NOW + timedelta(hours=1),
            source="tariff",
        )
    )
    if price is not None:
        market.append(ListingRepriced(listing_id="anna-item", price=price))
    return market


def no_longer_sold(retired: bool) -> Market:
    """Retired, its seller suspended, in another currency, too dear, and too few are left."""
    market = quoted(("boris", 1), ("anna", 11), price=Money(AMOUNT_MINOR_MAX, "USD"))
    market.decide(SuspendSeller(seller_id="anna", reason="r", **at()))
    if retired:
        market.decide(RetireListing(listing_id="anna-item", reason="r", **at()))
    return market


def made(*steps: Callable[[Market], object], **quantities: int) -> Callable[[], Market]:
    def world() -> Market:
        market = paid(**quantities)
        for step in steps:
            step(market)
        return market

    return world


def placed() -> Market:
    market = Market()
    market.place()
    return market


def cancelled(market: Market) -> None:
    market.decide(CancelOrder(order_id="o1", reason="r", **at(BUYER)))


def asked_for(market: Market) -> None:
    market.refund("asked", approve=False)


def ended_by_its_deadline(market: Market) -> None:
    """Boris's parcel is out, and the rest was not paid again."""
    market.ship("boris")
    take_back(market)
    market.decide(cancel_unpaid(market, days=1))


PLACING = ladder(
    lambda: no_longer_sold(retired=True),
    PlaceOrder(
        order_id="o1",
        buyer_id="bob",
        lines=lines(("boris", 1)),
        shipping_quote_id="nope",
        **at(EVE, NOW + timedelta(hours=1)),
    ),
    rung(NotYours, "buyer_id", "An order is placed for oneself."),
    rung(OrderExists, "order_id", by=BUYER),
    rung(QuoteUnknown, "shipping_quote_id", order_id="o2"),
    rung(QuoteExpired, "shipping_quote_id", shipping_quote_id="q"),
    rung(QuoteForAnotherBasket, "shipping_quote_id", now=NOW + timedelta(minutes=59)),
    rung(ListingIsRetired, "lines[1].listing_id", lines=lines(("boris", 1), ("anna", 11))),
    rung(SellerIsSuspended, "lines[1].listing_id", world=lambda: no_longer_sold(retired=False)),
    rung(
        ForeignCurrency,
        "lines[1].listing_id",
        "The shipping quote is in EUR.",
        world=lambda: quoted(("boris", 1), ("anna", 11), price=Money(AMOUNT_MINOR_MAX, "USD")),
    ),
    rung(
        AmountTooLarge,
        "lines",
        "The order's total is too large.",
        world=lambda: quoted(("boris", 1), ("anna", 11), price=eur(AMOUNT_MINOR_MAX)),
    ),
    rung(
        OutOfStock,
        "lines[1].quantity",
        "10 left, 11 asked for.",
        world=lambda: quoted(("boris", 1), ("anna", 11)),
    ),
    rung(
        ListingUnknown,
        "lines[0].listing_id",
        world=lambda: quoted(("carla", 1)),
        lines=lines(("carla", 1)),
    ),
)
CANCELLING = ladder(
    made(cancelled),
    CancelOrder(order_id="nope", reason="r", only_unpaid=True, **at(EVE)),
    rung(OrderUnknown, "order_id"),
    rung(NotYours, "order_id", ANOTHERS, order_id="o1"),
    rung(OrderIsCancelled, "order_id", "The order is cancelled already.", by=BUYER),
    rung(OrderAlreadyPaid, "order_id", world=made(Market.ship)),
    rung(PaymentNotDueYet, "order_id", world=made(Market.ship, take_back, boris=1, anna=1)),
    rung(OrderAlreadyShipped, "order_id", only_unpaid=False),
    rung(OrderIsCompleted, "order_id", world=made(Market.refund)),
)
HANDING_OVER = ladder(
    made(Market.refund),
    HandOverShipment(
        carrier="c", tracking_number="t", order_id="nope", seller_id="nobody", **at(SELLER)
    ),
    rung(OrderUnknown, "order_id"),
    rung(NotYours, "seller_id", "The parcel is another seller's.", order_id="o1"),
    rung(SellerNotInOrder, "seller_id", **at()),
    rung(NothingToShip, "seller_id", seller_id="anna"),
    rung(ParcelAlreadyHandedOver, "seller_id", world=made(Market.ship, take_back)),
    rung(OrderIsCancelled, "order_id", world=made(cancelled, take_back)),
    rung(
        OrderIsCancelled,
        "seller_id",
        "This part of the order is cancelled.",
        world=made(ended_by_its_deadline, anna=1, boris=1),
    ),
    rung(
        OrderNotPaid,
        "order_id",
        "A payment was taken back: wait for another.",
        world=made(take_back),
    ),
    rung(OrderNotPaid, "order_id", world=placed),
)
DELIVERING = ladder(
    made(),
    RecordDelivery(order_id="nope", seller_id="nobody", **at(SELLER)),
    rung(NotAllowed, None, "Deliveries are recorded by carriers and operators."),
    rung(OrderUnknown, "order_id", **at()),
    rung(SellerNotInOrder, "seller_id", order_id="o1"),
    rung(ParcelNotHandedOver, "seller_id", seller_id="anna"),
    rung(ParcelAlreadyDelivered, "seller_id", world=made(Market.deliver)),
    rung(ParcelAlreadyDelivered, "seller_id", world=made(Market.deliver, Market.confirm)),
)
CONFIRMING = ladder(
    made(Market.ship),
    ConfirmReceipt(order_id="nope", seller_id="nobody", **at(EVE)),
    rung(OrderUnknown, "order_id"),
    rung(NotYours, "order_id", ANOTHERS, order_id="o1"),
    rung(SellerNotInOrder, "seller_id", **at(BUYER)),
    rung(ParcelNotDelivered, "seller_id", seller_id="anna"),
)
RELEASING = ladder(
    placed,
    ReleaseFunds(order_id="nope", seller_id="nobody", amount_minor=0, currency="USD", **at(SELLER)),
    rung(NotAllowed, None, "Only an operator may release escrow."),
    rung(OrderUnknown, "order_id", by=SYSTEM),
    rung(SellerNotInOrder, "seller_id", order_id="o1"),
    rung(ParcelNotDelivered, "seller_id", seller_id="anna"),
    rung(OrderNotPaid, "order_id", **at()),
    rung(
        OrderNotPaid,
        "order_id",
        world=made(lambda market: market.ship("boris"), take_back, anna=1, boris=1),
    ),
    rung(OrderIsCancelled, "order_id", world=made(cancelled, take_back)),
    rung(ForeignCurrency, "amount.currency", IN_EUR, world=made(Market.release)),
    rung(NothingHeld, None, currency="EUR"),
    rung(AmountNotPositive, "amount.amount_minor", world=made()),
    rung(
        AmountExceedsHeld,
        "amount.amount_minor",
        "1055 held, 1056 asked for.",
        amount_minor=1056,
    ),
)
BY_THE_CLOCK = ladder(
    made(Market.deliver, asked_for),
    ReleaseFunds(currency="USD", **PART, **at(SYSTEM)),
    rung(ForeignCurrency, "amount.currency", IN_EUR),
    rung(RefundUndecided, "seller_id", currency=None),
    rung(NothingHeld, None, world=made(Market.deliver, Market.confirm)),
    rung(NothingHeld, None, despite_refunds=True),
)


@pytest.mark.parametrize(
    "why",
    [*PLACING, *CANCELLING, *HANDING_OVER, *DELIVERING, *CONFIRMING, *RELEASING, *BY_THE_CLOCK],
    ids=named,
)
def test_refusals_in_their_order(why: Rung) -> None:
    why.holds()

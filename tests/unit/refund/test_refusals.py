"""Refusals of refunds in their order, and the bounds that they stand at."""

from collections.abc import Callable

import msgspec
import pytest

from commands.command import Actor
from commands.refusals import (
    AmountNotPositive,
    AmountTooLarge,
    ForeignCurrency,
    NotAllowed,
    NotYours,
)
from commands.streams.order.messages import CancelOrder
from commands.streams.order.refusals import OrderNotPaid, OrderUnknown, SellerNotInOrder
from commands.streams.refund.messages import (
    RefundLineRequest,
    RequestRefund,
)
from commands.streams.refund.refusals import (
    NothingOverpaid,
    NothingToRefund,
    RefundExceedsCaptured,
    RefundExists,
    RefundLineUnknown,
    RefundQuantityTooLarge,
    TooManyRefunds,
)
from eventstore.values import AMOUNT_MINOR_MAX
from tests.given import at
from tests.unit.ladder import Rung, ladder, named, rung
from tests.unit.market import BUYER, SYSTEM, Market
from tests.unit.order_steps import TOTAL, capture, charge, paid, started, take_back
from tests.unit.refund.facts import ask, granted, leg, requested, returned, taken

OPEN_REFUNDS_MAX = 20


EVE = Actor("buyer", "eve")


IN_EUR = "The amount must be in EUR."


ASK = RequestRefund(refund_id="r9", order_id="o1", reason="r", **at())


def line(line_id: int, quantity: int = 1) -> RefundLineRequest:
    return RefundLineRequest(line_id=line_id, quantity=quantity)


def unpaid() -> Market:
    """An order of which a refund was asked for before its charge was taken back."""
    market = Market()
    market.place()
    charge(market, TOTAL - 100, "p1")
    charge(market, None, "p2")
    market.refund(amount_minor=5, payment_id="p2", approve=False)
    take_back(market)
    return market


def crowded(refunds: int = OPEN_REFUNDS_MAX) -> Market:
    market = paid(anna=2)
    for number in range(refunds):
        market.refund(f"r{number + 1}", amount_minor=1, approve=False)
    return market


def two_sellers() -> Market:
    return paid(anna=2, boris=1)


def without_goods() -> Market:
    market = paid()
    market.refund(approve=False)
    return market


def half_funded(refunded: int = 0) -> Market:
    """Of Boris's part 45 of 383 are paid, and the order is cancelled."""
    market = Market()
    market.place(anna=1, boris=1)
    charge(market, 1100)
    market.decide(CancelOrder(order_id="o1", reason="r", **at(BUYER)))
    if refunded:
        market.refund(amount_minor=refunded, seller_id="boris")
    return market


def cents_short() -> Market:
    market = Market()
    market.place(anna=1, boris=1)
    charge(market, 1435)
    return market


def overpaid(by_hand: int = 0) -> Market:
    market = Market()
    market.place()
    started(market, 300, "late")
    if by_hand:
        market.pay(TOTAL + by_hand, "hand")
    else:
        charge(market)
    capture(market, "late")
    return market


ASKING = ladder(
    unpaid,
    msgspec.structs.replace(
        ASK, order_id="nope", refund_id="r1", approve=True, currency="USD", lines=(line(3),), by=EVE
    ),
    rung(OrderUnknown, "order_id"),
    rung(NotYours, "order_id", "The order belongs to another buyer.", order_id="o1"),
    rung(NotAllowed, "approve", "Only an operator may approve a refund.", by=BUYER),
    rung(RefundExists, "refund_id", approve=False),
    rung(OrderNotPaid, "order_id", refund_id="r99"),
    rung(TooManyRefunds, "order_id", world=crowded),
    rung(ForeignCurrency, "amount.currency", IN_EUR, world=two_sellers),
    rung(RefundLineUnknown, "lines[0].line_id", currency="EUR"),
    rung(RefundLineUnknown, "lines[1].line_id", lines=(line(1), line(1), line(2, 9))),
    rung(
        RefundQuantityTooLarge,
        "lines[1].quantity",
        "2 left on this line.",
        lines=(line(2), line(1, 3)),
    ),
)


BY_AMOUNT = ladder(
    without_goods,
    msgspec.structs.replace(ASK, amount_minor=0, seller_id="nobody"),
    rung(SellerNotInOrder, "seller_id"),
    rung(AmountNotPositive, "amount.amount_minor", seller_id="anna"),
    rung(AmountTooLarge, "amount.amount_minor", amount_minor=AMOUNT_MINOR_MAX + 1),
    rung(NothingToRefund, None, amount_minor=1),
    rung(
        RefundExceedsCaptured,
        "amount.amount_minor",
        "383 left, 384 asked for.",
        world=two_sellers,
        seller_id="boris",
        amount_minor=384,
    ),
    rung(
        RefundExceedsCaptured,
        "lines",
        "45 left of what was paid for boris.",
        world=half_funded,
        amount_minor=46,
    ),
    rung(
        RefundExceedsCaptured,
        "lines",
        "0 left of what was paid for boris.",
        world=lambda: half_funded(refunded=45),
        amount_minor=1,
    ),
    rung(
        RefundExceedsCaptured,
        "amount.amount_minor",
        "1435 left of what was captured.",
        world=cents_short,
        seller_id=None,
        amount_minor=1436,
    ),
    rung(SellerNotInOrder, "seller_id", seller_id="nobody", amount_minor=None),
    rung(NothingToRefund, "order_id", world=without_goods, seller_id="anna"),
    rung(NothingToRefund, "order_id", seller_id=None),
)


OVERPAID = ladder(
    paid,
    msgspec.structs.replace(ASK, overpaid=True, amount_minor=0, by=SYSTEM),
    rung(NothingOverpaid, "order_id"),
    rung(
        NotAllowed,
        "payment_id",
        "What was paid by hand an operator returns.",
        world=lambda: overpaid(by_hand=70),
    ),
    rung(
        NotAllowed,
        "payment_id",
        "What was paid by hand an operator returns.",
        payment_id="hand",
    ),
    rung(AmountNotPositive, "amount.amount_minor", **at()),
    rung(
        RefundExceedsCaptured,
        "amount.amount_minor",
        "370 was overpaid, 371 asked for.",
        amount_minor=371,
    ),
)


@pytest.mark.parametrize(
    "why",
    [*ASKING, *BY_AMOUNT, *OVERPAID],
    ids=named,
)
def test_refusals_in_their_order(why: Rung) -> None:
    why.holds()


@pytest.mark.parametrize("world", [lambda: crowded(OPEN_REFUNDS_MAX - 1), two_sellers])
def test_one_below_the_most_may_be_asked_for(world: Callable[[], Market]) -> None:
    asked = ask("last", amount_minor=1, approve=False)
    world().when(asked).then(
        *requested(1, taken(0, 1, 0, 0), legs=(leg(1),), refund_id="last"),
    )


def test_what_is_decided_at_once_is_never_too_many() -> None:
    crowded().when(ask("at-once", amount_minor=1)).then(
        *granted(1, taken(0, 1, 0, 0), refund_id="at-once"),
        returned(1, refund_id="at-once"),
    )

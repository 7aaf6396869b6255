"""Refusals of payments in their order, and the bounds that they stand at."""

from typing import Any

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
from commands.streams.order.refusals import OrderAlreadyPaid, OrderIsCancelled, OrderUnknown
from commands.streams.payment.messages import RecordCapture, RecordDecline, StartPayment
from commands.streams.payment.refusals import (
    PaymentExists,
    PaymentInProgress,
    PaymentUnknown,
    TooManyPayments,
)
from eventstore.events.order import OrderPaymentOpened, OrderPaymentRecorded
from eventstore.events.payment import PaymentStarted
from eventstore.values import AMOUNT_MINOR_MAX
from tests.given import World, at, given
from tests.unit.facts import by_hand, held
from tests.unit.ladder import Rung, ladder, named, rung
from tests.unit.market import BUYER, Market, eur
from tests.unit.order_steps import TOTAL, charge, paid, started, take_back

PAYMENTS_MAX = 50
START = StartPayment(
    payment_id="p9", order_id="o1", provider="sandbox", method="card", source="tok", **at(BUYER)
)


def placed() -> Market:
    market = Market()
    market.place()
    return market


def cancelled() -> Market:
    market = paid()
    market.decide(CancelOrder(order_id="o1", reason="r", **at(BUYER)))
    return market


def crowded(charges: int) -> Market:
    """As many payments as there may be, a few of them charged."""
    market = placed()
    for number in range(charges):
        charge(market, 1, f"c{number}")
    for number in range(PAYMENTS_MAX - charges):
        started(market, 1, f"u{number}")
    return market


def under_way() -> Market:
    market = placed()
    started(market, TOTAL - 5)
    return market


def overfunded() -> Market:
    """Nothing is due, and the order is not paid: a charge stands in for one taken back in part."""
    market = placed()
    ids = {"order_id": "o1", "payment_id": "p1"}
    market.append(
        OrderPaymentRecorded(
            provider="sandbox", method="card", charge_reference="ch", amount=eur(TOTAL), **ids
        )
    )
    return market


@pytest.mark.parametrize(
    "why",
    [
        *ladder(
            cancelled,
            msgspec.structs.replace(
                START,
                order_id="nope",
                payment_id="p1",
                provider="manual",
                currency="USD",
                amount_minor=0,
                by=Actor("buyer", "eve"),
            ),
            rung(OrderUnknown, "order_id"),
            rung(NotYours, "order_id", "The order belongs to another buyer.", order_id="o1"),
            rung(
                NotAllowed,
                "provider",
                "Only an operator may record a manual payment.",
                **at(BUYER),
            ),
            rung(PaymentExists, "payment_id", provider="sandbox"),
            rung(OrderIsCancelled, "order_id", payment_id="p9"),
            rung(OrderAlreadyPaid, "order_id", world=paid),
            rung(PaymentInProgress, "order_id", world=under_way),
            rung(TooManyPayments, "order_id", world=lambda: crowded(2)),
            rung(ForeignCurrency, "amount.currency", "The amount must be in EUR.", world=placed),
            rung(AmountNotPositive, "amount.amount_minor", currency="EUR"),
            rung(AmountTooLarge, "amount.amount_minor", amount_minor=AMOUNT_MINOR_MAX + 1),
            rung(
                OrderAlreadyPaid,
                "order_id",
                "Nothing more is due.",
                world=overfunded,
                amount_minor=None,
            ),
        ),
        *ladder(
            given,
            RecordCapture(payment_id="nope", order_id="o1", charge_reference="ch", **at()),
            rung(PaymentUnknown, "payment_id"),
        ),
        *ladder(
            given,
            RecordDecline(payment_id="nope", reason="r", **at()),
            rung(PaymentUnknown, "payment_id"),
        ),
    ],
    ids=named,
)
def test_refusals_in_their_order(why: Rung) -> None:
    why.holds()


def starts(world: World, expected_minor: int, **asked: Any) -> None:
    ids = {"order_id": "o1", "payment_id": "p9"}
    world.when(msgspec.structs.replace(START, **asked)).then(
        PaymentStarted(
            provider="sandbox", method="card", source="tok", amount=eur(expected_minor), **ids
        ),
        OrderPaymentOpened(amount=eur(expected_minor), **ids),
    )


def test_what_is_due_is_asked_for_where_no_amount_is_named() -> None:
    starts(placed(), TOTAL)
    starts(placed(), AMOUNT_MINOR_MAX, amount_minor=AMOUNT_MINOR_MAX)
    one_short = placed()
    charge(one_short, TOTAL - 6)
    starts(one_short, 6)


def test_a_payment_under_way_that_leaves_more_than_the_tolerance_does_not_stop_another() -> None:
    market = placed()
    started(market, TOTAL - 6)
    starts(market, 6)


def test_what_is_under_way_may_leave_one_cent() -> None:
    """With no tolerance: the last cent is due, and then nothing is."""
    market = Market(msgspec.structs.replace(Market().policy, payment_tolerance_minor=0))
    market.place()
    started(market, TOTAL - 1)
    starts(market, 1)


def test_one_payment_below_the_most_may_be_started() -> None:
    market = placed()
    charge(market, 1, "c")
    for number in range(PAYMENTS_MAX - 2):
        started(market, 1, f"u{number}")
    starts(market, TOTAL - PAYMENTS_MAX + 1)


def test_an_operator_may_always_record_what_was_paid_by_hand() -> None:
    held_too = held(1, payment_id="by-hand")
    assert crowded(1).pay(1, "by-hand") == [*by_hand(1, "by-hand"), held_too]


def test_an_order_that_fell_unpaid_may_be_paid_while_it_is_shipped() -> None:
    market = paid(anna=1, boris=1)
    market.ship("anna")
    take_back(market)
    starts(market, TOTAL + 383)

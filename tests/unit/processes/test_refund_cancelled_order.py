"""What was paid for a cancelled order is refunded, in whatever order that is heard of."""

import itertools

from commands.command import Policy
from commands.processes.refund_cancelled_order import RefundCancelledOrder
from commands.streams.refund.messages import RequestRefund
from eventstore.events.order import (
    OrderPaid,
    OrderPaymentReinstated,
    RefundReservationDropped,
)
from tests.unit.processes.played import CANCELLED, EUR, commands, paid, played


def test_any_order_and_repetition_asks_for_the_same_refunds() -> None:
    events = [paid("p1"), paid("p2"), CANCELLED, CANCELLED, paid("p1")]
    asked = {
        tuple(sorted(commands(played(RefundCancelledOrder(Policy()), order))))
        for order in itertools.permutations(events)
    }
    assert asked == {
        ("refund-cancelled-order/o1/p1", "refund-cancelled-order/o1/p2"),
    }


def test_separate_orders_do_not_interfere() -> None:
    reactions = played(RefundCancelledOrder(Policy()), [paid("p1"), paid("p2", "o2"), CANCELLED])
    (request,) = commands(reactions).values()
    assert isinstance(request, RequestRefund)
    assert (request.order_id, request.approve) == ("o1", True)


def test_an_uncancelled_order_is_left_alone() -> None:
    assert played(RefundCancelledOrder(Policy()), [paid("p1"), OrderPaid(order_id="o1")]) == []


def test_what_a_rejected_refund_had_set_aside_is_refunded_too() -> None:
    dropped = RefundReservationDropped(order_id="o1", refund_id="r1")
    asked = commands(played(RefundCancelledOrder(Policy()), [paid("p1"), CANCELLED, dropped]))
    assert "refund-cancelled-order/o1/refund/r1/dropped" in asked


def test_a_refund_that_is_named_like_a_payment_takes_nothing_from_it() -> None:
    dropped = RefundReservationDropped(order_id="o1", refund_id="p1")
    asked = commands(played(RefundCancelledOrder(Policy()), [paid("p1"), CANCELLED, dropped]))
    assert len({request.refund_id for request in asked.values()}) == 2


def test_a_charge_that_counts_again_is_refunded_again() -> None:
    again = OrderPaymentReinstated(order_id="o1", payment_id="p1", amount=EUR)
    asked = commands(played(RefundCancelledOrder(Policy()), [paid("p1"), CANCELLED, again]))
    assert list(asked) == ["refund-cancelled-order/o1/p1", "refund-cancelled-order/o1/p1/3"]
    first, second = asked.values()
    assert first.refund_id != second.refund_id
